//! Buying a ticket over HTTP, as a client of the API and as a browser without scripts.

use crate::running::Server;
use encore::domain::ScheduleId;
use encore::domain::queue::TokenStatus;
use encore::domain::{PaymentId, ReservationId};
use encore::{Settings, box_office, reference};
use reqwest::StatusCode;
use serde_json::{Value, json};

#[tokio::test(flavor = "multi_thread")]
async fn a_client_buys_a_seat_and_every_answer_has_the_promised_shape() {
    let server = Server::start(Settings::default()).await;
    let fan = server.fan("mina").await;
    let club = server.demo.club;
    let seats = server.seats(club).await;

    let me = fan.get("/api/me").await.json;
    assert_eq!(me, json!({"id": fan.id, "name": "mina", "email": "mina@example.net", "point": 0, "role": "fan"}));
    let concerts = fan.get("/api/concerts").await.json;
    let schedule = &concerts[0]["schedules"][0];
    assert_eq!((schedule["id"].as_i64(), schedule["left_ticket"].as_i64()), (Some(club.0), Some(50)));
    assert!(schedule["show_time"].as_str().is_some_and(|time| time.ends_with('Z')), "{schedule}");
    let map = fan.get(&format!("/api/seats?schedule_id={club}")).await.json;
    let expected = json!({"id": seats[11], "number": 12, "section": "Floor", "row": "B", "price": 110_000, "status": "reservable"});
    assert_eq!(map["seats"][11], expected);

    assert_eq!(fan.charge(120_000, "c").await.json, json!({"point": 120_000}));
    let place = fan.join(club).await.json;
    assert_eq!(
        (place["status"].as_str(), place["number"].as_i64(), place["ahead"].as_i64()),
        (Some("active"), Some(1), Some(0))
    );
    assert!(place["eta_seconds"].is_null() && place["expire_at"].is_string() && place["poll_after_ms"].is_u64());
    let held = fan.hold(club, &[seats[11]]).await.json;
    assert_eq!((held["total"].as_i64(), held["reservations"][0]["seat_id"].as_i64()), (Some(110_000), Some(seats[11])));
    assert_eq!(held["expired_at"], START_PLUS_300);
    let bought = fan.purchase(club, "p").await.json;
    assert_eq!((bought["total"].as_i64(), bought["point"].as_i64()), (Some(110_000), Some(10_000)));
    assert_eq!(bought["reservations"][0]["number"], 12);
    let mine = fan.get("/api/reservations").await.json;
    assert_eq!(mine[0]["status"], "purchase");
    assert!(mine[0]["expired_at"].is_null());

    fan.join(club).await;
    fan.hold(club, &[seats[0]]).await;
    let released = fan.post("/api/release", &[("schedule_id", club.to_string())]).await;
    assert_eq!(released.json, json!({"released": 1}));
    assert_eq!(fan.post("/api/queue/leave", &[("schedule_id", club.to_string())]).await.json, json!({}));
    let stranger = server.fan("joon").await;
    assert_eq!(stranger.get("/api/reservations").await.json, json!([]), "nobody sees another's reservations");
    server.assert_sound().await;
}

const START_PLUS_300: &str = "2027-01-15T08:05:00.000Z";

#[tokio::test(flavor = "multi_thread")]
async fn a_browser_without_a_script_buys_a_seat_by_forms_and_redirects() {
    let server = Server::start(Settings::default()).await;
    let mut fan = server.stranger();
    let (club, seats) = (server.demo.club, server.seats(server.demo.club).await);
    let id = club.to_string();

    let sign_in = fan.submit("/api/queue/join", &[("schedule_id", &id)]).await;
    assert_eq!(sign_in, format!("/sign-in?next=%2Fschedules%2F{id}%2Fqueue&join={id}"));
    let next = format!("/schedules/{id}/queue");
    let form =
        [("email", "mina@example.net"), ("name", "<b>Mina</b>"), ("password", "a long password"), ("next", &next)];
    assert_eq!(fan.submit("/api/sign-up", &form).await, next);
    let (_, page) = fan.page(&next).await;
    assert!(page.contains("&lt;b&gt;Mina&lt;/b&gt;") && !page.contains("<b>Mina"), "names are escaped");
    assert_eq!(fan.submit("/api/queue/join", &[("schedule_id", &id)]).await, format!("/schedules/{id}/seats"));
    let (_, page) = fan.page(&format!("/schedules/{id}/seats")).await;
    assert!(page.contains("Row B, seat 12, 110,000 points, available"), "{page}");

    let seat = seats[11].to_string();
    let checkout = fan.submit("/api/hold", &[("schedule_id", &id), ("seat_ids[]", &seat)]).await;
    assert_eq!(checkout, format!("/schedules/{id}/checkout"));
    let (_, page) = fan.page(&checkout).await;
    let key =
        page.split("name=\"idempotency_key\" value=\"").nth(1).and_then(|rest| rest.split('"').next()).expect("a key");
    assert!(page.contains("Add 110,000 points and pay"), "{page}");
    let purchase =
        |total, charge| [("schedule_id", id.as_str()), ("idempotency_key", key), ("total", total), ("charge", charge)];
    // Nothing is charged if another total or another charge than the page showed is due.
    for wrong in [purchase("1", "110000"), purchase("110000", "100000")] {
        assert_eq!(fan.submit("/api/purchase", &wrong).await, checkout);
    }
    assert_eq!(fan.submit("/api/purchase", &purchase("110000", "110000")).await, "/tickets");
    assert_eq!(fan.submit("/api/purchase", &purchase("110000", "110000")).await, "/tickets", "sent twice, paid once");
    let (status, page) = fan.visit("/tickets").await;
    assert_eq!(status, StatusCode::OK);
    assert!(page.contains("You're going!") && page.contains("Floor, row B, seat 12"), "{page}");
    assert!(!fan.page("/tickets").await.1.contains("You're going!"), "it is said once");
    server.assert_sound().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stranger_signs_in_and_joins_with_one_form_and_holds_the_best_seats_with_another() {
    let server = Server::start(Settings::default()).await;
    let (mut fan, mut late) = (server.stranger(), server.stranger());
    let (theatre, closed) = (server.demo.theatre.to_string(), server.demo.closed.to_string());
    for fan in [&mut fan, &mut late] {
        let to = fan.submit("/api/queue/join", &[("schedule_id", &theatre)]).await;
        let (_, page) = fan.page(&to).await;
        assert!(page.contains("action=\"/api/sign-in\"") && page.contains("action=\"/api/sign-up\""), "{page}");
        assert!(page.contains("Winter Light"), "the page says for which date");
    }
    let queue = format!("/schedules/{theatre}/queue");
    let (email, password) = (("email", "mina@example.net"), ("password", "a long password"));
    let sign_up = |name| [email, password, ("name", name), ("next", &*queue), ("join", &*theatre)];
    // A refused form leads to its own page, which still joins, and says once what is wrong.
    let again = fan.submit("/api/sign-up", &sign_up("")).await;
    assert_eq!(again, format!("/sign-up?next=%2Fschedules%2F{theatre}%2Fqueue&join={theatre}"));
    let (_, page) = fan.page(&again).await;
    assert!(page.contains(&format!("name=\"join\" value=\"{theatre}\"")), "{page}");
    assert_eq!(page.matches("Please enter a name of").count(), 1, "{page}");
    let (status, _) = fan.page("/sign-in?next=%2F&join=999").await;
    assert_eq!(status, StatusCode::OK, "a date that is unknown keeps nobody from signing in");
    assert_eq!(fan.submit("/api/sign-up", &sign_up("Mina")).await, format!("/schedules/{theatre}/seats"));

    let party = |size| [("schedule_id", &*theatre), ("party", size), ("band", "")];
    let checkout = format!("/schedules/{theatre}/checkout");
    for (size, is_repeated) in [("2", false), ("2", true), ("4", true)] {
        assert_eq!(fan.submit("/api/hold", &party(size)).await, checkout);
        let held = fan.get("/api/reservations").await.json;
        assert_eq!(held.as_array().map(Vec::len), Some(2), "{held}");
        assert_eq!(fan.page(&checkout).await.1.contains("already holding these seats"), is_repeated);
    }

    // A queue that refuses does not prevent the sign-in: its page says why.
    let to = late.submit("/api/sign-in", &[email, password, ("next", "/"), ("join", &closed)]).await;
    assert_eq!(to, format!("/schedules/{closed}/queue"));
    let to = late.submit("/api/sign-in", &[email, password, ("next", "/"), ("join", &theatre)]).await;
    assert_eq!(to, format!("/schedules/{theatre}/seats"));
    server.assert_sound().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refused_form_returns_to_its_page_with_the_reason_and_what_was_typed() {
    let server = Server::start(Settings::default()).await;
    let (mut mina, joon) = (server.fan("mina").await, server.fan("joon").await);
    let (club, seats) = (server.demo.club, server.seats(server.demo.club).await);
    for fan in [&mina, &joon] {
        fan.join(club).await;
    }
    joon.hold(club, &seats[..1]).await;
    let id = club.to_string();
    let (gone, free) = (seats[0].to_string(), seats[1].to_string());
    let back = mina.submit("/api/hold", &[("schedule_id", &id), ("seat_ids[]", &gone), ("seat_ids[]", &free)]).await;
    let (_, page) = mina.page(&back).await;
    assert!(page.contains("role=\"alert\"") && page.contains("Gone: Floor A1."), "{page}");
    let named = format!("id=\"seat-{free}\"");
    let still = page.split("<input").find(|tag| tag.contains(&named)).expect("the seat");
    assert!(still.contains("checked"), "the other seat stays chosen: {still}");

    let mut stranger = server.stranger();
    let back = stranger
        .submit("/api/sign-up", &[("email", "nonsense"), ("name", "Typed Name"), ("password", "a secret word")])
        .await;
    let (_, page) = stranger.page(&back).await;
    assert!(page.contains("value=\"Typed Name\"") && page.contains("value=\"nonsense\""), "{page}");
    assert!(!page.contains("a secret word"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_called_fan_who_reads_about_the_lottery_has_not_come_yet() {
    let server = Server::start(Settings { active_fans: 1, ..Settings::default() }).await;
    let (mina, joon) = (server.fan("mina").await, server.fan("joon").await);
    let club = server.demo.club;
    mina.join(club).await;
    joon.join(club).await;
    mina.post("/api/queue/leave", &[("schedule_id", club.to_string())]).await;
    assert_eq!(joon.page(&format!("/schedules/{club}/draw")).await.0, StatusCode::OK);
    // Nor has one whose browser asks for the page in advance, or only whether it is there.
    for page in ["queue", "seats"].map(|page| format!("/schedules/{club}/{page}")) {
        joon.head(&page).await;
        let request = joon.client.get(format!("{}{page}", server.address)).header("cookie", &joon.cookie);
        request.header("accept", "text/html").header("sec-purpose", "prefetch").send().await.expect("answers");
    }
    // Nor has one whose page asks in the background.
    let place = joon.get(&format!("/api/queue/status?schedule_id={club}&hidden=true")).await.json;
    assert_eq!(place["status"], "active", "{place}");
    assert!(place["expires_in_ms"].as_u64().is_some_and(|left| left <= 120_000), "{place}");
    let token = server.house.queues().token(club, joon.id).expect("is in the queue");
    assert_eq!((token.status, token.has_come), (TokenStatus::Active, false));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_head_request_leaves_the_flash_for_the_page() {
    let server = Server::start(Settings::default()).await;
    let mut fan = server.fan("mina").await;
    let page = fan.submit("/api/charge", &[("amount", "5000"), ("idempotency_key", "k")]).await;
    assert_eq!(fan.head(&page).await, StatusCode::OK);
    assert!(fan.page(&page).await.1.contains("5,000 points were added"), "the message is still shown");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_prefetch_and_another_tab_leave_the_flash_for_its_page() {
    let server = Server::start(Settings::default()).await;
    let mut fan = server.fan("mina").await;
    let page = fan.submit("/api/charge", &[("amount", "5000"), ("idempotency_key", "k")]).await;
    for (name, value) in [("sec-purpose", "prefetch;prerender"), ("purpose", "prefetch")] {
        let request = fan.client.get(format!("{}{page}", server.address)).header("cookie", &fan.cookie);
        let request = request.header("accept", "text/html").header(name, value);
        assert_eq!(request.send().await.expect("answers").status(), StatusCode::OK);
    }
    let said = "5,000 points were added";
    assert!(!fan.page("/tickets").await.1.contains(said), "it is not about the page in the other tab");
    assert!(fan.visit(&format!("{page}?again")).await.1.contains(said), "the message is still shown");
    assert!(!fan.page(&page).await.1.contains(said), "it is shown once");
}

#[tokio::test(flavor = "multi_thread")]
async fn after_the_end_of_a_sale_nothing_can_be_chosen_but_a_held_seat_is_paid_for() {
    let server = Server::start(Settings::default()).await;
    let fan = server.fan("mina").await;
    let (club, seats) = (server.demo.club, server.seats(server.demo.club).await);
    let (_, view) = box_office::schedule(&server.house, club).await.expect("is published");
    let left = view.schedule.window.reservation_end.millis_from(server.house.clock().now()) / 1000;
    server.advance_clock(left - 60);
    fan.charge(110_000, "c").await;
    fan.join(club).await;
    fan.hold(club, &seats[..1]).await;
    let (seats_page, map) = (format!("/schedules/{club}/seats"), format!("/schedules/{club}/map"));
    assert!(fan.page(&seats_page).await.1.contains("action=\"/api/hold\""), "a minute before the end");
    assert!(fan.page(&map).await.1.contains("Join the queue"));

    server.advance_clock(61);
    let (status, page) = fan.page(&seats_page).await;
    assert_eq!((status, page.contains("action=\"/api/hold\"")), (StatusCode::OK, false), "{page}");
    assert!(page.contains("The sale has closed") && page.contains(&format!("/schedules/{club}/checkout")), "{page}");
    let (_, page) = fan.page(&map).await;
    assert!(page.contains("The sale has closed.") && !page.contains("Join the queue"), "{page}");
    let (_, page) = server.fan("joon").await.page(&format!("/schedules/{club}/queue")).await;
    assert!(page.contains("The sale has closed") && !page.contains("action=\"/api/queue/join\""), "{page}");
    assert_eq!(fan.purchase(club, "p").await.status, StatusCode::OK);
    server.assert_sound().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_ticket_comes_with_the_others_for_its_show_and_no_number_or_address_counts() {
    let server = Server::start(Settings::default()).await;
    let (fan, club) = (server.fan("mina").await, server.demo.club);
    fan.charge(330_000, "c").await;
    fan.join(club).await;
    fan.hold(club, &server.seats(club).await[..3]).await;
    let bought = fan.purchase(club, "p").await.json;
    let mut ids: Vec<i64> = (0..3).filter_map(|index| bought["reservations"][index]["id"].as_i64()).collect();
    ids.sort_unstable();
    let (key, code) = (server.house.number_key(), |id: i64| server.ticket_code(id));
    let path = |id: i64| format!("/tickets/{}", reference::ticket(key, ReservationId(id)));
    let (_, page) = fan.page(&path(ids[1])).await;
    let codes: Vec<&str> =
        page.split("class=\"pass-code\">").skip(1).filter_map(|rest| rest.split('<').next()).collect();
    assert_eq!(codes, [code(ids[1]), code(ids[2]), code(ids[0])], "the ticket itself is the first");
    assert!(page.contains("Ticket 1 of 3: Floor, row A, seat 2"), "{page}");

    let order = reference::order(key, PaymentId(bought["payment_id"].as_i64().expect("a payment")));
    let (_, list) = fan.page("/tickets").await;
    assert!(page.contains(&order) && list.contains(&format!("Order {order}")), "{list}");
    for page in [&page, &list] {
        for link in page.split("\"/tickets/").skip(1) {
            assert!(ids.iter().any(|id| link.starts_with(&path(*id)["/tickets/".len()..])), "{link}");
        }
    }
    assert!(ids.iter().all(|id| list.contains(&format!("Ticket {}", &code(*id)[..9]))), "{list}");
    let Value::String(event) = fan.get(&format!("{}/show.ics", path(ids[0]))).await.json else { panic!("is no text") };
    assert!(event.contains(&format!("UID:ticket-{}@", &code(ids[0])[..9])), "{event}");
    let pdf = format!("{}/tickets.pdf", path(ids[0]));
    let Value::String(file) = fan.get(&pdf).await.json else { panic!("is no file") };
    assert!(file.starts_with("%PDF-") && file.contains("/Count 3"), "a page for each ticket: {file}");
    // Another fan does not see them, nor learns which number belongs to an id.
    let joon = server.fan("joon").await;
    for path in [path(ids[0]), pdf, format!("/tickets/{}", ids[0]), format!("/tickets/{}/cancel", ids[0])] {
        assert_eq!(joon.page(&path).await.0, StatusCode::NOT_FOUND, "{path}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_ticket_is_also_found_by_its_id_and_by_its_number_as_people_type_it() {
    let server = Server::start(Settings::default()).await;
    let (mut fan, ticket) = crate::staff::bought_ticket(&server).await;
    let number = reference::ticket(server.house.number_key(), ReservationId(ticket));
    for named in [ticket.to_string(), number.to_lowercase(), number.clone()] {
        for rest in ["", "/show.ics", "/cancel"] {
            assert_eq!(fan.page(&format!("/tickets/{named}{rest}")).await.0, StatusCode::OK, "{named}{rest}");
        }
    }
    let wrong = [("reservation_id", &*ticket.to_string()), ("refund", "1"), ("idempotency_key", "k")];
    let refused = fan.submit("/api/cancel", &wrong).await;
    let (_, page) = fan.page(&refused).await;
    assert!(page.contains("The refund has changed since you opened this page."), "{page}");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_front_page_offers_nothing_of_a_past_date() {
    let server = Server::start(Settings::default()).await;
    let (concert, club) = box_office::schedule(&server.house, server.demo.club).await.expect("is published");
    let card = async || {
        let (_, page) = server.stranger().page("/").await;
        let cards: Vec<&str> = page.split("<li class=\"card\">").skip(1).collect();
        let place = cards.iter().position(|card| card.contains("Moon")).expect("a card");
        (cards[place].contains("Sold out"), cards[place].contains("from "), place)
    };
    assert_eq!(card().await, (false, true, 0), "one of two dates is sold out");
    server.advance_clock(club.schedule.show_time.millis_from(server.house.clock().now()) / 1000 + 1);
    assert_eq!(card().await, (true, false, 2), "the date that is left is sold out, so the concert comes last");
    let (_, page) = server.stranger().page(&format!("/concerts/{}", concert.id)).await;
    for (text, is_shown) in
        [("Every remaining date is sold out.", true), ("1 date is no longer on sale", true), ("Get tickets", false)]
    {
        assert_eq!(page.contains(text), is_shown, "{text}: {page}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn search_engines_are_told_the_state_of_each_sale() {
    let server = Server::start(Settings::default()).await;
    let demo = server.demo;
    let event_of = async |schedule: ScheduleId| {
        let (concert, view) = box_office::schedule(&server.house, schedule).await.expect("is published");
        let (_, page) = server.stranger().page(&format!("/concerts/{}", concert.id)).await;
        let script = page.split("application/ld+json").nth(1).and_then(|rest| rest.split_once('>')).expect("JSON-LD").1;
        let text = script.split("</script>").next().expect("an end");
        let events: Vec<serde_json::Value> = serde_json::from_str(text).expect("JSON");
        let show = json!(view.schedule.show_time);
        (events.into_iter().find(|event| event["startDate"] == show).expect("the date"), view.schedule.window)
    };
    let availability = async |schedule| {
        let (event, _) = event_of(schedule).await;
        let word = event["offers"]["availability"].as_str().and_then(|word| word.strip_prefix("https://schema.org/"));
        word.expect("an availability").to_owned()
    };
    for (schedule, expected) in
        [(demo.club, "InStock"), (demo.sold_out, "SoldOut"), (demo.closed, "SoldOut"), (demo.not_yet_open, "PreOrder")]
    {
        assert_eq!(availability(schedule).await, expected, "{schedule:?}");
    }
    let (club, _) = event_of(demo.club).await;
    assert_eq!((club["duration"].as_str(), club["typicalAgeRange"].as_str()), (Some("PT80M"), Some("12-")));
    assert_eq!((club["offers"]["lowPrice"].as_i64(), &club["offers"]["priceCurrency"]), (Some(110_000), &json!("KRW")));

    let (event, window) = event_of(demo.not_yet_open).await;
    assert_eq!(event["offers"]["validFrom"], json!(window.reservation_start));
    server.advance_clock(window.reservation_start.millis_from(server.house.clock().now()) / 1000 - 60);
    assert_eq!(availability(demo.not_yet_open).await, "PreOrder", "the lobby is open");
    server.advance_clock(60);
    assert_eq!(availability(demo.not_yet_open).await, "InStock");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_concert_without_a_poster_is_shared_with_a_drawn_picture() {
    let server = Server::start(Settings::default()).await;
    let stranger = server.stranger();
    let (_, page) = stranger.page("/concerts/1").await;
    let address = page.split("property=\"og:image\" content=\"").nth(1).and_then(|rest| rest.split('"').next());
    let path = address.and_then(|address| address.strip_prefix("http://127.0.0.1")).expect("a picture");
    let picture = stranger.client.get(format!("{}{path}", server.address)).send().await.expect("answers");
    let kind = picture.headers()["content-type"].to_str().ok();
    assert_eq!((picture.status(), kind), (StatusCode::OK, Some("image/jpeg")));
    assert!(picture.bytes().await.expect("a body").starts_with(&[0xff, 0xd8]), "a JPEG");
    assert_eq!(stranger.get("/posters/1/drawn-1-0").await.status, StatusCode::NOT_FOUND);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_party_of_nobody_sees_the_map_without_an_offer() {
    let server = Server::start(Settings::default()).await;
    let fan = server.fan("mina").await;
    let club = server.demo.club;
    fan.join(club).await;
    for party in ["0", "5", "-1", "x"] {
        let (status, page) = fan.page(&format!("/schedules/{club}/seats?party={party}")).await;
        assert_eq!((status, page.contains("id=\"found\"")), (StatusCode::OK, false), "{party}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn pages_and_refusals_speak_the_visitors_language() {
    let server = Server::start(Settings::default()).await;
    let stranger = server.stranger();
    let get = |path: &str, name: &'static str, value: &'static str| {
        stranger
            .client
            .get(format!("{}{path}", stranger.address))
            .header(name, value)
            .header("accept", "text/html, application/json")
    };
    let page = get("/", "accept-language", "ko-KR,ko;q=0.9").send().await.expect("answers").text().await.expect("text");
    assert!(page.contains("lang=\"ko\"") && page.contains("공연"), "{page}");
    let page = get("/", "cookie", "language=ko").send().await.expect("answers").text().await.expect("text");
    assert!(page.contains("lang=\"ko\""));
    let refusal = stranger.client.get(format!("{}/api/me", stranger.address)).header("accept-language", "ko");
    let refusal: serde_json::Value =
        serde_json::from_str(&refusal.send().await.expect("answers").text().await.expect("text")).expect("json");
    assert_eq!(refusal, json!({"code": "not_signed_in", "message": "먼저 로그인해 주세요."}));
    let mut chooser = server.stranger();
    let back = chooser.submit("/language", &[("language", "ko"), ("back", "//elsewhere.example")]).await;
    assert_eq!((back.as_str(), chooser.cookie.as_str()), ("/", "language=ko"));
}

#[tokio::test(flavor = "multi_thread")]
async fn an_open_map_receives_every_change() {
    let server = Server::start(Settings::default()).await;
    let fan = server.fan("mina").await;
    let (club, seats) = (server.demo.club, server.seats(server.demo.club).await);
    let mut stream =
        fan.client.get(format!("{}/events/schedules/{club}", server.address)).send().await.expect("a stream");
    let mut told = String::new();
    let mut next = async |until: &str| {
        while !told.contains(until) {
            let chunk = stream.chunk().await.expect("the stream lives").expect("it goes on");
            told.push_str(std::str::from_utf8(&chunk).expect("text"));
        }
    };
    next("event: seats").await;
    fan.join(club).await;
    fan.hold(club, &seats[..1]).await;
    next(&format!("{{\"id\":{},\"status\":\"occupied\"}}", seats[0])).await;
    fan.post("/api/release", &[("schedule_id", club.to_string())]).await;
    next(&format!("{{\"id\":{},\"status\":\"reservable\"}}", seats[0])).await;
}
