//! The public randomness beacon that a venue with a network connection mixes into its lotteries: *quicknet*, a chain of the
//! drand network, in which independent organisations sign the number of a round together every three seconds. Nobody knows
//! the signature of a round before it is published, and anyone can verify it.
//!
//! The chain's hash, genesis and period are those that its nodes publish (`GET /CHAIN/info`).

use super::Timestamp;

/// The hash that names the chain.
pub const CHAIN: &str = "52db9ba70e0cc0f6eaf7803dd07447a1f5477735fd3f661792ba94600c84e971";
/// When the first round was published.
const GENESIS: Timestamp = Timestamp(1_692_803_367_000);
/// The time from one round to the next, in milliseconds.
const PERIOD: i64 = 3_000;
/// How long after the closing of a lobby its round is published at least, in seconds: so long that the hash of the closed
/// list can be seen before.
const AFTER_CLOSING_SECONDS: i64 = 6;

/// The number of a round. The first is 1.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Round(pub i64);

impl Round {
    /// Returns the round that is mixed into the lottery of a lobby that is going to close at `lobby_end`: the first that is
    /// published at least six seconds later.
    pub fn of_lobby(lobby_end: Timestamp) -> Self {
        let since = lobby_end.plus_seconds(AFTER_CLOSING_SECONDS).0.saturating_sub(GENESIS.0).max(0);
        Self((since + PERIOD - 1) / PERIOD + 1)
    }

    /// Returns when the round is published.
    pub fn published_at(self) -> Timestamp {
        Timestamp(GENESIS.0.saturating_add((self.0 - 1).saturating_mul(PERIOD)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The times of rounds as other clients of drand compute them.
    #[test]
    fn a_round_is_published_every_three_seconds() {
        assert_eq!(Round(1).published_at().to_rfc3339(), "2023-08-23T15:09:27.000Z");
        assert_eq!(Round(27_946_612).published_at().to_rfc3339(), "2026-04-20T00:00:00.000Z");
        assert_eq!(Round(27_961_627).published_at().to_rfc3339(), "2026-04-20T12:30:45.000Z");
    }

    #[test]
    fn the_round_of_a_lobby_is_the_first_that_comes_six_seconds_after_its_closing() {
        let published = Round(1_000).published_at();
        for (before, round) in [(6_000, 1_000), (6_001, 1_000), (8_999, 1_000), (9_000, 999), (5_999, 1_001)] {
            assert_eq!(Round::of_lobby(Timestamp(published.0 - before)), Round(round), "{before} ms before");
        }
        assert_eq!(Round::of_lobby(Timestamp(0)), Round(1), "long before the beacon began");
    }
}
