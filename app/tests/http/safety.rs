//! Protection against attackers: headers, cookies, forms from other sites, guessed passwords, and silent connections;
//! and what everybody may request: health, metrics, and the page for unknown addresses.

use crate::running::{Fan, Running, Server, new_fan, program, run};
use crate::staff::owner;
use app::server::limits::PER_ACCOUNT;
use app::server::session;
use encore::domain::UserId;
use encore::{Clock, House, Settings, box_office};
use reqwest::header::COOKIE;
use reqwest::{RequestBuilder, StatusCode};
use std::collections::BTreeSet;
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tower_sessions::SessionStore;

#[tokio::test(flavor = "multi_thread")]
async fn pages_carry_a_policy_whose_nonce_is_on_their_scripts() {
    let server = Server::start(Settings::default()).await;
    let stranger = server.stranger();
    let mut nonces = vec![];
    for _ in 0..2 {
        let request = stranger.client.get(format!("{}/", server.address)).header("accept", "text/html");
        let response = request.send().await.expect("answers");
        let header = |name: &str| response.headers()[name].to_str().expect("text").to_owned();
        let policy = header("content-security-policy");
        assert!(policy.contains("frame-ancestors 'none'") && policy.contains("default-src 'none'"), "{policy}");
        assert!(!policy.contains("unsafe-inline") && !policy.contains("'unsafe-eval'"), "{policy}");
        assert_eq!(header("x-content-type-options"), "nosniff");
        assert_eq!(header("referrer-policy"), "same-origin");
        assert_eq!(header("cache-control"), "private, no-store");
        let nonce =
            policy.split("'nonce-").nth(1).and_then(|rest| rest.split('\'').next()).expect("a nonce").to_owned();
        let page = response.text().await.expect("text");
        for script in page.split("<script").skip(1) {
            assert!(
                script.split('>').next().is_some_and(|tag| tag.contains(&format!("nonce=\"{nonce}\""))),
                "{script}"
            );
        }
        nonces.push(nonce);
    }
    assert_ne!(nonces[0], nonces[1]);
}

#[tokio::test(flavor = "multi_thread")]
async fn every_kind_of_response_says_what_a_browser_may_do_with_it() {
    let server = Server::start_at("https://tickets.example.org", Settings::default()).await;
    let ask = |path: String| {
        let request = server.stranger().client.get(format!("{}{path}", server.address));
        request.header("host", "tickets.example.org").header("accept", "text/html").send()
    };
    let club = server.demo.club;
    for (path, kind) in [
        ("/".to_owned(), "text/html; charset=utf-8"),
        ("/nowhere".into(), "text/html; charset=utf-8"),
        ("/robots.txt".into(), "text/plain; charset=utf-8"),
        ("/metrics".into(), "text/plain; version=0.0.4; charset=utf-8"),
        ("/staff/door/worker.js".into(), "text/javascript; charset=utf-8"),
        (format!("/events/schedules/{club}"), "text/event-stream; charset=utf-8"),
        (format!("/api/seats/state?schedule_id={club}"), "application/json"),
    ] {
        let response = ask(path.clone()).await.expect("answers");
        let header = |name: &str| response.headers().get(name).and_then(|value| value.to_str().ok()).unwrap_or("none");
        assert_eq!(header("content-type"), kind, "{path}");
        assert_eq!(header("strict-transport-security"), "max-age=31536000; includeSubDomains", "{path}");
        assert_eq!(header("x-content-type-options"), "nosniff", "{path}");
        let policy = header("content-security-policy");
        for part in ["default-src", "base-uri 'none'", "frame-ancestors 'none'"] {
            assert!(policy.contains(part), "{path}: {policy}");
        }
    }
    let request = server.stranger().client.post(format!("{}/language", server.address));
    let request = request.header("host", "tickets.example.org").header("origin", "https://tickets.example.org");
    let request = request.header("content-type", "application/x-www-form-urlencoded").body("language=ko");
    let response = request.send().await.expect("answers");
    let cookie = response.headers()["set-cookie"].to_str().expect("text");
    assert!(cookie.starts_with("__Host-language=ko; Path=/;") && cookie.ends_with("; Secure"), "{cookie}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_form_from_another_site_is_refused() {
    let server = Server::start(Settings::default()).await;
    let fan = server.fan("mina").await;
    for (name, value) in [("sec-fetch-site", "cross-site"), ("origin", "https://elsewhere.example")] {
        let request = fan.client.post(format!("{}/api/charge", server.address)).header("cookie", &fan.cookie);
        let request = request.header("content-type", "application/x-www-form-urlencoded").header(name, value);
        let response = request.body("amount=5&idempotency_key=k").send().await.expect("answers");
        assert_eq!(response.status(), StatusCode::FORBIDDEN);
        assert!(response.text().await.expect("text").contains("\"code\":\"cross_site\""));
    }
    assert_eq!(fan.get("/api/me").await.json["point"], 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_browser_that_keeps_no_cookies_is_told_that_signing_in_needs_them() {
    let server = Server::start(Settings::default()).await;
    let client = server.stranger().client;
    let redirect = |request: RequestBuilder, cookie: Option<&'static str>| async move {
        let request = cookie.into_iter().fold(request, |request, cookie| request.header(COOKIE, cookie));
        let response = request.header("accept", "text/html").send().await.expect("answers");
        assert_eq!(response.status(), StatusCode::SEE_OTHER);
        response.headers()["location"].to_str().expect("text").to_owned()
    };
    let sign_in = || {
        let request = client.post(format!("{}/api/sign-in", server.address));
        let request = request.header("content-type", "application/x-www-form-urlencoded");
        request.body(format!("email=mina%40example.org&password={}&next=/tickets", encore::demo::PASSWORD))
    };
    // The script of the page with the form has set a cookie, so the browser keeps them.
    assert_eq!(redirect(sign_in(), Some("cookies=on")).await, "/tickets");
    let detour = redirect(sign_in(), None).await;
    assert_eq!(detour, "/cookies?next=%2Ftickets");
    let detour = || client.get(format!("{}{detour}", server.address));
    assert_eq!(redirect(detour(), Some("id=new")).await, "/tickets");
    let told = redirect(detour(), None).await;
    let (_, page) = server.stranger().page(&told).await;
    let notice = page.split("id=\"no-cookies\"").nth(1).and_then(|rest| rest.split("</p>").next()).expect("the notice");
    assert!(!notice.contains("hidden") && notice.contains("allow cookies"), "{notice}");
}

#[tokio::test(flavor = "multi_thread")]
async fn signing_in_changes_the_sessions_id_and_signing_out_ends_it() {
    let server = Server::start(Settings::default()).await;
    let mut fan = server.stranger();
    // An attacker signs in to an account of their own and plants the cookie in the browser of somebody else.
    fan.submit("/api/sign-in", &[("email", "joon@example.org"), ("password", encore::demo::PASSWORD)]).await;
    let planted = fan.clone();
    fan.submit("/api/sign-in", &[("email", "mina@example.org"), ("password", encore::demo::PASSWORD)]).await;
    assert_ne!(planted.cookie, fan.cookie);
    assert_eq!(planted.get("/api/me").await.code(), "not_signed_in");
    assert_eq!(fan.get("/api/me").await.json["email"], "mina@example.org");
    // Signing in as another user in the same browser ends the earlier sign-in.
    let mina = UserId(fan.get("/api/me").await.json["id"].as_i64().expect("an id"));
    fan.submit("/api/sign-in", &[("email", "joon@example.org"), ("password", encore::demo::PASSWORD)]).await;
    assert_eq!(box_office::devices(&server.house, mina).await.expect("are listed"), []);
    let stolen = fan.clone();
    let signed_out = fan.form_as_browser("/api/sign-out", "").await;
    assert_eq!(signed_out.headers()["clear-site-data"], "\"cache\"", "the back button shows no page of the account");
    assert_eq!(stolen.get("/api/me").await.code(), "not_signed_in");
}

#[tokio::test(flavor = "multi_thread")]
async fn signing_out_elsewhere_ends_every_session_but_ones_own() {
    let server = Server::start(Settings::default()).await;
    let browsers = [server.stranger(), server.stranger(), server.stranger()];
    let sign_in = |mut browser: Fan| async {
        browser.submit("/api/sign-in", &[("email", "mina@example.org"), ("password", encore::demo::PASSWORD)]).await;
        browser
    };
    let [here, phone, library] = browsers.map(sign_in);
    let (mut here, phone, library) = (here.await, phone.await, library.await);
    let joon = {
        let mut joon = server.stranger();
        joon.submit("/api/sign-in", &[("email", "joon@example.org"), ("password", encore::demo::PASSWORD)]).await;
        joon
    };
    let mina = UserId(here.get("/api/me").await.json["id"].as_i64().expect("an id"));
    let devices = box_office::devices(&server.house, mina).await.expect("are listed");
    assert_eq!(devices.len(), 3);

    // A device of another user cannot be signed out.
    let id = devices[0].id.to_string();
    let mut stranger = joon.clone();
    stranger.submit("/account/devices", &[("device", &id)]).await;
    assert_eq!(library.get("/api/me").await.json["email"], "mina@example.org");

    here.submit("/account/devices", &[("device", &id)]).await;
    assert_eq!(library.get("/api/me").await.code(), "not_signed_in");
    assert_eq!(phone.get("/api/me").await.json["email"], "mina@example.org");
    here.submit("/account/devices", &[("device", "all")]).await;
    assert_eq!(phone.get("/api/me").await.code(), "not_signed_in");
    for signed_in in [&here, &joon] {
        assert_eq!(signed_in.get("/api/me").await.status, StatusCode::OK);
    }
    // An owner signs out somebody who has lost a phone.
    let mut owner = owner(&server).await;
    owner.submit(&format!("/staff/fans/{mina}/sign-out"), &[]).await;
    assert_eq!(here.get("/api/me").await.code(), "not_signed_in");
    assert_eq!(joon.get("/api/me").await.status, StatusCode::OK);
}

#[tokio::test(flavor = "multi_thread")]
async fn changing_a_password_needs_the_present_one_and_ends_other_sessions() {
    let server = Server::start(Settings::default()).await;
    let sign_in = |password: &'static str| {
        let mut browser = server.stranger();
        async move {
            browser.submit("/api/sign-in", &[("email", "mina@example.org"), ("password", password)]).await;
            browser
        }
    };
    let (mut here, elsewhere) = (sign_in(encore::demo::PASSWORD).await, sign_in(encore::demo::PASSWORD).await);
    let change = |present: &str, password: &str| [("present", present.to_owned()), ("password", password.to_owned())];
    let wrong = here.post("/account/password", &change("not it", "a new password")).await;
    assert_eq!((wrong.status, wrong.code()), (StatusCode::UNPROCESSABLE_ENTITY, "invalid"));
    let short = here.post("/account/password", &change(encore::demo::PASSWORD, "short")).await;
    assert_eq!(short.code(), "invalid");
    assert_eq!(elsewhere.get("/api/me").await.status, StatusCode::OK, "a refused password change ends no session");

    let copied = here.clone();
    here.submit("/account/password", &[("present", encore::demo::PASSWORD), ("password", "a new password")]).await;
    assert_eq!(here.get("/api/me").await.status, StatusCode::OK);
    assert_eq!(copied.get("/api/me").await.code(), "not_signed_in", "a copied cookie is worth nothing any more");
    assert_eq!(elsewhere.get("/api/me").await.code(), "not_signed_in");
    assert_eq!(sign_in(encore::demo::PASSWORD).await.get("/api/me").await.code(), "not_signed_in");
    assert_eq!(sign_in("a new password").await.get("/api/me").await.status, StatusCode::OK);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_session_gets_another_id_when_its_password_is_entered_again() {
    let server = Server::start(Settings::default()).await;
    let mut mina = server.stranger();
    mina.submit("/api/sign-in", &[("email", "mina@example.org"), ("password", encore::demo::PASSWORD)]).await;
    let copied = mina.clone();
    let wrong = mina.post("/account/security/app/end", &[("present", "not it".to_owned())]).await;
    assert_eq!((wrong.code(), copied.get("/api/me").await.status), ("invalid", StatusCode::OK));
    mina.submit("/account/security/app/end", &[("present", encore::demo::PASSWORD)]).await;
    assert_ne!(mina.cookie, copied.cookie);
    // A request that was on its way, or a browser that has lost the answer, has the old id: it ends soon, but not at once.
    for browser in [&mina, &copied] {
        assert_eq!(browser.get("/api/me").await.status, StatusCode::OK);
    }
    let old = copied.cookie.split("session=").nth(1).and_then(|rest| rest.split(';').next()).expect("a session");
    let record = server.app.sessions.load(&old.parse().expect("an id")).await.expect("reads").expect("is there");
    let left = (record.expiry_date - time::OffsetDateTime::now_utc()).whole_seconds();
    assert!((1..=session::REPLACED_SECONDS).contains(&left), "{left}");
    mina.submit("/api/sign-out", &[]).await;
    assert_eq!(copied.get("/api/me").await.code(), "not_signed_in", "signing out ends the old id too");
}

#[tokio::test(flavor = "multi_thread")]
async fn who_was_away_for_twelve_hours_signs_in_again_before_pages_of_staff() {
    let server = Server::start(Settings::default()).await;
    let mut staff = server.stranger();
    staff.submit("/api/sign-in", &[("email", "staff@example.org"), ("password", encore::demo::PASSWORD)]).await;
    for _ in 0..3 {
        server.advance_clock(12 * 3600 - 1);
        assert_eq!(staff.page("/staff").await.0, StatusCode::OK, "is used every day");
    }
    let mut fan = server.stranger();
    fan.submit("/api/sign-in", &[("email", "mina@example.org"), ("password", encore::demo::PASSWORD)]).await;
    server.advance_clock(12 * 3600);
    assert_eq!(fan.get("/staff").await.code(), "not_staff");
    assert_eq!(fan.get("/api/me").await.status, StatusCode::OK, "a fan stays signed in");
    assert_eq!(staff.get("/staff").await.code(), "not_signed_in");
    assert_eq!(staff.get("/api/me").await.code(), "not_signed_in", "the session has ended");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_session_ends_thirty_days_after_it_began_whatever_is_done_with_it() {
    let server = Server::start(Settings::default()).await;
    let mut fan = server.stranger();
    fan.submit("/api/sign-in", &[("email", "mina@example.org"), ("password", encore::demo::PASSWORD)]).await;
    server.advance_clock(30 * 24 * 3600 - 1);
    fan.submit("/api/charge", &[("amount", "5"), ("idempotency_key", "k")]).await;
    assert_eq!(fan.get("/api/me").await.status, StatusCode::OK);
    server.advance_clock(1);
    assert_eq!(fan.get("/api/me").await.code(), "not_signed_in");
}

#[tokio::test(flavor = "multi_thread")]
async fn after_too_many_wrong_passwords_the_right_one_must_wait_too_but_not_elsewhere() {
    let server = Server::start(Settings::default()).await;
    let stranger = server.stranger();
    let attempt = |password: &str| {
        let form = [("email", "joon@example.org".to_owned()), ("password", password.to_owned())];
        let stranger = stranger.clone();
        async move { stranger.post("/api/sign-in", &form).await }
    };
    for _ in 0..PER_ACCOUNT.get() {
        assert_eq!(attempt("wrong").await.code(), "bad_credentials");
    }
    let answer = attempt(encore::demo::PASSWORD).await;
    assert_eq!((answer.status, answer.code()), (StatusCode::TOO_MANY_REQUESTS, "slow_down"));
    // The stranger at this address does not keep the account's owner out, who is elsewhere.
    let elsewhere = reqwest::Client::builder().no_proxy().local_address(std::net::IpAddr::from([127, 0, 0, 2]));
    let owner = Fan { client: elsewhere.build().expect("a client"), ..stranger };
    let form = [("email", "joon@example.org".to_owned()), ("password", encore::demo::PASSWORD.to_owned())];
    assert_eq!(owner.post("/api/sign-in", &form).await.status, StatusCode::OK);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_silent_connection_and_an_endless_head_are_closed() {
    let server = Server::start(Settings::default()).await;
    let address = server.address.trim_start_matches("http://").to_owned();
    let mut silent = TcpStream::connect(&address).await.expect("connects");
    let mut slow = TcpStream::connect(&address).await.expect("connects");
    slow.write_all(b"GET / HTTP/1.1\r\nHost: x\r\n").await.expect("writes");
    let mut endless = TcpStream::connect(&address).await.expect("connects");
    endless.write_all(format!("GET / HTTP/1.1\r\nX: {}", "x".repeat(40_000)).as_bytes()).await.expect("writes");
    let mut refused = String::new();
    drop(endless.read_to_string(&mut refused).await);
    assert!(refused.starts_with("HTTP/1.1 431"), "{refused}");
    for connection in [&mut silent, &mut slow] {
        let closed = tokio::time::timeout(Duration::from_secs(60), connection.read(&mut [0; 64])).await;
        assert_eq!(closed.expect("the server closes it").unwrap_or(0), 0);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn health_and_metrics_are_served_and_unknown_pages_are_not_found() {
    let server = Server::start(Settings::default()).await;
    let stranger = server.stranger();
    assert_eq!(stranger.get("/healthz").await.json, "ok");
    let metrics = stranger.get("/metrics").await;
    assert_eq!(metrics.status, StatusCode::OK);
    let (status, page) = stranger.page("/no/such/page").await;
    assert_eq!(status, StatusCode::NOT_FOUND);
    assert!(page.contains("Page not found"), "{page}");
    assert_eq!(stranger.page("/concerts/abc").await.0, StatusCode::NOT_FOUND);
    assert_eq!(stranger.page("/concerts/999").await.0, StatusCode::NOT_FOUND);
}

/// The names of the metrics in the dashboard for Grafana.
fn dashboard_metrics() -> BTreeSet<String> {
    let dashboard = include_str!("../../../docs/operations/grafana.json");
    let is_name = |letter: char| letter.is_ascii_lowercase() || letter == '_';
    let names = dashboard.split(|letter| !is_name(letter)).filter(|word| word.starts_with("encore_"));
    names.map(|name| name.trim_end_matches("_sum").trim_end_matches("_count").to_owned()).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn every_metric_of_the_dashboard_is_measured() {
    let (folder, backups) = (tempfile::tempdir().expect("a folder"), tempfile::tempdir().expect("a folder"));
    let filled = program(folder.path()).arg("demo").output().expect("runs");
    assert!(filled.status.success(), "{filled:?}");
    let (child, address) = run(program(folder.path()).env("ENCORE_BACKUP_TO", backups.path()));
    let _server = Running(child);
    let operator = Fan::at(&address, UserId(0), String::new());
    assert!(dashboard_metrics().len() > 10, "{:?}", dashboard_metrics());
    assert_eq!(operator.get("/readyz").await.status, StatusCode::OK, "writes a row");
    // The first sample and the first backup are made soon after the start.
    let all_are_shown = async {
        loop {
            let shown = operator.get("/metrics").await.json.as_str().expect("text").to_owned();
            if dashboard_metrics().iter().all(|name| shown.contains(&format!("# TYPE {name} "))) {
                return;
            }
            tokio::time::sleep(Duration::from_millis(200)).await;
        }
    };
    let shown = tokio::time::timeout(Duration::from_secs(120), all_are_shown).await;
    let last = operator.get("/metrics").await.json;
    assert!(shown.is_ok(), "{:?} in {last}", dashboard_metrics());
    assert!(last.as_str().expect("text").contains("encore_waiting_fans{schedule="), "{last}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_session_does_not_open_an_account_that_got_the_id_of_a_lost_one() {
    let folder = tempfile::tempdir().expect("a folder");
    let open = || House::open(folder.path(), Settings::default(), Clock::system()).expect("opens");
    let backup = folder.path().join("backup.db");
    let (house, sessions) = (open(), session::open_store(folder.path()).await.expect("sessions"));
    drop(house);
    std::fs::copy(folder.path().join("encore.db"), &backup).expect("a backup");
    let house = open();
    let (lost, cookie) = new_fan(&house, &sessions, "lost").await;
    drop(house);
    std::fs::copy(&backup, folder.path().join("encore.db")).expect("is restored");
    let house = open();
    let (other, _) = new_fan(&house, &sessions, "other").await;
    assert_eq!(lost, other, "the id is given out again");
    drop((house, sessions));

    let (mut child, address) = run(&mut program(folder.path()));
    assert_eq!(Fan::at(&address, lost, cookie).get("/api/me").await.code(), "not_signed_in");
    child.kill().expect("SIGKILL");
    child.wait().expect("ends");
}
