//! A property test: several fans send random commands. After each command the house is compared with a small model,
//! which is built only from the answers that the fans received, and the check of invariants must find nothing broken.

use super::{START, TestHouse};
use crate::box_office;
use crate::domain::queue::TokenStatus;
use crate::domain::seat::is_live;
use crate::domain::{Points, ReservationStatus, ScheduleId, SeatId, Timestamp, UserId};
use crate::waiting_room::AskedBy;
use crate::{Denied, Settings, sweeper, waiting_room};
use proptest::prelude::*;
use std::collections::{BTreeMap, BTreeSet};

const FANS: usize = 4;
const SEATS: usize = 6;
/// How long the sale lasts, in seconds: so short that many runs go past its end.
const SALE_SECONDS: i64 = 400;
const SETTINGS: Settings =
    Settings { hold_seconds: 30, seats_per_fan: 3, active_fans: 2, admission_seconds: 60, ..Settings::DEFAULT };

#[derive(Debug, Clone)]
enum Command {
    Join(usize),
    Leave(usize),
    Hold(usize, Vec<usize>),
    Release(usize),
    Charge(usize, Points),
    Purchase(usize, u8),
    Wait(u64),
    InvariantCheck,
}

fn command() -> impl Strategy<Value = Command> {
    let fan = 0..FANS;
    prop_oneof![
        4 => fan.clone().prop_map(Command::Join),
        1 => fan.clone().prop_map(Command::Leave),
        6 => (fan.clone(), prop::collection::vec(0..SEATS, 1..4)).prop_map(|(fan, seats)| Command::Hold(fan, seats)),
        1 => fan.clone().prop_map(Command::Release),
        2 => (fan.clone(), 1..400i64).prop_map(|(fan, amount)| Command::Charge(fan, amount)),
        4 => (fan, 0..3u8).prop_map(|(fan, key)| Command::Purchase(fan, key)),
        3 => (1..40u64).prop_map(Command::Wait),
        1 => Just(Command::InvariantCheck),
    ]
}

/// The model: what the answers promised to the fans. A fan is a number, the index in [`Run::fans`].
#[derive(Debug, Default)]
struct Model {
    points: BTreeMap<usize, Points>,
    /// The seats that are held, each with its holder and the time at which the hold expires.
    held: BTreeMap<SeatId, (usize, Timestamp)>,
    sold: BTreeMap<SeatId, usize>,
    /// The total in the answer to each purchase, by fan and idempotency key.
    paid: BTreeMap<(usize, u8), Points>,
}

impl Model {
    fn live(&self, now: Timestamp) -> impl Iterator<Item = (SeatId, usize)> {
        self.held.iter().filter(move |(_, (_, at))| is_live(*at, now)).map(|(&seat, &(fan, _))| (seat, fan))
    }
}

struct Run {
    house: TestHouse,
    schedule: ScheduleId,
    seats: Vec<SeatId>,
    fans: Vec<UserId>,
    model: Model,
}

impl Run {
    async fn start() -> Self {
        let house = TestHouse::open(SETTINGS);
        let (schedule, seats) = house.schedule_for(SEATS as i64, SALE_SECONDS).await;
        let mut fans = vec![];
        for name in ["a", "b", "c", "d"] {
            fans.push(house.fan(name).await);
        }
        Self { house, schedule, seats, fans, model: Model::default() }
    }

    async fn apply(&mut self, command: &Command) {
        let (house, schedule, now) = (&self.house, self.schedule, self.house.clock().now());
        match *command {
            Command::Join(fan) => {
                match waiting_room::join(house, self.fans[fan], schedule, waiting_room::Joining::default()).await {
                    Ok(place) => {
                        let waits = place.token.status == TokenStatus::Wait;
                        assert!(!waits || place.token.expire_at.is_none());
                    }
                    Err(Denied::Refused(refusal)) => {
                        let sold_out = self.model.sold.len() == SEATS;
                        let closed = now >= START.plus_seconds(SALE_SECONDS);
                        assert!(sold_out || closed, "{refusal:?} without a reason");
                    }
                    Err(fault) => panic!("{fault}"),
                }
            }
            Command::Leave(fan) => {
                waiting_room::leave(house, self.fans[fan], schedule).await.expect("leaving is never refused");
                self.model.held.retain(|_, (holder, _)| *holder != fan);
            }
            Command::Hold(fan, ref wanted) => {
                let wanted: Vec<SeatId> = wanted.iter().map(|&seat| self.seats[seat]).collect();
                let expected = self.expected_hold(fan, &wanted, now).await;
                match box_office::hold(house, self.fans[fan], schedule, wanted.clone()).await {
                    Ok(answer) => {
                        assert_eq!(expected, None, "a hold that should have been refused");
                        let before: BTreeMap<SeatId, usize> = self.model.live(now).collect();
                        for seat in wanted {
                            assert!(
                                before.get(&seat).is_none_or(|holder| *holder == fan),
                                "{seat} was somebody else's"
                            );
                            assert!(!self.model.sold.contains_key(&seat), "{seat} was sold");
                            self.model.held.insert(seat, (fan, answer.expired_at));
                        }
                        let mine = self.model.live(now).filter(|(_, holder)| *holder == fan).count();
                        assert_eq!(mine, answer.reservations.len(), "the answer names all that the fan holds");
                        let first = self.model.held.values().filter(|(holder, at)| *holder == fan && is_live(*at, now));
                        assert!(
                            first.clone().all(|(_, at)| *at == answer.expired_at),
                            "one deadline for all: {first:?}"
                        );
                    }
                    Err(Denied::Refused(refusal)) => assert_eq!(Some(refusal.code()), expected, "{wanted:?}"),
                    Err(fault) => panic!("{fault}"),
                }
            }
            Command::Release(fan) => {
                let live = self.model.live(now).filter(|(_, holder)| *holder == fan).count();
                let released = box_office::release(house, self.fans[fan], schedule).await.expect("never refused");
                assert_eq!(released as usize, live);
                self.model.held.retain(|_, (holder, _)| *holder != fan);
            }
            Command::Charge(fan, amount) => {
                let balance = self.model.points.entry(fan).or_default();
                *balance += amount;
                assert_eq!(house.charge(self.fans[fan], amount).await, *balance);
            }
            Command::Purchase(fan, key) => {
                let answer = box_office::purchase(house, self.fans[fan], schedule, None, format!("key{key}")).await;
                let mine: Vec<SeatId> =
                    self.model.live(now).filter(|(_, holder)| *holder == fan).map(|(seat, _)| seat).collect();
                let balance = self.model.points.entry(fan).or_default();
                match (answer, self.model.paid.get(&(fan, key))) {
                    (Ok(answer), Some(&total)) => assert_eq!(answer.total, total, "the same key, the same answer"),
                    (Ok(answer), None) => {
                        assert_eq!(answer.total, 100 * mine.len() as Points, "all that was held, at its price");
                        *balance -= answer.total;
                        assert_eq!(answer.point, *balance);
                        for seat in mine {
                            self.model.held.remove(&seat);
                            self.model.sold.insert(seat, fan);
                        }
                        self.model.paid.insert((fan, key), answer.total);
                    }
                    (Err(Denied::Refused(_)), None) => {
                        assert!(mine.is_empty() || *balance < 100 * mine.len() as Points, "a live hold can be paid");
                    }
                    (other, _) => panic!("{other:?}"),
                }
            }
            Command::Wait(seconds) => house.wait(seconds),
            Command::InvariantCheck => drop(sweeper::sweep(house).await.expect("sweeps")),
        }
    }

    /// Returns the code of the refusal that a hold must get, or `None` if the hold must be granted.
    async fn expected_hold(&self, fan: usize, wanted: &[SeatId], now: Timestamp) -> Option<&'static str> {
        let place =
            waiting_room::status(&self.house, self.fans[fan], self.schedule, AskedBy::Fan).await.expect("looks");
        if !place.is_some_and(|place| place.token.status == TokenStatus::Active) {
            return Some("not_admitted");
        }
        let distinct: BTreeSet<_> = wanted.iter().collect();
        if distinct.len() < wanted.len() {
            return Some("invalid");
        }
        if now >= START.plus_seconds(SALE_SECONDS) {
            return Some("sale_closed");
        }
        let live: BTreeMap<SeatId, usize> = self.model.live(now).collect();
        let mine = live.values().filter(|holder| **holder == fan).count();
        let bought = self.model.sold.values().filter(|owner| **owner == fan).count();
        let new = wanted.iter().filter(|seat| live.get(seat) != Some(&fan));
        if mine + bought + new.clone().count() > SETTINGS.seats_per_fan as usize {
            return Some("too_many_seats");
        }
        let gone = |seat: &&SeatId| live.contains_key(seat) || self.model.sold.contains_key(seat);
        new.clone().any(|seat| gone(&seat)).then_some("seat_taken")
    }

    /// Checks that the house agrees with the model, and that every invariant holds.
    async fn compare(&self) {
        self.house.assert_sound().await;
        let now = self.house.clock().now();
        for (fan, &id) in self.fans.iter().enumerate() {
            let user = box_office::user(&self.house, id).await.expect("the fan");
            assert_eq!(user.point, self.model.points.get(&fan).copied().unwrap_or(0));
            let mine = box_office::reservations(&self.house, id).await.expect("reads");
            let bought: Vec<SeatId> = mine.iter().filter(|r| r.is_ticket()).map(|r| r.seat_id).collect();
            let sold = self.model.sold.iter().filter(|(_, owner)| **owner == fan);
            assert_eq!(bought.len(), sold.clone().count());
            assert!(sold.clone().all(|(seat, _)| bought.contains(seat)));
            let held = mine.iter().filter(|r| r.status == ReservationStatus::Reserved && is_live(r.expired_at, now));
            let told = self.model.live(now).filter(|(_, holder)| *holder == fan).map(|(seat, _)| seat);
            assert_eq!(held.map(|r| r.seat_id).collect::<BTreeSet<_>>(), told.collect());
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 40, ..ProptestConfig::default() })]

    #[test]
    fn the_database_always_agrees_with_the_model(commands in prop::collection::vec(command(), 1..50)) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
        runtime.block_on(async {
            let mut run = Run::start().await;
            for command in &commands {
                run.apply(command).await;
                run.compare().await;
            }
        });
    }
}
