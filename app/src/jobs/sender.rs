//! Sends the mails of the outbox, one after the other, in their order.

use super::mail_server::MailServer;
use crate::mails;
use crate::server::App;
use encore::domain::mail::{Answer, Attempted};
use encore::post_office::{self, Mail, Next};
use encore::{Denied, Outcome};
use std::time::Duration;

/// How long the sender waits, in seconds, before it tries another mail: after a mail server that gave no answer, or one
/// that is not about this mail, such as a wrong password or a quota.
const AFTER_SILENCE: i64 = 15;
/// How long it waits after a fault of the database.
const AFTER_FAULT: Duration = Duration::from_secs(5);

/// Sends mails until the future is dropped.
pub(super) async fn run(app: App, mut server: MailServer) {
    loop {
        match step(&app, &mut server).await {
            Ok(0) => {}
            Ok(seconds) => app.house.clock().sleep_until(app.house.clock().now().plus_seconds(seconds)).await,
            Err(denied) => {
                tracing::error!(%denied, "mails wait: the outbox could not be read or written");
                tokio::time::sleep(AFTER_FAULT).await;
            }
        }
    }
}

/// Sends the next mail, or waits until there is one. Returns how many seconds to wait before the step after it.
async fn step(app: &App, server: &mut MailServer) -> Outcome<i64> {
    let house = &app.house;
    match post_office::next(house).await? {
        Next::Wait(until) => {
            let added = house.mail_added();
            match until {
                Some(at) => tokio::select! {
                    () = added => {}
                    () = house.clock().sleep_until(at) => {}
                },
                None => added.await,
            }
            Ok(0)
        }
        Next::Send(mail) => {
            let answer = send(app, server, &mail).await?;
            // 450 and 452 are about the mailbox of this mail; so is 552.
            let is_of_all = matches!(&answer, Answer::NotTaken { code, .. } if !matches!(code, Some(450 | 452 | 552)));
            let attempted = recorded(app, &mail, answer.clone()).await;
            log(&mail, &answer, attempted);
            Ok(if is_of_all && attempted != Attempted::Failed { AFTER_SILENCE } else { 0 })
        }
    }
}

async fn send(app: &App, server: &mut MailServer, mail: &Mail) -> Outcome<Answer> {
    Ok(match mails::write(app, mail).await? {
        Some(written) => server.send(&mail.address, &mail.message_id, written).await,
        None => Answer::Unwritable { error: "what it tells of no longer exists".into() },
    })
}

/// Records what became of a mail. It is tried until it succeeds: a mail that was taken must not be sent again.
async fn recorded(app: &App, mail: &Mail, answer: Answer) -> Attempted {
    loop {
        match post_office::record(&app.house, mail, answer.clone()).await {
            Ok(attempted) => return attempted,
            Err(denied) => {
                if let Denied::Fault(fault) = &denied {
                    tracing::error!(%fault, mail = mail.id.0, "what became of a mail could not be recorded");
                }
                tokio::time::sleep(AFTER_FAULT).await;
            }
        }
    }
}

/// Begins to count what becomes of mails, so that operators see the counts before the first one.
pub(super) fn count_from_zero() {
    for outcome in ["sent", "again", "failed"] {
        metrics::counter!("encore_mails_total", "outcome" => outcome).absolute(0);
    }
}

/// Logs and counts what became of a mail. Its address is not logged.
fn log(mail: &Mail, answer: &Answer, attempted: Attempted) {
    let id = mail.id.0;
    let error = match answer {
        Answer::Taken => String::new(),
        // Servers quote the address.
        Answer::NotTaken { error, .. } | Answer::Unwritable { error } => error.replace(&mail.address, "…"),
    };
    let outcome = match attempted {
        Attempted::Sent => "sent",
        Attempted::Again(_) => "again",
        Attempted::Failed => "failed",
    };
    metrics::counter!("encore_mails_total", "outcome" => outcome).increment(1);
    match attempted {
        Attempted::Sent => tracing::debug!(id, "a mail was sent"),
        Attempted::Again(_) => tracing::warn!(id, error, "a mail was not taken and is tried again"),
        Attempted::Failed => tracing::error!(id, error, "a mail was given up"),
    }
}
