//! The mail server of the venue, to which mails are handed over by SMTP (RFC 5321).

use crate::mails::WrittenMail;
use encore::domain::mail::Answer;
use lettre::message::header::{ContentType, Header, HeaderName, HeaderValue};
use lettre::message::{Attachment, Mailbox, MultiPart, SinglePart};
use lettre::transport::smtp::PoolConfig;
use lettre::transport::smtp::extension::ClientId;
use lettre::{AsyncSmtpTransport, AsyncTransport, Message, Tokio1Executor};
use std::error::Error;
use std::net::IpAddr;
use std::time::Duration;
use url::Url;

/// How long it may take to connect to the server.
const CONNECT_WITHIN: Duration = Duration::from_secs(30);
/// How long it may take to hand a mail over, with all answers of the server.
const SEND_WITHIN: Duration = Duration::from_secs(60);

/// A connection to the mail server, which is opened when it is needed and kept for the next mail.
pub struct MailServer {
    url: String,
    transport: AsyncSmtpTransport<Tokio1Executor>,
    from: Mailbox,
    /// The host of the site: the part of each Message-ID after the @, and the name with which the program greets the server.
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
    /// A mail server at `url`: `smtps://user:password@host` for TLS, `smtp://user:password@host?tls=required` for STARTTLS,
    /// or `smtp://127.0.0.1` without encryption, for a mail server on this machine. `from` is the sender of all mails, such
    /// as `Encore <tickets@host>`, and `origin` that of the site.
    ///
    /// # Errors
    /// If `url` or `from` is malformed, or if mails would be sent without encryption to another machine.
    pub fn new(url: &str, from: &str, origin: &str) -> Result<Self, String> {
        check_private(url)?;
        let from = from.parse().map_err(|error| format!("the sender of mails: {error}"))?;
        let host = origin.split("://").last().and_then(|host| host.split(':').next()).unwrap_or("encore").to_owned();
        Ok(Self { url: url.to_owned(), transport: connect(url, &host)?, from, host })
    }

    /// Hands a mail over, and returns what the server answered. `message_id` is the part of its Message-ID before the @.
    pub async fn send(&mut self, to: &str, message_id: &str, mail: WrittenMail) -> Answer {
        let message = match self.message(to, message_id, mail) {
            Ok(message) => message,
            Err(error) => return Answer::Unwritable { error: error.to_string() },
        };
        match tokio::time::timeout(SEND_WITHIN, self.transport.send(message)).await {
            Ok(Ok(_)) => Answer::Taken,
            Ok(Err(error)) => {
                let code = error.status().map(u16::from);
                Answer::NotTaken { code, error: with_causes(&error) }
            }
            Err(_) => {
                // An answer that comes late must not be taken for that to the next mail.
                if let Ok(transport) = connect(&self.url, &self.host) {
                    self.transport = transport;
                }
                Answer::NotTaken { code: None, error: "the mail server did not answer in time".into() }
            }
        }
    }

    fn message(&self, to: &str, message_id: &str, mail: WrittenMail) -> Result<Message, Box<dyn Error + Send + Sync>> {
        // Few mail servers take other addresses (RFC 6531), and one that does not must not stop those after it.
        if !to.is_ascii() {
            return Err("the address has letters that mail servers do not take".into());
        }
        let head = Message::builder()
            .from(self.from.clone())
            .to(Mailbox::new(None, to.parse()?))
            .subject(mail.subject)
            .message_id(Some(format!("<{message_id}@{}>", self.host)))
            .header(AutoSubmitted)
            .date_now();
        let body =
            MultiPart::alternative().singlepart(SinglePart::plain(mail.text)).singlepart(SinglePart::html(mail.html));
        let mut files = vec![];
        if let Some(calendar) = mail.calendar {
            let kind = ContentType::parse("text/calendar; charset=utf-8")?;
            files.push(Attachment::new("show.ics".into()).body(calendar, kind));
        }
        if let Some(pdf) = mail.pdf {
            files.push(Attachment::new("tickets.pdf".into()).body(pdf, ContentType::parse("application/pdf")?));
        }
        if files.is_empty() {
            return Ok(head.multipart(body)?);
        }
        let with_files = files.into_iter().fold(MultiPart::mixed().multipart(body), MultiPart::singlepart);
        Ok(head.multipart(with_files)?)
    }
}

/// Checks that nothing is sent in the clear to another machine: mails have names, links and tickets.
fn check_private(url: &str) -> Result<(), String> {
    let url = Url::parse(url).map_err(|error| format!("the address of the mail server: {error}"))?;
    // The parser does not recognise IPv4 addresses in a scheme that it does not know.
    let host = url.host_str().ok_or("the address of the mail server has no host")?.trim_matches(['[', ']']);
    let is_local = host == "localhost" || host.parse::<IpAddr>().is_ok_and(|address| address.is_loopback());
    let is_encrypted =
        url.scheme() == "smtps" || url.query_pairs().any(|(name, value)| name == "tls" && value == "required");
    if is_encrypted || is_local {
        Ok(())
    } else {
        Err("mails would be sent in the clear to another machine: add ?tls=required, or use smtps".into())
    }
}

fn connect(url: &str, host: &str) -> Result<AsyncSmtpTransport<Tokio1Executor>, String> {
    let transport = AsyncSmtpTransport::<Tokio1Executor>::from_url(url).map_err(|error| error.to_string())?;
    let pool = PoolConfig::new().max_size(1).idle_timeout(Duration::from_secs(20));
    let transport = transport.timeout(Some(CONNECT_WITHIN)).hello_name(ClientId::Domain(host.to_owned()));
    Ok(transport.pool_config(pool).build())
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
    async fn nothing_is_sent_in_the_clear_to_another_machine() {
        for url in [
            "smtps://u:p@mail.example.org",
            "smtp://u:p@mail.example.org?tls=required",
            "smtp://u:p@127.0.0.1:25",
            "smtp://localhost",
        ] {
            assert!(server(url).is_ok(), "{url}");
        }
        for url in [
            "smtp://mail.example.org",
            "smtp://u:p@mail.example.org",
            "SMTP://u:p@mail.example.org",
            "smtp://u:p@127.0.0.1.example.org",
            "smtp://u:p@x.example?y=tls=required",
            "smtp://u:p@mail.example.org?tls=opportunistic",
            "http://x",
            "mail",
        ] {
            assert!(server(url).is_err(), "{url}");
        }
    }

    #[tokio::test]
    async fn a_mail_has_both_parts_its_files_and_a_stable_id_and_an_impossible_address_is_not_tried() {
        let mut server = server("smtp://127.0.0.1:1").expect("a server");
        let mail = WrittenMail {
            subject: "예매 완료".into(),
            text: "Hello,\r\nMina".into(),
            html: "<p>Hello</p>".into(),
            calendar: Some("BEGIN:VCALENDAR\r\nEND:VCALENDAR\r\n".into()),
            pdf: Some(b"%PDF-1.7".to_vec()),
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
            "application/pdf",
        ] {
            assert!(text.contains(part), "{part} in {text}");
        }
        for impossible in ["mina @example.org", "민아@example.org"] {
            let answer = server.send(impossible, "abc", mail.clone()).await;
            assert!(matches!(answer, Answer::Unwritable { .. }), "{answer:?}");
        }
    }
}
