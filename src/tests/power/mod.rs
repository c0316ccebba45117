//! The power is cut during a sale, thousands of times. What was written and not synced is lost, kept or torn, at random;
//! whatever was answered before the cut must be there when the house is opened again.
//!
//! One sale is recorded by a [virtual file system](vfs). Each cut is then made from the recording: it is a moment in it,
//! and a choice of what the disk kept of each unsynced write.

mod vfs;

use super::dice::Dice;
use super::venue::DAY;
use super::{START, TestHouse, from_environment, restrict};
use crate::box_office::{self, PaymentProvider};
use crate::domain::concert::SaleTerms;
use crate::domain::schedule::Window;
use crate::domain::{Points, ReservationId, ReservationStatus, ScheduleId, SeatId, TokenId, UserId};
use crate::waiting_room::{self, Joining};
use crate::{Clock, House, Settings};
use std::collections::BTreeMap;
use std::path::Path;
use std::sync::{Arc, Mutex};
use vfs::{Event, Recording};

/// How many cuts are made, unless the environment variable `ENCORE_CUTS` says another number.
const CUTS: usize = 150;
const FANS: usize = 10;
const ROUNDS: usize = 12;
const SETTINGS: Settings = Settings { seats_per_fan: 100, active_fans: 6, ..Settings::DEFAULT };
/// What a disk writes as a whole, in bytes, at least.
const SECTOR: usize = 512;

/// What an answer has promised.
#[derive(Debug, Clone)]
enum Promise {
    Place(UserId, ScheduleId, TokenId),
    /// A charge of an amount that no other charge has.
    Charge(Points),
    Hold(ReservationId),
    Ticket(ReservationId),
    Refund(ReservationId),
}

/// A sale of which everything is recorded.
struct RecordedSale {
    events: Vec<Event>,
    /// The promises of the answers, by their number in the recording.
    promises: Vec<Promise>,
    /// How many events there were when the sale began.
    begun: usize,
    key: Vec<u8>,
}

/// Plays a sale on a recorded folder: fans join, charge points, hold, pay, give back and cancel, all at once.
async fn recorded_sale() -> RecordedSale {
    let folder = tempfile::tempdir().expect("a folder");
    let recording = Recording::of(folder.path());
    let house = House::open(folder.path(), SETTINGS, Clock::manual(START)).expect("opens");
    let house = Arc::new(TestHouse { house, folder });
    // The show is so late that tickets are refunded.
    let show = START.plus_seconds(30 * DAY);
    let (schedule, seats) = house.schedule_with(60, SaleTerms::usual(show, Window::new(START, show))).await;
    let mut fans = vec![];
    for number in 0..FANS {
        fans.push(house.fan(&format!("fan{number}")).await);
    }
    let begun = recording.events().len();
    let promises: Arc<Mutex<Vec<Promise>>> = Arc::default();
    let answered = {
        let (recording, promises) = (recording.clone(), promises.clone());
        move |promise: Promise| {
            let mut promises = promises.lock().expect("a list");
            recording.events().push(Event::Answer(promises.len()));
            promises.push(promise);
        }
    };
    let shoppers: Vec<_> = fans
        .into_iter()
        .enumerate()
        .map(|(number, fan)| {
            let (house, seats, answered) = (house.clone(), seats.clone(), answered.clone());
            tokio::spawn(async move { shop(&house, (number, fan), schedule, &seats, answered).await })
        })
        .collect();
    // Meanwhile the log is copied into the database again and again, as it is when it has grown.
    let file = house.folder.path().join("encore.db");
    let checkpoints = tokio::task::spawn_blocking(move || {
        let other = rusqlite::Connection::open(file).expect("opens");
        for mode in ["passive", "full", "restart", "truncate"].iter().cycle().take(4 * ROUNDS) {
            let sql = format!("pragma wal_checkpoint({mode})");
            other.busy_timeout(std::time::Duration::from_secs(5)).expect("waits");
            other.query_row(&sql, [], |_| Ok(())).expect("a checkpoint");
            std::thread::yield_now();
        }
    });
    for shopper in shoppers {
        shopper.await.expect("shops");
    }
    checkpoints.await.expect("checkpoints");
    let key = std::fs::read(house.folder.path().join("encore.key")).expect("a key");
    house.assert_sound().await;
    drop(Arc::into_inner(house).expect("nobody else has it"));
    let (events, promises) = (recording.events().clone(), promises.lock().expect("a list").clone());
    RecordedSale { events, promises, begun, key }
}

/// What one fan does. `answered` is called with what each answer promises.
async fn shop(
    house: &TestHouse,
    (number, fan): (usize, UserId),
    schedule: ScheduleId,
    seats: &[SeatId],
    answered: impl Fn(Promise),
) {
    for round in 0..ROUNDS {
        let amount = (1_000 + number * ROUNDS + round) as Points;
        let key = format!("{number}-{round}");
        let charged = box_office::charge(house, PaymentProvider::Demo, fan, amount, format!("c{key}")).await;
        charged.expect("is charged");
        answered(Promise::Charge(amount));
        let place = waiting_room::join(house, fan, schedule, Joining::default()).await;
        let Ok(place) = place else { continue };
        answered(Promise::Place(fan, schedule, place.token.id));
        let seat = seats[(number * 7 + round * 5) % seats.len()];
        let Ok(held) = box_office::hold(house, fan, schedule, vec![seat]).await else { continue };
        held.reservations.iter().for_each(|held| answered(Promise::Hold(held.id)));
        if round % 4 == 3 {
            waiting_room::leave(house, fan, schedule).await.expect("leaves");
            continue;
        }
        let bought = box_office::purchase(house, fan, schedule, None, format!("p{key}")).await.expect("has the points");
        bought.reservations.iter().for_each(|bought| answered(Promise::Ticket(bought.id)));
        if round % 3 == 2 {
            let ticket = bought.reservations[0].id;
            box_office::cancel(house, fan, ticket, None, format!("r{key}")).await.expect("is cancelled");
            answered(Promise::Refund(ticket));
        }
    }
}

/// What a disk has of a file: its synced content (`None` if there is no such file), and what was done to it since.
#[derive(Default, Clone)]
struct DiskFile {
    synced: Option<Vec<u8>>,
    unsynced: Vec<Event>,
}

fn put(content: &mut Option<Vec<u8>>, offset: usize, data: &[u8]) {
    let content = content.get_or_insert_default();
    if content.len() < offset + data.len() {
        content.resize(offset + data.len(), 0);
    }
    content[offset..offset + data.len()].copy_from_slice(data);
}

fn apply(content: &mut Option<Vec<u8>>, event: &Event) {
    match event {
        Event::Write { offset, data, .. } => put(content, *offset, data),
        Event::Truncate { size, .. } => content.get_or_insert_default().resize(*size, 0),
        Event::Delete { .. } => *content = None,
        Event::Sync { .. } | Event::Answer(_) => {}
    }
}

impl DiskFile {
    /// What was done to the file up to the unsynced change `end` cannot be lost any more.
    fn sync(&mut self, end: usize) {
        let Self { synced, unsynced } = self;
        unsynced.drain(..end).for_each(|event| apply(synced, &event));
    }

    /// If the file was deleted, it stays deleted.
    fn sync_deletion(&mut self) {
        let last = self.unsynced.iter().rposition(|event| matches!(event, Event::Delete { .. }));
        self.sync(last.map_or(0, |last| last + 1));
    }

    /// What is left after a cut. Each unsynced change was kept or lost; of a write each sector was kept, lost, or torn: it
    /// begins with new bytes and ends with the old ones.
    fn after_cut(&self, dice: &mut Dice) -> Option<Vec<u8>> {
        let mut content = self.synced.clone();
        // Some cuts lose nearly everything, some nearly nothing.
        let lost_percent = [5, 50, 95][dice.below(3)];
        for event in &self.unsynced {
            let Event::Write { offset, data, .. } = event else {
                if !dice.chance(lost_percent) {
                    apply(&mut content, event);
                }
                continue;
            };
            let mut at = *offset;
            let end = offset + data.len();
            while at < end {
                let next = ((at / SECTOR + 1) * SECTOR).min(end);
                let sector = &data[at - offset..next - offset];
                if !dice.chance(lost_percent) {
                    let kept = if dice.below(8) == 0 { dice.below(sector.len()) } else { sector.len() };
                    put(&mut content, at, &sector[..kept]);
                }
                at = next;
            }
        }
        content
    }
}

/// Cuts the power at `cuts` moments of a sale, and returns what was promised and is gone, as texts.
async fn broken_promises(sale: &RecordedSale, cuts: usize) -> Vec<String> {
    let mut moments = Dice(1);
    let mut at: Vec<usize> =
        (0..cuts).map(|_| sale.begun + moments.below(sale.events.len() - sale.begun) + 1).collect();
    at.sort_unstable();
    let (mut disk, mut answers, mut done) = (BTreeMap::<Arc<str>, DiskFile>::new(), 0, 0);
    let mut broken = vec![];
    for (cut, moment) in at.into_iter().enumerate() {
        for event in &sale.events[done..moment] {
            match event {
                Event::Answer(number) => answers = number + 1,
                Event::Write { file, .. } | Event::Truncate { file, .. } | Event::Delete { file, .. } => {
                    let file = disk.entry(file.clone()).or_default();
                    file.unsynced.push(event.clone());
                    if let Event::Delete { is_synced: true, .. } = event {
                        file.sync_deletion();
                    }
                }
                Event::Sync { file } => {
                    let file = disk.entry(file.clone()).or_default();
                    let is_new = file.synced.is_none();
                    file.sync(file.unsynced.len());
                    // With a new file SQLite syncs the folder too, in which other files may have been deleted.
                    if is_new {
                        disk.values_mut().for_each(DiskFile::sync_deletion);
                    }
                }
            }
        }
        done = moment;
        let folder = tempfile::tempdir().expect("a folder");
        let mut dice = Dice(cut as u64);
        for (name, file) in &disk {
            if let Some(content) = file.after_cut(&mut dice) {
                std::fs::write(folder.path().join(&**name), content).expect("writes");
            }
        }
        std::fs::write(folder.path().join("encore.key"), &sale.key).expect("writes");
        let found = missing(folder.path(), &sale.promises[..answers]).await;
        broken.extend(found.into_iter().map(|what| format!("cut {cut} at event {moment}: {what}")));
    }
    broken
}

/// Opens what is left of a house, and returns which of the promises it does not keep.
async fn missing(folder: &Path, promises: &[Promise]) -> Vec<String> {
    restrict(folder);
    let house = match House::open(folder, SETTINGS, Clock::manual(START)) {
        Ok(house) => house,
        Err(fault) => return vec![format!("the house does not open: {fault}")],
    };
    let promises = promises.to_vec();
    let found = house.read(move |read, _| {
        let ledger = read.ledger()?;
        let mut gone = vec![];
        for promise in promises {
            let status = |id| -> rusqlite::Result<_> { Ok(read.reservation(id)?.map(|kept| kept.status)) };
            let is_kept = match promise {
                Promise::Place(fan, schedule, id) => {
                    read.latest_token(fan, schedule)?.is_some_and(|latest| latest.id >= id)
                }
                Promise::Charge(amount) => ledger.iter().any(|line| line.amount == amount),
                Promise::Hold(id) => status(id)?.is_some(),
                Promise::Ticket(id) => {
                    matches!(status(id)?, Some(ReservationStatus::Purchase | ReservationStatus::Cancel))
                }
                Promise::Refund(id) => {
                    status(id)? == Some(ReservationStatus::Cancel)
                        && ledger.iter().any(|line| line.reservation_id == Some(id) && line.amount > 0)
                }
            };
            if !is_kept {
                gone.push(format!("{promise:?}"));
            }
        }
        Ok(gone)
    });
    let mut gone = match found.await {
        Ok(gone) => gone,
        Err(denied) => return vec![format!("the house cannot be read: {denied}")],
    };
    for check in house.check_invariants().await.expect("the sweep runs") {
        if check.broken > 0 {
            gone.push(format!("broken: {}", check.invariant));
        }
    }
    gone
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_was_answered_survives_a_power_cut() {
    let sale = recorded_sale().await;
    assert!(sale.promises.len() > FANS * ROUNDS, "the fans did shop: {}", sale.promises.len());
    let cuts = from_environment("ENCORE_CUTS", CUTS);
    let broken = broken_promises(&sale, cuts).await;
    assert!(broken.is_empty(), "{} promises were broken by {cuts} cuts: {broken:#?}", broken.len());
    println!("{cuts} cuts of a sale with {} answers: nothing is missing", sale.promises.len());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_program_that_does_not_sync_is_caught() {
    let mut sale = recorded_sale().await;
    let (before, mut after) = (sale.events[..sale.begun].to_vec(), sale.events[sale.begun..].to_vec());
    after.retain(|event| !matches!(event, Event::Sync { .. }));
    sale.events = before.into_iter().chain(after).collect();
    let broken = broken_promises(&sale, 30).await;
    assert!(broken.iter().any(|what| what.contains("Charge(")), "answered charges are lost: {broken:#?}");
}
