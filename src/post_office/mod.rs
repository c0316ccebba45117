//! The outbox: mails as rows, each written in the transaction of what it tells of, and sent later by the program. A crash
//! loses none: a mail that was not recorded as sent is sent again, with the same Message-ID.
//!
//! This module decides nothing about who gets a mail, and knows no mail server: it says which mail is next, and records
//! what became of it.
//!
//! Besides what its `# Errors` section lists, each function can return [`Refusal::Busy`](crate::domain::Refusal::Busy)
//! (too much work waits for the database) or a fault (the database cannot be read or written).

mod contents;
mod links;

pub use crate::store::Mail;
pub use contents::{Contents, contents};
pub(crate) use links::{invitation_token, known_link, make_link};

use crate::domain::mail::{
    Answer, Attempted, KEPT_SECONDS, Language, Letter, MailStatus, TRIED_SECONDS, decide_attempt,
};
use crate::domain::{ScheduleId, Timestamp, UserId};
use crate::house::{House, TxContext};
use crate::store::{Outcome, Write};

/// Writes a mail to a person in the transaction of what it tells of. It is tried until `give_up_at`, or for two days if
/// that is `None`.
pub(crate) fn post(
    write: &Write<'_>,
    to: UserId,
    letter: Letter,
    give_up_at: Option<Timestamp>,
    context: TxContext<'_>,
) -> Outcome<()> {
    post_to(write, (to, None), letter, give_up_at, context)
}

/// Writes a mail as [`post`] does, but to `address` instead of the person's own, if it is given.
pub(crate) fn post_to(
    write: &Write<'_>,
    to: (UserId, Option<&str>),
    letter: Letter,
    give_up_at: Option<Timestamp>,
    context: TxContext<'_>,
) -> Outcome<()> {
    let give_up_at = give_up_at.unwrap_or(context.now.plus_seconds(TRIED_SECONDS));
    Ok(write.insert_mail(to, &letter, &context.clock.random_key(), give_up_at, context.now)?)
}

/// Writes the same mail to everybody who has a ticket of a schedule, in the transaction of what it tells of.
pub(crate) fn post_to_ticket_holders(
    write: &Write<'_>,
    schedule: ScheduleId,
    letter: Letter,
    now: Timestamp,
) -> Outcome<()> {
    Ok(write.insert_mails_to_ticket_holders(schedule, &letter, now.plus_seconds(TRIED_SECONDS), now)?)
}

/// Sets the language of the mails to a person.
pub async fn set_language(house: &House, user: UserId, language: Language) -> Outcome<()> {
    house.write(move |write, context| Ok(write.set_language(user, language, context.now)?)).await
}

/// What the sender of mails does next.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Next {
    /// Sends this mail.
    Send(Box<Mail>),
    /// Waits until this instant, or until a mail is added.
    Wait(Option<Timestamp>),
}

/// Returns what the sender of mails does next: it sends the urgent mails that are due, and then the others, those that are
/// due longest first. A mail that waited until it is too late for it counts as tried, and fails.
pub async fn next(house: &House) -> Outcome<Next> {
    loop {
        let (urgent, other) = house.read(|read, _| Ok((read.first_mail(true)?, read.first_mail(false)?))).await?;
        let now = house.clock().now();
        let mail = match (urgent, other) {
            (Some(urgent), Some(other)) if now < urgent.next_attempt_at => {
                if other.next_attempt_at < urgent.next_attempt_at { other } else { urgent }
            }
            (Some(urgent), _) => urgent,
            (None, Some(other)) => other,
            (None, None) => return Ok(Next::Wait(None)),
        };
        if now < mail.next_attempt_at {
            return Ok(Next::Wait(Some(mail.next_attempt_at)));
        }
        if now < mail.give_up_at {
            return Ok(Next::Send(Box::new(mail)));
        }
        let error = mail.error.clone().unwrap_or_else(|| "there was no mail server in time".into());
        record(house, &mail, Answer::NotTaken { code: None, error }).await?;
    }
}

/// Records an attempt to send a mail, and returns what becomes of it.
pub async fn record(house: &House, mail: &Mail, answer: Answer) -> Outcome<Attempted> {
    /// The most characters that are kept of what a mail server said.
    const MAX_ERROR: usize = 300;
    let (id, attempts, give_up_at) = (mail.id, mail.attempts + 1, mail.give_up_at);
    house
        .write(move |write, context| {
            let attempted = decide_attempt(attempts, give_up_at, &answer, context.now);
            let error = match &answer {
                Answer::Taken => None,
                Answer::NotTaken { error, .. } | Answer::Unwritable { error } => {
                    Some(error.chars().take(MAX_ERROR).collect::<String>())
                }
            };
            write.set_attempted(id, attempted, error.as_deref(), context.now)?;
            Ok(attempted)
        })
        .await
}

/// Deletes the mails that are older than [`KEPT_SECONDS`].
pub async fn forget(house: &House) -> Outcome<()> {
    house.write(|write, context| Ok(write.forget_mails(context.now.plus_seconds(-KEPT_SECONDS))?)).await
}

/// How many mails wait to be sent, and how many were given up.
pub async fn counts(house: &House) -> Outcome<(i64, i64)> {
    house.read(|read, _| Ok((read.mail_count(MailStatus::Wait)?, read.mail_count(MailStatus::Failed)?))).await
}
