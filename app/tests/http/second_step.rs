//! Signing in with a second step.

use crate::running::{Fan, START, Server};
use app::server::session;
use encore::domain::account::Duty;
use encore::{Clock, Settings, back_office, box_office, demo, password};
use reqwest::StatusCode;
use totp_rs::{Builder, Secret};

/// The code that an authenticator app with this secret shows at the server.
fn code(server: &Server, secret: &str) -> String {
    let secret = Secret::try_from_base32(secret).expect("Base32");
    let totp = Builder::new().with_secret(secret).build().expect("the usual app");
    totp.generate(server.house.clock().now().0.unsigned_abs() / 1000).to_string()
}

/// The value of the hidden field `name` of a page.
fn hidden(page: &str, name: &str) -> String {
    let field = page.split_once(&format!("name=\"{name}\" value=\"")).expect("the field").1;
    field.split('"').next().expect("its end").to_owned()
}

/// The secret that the page of a setup shows.
fn shown_secret(page: &str) -> String {
    let secret = page.split_once("<code class=\"secret\">").expect("a secret").1;
    secret.split('<').next().expect("its end").replace(' ', "")
}

/// Sets up an app for a person who is signed in, on the page. Returns its secret and the recovery codes.
async fn set_up(server: &Server, person: &mut Fan) -> (String, Vec<String>) {
    let (_, page) = person.visit("/account/security").await;
    let (seed, secret) = (hidden(&page, "seed"), shown_secret(&page));
    let wrong = [("seed", &*seed), ("code", "000000"), ("present", demo::PASSWORD)];
    let (status, again) = person.post_and_stay("/account/security/app", &wrong).await;
    assert_eq!((status, shown_secret(&again)), (StatusCode::UNPROCESSABLE_ENTITY, secret.clone()), "the same secret");
    let code = code(server, &secret);
    let body: String = form_urlencoded::Serializer::new(String::new())
        .extend_pairs([("seed", &*seed), ("code", &code), ("present", demo::PASSWORD)])
        .finish();
    let response = person.form_as_browser("/account/security/app", &body).await;
    assert_eq!(response.status(), StatusCode::OK);
    person.keep_cookies(&response);
    let page = response.text().await.expect("a page");
    let codes = page.split_once("<ul class=\"recovery-codes\">").expect("codes").1;
    let codes = codes.split("</ul>").next().expect("their end").split("<li>").skip(1);
    (secret, codes.map(|code| code.split('<').next().expect("its end").to_owned()).collect())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_password_alone_does_not_sign_in_once_an_app_is_set_up() {
    let server = Server::start(Settings::default()).await;
    let mut mina = server.stranger();
    let form = [("email", demo::MINA), ("password", demo::PASSWORD), ("next", "/points")];
    assert_eq!(mina.submit("/api/sign-in", &form).await, "/points");
    let (secret, codes) = set_up(&server, &mut mina).await;
    assert_eq!(codes.len(), 10);
    assert_eq!(mina.visit("/account").await.0, StatusCode::OK, "she stays signed in");

    // A client gets the refusal, a browser the page for the code. Neither is signed in.
    let refused = server.stranger().post("/api/sign-in", &form.map(|(name, value)| (name, value.to_owned()))).await;
    assert_eq!((refused.status, refused.code()), (StatusCode::UNAUTHORIZED, "second_step_needed"));
    let mut again = server.stranger();
    let page = again.submit("/api/sign-in", &form).await;
    assert_eq!(page, "/second-step?next=%2Fpoints");
    assert_eq!(again.visit("/account").await.0, StatusCode::SEE_OTHER);
    assert_eq!(again.visit(&page).await.0, StatusCode::OK);
    let (status, page) = again.post_page("/second-step", &[("code", "123456"), ("next", "/points")]).await;
    assert!(status == StatusCode::UNPROCESSABLE_ENTITY && hidden(&page, "next") == "/points", "{page}");
    server.advance_clock(30);
    let shown = code(&server, &secret);
    assert_eq!(again.submit("/second-step", &[("code", &shown), ("next", "/points")]).await, "/points");
    assert_eq!(again.visit("/account").await.0, StatusCode::OK);
    assert!(!again.cookie.contains("second-step"), "{}", again.cookie);
    // Who came to join a queue joins it.
    let mut joins = server.stranger();
    let id = server.demo.club;
    let page = joins.submit("/api/sign-in", &[&form[..2], &[("join", &*id.to_string())]].concat()).await;
    assert_eq!(page, format!("/second-step?next=%2F&join={id}"));
    let (_, page) = joins.visit(&page).await;
    server.advance_clock(30);
    let fields = [("code", code(&server, &secret)), ("next", hidden(&page, "next")), ("join", hidden(&page, "join"))];
    let fields = fields.each_ref().map(|(name, value)| (*name, &**value));
    assert_eq!(joins.submit("/second-step", &fields).await, format!("/schedules/{id}/seats"));
    // Without the phone: a recovery code, once. Without a password: nothing.
    for (code, lets_in) in [(&codes[0], true), (&codes[0], false), (&codes[1], true)] {
        let mut lost = server.stranger();
        lost.submit("/api/sign-in", &form).await;
        let response = lost.form_as_browser("/second-step", &format!("code={code}")).await;
        assert_eq!(response.status() == StatusCode::SEE_OTHER, lets_in, "{code}");
    }
    let mut stranger = server.stranger();
    let to = stranger.submit("/second-step", &[("code", &*codes[2]), ("next", "/points")]).await;
    assert!(to.starts_with("/sign-in"), "{to}");
    server.assert_sound().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn only_ten_codes_can_be_tried_at_once_for_one_account() {
    let server = Server::start(Settings::default()).await;
    let mut mina = server.stranger();
    mina.submit("/api/sign-in", &[("email", demo::MINA), ("password", demo::PASSWORD)]).await;
    set_up(&server, &mut mina).await;
    let mut thief = server.stranger();
    thief.submit("/api/sign-in", &[("email", demo::MINA), ("password", demo::PASSWORD)]).await;
    let mut tried = vec![];
    for code in 0..11 {
        tried.push(thief.form_as_browser("/second-step", &format!("code={code:06}")).await.status());
    }
    let refused = tried.iter().position(|status| *status == StatusCode::TOO_MANY_REQUESTS);
    assert_eq!(refused, Some(10), "{tried:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_session_from_before_the_second_step_changes_nothing_of_it() {
    let server = Server::start(Settings::default()).await;
    let sign_in = async |email| {
        let mut person = server.stranger();
        person.submit("/api/sign-in", &[("email", email), ("password", demo::PASSWORD)]).await;
        person
    };
    // Made in advance, so that setting up the app, which signs out all devices, does not end it.
    let joon = box_office::credentials(&server.house, demo::JOON).await.expect("looks").expect("an account").0.id;
    let session = session::sign_in_beforehand(&server.house, &server.app.sessions, joon).await.expect("a session");
    let thief = Fan { id: joon, cookie: session, ..server.stranger() };
    let (mut owner, before) = (sign_in(demo::JOON).await, sign_in(demo::JOON).await);
    assert_eq!(before.get("/api/me").await.status, StatusCode::OK);
    set_up(&server, &mut owner).await;
    assert_eq!(before.get("/api/me").await.status, StatusCode::UNAUTHORIZED, "other devices are signed out");
    assert_eq!(thief.get("/api/me").await.status, StatusCode::OK);
    let known = [("present", demo::PASSWORD.to_owned()), ("passkey", "1".to_owned())];
    for path in ["app", "app/end", "codes", "passkeys/remove"].map(|path| format!("/account/security/{path}")) {
        let answer = thief.post(&path, &known).await;
        assert_eq!((answer.status, answer.code()), (StatusCode::UNAUTHORIZED, "second_step_needed"), "{path}");
    }
    let answer = thief.post("/api/new-passkey-challenge", &known).await;
    assert_eq!(answer.code(), "second_step_needed");
    let ways = box_office::sign_in_ways(&server.house, joon).await.expect("the account");
    assert_eq!((ways.has_authenticator, ways.recovery_codes), (true, Some(10)));

    // A session that has passed it stays so when the password is changed.
    let password = [("present", demo::PASSWORD), ("password", "four quiet violins")];
    assert_eq!(owner.submit("/account/password", &password).await, "/account");
    let codes = [("present", "four quiet violins".to_owned())];
    assert_eq!(owner.post("/account/security/codes", &codes).await.status, StatusCode::OK);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_second_step_that_was_begun_ends_when_somebody_else_uses_the_browser() {
    let server = Server::start(Settings::default()).await;
    let form = |email| [("email", email), ("password", demo::PASSWORD), ("next", "/points")];
    let mut mina = server.stranger();
    mina.submit("/api/sign-in", &form(demo::MINA)).await;
    let (_, codes) = set_up(&server, &mut mina).await;
    let mut shared = server.stranger();
    shared.submit("/api/sign-in", &form(demo::MINA)).await;
    assert!(shared.cookie.contains("second-step"));
    assert_eq!(shared.submit("/api/sign-in", &form(demo::JOON)).await, "/points");
    assert!(!shared.cookie.contains("second-step"), "{}", shared.cookie);
    assert_eq!(
        shared.submit("/second-step", &[("code", &*codes[0]), ("next", "/points")]).await,
        "/sign-in?next=%2Fpoints"
    );
    assert_eq!(shared.get("/api/me").await.json["email"], demo::JOON);
    // Who took too long begins again, and goes where they wanted to go.
    let mut slow = server.stranger();
    let join = server.demo.club.to_string();
    let fields = [("code", &*codes[0]), ("next", "/points"), ("join", &*join)];
    assert_eq!(slow.submit("/second-step", &fields).await, format!("/sign-in?next=%2Fpoints&join={join}"));
}

#[tokio::test(flavor = "multi_thread")]
async fn staff_pages_open_only_after_a_second_step_where_it_is_required() {
    let server = Server::start(Settings::default()).await;
    let hash = password::hash(demo::PASSWORD, &Clock::manual(START)).expect("hashes");
    box_office::sign_up(&server.house, ("door@example.net", "Door"), hash, vec![]).await.expect("an account");
    back_office::appoint(&server.house, "door@example.net", Duty::Door).await.expect("is staff");
    let sign_in = async |email| {
        let mut person = server.stranger();
        let to = person.submit("/api/sign-in", &[("email", email), ("password", demo::PASSWORD)]).await;
        (person, to)
    };
    let (mut owner, _) = sign_in(demo::STAFF).await;
    let (mut door, home) = sign_in("door@example.net").await;
    assert_eq!(home, "/staff/door");

    // An owner who has none is led to where it is set up, and cannot keep themselves out.
    let require = [("required", "yes")];
    let to = owner.submit("/staff/team/second-step", &require).await;
    assert!(to.starts_with("/second-step?"), "{to}");
    assert_eq!(owner.submit("/second-step", &[("code", "000000")]).await, "/sign-in", "there is nothing to pass");
    let (_, page) = owner.visit("/account/security?next=%2Fstaff%2Fteam").await;
    assert!(page.contains("You need a second step to go on."), "{page}");
    set_up(&server, &mut owner).await;
    assert_eq!(owner.submit("/staff/team/second-step", &require).await, "/staff/team");
    assert!(owner.visit("/staff/team").await.1.contains("Everyone on the team signs in with a second step"));

    // The session of the person at the door began without one.
    assert_eq!(door.get("/staff/door").await.code(), "second_step_needed");
    let response = door.form_as_browser("/staff/door/1", "code=x").await;
    assert_eq!(response.headers()["location"], "/second-step?next=%2Fstaff%2Fdoor%2F1");
    let (status, _) = door.visit("/second-step?next=%2Fstaff%2Fdoor").await;
    assert_eq!(status, StatusCode::SEE_OTHER);
    assert!(door.visit("/account/security").await.1.contains("You need a second step to go on."));
    let (secret, _) = set_up(&server, &mut door).await;
    assert_eq!(door.visit("/staff/door").await.0, StatusCode::OK);

    // The next session needs the code.
    let (mut next, to) = sign_in("door@example.net").await;
    assert_eq!(to, "/second-step");
    server.advance_clock(30);
    let shown = code(&server, &secret);
    assert_eq!(next.submit("/second-step", &[("code", &*shown)]).await, "/staff/door");
    assert_eq!(next.visit("/staff/door").await.0, StatusCode::OK);

    // Who has lost everything is let in again by an owner.
    let (_, team) = owner.visit("/staff/team").await;
    let person = team.split('"').find_map(|text| text.strip_suffix("#second-step")).expect("a link");
    let (_, page) = owner.visit(person).await;
    let reset = format!("{person}/second-step");
    assert!(page.contains(&format!("action=\"{reset}\"")), "{page}");
    let lost = door.clone();
    assert_eq!(lost.get("/staff/door").await.status, StatusCode::OK);
    let to = owner.submit(&reset, &[("present", demo::PASSWORD)]).await;
    assert!(to.starts_with("/staff/fans/"), "{to}");
    assert_eq!(lost.get("/staff/door").await.code(), "not_signed_in", "the lost phone");
    let (mut again, to) = sign_in("door@example.net").await;
    assert_eq!(to, "/staff/door");
    assert_eq!(again.visit("/staff/door").await.0, StatusCode::SEE_OTHER, "it has to be set up again");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_session_of_an_owner_alone_takes_over_no_account_of_staff() {
    let server = Server::start(Settings::default()).await;
    let mut owner = server.stranger();
    owner.submit("/api/sign-in", &[("email", demo::STAFF), ("password", demo::PASSWORD)]).await;
    let id_of =
        async |email| box_office::credentials(&server.house, email).await.expect("looks").expect("is there").0.id;
    let mut clerk = server.stranger();
    clerk.submit("/api/sign-in", &[("email", demo::BOX_OFFICE), ("password", demo::PASSWORD)]).await;
    set_up(&server, &mut clerk).await;
    let (clerk, own) = (id_of(demo::BOX_OFFICE).await, id_of(demo::STAFF).await);
    for path in [format!("/staff/fans/{clerk}/password"), format!("/staff/fans/{own}/password")] {
        for present in ["", "not it"] {
            let (status, page) = owner.post_and_stay(&path, &[("present", present)]).await;
            assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY, "{path}");
            assert!(!page.contains("id=\"link\"") && page.contains("aria-invalid"), "{page}");
        }
        let (status, page) = owner.post_and_stay(&path, &[("present", demo::PASSWORD)]).await;
        assert!(status == StatusCode::OK && page.contains("id=\"link\""), "{page}");
    }
    let reset = format!("/staff/fans/{clerk}/second-step");
    let (status, page) = owner.post_and_stay(&reset, &[("present", "not it")]).await;
    assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(page.contains("aria-invalid"), "{page}");
    let has_app = async || box_office::sign_in_ways(&server.house, clerk).await.expect("looks").has_authenticator;
    assert!(has_app().await);
    assert_eq!(owner.submit(&reset, &[("present", demo::PASSWORD)]).await, format!("/staff/fans/{clerk}"));
    assert!(!has_app().await);
}
