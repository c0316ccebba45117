//! Tests of what fans do, each a short story: join, hold, pay, lose a hold, sign in and out.

use super::{START, TestHouse, refusal};
use crate::box_office::{self, PaymentProvider, Verified};
use crate::domain::account::{MAX_DEVICES, SIGNED_IN_SECONDS};
use crate::domain::hold::HeldSeats;
use crate::domain::mail::Language;
use crate::domain::party::Closeness;
use crate::domain::queue::TokenStatus;
use crate::domain::{Field, Refusal, SeatStatus};
use crate::waiting_room::AskedBy;
use crate::{Settings, back_office, demo, heartbeat, house, sweeper, waiting_room};
use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

#[tokio::test]
async fn a_fan_joins_holds_pays_and_has_the_tickets() {
    let house = TestHouse::open(Settings::default());
    let (schedule, seats) = house.schedule(5).await;
    let fan = house.fan("mina").await;
    house.charge(fan, 500).await;

    let place = waiting_room::join(&house, fan, schedule, waiting_room::Joining::default()).await.expect("joins");
    assert_eq!(place.token.status, TokenStatus::Active);
    let held = box_office::hold(&house, fan, schedule, seats[..2].to_vec()).await.expect("holds");
    assert_eq!((held.total, held.expired_at), (200, START.plus_seconds(300)));
    let bought = box_office::purchase(&house, fan, schedule, Some(200), "key".into()).await.expect("pays");
    assert_eq!((bought.total, bought.point, bought.reservations.len()), (200, 300, 2));

    let map = box_office::seat_map(&house, schedule).await.expect("the map");
    assert_eq!(map.schedule.left_ticket, 3);
    assert_eq!(map.states[0], SeatStatus::Reserved);
    let mine = box_office::reservations(&house, fan).await.expect("mine");
    assert!(mine.iter().all(|ticket| ticket.is_ticket()));
    let place =
        waiting_room::status(&house, fan, schedule, AskedBy::Fan).await.expect("looks").expect("is in the queue");
    assert_eq!(place.token.status, TokenStatus::Delete, "a purchase ends the admission");
    house.assert_sound().await;
}

#[tokio::test]
async fn a_seat_with_an_expired_hold_goes_to_the_next_fan_before_any_sweep() {
    let house = TestHouse::open(Settings::default());
    let (schedule, seats) = house.schedule(1).await;
    let (mina, joon) = (house.fan("mina").await, house.fan("joon").await);
    house.charge(mina, 500).await;
    for fan in [mina, joon] {
        waiting_room::join(&house, fan, schedule, waiting_room::Joining::default()).await.expect("joins");
    }
    box_office::hold(&house, mina, schedule, seats.clone()).await.expect("mina holds");
    house.wait(299);
    let taken = refusal(box_office::hold(&house, joon, schedule, seats.clone()).await);
    assert_eq!(taken, Refusal::SeatTaken { seat_ids: seats.clone(), nearest: vec![] });
    house.wait(1);
    box_office::hold(&house, joon, schedule, seats.clone()).await.expect("joon holds at the instant itself");

    assert_eq!(refusal(box_office::purchase(&house, mina, schedule, None, "k".into()).await), Refusal::HoldExpired);
    assert_eq!(box_office::user(&house, mina).await.expect("mina").point, 500, "nothing is debited");
    house.assert_sound().await;
}

#[tokio::test]
async fn the_sweeper_frees_seats_ends_admissions_and_ends_the_queue_with_the_sale() {
    let house = TestHouse::open(Settings { active_fans: 1, ..Settings::default() });
    let (schedule, seats) = house.schedule(2).await;
    let (mina, joon, dana) = (house.fan("mina").await, house.fan("joon").await, house.fan("dana").await);
    for fan in [mina, joon, dana] {
        waiting_room::join(&house, fan, schedule, waiting_room::Joining::default()).await.expect("joins");
    }
    box_office::hold(&house, mina, schedule, seats).await.expect("holds");

    assert_eq!(sweeper::sweep(&house).await.expect("sweeps"), Some(START.plus_seconds(300)));
    let looks = async |fan| {
        waiting_room::status(&house, fan, schedule, AskedBy::Fan).await.expect("looks").expect("is in the queue")
    };
    house.wait(299);
    looks(joon).await;
    looks(dana).await;
    house.wait(1);
    assert_eq!(sweeper::sweep(&house).await.expect("sweeps"), Some(START.plus_seconds(600)), "the admission ends then");
    let map = box_office::seat_map(&house, schedule).await.expect("the map");
    assert_eq!(map.schedule.left_ticket, 2);
    assert_eq!(refusal(box_office::purchase(&house, mina, schedule, None, "k".into()).await), Refusal::HoldExpired);

    house.wait(298);
    looks(joon).await;
    looks(dana).await;
    house.wait(2);
    sweeper::sweep(&house).await.expect("sweeps");
    let place = looks(joon).await;
    assert_eq!(place.token.status, TokenStatus::Active);
    assert_eq!(place.token.expire_at, Some(START.plus_seconds(1200)), "the time starts when the fan comes");
    let place = looks(dana).await;
    assert_eq!((place.token.status, place.ahead), (TokenStatus::Wait, Some(0)));

    house.wait(3000);
    assert_eq!(sweeper::sweep(&house).await.expect("sweeps"), None);
    assert_eq!(looks(dana).await.token.status, TokenStatus::Delete);
    house.assert_sound().await;
}

#[tokio::test]
async fn the_sweeper_wakes_for_the_end_of_a_hold_and_of_a_sale_with_a_queue() {
    let house = Arc::new(TestHouse::open(Settings { active_fans: 1, ..Settings::default() }));
    let (schedule, seats) = house.schedule(2).await;
    let (mina, joon) = (house.fan("mina").await, house.fan("joon").await);
    let mut map = house.live().watch(schedule);
    let sweeping = tokio::spawn({
        let house = house.clone();
        async move { sweeper::run(&house).await }
    });
    let telling = tokio::spawn({
        let house = house.clone();
        async move { house.live().run().await }
    });
    let mut next = async || map.recv().await.expect("the map hears of it").to_string();
    let change = |status: SeatStatus| format!(r#""seats":[{{"id":{},"status":"{}"}}]}}"#, seats[0], status.as_str());

    waiting_room::join(&house, mina, schedule, waiting_room::Joining::default()).await.expect("joins");
    box_office::hold(&house, mina, schedule, seats[..1].to_vec()).await.expect("holds");
    assert!(next().await.ends_with(&change(SeatStatus::Occupied)));
    house.wait(300);
    assert!(next().await.ends_with(&change(SeatStatus::Reservable)), "nobody asked for it");

    // Joon is admitted ten minutes before the sale ends, and Mina waits. The sale ends at the same instant as Joon's
    // admission, so nobody is called when the admission ends.
    house.wait(2_700);
    waiting_room::join(&house, joon, schedule, waiting_room::Joining::default()).await.expect("joins");
    waiting_room::join(&house, mina, schedule, waiting_room::Joining::default()).await.expect("waits");
    box_office::hold(&house, joon, schedule, seats[1..].to_vec()).await.expect("holds");
    next().await;
    house.wait(600);
    next().await;
    let place =
        waiting_room::status(&house, mina, schedule, AskedBy::Fan).await.expect("looks").expect("is in the queue");
    assert_eq!(place.token.status, TokenStatus::Delete, "there is nothing left to wait for");
    sweeping.abort();
    telling.abort();
}

#[tokio::test]
async fn the_queue_keeps_its_order_when_fans_leave_and_after_a_restart() {
    let house = TestHouse::open(Settings { active_fans: 1, ..Settings::default() });
    let (schedule, seats) = house.schedule(3).await;
    let mut fans = vec![];
    for name in ["one", "two", "three", "four"] {
        let fan = house.fan(name).await;
        let place = waiting_room::join(&house, fan, schedule, waiting_room::Joining::default()).await.expect("joins");
        let again =
            waiting_room::join(&house, fan, schedule, waiting_room::Joining::default()).await.expect("joins again");
        assert_eq!(place, again, "joining again returns the same place");
        fans.push(fan);
    }
    box_office::hold(&house, fans[0], schedule, seats.clone()).await.expect("holds");
    waiting_room::leave(&house, fans[1], schedule).await.expect("leaves");
    let house = house.reopened();
    let third =
        waiting_room::status(&house, fans[2], schedule, AskedBy::Fan).await.expect("looks").expect("is in the queue");
    assert_eq!((third.token.number, third.ahead), (Some(3), Some(0)));

    waiting_room::leave(&house, fans[0], schedule).await.expect("leaves");
    let map = box_office::seat_map(&house, schedule).await.expect("the map");
    assert_eq!(map.schedule.left_ticket, 3, "leaving releases the hold");
    let third =
        waiting_room::status(&house, fans[2], schedule, AskedBy::Fan).await.expect("looks").expect("is in the queue");
    assert_eq!(third.token.status, TokenStatus::Active, "the place goes on in the same transaction");
    let hold = box_office::hold(&house, fans[3], schedule, seats).await;
    assert_eq!(refusal(hold), Refusal::NotAdmitted);
    house.assert_sound().await;
}

#[tokio::test]
async fn a_device_that_was_signed_out_stays_so_through_a_restart_and_the_oldest_makes_room() {
    let house = TestHouse::open(Settings::default());
    let (mina, joon) = (house.fan("mina").await, house.fan("joon").await);
    let sign_in = async |house: &TestHouse, fan| {
        house.wait(1);
        box_office::sign_in_on(
            house,
            fan,
            Verified::Password("no password".into()),
            ("Firefox · Windows".into(), Language::English),
        )
        .await
        .expect("signs in")
    };
    let (first, second, other) =
        (sign_in(&house, mina).await, sign_in(&house, mina).await, sign_in(&house, joon).await);
    box_office::sign_out(&house, joon, first).await.expect("changes nothing");
    assert!(!house.is_ended(first), "it is not theirs");
    box_office::sign_out(&house, mina, first).await.expect("signs out");
    let house = house.reopened();
    assert_eq!([first, second, other].map(|device| house.is_ended(device)), [true, false, false]);

    let mut later = vec![];
    for _ in 0..MAX_DEVICES {
        later.push(sign_in(&house, mina).await);
    }
    assert!(house.is_ended(second) && !house.is_ended(later[0]), "there is room for twenty");
    let listed: Vec<_> =
        box_office::devices(&house, mina).await.expect("lists").iter().map(|device| device.id).collect();
    assert_eq!(listed, later.iter().rev().copied().collect::<Vec<_>>());
    house.wait(SIGNED_IN_SECONDS as u64);
    assert_eq!(box_office::devices(&house, mina).await.expect("lists"), []);
}

#[tokio::test]
async fn of_two_changes_of_a_password_at_once_one_is_refused() {
    let house = TestHouse::open(Settings::default());
    let fan = house.fan("mina").await;
    let (_, known) = box_office::credentials(&house, "mina@example.org").await.expect("looks").expect("has a password");
    let change = |to: &str| box_office::change_password(&house, fan, known.clone(), to.to_owned());
    change("one").await.expect("changes");
    assert_eq!(refusal(change("other").await), Refusal::invalid(Field::PresentPassword));
    // A sign-in that verified the old password, but comes after the change, is refused too.
    let late =
        box_office::sign_in_on(&house, fan, Verified::Password(known.clone()), (String::new(), Language::English))
            .await;
    assert_eq!(refusal(late), Refusal::BadCredentials);
}

#[tokio::test]
async fn a_live_hold_is_paid_after_the_sale_ended_and_an_admission_lasts_as_long_as_the_hold() {
    let house = TestHouse::open(Settings::default());
    let (schedule, seats) = house.schedule(2).await;
    let fan = house.fan("mina").await;
    house.charge(fan, 100).await;
    house.wait(3000);
    waiting_room::join(&house, fan, schedule, waiting_room::Joining::default()).await.expect("joins");
    house.wait(599);
    box_office::hold(&house, fan, schedule, vec![seats[0]]).await.expect("holds in the last second of the admission");
    house.wait(1);
    let hold = box_office::hold(&house, fan, schedule, vec![seats[1]]).await;
    assert_eq!(refusal(hold), Refusal::SaleClosed { opens_at: None });
    sweeper::sweep(&house).await.expect("sweeps");
    house.wait(298);
    box_office::purchase(&house, fan, schedule, None, "k".into()).await.expect("the hold is still live");
    house.assert_sound().await;
}

#[tokio::test]
async fn holding_giving_back_and_holding_again_does_not_keep_an_admission_for_ever() {
    let settings = Settings { active_fans: 1, hold_seconds: 40, admission_seconds: 80, ..Settings::default() };
    let house = TestHouse::open(settings);
    let (schedule, seats) = house.schedule(5).await;
    let (mina, joon) = (house.fan("mina").await, house.fan("joon").await);
    for fan in [mina, joon] {
        waiting_room::join(&house, fan, schedule, waiting_room::Joining::default()).await.expect("joins");
    }
    house.wait(60);
    let hold = async || box_office::hold(&house, mina, schedule, seats[..4].to_vec()).await;
    let first = hold().await.expect("holds");
    assert_eq!(first.expired_at, START.plus_seconds(100));
    house.wait(30);
    box_office::release(&house, mina, schedule).await.expect("gives them back");
    assert_eq!(hold().await.expect("holds again").expired_at, first.expired_at, "the first deadline is kept");
    house.wait(10);
    assert_eq!(refusal(hold().await), Refusal::NotAdmitted);
    sweeper::sweep(&house).await.expect("sweeps");
    let place = waiting_room::status(&house, joon, schedule, AskedBy::Fan).await.expect("looks").expect("waits");
    assert_eq!(place.token.status, TokenStatus::Active);
    house.assert_sound().await;
}

#[tokio::test]
async fn no_hold_outlasts_a_clock_that_was_set_back() {
    let house = TestHouse::open(Settings::default());
    let (schedule, seats) = house.schedule(5).await;
    house.wait(1_000);
    heartbeat::beat(&house).await;
    let (mina, joon) = (house.fan("mina").await, house.fan("joon").await);
    for fan in [mina, joon] {
        waiting_room::join(&house, fan, schedule, waiting_room::Joining::default()).await.expect("joins");
    }
    box_office::hold(&house, mina, schedule, seats[..2].to_vec()).await.expect("holds");
    house.clock().set_back(Duration::from_secs(900));
    heartbeat::beat(&house).await;
    house.assert_sound().await;
    house.wait(300);
    let taken = box_office::hold(&house, joon, schedule, seats[..2].to_vec()).await;
    assert_eq!(taken.expect("the seats are free").reservations.len(), 2);
    house.wait(400);
    assert_eq!(refusal(box_office::hold(&house, mina, schedule, seats[2..3].to_vec()).await), Refusal::NotAdmitted);
    house.assert_sound().await;
}

#[tokio::test]
async fn a_hold_that_had_expired_is_not_live_again_after_the_clock_was_set_back() {
    let house = TestHouse::open(Settings { hold_seconds: 40, ..Settings::default() });
    heartbeat::start(&house).await.expect("starts");
    let (schedule, seats) = house.schedule(5).await;
    let mina = house.fan("mina").await;
    waiting_room::join(&house, mina, schedule, waiting_room::Joining::default()).await.expect("joins");
    box_office::hold(&house, mina, schedule, seats[..1].to_vec()).await.expect("holds");
    for _ in 0..9 {
        house.wait(5);
        heartbeat::beat(&house).await;
    }
    box_office::hold(&house, mina, schedule, seats[1..2].to_vec()).await.expect("holds another, later");
    house.clock().set_back(Duration::from_secs(30));
    heartbeat::beat(&house).await;
    let held = box_office::mine(&house, mina, schedule).await.expect("reads").held;
    assert_eq!(held.iter().map(|held| held.seat_id).collect::<Vec<_>>(), seats[1..2]);
    house.assert_sound().await;
}

#[tokio::test]
async fn no_hold_outlasts_a_clock_that_was_set_back_while_no_server_ran() {
    let house = TestHouse::open(Settings::default());
    let (schedule, seats) = house.schedule(5).await;
    house.wait(1_000);
    let mina = house.fan("mina").await;
    waiting_room::join(&house, mina, schedule, waiting_room::Joining::default()).await.expect("joins");
    let held = box_office::hold(&house, mina, schedule, seats[..1].to_vec()).await.expect("holds");
    let deadline =
        async |house: &TestHouse| box_office::mine(house, mina, schedule).await.expect("reads").held[0].expired_at;
    let house = house.reopened();
    heartbeat::start(&house).await.expect("starts");
    assert_eq!(deadline(&house).await, held.expired_at, "a restart alone shortens nothing");
    house.clock().set_back(Duration::from_secs(900));
    let house = house.reopened();
    heartbeat::start(&house).await.expect("starts");
    assert_eq!(deadline(&house).await, house.clock().now().plus_seconds(300));
    house.assert_sound().await;
}

#[tokio::test]
async fn a_hold_that_ended_with_its_admission_is_not_live_again_when_the_clock_is_set_back() {
    let settings = Settings { hold_seconds: 40, admission_seconds: 60, active_fans: 1, ..Settings::default() };
    let house = TestHouse::open(settings);
    let (schedule, seats) = house.schedule(5).await;
    let (mina, joon) = (house.fan("mina").await, house.fan("joon").await);
    waiting_room::join(&house, mina, schedule, waiting_room::Joining::default()).await.expect("joins");
    box_office::hold(&house, mina, schedule, seats[..1].to_vec()).await.expect("holds");
    house.wait(60);
    // Nothing was swept: the next to join ends the admission.
    waiting_room::join(&house, joon, schedule, waiting_room::Joining::default()).await.expect("joins");
    house.clock().set_back(Duration::from_secs(30));
    house.assert_sound().await;
    let taken = box_office::hold(&house, joon, schedule, seats[..1].to_vec()).await;
    assert_eq!(taken.expect("the seat is free").reservations.len(), 1);
}

#[tokio::test]
async fn a_repeated_key_returns_the_first_answer_and_refuses_another_request() {
    let house = TestHouse::open(Settings::default());
    let (schedule, seats) = house.schedule(1).await;
    let fan = house.fan("mina").await;
    let charge = |amount| box_office::charge(&house, PaymentProvider::Demo, fan, amount, "key".into());
    assert_eq!(charge(300).await.expect("charged").point, 300);
    assert_eq!(charge(300).await.expect("answered again").point, 300);
    assert_eq!(refusal(charge(301).await), Refusal::KeyReused);
    let purchase = || box_office::purchase(&house, fan, schedule, None, "pay".into());
    assert_eq!(refusal(purchase().await), Refusal::NotAdmitted);
    waiting_room::join(&house, fan, schedule, waiting_room::Joining::default()).await.expect("joins");
    assert_eq!(refusal(purchase().await), Refusal::NothingHeld);
    box_office::hold(&house, fan, schedule, seats).await.expect("holds");
    let first = purchase().await.expect("a refused request leaves its key free");
    assert_eq!(purchase().await.expect("answered again"), first);
    assert_eq!(box_office::user(&house, fan).await.expect("the fan").point, 200);
    house.assert_sound().await;
}

#[tokio::test]
async fn fans_who_hold_the_best_seats_at_the_same_moment_get_different_ones_and_no_more_when_they_repeat_it() {
    let house = TestHouse::open(Settings::default());
    let (schedule, seats) = house.schedule(6).await;
    let joined = async |name| {
        let fan = house.fan(name).await;
        waiting_room::join(&house, fan, schedule, waiting_room::Joining::default()).await.expect("joins");
        fan
    };
    let (mina, joon, bora, late) =
        (joined("mina").await, joined("joon").await, joined("bora").await, joined("late").await);
    let hold = |fan| box_office::hold_best(&house, fan, schedule, (2, None), false);
    let ids = |held: &HeldSeats| held.reservations.iter().map(|held| held.seat_id).collect::<Vec<_>>();
    let (one, two, three) = tokio::join!(hold(mina), hold(joon), hold(bora));
    let held = [one, two, three].map(|held| held.expect("two seats"));
    assert_eq!(held.iter().flat_map(|(held, _)| ids(held)).collect::<BTreeSet<_>>(), seats.into_iter().collect());
    assert!(held.iter().all(|(_, closeness)| *closeness == Some(Closeness::Together)));

    let (again, closeness) = hold(mina).await.expect("the same seats");
    assert_eq!((ids(&again), closeness), (ids(&held[0].0), None));
    assert_eq!(refusal(hold(late).await), Refusal::SeatTaken { seat_ids: vec![], nearest: vec![] });
    house.assert_sound().await;
}

#[tokio::test]
async fn the_limit_counts_what_was_bought_before() {
    let house = TestHouse::open(Settings { seats_per_fan: 2, ..Settings::default() });
    let (schedule, seats) = house.schedule(5).await;
    let fan = house.fan("mina").await;
    house.charge(fan, 1000).await;
    for (seat, key) in [(seats[0], "a"), (seats[1], "b")] {
        waiting_room::join(&house, fan, schedule, waiting_room::Joining::default()).await.expect("joins");
        box_office::hold(&house, fan, schedule, vec![seat]).await.expect("holds");
        box_office::purchase(&house, fan, schedule, None, key.into()).await.expect("pays");
    }
    waiting_room::join(&house, fan, schedule, waiting_room::Joining::default()).await.expect("joins");
    let third = box_office::hold(&house, fan, schedule, vec![seats[2]]).await;
    assert_eq!(refusal(third), Refusal::TooManySeats { limit: 2 });
}

#[tokio::test]
async fn the_ledger_cannot_be_rewritten() {
    let house = TestHouse::open(Settings::default());
    let fan = house.fan("mina").await;
    house.charge(fan, 5).await;
    let raw = rusqlite::Connection::open(house.folder.path().join("encore.db")).expect("opens");
    for sql in ["update point_ledger set amount = 6", "delete from point_ledger"] {
        let error = raw.execute(sql, []).expect_err("the trigger forbids it");
        assert!(error.to_string().contains("append-only"), "{error}");
    }
}

#[tokio::test]
async fn a_newer_schema_is_refused() {
    let house = TestHouse::open(Settings::default());
    let raw = rusqlite::Connection::open(house.folder.path().join("encore.db")).expect("opens");
    raw.pragma_update(None, "user_version", 999).expect("the future");
    let again = crate::House::open(house.folder.path(), Settings::default(), crate::Clock::manual(START));
    assert!(matches!(again, Err(crate::Fault::NewerSchema)), "{again:?}");
}

#[tokio::test]
async fn the_key_of_an_earlier_version_leaves_the_database() {
    let house = TestHouse::open(Settings::default());
    let file = house.folder.path().join("encore.db");
    let key = [0xA7_u8; 32];
    let raw = rusqlite::Connection::open(&file).expect("opens");
    raw.execute("insert into house_key (id, key) values (1, ?)", [key]).expect("is stored");
    raw.execute("delete from key_check", []).expect("as before");
    drop(raw);
    std::fs::remove_file(house.folder.path().join(crate::keys::KEY_FILE)).expect("as before");
    let house = house.reopened();
    assert_eq!(*house.number_key(), key, "numbers stay what they are");
    for file in [file.clone(), file.with_extension("db-wal")] {
        let bytes = std::fs::read(&file).expect("reads");
        assert!(!bytes.windows(32).any(|bytes| bytes == key), "{}", file.display());
    }
    let again = house.reopened();
    assert_eq!(*again.number_key(), key);
}

#[tokio::test]
async fn damage_is_found_at_the_start_and_the_house_opens_nevertheless() {
    use std::io::{Seek, SeekFrom, Write};
    let house = TestHouse::open(Settings::default());
    crate::demo::fill(&house).await.expect("fills");
    let house = house.reopened();
    assert!(!house.is_damaged());
    let TestHouse { house, folder } = house;
    drop(house);
    let mut file = std::fs::OpenOptions::new().write(true).open(folder.path().join("encore.db")).expect("opens");
    file.seek(SeekFrom::End(-4096)).expect("seeks");
    file.write_all(&[0xA5; 4096]).expect("writes over the last page");
    let house = crate::House::open(folder.path(), Settings::default(), crate::Clock::manual(START)).expect("opens");
    assert!(house.is_damaged());
}

#[tokio::test]
async fn the_sweep_of_invariants_sees_what_is_broken() {
    let house = TestHouse::open(Settings::default());
    house.schedule(3).await;
    let fan = house.fan("mina").await;
    house.charge(fan, 5).await;
    let raw = rusqlite::Connection::open(house.folder.path().join("encore.db")).expect("opens");
    raw.execute_batch("update concert_schedule set left_ticket = 99; update user set point = 6;").expect("sabotage");
    let sweep = house::check(house.folder.path(), house.settings(), house.clock()).expect("sweeps");
    let broken: Vec<_> = sweep.iter().filter(|sweep| sweep.broken > 0).map(|sweep| sweep.invariant).collect();
    assert_eq!(
        broken,
        [
            "left_ticket is the number of reservable seats",
            "a fan's points are the sum of the ledger and never negative"
        ]
    );
}

#[tokio::test]
async fn demo_data_meets_the_invariants_and_is_only_added_to_an_empty_database() {
    let house = TestHouse::open(Settings::default());
    let demo = demo::fill(&house).await.expect("fills");
    let left = |schedule| {
        let house = &house;
        async move { box_office::schedule(house, schedule).await.expect("known").1.schedule.left_ticket }
    };
    assert_eq!([left(demo.club).await, left(demo.theatre).await, left(demo.arena).await], [50, 1200, 10_000]);
    assert_eq!(left(demo.sold_out).await, 0);
    house.assert_sound().await;
    assert!(demo::fill(&house).await.is_err());

    let fan = house.fan("late").await;
    assert_eq!(
        refusal(waiting_room::join(&house, fan, demo.sold_out, waiting_room::Joining::default()).await),
        Refusal::SoldOut
    );
    assert_eq!(
        refusal(waiting_room::join(&house, fan, demo.closed, waiting_room::Joining::default()).await),
        Refusal::SaleClosed { opens_at: None }
    );
    assert!(matches!(
        refusal(waiting_room::join(&house, fan, demo.not_yet_open, waiting_room::Joining::default()).await),
        Refusal::SaleClosed { opens_at: Some(_) }
    ));

    let (staff, _) = box_office::credentials(&house, demo::STAFF).await.expect("reads").expect("is there");
    let proof = back_office::staff(&house, staff.id).await.expect("is staff").box_office().expect("may do all");
    let book = back_office::reservations(&house, proof, demo.sold_out, "GUEST1@".into()).await.expect("reads");
    assert_eq!(book.reservations.len(), 4);
    assert_eq!(refusal(back_office::staff(&house, fan).await), Refusal::NotStaff);
}
