//! What strangers may not do: write to the disk, make the program read what it need not, or shut others out.

use crate::running::{Server, client, program, run};
use app::routes::routes;
use app::server::access::Access;
use app::server::proof::SIGN_UPS_WITHOUT_PROOF;
use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use encore::{Clock, House, Settings, demo};
use reqwest::StatusCode;
use std::net::SocketAddr;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpSocket, TcpStream};

/// Connects to a server, given as `http://…`, from an address of this machine such as `127.0.0.2`.
async fn connect_from(from: &str, server: &str) -> TcpStream {
    let to: SocketAddr = server.trim_start_matches("http://").parse().expect("an address");
    let socket = TcpSocket::new_v4().expect("a socket");
    socket.bind(format!("{from}:0").parse().expect("an address")).expect("an address of this machine");
    socket.connect(to).await.expect("connects")
}

/// Sends a text and returns the first line of the response. Empty if the connection was closed.
async fn first_line(connection: &mut TcpStream, text: &str) -> String {
    let mut answer = vec![];
    if connection.write_all(text.as_bytes()).await.is_ok() {
        while !answer.contains(&b'\n') {
            match connection.read_buf(&mut answer).await {
                Ok(0) | Err(_) => break,
                Ok(_) => {}
            }
        }
    }
    String::from_utf8_lossy(&answer).lines().next().unwrap_or_default().to_owned()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refused_form_of_a_stranger_is_shown_once_and_stores_nothing() {
    let server = Server::start(Settings::default()).await;
    let mut stranger = server.stranger();
    let form = [("email", "mina@example.org"), ("password", "wrong"), ("next", "/points")];
    let to = stranger.submit("/api/sign-in", &form).await;
    let shown =
        |page: &str| (page.contains("mina@example.org"), page.contains("The email address or password is incorrect."));
    assert_eq!(shown(&stranger.visit("/").await.1), (false, false), "another page does not show it");
    assert_eq!(shown(&stranger.visit(&to).await.1), (true, true));
    assert_eq!(shown(&stranger.visit(&to).await.1), (false, false));
    let large = format!("schedule_id=1&idempotency_key=a&seat_ids[{}]=1", "A".repeat(3_000));
    for _ in 0..20 {
        let answer = stranger.form_as_browser("/api/purchase", &large).await;
        assert_eq!(answer.status(), StatusCode::SEE_OTHER);
        let cookies: usize = answer.headers().get_all("set-cookie").iter().map(|cookie| cookie.len()).sum();
        assert!(cookies < 4_500, "{cookies}");
    }
    stranger.submit("/api/sign-out", &[]).await;
    assert_eq!(server.stored_sessions(), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn who_asks_is_checked_before_the_body_is_read() {
    let server = Server::start(Settings::default()).await;
    let mut asked = 0;
    for route in routes().into_iter().filter(|route| !matches!(route.access, Access::Public | Access::Operator)) {
        let path = route.path.replace("{id}", "1").replace("{number}", "1").replace("{token}", "none");
        for accept in ["application/json", "text/html"] {
            // The body is announced and never sent.
            let head = format!(
                "POST {path} HTTP/1.1\r\nHost: localhost\r\nAccept: {accept}\r\nContent-Length: 8000000\r\n\
                 Content-Type: application/x-www-form-urlencoded\r\n\r\n"
            );
            let line = first_line(&mut connect_from("127.0.0.1", &server.address).await, &head).await;
            let status: u16 = line.split(' ').nth(1).and_then(|status| status.parse().ok()).unwrap_or_default();
            assert!(matches!(status, 303 | 401 | 404 | 405 | 413), "{path} {accept}: {line}");
            asked += 1;
        }
    }
    assert!(asked > 100, "{asked}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_form_of_too_many_fields_is_refused() {
    let server = Server::start(Settings::default()).await;
    let fan = server.fan("mina").await;
    let answer = fan.post_raw("/api/charge", b"a&".repeat(8_000)).await;
    assert_eq!((answer.status, answer.code()), (StatusCode::UNPROCESSABLE_ENTITY, "invalid"));
    let answer = fan.post_raw("/account/password", b"a&".repeat(30_000)).await;
    assert_eq!((answer.status, answer.code()), (StatusCode::UNPROCESSABLE_ENTITY, "invalid"));
    let answer = fan.get(&format!("/api/seats?{}", "a&".repeat(1_000))).await;
    assert_eq!((answer.status, answer.code()), (StatusCode::UNPROCESSABLE_ENTITY, "invalid"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_request_names_one_host_which_is_ours() {
    let server = Server::start(Settings::default()).await;
    for (hosts, status) in [
        ("Host: 127.0.0.1\r\n", "200"),
        ("Host: localhost:3000\r\n", "200"),
        ("Host: attacker.example\r\n", "400"),
        ("Host: 127.0.0.1\r\nHost: 127.0.0.1\r\n", "400"),
        ("Host: a b\r\n", "400"),
        ("", "400"),
    ] {
        let mut connection = connect_from("127.0.0.1", &server.address).await;
        let line = first_line(&mut connection, &format!("GET /api/concerts HTTP/1.1\r\n{hosts}\r\n")).await;
        assert_eq!(line.split(' ').nth(1), Some(status), "{hosts}: {line}");
    }
    let mut connection = connect_from("127.0.0.1", &server.address).await;
    let line = first_line(&mut connection, "GET /healthz HTTP/1.0\r\n\r\n").await;
    assert_eq!(line.split(' ').nth(1), Some("200"), "a program that watches need not name a host: {line}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_name_that_no_file_can_have_is_not_found() {
    let server = Server::start(Settings::default()).await;
    for folder in ["/static", "/static/fonts", "/pkg"] {
        for length in [250, 256, 4_096] {
            let path = format!("{folder}/{}", "a".repeat(length));
            assert_eq!(server.stranger().get(&path).await.status, StatusCode::NOT_FOUND, "{folder} {length}");
        }
    }
}

/// Starts a server that may open so few files that it allows 256 connections: 32 of one address, and 16 event streams.
#[tokio::test(flavor = "multi_thread")]
async fn one_address_cannot_shut_others_out() {
    let folder = tempfile::tempdir().expect("a folder");
    let house = House::open(folder.path(), Settings::default(), Clock::system()).expect("opens");
    let theatre = demo::fill(&house).await.expect("fills").theatre;
    drop(house);
    let server = program(folder.path());
    let mut shell = std::process::Command::new("sh");
    shell.args(["-c", "ulimit -n 768; exec \"$0\"", &server.get_program().to_string_lossy()]);
    shell.envs(server.get_envs().filter_map(|(name, value)| Some((name, value?))));
    let (mut child, address) = run(&mut shell);

    let stream = format!("GET /events/schedules/{theatre} HTTP/1.1\r\nHost: localhost\r\n\r\n");
    let page = "GET /api/concerts HTTP/1.1\r\nHost: localhost\r\n\r\n";
    let mut open = vec![];
    for _ in 0..16 {
        let mut connection = connect_from("127.0.0.2", &address).await;
        assert_eq!(first_line(&mut connection, &stream).await, "HTTP/1.1 200 OK");
        open.push(connection);
    }
    let mut further = connect_from("127.0.0.2", &address).await;
    assert_eq!(first_line(&mut further, &stream).await, "HTTP/1.1 503 Service Unavailable");
    open.push(further);
    for number in open.len()..40 {
        let mut connection = connect_from("127.0.0.2", &address).await;
        let expected = if number < 32 { "HTTP/1.1 200 OK" } else { "" };
        assert_eq!(first_line(&mut connection, page).await, expected, "{number}");
        open.push(connection);
    }
    let mut other = connect_from("127.0.0.3", &address).await;
    assert_eq!(first_line(&mut other, &stream).await, "HTTP/1.1 200 OK", "another address is served");
    // A place that is given back can be taken.
    open.clear();
    let again = async {
        while first_line(&mut connect_from("127.0.0.2", &address).await, &stream).await != "HTTP/1.1 200 OK" {
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(std::time::Duration::from_secs(60), again).await.expect("the places are free again");
    child.kill().expect("SIGKILL");
    child.wait().expect("ends");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_folder_has_one_server_whose_metrics_are_for_operators_and_whose_log_is_empty_at_the_end() {
    let folder = tempfile::tempdir().expect("a folder");
    let mut serve = program(folder.path());
    serve.env("ENCORE_BEHIND_PROXY", "true").env("ENCORE_METRICS_TOKEN", "a token of operators");
    let (mut child, address) = run(&mut serve);

    let ask = async |path: &str, from: Option<&str>, token: Option<&str>| {
        let request = client().get(format!("{address}{path}"));
        let request = from.into_iter().fold(request, |request, from| request.header("x-forwarded-for", from));
        let request = token.into_iter().fold(request, |request, token| request.bearer_auth(token));
        request.send().await.expect("answers").status().as_u16()
    };
    let outside = Some("203.0.113.9");
    for path in ["/metrics", "/readyz"] {
        assert_eq!(ask(path, outside, None).await, 404, "{path}");
        assert_eq!(ask(path, outside, Some("another token")).await, 404, "{path}");
        assert_eq!(ask(path, outside, Some("a token of operators")).await, 200, "{path}");
        assert_eq!(ask(path, Some("127.0.0.1"), None).await, 200, "{path}");
        assert_eq!(ask(path, None, None).await, 200, "{path}");
    }
    assert_eq!(ask("/healthz", outside, None).await, 200);

    let second = program(folder.path()).output().expect("runs");
    let said = String::from_utf8_lossy(&second.stderr).into_owned();
    assert!(!second.status.success() && said.contains("another server uses the folder"), "{said}");
    let check = program(folder.path()).arg("check").output().expect("runs");
    assert!(check.status.success(), "{check:?}");

    let pid = child.id().to_string();
    assert!(std::process::Command::new("kill").args(["-TERM", &pid]).status().expect("runs").success());
    assert!(child.wait().expect("ends").success());
    let log = std::fs::metadata(folder.path().join("encore.db-wal")).map_or(0, |file| file.len());
    assert_eq!(log, 0);

    let open_to_others = std::os::unix::fs::PermissionsExt::from_mode(0o755);
    std::fs::set_permissions(folder.path(), open_to_others).expect("is open to others");
    let refused = program(folder.path()).output().expect("runs");
    let said = String::from_utf8_lossy(&refused.stderr).into_owned();
    assert!(!refused.status.success() && said.contains("other users of this machine can read"), "{said}");
}

#[tokio::test(flavor = "multi_thread")]
async fn after_many_sign_ups_from_an_address_each_needs_a_proof_of_work() {
    let server = Server::start(Settings::default()).await;
    let stranger = server.stranger();
    let form = |email: &str, proof: &str| {
        [("email", email), ("name", "Mina"), ("password", "a long password"), ("proof", proof)]
            .map(|(name, value)| (name, value.to_owned()))
    };
    assert_eq!(stranger.post("/api/sign-up", &form("mina@example.net", "")).await.status, StatusCode::OK);
    // The limit grows again by one every two seconds, so it is not counted after how many sign-ups it is reached.
    let refused = async {
        for _ in 0..3 * SIGN_UPS_WITHOUT_PROOF.get() {
            let refused = stranger.post("/api/sign-up", &form("mina@example.net", "")).await;
            if refused.code() != "email_taken" {
                return refused;
            }
        }
        panic!("there is no limit");
    };
    let refused = refused.await;
    assert_eq!((refused.status, refused.code()), (StatusCode::TOO_MANY_REQUESTS, "proof_needed"));

    // A browser gets the form again, with the task and with what was typed.
    let mut browser = server.stranger();
    browser.cookie = "cookies=on".to_owned();
    let typed = [("email", "mina@example.net"), ("name", "Joon"), ("password", "a long password")];
    let page = async {
        for _ in 0..10 {
            assert_eq!(browser.submit("/api/sign-up", &typed).await, "/sign-up");
            let (_, page) = browser.visit("/sign-up").await;
            if page.contains("data-task=") {
                return page;
            }
        }
        panic!("there is no task");
    };
    let page = page.await;
    assert!(page.contains("value=\"Joon\"") && page.contains("please try again in"), "{page}");

    let challenge: altcha::Challenge = serde_json::from_value(refused.json["task"].clone()).expect("a task");
    let solution = altcha::solve_challenge(altcha::SolveChallengeOptions::new(&challenge)).expect("is a task");
    let payload = altcha::Payload { challenge, solution: solution.expect("is solved") };
    let proof = BASE64_STANDARD.encode(serde_json::to_string(&payload).expect("is JSON"));
    assert_eq!(stranger.post("/api/sign-up", &form("joon@example.net", &proof)).await.status, StatusCode::OK);
}
