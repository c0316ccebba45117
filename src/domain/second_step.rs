//! The second step of a sign-in: what is asked for after the password, and of whom.
//!
//! A passkey needs no second step: the device has checked a finger, a face or a PIN before it signs.

use super::Refusal;

/// How many recovery codes an account has. Each is good once.
pub const RECOVERY_CODES: u32 = 10;
/// How many digits of five bits a recovery code has.
pub const RECOVERY_DIGITS: usize = 12;

/// How an account can be signed in to, besides with its password.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Ways {
    pub has_authenticator: bool,
    pub has_passkey: bool,
    pub is_staff: bool,
}

impl Ways {
    /// Whether there is any.
    pub const fn has_any(self) -> bool {
        self.has_authenticator || self.has_passkey
    }
}

/// Whether a second step is asked for after the password. `is_required` is whether owners require one of staff. Who has a
/// passkey may still sign in with the password alone, unless they have to have a second step.
pub const fn is_asked(ways: Ways, is_required: bool) -> bool {
    ways.has_authenticator || (ways.has_passkey && ways.is_staff && is_required)
}

/// Checks whether staff may do what their duty allows. `was_passed` is whether they signed in with a second step or a
/// passkey.
///
/// # Errors
/// [`Refusal::SecondStepNeeded`].
pub const fn check_staff(is_required: bool, was_passed: bool) -> Result<(), Refusal> {
    if is_required && !was_passed { Err(Refusal::SecondStepNeeded) } else { Ok(()) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_second_step_is_asked_of_who_has_an_app_and_of_staff_who_must_have_one() {
        for (has_authenticator, has_passkey, is_staff, is_required, asked) in [
            (false, false, true, true, false),
            (true, false, false, false, true),
            (true, true, true, true, true),
            (false, true, false, true, false),
            (false, true, true, false, false),
            (false, true, true, true, true),
        ] {
            let ways = Ways { has_authenticator, has_passkey, is_staff };
            assert_eq!(is_asked(ways, is_required), asked, "{ways:?} {is_required}");
        }
    }

    #[test]
    fn staff_pages_open_without_a_second_step_only_where_none_is_required() {
        for (is_required, was_passed, opens) in
            [(false, false, true), (false, true, true), (true, true, true), (true, false, false)]
        {
            assert_eq!(check_staff(is_required, was_passed).is_ok(), opens, "{is_required} {was_passed}");
        }
    }
}
