//! The code of a ticket, which its QR code carries and which can be typed at the door: the number of the ticket and its
//! signature under the house's key. It says nothing of the person, and nobody else can make one.
//!
//! The digits are Crockford's base 32, which leaves out letters that look like others, and reads those as what they look like.

use crate::domain::ReservationId;
use hmac::{Hmac, Mac};
use sha2::Sha256;

const DIGITS: &[u8; 32] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";
/// Digits of the signature: 40 bits, of which a guess at the door hits one in a million millions.
const SIGNATURE: usize = 8;

/// The code of a ticket, in groups to read it out by.
pub fn code(key: &[u8; 32], ticket: ReservationId) -> String {
    let signature = signature(key, ticket);
    let (first, second) = signature.split_at(SIGNATURE / 2);
    format!("{}-{first}-{second}", in_digits(ticket.0.unsigned_abs()))
}

/// The ticket that a code is of, as scanned or typed; none where this house did not sign it.
pub fn read(key: &[u8; 32], text: &str) -> Option<ReservationId> {
    let digit = |letter: char| match letter.to_ascii_uppercase() {
        'O' => Some('0'),
        'I' | 'L' => Some('1'),
        letter => letter.is_ascii_alphanumeric().then_some(letter),
    };
    let digits: String = text.chars().take(64).filter_map(digit).collect();
    let (number, given) = digits.split_at_checked(digits.len().checked_sub(SIGNATURE)?)?;
    let value = |digit: u8| DIGITS.iter().position(|&known| known == digit);
    let number = number.bytes().try_fold(0_i64, |sum, digit| sum.checked_mul(32)?.checked_add(value(digit)? as i64))?;
    let ticket = ReservationId(number);
    (signature(key, ticket) == given).then_some(ticket)
}

fn in_digits(mut number: u64) -> String {
    let mut digits = vec![];
    while digits.is_empty() || number > 0 {
        digits.push(char::from(DIGITS[(number % 32) as usize]));
        number /= 32;
    }
    digits.iter().rev().collect()
}

/// HMAC-SHA256 (RFC 2104), cut to so many digits.
#[expect(clippy::expect_used, reason = "a key of HMAC may have any length")]
fn signature(key: &[u8; 32], ticket: ReservationId) -> String {
    let mut mac = Hmac::<Sha256>::new_from_slice(key).expect("a key of 32 bytes fits");
    mac.update(format!("ticket {ticket}").as_bytes());
    let bits = mac.finalize().into_bytes().iter().take(8).fold(0_u64, |bits, byte| bits << 8 | u64::from(*byte));
    (0..SIGNATURE).map(|digit| char::from(DIGITS[(bits >> (59 - 5 * digit) & 31) as usize])).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const KEY: &[u8; 32] = &[7; 32];

    #[test]
    fn a_code_is_read_as_it_was_written_and_as_people_type_it() {
        for number in [0, 1, 31, 32, 4_711, i64::MAX] {
            let ticket = ReservationId(number);
            let written = code(KEY, ticket);
            assert_eq!(read(KEY, &written), Some(ticket), "{written}");
            let typed = written.to_lowercase().replace('-', " ").replace('0', "o").replace('1', "l");
            assert_eq!(read(KEY, &typed), Some(ticket), "{typed}");
        }
    }

    #[test]
    fn nobody_else_can_make_one() {
        let real = code(KEY, ReservationId(42));
        assert_eq!(read(&[8; 32], &real), None, "another house's key");
        let other = format!("{}{}", in_digits(43), &real[real.find('-').expect("groups")..]);
        assert_eq!(read(KEY, &other), None, "another ticket's signature");
        for text in ["", "-", "12345678", "UUUUUUUUUUUU", "티켓", &"9".repeat(80)] {
            assert_eq!(read(KEY, text), None, "{text:?}");
        }
    }
}
