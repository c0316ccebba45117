//! Bad input of any kind gets a 4xx with a code and a sentence, and changes nothing.

use crate::running::{Fan, Server};
use encore::Settings;
use reqwest::StatusCode;

fn assert_refused(answer: &crate::running::Answer, what: &str) {
    assert!(answer.status.is_client_error(), "{what}: {answer:?}");
    assert!(!answer.code().is_empty(), "{what}: {answer:?}");
    assert!(answer.json["message"].as_str().is_some_and(|message| message.len() > 5), "{what}: {answer:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn nonsense_is_refused_and_changes_nothing() {
    let server = Server::start(Settings::default()).await;
    let fan = server.fan("mina").await;
    let club = server.demo.club;
    fan.charge(500_000, "charge").await;
    fan.join(club).await;
    let seats = server.seats(club).await;
    let other = server.seats(server.demo.theatre).await[0];
    assert_eq!(fan.hold(club, &seats[..1]).await.status, StatusCode::OK);

    let bodies: [&[u8]; 12] = [
        b"",
        b"schedule_id=",
        b"schedule_id=abc",
        b"schedule_id=-1",
        b"schedule_id=99999999999999999999999",
        b"schedule_id=9223372036854775807&amount=-5&idempotency_key=k",
        b"schedule_id=1.5&amount=1e9&idempotency_key=k",
        b"\xff\xfe\x00",
        b"schedule_id=%FF%FE",
        b"schedule_id[a][b][c][d]=1",
        b"{\"schedule_id\": 1}",
        b"schedule_id=0&seat_ids[0]=1&amount=0&idempotency_key=%00",
    ];
    for path in ["/api/queue/join", "/api/queue/leave", "/api/hold", "/api/release", "/api/purchase", "/api/charge"] {
        for body in bodies {
            let answer = fan.post_raw(path, body.to_vec()).await;
            assert_refused(&answer, &format!("{path} {}", String::from_utf8_lossy(body)));
        }
        assert_eq!(fan.post_raw(path, vec![b'a'; 70_000]).await.status, StatusCode::PAYLOAD_TOO_LARGE);
        assert_eq!(
            server
                .stranger()
                .post_raw(path, format!("schedule_id={club}&amount=5&idempotency_key=k").into())
                .await
                .code(),
            "not_signed_in"
        );
    }
    for path in [
        "/api/seats?schedule_id=x",
        "/api/seats",
        "/api/seats?schedule_id=99",
        "/api/queue/status?schedule_id=-4",
        "/api/nothing",
        "/events/schedules/99",
        "/events/schedules/x",
    ] {
        assert_refused(&fan.get(path).await, path);
    }
    for (seats, code) in [
        (&[][..], "invalid"),
        (&[seats[1], seats[1]], "invalid"),
        (&[seats[1], other], "not_found"),
        (&[i64::MAX], "not_found"),
        (&[-1], "not_found"),
        (&seats[1..5], "too_many_seats"),
        (&seats[..50], "too_many_seats"),
    ] {
        let answer = fan.hold(club, seats).await;
        assert_refused(&answer, &format!("{seats:?}"));
        assert_eq!(answer.code(), code, "{seats:?}");
    }
    for (amount, code) in [
        ("0", "invalid"),
        ("-5", "invalid"),
        ("10000001", "invalid"),
        ("ten", "invalid"),
        ("9223372036854775808", "invalid"),
    ] {
        let answer = fan.post("/api/charge", &[("amount", amount.into()), ("idempotency_key", "k".into())]).await;
        assert_eq!(answer.code(), code, "{amount}");
    }
    assert_eq!(fan.charge(5, "charge").await.code(), "key_reused");
    assert_eq!(fan.charge(5, "").await.code(), "invalid");

    let me = fan.get("/api/me").await;
    assert_eq!(me.json["point"], 500_000, "nothing was lost");
    let mine = fan.get("/api/reservations").await;
    let statuses: Vec<_> = mine.json.as_array().into_iter().flatten().map(|mine| mine["status"].clone()).collect();
    assert_eq!(statuses, ["reserved"], "the hold is still live");
    server.assert_sound().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refused_sign_up_or_sign_in_says_why() {
    let server = Server::start(Settings::default()).await;
    let stranger = server.stranger();
    let sign_up = |email: &str, name: &str, password: &str| {
        let form = [("email", email.to_owned()), ("name", name.to_owned()), ("password", password.to_owned())];
        let stranger = stranger.clone();
        async move { stranger.post("/api/sign-up", &form).await }
    };
    assert_eq!(sign_up("a@example.net", "A", "long enough").await.status, StatusCode::OK);
    for (email, name, password, status, code) in [
        ("A@example.net", "B", "long enough", 409, "email_taken"),
        ("no-address", "B", "long enough", 422, "invalid"),
        ("b@example.net", "", "long enough", 422, "invalid"),
        ("b@example.net", "B", "short", 422, "invalid"),
        ("b@example.net", "B", "password1", 422, "weak_password"),
        ("b@example.net", "Sunyoung Lee", "sunyounglee", 422, "weak_password"),
        ("b@example.net", &"B".repeat(2000), "long enough", 422, "invalid"),
    ] {
        let answer = sign_up(email, name, password).await;
        assert_eq!((answer.status.as_u16(), answer.code()), (status, code), "{email} {name}");
    }
    let answer = sign_up("no-address", "", "short").await;
    assert_eq!((answer.code(), &answer.json["field"]), ("invalid", &"name".into()), "{answer:?}");
    let fields = answer.json["fields"].as_array().into_iter().flatten();
    assert_eq!(fields.map(|wrong| wrong["field"].clone()).collect::<Vec<_>>(), ["name", "email", "password"]);
    let wrong = [("email", "a@example.net".to_owned()), ("password", "wrong".to_owned())];
    let unknown = [("email", "nobody@example.net".to_owned()), ("password", "wrong".to_owned())];
    for form in [wrong, unknown] {
        let answer = stranger.post("/api/sign-in", &form).await;
        assert_eq!((answer.status.as_u16(), answer.code()), (401, "bad_credentials"));
    }
    assert_eq!(stranger.get("/api/me").await.code(), "not_signed_in");
    let gone = Fan { cookie: "session=AAAAAAAAAAAAAAAAAAAAAA".into(), ..stranger };
    assert_eq!(gone.get("/api/me").await.code(), "not_signed_in", "an unknown session is no session");
}
