//! The server under stress: a full disk, a locked database, slow and silent clients, a thousand idle streams, and all
//! fans coming back at once after a restart. The lottery over HTTP is tested here too.

use crate::running::{Fan, Server, assert_sound, client, new_fan, program, run};
use app::server::session;
use encore::domain::schedule::Window;
use encore::domain::{ScheduleId, Timestamp, UserId};
use encore::{Clock, House, Settings, box_office, demo, waiting_room};
use reqwest::StatusCode;
use std::path::Path;
use std::sync::Arc;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::sync::Semaphore;
use tokio::task::JoinSet;

/// Fills a demo house in a folder, with some signed-in fans. Returns the theatre's schedule, and the id and session
/// cookie of each fan.
async fn house_with_fans(folder: &Path, settings: Settings, fans: usize) -> (ScheduleId, Vec<(UserId, String)>) {
    let house = House::open(folder, settings, Clock::system()).expect("opens");
    let theatre = demo::fill(&house).await.expect("fills").theatre;
    let sessions = session::open_store(folder).await.expect("sessions");
    let mut all = vec![];
    for number in 0..fans {
        all.push(new_fan(&house, &sessions, &format!("fan{number}")).await);
    }
    (theatre, all)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_full_disk_gives_503_for_writes_while_reads_continue_and_selling_resumes() {
    let folder = tempfile::tempdir().expect("a folder");
    let (theatre, fans) = house_with_fans(folder.path(), Settings::default(), 2).await;
    // The kernel limits the size of the server's files, which looks like a full disk to SQLite. The signal that comes
    // with the limit (SIGXFSZ) is ignored, because a full disk sends none.
    let mut shell = std::process::Command::new("sh");
    let server = program(folder.path());
    shell.args(["-c", "trap '' XFSZ; exec \"$0\"", &server.get_program().to_string_lossy()]);
    shell.envs(server.get_envs().filter_map(|(name, value)| Some((name, value?))));
    // The log is on the full disk too, so it cannot be written either.
    let log = folder.path().join("log");
    std::fs::write(&log, vec![b' '; 8_192]).expect("a log");
    shell.stderr(std::fs::File::options().append(true).open(&log).expect("the log"));
    let (mut child, address) = run(&mut shell);
    let limit = |bytes: u64| {
        rlimit::prlimit(child.id() as i32, rlimit::Resource::FSIZE, Some((bytes, rlimit::INFINITY)), None)
            .expect("a limit")
    };
    let fan = |number: usize| Fan::at(&address, fans[number].0, fans[number].1.clone());
    let (mina, joon) = (fan(0), fan(1));
    assert_eq!(mina.join(theatre).await.status, StatusCode::OK);
    assert_eq!(mina.charge(500_000, "before").await.json["point"], 500_000);
    let seats: Vec<i64> = {
        let map = mina.get(&format!("/api/seats?schedule_id={theatre}")).await.json;
        map["seats"].as_array().expect("seats").iter().map(|seat| seat["id"].as_i64().expect("an id")).collect()
    };
    assert_eq!(mina.hold(theatre, &seats[..2]).await.status, StatusCode::OK);

    limit(4096);
    for _ in 0..3 {
        let refused = mina.purchase(theatre, "pay").await;
        assert_eq!((refused.status, refused.code()), (StatusCode::SERVICE_UNAVAILABLE, "busy"), "{refused:?}");
        assert_eq!(joon.join(theatre).await.status, StatusCode::SERVICE_UNAVAILABLE);
    }
    let mine = mina.get("/api/reservations").await;
    assert_eq!((mine.status, &mine.json[0]["status"]), (StatusCode::OK, &serde_json::json!("reserved")), "reads go on");
    assert_eq!(mina.get(&format!("/api/seats?schedule_id={theatre}")).await.status, StatusCode::OK);

    limit(rlimit::INFINITY);
    let bought = mina.purchase(theatre, "pay").await;
    assert_eq!(bought.status, StatusCode::OK, "selling goes on: {bought:?}");
    assert_eq!(mina.purchase(theatre, "pay").await, bought, "and the same form is answered the same");
    assert_eq!(joon.join(theatre).await.status, StatusCode::OK);
    assert_eq!(joon.hold(theatre, &seats[..1]).await.code(), "seat_taken");
    assert_eq!(joon.hold(theatre, &seats[2..3]).await.status, StatusCode::OK);
    child.kill().expect("SIGKILL");
    child.wait().expect("is dead");
    let house = House::open(folder.path(), Settings::default(), Clock::system()).expect("opens");
    assert_eq!(box_office::user(&house, fans[0].0).await.expect("mina").point, 500_000 - 2 * 154_000);
    assert_sound(&house).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_foreign_write_lock_gives_503_for_writes_while_reads_continue_and_selling_resumes() {
    let folder = tempfile::tempdir().expect("a folder");
    let (theatre, fans) = house_with_fans(folder.path(), Settings::default(), 1).await;
    let (mut child, address) = run(&mut program(folder.path()));
    let mina = Fan::at(&address, fans[0].0, fans[0].1.clone());
    let other = rusqlite::Connection::open(folder.path().join("encore.db")).expect("opens");
    other.execute_batch("begin immediate").expect("takes the lock");
    let refused = mina.join(theatre).await;
    assert_eq!((refused.status, refused.code()), (StatusCode::SERVICE_UNAVAILABLE, "busy"));
    assert_eq!(mina.get("/readyz").await.status, StatusCode::SERVICE_UNAVAILABLE);
    assert_eq!(mina.get("/healthz").await.status, StatusCode::OK);
    assert_eq!(mina.get("/api/reservations").await.status, StatusCode::OK, "reads go on");
    other.execute_batch("rollback").expect("lets go");
    assert_eq!(mina.join(theatre).await.status, StatusCode::OK);
    child.kill().expect("SIGKILL");
    child.wait().expect("is dead");
}

#[tokio::test(flavor = "multi_thread")]
async fn after_a_restart_ten_thousand_fans_return_at_once_and_no_number_rises() {
    const FANS: usize = 10_000;
    let folder = tempfile::tempdir().expect("a folder");
    let settings = Settings { active_fans: 1, ..Settings::default() };
    let (theatre, fans) = {
        let house = House::open(folder.path(), settings, Clock::system()).expect("opens");
        let theatre = demo::fill(&house).await.expect("fills").theatre;
        let sessions = session::open_store(folder.path()).await.expect("sessions");
        // All at once, as real fans would, so that one commit serves many joins.
        let house = Arc::new(house);
        let mut joining = JoinSet::new();
        for id in demo::audience(&house, FANS).await.expect("an audience") {
            let house = house.clone();
            joining.spawn(async move {
                waiting_room::join(&house, id, theatre, waiting_room::Joining::default()).await.map(|place| place.token)
            });
        }
        while joining.join_next().await.is_some() {}
        let mut tokens = house.queues().everybody(theatre);
        tokens.sort_by_key(|token| token.number);
        assert_eq!(tokens.len(), FANS, "everybody joined");
        let mut fans = vec![];
        for token in tokens {
            fans.push((
                token.user_id,
                session::sign_in_beforehand(&house, &sessions, token.user_id).await.expect("a session"),
            ));
        }
        (theatre, fans)
    };
    let start = || run(program(folder.path()).env("ENCORE_ACTIVE_FANS", "1"));
    let mut before = vec![];
    for round in 0..2 {
        let (mut child, address) = start();
        // At most 500 requests at once: more could exceed the limit of open files, or the time that a browser waits.
        let at_once = Arc::new(Semaphore::new(500));
        let client = client();
        let looks: Vec<_> = fans
            .iter()
            .map(|(id, cookie)| {
                let fan = Fan { id: *id, cookie: cookie.clone(), address: address.clone(), client: client.clone() };
                let at_once = at_once.clone();
                tokio::spawn(async move {
                    let _turn = at_once.acquire().await.expect("a turn");
                    let place = fan.get(&format!("/api/queue/status?schedule_id={theatre}")).await;
                    assert_eq!(place.status, StatusCode::OK);
                    let word = place.json["ticket"].as_str().unwrap_or_default().to_owned();
                    let quick = fan.get(&format!("/api/queue/status?schedule_id={theatre}&ticket={word}")).await;
                    assert_eq!(quick.json["number"], place.json["number"]);
                    (place.json["number"].as_i64(), place.json["ahead"].as_i64())
                })
            })
            .collect();
        let mut places = vec![];
        for look in looks {
            places.push(look.await.expect("looks"));
        }
        child.kill().expect("SIGKILL");
        child.wait().expect("is dead");
        if round == 0 {
            assert_eq!(places[0].1, Some(0), "the first is in");
            assert_eq!(places[FANS - 1], (Some(FANS as i64), Some(FANS as i64 - 2)));
            before = places;
        } else {
            assert_eq!(places, before, "a restart changes nothing");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn slow_and_silent_clients_do_not_delay_buyers() {
    const IDLE: usize = 300;
    let server = Server::start(Settings { active_fans: 200, ..Settings::default() }).await;
    let address = server.address.trim_start_matches("http://").to_owned();
    let (theatre, seats) = (server.demo.theatre, server.seats(server.demo.theatre).await);
    let mut idle = vec![];
    for number in 0..IDLE {
        let mut connection = TcpStream::connect(&address).await.expect("connects");
        let said = match number % 3 {
            // Nothing at all, half of a request head, or requests for a large response that nobody reads.
            0 => String::new(),
            1 => "POST /api/hold HTTP/1.1\r\nHost: localhost\r\nContent-Le".to_owned(),
            _ => format!("GET /api/seats?schedule_id={} HTTP/1.1\r\nHost: localhost\r\n\r\n", server.demo.arena)
                .repeat(3),
        };
        connection.write_all(said.as_bytes()).await.expect("writes");
        idle.push(connection);
    }
    let fans = server.fans(100).await;
    let buying: Vec<_> = fans
        .into_iter()
        .zip(seats)
        .map(|(fan, seat)| {
            tokio::spawn(async move {
                fan.charge(200_000, "points").await;
                fan.join(theatre).await;
                assert_eq!(fan.hold(theatre, &[seat]).await.status, StatusCode::OK);
                assert_eq!(fan.purchase(theatre, "pay").await.status, StatusCode::OK);
            })
        })
        .collect();
    for fan in buying {
        fan.await.expect("buys");
    }
    drop(idle);
    server.assert_sound().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_thousand_idle_streams_receive_a_change_and_delay_nobody() {
    const STREAMS: usize = 1_000;
    let server = Server::start(Settings::default()).await;
    let address = server.address.trim_start_matches("http://").to_owned();
    let (club, seats) = (server.demo.club, server.seats(server.demo.club).await);
    let mut streams = vec![];
    for _ in 0..STREAMS {
        let mut stream = TcpStream::connect(&address).await.expect("connects");
        let request = format!("GET /events/schedules/{club} HTTP/1.1\r\nHost: localhost\r\n\r\n");
        stream.write_all(request.as_bytes()).await.expect("writes");
        streams.push(stream);
    }
    let heard = |mut stream: TcpStream, what: String| async move {
        let mut told = String::new();
        let mut bytes = [0; 4096];
        while !told.contains(&what) {
            let read = stream.read(&mut bytes).await.expect("the stream lives");
            assert!(read > 0, "the stream goes on: {told}");
            told.push_str(&String::from_utf8_lossy(&bytes[..read]));
        }
        stream
    };
    let hear_all = async |streams: Vec<TcpStream>, what: &str| {
        let hearing: Vec<_> = streams.into_iter().map(|stream| tokio::spawn(heard(stream, what.to_owned()))).collect();
        let mut streams = vec![];
        for stream in hearing {
            streams.push(stream.await.expect("hears"));
        }
        streams
    };
    let streams = hear_all(streams, "event: seats").await;
    let fan = server.fan("mina").await;
    fan.join(club).await;
    assert_eq!(fan.hold(club, &seats[..1]).await.status, StatusCode::OK);
    drop(hear_all(streams, "\"occupied\"").await);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_client_in_the_lobby_learns_when_the_lottery_runs_and_can_verify_it() {
    let server = Server::start(Settings { active_fans: 1, ..Settings::default() }).await;
    let schedule = server.demo.not_yet_open;
    let (_, view) = box_office::schedule(&server.house, schedule).await.expect("known");
    let Window { lobby_start, reservation_start, .. } = view.schedule.window;
    let lobby_end = view.schedule.window.lobby_end();
    let (mina, joon) = (server.fan("mina").await, server.fan("joon").await);
    assert_eq!(mina.join(schedule).await.code(), "sale_closed");
    let receipt = format!("/schedules/{schedule}/draw/receipt");
    assert_eq!(mina.get(&receipt).await.status, StatusCode::NOT_FOUND);
    let until = |at: Timestamp| at.millis_from(server.house.clock().now()) / 1000;
    server.advance_clock(until(lobby_start));
    for (fan, text) in [(&mina, "a b"), (&joon, "행운")] {
        let form = [("schedule_id", schedule.to_string()), ("contribution", text.to_owned())];
        let place = fan.post("/api/queue/join", &form).await.json;
        assert_eq!((&place["status"], &place["number"]), (&"wait".into(), &serde_json::Value::Null));
        assert_eq!(place["draws_at"], lobby_end.to_rfc3339());
        assert_eq!(place["opens_at"], reservation_start.to_rfc3339());
        assert!(place["receipt"].as_str().is_some_and(|receipt| receipt.contains(&format!("contribution {text}\n"))));
        assert_eq!(fan.get(&receipt).await.json, place["receipt"], "the same as a file");
        let word = place["ticket"].as_str().expect("a ticket");
        let again = server.stranger().get(&format!("/api/queue/status?schedule_id={schedule}&ticket={word}")).await;
        assert_eq!(again.json["token_id"], place["token_id"], "a ticket needs no session");
        assert_eq!(again.json.get("receipt"), None);
    }
    let forged = server.stranger().get(&format!("/api/queue/status?schedule_id={schedule}&ticket=6.1.1.00")).await;
    assert_eq!(forged.code(), "not_signed_in");
    let path = format!("/api/draw?schedule_id={schedule}");
    let promised = mina.get(&path).await.json;
    assert_eq!((&promised["secret"], promised["order"].as_array().map(Vec::len)), (&serde_json::Value::Null, Some(0)));
    server.advance_clock(until(lobby_end) + 1);
    encore::sweeper::sweep(&server.house).await.expect("sweeps");
    let closed = server.stranger().get(&path).await.json;
    assert_eq!((&closed["secret"], &closed["delay"]["output"]), (&serde_json::Value::Null, &serde_json::Value::Null));
    assert_eq!(closed["list_hash"], closed["delay"]["lists"][0]);
    let (_, page) = mina.page(&format!("/schedules/{schedule}/draw")).await;
    assert!(page.contains(closed["list_hash"].as_str().expect("a hash")), "{page}");
    waiting_room::run_delays(&server.house, &()).await.expect("draws");
    let told = server.stranger().get(&path).await.json;
    for same in ["commitment", "list_hash", "receipt_key"] {
        assert_eq!(told[same], if same == "list_hash" { &closed } else { &promised }[same], "{same}");
    }
    assert_eq!(told["contributions"][1]["contribution"], "행운");
    assert_eq!(told["order"].as_array().map(Vec::len), Some(2));
    assert_eq!(server.stranger().get(&path).await.json, told, "and again, as it was kept");
    for path in ["/api/draw", "/api/queue/status", "/api/seats/state"] {
        assert_eq!(mina.get(path).await.status, if path == "/api/seats/state" { 404 } else { 422 }, "{path}");
        assert_eq!(mina.post(path, &[]).await.code(), "not_found", "{path}");
    }
    let (status, page) = mina.page(&format!("/schedules/{schedule}/draw")).await;
    assert_eq!(status, StatusCode::OK);
    assert!(page.contains(told["secret"].as_str().expect("a secret")) && page.contains("a b"), "{page}");
}
