//! A mail server for tests, on this machine. It speaks as much of SMTP (RFC 5321) as the program needs, and has the faults
//! that a test asks for.

use mail_parser::{MessageParser, MimeHeaders};
use std::collections::VecDeque;
use std::sync::{Arc, Mutex};
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{Notify, mpsc};

/// What goes wrong with one mail.
#[derive(Debug, Clone)]
pub enum Fault {
    /// The server is busy: 451.
    Busy,
    /// The mailbox is full: 452.
    Full,
    /// There is no such mailbox: 550.
    Unknown,
    /// The connection ends in the middle of the mail.
    Cut,
    /// The mail is taken, but the answer comes only when this is notified.
    Slow(Arc<Notify>),
}

/// What the server tells a test.
#[derive(Debug)]
pub enum Told {
    /// A mail was taken: who gets it, and the mail as it was sent.
    Taken { to: String, mail: String },
    /// A mail was not taken, as a fault said.
    NotTaken,
}

/// A mail as its reader sees it.
#[derive(Debug)]
pub struct TakenMail {
    pub to: String,
    pub message_id: String,
    pub subject: String,
    pub text: String,
    pub html: String,
    /// The name of each attachment, and what it contains.
    pub attachments: Vec<(String, String)>,
    /// Whether it says that no person wrote it.
    pub is_automatic: bool,
}

impl TakenMail {
    fn read(to: String, mail: &str) -> Self {
        let mail = MessageParser::default().parse(mail).expect("a mail");
        let attachments = mail.attachments().map(|part| {
            let name = part.attachment_name().unwrap_or_default().to_owned();
            (name, String::from_utf8_lossy(part.contents()).into_owned())
        });
        let attachments = attachments.collect();
        Self {
            to,
            message_id: mail.message_id().expect("an id").to_owned(),
            subject: mail.subject().expect("a subject").to_owned(),
            text: mail.body_text(0).expect("a text").into_owned(),
            html: mail.body_html(0).expect("a part for the eye").into_owned(),
            attachments,
            is_automatic: mail.header("Auto-Submitted").is_some(),
        }
    }
}

#[derive(Clone)]
struct Shared {
    faults: Arc<Mutex<VecDeque<Fault>>>,
    told: mpsc::UnboundedSender<Told>,
}

/// The running server.
pub struct Smtp {
    pub port: u16,
    shared: Shared,
    told: mpsc::UnboundedReceiver<Told>,
}

impl Smtp {
    /// Starts on a free port, or on `port` if it is not 0.
    pub async fn start(port: u16) -> Self {
        let listener = TcpListener::bind(("127.0.0.1", port)).await.expect("a port");
        let port = listener.local_addr().expect("an address").port();
        let (sender, told) = mpsc::unbounded_channel();
        let shared = Shared { faults: Arc::default(), told: sender };
        let of_connections = shared.clone();
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                tokio::spawn(serve(stream, of_connections.clone()));
            }
        });
        Self { port, shared, told }
    }

    /// The next mails have these faults, one each, in this order.
    pub fn fail(&self, faults: impl IntoIterator<Item = Fault>) {
        self.shared.faults.lock().expect("no panic").extend(faults);
    }

    /// Waits until a mail was taken. Panics if one was not taken before.
    pub async fn taken(&mut self) -> TakenMail {
        match self.told.recv().await {
            Some(Told::Taken { to, mail }) => TakenMail::read(to, &mail),
            other => panic!("a mail was expected: {other:?}"),
        }
    }

    /// Waits until a mail was not taken.
    pub async fn not_taken(&mut self) {
        let told = self.told.recv().await;
        assert!(matches!(told, Some(Told::NotTaken)), "a fault was expected: {told:?}");
    }
}

/// Serves one connection until it ends.
async fn serve(stream: TcpStream, shared: Shared) {
    let mut stream = BufReader::new(stream);
    let mut fault = None;
    let mut to = String::new();
    if stream.write_all(b"220 mail.test ready\r\n").await.is_err() {
        return;
    }
    loop {
        let mut line = String::new();
        if !matches!(stream.read_line(&mut line).await, Ok(1..)) {
            return;
        }
        let verb = line.get(..4).unwrap_or_default().to_ascii_uppercase();
        let reply = match &*verb {
            "EHLO" => "250-mail.test\r\n250 8BITMIME",
            "MAIL" => {
                fault = shared.faults.lock().expect("no panic").pop_front();
                if matches!(fault, Some(Fault::Busy)) { "451 later" } else { "250 ok" }
            }
            "RCPT" => {
                to = line.split(['<', '>']).nth(1).unwrap_or_default().to_owned();
                match fault {
                    Some(Fault::Full) => "452 the mailbox is full",
                    Some(Fault::Unknown) => "550 there is no such mailbox",
                    _ => "250 ok",
                }
            }
            "DATA" => {
                if stream.write_all(b"354 go on\r\n").await.is_err() {
                    return;
                }
                let Some(text) = body(&mut stream, matches!(fault, Some(Fault::Cut))).await else {
                    drop(shared.told.send(Told::NotTaken));
                    return;
                };
                drop(shared.told.send(Told::Taken { to: to.clone(), mail: text }));
                if let Some(Fault::Slow(answer)) = &fault {
                    answer.notified().await;
                }
                "250 taken"
            }
            "QUIT" => "221 bye",
            _ => "250 ok",
        };
        if stream.write_all(format!("{reply}\r\n").as_bytes()).await.is_err() {
            return;
        }
        if reply.starts_with('4') || reply.starts_with('5') {
            drop(shared.told.send(Told::NotTaken));
        }
    }
}

/// Reads a mail until its end. `None` if it is cut after its first line.
async fn body(stream: &mut BufReader<TcpStream>, is_cut: bool) -> Option<String> {
    let mut text = String::new();
    loop {
        let mut line = String::new();
        if !matches!(stream.read_line(&mut line).await, Ok(1..)) || is_cut {
            return None;
        }
        if line == ".\r\n" {
            return Some(text);
        }
        text.push_str(line.strip_prefix('.').unwrap_or(&line));
    }
}
