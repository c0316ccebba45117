//! The numbers of orders and tickets that people are shown, such as `K7QM-2XWD`, also in the addresses of pages. An id
//! is not shown, because it is a counter: it would tell everybody how much has been sold.
//!
//! A number is the id, encrypted with the secret key of the installation. So it is computed from the id, and read back,
//! without being stored, and different ids have different numbers. It is no secret and proves nothing: at the door only
//! the signed code of a ticket counts ([`crate::ticket_code`]).
//!
//! It is written in Crockford's Base32, which does not use I, L and O, because they are easily misread, nor U. When it
//! is read, O counts as 0, and I and L count as 1.

use crate::domain::{PaymentId, ReservationId};
use hmac::{Hmac, Mac};
use sha2::Sha256;

const DIGITS: &[u8; 32] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";
/// How many digits a number has without its hyphen: 40 bits, which is enough for 10^12 ids.
pub(crate) const LENGTH: usize = 8;
/// How many bits each half of a number has.
const HALF_BITS: u32 = 20;
/// The rounds of the Feistel network. Four make it look random; the others are a margin, since its halves are small.
const ROUNDS: u32 = 8;
/// How many characters of a number or code are read. The longest is the content of a ticket's QR code.
const MAX_TYPED: usize = 160;

/// What a number belongs to, as part of what is hashed: an order and a ticket with the same id have different numbers.
const ORDER: &str = "order number";
const TICKET: &str = "ticket number";

/// Returns the number of an order: one purchase with all its tickets.
pub fn order(key: &[u8; 32], payment: PaymentId) -> String {
    number(key, ORDER, payment.0)
}

/// Returns the number of a ticket.
pub fn ticket(key: &[u8; 32], ticket: ReservationId) -> String {
    number(key, TICKET, ticket.0)
}

/// Returns the id of the order whose number was typed; there may be no such order. `None` if `text` cannot be a number.
pub fn read_order(key: &[u8; 32], text: &str) -> Option<PaymentId> {
    read(key, ORDER, &typed_digits(text)).map(PaymentId)
}

/// Returns the id of the ticket whose number was typed; there may be no such ticket. `None` if `text` cannot be a
/// number.
pub fn read_ticket(key: &[u8; 32], text: &str) -> Option<ReservationId> {
    read(key, TICKET, &typed_digits(text)).map(ReservationId)
}

/// Encrypts an id with a Feistel network, which is a permutation whatever its round function is. Only the lowest 40
/// bits of the id are encrypted; no counter goes that far.
fn number(key: &[u8; 32], of: &str, id: i64) -> String {
    let id = id.unsigned_abs();
    let halves = ((id >> HALF_BITS) & ((1 << HALF_BITS) - 1), id & ((1 << HALF_BITS) - 1));
    let round = |(left, right): (u64, u64), round: u32| (right, left ^ mixed(key, of, round, right));
    let (left, right) = (0..ROUNDS).fold(halves, round);
    format!("{}-{}", in_digits(left, LENGTH / 2), in_digits(right, LENGTH / 2))
}

/// Decrypts the digits of a number: the rounds of [`number`], backwards.
fn read(key: &[u8; 32], of: &str, digits: &str) -> Option<i64> {
    let (left, right) = digits.split_at_checked(LENGTH / 2).filter(|_| digits.len() == LENGTH)?;
    let halves = (value(left)?, value(right)?);
    let round = |(left, right): (u64, u64), round: u32| (right ^ mixed(key, of, round, left), left);
    let (left, right) = (0..ROUNDS).rev().fold(halves, round);
    i64::try_from((left << HALF_BITS) | right).ok()
}

/// Returns the id of the ticket with these digits, for the code of a ticket, which begins with its number.
pub(crate) fn ticket_of_digits(key: &[u8; 32], digits: &str) -> Option<ReservationId> {
    read(key, TICKET, digits).map(ReservationId)
}

/// The round function of the Feistel network.
fn mixed(key: &[u8; 32], of: &str, round: u32, half: u64) -> u64 {
    keyed_hash(key, &format!("{of} {round} {half}")) >> (u64::BITS - HALF_BITS)
}

/// Returns an HMAC-SHA256 (RFC 2104).
#[expect(clippy::expect_used, reason = "a key of HMAC may have any length")]
pub(crate) fn keyed_bytes(key: &[u8; 32], text: &str) -> [u8; 32] {
    let mut mac = Hmac::<Sha256>::new_from_slice(key).expect("a key of 32 bytes fits");
    mac.update(text.as_bytes());
    mac.finalize().into_bytes().into()
}

/// Returns the first 64 bits of an HMAC-SHA256.
pub(crate) fn keyed_hash(key: &[u8; 32], text: &str) -> u64 {
    keyed_bytes(key, text).iter().take(8).fold(0_u64, |bits, byte| (bits << 8) | u64::from(*byte))
}

/// Writes the lowest bits of `bits` as `count` digits of five bits each.
pub(crate) fn in_digits(bits: u64, count: usize) -> String {
    (0..count).rev().map(|place| char::from(DIGITS[((bits >> (5 * place)) & 31) as usize])).collect()
}

/// Returns the value of digits. `None` if one of them is no digit, or if the value does not fit.
pub(crate) fn value(digits: &str) -> Option<u64> {
    digits.bytes().try_fold(0_u64, |sum, digit| {
        let value = DIGITS.iter().position(|&known| known == digit)?;
        sum.checked_mul(32)?.checked_add(value as u64)
    })
}

/// Returns the digits of a number or code that was scanned or typed. Upper and lower case do not matter, and all
/// characters except letters and digits are left out. At most [`MAX_TYPED`] characters are read. A handheld scanner
/// types as a keyboard does, so full-width letters are read too, and the Hangul that a keyboard in Hangul mode makes of
/// the keys.
pub(crate) fn typed_digits(text: &str) -> String {
    let digit = |letter: char| match letter.to_ascii_uppercase() {
        'O' => Some('0'),
        'I' | 'L' => Some('1'),
        letter => letter.is_ascii_alphanumeric().then_some(letter),
    };
    let keys = text.chars().take(MAX_TYPED).map(keys_of).collect::<String>();
    keys.chars().filter_map(digit).collect()
}

/// The keys of the standard Korean keyboard (KS X 5002, two-set) that type each letter: the leading consonants of a
/// syllable, its vowels, its final consonants (the first is none), and the letters that stand alone, each in the order
/// of Unicode.
const LEADING: &str = "r R s e E f a q Q t T d w W c z x v g";
const VOWELS: &str = "k o i O j p u P h hk ho hl y n nj np nl b m ml l";
const FINAL: &str = " r R rt s sw sg e f fr fa fq ft fx fv fg a q qt t T d w c z x v g";
const ALONE: &str = "r R rt s sw sg e E f fr fa fq ft fx fv fg a q Q qt t T d w W c z x v g";

/// The keys that type a character: for Hangul those of a Korean keyboard, for a full-width character the usual one, and
/// otherwise the character itself.
fn keys_of(letter: char) -> String {
    let key = |of: &str, index: u32| of.split(' ').nth(index as usize).unwrap_or_default().to_owned();
    match u32::from(letter) {
        // A syllable is composed of 19 leading consonants, 21 vowels and 28 finals (Unicode, 3.12).
        code @ 0xAC00..=0xD7A3 => {
            let index = code - 0xAC00;
            key(LEADING, index / 588) + &key(VOWELS, index % 588 / 28) + &key(FINAL, index % 28)
        }
        code @ 0x3131..=0x314E => key(ALONE, code - 0x3131),
        code @ 0x314F..=0x3163 => key(VOWELS, code - 0x314F),
        code @ 0xFF01..=0xFF5E => char::from_u32(code - 0xFEE0).map(String::from).unwrap_or_default(),
        _ => letter.into(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashSet;

    const KEY: &[u8; 32] = &[7; 32];

    #[test]
    fn every_id_has_a_number_of_its_own_which_is_read_back_as_people_type_it() {
        let numbers: HashSet<String> = (0..2_000).map(|id| order(KEY, PaymentId(id))).collect();
        assert_eq!(numbers.len(), 2_000);
        for id in [0, 1, 31, 32, 4_711, (1_i64 << 20) - 1, 1 << 20, (1_i64 << 40) - 1] {
            let written = order(KEY, PaymentId(id));
            let shape: Vec<usize> = written.split('-').map(str::len).collect();
            assert_eq!(shape, [4, 4], "{written}");
            let typed = written.to_lowercase().replace('-', " ").replace('0', "o").replace('1', "l");
            assert_eq!(read_order(KEY, &typed), Some(PaymentId(id)), "{typed}");
        }
    }

    #[test]
    fn numbers_of_neighbours_have_nothing_in_common() {
        let same = |a: &str, b: &str| a.bytes().zip(b.bytes()).filter(|(a, b)| a == b && *a != b'-').count();
        let number = |id| ticket(KEY, ReservationId(id));
        let common: usize = (0..200).map(|id| same(&number(id), &number(id + 1))).sum();
        // Each of the eight digits is the same by chance in one of 32 pairs: 50 digits of these 200 pairs.
        assert!(common < 100, "{common} of 1,600 digits are those of the next number");
        assert_ne!(order(KEY, PaymentId(1)), number(1), "an order and a ticket");
        assert_ne!(order(KEY, PaymentId(1)), order(&[8; 32], PaymentId(1)), "another installation");
    }

    #[test]
    fn other_text_is_no_number() {
        for text in ["", "-", "1234567", "123456789", "UUUU-UUUU", "티켓", "stalls a 12", &"9".repeat(80)] {
            assert_eq!(read_order(KEY, text), None, "{text:?}");
        }
    }

    #[test]
    fn digits_are_read_from_a_scanner_in_hangul_mode_and_in_full_width() {
        assert_eq!("한글 ㅃㅒㅢ".chars().map(keys_of).collect::<String>(), "gksrmf QOml");
        assert_eq!("ＡＢ－０９".chars().map(keys_of).collect::<String>(), "AB-09");
        assert_eq!(typed_digits("ｋ７ｑｍ－2xWd"), "K7QM2XWD");
        // What the keys type in Hangul mode with the shift key, not composed to syllables.
        let jamo = |letter: char| {
            (0x3131..=0x3163)
                .filter_map(char::from_u32)
                .find(|jamo| keys_of(*jamo).eq_ignore_ascii_case(&letter.to_string()))
                .expect("each key has a letter")
        };
        let letters = "ABCDEFGHJKMNPQRSTVWXYZ";
        assert_eq!(typed_digits(&letters.chars().map(jamo).collect::<String>()), letters);
    }
}
