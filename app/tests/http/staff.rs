//! The pages of staff over HTTP.

use crate::running::{Fan, START, Server};
use encore::domain::account::Duty;
use encore::domain::{Field, Timestamp};
use encore::{Settings, back_office, calendar};
use reqwest::StatusCode;
use reqwest::header::{ACCEPT, CONTENT_TYPE, COOKIE};

/// An owner, who is signed in.
pub async fn owner(server: &Server) -> Fan {
    let owner = server.fan("staff").await;
    back_office::appoint(&server.house, "staff@example.net", Duty::Owner).await.expect("is appointed");
    owner
}

/// The value with which a field is shown in the form of a page that is sent to `action`.
pub fn shown(page: &str, action: &str, name: &str) -> String {
    let form = page.split(&format!("action=\"{action}\"")).nth(1).expect("a form");
    let field = form.split(&format!("name=\"{name}\"")).nth(1).expect("a field");
    let value = field.split("value=\"").nth(1).and_then(|rest| rest.split('"').next()).expect("a value");
    html_escape::decode_html_entities(value).into_owned()
}

/// A fan who has bought the first seat of the club, and the ticket's id.
pub async fn bought_ticket(server: &Server) -> (Fan, i64) {
    let (club, fan) = (server.demo.club, server.fan("mina").await);
    fan.charge(110_000, "c").await;
    fan.join(club).await;
    fan.hold(club, &server.seats(club).await[..1]).await;
    let bought = fan.purchase(club, "p").await.json;
    (fan, bought["reservations"][0]["id"].as_i64().expect("a ticket"))
}

#[tokio::test(flavor = "multi_thread")]
async fn only_staff_see_reservations() {
    let server = Server::start(Settings::default()).await;
    let path = format!("/staff/schedules/{}?q=guest1@", server.demo.sold_out);
    let fan = server.fan("mina").await;
    assert_eq!(fan.page(&path).await.0, StatusCode::FORBIDDEN);
    back_office::appoint(&server.house, "mina@example.net", Duty::Owner).await.expect("is appointed");
    let (status, page) = fan.page(&path).await;
    assert_eq!((status, page.matches("guest1@example.org").count()), (StatusCode::OK, 4));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_ticket_that_was_checked_in_is_not_moved_to_another_seat() {
    let server = Server::start(Settings::default()).await;
    let mut staff = owner(&server).await;
    let (fan, ticket) = bought_ticket(&server).await;
    let (club, seats) = (server.demo.club, server.seats(server.demo.club).await);
    let page = format!("/staff/tickets/{ticket}");
    let form = [("seat", &*seats[1].to_string()), ("move_reason", "a pillar")];
    assert_eq!(staff.submit(&format!("{page}/move"), &form).await, page, "an unused ticket is moved");
    let code = server.ticket_code(ticket);
    // It is days before the show: the door says so, and the ticket is used only if staff insist.
    let checked = staff.post(&format!("/staff/door/{club}?part=verdict"), &[("code", code.clone())]).await.json;
    let verdict = checked["html"].as_str().expect("a verdict");
    assert!(verdict.contains("Too early") && verdict.contains("name=\"early\""), "{verdict}");
    staff.post(&format!("/staff/door/{club}"), &[("code", code), ("early", "yes".to_owned())]).await;
    let form = [("seat", seats[2].to_string()), ("move_reason", "a pillar".to_owned())];
    let refused = staff.post(&format!("{page}/move"), &form).await;
    assert_eq!((refused.status, refused.code()), (StatusCode::CONFLICT, "ticket_used"));
    let mine = fan.get("/api/reservations").await.json;
    assert_eq!(mine[0]["seat_id"].as_i64(), Some(seats[1]));
    let undone = staff.submit(&format!("{page}/undo"), &[("undo_reason", "the wrong ticket")]).await;
    assert_eq!(undone, page);
    assert_eq!(
        staff.submit(&format!("{page}/move"), &[("seat", &*seats[2].to_string()), ("move_reason", "a pillar")]).await,
        page
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_page_with_several_forms_says_a_refusal_beside_the_form_that_was_sent() {
    let server = Server::start(Settings::default()).await;
    let staff = owner(&server).await;
    let (_, ticket) = bought_ticket(&server).await;
    let (club, seat) = (server.demo.club, server.seats(server.demo.club).await[1].to_string());

    let (ticket, schedule) = (format!("/staff/tickets/{ticket}"), format!("/staff/schedules/{club}"));
    let give_away = [("do", "sell"), ("seat_ids[]", &*seat), ("email", "mina@example.net"), ("paid", "nothing")];
    let keep_back = [("do", "keep"), ("seat_ids[]", &*seat), ("reason", "")];
    let moves = [("seat", &*seat), ("move_reason", "")];
    for (path, form, input, other) in [
        (format!("{ticket}/move"), &moves[..], "move_reason", "reason"),
        (format!("{ticket}/cancel"), &[("refund", "0"), ("reason", "")], "reason", "move_reason"),
        (format!("{schedule}/house"), &give_away, "sell_reason", "reason"),
        (format!("{schedule}/house"), &keep_back, "reason", "sell_reason"),
        (format!("{schedule}/copy"), &[("copy_time", "soon")], "copy_time", "show_time"),
    ] {
        let (status, page) = staff.post_page(&path, form).await;
        assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY, "{path}");
        let says = |input: &str| page.contains(&format!("id=\"{input}-wrong\""));
        assert!(says(input) && !says(other), "{path}: {page}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_sale_without_an_end_lasts_until_the_show_even_if_the_show_is_moved() {
    let server = Server::start(Settings::default()).await;
    let id = server.demo.not_yet_open;
    let mut owner = owner(&server).await;
    let in_days = |days: i64| calendar::local(START.plus_seconds(days * 24 * 60 * 60), "Asia/Seoul");
    let sale_start = in_days(1);
    let page = format!("/staff/schedules/{id}/edit");
    for show in [in_days(20), in_days(30)] {
        let seen = shown(&owner.page(&page).await.1, &page, "seen");
        let form = [
            ("seen", &*seen),
            ("show_time", &show),
            ("sale_start", &sale_start),
            ("sale_end", ""),
            ("refund_steps", "1: 0"),
        ];
        owner.submit(&page, &form).await;
        let (_, view) = encore::box_office::schedule(&server.house, id).await.expect("known");
        let expected = calendar::instant(&show, "Asia/Seoul", Field::ShowTime).expect("a time");
        assert_eq!((view.schedule.show_time, view.schedule.window.reservation_end), (expected, expected));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn saving_unchanged_terms_keeps_the_seconds_of_the_opening() {
    let server = Server::start(Settings::default()).await;
    let id = server.demo.not_yet_open;
    let opened = Timestamp(START.0 - 17_123);
    encore::demo::open_sale(&server.house, id, opened, None).await.expect("opens");
    let mut owner = owner(&server).await;
    let path = format!("/staff/schedules/{id}/edit");
    let (_, page) = owner.page(&path).await;
    let names = ["seen", "show_time", "sale_start", "sale_end", "lobby_minutes", "cooling_days", "cooling_until"];
    let values = names.map(|name| shown(&page, &path, name));
    let mut form: Vec<(&str, &str)> = names.into_iter().zip(values.iter().map(String::as_str)).collect();
    form.extend([("seats_per_fan", "2"), ("refund_steps", "1: 0")]);
    owner.submit(&path, &form).await;
    let (_, after) = encore::box_office::schedule(&server.house, id).await.expect("known");
    assert_eq!(after.schedule.seats_per_fan, Some(2));
    assert_eq!(after.schedule.window.reservation_start, opened);
}

#[tokio::test(flavor = "multi_thread")]
async fn of_two_owners_who_change_a_date_the_second_is_told_what_the_first_has_changed() {
    let server = Server::start(Settings::default()).await;
    let id = server.demo.not_yet_open;
    let owner = owner(&server).await;
    let path = format!("/staff/schedules/{id}/edit");
    let opened = owner.page(&path).await.1;
    let names = ["seen", "show_time", "sale_start", "sale_end", "lobby_minutes", "seats_per_fan", "active_fans"];
    // Sends the form as `page` shows it, with one field changed.
    let send = async |page: &str, changed: &str, value: &str| {
        let shown = names.map(|name| if name == changed { value.to_owned() } else { shown(page, &path, name) });
        let mut form: Vec<(&str, &str)> = names.into_iter().zip(shown.iter().map(String::as_str)).collect();
        form.push(("refund_steps", "1: 0"));
        owner.post_page(&path, &form).await
    };
    assert_eq!(send(&opened, "active_fans", "7").await.0, StatusCode::SEE_OTHER);
    // The second owner opened the page before, and changes something else.
    let (status, page) = send(&opened, "seats_per_fan", "2").await;
    assert_eq!(status, StatusCode::CONFLICT);
    assert!(page.contains("Changed meanwhile to 7."), "{page}");
    assert_eq!((&*shown(&page, &path, "seats_per_fan"), &*shown(&page, &path, "active_fans")), ("2", "7"));
    // Sent again as it is shown now, it is saved, and nothing of the first owner's is lost.
    assert_eq!(send(&page, "seats_per_fan", "2").await.0, StatusCode::SEE_OTHER);
    let (_, view) = encore::box_office::schedule(&server.house, id).await.expect("known");
    assert_eq!((view.schedule.active_fans, view.schedule.seats_per_fan), (Some(7), Some(2)));
}

#[tokio::test(flavor = "multi_thread")]
async fn the_form_of_a_new_date_that_is_refused_the_next_day_is_shown_as_it_was_typed() {
    let server = Server::start(Settings::default()).await;
    let owner = owner(&server).await;
    let path = "/staff/concerts/1/schedules/new";
    let (_, opened) = owner.page(path).await;
    let is_ticked = |page: &str| {
        let box_of_form = page.split("name=\"no_orphan_seat\"").nth(1).and_then(|rest| rest.split('>').next());
        box_of_form.expect("a box").contains("checked")
    };
    assert!(is_ticked(&opened) && !opened.contains("name=\"seen\""), "{opened}");
    let typed = ["show_time", "sale_start"].map(|name| (name, shown(&opened, path, name)));
    // The next day the form would suggest other times. The tick was removed.
    server.advance_clock(24 * 60 * 60);
    let mut form: Vec<(&str, &str)> = typed.iter().map(|(name, value)| (*name, value.as_str())).collect();
    form.push(("lobby_minutes", "soon"));
    let (status, page) = owner.post_page(path, &form).await;
    assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(!is_ticked(&page) && !page.contains("Changed meanwhile"), "{page}");
    assert_eq!(typed.clone().map(|(name, _)| (name, shown(&page, path, name))), typed);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_details_of_a_concert_are_shown_on_its_page_and_may_be_left_out() {
    let server = Server::start(Settings::default()).await;
    let owner = owner(&server).await;
    let form = "/staff/concerts/2";
    let texts = [
        ("title", "Winter Light"),
        ("performer", "The Glass Orchestra"),
        ("venue", "Haneul Theatre, Seoul"),
        ("time_zone", "Asia/Seoul"),
    ];
    let details = [("running_minutes", "95"), ("minimum_age", "12"), ("notices", "No flash.\r\nNo bags.")];
    let saved = async |details: &[(&str, &str)]| {
        let seen = shown(&owner.page(form).await.1, form, "seen");
        owner.post_page(form, &[&texts[..], details, &[("seen", &*seen)]].concat()).await
    };
    assert_eq!(saved(&details).await.0, StatusCode::SEE_OTHER);
    let (_, page) = owner.page("/concerts/2").await;
    for text in ["95 minutes", "12 and over", "No flash.\nNo bags."] {
        assert!(page.contains(text), "{text}: {page}");
    }
    for (field, wrong) in [("running_minutes", "long"), ("minimum_age", "100")] {
        let (status, page) = saved(&[(field, wrong)]).await;
        assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY, "{field}");
        assert!(page.contains(&format!("id=\"{field}-wrong\"")), "{field}: {page}");
    }
    assert_eq!(saved(&[]).await.0, StatusCode::SEE_OTHER);
    let (_, page) = owner.page("/concerts/2").await;
    assert!(!page.contains("Running time") && !page.contains("Good to know"), "{page}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_that_is_too_large_is_refused_on_its_page_with_the_limit() {
    let server = Server::start(Settings::default()).await;
    let owner = owner(&server).await;
    // As a browser sends a form with one file, a little larger than the limit.
    let upload = |path: &str, name: &str| {
        let head = format!("--edge\r\nContent-Disposition: form-data; name=\"{name}\"; filename=\"f\"\r\n\r\n");
        let body = [head.into_bytes(), vec![b' '; 9 << 20], b"\r\n--edge--\r\n".to_vec()].concat();
        let request = owner.client.post(format!("{}{path}", owner.address)).header(COOKIE, &owner.cookie);
        request.header(CONTENT_TYPE, "multipart/form-data; boundary=edge").body(body)
    };
    for (path, name) in [("/staff/plans", "file"), ("/staff/concerts/2/poster", "poster")] {
        let response = upload(path, name).header(ACCEPT, "text/html").send().await.expect("the server answers");
        assert_eq!(response.status(), StatusCode::PAYLOAD_TOO_LARGE, "{path}");
        let page = response.text().await.expect("a page");
        assert!(page.contains("The limit is 8 MB.") && page.contains(&format!("name=\"{name}\"")), "{path}: {page}");
        let json = upload(path, name).send().await.expect("the server answers").text().await.expect("JSON");
        assert!(json.contains("\"too_large\"") && json.contains("8 MB"), "{path}: {json}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn exports_have_the_venues_clock_with_its_offset_and_say_what_became_of_each_ticket() {
    let server = Server::start(Settings::default()).await;
    let (owner, fan, club) = (owner(&server).await, server.fan("mina").await, server.demo.club);
    fan.charge(220_000, "c").await;
    fan.join(club).await;
    fan.hold(club, &server.seats(club).await[..2]).await;
    let bought = fan.purchase(club, "p").await.json;
    let ticket = |index: usize| bought["reservations"][index]["id"].as_i64().expect("a ticket");
    // It is 17:00 in Seoul at the start. One ticket is cancelled an hour later, with the other somebody comes in.
    server.advance_clock(60 * 60);
    let cancelled = [("reservation_id", ticket(0).to_string()), ("idempotency_key", "x".to_owned())];
    assert_eq!(fan.post("/api/cancel", &cancelled).await.status, StatusCode::OK);
    let code = server.ticket_code(ticket(1));
    owner.post(&format!("/staff/door/{club}"), &[("code", code), ("early", "yes".to_owned())]).await;
    for (path, heading, lines) in [
        (
            &*format!("/staff/schedules/{club}/tickets.csv"),
            "ticket,seat,name,email,state,price,refunded,cancelled_at,checked_in_at,time_zone",
            &[
                ",mina@example.net,cancel,110000,110000,2027-01-15T18:00:00+09:00,,Asia/Seoul\r\n",
                ",mina@example.net,purchase,110000,0,,2027-01-15T18:00:00+09:00,Asia/Seoul\r\n",
            ][..],
        ),
        (
            "/staff/books/sales.csv",
            "concert,show_time,time_zone,tickets,cancelled,paid,refunded,net",
            &["2027-02-05T19:00:00+09:00,Asia/Seoul,1,1,220000,110000,110000\r\n"],
        ),
        (
            "/staff/books/ledger.csv",
            "entry,time,time_zone,email,kind,amount,order,ticket,reference",
            &[
                ",2027-01-15T17:00:00+09:00,Asia/Seoul,mina@example.net,purchase,-220000,",
                ",2027-01-15T18:00:00+09:00,Asia/Seoul,mina@example.net,refund,110000,",
            ],
        ),
    ] {
        let (status, file) = owner.page(path).await;
        assert_eq!(status, StatusCode::OK, "{path}");
        assert!(file.trim_start_matches('\u{feff}').starts_with(&format!("{heading}\r\n")), "{path}: {file}");
        for line in lines {
            assert!(file.contains(line), "{path}: {line} is missing in {file}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_control_room_says_the_state_of_the_sale_and_its_charts_in_words() {
    let server = Server::start(Settings::default()).await;
    let mut owner = owner(&server).await;
    let club = format!("/staff/schedules/{}", server.demo.club);
    encore::sampler::take_sample(&server.house).await.expect("a sample");
    server.advance_clock(120);
    let (_, now) = owner.page(&format!("{club}/now")).await;
    for text in ["On sale", "The queue is moving automatically.", "Last 2 minutes: highest 0, now 0"] {
        assert!(now.contains(text), "{text}: {now}");
    }
    owner.submit(&format!("{club}/pause"), &[("paused", "1")]).await;
    let (_, now) = owner.page(&format!("{club}/now")).await;
    assert!(now.contains("The queue is paused") && !now.contains("moving"), "{now}");
    let (_, now) = owner.page(&format!("/staff/schedules/{}/now", server.demo.closed)).await;
    assert!(now.contains("Sale closed") && !now.contains("moving") && !now.contains("Charts begin"), "{now}");
}

#[tokio::test(flavor = "multi_thread")]
async fn staff_cancel_a_burst_and_a_fan_reads_why_and_answers() {
    let server = Server::start(Settings::default()).await;
    let mut staff = owner(&server).await;
    let club = server.demo.club;
    let mut fans = server.fans(6).await;
    for fan in &fans {
        fan.join(club).await;
    }
    let path = format!("/staff/schedules/{club}/addresses");
    let (_, page) = staff.page(&path).await;
    assert!(page.contains("127.0.0.1") && page.contains("Cancel these places"), "{page}");
    let (status, page) = staff.post_page(&format!("{path}/void"), &[("address", "127.0.0.1"), ("reason", "")]).await;
    assert_eq!((status, page.contains("Please write 1 to 200 characters.")), (StatusCode::UNPROCESSABLE_ENTITY, true));
    let void = [("address", "127.0.0.1"), ("reason", "Six accounts <at once>")];
    assert_eq!(staff.submit(&format!("{path}/void"), &void).await, path);
    let (_, page) = staff.visit(&path).await;
    assert!(page.contains("6 places cancelled.") && page.contains("No message yet"), "{page}");

    let fan = &mut fans[3];
    let queue = format!("/schedules/{club}/queue");
    assert_eq!(fan.join(club).await.code(), "place_voided");
    let (_, page) = fan.page(&queue).await;
    assert!(page.contains("Reason: Six accounts &lt;at once&gt;"), "{page}");
    let id = club.to_string();
    let answer = [("schedule_id", &*id), ("answer", "We are a class of six.")];
    assert_eq!(fan.submit("/api/queue/answer", &answer).await, queue);
    let (_, page) = fan.visit(&queue).await;
    assert!(page.contains("The box office can read your message."), "{page}");

    let (_, page) = staff.page(&path).await;
    assert!(page.contains("Their message: We are a class of six."), "{page}");
    let token = page.split("name=\"token\" value=\"").nth(1).and_then(|rest| rest.split('"').next()).expect("a token");
    assert_eq!(staff.submit(&format!("{path}/restore"), &[("token", token)]).await, path);
    let status = fan.get(&format!("/api/queue/status?schedule_id={club}")).await;
    assert_eq!(status.json["status"], "active", "{status:?}");
    assert_eq!(fan.get(&queue).await.status, StatusCode::SEE_OTHER);
}

#[tokio::test(flavor = "multi_thread")]
async fn owners_are_told_that_the_database_is_damaged() {
    let server = Server::start(Settings::default()).await;
    let owner = owner(&server).await;
    let counter = server.fan("counter").await;
    back_office::appoint(&server.house, "counter@example.net", Duty::BoxOffice).await.expect("is appointed");
    let is_told = async |staff: &Fan| staff.page("/staff").await.1.contains("The database file is damaged.");
    assert!(!is_told(&owner).await);
    server.house.note_damage();
    assert_eq!([is_told(&owner).await, is_told(&counter).await], [true, false]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_colleague_confirms_an_adjustment_beyond_the_limit_of_a_day() {
    let settings = Settings { points_a_day: 100, ..Settings::default() };
    let server = Server::start(settings).await;
    let staff = owner(&server).await;
    let fan = server.fan("mina").await;
    let path = format!("/staff/fans/{}/points", fan.id);
    let adjust = async |email: &str, password: &str| {
        let form = [("amount", "101"), ("balance", "0"), ("reason", "a goodwill")];
        let second = [("second_email", email), ("second_password", password)];
        staff.post_page(&path, &[&form[..], &second[..]].concat()).await
    };
    let (status, page) = adjust("", "").await;
    assert_eq!((status, page.contains("name=\"second_email\"")), (StatusCode::CONFLICT, true), "{page}");
    assert!(page.contains("value=\"101\"") && page.contains("a goodwill"), "what was typed is kept: {page}");
    let colleague = encore::demo::STAFF;
    for (email, password) in [(colleague, "wrong"), ("joon@example.org", encore::demo::PASSWORD)] {
        assert_eq!(adjust(email, password).await.0, StatusCode::UNAUTHORIZED, "{email}");
    }
    assert_eq!(adjust(colleague, encore::demo::PASSWORD).await.0, StatusCode::SEE_OTHER);
    assert_eq!(fan.get("/api/me").await.json["point"], 101);
}
