//! The text of each mail, in the language of its reader: as plain text and as simple HTML, which say the same.

mod layout;
mod letters;

use crate::components::seller::Seller;
use crate::server::App;
use crate::server::ticket_pdf::ticket_pdf;
use crate::words::{self, Locale};
use encore::Outcome;
use encore::domain::mail::Letter;
use encore::post_office::{self, Mail};

/// A mail that can be sent.
#[derive(Debug, Clone)]
pub struct WrittenMail {
    pub subject: String,
    pub text: String,
    pub html: String,
    /// The event of a calendar, in the iCalendar format (RFC 5545).
    pub calendar: Option<String>,
    /// Tickets, as a PDF file.
    pub pdf: Option<Vec<u8>>,
}

/// Writes a mail. `None` if what it tells of no longer exists.
///
/// # Errors
/// What [`post_office::contents`] and [`ticket_pdf`] return.
pub async fn write(app: &App, mail: &Mail) -> Outcome<Option<WrittenMail>> {
    let l = words::locale(mail.language);
    let contents = post_office::contents(&app.house, mail).await?;
    // These two go to an address that is not, or may not be, that of the account. The greeting of an invitation would name
    // the owner who invites, and that of an address link could be a text that a stranger has entered as their name.
    let is_greeted = !matches!(mail.letter, Letter::AddressLink { .. } | Letter::Invitation { .. });
    let Some((name, contents)) = contents else { return Ok(None) };
    let name = if is_greeted { name } else { String::new() };
    let tickets = letters::tickets_with(&contents);
    let pdf = if tickets.is_empty() { None } else { Some(ticket_pdf(l, app, tickets).await?) };
    let letter = letters::letter(l, app, contents);
    Ok(Some(WrittenMail { pdf, ..layout::written(l, (&app.origin, &app.seller), &name, letter) }))
}

/// Writes the mail with which an operator tries the mail server.
pub fn write_test(origin: &str, seller: &Seller) -> WrittenMail {
    layout::written(Locale::en, (origin, seller), "", letters::test(Locale::en))
}
