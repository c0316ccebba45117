//! The code of a ticket, which is in its QR code and can also be typed at the door. It consists of the ticket's number
//! and a signature with the installation's secret key, so nobody without the key can make a valid code. It contains no
//! personal data.
//!
//! Both are written in Crockford's Base32, which does not use I, L and O, because they are easily misread, nor U. When
//! a code is read, O counts as 0, and I and L count as 1.

use crate::domain::ReservationId;
use hmac::{Hmac, Mac};
use sha2::Sha256;

const DIGITS: &[u8; 32] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";
/// The number of digits of the signature. Eight digits have 40 bits, so a guess is right with a probability of about
/// one in 10^12.
const SIGNATURE: usize = 8;

/// Returns the code of a ticket: its number, and the signature in two groups of four digits, separated by hyphens so
/// that it is easy to read out.
pub fn code(key: &[u8; 32], ticket: ReservationId) -> String {
    let signature = signature(key, ticket);
    let (first, second) = signature.split_at(SIGNATURE / 2);
    format!("{}-{first}-{second}", in_digits(ticket.0.unsigned_abs()))
}

/// Returns the id of the ticket of a code that was scanned or typed. `None` if the code was not signed with `key`.
/// Upper and lower case do not matter, and all characters except letters and digits are ignored. At most 64 characters
/// are read. A handheld scanner types the code as a keyboard does, so full-width letters are read too, and the Hangul that
/// a keyboard in Hangul mode makes of the keys.
pub fn read(key: &[u8; 32], text: &str) -> Option<ReservationId> {
    let digit = |letter: char| match letter.to_ascii_uppercase() {
        'O' => Some('0'),
        'I' | 'L' => Some('1'),
        letter => letter.is_ascii_alphanumeric().then_some(letter),
    };
    let keys = text.chars().take(64).map(keys_of).collect::<String>();
    let digits: String = keys.chars().filter_map(digit).collect();
    let (number, given) = digits.split_at_checked(digits.len().checked_sub(SIGNATURE)?)?;
    let value = |digit: u8| DIGITS.iter().position(|&known| known == digit);
    let number = number.bytes().try_fold(0_i64, |sum, digit| sum.checked_mul(32)?.checked_add(value(digit)? as i64))?;
    let ticket = ReservationId(number);
    (signature(key, ticket) == given).then_some(ticket)
}

/// The keys of the standard Korean keyboard (KS X 5002, two-set) that type each letter: the leading consonants of a
/// syllable, its vowels, its final consonants (the first is none), and the letters that stand alone, each in the order of
/// Unicode.
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

/// Writes a number in Crockford's Base32, without leading zeros.
fn in_digits(mut number: u64) -> String {
    let mut digits = vec![];
    while digits.is_empty() || number > 0 {
        digits.push(char::from(DIGITS[(number % 32) as usize]));
        number /= 32;
    }
    digits.iter().rev().collect()
}

/// Returns the signature of a ticket: the first 40 bits of an HMAC-SHA256 (RFC 2104), as [`SIGNATURE`] digits.
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
    fn a_code_is_read_from_a_scanner_in_hangul_mode_and_in_full_width() {
        assert_eq!("한글 ㅃㅒㅢ".chars().map(keys_of).collect::<String>(), "gksrmf QOml");
        assert_eq!("ＡＢ－０９".chars().map(keys_of).collect::<String>(), "AB-09");
        let written = code(KEY, ReservationId(4_711));
        let wide: String = written.chars().filter_map(|letter| char::from_u32(u32::from(letter) + 0xFEE0)).collect();
        assert_eq!(read(KEY, &wide), Some(ReservationId(4_711)), "{wide}");
        // What the keys of the code type in Hangul mode with the shift key, not composed to syllables.
        let jamo = |letter: char| match letter.to_ascii_uppercase() {
            digit @ '0'..='9' | digit @ '-' => digit,
            letter => (0x3131..=0x3163)
                .filter_map(char::from_u32)
                .find(|jamo| keys_of(*jamo).eq_ignore_ascii_case(&letter.to_string()))
                .expect("each key has a letter"),
        };
        let hangul: String = written.chars().map(jamo).collect();
        assert_eq!(read(KEY, &hangul), Some(ReservationId(4_711)), "{hangul}");
    }

    #[test]
    fn a_code_cannot_be_forged() {
        let real = code(KEY, ReservationId(42));
        assert_eq!(read(&[8; 32], &real), None, "another house's key");
        let other = format!("{}{}", in_digits(43), &real[real.find('-').expect("groups")..]);
        assert_eq!(read(KEY, &other), None, "another ticket's signature");
        for text in ["", "-", "12345678", "UUUUUUUUUUUU", "티켓", &"9".repeat(80)] {
            assert_eq!(read(KEY, text), None, "{text:?}");
        }
    }
}
