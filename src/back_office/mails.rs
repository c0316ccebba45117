//! The mails of the outbox as owners see them: which wait, which were sent, and which were given up.

use super::{LogEntry, Owner, run_and_log};
use crate::domain::mail::{MailStatus, TRIED_SECONDS};
use crate::domain::{MailId, Refusal, StaffAction};
use crate::house::House;
use crate::post_office;
use crate::store::{Mail, Outcome};

/// The mails in one state.
#[derive(Debug, Clone)]
pub struct Mails {
    /// The newest first, at most [`MAIL_PAGE`](super::MAIL_PAGE).
    pub mails: Vec<Mail>,
    /// How many mails wait, and how many were given up.
    pub waiting: i64,
    pub failed: i64,
}

/// Returns the mails in one state: those with an id below `before`, if it is given.
pub async fn mails(house: &House, _proof: Owner, status: MailStatus, before: Option<MailId>) -> Outcome<Mails> {
    let (waiting, failed) = post_office::counts(house).await?;
    let mails = house.read(move |read, _| Ok(read.mails(status, before)?)).await?;
    Ok(Mails { mails, waiting, failed })
}

/// Returns one mail.
///
/// # Errors
/// [`Refusal::NotFound`] if it does not exist.
pub async fn mail(house: &House, _proof: Owner, id: MailId) -> Outcome<Mail> {
    house.read(move |read, _| Ok(read.mail(id)?.ok_or(Refusal::NotFound)?)).await
}

/// Lets a mail that was given up be tried again, for two days.
///
/// # Errors
/// [`Refusal::NotFound`] if there is no such mail, or if it was not given up.
pub async fn send_again(house: &House, Owner(owner): Owner, id: MailId) -> Outcome<()> {
    run_and_log(house, owner, move |write, context| {
        let until = context.now.plus_seconds(TRIED_SECONDS);
        if !write.send_again(id, until, context.now)? {
            return Err(Refusal::NotFound.into());
        }
        Ok(((), LogEntry::of(StaffAction::MailSentAgain, id.to_string(), "")))
    })
    .await
}
