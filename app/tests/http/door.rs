//! The door without a connection over HTTP: the list that a phone keeps, and the scans that it sends.

use crate::running::{START, Server};
use crate::staff::{bought_ticket, owner};
use encore::domain::ReservationId;
use encore::domain::ticket::DOOR_OPENS_BEFORE;
use encore::ticket_code::CodeFacts;
use encore::{Settings, back_office, box_office, ticket_code};
use reqwest::StatusCode;
use serde_json::json;

#[tokio::test(flavor = "multi_thread")]
async fn a_phone_gets_the_list_of_its_show_and_sends_its_scans_as_often_as_it_likes() {
    let server = Server::start(Settings::default()).await;
    let (phone, club) = (owner(&server).await, server.demo.club);
    let (fan, ticket) = bought_ticket(&server).await;
    let facts = CodeFacts { ticket: ReservationId(ticket), held_at: START, issue: 0 };
    let (list, scans) = (format!("/staff/door/{club}/offline"), format!("/staff/door/{club}/scans"));
    for (who, status) in [(&fan, StatusCode::FORBIDDEN), (&server.stranger(), StatusCode::UNAUTHORIZED)] {
        assert_eq!(who.get(&list).await.status, status);
        assert_eq!(who.post(&scans, &[("now", "0".to_owned())]).await.status, status);
    }

    let digest = ticket_code::digest(server.house.keys(), facts);
    let listed = async || {
        let answer = phone.get(&list).await;
        assert_eq!(answer.status, StatusCode::OK);
        let tickets = answer.json["tickets"].as_array().expect("a list").clone();
        let ticket = tickets.into_iter().find(|ticket| ticket[0] == json!(digest)).expect("the ticket");
        (answer.json, ticket)
    };
    let (answer, entry) = listed().await;
    let show_time = box_office::schedule(&server.house, club).await.expect("is known").1.schedule.show_time;
    for (name, expected) in [
        ("now", json!(START.0)),
        ("opens", json!(show_time.0 - DOOR_OPENS_BEFORE * 1000)),
        ("public_keys", json!(ticket_code::public_keys(server.house.keys()))),
    ] {
        assert_eq!(answer[name], expected, "{name}");
    }
    assert!(entry[1].as_str().is_some_and(|seat| seat.contains("row")) && entry[2].is_null(), "{entry}");
    let text = answer.to_string();
    assert!(!text.contains(&server.ticket_code(ticket)) && !text.contains("mina"), "no code and no name: {text}");

    // An hour before the show the phone, whose clock is a day slow, scans the ticket. A minute later it has a connection.
    let at = show_time.plus_seconds(-3600);
    server.advance_clock(at.plus_seconds(60).millis_from(START) / 1000);
    let code = server.ticket_code(ticket);
    let slow = |seconds: i64| at.plus_seconds(seconds - 24 * 3600).0;
    let send = async |id: &str| {
        let scan = format!("{id} {code} {}", slow(0));
        phone.post(&scans, &[("now", slow(60).to_string()), ("scans[]", scan)]).await
    };
    for _ in 0..2 {
        let answer = send("one").await;
        assert_eq!((answer.status, &answer.json), (StatusCode::OK, &json!({ "problems": "" })));
        assert_eq!(listed().await.1[2], json!(at.0));
    }
    let once = "Let in twice or by mistake: 1";
    for _ in 0..2 {
        let answer = send("two").await.json;
        assert!(answer["problems"].as_str().is_some_and(|problems| problems.contains(once)), "{answer}");
    }
    let (_, page) = phone.page(&format!("/staff/door/{club}")).await;
    assert!(page.contains(once), "the page still says so when it is opened again: {page}");
    let check = format!("/staff/door/{club}?part=verdict");
    let pass = ticket_code::pass(server.house.keys(), club, facts);
    let verdict = async |scan: &str| {
        let answer = phone.post(&check, &[("code", pass.clone()), ("scan", scan.to_owned())]).await.json;
        assert_eq!(answer["ticket"], json!(digest));
        assert!(answer["inside"].as_str().is_some_and(|inside| inside.starts_with("1 of ")), "{answer}");
        answer["html"].as_str().expect("a verdict").to_owned()
    };
    let used = verdict("three").await;
    assert!(used.contains("Already used"), "{used}");
    let repeated = verdict("one").await;
    assert!(repeated.contains("Valid"), "the answer to this scan was lost: {repeated}");

    // As many scans as are sent at once, with ids as long as those of a phone, are no more than a request may have.
    let many = (0..back_office::SCANS).map(|id| ("scans[]", format!("{id:032x} {pass} {}", at.0)));
    let many: Vec<_> = [("now", at.0.to_string())].into_iter().chain(many).collect();
    let answer = phone.post(&scans, &many).await;
    let all = format!("Let in twice or by mistake: {}", back_office::SCANS + 1);
    let told = answer.json["problems"].as_str().is_some_and(|problems| problems.contains(&all));
    assert!(answer.status == StatusCode::OK && told, "{answer:?}");

    let now = at.0.to_string();
    let too_many = vec![("scans[]", format!("four {code} {now}")); back_office::SCANS + 1];
    for wrong in [vec![("scans[]", "one".to_owned())], vec![("scans[]", "one two three".to_owned())], too_many] {
        let form = [vec![("now", now.clone())], wrong].concat();
        assert_eq!(phone.post(&scans, &form).await.status, StatusCode::UNPROCESSABLE_ENTITY);
    }
    assert_eq!(phone.post(&scans, &[]).await.status, StatusCode::UNPROCESSABLE_ENTITY, "without the phone's clock");
    let nowhere = phone.post("/staff/door/999/scans", &[("now", now)]).await;
    assert_eq!((nowhere.status, nowhere.code()), (StatusCode::NOT_FOUND, "not_found"));
    server.assert_sound().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_list_that_the_phone_has_already_is_not_sent_again() {
    let server = Server::start(Settings::default()).await;
    let phone = owner(&server).await;
    let (_, ticket) = bought_ticket(&server).await;
    let club = server.demo.club;
    let get = async |tag: &str, language: &str| {
        let request = phone.client.get(format!("{}/staff/door/{club}/offline", server.address));
        let request = request.header("cookie", &phone.cookie).header("accept-language", language);
        let response = request.header("if-none-match", tag).send().await.expect("answers");
        let tag = response.headers().get("etag").map(|tag| tag.to_str().expect("text").to_owned());
        (response.status(), tag.unwrap_or_default())
    };
    let (status, tag) = get("", "en").await;
    assert_eq!(status, StatusCode::OK);
    assert_eq!(get(&tag, "en").await.0, StatusCode::NOT_MODIFIED);
    assert_eq!(get(&tag, "ko").await.0, StatusCode::OK, "the seats have other names");
    let code = server.ticket_code(ticket);
    phone.post(&format!("/staff/door/{club}"), &[("code", code), ("early", "yes".to_owned())]).await;
    assert_eq!(get(&tag, "en").await.0, StatusCode::OK, "a ticket was used");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_page_says_whether_a_browser_may_keep_what_belongs_to_a_door() {
    let server = Server::start(Settings::default()).await;
    let (phone, fan, nobody) = (owner(&server).await, server.fan("mina").await, server.stranger());
    for (who, none) in [(&phone, false), (&fan, true), (&nobody, true)] {
        assert_eq!(who.page("/").await.1.contains("data-door=\"none\""), none);
    }
    let (status, page) = phone.page("/nowhere").await;
    assert_eq!(status, StatusCode::NOT_FOUND);
    assert!(!page.contains("data-door=\"none\""), "an error page does not know who is signed in");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_worker_of_the_door_may_only_request_this_site() {
    let server = Server::start(Settings::default()).await;
    let address = format!("{}/staff/door/worker.js", server.address);
    let response = server.stranger().client.get(address).send().await.expect("answers");
    let header = |name: &str| response.headers()[name].to_str().expect("text").to_owned();
    assert_eq!((response.status(), &*header("content-type")), (StatusCode::OK, "text/javascript; charset=utf-8"));
    let policy = "default-src 'self'; object-src 'none'; base-uri 'none'; frame-ancestors 'none'";
    assert_eq!(header("content-security-policy"), policy);
    let page = owner(&server).await.get(&format!("/staff/door/{}", server.demo.club)).await.json;
    assert!(page.as_str().is_some_and(|page| page.contains("/static/door.js")), "{page}");
}
