//! The lottery of the lobby: it decides an order that nobody can choose, not even the venue, and that anyone can verify.
//! What it does not prove is in `docs/LOTTERY.md`, which also specifies the format.
//!
//! 1. When the lobby opens, the server generates a secret and publishes its [`commitment`]. Every fan who joins adds a
//!    contribution, and gets a signed [`receipt`].
//! 2. When the lobby closes, the list of its fans is final, and its [hash](list_hash) is published. Only then the delay
//!    begins ([`delay_start`]): a number that nobody can know before it has been computed for as long as it takes.
//! 3. The [`seed`] is computed from the secret, the list and the result of the delay, and [`order`] sorts the tokens by a
//!    hash of the seed and the token. Then everything is published.
//!
//! A venue with a network connection also mixes a round of a public [beacon](super::beacon) into the seed, which is published
//! while the delay is computed. Which round is fixed when the lobby opens.
//!
//! Everything that is hashed is text, so that it can be verified with `sha256sum`.

use super::beacon::{CHAIN, Round};
use super::text::hex;
use super::{Field, Refusal, ScheduleId, Timestamp, TokenId};
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

/// Who takes part in a lottery: what is final when a lobby closes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LobbyList {
    /// The token and the contribution of each fan who was in the lobby, in ascending order of the tokens.
    pub entrants: Vec<(TokenId, String)>,
    /// The tokens of the fans who had left the lobby, or whose place staff had cancelled, in ascending order.
    pub withdrawn: Vec<TokenId>,
}

/// What is published about a lottery when its lobby opens, and stays fixed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Promised {
    pub schedule: ScheduleId,
    /// See [`commitment`].
    pub commitment: String,
    /// The round of the beacon that is going to be mixed in, if any.
    pub round: Option<Round>,
}

/// The line `beacon CHAIN ROUND`, with its line feed; empty without a round.
fn beacon_line(round: Option<Round>) -> String {
    round.map(|Round(round)| format!("beacon {CHAIN} {round}\n")).unwrap_or_default()
}

/// Returns the hash of a closed list: the SHA-256 of the lines `encore list`, the schedule, the commitment, `beacon CHAIN
/// ROUND` if there is a round, and one line for each token in ascending order: `token contribution`, or only the token of a
/// fan who had left. Every line ends with a line feed.
pub fn list_hash(promised: &Promised, list: &LobbyList) -> String {
    let entrants = list.entrants.iter().map(|(token, contribution)| (*token, format!("{token} {contribution}\n")));
    let withdrawn = list.withdrawn.iter().map(|token| (*token, format!("{token}\n")));
    let mut lines: Vec<_> = entrants.chain(withdrawn).collect();
    lines.sort();
    let lines: String = lines.into_iter().map(|(_, line)| line).collect();
    let Promised { schedule, commitment, round } = promised;
    sha256(&format!("encore list\n{schedule}\n{commitment}\n{}{lines}", beacon_line(*round)))
}

/// Returns the text with which the delay of the lists that were closed together begins: the SHA-256 of the lines
/// `encore delay`, the number of steps, and the hash of each list, in ascending order of their schedules. Every line ends
/// with a line feed.
pub fn delay_start(steps: u32, lists: &[String]) -> String {
    let lines: String = lists.iter().map(|list| format!("{list}\n")).collect();
    sha256(&format!("encore delay\n{steps}\n{lines}"))
}

/// What the order of a lobby follows from, apart from its secret.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct MixedIn<'a> {
    /// The hash of the closed list.
    pub list: &'a str,
    /// The result of its delay.
    pub output: &'a str,
    /// The signature of the beacon's round. `None` if there was no beacon, or if it could not be had in time.
    pub signature: Option<&'a str>,
}

/// Returns the seed: the SHA-256 of the lines `secret`, `list`, `output` and, if there is one, `signature`. Every line ends
/// with a line feed.
pub fn seed(secret: &str, MixedIn { list, output, signature }: MixedIn<'_>) -> String {
    let signature = signature.map(|signature| format!("{signature}\n")).unwrap_or_default();
    sha256(&format!("{secret}\n{list}\n{output}\n{signature}"))
}

/// Returns the seed as earlier versions of the program computed it, so that their lotteries can still be verified: the
/// SHA-256 of the secret as the first line, and a line `token contribution` for each fan, in ascending order of the tokens.
pub fn earlier_seed(secret: &str, entrants: &[(TokenId, String)]) -> String {
    let lines: String = entrants.iter().map(|(token, contribution)| format!("{token} {contribution}\n")).collect();
    sha256(&format!("{secret}\n{lines}"))
}

/// A fan's entry into a lobby.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    pub token: TokenId,
    pub entered_at: Timestamp,
    pub contribution: String,
}

/// Returns the text that is signed as a fan's receipt: the entry into the lobby of this schedule, and which round of the
/// beacon was promised.
pub fn receipt(schedule: ScheduleId, entry: &Entry, round: Option<Round>) -> String {
    let Entry { token, entered_at, contribution } = entry;
    let (entered_at, beacon) = (entered_at.to_rfc3339(), beacon_line(round));
    format!(
        "encore receipt\nschedule {schedule}\n{beacon}token {token}\nentered {entered_at}\ncontribution {contribution}\n"
    )
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
    pub entrants: Vec<(TokenId, String)>,
    /// The tokens in the order of the queue.
    pub order: Vec<TokenId>,
}

impl LotteryResult {
    /// Computes the result of a lottery, and with it the order. `mixed_in` is `None` for a lottery of an earlier version, or
    /// if nobody was in the lobby.
    pub fn of(at: Timestamp, secret: String, entrants: Vec<(TokenId, String)>, mixed_in: Option<MixedIn<'_>>) -> Self {
        let seed = match mixed_in {
            Some(mixed_in) => seed(&secret, mixed_in),
            None => earlier_seed(&secret, &entrants),
        };
        let order = order(&seed, entrants.iter().map(|(token, _)| *token));
        Self { at, secret, seed, entrants, order }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lobby(contributions: &[&str]) -> Vec<(TokenId, String)> {
        (1..).map(TokenId).zip(contributions.iter().map(|text| (*text).to_owned())).collect()
    }

    fn promised(schedule: i64, commitment: &str) -> Promised {
        Promised { schedule: ScheduleId(schedule), commitment: commitment.into(), round: None }
    }

    /// The expected commitment was computed with `sha256sum`.
    #[test]
    fn the_format_is_the_documented_one() {
        assert_eq!(commitment("abc"), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
        let list = LobbyList { entrants: lobby(&["x", "y z"]), withdrawn: vec![] };
        let beacon = format!("beacon {CHAIN} 7\n");
        let with_round = Promised { round: Some(Round(7)), ..promised(3, "c0") };
        assert_eq!(list_hash(&promised(3, "c0"), &list), sha256("encore list\n3\nc0\n1 x\n2 y z\n"));
        assert_eq!(list_hash(&with_round, &list), sha256(&format!("encore list\n3\nc0\n{beacon}1 x\n2 y z\n")));
        let left = LobbyList { entrants: vec![(TokenId(10), "x".into())], withdrawn: vec![TokenId(9), TokenId(11)] };
        assert_eq!(list_hash(&promised(3, "c0"), &left), sha256("encore list\n3\nc0\n9\n10 x\n11\n"));
        assert_eq!(delay_start(7, &["a".into(), "b".into()]), sha256("encore delay\n7\na\nb\n"));
        let mixed_in = MixedIn { list: "l", output: "o", signature: None };
        assert_eq!(seed("s", mixed_in), sha256("s\nl\no\n"));
        assert_eq!(seed("s", MixedIn { signature: Some("b"), ..mixed_in }), sha256("s\nl\no\nb\n"));
        assert_eq!(earlier_seed("abc", &lobby(&["x", "y z"])), sha256("abc\n1 x\n2 y z\n"));
        let entry = Entry { token: TokenId(17), entered_at: Timestamp(0), contribution: "행운 7".into() };
        let rest = "token 17\nentered 1970-01-01T00:00:00.000Z\ncontribution 행운 7\n";
        assert_eq!(receipt(ScheduleId(3), &entry, None), format!("encore receipt\nschedule 3\n{rest}"));
        let with_round = receipt(ScheduleId(3), &entry, Some(Round(7)));
        assert_eq!(with_round, format!("encore receipt\nschedule 3\n{beacon}{rest}"));
    }

    #[test]
    fn every_input_changes_the_hash_of_a_list() {
        let list = |entrants: &[&str]| LobbyList { entrants: lobby(entrants), withdrawn: vec![] };
        let base = list_hash(&promised(1, "c"), &list(&["a", "b"]));
        let left = LobbyList { withdrawn: vec![TokenId(3)], ..list(&["a", "b"]) };
        for other in [
            list_hash(&promised(2, "c"), &list(&["a", "b"])),
            list_hash(&promised(1, "d"), &list(&["a", "b"])),
            list_hash(&Promised { round: Some(Round(1)), ..promised(1, "c") }, &list(&["a", "b"])),
            list_hash(&promised(1, "c"), &list(&["a", "c"])),
            list_hash(&promised(1, "c"), &list(&["a"])),
            list_hash(&promised(1, "c"), &left),
        ] {
            assert_ne!(base, other);
        }
    }

    #[test]
    fn everybody_is_drawn_once_and_early_tokens_have_no_advantage() {
        const FANS: i64 = 1000;
        let order = order("seed", (1..=FANS).map(TokenId));
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
