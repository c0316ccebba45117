//! The codes of a ticket: a short one, which can be typed at the door, and a long one, which is in its QR code. Neither
//! contains personal data.
//!
//! - The **code** is the ticket's number ([`reference::ticket`]) and a signature with the secret key of the
//!   installation. Only the installation itself can check the signature.
//! - The **pass** is the content of the QR code: the schedule, the code, and an Ed25519 signature of both. It is
//!   checked with the public key alone, so a phone at the door can check tickets without a connection. It has only
//!   characters of the alphanumeric mode of QR codes, which keeps the picture small.
//!
//! The private key of the passes is derived from the secret key of the installation, so it is not stored anywhere.

use crate::domain::text::hex;
use crate::domain::{ReservationId, ScheduleId};
use crate::reference;
use ed25519_dalek::{Signer, SigningKey};
use sha2::{Digest, Sha256};

/// The number of digits of a code's signature. Eight digits have 40 bits, so a guess is right with a probability of
/// about one in 10^12.
const SIGNATURE: usize = 8;
/// The number of digits of a code.
const CODE: usize = reference::LENGTH + SIGNATURE;

/// The beginning of a pass, and how [`reference::typed_digits`] reads it.
const PASS: &str = "ENCORE1.";
const PASS_DIGITS: &str = "ENC0RE1";
/// The number of digits of the schedule in a pass.
const SCHEDULE: usize = 8;
/// The number of digits of a pass after its beginning. The 512 bits of its signature are 103 digits of five bits.
const PASS_LENGTH: usize = SCHEDULE + CODE + 103;

/// Returns the code of a ticket: its number, and the signature, in groups of four digits that are separated by hyphens
/// so that the code is easy to read out.
pub fn code(key: &[u8; 32], ticket: ReservationId) -> String {
    let signature = signature(key, ticket);
    let (first, second) = signature.split_at(SIGNATURE / 2);
    format!("{}-{first}-{second}", reference::ticket(key, ticket))
}

/// Returns the pass of a ticket for a schedule.
pub fn pass(key: &[u8; 32], schedule: ScheduleId, ticket: ReservationId) -> String {
    let schedule = reference::in_digits(schedule.0.unsigned_abs(), SCHEDULE);
    let signed = format!("{PASS}{schedule}{}", reference::typed_digits(&code(key, ticket)));
    let signature = signing_key(key).sign(signed.as_bytes());
    signed + &in_base32(&signature.to_bytes())
}

/// Returns the public key with which passes are checked, in hexadecimal digits.
pub fn public_key(key: &[u8; 32]) -> String {
    hex(&signing_key(key).verifying_key().to_bytes())
}

/// Returns 64 bits of the hash of a ticket's code, in hexadecimal digits. A phone at the door recognises a code by it
/// and does not need the code itself, with which it could make a ticket. That two of n tickets have the same digest has
/// a probability of about n²/2^65: one in 10^10 for 60,000 tickets.
pub fn digest(key: &[u8; 32], ticket: ReservationId) -> String {
    hex(&Sha256::digest(reference::typed_digits(&code(key, ticket)))[..8])
}

/// Returns the id of the ticket of a code or pass that was scanned or typed. `None` if it was not signed with `key`.
/// Upper and lower case do not matter, and all characters except letters and digits are ignored.
pub fn read(key: &[u8; 32], text: &str) -> Option<ReservationId> {
    let digits = reference::typed_digits(text);
    match digits.strip_prefix(PASS_DIGITS).filter(|pass| pass.len() == PASS_LENGTH) {
        Some(pass) => read_pass(key, pass),
        None => read_code(key, &digits),
    }
}

fn read_pass(key: &[u8; 32], digits: &str) -> Option<ReservationId> {
    let (schedule, rest) = digits.split_at_checked(SCHEDULE)?;
    let schedule = ScheduleId(i64::try_from(reference::value(schedule)?).ok()?);
    let ticket = read_code(key, rest.get(..CODE)?)?;
    // Ed25519 always makes the same signature of the same text, so only one pass is valid.
    reference::typed_digits(&pass(key, schedule, ticket)).ends_with(digits).then_some(ticket)
}

fn read_code(key: &[u8; 32], digits: &str) -> Option<ReservationId> {
    let (number, given) = digits.split_at_checked(digits.len().checked_sub(SIGNATURE)?)?;
    let ticket = match number.len() {
        reference::LENGTH => reference::ticket_of_digits(key, number)?,
        // Earlier versions wrote the id itself, which was shorter. Tickets may have been printed with such a code.
        _ => ReservationId(i64::try_from(reference::value(number)?).ok()?),
    };
    (signature(key, ticket) == given).then_some(ticket)
}

/// Returns the signature of a code: 40 bits of a keyed hash, as [`SIGNATURE`] digits.
fn signature(key: &[u8; 32], ticket: ReservationId) -> String {
    reference::in_digits(reference::keyed_hash(key, &format!("ticket {ticket}")) >> 24, SIGNATURE)
}

fn signing_key(key: &[u8; 32]) -> SigningKey {
    SigningKey::from_bytes(&reference::keyed_bytes(key, "private key of the passes"))
}

/// Writes bytes as digits of five bits each, the highest bit of the first byte first. Missing bits at the end are 0.
fn in_base32(bytes: &[u8]) -> String {
    let bit = |index: usize| bytes.get(index / 8).map_or(0, |byte| u64::from((byte >> (7 - index % 8)) & 1));
    let digit = |first: usize| reference::in_digits((first..first + 5).fold(0, |bits, at| (bits << 1) | bit(at)), 1);
    (0..bytes.len() * 8).step_by(5).map(digit).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use ed25519_dalek::Signature;

    const KEY: &[u8; 32] = &[7; 32];

    #[test]
    fn a_code_and_a_pass_are_read_as_they_were_written_and_as_people_type_them() {
        for number in [0, 1, 31, 32, 4_711, (1_i64 << 40) - 1] {
            let ticket = ReservationId(number);
            for written in [code(KEY, ticket), pass(KEY, ScheduleId(number), ticket)] {
                assert_eq!(read(KEY, &written), Some(ticket), "{written}");
                let typed = written.to_lowercase().replace('-', " ").replace('0', "o").replace('1', "l");
                assert_eq!(read(KEY, &typed), Some(ticket), "{typed}");
            }
        }
    }

    #[test]
    fn a_code_with_the_id_from_an_earlier_version_is_still_read() {
        let signature = signature(KEY, ReservationId(42));
        assert_eq!(read(KEY, &format!("1A-{signature}")), Some(ReservationId(42)));
        assert_eq!(read(KEY, &format!("1B-{signature}")), None);
    }

    #[test]
    fn a_code_cannot_be_forged() {
        let real = code(KEY, ReservationId(42));
        assert_eq!(read(&[8; 32], &real), None, "another house's key");
        let other = format!("{}-{}", reference::ticket(KEY, ReservationId(43)), signature(KEY, ReservationId(42)));
        assert_eq!(read(KEY, &other), None, "another ticket's signature");
        for text in ["", "-", "12345678", "UUUUUUUUUUUU", "티켓", PASS, &"9".repeat(80), &"9".repeat(500)] {
            assert_eq!(read(KEY, text), None, "{text:?}");
        }
    }

    #[test]
    fn a_pass_with_any_other_digit_and_that_of_another_house_are_not_read() {
        let real = pass(KEY, ScheduleId(3), ReservationId(42));
        assert_eq!(read(&[8; 32], &real), None, "another house's key");
        for at in PASS.len()..real.len() {
            let digit = if real.as_bytes()[at] == b'7' { "8" } else { "7" };
            let changed = [&real[..at], digit, &real[at + 1..]].concat();
            assert_eq!(read(KEY, &changed), None, "{changed}");
        }
        let elsewhere = pass(KEY, ScheduleId(4), ReservationId(42));
        let signature = PASS.len() + SCHEDULE + CODE;
        let mixed = [&elsewhere[..signature], &real[signature..]].concat();
        assert_eq!(read(KEY, &mixed), None, "the signature for another schedule");
        assert_eq!(read(KEY, &real[..real.len() - 1]), None, "a part of it");
    }

    #[test]
    fn a_pass_is_checked_with_the_public_key_alone() {
        let pass = pass(KEY, ScheduleId(3), ReservationId(42));
        assert!(pass.bytes().all(|c| c.is_ascii_uppercase() || c.is_ascii_digit() || c == b'.'), "{pass}");
        let (signed, signature) = pass.split_at(PASS.len() + SCHEDULE + CODE);
        let bits = |digit: char| {
            let value = reference::value(&digit.to_string()).expect("a digit");
            (0..5).rev().map(move |bit| u8::from((value >> bit) & 1 == 1))
        };
        let bits: Vec<u8> = signature.chars().flat_map(bits).collect();
        let bytes = bits.chunks_exact(8).map(|bits| bits.iter().fold(0_u8, |byte, bit| (byte << 1) | bit));
        let bytes: Vec<u8> = bytes.collect();
        let signature = Signature::from_slice(&bytes).expect("64 bytes");
        let public = signing_key(KEY).verifying_key();
        assert_eq!(hex(public.as_bytes()), public_key(KEY));
        assert!(public.verify_strict(signed.as_bytes(), &signature).is_ok());
        assert!(public.verify_strict(b"another text", &signature).is_err());
        assert_ne!(public_key(KEY), public_key(&[8; 32]));
    }

    /// The scripts of the door read the same text: a change here needs one in `public/static/door_offline.js`.
    #[test]
    fn a_pass_looks_as_the_phones_at_the_door_expect_it() {
        let expected = "ENCORE1.000000079VZBXYMKBE50CG9APS503KF98PXKAKXSDKGB88B5G5YHT8CTJDJZ4RWH36R33P4M6SF69DFJ\
            DTMM63SS6CA4NBP3NAGC7413895P4WPAWDFZP0AKR6QBE30";
        assert_eq!(pass(KEY, ScheduleId(7), ReservationId(42)), expected);
        assert_eq!(public_key(KEY), "e56d92d0aab9871e732b3cad453b3d6287a02c8cef682be81f0ac74b8ad4d695");
    }

    #[test]
    fn the_digest_of_a_code_is_short_and_of_one_ticket() {
        let digests = [1, 2].map(|id| digest(KEY, ReservationId(id)));
        assert!(digests.iter().all(|digest| digest.len() == 16), "{digests:?}");
        assert_ne!(digests[0], digests[1]);
    }
}
