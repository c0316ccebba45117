//! Accounts: roles and duties, and the valid form of a name, an email address and a password.

use super::text::is_name;
use super::{Field, Points, Refusal, string_enum};

string_enum! {
    /// What kind of account a person has.
    Role {
        /// Buys tickets. The default in the database.
        Fan = "fan",
        /// Works for the venue; [`Duty`] says what they may do.
        Staff = "staff",
    }
}

string_enum! {
    /// What a member of staff may do. Each duty includes those that are listed after it.
    Duty {
        /// May do everything: also set up sales, appoint staff and read the staff log.
        Owner = "owner",
        /// May run sales, and do everything that the door may.
        BoxOffice = "box_office",
        /// May check tickets at the door.
        Door = "door",
    }
}

impl Duty {
    /// Whether this duty allows everything that `other` allows. The variants are declared from most to least allowed.
    pub const fn includes(self, other: Self) -> bool {
        self as u8 <= other as u8
    }
}

/// The allowed length of a password, in characters. NIST SP 800-63B asks for at least 8 characters, and advises against
/// composition rules (such as "at least one digit").
pub const PASSWORD_LENGTH: std::ops::RangeInclusive<usize> = 8..=128;
/// The longest name of a person, in characters.
pub const MAX_NAME_LENGTH: usize = 50;
/// The longest email address, in bytes (RFC 5321, section 4.5.3.1.3, less the angle brackets).
pub const MAX_EMAIL_LENGTH: usize = 254;

/// How long a person stays signed in, in seconds: 30 days from signing in. Activity does not extend it.
pub const SIGNED_IN_SECONDS: i64 = 30 * 24 * 3600;
/// On how many devices a person can be signed in. Signing in on one more signs out the device with the earliest
/// sign-in.
pub const MAX_DEVICES: usize = 20;

/// What is stored as the password hash of an account that has no password. No password has this hash.
pub const NO_PASSWORD: &str = "none";

/// The host of the addresses that stand for none. Nobody can have an address there (RFC 2606).
const NO_HOST: &str = "@none.invalid";

/// Returns the address that is stored for a person who has none: one who left, or who bought at the counter without one.
pub fn no_address(unique: impl std::fmt::Display) -> String {
    format!("{unique}{NO_HOST}")
}

/// Whether a stored address stands for none.
pub fn is_no_address(email: &str) -> bool {
    email.ends_with(NO_HOST)
}

/// Returns a stored address. `None` if it stands for none.
pub fn address(email: &str) -> Option<&str> {
    (!is_no_address(email)).then_some(email)
}

/// Checks whether a person may delete their account now.
///
/// # Errors
/// [`Refusal::StillStaff`], [`Refusal::StillHasTickets`] if they have a ticket of a show that has not begun, and
/// [`Refusal::StillHasPoints`] if they have points: who left gets neither back.
pub const fn check_can_leave(has_tickets: bool, point: Points, is_staff: bool) -> Result<(), Refusal> {
    if is_staff {
        Err(Refusal::StillStaff)
    } else if has_tickets {
        Err(Refusal::StillHasTickets)
    } else if point > 0 {
        Err(Refusal::StillHasPoints { point })
    } else {
        Ok(())
    }
}

/// Checks an email address and returns it as it is stored: trimmed and in lower case.
///
/// # Errors
/// [`Refusal::Invalid`] unless it is one `@` between two non-empty parts without spaces or control characters, the
/// second part neither begins nor ends with a dot and is not that of [`no_address`], and the whole has at most
/// [`MAX_EMAIL_LENGTH`] bytes.
pub fn clean_email(email: &str) -> Result<String, Refusal> {
    let email = email.trim().to_lowercase();
    let shaped = email.split_once('@').is_some_and(|(local, host)| {
        !local.is_empty() && !host.is_empty() && !host.contains('@') && !host.starts_with('.') && !host.ends_with('.')
    });
    let clean = email.len() <= MAX_EMAIL_LENGTH
        && !is_no_address(&email)
        && !email.chars().any(|c| c.is_whitespace() || c.is_control());
    if shaped && clean { Ok(email) } else { Err(Refusal::invalid(Field::Email)) }
}

/// Checks a person's name and returns it as it is stored: trimmed.
///
/// # Errors
/// [`Refusal::Invalid`] unless [`is_name`] with at most [`MAX_NAME_LENGTH`] characters.
pub fn clean_name(name: &str) -> Result<String, Refusal> {
    let name = name.trim();
    if is_name(name, MAX_NAME_LENGTH) { Ok(name.to_owned()) } else { Err(Refusal::invalid(Field::Name)) }
}

/// Checks the length of a password.
///
/// # Errors
/// [`Refusal::Invalid`] if it is not in [`PASSWORD_LENGTH`].
pub fn check_password(password: &str) -> Result<(), Refusal> {
    if PASSWORD_LENGTH.contains(&password.chars().count()) { Ok(()) } else { Err(Refusal::invalid(Field::Password)) }
}

/// Checks what a person enters for a new account.
///
/// # Errors
/// [`Refusal::Invalid`] with all fields that are not valid, in the order of the form.
pub fn check_new(name: &str, email: &str, password: &str) -> Result<(), Refusal> {
    let refused = [clean_name(name).err(), clean_email(email).err(), check_password(password).err()];
    Refusal::all_invalid(refused.iter().flatten().filter_map(Refusal::field)).map_or(Ok(()), Err)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nobody_leaves_with_a_ticket_points_or_a_duty() {
        for (has_tickets, point, is_staff, expected) in [
            (false, 0, false, Ok(())),
            (true, 5, false, Err(Refusal::StillHasTickets)),
            (false, 5, false, Err(Refusal::StillHasPoints { point: 5 })),
            (false, 0, true, Err(Refusal::StillStaff)),
        ] {
            assert_eq!(check_can_leave(has_tickets, point, is_staff), expected);
        }
    }

    #[test]
    fn all_wrong_fields_of_a_new_account_are_named_at_once() {
        use Field::*;
        for (name, email, password, wrong) in [
            ("Mina", "mina@example.org", "long enough", &[][..]),
            ("Mina", "mina", "short", &[Email, Password]),
            ("", "", "", &[Name, Email, Password]),
        ] {
            let refusal = check_new(name, email, password).err();
            let fields: Vec<Field> = refusal.iter().flat_map(Refusal::fields).collect();
            assert_eq!(fields, wrong, "{name} {email} {password}");
        }
    }

    #[test]
    fn an_owner_may_do_all_and_the_door_only_its_own() {
        use Duty::*;
        for (duty, may) in [(Owner, [true, true, true]), (BoxOffice, [false, true, true]), (Door, [false, false, true])]
        {
            assert_eq!([Owner, BoxOffice, Door].map(|other| duty.includes(other)), may, "{duty:?}");
        }
    }

    #[test]
    fn an_email_address_is_kept_trimmed_and_lower_case() {
        assert_eq!(clean_email(" Mina@Example.org ").as_deref(), Ok("mina@example.org"));
        for bad in [
            "",
            "7@none.invalid",
            "mina",
            "@example.org",
            "mina@",
            "mi na@example.org",
            "a@b@c",
            "a@.org",
            "a@org.",
            "a\u{0}@b",
        ] {
            assert_eq!(clean_email(bad), Err(Refusal::invalid(Field::Email)), "{bad:?}");
        }
        assert!(clean_email(&format!("{}@example.org", "a".repeat(254))).is_err());
    }

    #[test]
    fn a_name_is_kept_trimmed_and_counted_in_characters() {
        assert_eq!(clean_name(" 김미나 ").as_deref(), Ok("김미나"));
        assert!(clean_name(&"김".repeat(50)).is_ok());
        for bad in ["", "   ", "\u{200b}", "a\nb", &"김".repeat(51)] {
            assert_eq!(clean_name(bad), Err(Refusal::invalid(Field::Name)), "{bad:?}");
        }
    }

    #[test]
    fn a_password_has_eight_to_128_characters() {
        for (length, fits) in [(7, false), (8, true), (128, true), (129, false)] {
            assert_eq!(check_password(&"비".repeat(length)).is_ok(), fits, "{length}");
        }
    }
}
