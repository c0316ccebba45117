//! The lottery of the lobby: it decides an order that no fan can choose, and that anyone can verify. What it does not
//! prove is in `docs/LOTTERY.md`.
//!
//! This is a commit-and-reveal scheme. When the lobby opens, the server generates a secret and publishes its
//! [`commitment`]. Every fan who joins adds a contribution. When the sale opens, the [`seed`] is computed from the
//! secret and all contributions, and [`order`] sorts the tokens by a hash of the seed and the token. Then the secret is
//! published. Everything that is hashed is text, so that it can be verified with `sha256sum`. `docs/LOTTERY.md`
//! specifies the format, and says what this proves and what it does not.

use super::text::hex;
use super::{Field, Refusal, Timestamp, TokenId};
use sha2::{Digest, Sha256};

/// The longest contribution, in characters.
pub const MAX_CONTRIBUTION: usize = 64;

/// Returns the SHA-256 of a text (as UTF-8) as 64 lower-case hexadecimal digits.
fn sha256(text: &str) -> String {
    hex(&Sha256::digest(text))
}

/// Returns the hash of the secret. The hash is published before the lottery, the secret itself only afterwards.
pub fn commitment(secret: &str) -> String {
    sha256(secret)
}

/// Checks a fan's contribution and returns it as it is stored: trimmed.
///
/// # Errors
/// [`Refusal::Invalid`] unless it is one line of 1 to 64 characters without control characters.
pub fn clean_contribution(text: &str) -> Result<String, Refusal> {
    let text = text.trim();
    let fits = (1..=MAX_CONTRIBUTION).contains(&text.chars().count()) && !text.contains(char::is_control);
    if fits { Ok(text.to_owned()) } else { Err(Refusal::invalid(Field::Contribution)) }
}

/// Returns the seed: the SHA-256 of a text with the secret as its first line, and then a line `token contribution` for
/// each fan in the lobby, in ascending order of the tokens. Every line ends with a line feed.
pub fn seed(secret: &str, contributions: &[(TokenId, String)]) -> String {
    let mut lines: Vec<&(TokenId, String)> = contributions.iter().collect();
    lines.sort_by_key(|(token, _)| *token);
    let lines: String = lines.iter().map(|(token, contribution)| format!("{token} {contribution}\n")).collect();
    sha256(&format!("{secret}\n{lines}"))
}

/// Returns the order of the queue: the tokens sorted by the SHA-256 of the text `seed token`, compared as hexadecimal
/// text.
pub fn order(seed: &str, tokens: impl IntoIterator<Item = TokenId>) -> Vec<TokenId> {
    // The bytes of a hash have the same order as its hexadecimal digits.
    let hash = |token: TokenId| -> [u8; 32] { Sha256::digest(format!("{seed} {token}")).into() };
    let mut keyed: Vec<([u8; 32], TokenId)> = tokens.into_iter().map(|token| (hash(token), token)).collect();
    keyed.sort_unstable();
    keyed.into_iter().map(|(_, token)| token).collect()
}

/// The result of a lottery, with everything that is needed to verify it. It is published once the order is decided.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LotteryResult {
    /// When the order was decided.
    pub at: Timestamp,
    pub secret: String,
    pub seed: String,
    /// The token and the contribution of each fan who was in the lobby, in ascending order of the tokens.
    pub contributions: Vec<(TokenId, String)>,
    /// The tokens in the order of the queue.
    pub order: Vec<TokenId>,
}

impl LotteryResult {
    /// Computes the result of the lottery, and with it the order, from the secret and the contributions.
    pub fn of(at: Timestamp, secret: String, contributions: Vec<(TokenId, String)>) -> Self {
        let seed = seed(&secret, &contributions);
        let order = order(&seed, contributions.iter().map(|(token, _)| *token));
        Self { at, secret, seed, contributions, order }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lobby(contributions: &[&str]) -> Vec<(TokenId, String)> {
        (1..).map(TokenId).zip(contributions.iter().map(|text| (*text).to_owned())).collect()
    }

    /// The expected commitment was computed with `sha256sum`.
    #[test]
    fn the_format_is_the_documented_one() {
        assert_eq!(commitment("abc"), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
        assert_eq!(seed("abc", &lobby(&["x", "y z"])), sha256("abc\n1 x\n2 y z\n"));
    }

    #[test]
    fn every_input_changes_the_order_except_the_order_of_joining() {
        let base = lobby(&["a", "b", "c"]);
        let mut backwards = base.clone();
        backwards.reverse();
        assert_eq!(seed("s", &base), seed("s", &backwards));
        for (secret, contributions) in [("t", base.clone()), ("s", lobby(&["a", "b", "d"])), ("s", lobby(&["a", "b"]))]
        {
            assert_ne!(seed("s", &base), seed(secret, &contributions));
        }
    }

    #[test]
    fn everybody_is_drawn_once_and_early_tokens_have_no_advantage() {
        const FANS: i64 = 1000;
        let order = order(&seed("secret", &lobby(&["a"])), (1..=FANS).map(TokenId));
        let mut sorted = order.clone();
        sorted.sort();
        assert_eq!(sorted, (1..=FANS).map(TokenId).collect::<Vec<_>>());
        let early = order[..500].iter().filter(|token| token.0 <= 500).count();
        assert!((200..300).contains(&early), "about half of the first half: {early}");
    }

    #[test]
    fn a_contribution_is_one_short_line() {
        assert_eq!(clean_contribution(" 행운 7 "), Ok("행운 7".into()));
        for text in ["", "  ", "a\nb", &"x".repeat(65)] {
            assert_eq!(clean_contribution(text), Err(Refusal::invalid(Field::Contribution)), "{text:?}");
        }
    }
}
