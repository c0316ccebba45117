//! Mails over a real SMTP connection, with its faults, and what people do with the links in them.

use crate::running::Server;
use crate::smtp::{Fault, Smtp};
use crate::staff::{bought_ticket, owner};
use app::jobs::beacon::BeaconNodes;
use app::jobs::mail_server::MailServer;
use app::jobs::{self, Outside};
use encore::post_office::{self, Next};
use encore::{Settings, back_office};
use reqwest::StatusCode;
use std::sync::Arc;
use tokio::sync::Notify;

/// Lets the server send its mails to the mail server at a port.
fn send_to(server: &Server, port: u16) {
    let mail_server =
        MailServer::new(&format!("smtp://127.0.0.1:{port}"), "Encore <tickets@example.org>", "http://encore.test");
    let beacon = BeaconNodes::new(&[]).expect("no beacon");
    let outside = Outside { mail_server: Some(mail_server.expect("a mail server")), backups: None, beacon };
    jobs::start(&server.app, server.folder(), outside);
}

/// Moves the clock on, second by second, until something happens at the mail server. The outbox is read in between, so that
/// the two days for which a mail is tried do not go by while the mail is being written.
async fn advance_until<T>(server: &Server, happens: impl Future<Output = T>) -> T {
    let mut happens = std::pin::pin!(happens);
    loop {
        tokio::select! {
            told = &mut happens => return told,
            read = post_office::next(&server.house) => {
                read.expect("the outbox");
                server.advance_clock(1);
            }
        }
    }
}

/// The path of the link in a mail that begins with `start`.
fn link(mail: &str, start: &str) -> String {
    let (_, rest) = mail.split_once(&format!("http://127.0.0.1{start}")).expect("a link");
    format!("{start}{}", rest.split(|c: char| c.is_whitespace() || c == '"').next().expect("its end"))
}

#[tokio::test(flavor = "multi_thread")]
async fn a_mail_arrives_once_through_each_fault_of_the_mail_server() {
    let server = Server::start(Settings::default()).await;
    let mut smtp = Smtp::start(0).await;
    let answer = Arc::new(Notify::new());
    smtp.fail([Fault::Busy, Fault::Full, Fault::Cut, Fault::Slow(answer.clone())]);
    send_to(&server, smtp.port);
    bought_ticket(&server).await;
    for _ in 0..3 {
        advance_until(&server, smtp.not_taken()).await;
    }
    let mail = advance_until(&server, smtp.taken()).await;
    assert_eq!((mail.to.as_str(), mail.is_automatic), ("mina@example.net", true));
    assert_eq!(mail.subject, "예매 완료: Paper Moons, Unplugged");
    for part in [&mail.text, &mail.html] {
        assert!(part.contains("mina님, 안녕하세요.") && part.contains("http://127.0.0.1/tickets/"), "{part}");
    }
    let [(show, event), (tickets, pdf)] = &mail.attachments[..] else { panic!("two files") };
    assert!(show == "show.ics" && event.contains("SUMMARY:"), "{show}: {event}");
    assert!(tickets == "tickets.pdf" && pdf.starts_with("%PDF-"), "{tickets}: {pdf}");
    let Next::Send(waiting) = post_office::next(&server.house).await.expect("the outbox") else {
        panic!("the mail server has not answered yet")
    };
    assert_eq!((waiting.attempts, mail.message_id), (3, format!("{}@encore.test", waiting.message_id)));
    answer.notify_one();
    while post_office::next(&server.house).await.expect("the outbox") != Next::Wait(None) {
        tokio::task::yield_now().await;
    }
    // The next mail is the only one that comes.
    server.stranger().post_page("/forgotten", &[("email", "mina@example.net")]).await;
    assert_eq!(advance_until(&server, smtp.taken()).await.subject, "비밀번호 재설정");
    server.assert_sound().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_mail_server_that_is_not_there_yet_gets_its_mails_later() {
    let server = Server::start(Settings::default()).await;
    let reserved = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
    let absent = reserved.local_addr().expect("an address").port();
    drop(reserved);
    send_to(&server, absent);
    bought_ticket(&server).await;
    while !matches!(post_office::next(&server.house).await.expect("the outbox"), Next::Wait(Some(_))) {
        tokio::task::yield_now().await;
    }
    let mut smtp = Smtp::start(absent).await;
    advance_until(&server, smtp.taken()).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn owners_see_a_mail_that_nobody_can_get_and_let_it_be_tried_again() {
    let server = Server::start(Settings::default()).await;
    let mut smtp = Smtp::start(0).await;
    smtp.fail([Fault::Unknown]);
    send_to(&server, smtp.port);
    bought_ticket(&server).await;
    smtp.not_taken().await;
    while post_office::counts(&server.house).await.expect("counts") != (0, 1) {
        tokio::task::yield_now().await;
    }
    let mut owner = owner(&server).await;
    let (_, page) = owner.page("/staff/mail?status=failed").await;
    assert!(page.contains("mina@example.net") && page.contains("there is no such mailbox"), "{page}");
    let path = page.split("href=\"/staff/mail/").nth(1).and_then(|rest| rest.split('"').next()).expect("a link");
    let path = format!("/staff/mail/{path}");
    let (_, page) = owner.page(&path).await;
    assert!(page.contains("mina님, 안녕하세요."), "{page}");
    assert_eq!(owner.submit(&path, &[]).await, path);
    assert_eq!(smtp.taken().await.to, "mina@example.net");
    let fan = server.fan("joon").await;
    assert_eq!(fan.page(&path).await.0, StatusCode::FORBIDDEN);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_forgotten_password_is_reset_with_the_link_in_a_mail() {
    let server = Server::start(Settings::default()).await;
    let mut smtp = Smtp::start(0).await;
    send_to(&server, smtp.port);
    let mut mina = server.stranger();
    mina.cookie = "cookies=on; language=ko".into();
    mina.submit("/api/sign-up", &[("email", "mina@example.net"), ("name", "Mina"), ("password", "a long password")])
        .await;
    let signed_in = mina.clone();
    let mut stranger = server.stranger();
    for address in ["mina@example.net", "nobody@example.net"] {
        assert_eq!(stranger.submit("/forgotten", &[("email", address)]).await, "/sign-in");
        let (_, page) = stranger.visit("/sign-in").await;
        assert!(page.contains("a link to set a new password is on its way"), "{page}");
    }
    let mail = smtp.taken().await;
    assert_eq!(mail.to, "mina@example.net");
    assert!(mail.text.contains("Mina님, 안녕하세요."), "in the language in which she signed up: {mail:?}");
    let path = link(&mail.text, "/password/");
    let (_, page) = stranger.visit(&path).await;
    assert!(page.contains("mina@example.net"), "{page}");
    let (status, page) = stranger.post_page(&path, &[("password", "password")]).await;
    assert_eq!(
        (status, page.contains("name=\"password\"")),
        (StatusCode::UNPROCESSABLE_ENTITY, true),
        "the link is not used up"
    );
    assert_eq!(stranger.submit(&path, &[("password", "a longer password")]).await, "/sign-in");
    let (status, page) = stranger.post_page(&path, &[("password", "an even longer one")]).await;
    assert_eq!((status, page.contains("This link no longer works")), (StatusCode::CONFLICT, true));
    assert_eq!(signed_in.get("/api/me").await.status, StatusCode::UNAUTHORIZED, "other devices are signed out");
    let form = |password: &str| [("email", "mina@example.net".to_owned()), ("password", password.to_owned())];
    assert_eq!(stranger.post("/api/sign-in", &form("a long password")).await.status, StatusCode::UNAUTHORIZED);
    assert_eq!(stranger.post("/api/sign-in", &form("a longer password")).await.status, StatusCode::OK);
    assert!(smtp.taken().await.text.contains("비밀번호가 변경"), "its owner is told");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_counter_makes_a_link_and_without_a_mail_server_owners_hand_the_mails_on() {
    let server = Server::start(Settings::default()).await;
    let owner = owner(&server).await;
    let fan = server.fan("mina").await;
    let (_, page) = owner.post_page(&format!("/staff/fans/{}/password", fan.id), &[]).await;
    let path = link(&page, "/password/");
    assert_eq!(server.stranger().page(&path).await.0, StatusCode::OK);
    server.stranger().post_page("/forgotten", &[("email", "mina@example.net")]).await;
    let mails =
        back_office::staff(&server.house, owner.id).await.and_then(|staff| Ok(staff.owner()?)).expect("an owner");
    let mails =
        back_office::mails(&server.house, mails, encore::domain::mail::MailStatus::Wait, None).await.expect("mails");
    let (_, page) = owner.page(&format!("/staff/mail/{}", mails.mails[0].id)).await;
    assert_eq!(server.stranger().page(&link(&page, "/password/")).await.0, StatusCode::OK);
}
