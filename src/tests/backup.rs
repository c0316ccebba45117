//! Tests of backups.

use super::venue::open;
use super::{START, TestHouse};
use crate::backup::{self, BackupError};
use crate::{Clock, House, Settings, box_office, keys};
use std::path::Path;

fn names(folder: &Path) -> Vec<String> {
    let mut names: Vec<_> = folder
        .read_dir()
        .expect("a folder")
        .map(|file| file.expect("a file").file_name().into_string().expect("a name"))
        .collect();
    names.sort();
    names
}

#[tokio::test]
async fn a_backup_beside_an_open_house_has_what_was_sold_until_then_and_becomes_a_house_again() {
    let house = TestHouse::open(Settings::default());
    let owner = house.owner().await;
    let (_, schedule) = house.set_up(owner, open(30)).await;
    let mina = house.buyer("mina", schedule, 0..2).await;
    let elsewhere = tempfile::tempdir().expect("another disk");
    let file = elsewhere.path().join("a.backup");
    let manifest = backup::write(house.folder.path(), &file, START).expect("is written");
    assert_eq!((manifest.tickets, manifest.last_purchase_at), (Some(2), Some(START)));
    let joon = house.buyer("joon", schedule, 6..7).await;
    assert!(matches!(backup::write(house.folder.path(), &file, START), Err(BackupError::Exists(_))));
    assert_eq!(names(elsewhere.path()), ["a.backup"], "nothing else stays behind");
    for sweep in backup::check(&file, 100, START).expect("is checked") {
        assert_eq!(sweep.broken, 0, "{}", sweep.invariant);
    }

    // The disk is gone. The key file was kept apart.
    let folder = elsewhere.path().join("restored");
    assert_eq!(backup::restore(&file, &folder).expect("is restored"), manifest);
    assert!(matches!(backup::restore(&file, &folder), Err(BackupError::NotEmpty(_))));
    std::fs::copy(house.folder.path().join(keys::KEY_FILE), folder.join(keys::KEY_FILE)).expect("the keys");
    drop(house);
    let restored = House::open(&folder, Settings::default(), Clock::manual(START)).expect("opens");
    assert_eq!(box_office::reservations(&restored, mina).await.expect("hers").len(), 2);
    assert!(box_office::user(&restored, joon).await.is_err(), "who came after the backup is not in it");
    let map = box_office::seat_map(&restored, schedule).await.expect("the map");
    assert_eq!(map.schedule.left_ticket, 10, "the seats that were sold after it are for sale");
}

#[tokio::test]
async fn a_backup_that_was_changed_or_cut_off_is_refused() {
    let house = TestHouse::open(Settings::default());
    house.fan("mina").await;
    let scratch = tempfile::tempdir().expect("a folder");
    let file = scratch.path().join("whole");
    backup::write(house.folder.path(), &file, START).expect("is written");
    let whole = std::fs::read(&file).expect("reads");
    let empty = tempfile::tempdir().expect("a folder");
    assert!(matches!(backup::write(empty.path(), &empty.path().join("b"), START), Err(BackupError::NoDatabase(_))));
    let mut flipped = whole.clone();
    let middle = flipped.len() / 2;
    flipped[middle] ^= 1;
    for (name, bytes) in
        [("cut", &whole[..whole.len() * 2 / 3]), ("flipped", &flipped), ("text", b"hello"), ("empty", b"")]
    {
        let file = scratch.path().join(name);
        std::fs::write(&file, bytes).expect("writes");
        let refused = backup::restore(&file, &scratch.path().join(format!("{name}-data")));
        assert!(matches!(refused, Err(BackupError::NotABackup(_) | BackupError::Damaged(..))), "{name}: {refused:?}");
    }
}

#[test]
fn the_newest_backups_and_the_last_of_each_day_are_kept_and_other_files_are_left_alone() {
    let folder = tempfile::tempdir().expect("a folder");
    let name = |minutes: i64| backup::file_name(START.plus_seconds(60 * minutes));
    // Three on the first day, and four on the next.
    let day = 24 * 60;
    for minutes in [0, 1, 2, day, day + 1, day + 2, day + 3] {
        std::fs::write(folder.path().join(name(minutes)), "").expect("writes");
    }
    std::fs::write(folder.path().join("encore-notes.backup"), "").expect("writes");
    backup::forget_old(folder.path(), 2).expect("forgets");
    assert_eq!(names(folder.path()), [name(2), name(day + 2), name(day + 3), "encore-notes.backup".into()]);
}
