//! The server is killed under load, twenty times. Everything that it answered before the kill must be true afterwards.

use crate::running::{Fan, assert_sound, new_fan, program, run};
use app::server::session;
use encore::domain::{ReservationStatus, ScheduleId, UserId};
use encore::waiting_room::{self, AskedBy};
use encore::{Clock, House, Settings, box_office, demo};
use std::collections::BTreeSet;
use std::path::Path;
use std::process::Child;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use tokio::sync::Notify;

const KILLS: usize = 20;
const FANS: usize = 24;
const SETTINGS: Settings =
    Settings { hold_seconds: 300, seats_per_fan: 100, active_fans: 12, admission_seconds: 600, ..Settings::DEFAULT };

/// What the server answered to one fan before the kill.
#[derive(Debug, Default)]
struct Answered {
    /// The last balance.
    points: Option<i64>,
    /// The last number in the queue.
    number: Option<i64>,
    /// The held seats, each with the end of its hold as the answer stated it.
    held: Vec<(i64, String)>,
    /// The seats of the tickets.
    bought: BTreeSet<i64>,
}

/// Counts the answers of the server. From the answer number `kill_at` on, it wakes the test, which then kills the
/// server.
#[derive(Default)]
struct Answers {
    count: AtomicUsize,
    enough: Notify,
    kill_at: AtomicUsize,
}

impl Answers {
    fn one(&self) {
        if self.count.fetch_add(1, Ordering::SeqCst) + 1 >= self.kill_at.load(Ordering::SeqCst) {
            self.enough.notify_one();
        }
    }
}

fn start(folder: &Path) -> (Child, String) {
    let mut command = program(folder);
    command.env("ENCORE_SEATS_PER_FAN", SETTINGS.seats_per_fan.to_string());
    command.env("ENCORE_ACTIVE_FANS", SETTINGS.active_fans.to_string());
    run(&mut command)
}

/// Charges points, joins, holds and pays, again and again, until the connection breaks. The fan begins with the seat at
/// the index `from`.
async fn shop(
    fan: Fan,
    theatre: ScheduleId,
    seats: Arc<Vec<i64>>,
    from: usize,
    round: usize,
    answers: Arc<Answers>,
) -> Answered {
    let mut told = Answered::default();
    let schedule = ("schedule_id", theatre.to_string());
    for (step, seat) in seats.iter().enumerate().skip(from) {
        let key = format!("{round}-{step}");
        let charge = [("amount", "154000".to_owned()), ("idempotency_key", format!("c{key}"))];
        let Ok(answer) = fan.try_post("/api/charge", &charge).await else { break };
        told.points = answer.json["point"].as_i64().or(told.points);
        answers.one();
        let Ok(joined) = fan.try_post("/api/queue/join", std::slice::from_ref(&schedule)).await else { break };
        told.number = joined.json["number"].as_i64().or(told.number);
        let hold = [schedule.clone(), ("seat_ids[0]", seat.to_string())];
        let Ok(held) = fan.try_post("/api/hold", &hold).await else { break };
        answers.one();
        if !held.status.is_success() {
            continue;
        }
        told.held.push((*seat, held.json["expired_at"].as_str().unwrap_or_default().to_owned()));
        let pay = [schedule.clone(), ("idempotency_key", format!("p{key}"))];
        let Ok(bought) = fan.try_post("/api/purchase", &pay).await else { break };
        if bought.status.is_success() {
            told.points = bought.json["point"].as_i64();
            let reservations = bought.json["reservations"].as_array().cloned().unwrap_or_default();
            told.bought.extend(reservations.iter().filter_map(|r| r["seat_id"].as_i64()));
        }
        answers.one();
    }
    told
}

#[tokio::test(flavor = "multi_thread")]
async fn after_a_kill_every_acknowledged_answer_still_holds() {
    let folder = tempfile::tempdir().expect("a folder");
    let house = House::open(folder.path(), SETTINGS, Clock::system()).expect("opens");
    let theatre = demo::fill(&house).await.expect("fills").theatre;
    let map = box_office::seat_map(&house, theatre).await.expect("the map");
    let seats: Arc<Vec<i64>> = Arc::new(map.plan.seats().iter().map(|seat| seat.id.0).collect());
    let sessions = session::open_store(folder.path()).await.expect("sessions");
    let mut fans: Vec<(UserId, String)> = vec![];
    for number in 0..FANS {
        fans.push(new_fan(&house, &sessions, &format!("fan{number}")).await);
    }
    drop((house, sessions));

    let mut sold: Vec<BTreeSet<i64>> = vec![BTreeSet::new(); FANS];
    for round in 0..KILLS {
        let (mut child, address) = start(folder.path());
        let answers = Arc::new(Answers::default());
        // The kill comes at a different moment in each round: after three to five answers for each fan, on average.
        answers.kill_at.store(3 * FANS + round * 7 % (2 * FANS), Ordering::SeqCst);
        let shoppers: Vec<_> = fans
            .iter()
            .enumerate()
            .map(|(number, (id, cookie))| {
                // Fans try to hold overlapping ranges of seats, so that some holds are refused.
                let from = round * 50 + number / 2 * 8;
                let fan = Fan::at(&address, *id, cookie.clone());
                tokio::spawn(shop(fan, theatre, seats.clone(), from, round, answers.clone()))
            })
            .collect();
        answers.enough.notified().await;
        child.kill().expect("SIGKILL");
        child.wait().expect("is dead");

        let house = House::open(folder.path(), SETTINGS, Clock::system()).expect("opens after the kill");
        for (number, shopper) in shoppers.into_iter().enumerate() {
            let told = shopper.await.expect("shops");
            sold[number].extend(&told.bought);
            let fan = fans[number].0;
            let mine = box_office::reservations(&house, fan).await.expect("reads");
            let bought: BTreeSet<i64> =
                mine.iter().filter(|r| r.status == ReservationStatus::Purchase).map(|r| r.seat_id.0).collect();
            assert!(sold[number].is_subset(&bought), "round {round}: a ticket that was answered is gone");
            for (seat, expired_at) in &told.held {
                let kept = mine.iter().any(|r| r.seat_id.0 == *seat && r.expired_at.to_rfc3339() == *expired_at);
                assert!(kept, "round {round}: a hold that was answered is gone");
            }
            if let Some(number) = told.number {
                let place = waiting_room::status(&house, fan, theatre, AskedBy::Fan)
                    .await
                    .expect("reads")
                    .expect("is in the queue");
                assert!(place.token.number >= Some(number), "round {round}: a place that was answered is gone");
            }
            // A request may have been carried out although the kill prevented its answer, so the balance may be a later
            // one. Then the statement must contain the balance that was answered.
            if told.points.is_some() {
                let user = box_office::user(&house, fan).await.expect("the fan");
                let statement = box_office::statement(&house, fan).await.expect("the statement");
                assert!(
                    user.point == told.points.unwrap_or(0)
                        || statement.iter().any(|line| Some(line.balance) == told.points),
                    "round {round}: an answered balance never was"
                );
            }
        }
        assert_sound(&house).await;
    }
    let bought = sold.iter().map(BTreeSet::len).sum::<usize>();
    assert!(bought > KILLS, "the fans did buy: {bought}");
    let check = program(folder.path())
        .arg("check")
        .env("ENCORE_ACTIVE_FANS", SETTINGS.active_fans.to_string())
        .output()
        .expect("runs");
    assert!(check.status.success(), "{}", String::from_utf8_lossy(&check.stdout));
}
