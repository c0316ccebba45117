//! A drill: a backup beside a running sale, a kill, a lost disk, a restore, and the sale goes on.

use crate::running::{Fan, Running, new_fan, program, run};
use app::server::session;
use encore::{Clock, House, Settings, box_office, demo, ticket_code};
use std::path::Path;
use std::process::Command;

/// Runs a command of the program to its end, and returns what it prints.
fn output(command: &mut Command) -> String {
    let output = command.output().expect("runs");
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(output.status.success(), "{text}{}", String::from_utf8_lossy(&output.stderr));
    text
}

/// Buys the seat at the index `seat` of the club.
async fn buy(fan: &Fan, club: encore::domain::ScheduleId, seats: &[i64], key: &str) {
    fan.charge(110_000, &format!("charge-{key}")).await;
    fan.join(club).await;
    fan.hold(club, seats).await;
    assert_eq!(fan.purchase(club, key).await.status, 200);
}

/// A fan who is signed in on a data folder that no server uses.
async fn fan(folder: &Path, name: &str) -> (encore::domain::UserId, String) {
    let house = House::open(folder, Settings::DEFAULT, Clock::system()).expect("opens");
    let sessions = session::open_store(folder).await.expect("the sessions");
    new_fan(&house, &sessions, name).await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_sale_goes_on_from_a_backup_after_its_disk_is_lost() {
    let scratch = tempfile::tempdir().expect("a folder");
    let (old, new, backups) = (scratch.path().join("old"), scratch.path().join("new"), scratch.path().join("b"));
    let (club, seats) = {
        let house = House::open(&old, Settings::DEFAULT, Clock::system()).expect("opens");
        let club = demo::fill(&house).await.expect("fills").club;
        let map = box_office::seat_map(&house, club).await.expect("the map");
        (club, map.plan.seats().iter().map(|seat| seat.id.0).collect::<Vec<_>>())
    };
    let ((mina, of_mina), (joon, of_joon)) = (fan(&old, "mina").await, fan(&old, "joon").await);
    let (server, address) = run(program(&old).env("ENCORE_BACKUP_TO", &backups));
    let server = Running(server);
    let mina_before = Fan::at(&address, mina, of_mina.clone());
    buy(&mina_before, club, &seats[..1], "before").await;
    let file = scratch.path().join("sale.backup");
    let text = output(program(&old).arg("backup").arg(&file));
    assert!(text.contains("ok      ") && text.contains("The keys are not in it"), "{text}");
    let joon_before = Fan::at(&address, joon, of_joon.clone());
    buy(&joon_before, club, &seats[1..2], "after").await;
    let lost = joon_before.get("/api/reservations").await.json[0]["id"].as_i64().expect("an id");
    let page = joon_before.page(&format!("/tickets/{lost}")).await.1;
    let lost_code = page.split_once("pass-code\">").and_then(|(_, rest)| rest.split('<').next()).expect("a code");
    // It is killed.
    drop(server);
    assert_eq!(encore::backup::list(&backups).expect("the backups").len(), 1, "the server wrote one by itself");
    let key = std::fs::read(old.join("encore.key")).expect("the keys, which were kept apart");
    std::fs::remove_dir_all(&old).expect("the disk is lost");

    let text = output(program(&new).arg("restore").arg(&file));
    assert!(text.contains("What was sold after that is not in it") && text.contains("Put the key file"), "{text}");
    std::fs::write(new.join("encore.key"), key).expect("the keys");
    std::fs::set_permissions(new.join("encore.key"), std::os::unix::fs::PermissionsExt::from_mode(0o600))
        .expect("private");
    output(program(&new).args(["key", "rotate"]));
    output(program(&new).arg("check"));
    let (server, address) = run(&mut program(&new));
    let server = Running(server);
    let tickets = async |id, cookie: &str| Fan::at(&address, id, cookie.to_owned()).get("/api/reservations").await.json;
    assert_eq!(tickets(mina, &of_mina).await.as_array().map(Vec::len), Some(1), "she is still signed in");
    assert_eq!(tickets(joon, &of_joon).await.as_array().map(Vec::len), Some(0), "this was after the backup");
    buy(&Fan::at(&address, joon, of_joon.clone()), club, &seats[1..2], "again").await;
    // It is killed.
    drop(server);
    output(program(&new).arg("check"));
    // The number of the lost ticket was given out again, and its code is not the code of the new one.
    let house = House::open(&new, Settings::DEFAULT, Clock::system()).expect("opens");
    let again = box_office::reservations(&house, joon).await.expect("his").remove(0);
    let read = ticket_code::read(house.keys(), lost_code).expect("was signed here");
    assert_eq!((again.id.0, read.ticket.0, read.is_of(again.created_at)), (lost, lost, false));
}
