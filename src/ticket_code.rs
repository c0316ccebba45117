//! The code of a ticket, which is in its QR code and can also be typed at the door. It consists of the ticket's number
//! ([`reference::ticket`]) and a signature with the installation's secret key, so nobody without the key can make a
//! valid code. It contains no personal data.

use crate::domain::ReservationId;
use crate::reference;

/// The number of digits of the signature. Eight digits have 40 bits, so a guess is right with a probability of about
/// one in 10^12.
const SIGNATURE: usize = 8;

/// Returns the code of a ticket: its number, and the signature, in groups of four digits that are separated by hyphens
/// so that the code is easy to read out.
pub fn code(key: &[u8; 32], ticket: ReservationId) -> String {
    let signature = signature(key, ticket);
    let (first, second) = signature.split_at(SIGNATURE / 2);
    format!("{}-{first}-{second}", reference::ticket(key, ticket))
}

/// Returns the id of the ticket of a code that was scanned or typed. `None` if the code was not signed with `key`.
/// Upper and lower case do not matter, and all characters except letters and digits are ignored.
pub fn read(key: &[u8; 32], text: &str) -> Option<ReservationId> {
    let digits = reference::typed_digits(text);
    let (number, given) = digits.split_at_checked(digits.len().checked_sub(SIGNATURE)?)?;
    let ticket = match number.len() {
        reference::LENGTH => reference::ticket_of_digits(key, number)?,
        // Earlier versions wrote the id itself, which was shorter. Tickets may have been printed with such a code.
        _ => ReservationId(i64::try_from(reference::value(number)?).ok()?),
    };
    (signature(key, ticket) == given).then_some(ticket)
}

/// Returns the signature of a ticket: 40 bits of a keyed hash, as [`SIGNATURE`] digits.
fn signature(key: &[u8; 32], ticket: ReservationId) -> String {
    reference::in_digits(reference::keyed_hash(key, &format!("ticket {ticket}")) >> 24, SIGNATURE)
}

#[cfg(test)]
mod tests {
    use super::*;

    const KEY: &[u8; 32] = &[7; 32];

    #[test]
    fn a_code_is_read_as_it_was_written_and_as_people_type_it() {
        for number in [0, 1, 31, 32, 4_711, (1_i64 << 40) - 1] {
            let ticket = ReservationId(number);
            let written = code(KEY, ticket);
            assert_eq!(read(KEY, &written), Some(ticket), "{written}");
            let typed = written.to_lowercase().replace('-', " ").replace('0', "o").replace('1', "l");
            assert_eq!(read(KEY, &typed), Some(ticket), "{typed}");
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
        for text in ["", "-", "12345678", "UUUUUUUUUUUU", "티켓", &"9".repeat(80)] {
            assert_eq!(read(KEY, text), None, "{text:?}");
        }
    }
}
