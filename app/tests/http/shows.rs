//! Shows that are called off or moved, over HTTP.

use crate::running::{START, Server};
use crate::staff::{bought_ticket, owner, shown};
use encore::domain::account::Duty;
use encore::{Settings, back_office, calendar, password, sweeper};
use reqwest::StatusCode;

/// A fan's calendar file of a ticket, by the link on the page with all their tickets.
async fn calendar_of(fan: &crate::running::Fan) -> String {
    let (_, page) = fan.page("/tickets").await;
    let ticket = page.split("href=\"/tickets/").nth(1).and_then(|rest| rest.split('"').next()).expect("a ticket");
    fan.page(&format!("/tickets/{}/show.ics", ticket.trim_end_matches("/cancel"))).await.1
}

#[tokio::test(flavor = "multi_thread")]
async fn an_owner_calls_a_show_off_with_a_reason_and_the_password_and_fans_read_it_on_their_tickets() {
    let server = Server::start(Settings::default()).await;
    let mut owner = owner(&server).await;
    let hash = password::hash("a long password", server.house.clock()).expect("a hash");
    encore::box_office::change_password(&server.house, owner.id, "no password".into(), hash).await.expect("is set");
    let (fan, _) = bought_ticket(&server).await;
    let club = server.demo.club;
    let path = format!("/staff/schedules/{club}/call-off");
    let box_office = server.fan("bora").await;
    back_office::appoint(&server.house, "bora@example.net", Duty::BoxOffice).await.expect("is appointed");
    assert_eq!(box_office.page(&path).await.0, StatusCode::FORBIDDEN);
    let (_, page) = owner.page(&format!("/staff/schedules/{club}/edit")).await;
    assert!(page.contains(&format!("action=\"{path}\"")), "the page of the date leads there");
    let (_, page) = owner.page(&path).await;
    assert!(page.contains("110,000 points"), "{page}");
    let form = |reason, present| [("reason", reason), ("compensation", "10"), ("present", present)];
    for (reason, present) in [("", "a long password"), ("The singer is ill.", "wrong password")] {
        let (status, page) = owner.post_and_stay(&path, &form(reason, present)).await;
        assert_eq!((status, page.contains("aria-invalid")), (StatusCode::UNPROCESSABLE_ENTITY, true), "{page}");
    }
    assert_eq!(owner.submit(&path, &form("The singer is ill.", "a long password")).await, path);
    while sweeper::sweep(&server.house).await.expect("sweeps").is_some_and(|at| at <= START) {}
    let (_, page) = owner.page(&path).await;
    assert!(page.contains("All tickets were refunded") && page.contains("121,000 points"), "{page}");
    let (_, page) = fan.page("/tickets").await;
    assert!(page.contains("The singer is ill.") && page.contains("Called off"), "{page}");
    let (_, page) = fan.page(&format!("/schedules/{club}/queue")).await;
    assert!(page.contains("This show has been called off"), "{page}");
    let (_, page) = server.stranger().page("/concerts/1").await;
    assert!(page.contains("The singer is ill.") && page.contains("https://schema.org/EventCancelled"), "{page}");
    assert_eq!(fan.join(club).await.code(), "sale_closed");
    assert_eq!(
        owner.post(&path, &form("again", "a long password").map(|(k, v)| (k, v.to_owned()))).await.code(),
        "called_off"
    );
    server.assert_sound().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_show_with_a_sold_ticket_is_moved_after_a_confirmation_and_its_calendar_file_follows() {
    let server = Server::start(Settings::default()).await;
    let mut owner = owner(&server).await;
    let (fan, _) = bought_ticket(&server).await;
    let before = calendar_of(&fan).await;
    let edit = format!("/staff/schedules/{}/edit", server.demo.club);
    let (_, page) = owner.page(&edit).await;
    let field = |name: &str| shown(&page, &edit, name);
    let show = calendar::instant(&field("show_time"), "Asia/Seoul", encore::domain::Field::ShowTime).expect("a time");
    let later = calendar::local(show.plus_seconds(7 * 24 * 3600), "Asia/Seoul");
    let (start, lobby, seen) = (field("sale_start"), field("lobby_minutes"), field("seen"));
    let form = [
        ("seen", seen.as_str()),
        ("show_time", &later),
        ("sale_start", &start),
        ("sale_end", ""),
        ("lobby_minutes", &lobby),
        ("seats_per_fan", "3"),
        ("refund_steps", "10: 4000"),
    ];
    let confirm = owner.submit(&edit, &form).await;
    assert!(confirm.starts_with(&format!("/staff/schedules/{}/move?to=", server.demo.club)), "{confirm}");
    let (_, page) = owner.page(&edit).await;
    assert!(page.contains("name=\"seats_per_fan\" type=\"text\" value=\"3\""), "the rest of the form is saved: {page}");
    assert_eq!(calendar_of(&fan).await, before, "nothing is moved yet");
    let (_, page) = owner.page(&confirm).await;
    assert!(page.contains("1 ticket has been sold") && page.contains(&later), "{page}");
    let from = show.0.to_string();
    let path = format!("/staff/schedules/{}/move", server.demo.club);
    let until = calendar::local(START.plus_seconds(24 * 3600), "Asia/Seoul");
    let form = |to, until| [("from", from.as_str()), ("to", to), ("until", until)];
    // Only a seat that was held before the move has the full refund, so the clock moves on before it.
    server.advance_clock(1);
    let (status, page) = owner.post_and_stay(&path, &form(&later, "2020-01-01T10:00")).await;
    assert_eq!((status, page.contains("between now and the show")), (StatusCode::UNPROCESSABLE_ENTITY, true), "{page}");
    assert_eq!(owner.submit(&path, &form(&later, &until)).await, edit);
    let after = calendar_of(&fan).await;
    let line = |file: &str, start: &str| file.lines().find(|line| line.starts_with(start)).expect("a line").to_owned();
    assert_eq!(line(&after, "UID"), line(&before, "UID"));
    assert_eq!((line(&before, "SEQUENCE"), line(&after, "SEQUENCE")), ("SEQUENCE:0".into(), "SEQUENCE:1".into()));
    assert_ne!(line(&after, "DTSTART"), line(&before, "DTSTART"));
    let (_, page) = fan.page("/tickets").await;
    assert!(page.contains("This show has a new time") && page.contains("full price until"), "{page}");
    server.assert_sound().await;
}
