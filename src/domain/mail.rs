//! Mails: what they tell, and when one that was not taken is tried again or given up.

use super::{
    DeviceId, InvitationId, LinkId, PaymentId, Points, ReservationId, ScheduleId, Timestamp, UserId, WaitlistEntryId,
    string_enum,
};
use serde::{Deserialize, Serialize};

/// How long after its first, second, … attempt a mail is tried again, in seconds. After that, each time as long as last.
pub const RETRY_SECONDS: [i64; 6] = [30, 120, 600, 1_800, 3_600, 7_200];
/// For how long a mail is tried, in seconds: two days. A mail whose link is valid for less is given up with its link.
pub const TRIED_SECONDS: i64 = 48 * 3600;
/// For how long mails are kept in the database, in seconds: 90 days.
pub const KEPT_SECONDS: i64 = 90 * 24 * 3600;

string_enum! {
    /// The language of the mails to a person.
    Language {
        Korean = "ko",
        English = "en",
    }
}

string_enum! {
    /// What a link lets whoever has it do.
    LinkPurpose {
        /// Set a new password.
        Password = "password",
        /// Show that an email address is their own.
        Address = "address",
    }
}

string_enum! {
    /// The state of a mail.
    MailStatus {
        /// To be sent. The default in the database.
        Wait = "wait",
        /// A mail server has taken it.
        Sent = "sent",
        /// It was not taken, and will not be tried again.
        Failed = "failed",
    }
}

string_enum! {
    /// What changed in how a person signs in.
    SignInChange {
        AuthenticatorSetUp = "authenticator_set_up",
        AuthenticatorEnded = "authenticator_ended",
        RecoveryCodesMade = "recovery_codes_made",
        RecoveryCodeUsed = "recovery_code_used",
        PasskeyAdded = "passkey_added",
        PasskeyRemoved = "passkey_removed",
        /// An owner ended the second step and the passkeys.
        EndedByOwner = "ended_by_owner",
    }
}

/// What a mail tells. The rest of its text is read when it is sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "letter", rename_all = "snake_case")]
pub enum Letter {
    /// The link with which a forgotten password is reset.
    PasswordLink { link: LinkId },
    /// The link with which a person shows that an address is theirs. It goes to that address.
    AddressLink { link: LinkId },
    /// The address of the account was changed. It goes to the address from before.
    AddressChanged,
    /// Somebody is invited to join the staff. It goes to the address to which the owner sends the invitation.
    Invitation { invitation: InvitationId },
    /// Somebody signed in on a device of a new kind.
    NewDevice { device: DeviceId },
    /// The password was changed.
    PasswordChanged,
    /// Another way to sign in was set up, ended or used.
    SignInChanged { change: SignInChange },
    /// Tickets were bought, or given.
    TicketsBought { payment: PaymentId },
    /// A ticket was cancelled, with what was given back.
    TicketCancelled { ticket: ReservationId, refund: Points },
    /// Somebody, whose account is `to`, took a ticket with the link that its owner made. It goes to that owner.
    TicketHandedOn { ticket: ReservationId, to: UserId },
    /// The person took a ticket with the link that its owner made.
    TicketReceived { ticket: ReservationId },
    /// Points were paid out in cash at the counter.
    PaidOut { amount: Points },
    /// Staff moved a ticket to another seat.
    TicketMoved { ticket: ReservationId },
    /// Seats are offered to somebody on the waitlist of a date.
    Offer { entry: WaitlistEntryId },
    /// The waiting room of a date opens soon.
    Opening { schedule: ScheduleId },
    /// A show was called off; `refund` is what the fan got back for all tickets.
    CalledOff { schedule: ScheduleId, refund: Points },
    /// A show was moved from the time `from`.
    Moved { schedule: ScheduleId, from: Timestamp },
}

impl Letter {
    /// Whether somebody waits for the mail, so that it is sent before all others.
    pub const fn is_urgent(&self) -> bool {
        matches!(
            self,
            Self::PasswordLink { .. }
                | Self::AddressLink { .. }
                | Self::Invitation { .. }
                | Self::NewDevice { .. }
                | Self::PasswordChanged
                | Self::SignInChanged { .. }
                | Self::Offer { .. }
        )
    }
}

/// What a mail server answered to an attempt to send a mail.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Answer {
    Taken,
    /// It did not take the mail. `code` is its reply code (RFC 5321, section 4.2); `None` if it gave none, for example
    /// because it was not reached.
    NotTaken {
        code: Option<u16>,
        error: String,
    },
    /// The mail cannot be made: what it tells of no longer exists.
    Unwritable {
        error: String,
    },
}

/// What becomes of a mail after an attempt.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Attempted {
    Sent,
    /// It is tried again at this instant.
    Again(Timestamp),
    Failed,
}

/// Decides what becomes of a mail after the attempt number `attempts`, counted from 1, which was made at `now`.
///
/// A mail fails at once only if the server says that the mailbox does not exist (550, 551 or 553, and no enhanced status
/// code but 5.1.x, RFC 3463). Everything else can pass: a full mailbox (452, 552), a busy server, a wrong password of ours
/// (535), and a quota or a policy, for which servers answer 550 too.
pub fn decide_attempt(attempts: u32, give_up_at: Timestamp, answer: &Answer, now: Timestamp) -> Attempted {
    match answer {
        Answer::Taken => Attempted::Sent,
        Answer::Unwritable { .. } => Attempted::Failed,
        Answer::NotTaken { code: Some(550 | 551 | 553), error } if is_of_mailbox(error) => Attempted::Failed,
        Answer::NotTaken { .. } => {
            let at = (attempts.max(1) as usize - 1).min(RETRY_SECONDS.len() - 1);
            let again = now.plus_seconds(RETRY_SECONDS[at]);
            if again < give_up_at { Attempted::Again(again) } else { Attempted::Failed }
        }
    }
}

/// Whether an answer has no enhanced status code (RFC 3463), or one about the mailbox: 5.1.x.
fn is_of_mailbox(answer: &str) -> bool {
    let codes = answer.split(|c: char| !c.is_ascii_digit() && c != '.');
    let enhanced = codes.filter_map(|code| code.strip_prefix("5.")).find(|rest| rest.contains('.'));
    enhanced.is_none_or(|rest| rest.starts_with("1."))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mail_is_tried_again_until_it_is_given_up_and_not_at_all_if_nobody_can_get_it() {
        let now = Timestamp(1_000_000);
        let late = now.plus_seconds(TRIED_SECONDS);
        let answered = |code, error: &str| Answer::NotTaken { code: Some(code), error: error.into() };
        let not_taken = |code| Answer::NotTaken { code, error: "no".into() };
        let again = |seconds| Attempted::Again(now.plus_seconds(seconds));
        for (attempts, give_up_at, answer, expected) in [
            (1, late, Answer::Taken, Attempted::Sent),
            (1, late, Answer::Unwritable { error: "gone".into() }, Attempted::Failed),
            (1, late, not_taken(None), again(30)),
            (2, late, not_taken(Some(421)), again(120)),
            (6, late, not_taken(Some(552)), again(7_200)),
            (60, late, not_taken(Some(535)), again(7_200)),
            (1, late, not_taken(Some(550)), Attempted::Failed),
            (1, late, not_taken(Some(553)), Attempted::Failed),
            (1, late, answered(550, "permanent error (550): 5.1.1 <x@y.z> unknown"), Attempted::Failed),
            (1, late, answered(550, "permanent error (550): 5.4.5 Daily sending limit exceeded"), again(30)),
            (1, now.plus_seconds(31), not_taken(None), again(30)),
            (1, now.plus_seconds(30), not_taken(None), Attempted::Failed),
            (9, now.plus_seconds(60), not_taken(None), Attempted::Failed),
        ] {
            let decided = decide_attempt(attempts, give_up_at, &answer, now);
            assert_eq!(decided, expected, "{attempts} {answer:?}");
        }
    }

    #[test]
    fn a_stored_letter_is_read_again() {
        let letter = Letter::TicketCancelled { ticket: ReservationId(7), refund: 90 };
        let stored = serde_json::to_string(&letter).expect("is written");
        assert_eq!(stored, r#"{"letter":"ticket_cancelled","ticket":7,"refund":90}"#);
        assert_eq!(serde_json::from_str::<Letter>(&stored).expect("is read"), letter);
    }
}
