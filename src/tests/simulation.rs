//! A simulation: fans and staff do at random what they can do, alone and at the same moment, while the clock is turned by
//! hand, forward and back, and the house is closed and opened. After each step every invariant must hold.
//!
//! What happens follows from a seed alone, apart from the order in which simultaneous commands reach the writer. A seed with
//! which a step went wrong is added to [`SEEDS`], and so is tried again by every run.

use super::dice::Dice;
use super::venue::DAY;
use super::{START, TestHouse, from_environment, restrict, terms};
use crate::back_office::{self, BoxOffice, Buyer, Door, Limits, NewPlace, Owner, Paid};
use crate::box_office::{self, PaymentProvider};
use crate::domain::account::Duty;
use crate::domain::concert::{Publication, SaleTerms};
use crate::domain::schedule::Window;
use crate::domain::waitlist::Wish;
use crate::domain::{Points, Reservation, ScheduleId, SeatId, TokenId, UserId};
use crate::ticket_code::{self, CodeFacts};
use crate::waiting_room::{self, AskedBy, Joining};
use crate::{Clock, Denied, House, Outcome, Settings, heartbeat, sweeper};
use std::collections::BTreeMap;
use std::net::{IpAddr, Ipv4Addr};
use std::sync::Arc;
use std::time::Duration;

/// The steps of one run, unless the environment variable `ENCORE_STEPS` says another number.
const STEPS: usize = 8_000;
/// How many steps one house lives: so few that its tables stay small.
const STEPS_A_HOUSE: usize = 600;
/// Seeds with which a step once went wrong, or that are as good as any to begin with.
const SEEDS: [u64; 1] = [1];
const FANS: usize = 8;
const SETTINGS: Settings = Settings {
    hold_seconds: 40,
    offer_seconds: 90,
    seats_per_fan: 3,
    active_fans: 3,
    admission_seconds: 60,
    places_per_address: 5,
    held_per_address: 6,
    points_a_day: 5_000,
    delay_steps: 1,
    ..Settings::DEFAULT
};

/// What a step does. `usize` chooses from what there is then, such as the tickets of a fan.
#[derive(Debug, Clone, Copy)]
enum Action {
    Join,
    Look,
    LookHidden,
    Leave,
    Hold,
    HoldBest,
    Release,
    Charge,
    Purchase,
    Cancel,
    JoinWaitlist,
    LeaveWaitlist,
    HandOn,
    Pause,
    SetLimits,
    KeepBack,
    ReleaseKept,
    VoidPlaces,
    RestorePlace,
    Sell,
    CancelTicket,
    MoveTicket,
    Exchange,
    Adjust,
    Cash,
    CheckIn,
    MoveShow,
    CallOff,
}

/// How often each action is chosen.
const ACTIONS: [(usize, Action); 28] = [
    (14, Action::Join),
    (10, Action::Look),
    (2, Action::LookHidden),
    (2, Action::Leave),
    (16, Action::Hold),
    (6, Action::HoldBest),
    (2, Action::Release),
    (6, Action::Charge),
    (16, Action::Purchase),
    (5, Action::Cancel),
    (4, Action::JoinWaitlist),
    (1, Action::LeaveWaitlist),
    (3, Action::HandOn),
    (1, Action::Pause),
    (2, Action::SetLimits),
    (2, Action::KeepBack),
    (2, Action::ReleaseKept),
    (1, Action::VoidPlaces),
    (1, Action::RestorePlace),
    (3, Action::Sell),
    (2, Action::CancelTicket),
    (2, Action::MoveTicket),
    (2, Action::Exchange),
    (2, Action::Adjust),
    (2, Action::Cash),
    (2, Action::CheckIn),
    (1, Action::MoveShow),
    (1, Action::CallOff),
];

/// What a step chose, from which the action follows.
#[derive(Debug, Clone, Copy)]
struct Command {
    action: Action,
    fan: usize,
    other: usize,
    schedule: usize,
    /// A random number, for all else.
    number: usize,
}

impl Command {
    fn of(dice: &mut Dice) -> Self {
        Self {
            action: dice.weighted(&ACTIONS),
            fan: dice.below(FANS),
            other: dice.below(FANS),
            schedule: dice.below(2),
            number: dice.below(1 << 20),
        }
    }
}

#[derive(Debug, Clone)]
enum Step {
    /// One command, or a few at the same moment.
    Commands(Vec<Command>),
    /// The clock goes forward by so many seconds.
    Wait(u64),
    /// The clock is set back by so many seconds.
    SetBack(u64),
    Sweep,
    /// The delays of lotteries are over.
    Draw,
    /// The house is closed and opened again.
    Reopen,
}

impl Step {
    fn of(dice: &mut Dice) -> Self {
        match dice.below(100) {
            0..70 => Self::Commands(vec![Command::of(dice)]),
            70..76 => Self::Commands((0..2 + dice.below(3)).map(|_| Command::of(dice)).collect()),
            76..88 => Self::Wait(1 + dice.next() % if dice.chance(5) { 900 } else { 30 }),
            88..89 => Self::SetBack(1 + dice.next() % 120),
            89..96 => Self::Sweep,
            96..99 => Self::Draw,
            _ => Self::Reopen,
        }
    }

    fn count(&self) -> usize {
        if let Self::Commands(commands) = self { commands.len() } else { 1 }
    }
}

/// Who and what there is in a house. It never changes.
struct Cast {
    fans: Vec<UserId>,
    owner: Owner,
    clerk: BoxOffice,
    door: Door,
    schedules: [(ScheduleId, Vec<SeatId>); 2],
}

/// A house that is ready for a simulation, and closed. Each simulated house is a copy of it, because to set up a house takes
/// as long as some hundred steps.
struct Stage {
    folder: tempfile::TempDir,
    cast: Arc<Cast>,
}

impl Stage {
    /// A house with two dates of one concert: the sale of the first begins in two minutes and has a lobby now, that of the
    /// second is open.
    async fn new() -> Self {
        let house = TestHouse::open(SETTINGS);
        let owner = house.owner().await;
        let clerk = house.counter().await;
        let show = START.plus_seconds(30 * DAY);
        let sold_in = |opens: i64| {
            let window = Window::new(START.plus_seconds(opens), START.plus_seconds(opens + 3_000));
            SaleTerms { show_time: show, ..terms(window) }
        };
        let (_, first) = house.set_up(owner, sold_in(120)).await;
        let second = back_office::copy_schedule(&house, owner, first, show.plus_seconds(DAY)).await.expect("a copy");
        let terms = SaleTerms { show_time: show.plus_seconds(DAY), ..sold_in(0) };
        back_office::change_schedule(&house, owner, second, terms).await.expect("is on sale");
        back_office::publish_schedule(&house, owner, second, Publication::Published).await.expect("is shown");
        let seats = async |schedule| {
            let map = box_office::seat_map(&house, schedule).await.expect("the map");
            (schedule, map.plan.seats().iter().map(|seat| seat.id).collect())
        };
        let schedules = [seats(first).await, seats(second).await];
        let mut fans = vec![];
        for number in 0..FANS {
            let fan = house.fan(&format!("f{number}")).await;
            house.charge(fan, 600).await;
            fans.push(fan);
        }
        back_office::appoint(&house, "f0@example.org", Duty::Door).await.expect("staff");
        let door = back_office::staff(&house, fans[0]).await.expect("is staff").door();
        let TestHouse { house, folder } = house;
        drop(house);
        Self { folder, cast: Arc::new(Cast { fans, owner, clerk, door, schedules }) }
    }

    /// Opens a copy of the house.
    async fn world(&self) -> World {
        let folder = tempfile::tempdir().expect("a folder");
        for file in std::fs::read_dir(self.folder.path()).expect("a folder").flatten() {
            std::fs::copy(file.path(), folder.path().join(file.file_name())).expect("copies");
        }
        restrict(folder.path());
        let house = House::open(folder.path(), SETTINGS, Clock::manual(START)).expect("opens");
        heartbeat::start(&house).await.expect("starts");
        World { house: TestHouse { house, folder }, cast: self.cast.clone(), numbers: BTreeMap::new() }
    }
}

/// A house of the simulation.
struct World {
    house: TestHouse,
    cast: Arc<Cast>,
    /// The number of each token that has had one.
    numbers: BTreeMap<TokenId, i64>,
}

impl World {
    async fn after(self, step: &Step) -> Self {
        match step {
            Step::Commands(commands) => self.act(commands).await,
            Step::Wait(seconds) => {
                self.house.wait(*seconds);
                heartbeat::beat(&self.house).await;
            }
            Step::SetBack(seconds) => {
                self.house.clock().set_back(Duration::from_secs(*seconds));
                heartbeat::beat(&self.house).await;
            }
            Step::Sweep => drop(sweeper::sweep(&self.house).await.expect("sweeps")),
            Step::Draw => waiting_room::run_delays(&self.house, &()).await.expect("draws"),
            Step::Reopen => {
                let house = self.house.reopened();
                heartbeat::start(&house).await.expect("starts");
                return Self { house, ..self };
            }
        }
        self
    }

    /// Carries out up to four commands at the same moment. Each may be refused, but must not fail.
    async fn act(&self, commands: &[Command]) {
        let carried_out = async |index: usize| {
            let Some(&command) = commands.get(index) else { return };
            if let Err(Denied::Fault(fault)) = carry_out(&self.house, &self.cast, command).await {
                panic!("{command:?}: {fault}");
            }
        };
        tokio::join!(carried_out(0), carried_out(1), carried_out(2), carried_out(3));
    }

    /// Checks every invariant, and that no place in a queue has lost its number.
    async fn check(&mut self) {
        self.house.assert_sound().await;
        for (schedule, _) in &self.cast.schedules {
            for token in self.house.queues().everybody(*schedule) {
                let Some(number) = token.number else { continue };
                assert_eq!(*self.numbers.entry(token.id).or_insert(number), number, "{token:?} had another number");
            }
        }
    }
}

/// The tickets of a fan, of both dates.
async fn tickets(house: &House, fan: UserId) -> Outcome<Vec<Reservation>> {
    let mut mine = box_office::reservations(house, fan).await?;
    mine.retain(Reservation::is_ticket);
    mine.sort_by_key(|ticket| ticket.id);
    Ok(mine)
}

async fn carry_out(house: &House, cast: &Cast, command: Command) -> Outcome<()> {
    let Command { action, number, .. } = command;
    let (fan, other) = (cast.fans[command.fan], cast.fans[command.other]);
    let ((schedule, seats), (other_date, other_seats)) =
        (&cast.schedules[command.schedule], &cast.schedules[1 - command.schedule]);
    let (schedule, other_date) = (*schedule, *other_date);
    let seat = seats[number % seats.len()];
    let why = "simulated";
    let key = |most: usize| format!("key-{}", number % most);
    let address = IpAddr::V4(Ipv4Addr::new(192, 0, 2, (command.fan % 3) as u8));
    let mine = tickets(house, fan).await?;
    let ticket = mine.get(number % mine.len().max(1));
    match action {
        Action::Join => {
            let joining = Joining { contribution: Some(format!("from {number}")), address: Some(address) };
            waiting_room::join(house, fan, schedule, joining).await.map(drop)
        }
        Action::Look => waiting_room::status(house, fan, schedule, AskedBy::Fan).await.map(drop),
        Action::LookHidden => waiting_room::status(house, fan, schedule, AskedBy::HiddenPage).await.map(drop),
        Action::Leave => waiting_room::leave(house, fan, schedule).await.map(drop),
        Action::Hold => {
            let some = seats.iter().cycle().skip(number % seats.len()).take(1 + number % 3);
            let wanted = box_office::Wanted { seats: some.copied().collect(), needs_access: number % 5 == 0 };
            box_office::hold(house, fan, schedule, wanted).await.map(drop)
        }
        Action::HoldBest => {
            let party = 1 + (number % 3) as u32;
            box_office::hold_best(house, fan, schedule, (party, None), number % 5 == 0).await.map(drop)
        }
        Action::Release => box_office::release(house, fan, schedule).await.map(drop),
        Action::Charge => {
            let (amount, key) = (1 + (number % 900) as Points, key(1 << 20));
            box_office::charge(house, PaymentProvider::Demo, fan, amount, key).await.map(drop)
        }
        Action::Purchase => {
            let expected = (number % 10 == 0).then_some(100);
            box_office::purchase(house, fan, schedule, expected, key(40)).await.map(drop)
        }
        Action::Cancel => match ticket {
            Some(ticket) => box_office::cancel(house, fan, ticket.id, None, format!("c{}", key(40))).await.map(drop),
            None => Ok(()),
        },
        Action::JoinWaitlist => {
            let wish = Wish {
                party: 1 + (number % 3) as u32,
                bands: vec![],
                needs_access: number % 5 == 0,
                may_split: number % 2 == 0,
            };
            box_office::join_waitlist(house, fan, schedule, wish).await
        }
        Action::LeaveWaitlist => box_office::leave_waitlist(house, fan, schedule).await,
        Action::HandOn => {
            let Some(ticket) = ticket else { return Ok(()) };
            box_office::make_hand_on_link(house, fan, ticket.id).await?;
            let link = box_office::handing_on(house, fan, ticket.id).await?.link;
            match link {
                Some((token, _)) if number % 4 > 0 => box_office::take_ticket(house, other, token).await.map(drop),
                _ => box_office::end_hand_on_link(house, fan, ticket.id).await,
            }
        }
        Action::Pause => back_office::pause(house, cast.clerk, schedule, number % 4 == 0).await,
        Action::SetLimits => {
            let limits = Limits {
                active_fans: (number % 3 > 0).then_some(1 + (number % 5) as u32),
                admissions_a_minute: (number % 7 == 0).then_some(1 + (number % 30) as u32),
            };
            back_office::set_limits(house, cast.clerk, schedule, limits).await
        }
        Action::KeepBack => {
            let until = (number % 2 == 0).then(|| house.clock().now().plus_seconds((number % 300) as i64));
            back_office::keep_back(house, cast.clerk, schedule, vec![seat], why, until).await
        }
        Action::ReleaseKept => {
            let kept = back_office::kept_seats(house, cast.clerk, schedule).await?;
            let kept = kept.iter().map(|kept| kept.id).collect();
            back_office::release_kept(house, cast.clerk, schedule, kept).await
        }
        Action::VoidPlaces => {
            back_office::void_places(house, cast.clerk, schedule, &address.to_string(), why).await.map(drop)
        }
        Action::RestorePlace => {
            let voided = back_office::addresses(house, cast.clerk, schedule).await?.voided;
            match voided.get(number % voided.len().max(1)) {
                Some(place) => back_office::restore_place(house, cast.clerk, schedule, place.token).await,
                None => Ok(()),
            }
        }
        Action::Sell => {
            let email = format!("f{}@example.org", command.fan);
            let paid = [Paid::Points, Paid::Cash, Paid::Nothing][number % 3];
            let buyer = Buyer { email: &email, name: "" };
            back_office::sell(house, cast.clerk, schedule, vec![seat], buyer, paid, why).await.map(drop)
        }
        Action::CancelTicket => match ticket {
            Some(ticket) => {
                let refund = ticket.price * (number % 3) as Points / 2;
                back_office::cancel_ticket(house, cast.clerk, ticket.id, refund, why).await.map(drop)
            }
            None => Ok(()),
        },
        Action::MoveTicket => match ticket {
            Some(ticket) => back_office::move_ticket(house, cast.clerk, ticket.id, seat, why).await.map(drop),
            None => Ok(()),
        },
        Action::Exchange => {
            let Some(ticket) = ticket.filter(|ticket| ticket.schedule_id == schedule) else { return Ok(()) };
            let to = other_seats[number % other_seats.len()];
            let difference = [-200, -100, 0, 100, 200][number % 5];
            back_office::exchange(house, cast.clerk, ticket.id, (other_date, to), difference, why).await.map(drop)
        }
        Action::Adjust => {
            let point = box_office::user(house, fan).await?.point;
            let amount = (number % 400) as Points - 200;
            back_office::adjust_points(house, cast.clerk, None, fan, (point, amount), why).await
        }
        Action::Cash => {
            let point = box_office::user(house, fan).await?.point;
            let amount = (number % 400) as Points - 200;
            back_office::exchange_cash(house, cast.clerk, None, fan, (point, amount)).await
        }
        Action::CheckIn => {
            let Some(ticket) = ticket else { return Ok(()) };
            let code = ticket_code::code(house.keys(), CodeFacts::from(ticket));
            back_office::check_in(house, cast.door, ticket.schedule_id, &code, true, Some(key(1 << 20))).await.map(drop)
        }
        Action::MoveShow => {
            let (_, view) = box_office::schedule(house, schedule).await?;
            let from = view.schedule.show_time;
            let place = NewPlace { from, to: from.plus_seconds(3_600), venue: None, full_refund_until: None };
            back_office::move_show(house, cast.owner, schedule, place).await
        }
        // Not often: nothing more happens in a date that was called off.
        Action::CallOff if number % 8 == 0 => {
            back_office::call_off(house, cast.owner, schedule, why, (number % 20) as u32).await
        }
        Action::CallOff => Ok(()),
    }
}

/// The steps of one house. If the test panics, says with which seed, and what was done last.
struct Life {
    seed: u64,
    steps: Vec<Step>,
}

impl Drop for Life {
    fn drop(&mut self) {
        if std::thread::panicking() {
            eprintln!("ENCORE_SEED={} went wrong after {} steps, the last of which were", self.seed, self.steps.len());
            self.steps.iter().rev().take(10).rev().for_each(|step| eprintln!("    {step:?}"));
        }
    }
}

/// Simulates at least `steps` steps. The first house has the seed `seed`, and the others have seeds that follow from it.
async fn simulate(seed: u64, steps: usize) {
    let (stage, mut seeds) = (Stage::new().await, Dice(seed));
    let mut done = 0;
    while done < steps {
        let mut life = Life { seed: if done == 0 { seed } else { seeds.next() }, steps: vec![] };
        let (mut dice, mut world) = (Dice(life.seed), stage.world().await);
        let end = (done + STEPS_A_HOUSE).min(steps);
        while done < end {
            let step = Step::of(&mut dice);
            life.steps.push(step.clone());
            world = world.after(&step).await;
            world.check().await;
            done += step.count();
        }
    }
}

#[tokio::test]
async fn every_invariant_holds_after_every_step() {
    let steps = from_environment("ENCORE_STEPS", STEPS);
    for seed in SEEDS {
        simulate(seed, STEPS_A_HOUSE).await;
    }
    let seed = from_environment("ENCORE_SEED", 2);
    simulate(seed, steps).await;
    println!("{steps} steps from the seed {seed}: every invariant held after each");
}
