//! Verifies the signatures of the public randomness [beacon](crate::domain::beacon).

use crate::domain::beacon::Round;
use crate::domain::text::from_hex;
use drand_verify::{G2PubkeyRfc, Pubkey};
use std::future::Future;

/// The public key of the chain, as its nodes publish it: a point of the group G2 of BLS12-381, compressed, in hexadecimal
/// digits.
const PUBLIC_KEY: &str = "83cf0f2896adee7eb8b5f01fcad3912212c437e0073e911fb90022d3e760183c\
    8c4b450b6a0a6c3ac6a5776a2d1064510d1fec758c921cc22b0e17e63aaf4bcb\
    5ed66304de9cf809bd274ca73bab4af5a6e9c76a4bc09e76eae8991ef5ece45a";

/// Where the signatures of rounds are fetched from.
pub trait BeaconSource {
    /// Asks once for the signature of a round that has been published, in hexadecimal digits. `None` if it cannot be had now.
    /// It need not be genuine.
    fn signature(&self, round: Round) -> impl Future<Output = Option<String>> + Send;
}

/// Nowhere: for a venue without a network connection.
impl BeaconSource for () {
    async fn signature(&self, _: Round) -> Option<String> {
        None
    }
}

/// Whether this is the signature of a round, in 96 lower-case hexadecimal digits (BLS on the curve BLS12-381, scheme
/// `bls-unchained-g1-rfc9380` of drand). Takes a few milliseconds.
pub fn verify(round: Round, signature: &str) -> bool {
    let key = from_hex(PUBLIC_KEY).and_then(|key| G2PubkeyRfc::from_variable(&key).ok());
    let (Some(key), Ok(round), Some(signature)) = (key, u64::try_from(round.0), from_hex(signature)) else {
        return false;
    };
    key.verify(round, &[], &signature).unwrap_or(false)
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;

    /// A round of the beacon and its signature, as its nodes publish them.
    pub const ROUND: Round = Round(657_413);
    pub const SIGNATURE: &str = "b713718a38ae728dfd477991af2822e08d2f305e47718cef\
        9f7848ce4050e7be41076862b98fad56e91a6b85b89cd97b";

    #[test]
    fn only_the_signature_of_the_round_is_genuine() {
        assert!(verify(ROUND, SIGNATURE));
        assert!(!verify(Round(657_414), SIGNATURE) && !verify(Round(-1), SIGNATURE));
        let upper = SIGNATURE.to_uppercase();
        for wrong in ["", "00", &SIGNATURE[2..], &SIGNATURE.replace("b7", "a7"), &"0".repeat(96), &upper, "é"] {
            assert!(!verify(ROUND, wrong), "{wrong}");
        }
    }
}
