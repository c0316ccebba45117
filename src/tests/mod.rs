//! Tests of the library as a whole, on a real database and with a clock that the test moves.

mod addresses;
mod backup;
mod dice;
mod exchange;
mod handing_on;
mod inputs;
mod leaving;
mod legal;
mod mail;
mod model;
mod offline_door;
mod power;
mod queue;
mod queue_order;
mod second_step;
mod shows;
mod simulation;
mod stories;
mod till;
mod venue;
mod waitlist;
mod walk_up;

use crate::domain::account::Role;
use crate::domain::concert::{ConcertTexts, Publication, SaleTerms};
use crate::domain::schedule::Window;
use crate::domain::seating::NewSeat;
use crate::domain::seating::Placed;
use crate::domain::{Points, Refusal, ScheduleId, SeatId, SeatKind, SeatStatus, Timestamp, UserId};
use crate::{Clock, Denied, House, Outcome, Settings};
use std::fs::Permissions;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::time::Duration;

/// The instant at which every test begins, in milliseconds since the Unix epoch. Nothing is special about it.
const START: Timestamp = Timestamp(1_800_000_000_000);

/// A house for one test, in a data folder of its own that is deleted with it.
struct TestHouse {
    house: House,
    folder: tempfile::TempDir,
}

impl std::ops::Deref for TestHouse {
    type Target = House;
    fn deref(&self) -> &House {
        &self.house
    }
}

impl TestHouse {
    fn open(settings: Settings) -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let house = House::open(folder.path(), settings, Clock::manual(START)).expect("opens");
        Self { house, folder }
    }

    /// Closes the house and opens the same folder again, as a restart does.
    fn reopened(self) -> Self {
        let (settings, clock) = (self.house.settings(), self.house.clock().clone());
        drop(self.house);
        let house = House::open(self.folder.path(), settings, clock).expect("opens again");
        Self { house, folder: self.folder }
    }

    fn wait(&self, seconds: u64) {
        self.clock().advance(Duration::from_secs(seconds));
    }

    async fn fan(&self, name: &str) -> UserId {
        let email = format!("{name}@example.org");
        let name = name.to_owned();
        let insert =
            self.write(move |write, _| Ok(write.insert_user(&name, &email, Role::Fan, "no password", START)?));
        insert.await.expect("a new fan")
    }

    /// Adds a schedule with one row of `seats` seats at 100 points each, on sale from [`START`] for an hour.
    async fn schedule(&self, seats: i64) -> (ScheduleId, Vec<SeatId>) {
        self.schedule_for(seats, 3600).await
    }

    /// Like [`Self::schedule`], but on sale for `sale_seconds`.
    async fn schedule_for(&self, seats: i64, sale_seconds: i64) -> (ScheduleId, Vec<SeatId>) {
        self.schedule_in(seats, Window::new(START, START.plus_seconds(sale_seconds))).await
    }

    /// Like [`Self::schedule`], but on sale in `window`.
    async fn schedule_in(&self, seats: i64, window: Window) -> (ScheduleId, Vec<SeatId>) {
        self.schedule_with(seats, terms(window)).await
    }

    /// Like [`Self::schedule`], but sold on these terms.
    async fn schedule_with(&self, seats: i64, terms: SaleTerms) -> (ScheduleId, Vec<SeatId>) {
        let programme = ConcertTexts {
            title: "A test".into(),
            performer: "The Testers".into(),
            venue: "Here".into(),
            time_zone: "Asia/Seoul".into(),
            ..ConcertTexts::default()
        };
        self.write(move |write, _| {
            let shown = Publication::Published;
            let concert = write.insert_concert(&programme, shown, START)?;
            let policy = serde_json::to_string(&terms.refund_policy).expect("serialises");
            let schedule = write.insert_schedule(concert, &terms, &policy, shown, START)?;
            let placed = |number: i64| Placed {
                section: "Floor".into(),
                row: "A".into(),
                number: number.into(),
                position: number,
                category: "Floor".into(),
                kind: SeatKind::Standard,
                at: (240 * number, 0),
            };
            let seat = |number| NewSeat { placed: placed(number), price: 100, status: SeatStatus::Reservable };
            write.insert_seats(schedule, &(1..=seats).map(seat).collect::<Vec<_>>(), START)?;
            Ok((schedule, write.seats(schedule)?.into_iter().map(|(seat, _)| seat.id).collect()))
        })
        .await
        .expect("a new schedule")
    }

    async fn assert_sound(&self) {
        for sweep in self.check_invariants().await.expect("the sweep runs") {
            assert_eq!(sweep.broken, 0, "broken: {}", sweep.invariant);
        }
    }

    async fn charge(&self, fan: UserId, amount: Points) -> Points {
        let key = self.clock().random_key();
        let provider = crate::box_office::PaymentProvider::Demo;
        crate::box_office::charge(self, provider, fan, amount, key).await.expect("charged").point
    }
}

/// A number of the environment, with which a long run of a test is asked for.
fn from_environment<T: std::str::FromStr>(name: &str, otherwise: T) -> T {
    std::env::var(name).ok().and_then(|value| value.parse().ok()).unwrap_or(otherwise)
}

/// Lets only the owner read the folder and its files, without which no house opens.
fn restrict(folder: &Path) {
    let set = |path: &Path, mode| std::fs::set_permissions(path, Permissions::from_mode(mode)).expect("is ours");
    std::fs::read_dir(folder).expect("a folder").flatten().for_each(|file| set(&file.path(), 0o600));
    set(folder, 0o700);
}

/// The usual sale terms of a show two hours after [`START`] that is sold in `window`.
fn terms(window: Window) -> SaleTerms {
    SaleTerms::usual(START.plus_seconds(7200), window)
}

/// Returns the refusal that a verb returned. Panics if the verb succeeded or returned a fault.
#[track_caller]
fn refusal<T: std::fmt::Debug>(outcome: Outcome<T>) -> Refusal {
    match outcome {
        Err(Denied::Refused(refusal)) => refusal,
        other => panic!("expected a refusal, got {other:?}"),
    }
}
