//! The line pass: a place in the queue as a signed text. The server answers a status request that has a line pass
//! without a session and without the database. A line pass allows nothing else: holding seats and paying need the
//! session.

use encore::domain::queue::QueueToken;
use encore::domain::text::{from_hex, hex};
use encore::domain::{ScheduleId, TokenId, UserId};
use hmac::{Hmac, Mac};
use sha2::Sha256;

/// The length to which the signature is cut, in bytes: 128 bits.
const SIGNATURE: usize = 16;

/// The place in the queue that a line pass names.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LinePass {
    pub schedule: ScheduleId,
    pub fan: UserId,
    pub token: TokenId,
}

impl From<&QueueToken> for LinePass {
    fn from(token: &QueueToken) -> Self {
        Self { schedule: token.schedule_id, fan: token.user_id, token: token.id }
    }
}

impl LinePass {
    /// Returns the line pass: the ids of schedule, fan and token, and their signature in hexadecimal, separated by
    /// dots. The signature is HMAC-SHA256 (RFC 2104) with the key of the installation, cut to its first 16 bytes.
    pub fn sign(&self, key: &[u8; 32]) -> String {
        let place = format!("{}.{}.{}", self.schedule, self.fan, self.token);
        let signature = mac(key, &place).finalize().into_bytes();
        format!("{place}.{}", hex(&signature[..SIGNATURE]))
    }

    /// Returns the place that a line pass names, or `None` if it was not signed with this key.
    pub fn verify(key: &[u8; 32], word: &str) -> Option<Self> {
        let (place, signature) = word.rsplit_once('.')?;
        let bytes = from_hex(signature).filter(|bytes| bytes.len() == SIGNATURE)?;
        mac(key, place).verify_truncated_left(&bytes).ok()?;
        let mut numbers = place.split('.').map(|number| number.parse().ok());
        Some(Self {
            schedule: ScheduleId(numbers.next()??),
            fan: UserId(numbers.next()??),
            token: TokenId(numbers.next()??),
        })
    }
}

/// The signer of a text.
#[expect(clippy::expect_used, reason = "a key of HMAC may have any length")]
pub(super) fn mac(key: &[u8; 32], place: &str) -> Hmac<Sha256> {
    let mut mac = Hmac::<Sha256>::new_from_slice(key).expect("a key of 32 bytes fits");
    mac.update(place.as_bytes());
    mac
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_signed_line_pass_is_accepted() {
        let pass = LinePass { schedule: ScheduleId(3), fan: UserId(17), token: TokenId(99) };
        let word = pass.sign(&[7; 32]);
        assert_eq!(LinePass::verify(&[7; 32], &word), Some(pass));
        assert_eq!(LinePass::verify(&[8; 32], &word), None);
        let other = word.replace("3.17.99", "3.18.99");
        for forged in [&*other, "3.17.99", "3.17.99.", "", "....", "3.17.99.zz", &format!("{word}0"), &word[1..]] {
            assert_eq!(LinePass::verify(&[7; 32], forged), None, "{forged}");
        }
    }
}
