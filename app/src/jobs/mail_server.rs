//! The mail server of the venue, to which mails are handed over by SMTP (RFC 5321).

use crate::mails::WrittenMail;
use encore::domain::mail::Answer;
use lettre::message::header::{ContentType, Header, HeaderName, HeaderValue};
use lettre::message::{Attachment, Mailbox, MultiPart, SinglePart};
use lettre::transport::smtp::PoolConfig;
use lettre::{AsyncSmtpTransport, AsyncTransport, Message, Tokio1Executor};
use std::error::Error;
use std::time::Duration;

/// How long the server may take to answer one command.
const ANSWER_WITHIN: Duration = Duration::from_secs(30);

/// A connection to the mail server, which is opened when it is needed and kept for the next mail.
pub struct MailServer {
    transport: AsyncSmtpTransport<Tokio1Executor>,
    from: Mailbox,
    /// The part of each Message-ID after the @: the host of the site.
    host: String,
}

/// Says that no person wrote the mail, so that nobody's holiday notice answers it (RFC 3834).
#[derive(Clone)]
struct AutoSubmitted;

impl Header for AutoSubmitted {
    fn name() -> HeaderName {
        HeaderName::new_from_ascii_str("Auto-Submitted")
    }
    fn parse(_: &str) -> Result<Self, Box<dyn Error + Send + Sync>> {
        Ok(Self)
    }
    fn display(&self) -> HeaderValue {
        HeaderValue::new(Self::name(), "auto-generated".to_owned())
    }
}

impl MailServer {
    /// A mail server at `url`: `smtps://user:password@host` for TLS, `smtp://user:password@host?tls=required` for
    /// STARTTLS, `smtp://host` without encryption. `from` is the sender of all mails, such as `Encore <tickets@host>`, and
    /// `origin` that of the site.
    ///
    /// # Errors
    /// If `url` or `from` is malformed, or if a name and a password would be sent without encryption to another machine.
    pub fn new(url: &str, from: &str, origin: &str) -> Result<Self, String> {
        let is_local = ["127.0.0.1", "localhost", "[::1]"].iter().any(|host| url.contains(&format!("@{host}")));
        if url.starts_with("smtp://") && url.contains('@') && !url.contains("tls=required") && !is_local {
            return Err(
                "the password of the mail server would be sent in the clear: add ?tls=required, or use smtps".into()
            );
        }
        let transport = AsyncSmtpTransport::<Tokio1Executor>::from_url(url).map_err(|error| error.to_string())?;
        let pool = PoolConfig::new().max_size(1).idle_timeout(Duration::from_secs(20));
        let from = from.parse().map_err(|error| format!("the sender of mails: {error}"))?;
        let host = origin.split("://").last().and_then(|host| host.split(':').next()).unwrap_or("encore").to_owned();
        Ok(Self { transport: transport.timeout(Some(ANSWER_WITHIN)).pool_config(pool).build(), from, host })
    }

    /// Hands a mail over, and returns what the server answered. `message_id` is the part of its Message-ID before the @.
    pub async fn send(&self, to: &str, message_id: &str, mail: WrittenMail) -> Answer {
        let message = match self.message(to, message_id, mail) {
            Ok(message) => message,
            Err(error) => return Answer::Unwritable { error: error.to_string() },
        };
        match self.transport.send(message).await {
            Ok(_) => Answer::Taken,
            Err(error) => {
                let code = error.status().map(u16::from);
                Answer::NotTaken { code, error: with_causes(&error) }
            }
        }
    }

    fn message(&self, to: &str, message_id: &str, mail: WrittenMail) -> Result<Message, Box<dyn Error + Send + Sync>> {
        let head = Message::builder()
            .from(self.from.clone())
            .to(Mailbox::new(None, to.parse()?))
            .subject(mail.subject)
            .message_id(Some(format!("<{message_id}@{}>", self.host)))
            .header(AutoSubmitted)
            .date_now();
        let body =
            MultiPart::alternative().singlepart(SinglePart::plain(mail.text)).singlepart(SinglePart::html(mail.html));
        let Some(calendar) = mail.calendar else { return Ok(head.multipart(body)?) };
        let kind = ContentType::parse("text/calendar; charset=utf-8; method=PUBLISH")?;
        let file = Attachment::new("show.ics".into()).body(calendar, kind);
        Ok(head.multipart(MultiPart::mixed().multipart(body).singlepart(file))?)
    }
}

/// An error with all that caused it.
fn with_causes(error: &dyn Error) -> String {
    match error.source() {
        Some(cause) => format!("{error}: {}", with_causes(cause)),
        None => error.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn server(url: &str) -> Result<MailServer, String> {
        MailServer::new(url, "Encore <tickets@example.org>", "https://tickets.example.org:8443")
    }

    #[tokio::test]
    async fn a_password_is_never_sent_in_the_clear_to_another_machine() {
        for url in [
            "smtps://u:p@mail.example.org",
            "smtp://u:p@mail.example.org?tls=required",
            "smtp://u:p@127.0.0.1:25",
            "smtp://mail.example.org",
        ] {
            assert!(server(url).is_ok(), "{url}");
        }
        for url in ["smtp://u:p@mail.example.org", "smtp://u:p@mail.example.org?tls=opportunistic", "http://x", "mail"]
        {
            assert!(server(url).is_err(), "{url}");
        }
    }

    #[tokio::test]
    async fn a_mail_has_both_parts_a_calendar_and_a_stable_id_and_an_impossible_address_is_not_tried() {
        let server = server("smtp://127.0.0.1:1").expect("a server");
        let mail = WrittenMail {
            subject: "예매 완료".into(),
            text: "Hello,\r\nMina".into(),
            html: "<p>Hello</p>".into(),
            calendar: Some("BEGIN:VCALENDAR\r\nEND:VCALENDAR\r\n".into()),
        };
        let message = server.message("mina@example.org", "abc", mail.clone()).expect("a message");
        let text = String::from_utf8(message.formatted()).expect("text");
        for part in [
            "Message-ID: <abc@tickets.example.org>",
            "Auto-Submitted: auto-generated",
            "multipart/alternative",
            "text/plain",
            "text/html",
            "text/calendar",
        ] {
            assert!(text.contains(part), "{part} in {text}");
        }
        let answer = server.send("mina @example.org", "abc", mail).await;
        assert!(matches!(answer, Answer::Unwritable { .. }), "{answer:?}");
    }
}
