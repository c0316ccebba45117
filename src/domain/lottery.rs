//! The draw of the lobby: an order that neither the house alone nor any fan can have chosen, and that anyone can check.
//!
//! The house draws a secret when the lobby opens and shows its [`commitment`] at once. Every fan who joins brings a
//! contribution. At the opening the [`seed`] is made of both, and [`order`] sorts the tokens by a hash of it. What is hashed
//! is text, so that `sha256sum` checks it; `docs/LOTTERY.md` has the format and says what this proves and what not.

use super::{Field, Refusal, Timestamp, TokenId};
use sha2::{Digest, Sha256};

/// The most characters that a contribution has.
pub const MAX_CONTRIBUTION: usize = 64;

/// SHA-256 as 64 lower-case hexadecimal digits.
fn sha256(text: &str) -> String {
    Sha256::digest(text).iter().map(|byte| format!("{byte:02x}")).collect()
}

/// What the house shows of its secret before the draw.
pub fn commitment(secret: &str) -> String {
    sha256(secret)
}

/// A fan's contribution as it is kept: one line of 1 to 64 characters, without space around it.
///
/// # Errors
/// [`Refusal::Invalid`].
pub fn clean_contribution(text: &str) -> Result<String, Refusal> {
    let text = text.trim();
    let fits = (1..=MAX_CONTRIBUTION).contains(&text.chars().count()) && !text.contains(char::is_control);
    if fits { Ok(text.to_owned()) } else { Err(Refusal::invalid(Field::Contribution)) }
}

/// The seed: the hash of the secret on a line of its own, and then of a line `token contribution` for everyone in the lobby,
/// in the order of the tokens.
pub fn seed(secret: &str, contributions: &[(TokenId, String)]) -> String {
    let mut lines: Vec<&(TokenId, String)> = contributions.iter().collect();
    lines.sort_by_key(|(token, _)| *token);
    let lines: String = lines.iter().map(|(token, contribution)| format!("{token} {contribution}\n")).collect();
    sha256(&format!("{secret}\n{lines}"))
}

/// The order of the line: the tokens sorted by the hash of `seed token`.
pub fn order(seed: &str, tokens: impl IntoIterator<Item = TokenId>) -> Vec<TokenId> {
    let mut keyed: Vec<(String, TokenId)> =
        tokens.into_iter().map(|token| (sha256(&format!("{seed} {token}")), token)).collect();
    keyed.sort();
    keyed.into_iter().map(|(_, token)| token).collect()
}

/// What is told once the order is drawn: enough to check it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Drawn {
    pub at: Timestamp,
    pub secret: String,
    pub seed: String,
    /// Everybody who was in the lobby, in the order of the tokens, with what they brought.
    pub contributions: Vec<(TokenId, String)>,
    /// The order of the line.
    pub order: Vec<TokenId>,
}

impl Drawn {
    /// The draw of a lobby.
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

    /// The expected values are those of `sha256sum`, by hand.
    #[test]
    fn the_format_is_the_documented_one() {
        assert_eq!(commitment("abc"), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
        assert_eq!(seed("abc", &lobby(&["x", "y z"])), sha256("abc\n1 x\n2 y z\n"));
    }

    #[test]
    fn every_part_moves_the_order_and_the_order_of_joining_does_not() {
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
