//! The first start of a box office: its first owner, its keys, and the demo.

use crate::running::{Fan, Running, program, run};
use axum::http::StatusCode;
use encore::domain::UserId;
use std::io::{BufRead, BufReader};
use std::os::unix::net::UnixDatagram;
use std::path::Path;
use std::process::{Command, Stdio};

/// Starts a server without an owner, and returns it with its address and the path of the link for the first owner.
fn start_empty(command: &mut Command) -> (Running, String, String) {
    let mut server = Running(command.stdout(Stdio::piped()).spawn().expect("starts"));
    let lines = BufReader::new(server.0.stdout.take().expect("its output")).lines();
    let mut address = String::new();
    for line in lines.map_while(Result::ok) {
        if let Some((_, port)) = line.split_once("listening on 127.0.0.1:") {
            address = format!("http://127.0.0.1:{}", port.trim_end_matches(')'));
        }
        if let Some((_, token)) = line.split_once("/invitations/") {
            return (server, address, format!("/invitations/{token}"));
        }
    }
    panic!("the program printed no link");
}

async fn sign_up(address: &str, email: &str, next: &str) -> (Fan, String) {
    let mut fan = Fan::at(address, UserId(0), "cookies=on".to_owned());
    let form = [("email", email), ("name", "Bora"), ("password", "a long password"), ("next", next)];
    let next = fan.submit("/api/sign-up", &form).await;
    (fan, next)
}

#[tokio::test(flavor = "multi_thread")]
async fn an_empty_box_office_has_a_link_that_makes_one_first_owner() {
    let folder = tempfile::tempdir().expect("a folder");
    // When the site is open, the program tells systemd through the socket in NOTIFY_SOCKET.
    let manager = tempfile::tempdir().expect("a folder");
    let socket = manager.path().join("notify");
    let told = UnixDatagram::bind(&socket).expect("a socket");
    let (server, address, old) = start_empty(program(folder.path()).env("NOTIFY_SOCKET", &socket));
    let mut message = [0; 64];
    let length = told.recv(&mut message).expect("a message");
    assert_eq!(message[..length].trim_ascii_end(), b"READY=1");
    let (status, page) = Fan::at(&address, UserId(0), String::new()).page("/").await;
    assert_eq!((status, page.contains("demo-mark")), (StatusCode::OK, false));
    drop(server);
    let (_server, address, link) = start_empty(&mut program(folder.path()));
    let (mut bora, next) = sign_up(&address, "bora@example.net", &link).await;
    assert_eq!(next, link);
    assert_eq!(bora.page("/staff").await.0, StatusCode::FORBIDDEN);
    assert_eq!(bora.page(&link).await.0, StatusCode::OK, "opening the link is not enough");
    assert_eq!(bora.page("/staff").await.0, StatusCode::FORBIDDEN);
    assert_eq!(bora.post_page(&old, &[]).await.0, StatusCode::CONFLICT, "the link of an earlier start");
    assert_eq!(bora.submit(&link, &[]).await, "/staff");
    assert_eq!(bora.page("/staff").await.0, StatusCode::OK);
    let (joon, _) = sign_up(&address, "joon@example.net", &link).await;
    assert_eq!(joon.post_page(&link, &[]).await.0, StatusCode::CONFLICT, "the link works once");
    assert_eq!(joon.page("/staff").await.0, StatusCode::FORBIDDEN);
}

#[tokio::test(flavor = "multi_thread")]
async fn keys_are_in_their_file_and_rotated_while_no_server_runs() {
    let folder = tempfile::tempdir().expect("a folder");
    let elsewhere = tempfile::tempdir().expect("a folder");
    let file = elsewhere.path().join("keys");
    let encore = |arguments: &[&str]| {
        let output = program(folder.path()).args(arguments).env("ENCORE_KEY_FILE", &file).output().expect("runs");
        (output.status.success(), String::from_utf8_lossy(&output.stderr).into_owned())
    };
    let lines = |file: &Path| std::fs::read_to_string(file).expect("is text").lines().count();
    let (server, ..) = start_empty(program(folder.path()).env("ENCORE_KEY_FILE", &file));
    assert!(!folder.path().join("encore.key").exists());
    let before = lines(&file);
    let (is_rotated, said) = encore(&["key", "rotate"]);
    assert!(!is_rotated && said.contains("another server uses the folder"), "{said}");
    drop(server);
    assert_eq!(encore(&["key", "rotate"]), (true, String::new()));
    assert_eq!(lines(&file), before + 1);

    let copy = elsewhere.path().join("copy");
    std::fs::rename(&file, &copy).expect("is moved away");
    let (is_served, said) = encore(&["serve"]);
    assert!(!is_served && said.contains("put the key file of this box office there"), "{said}");
    assert!(!file.exists(), "no other keys are made");
    std::fs::rename(&copy, &file).expect("is back");
    start_empty(program(folder.path()).env("ENCORE_KEY_FILE", &file));
}

#[tokio::test(flavor = "multi_thread")]
async fn every_page_of_a_demo_says_so() {
    let folder = tempfile::tempdir().expect("a folder");
    assert!(program(folder.path()).arg("demo").output().expect("runs").status.success());
    let (child, address) = run(&mut program(folder.path()));
    let _server = Running(child);
    let fan = Fan::at(&address, UserId(0), String::new());
    for path in ["/", "/sign-in", "/no-such-page"] {
        let (_, page) = fan.page(path).await;
        assert!(page.contains("demo-mark") && page.contains("This is a demo"), "{path}: {page}");
    }
}
