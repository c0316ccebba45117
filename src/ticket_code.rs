//! The codes of a ticket: a short one, which can be typed at the door, and a long one, which is in its QR code. Neither
//! contains personal data.
//!
//! - The **code** is the ticket's number ([`reference::ticket`]) and a signature of 65 bits with a secret key of the
//!   installation. Only the installation itself can check the signature. (Codes of earlier versions have 40 bits.)
//! - The **pass** is the content of the QR code: the schedule, the code, and an Ed25519 signature of both. It is
//!   checked with the public key alone, so a phone at the door can check tickets without a connection. It has only
//!   characters of the alphanumeric mode of QR codes, which keeps the picture small.
//!
//! The private key of the passes is derived from that key. [`crate::keys`] says which key signs which ticket.

use crate::domain::handing_on::MAX_ISSUE;
use crate::domain::text::hex;
use crate::domain::{Reservation, ReservationId, ScheduleId, Timestamp};
use crate::keys::{CodeKey, Keys};
use crate::reference;
use ed25519_dalek::{Signer, SigningKey};
use sha2::{Digest, Sha256};
use std::ops::Range;

/// The beginning of a pass, and how [`reference::typed_digits`] reads it.
const PASS: &str = "ENCORE1.";
const PASS_DIGITS: &str = "ENC0RE1";
/// The number of digits of the schedule in a pass.
const SCHEDULE: usize = 8;
/// The number of digits of the signature of a pass: its 512 bits, five in each.
const PASS_SIGNATURE: usize = 103;

/// What the codes of a ticket are made of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CodeFacts {
    pub ticket: ReservationId,
    /// When its seat was held, which tells the key of the code.
    pub held_at: Timestamp,
    /// How often the ticket was handed on. Each time it gets other codes.
    pub issue: u32,
}

impl From<&Reservation> for CodeFacts {
    fn from(ticket: &Reservation) -> Self {
        Self { ticket: ticket.id, held_at: ticket.created_at, issue: ticket.code_issue }
    }
}

/// A code that was read: its signature is right, if the ticket is one whose seat was held while its key was used.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReadCode {
    pub ticket: ReservationId,
    /// How often the ticket had been handed on when it got this code.
    pub issue: u32,
    /// When the seats were held whose tickets the key of this code signs.
    held: Range<Timestamp>,
}

impl ReadCode {
    /// Whether this is the code of a ticket whose seat was held at the instant `held_at`. False for a code that was made
    /// with the key of another time, such as a stolen one.
    pub fn is_of(&self, held_at: Timestamp) -> bool {
        self.held.contains(&held_at)
    }
}

/// Returns the code of a ticket: its number, and the signature, in groups of digits that are separated by hyphens so that
/// the code is easy to read out.
pub fn code(keys: &Keys, facts: CodeFacts) -> String {
    let signature = signature(keys.code_key(facts.held_at), facts.ticket, facts.issue);
    let number = reference::ticket(keys.numbers(), facts.ticket);
    // Groups of four, and the rest.
    match signature.split_at_checked(8).filter(|(_, rest)| !rest.is_empty()) {
        Some((begin, rest)) => format!("{number}-{}-{}-{rest}", &begin[..4], &begin[4..]),
        None => format!("{number}-{}-{}", &signature[..4], &signature[4..]),
    }
}

/// Returns the pass of a ticket for a schedule.
pub fn pass(keys: &Keys, schedule: ScheduleId, facts: CodeFacts) -> String {
    let schedule = reference::in_digits(schedule.0.unsigned_abs(), SCHEDULE);
    let signed = format!("{PASS}{schedule}{}", reference::typed_digits(&code(keys, facts)));
    let signature = signing_key(keys.code_key(facts.held_at)).sign(signed.as_bytes());
    signed + &in_base32(&signature.to_bytes())
}

/// Returns the public keys with which passes are checked, in hexadecimal digits, the newest first.
pub fn public_keys(keys: &Keys) -> Vec<String> {
    keys.code_keys().map(|key| hex(&signing_key(key).verifying_key().to_bytes())).collect()
}

/// Returns 64 bits of the hash of a ticket's code, in hexadecimal digits. A phone at the door recognises a code by it
/// and does not need the code itself, with which it could make a ticket. That two of n tickets have the same digest has
/// a probability of about n²/2^65: one in 10^10 for 60,000 tickets.
pub fn digest(keys: &Keys, facts: CodeFacts) -> String {
    hex(&Sha256::digest(reference::typed_digits(&code(keys, facts)))[..8])
}

/// Reads a code or pass that was scanned or typed. `None` if it was signed with none of the keys. Upper and lower case
/// do not matter, and all characters except letters and digits are ignored.
///
/// The caller must check that the code belongs to the ticket: see [`ReadCode::is_of`].
pub fn read(keys: &Keys, text: &str) -> Option<ReadCode> {
    let digits = reference::typed_digits(text);
    keys.code_keys().find_map(|key| {
        let pass = digits.strip_prefix(PASS_DIGITS).filter(|pass| pass.len() == pass_length(key));
        let (ticket, issue) = match pass {
            Some(pass) => read_pass(keys, key, pass),
            None => read_code(keys, key, &digits),
        }?;
        Some(ReadCode { ticket, issue, held: key.held.clone() })
    })
}

/// The number of digits of a pass after its beginning.
const fn pass_length(key: &CodeKey) -> usize {
    SCHEDULE + reference::LENGTH + key.digits + PASS_SIGNATURE
}

fn read_pass(keys: &Keys, key: &CodeKey, digits: &str) -> Option<(ReservationId, u32)> {
    let (schedule, rest) = digits.split_at_checked(SCHEDULE)?;
    let schedule = ScheduleId(i64::try_from(reference::value(schedule)?).ok()?);
    let (ticket, issue) = read_code(keys, key, rest.get(..reference::LENGTH + key.digits)?)?;
    // Ed25519 always makes the same signature of the same text, so only one pass is valid.
    let facts = CodeFacts { ticket, held_at: key.held.start, issue };
    reference::typed_digits(&pass(keys, schedule, facts)).ends_with(digits).then_some((ticket, issue))
}

/// Returns the ticket of a code and its issue, which only the signature tells.
fn read_code(keys: &Keys, key: &CodeKey, digits: &str) -> Option<(ReservationId, u32)> {
    let (number, given) = digits.split_at_checked(digits.len().checked_sub(key.digits)?)?;
    let ticket = match number.len() {
        reference::LENGTH => reference::ticket_of_digits(keys.numbers(), number)?,
        // Earlier versions wrote the id itself, which was shorter. Tickets may have been printed with such a code.
        _ => ReservationId(i64::try_from(reference::value(number)?).ok()?),
    };
    (0..=MAX_ISSUE).find(|issue| signature(key, ticket, *issue) == given).map(|issue| (ticket, issue))
}

/// Returns the signature of a code: the first bits of a keyed hash, five for each digit.
fn signature(key: &CodeKey, ticket: ReservationId, issue: u32) -> String {
    let signed = if issue == 0 { format!("ticket {ticket}") } else { format!("ticket {ticket} {issue}") };
    let hash = reference::keyed_bytes(&key.bytes, &signed);
    in_base32(&hash)[..key.digits].to_owned()
}

fn signing_key(key: &CodeKey) -> SigningKey {
    SigningKey::from_bytes(&reference::keyed_bytes(&key.bytes, "private key of the passes"))
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

    const HELD_AT: Timestamp = Timestamp(1_000);

    fn keys() -> Keys {
        Keys::of_byte(7)
    }

    const fn ticket(id: i64) -> CodeFacts {
        CodeFacts { ticket: ReservationId(id), held_at: HELD_AT, issue: 0 }
    }

    fn read_ticket(keys: &Keys, text: &str) -> Option<ReservationId> {
        read(keys, text).filter(|code| code.is_of(HELD_AT)).map(|code| code.ticket)
    }

    #[test]
    fn a_code_and_a_pass_are_read_as_they_were_written_and_as_people_type_them() {
        let keys = keys();
        for number in [0, 1, 31, 32, 4_711, (1_i64 << 40) - 1] {
            for written in [code(&keys, ticket(number)), pass(&keys, ScheduleId(number), ticket(number))] {
                assert_eq!(read_ticket(&keys, &written), Some(ReservationId(number)), "{written}");
                let typed = written.to_lowercase().replace('-', " ").replace('0', "o").replace('1', "l");
                assert_eq!(read_ticket(&keys, &typed), Some(ReservationId(number)), "{typed}");
            }
        }
        let shape: Vec<usize> = code(&keys, ticket(1)).split('-').map(str::len).collect();
        assert_eq!(shape, [4, 4, 4, 4, 5]);
    }

    #[test]
    fn codes_of_an_earlier_version_are_still_read_for_the_tickets_of_their_time() {
        let keys = Keys::moved_at(HELD_AT);
        let before = CodeFacts { ticket: ReservationId(42), held_at: Timestamp(999), issue: 0 };
        let signature = signature(keys.code_key(before.held_at), before.ticket, 0);
        assert_eq!(signature.len(), 8);
        for old in [code(&keys, before), pass(&keys, ScheduleId(3), before), format!("1A-{signature}")] {
            let read = read(&keys, &old).expect("is read");
            assert_eq!((read.ticket, read.is_of(Timestamp(999)), read.is_of(HELD_AT)), (before.ticket, true, false));
        }
        assert_eq!(read(&keys, &format!("1B-{signature}")), None);
        let new = code(&keys, ticket(42));
        assert_ne!(new, code(&keys, before));
        assert!(read(&keys, &new).is_some_and(|code| code.is_of(HELD_AT) && !code.is_of(Timestamp(999))));
        assert_eq!(public_keys(&keys).len(), 2);
    }

    #[test]
    fn each_issue_of_a_ticket_has_codes_of_its_own_and_the_code_tells_which_it_is() {
        let keys = keys();
        for issue in [0, 1, MAX_ISSUE] {
            let facts = CodeFacts { issue, ..ticket(42) };
            for written in [code(&keys, facts), pass(&keys, ScheduleId(3), facts)] {
                let read = read(&keys, &written).expect("is read");
                assert_eq!((read.ticket, read.issue), (ReservationId(42), issue), "{written}");
            }
        }
        let beyond = CodeFacts { issue: MAX_ISSUE + 1, ..ticket(42) };
        assert_eq!(read(&keys, &code(&keys, beyond)), None);
    }

    #[test]
    fn a_code_cannot_be_forged() {
        let keys = keys();
        let real = code(&keys, ticket(42));
        assert_eq!(read(&Keys::of_byte(8), &real), None, "another house's key");
        let signature = signature(keys.code_key(HELD_AT), ReservationId(42), 0);
        let other = format!("{}-{signature}", reference::ticket(keys.numbers(), ReservationId(43)));
        assert_eq!(read(&keys, &other), None, "another ticket's signature");
        for text in ["", "-", "12345678", "UUUUUUUUUUUU", "티켓", PASS, &"9".repeat(80), &"9".repeat(500)] {
            assert_eq!(read(&keys, text), None, "{text:?}");
        }
    }

    #[test]
    fn a_pass_with_any_other_digit_and_that_of_another_house_are_not_read() {
        let keys = keys();
        let real = pass(&keys, ScheduleId(3), ticket(42));
        assert_eq!(read(&Keys::of_byte(8), &real), None, "another house's key");
        for at in PASS.len()..real.len() {
            let digit = if real.as_bytes()[at] == b'7' { "8" } else { "7" };
            let changed = [&real[..at], digit, &real[at + 1..]].concat();
            assert_eq!(read(&keys, &changed), None, "{changed}");
        }
        let elsewhere = pass(&keys, ScheduleId(4), ticket(42));
        let signature = real.len() - PASS_SIGNATURE;
        let mixed = [&elsewhere[..signature], &real[signature..]].concat();
        assert_eq!(read(&keys, &mixed), None, "the signature for another schedule");
        assert_eq!(read(&keys, &real[..real.len() - 1]), None, "a part of it");
    }

    #[test]
    fn a_pass_is_checked_with_the_public_key_alone() {
        let keys = keys();
        let pass = pass(&keys, ScheduleId(3), ticket(42));
        assert!(pass.bytes().all(|c| c.is_ascii_uppercase() || c.is_ascii_digit() || c == b'.'), "{pass}");
        let (signed, signature) = pass.split_at(pass.len() - PASS_SIGNATURE);
        let bits = |digit: char| {
            let value = reference::value(&digit.to_string()).expect("a digit");
            (0..5).rev().map(move |bit| u8::from((value >> bit) & 1 == 1))
        };
        let bits: Vec<u8> = signature.chars().flat_map(bits).collect();
        let bytes = bits.chunks_exact(8).map(|bits| bits.iter().fold(0_u8, |byte, bit| (byte << 1) | bit));
        let bytes: Vec<u8> = bytes.collect();
        let signature = Signature::from_slice(&bytes).expect("64 bytes");
        let public = signing_key(keys.code_key(HELD_AT)).verifying_key();
        assert_eq!([hex(public.as_bytes())], *public_keys(&keys));
        assert!(public.verify_strict(signed.as_bytes(), &signature).is_ok());
        assert!(public.verify_strict(b"another text", &signature).is_err());
        assert_ne!(public_keys(&keys), public_keys(&Keys::of_byte(8)));
    }

    /// The scripts of the door read the same text: a change here needs one in `public/static/door_offline.js`. The first
    /// is a pass of an earlier version.
    #[test]
    fn a_pass_looks_as_the_phones_at_the_door_expect_it() {
        let keys = Keys::moved_at(HELD_AT);
        let expected = "ENCORE1.000000079VZBXYMKBE50CG9APS503KF98PXKAKXSDKGB88B5G5YHT8CTJDJZ4RWH36R33P4M6SF69DFJ\
            DTMM63SS6CA4NBP3NAGC7413895P4WPAWDFZP0AKR6QBE30";
        let before = CodeFacts { ticket: ReservationId(42), held_at: Timestamp(0), issue: 0 };
        assert_eq!(pass(&keys, ScheduleId(7), before), expected);
        assert_eq!(public_keys(&keys)[1], "e56d92d0aab9871e732b3cad453b3d6287a02c8cef682be81f0ac74b8ad4d695");
        let now = pass(&keys, ScheduleId(7), ticket(42));
        assert_eq!(now.len(), "ENCORE1.".len() + 8 + 21 + 103, "{now}");
        assert!(now.starts_with("ENCORE1.000000079VZBXYMK"), "{now}");
    }

    #[test]
    fn the_digest_of_a_code_is_short_and_of_one_ticket() {
        let digests = [1, 2].map(|id| digest(&keys(), ticket(id)));
        assert!(digests.iter().all(|digest| digest.len() == 16), "{digests:?}");
        assert_ne!(digests[0], digests[1]);
    }
}
