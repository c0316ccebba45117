//! The demo house: three concerts by invented performers, six schedules, two fans and a member of staff. The README, the
//! tests and the benchmarks share it. What is sold here was sold the way a fan buys it, by the same verbs.

use crate::box_office::{self, PaymentProvider};
use crate::domain::account::Role;
use crate::domain::entities::{Concert, NewSeat};
use crate::domain::schedule::Window;
use crate::domain::{ConcertId, Points, Refusal, ScheduleId, SeatStatus, Timestamp, UserId};
use crate::house::House;
use crate::store::{Fault, Outcome, Write};
use crate::{password, waiting_room};

/// The password of every demo account.
pub const PASSWORD: &str = "encore-demo";
/// A fan with points.
pub const MINA: &str = "mina@example.org";
/// A fan with few.
pub const JOON: &str = "joon@example.org";
/// A member of staff.
pub const STAFF: &str = "staff@example.org";

/// What a fan of a rehearsal has: enough for any seats.
const RICH: Points = 1_000_000;

const DAY: i64 = 24 * 60 * 60;
const HOUR: i64 = 60 * 60;

/// The schedules of the demo house, for those who look for a certain one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DemoHouse {
    /// 50 seats numbered 1 to 50, on sale.
    pub club: ScheduleId,
    /// The same hall, sold out.
    pub sold_out: ScheduleId,
    /// 1,200 seats in four sections with a price each, on sale.
    pub theatre: ScheduleId,
    /// The same theatre, its sale over.
    pub closed: ScheduleId,
    /// 10,000 seats in twenty blocks, on sale.
    pub arena: ScheduleId,
    /// The same arena, its sale not yet open.
    pub not_yet_open: ScheduleId,
}

/// Fills an empty house.
///
/// # Errors
/// [`Fault::Broken`] where the house is not empty; storage faults.
pub async fn fill(house: &House) -> Outcome<DemoHouse> {
    let hash = password::hash(PASSWORD, house.clock())?;
    let demo = house
        .write(move |write, terms| {
            if !write.is_empty()? {
                return Err(
                    Fault::Broken("the database is not empty, and the demo house fills only an empty one").into()
                );
            }
            let now = terms.now;
            write.insert_user("Mina Kim", MINA, Role::Fan, &hash, now)?;
            write.insert_user("Joon Park", JOON, Role::Fan, &hash, now)?;
            write.insert_user("Sora Lee", STAFF, Role::Staff, &hash, now)?;
            build(write, now)
        })
        .await?;
    for (email, amount) in [(MINA, 500_000), (JOON, 30_000)] {
        let (user, _) = box_office::credentials(house, email).await?.ok_or(Refusal::NotFound)?;
        box_office::charge(house, PaymentProvider::Demo, user.id, amount, "demo-charge".into()).await?;
    }
    sell_out(house, demo.sold_out).await?;
    Ok(demo)
}

/// Opens the sale of a schedule at an instant, with the usual lobby before it.
///
/// # Errors
/// Storage faults.
pub async fn open_sale(house: &House, schedule: ScheduleId, opens: Timestamp) -> Outcome<()> {
    house.write(move |write, _| Ok(write.set_sale_start(schedule, opens)?)).await
}

/// Makes so many fans with points and without a password, for a rehearsal.
///
/// # Errors
/// Storage faults.
pub async fn audience(house: &House, fans: usize) -> Outcome<Vec<UserId>> {
    // So that a second rehearsal on the same house has an audience of its own.
    let evening = house.clock().random_key();
    house
        .write(move |write, terms| {
            let fan = |number| {
                let (name, email) = (format!("Fan {number}"), format!("{evening}-{number}@example.org"));
                let fan = write.insert_user(&name, &email, Role::Fan, "nobody signs in to this account", terms.now)?;
                write.insert_charge(fan, RICH, "rehearsal", terms.now)?;
                Ok(fan)
            };
            (1..=fans).map(fan).collect()
        })
        .await
}

fn build(write: &Write<'_>, now: Timestamp) -> Outcome<DemoHouse> {
    let moons = concert(
        write,
        ("Paper Moons, Unplugged", "Hana Oh and the Paper Moons", "Maru Club, Seoul"),
        "Fifty chairs, one guitar, and the songs as they were first written down. Doors open an hour before.",
        now,
    )?;
    let glass = concert(
        write,
        ("Winter Light", "The Glass Orchestra", "Haneul Theatre, Seoul"),
        "Ninety players, three new works for strings and glass, and the slow movement that nobody coughs through.",
        now,
    )?;
    let neon = concert(
        write,
        ("First Wave", "NEON TIDE", "Bada Arena, Busan"),
        "The arena debut. Four voices, one sea of light, two hours without a pause.",
        now,
    )?;

    let open = |show: Timestamp| Window::new(now.plus_seconds(-DAY), show.plus_seconds(-HOUR));
    let evening = |days: i64| seven_in_the_evening(now.plus_seconds(days * DAY));
    let add = |concert, show: Timestamp, window, hall: Vec<NewSeat>| -> Outcome<ScheduleId> {
        let schedule = write.insert_schedule(concert, show, window, now)?;
        for seat in hall {
            write.insert_seat(schedule, &seat, now)?;
        }
        Ok(schedule)
    };
    let over = Window::new(now.plus_seconds(-20 * DAY), now.plus_seconds(-HOUR));
    let later = evening(60);
    let to_come = Window::new(evening(7), later.plus_seconds(-HOUR));
    Ok(DemoHouse {
        club: add(moons, evening(21), open(evening(21)), club())?,
        sold_out: add(moons, evening(22), open(evening(22)), club())?,
        theatre: add(glass, evening(30), open(evening(30)), theatre())?,
        closed: add(glass, evening(2), over, theatre())?,
        arena: add(neon, evening(45), open(evening(45)), arena())?,
        not_yet_open: add(neon, later, to_come, arena())?,
    })
}

fn concert(
    write: &Write<'_>,
    (title, performer, venue): (&str, &str, &str),
    description: &str,
    now: Timestamp,
) -> Outcome<ConcertId> {
    let concert = Concert {
        id: ConcertId(0),
        title: title.into(),
        performer: performer.into(),
        venue: venue.into(),
        time_zone: "Asia/Seoul".into(),
        description: description.into(),
    };
    Ok(write.insert_concert(&concert, now)?)
}

/// 19:00 in Korea (UTC+9, no daylight saving) on the day of an instant.
fn seven_in_the_evening(at: Timestamp) -> Timestamp {
    let day = 1000 * DAY;
    Timestamp(at.0.div_euclid(day) * day + 1000 * 10 * HOUR)
}

/// Rows of seats, named A, B, C …, numbered from `first`, with an aisle after some places.
fn block(
    section: &str,
    rows: i64,
    (seats, aisles): (i64, &[i64]),
    price: Points,
    numbered_through: bool,
) -> Vec<NewSeat> {
    let seat = |row: i64, place: i64| NewSeat {
        section: section.into(),
        row: char::from(b'A' + u8::try_from(row).unwrap_or(25)).into(),
        number: place + if numbered_through { row * seats } else { 0 },
        position: place + aisles.iter().filter(|&&aisle| place > aisle).count() as i64,
        price,
        status: SeatStatus::Reservable,
    };
    (0..rows).flat_map(|row| (1..=seats).map(move |place| (row, place))).map(|(row, place)| seat(row, place)).collect()
}

fn club() -> Vec<NewSeat> {
    block("Floor", 5, (10, &[5]), 110_000, true)
}

fn theatre() -> Vec<NewSeat> {
    let aisles: (i64, &[i64]) = (30, &[8, 22]);
    [
        block("Stalls", 20, aisles, 154_000, false),
        block("Dress Circle", 10, aisles, 132_000, false),
        block("Balcony", 8, aisles, 99_000, false),
        block("Gallery", 4, (15, &[]), 66_000, false),
    ]
    .concat()
}

fn arena() -> Vec<NewSeat> {
    let price = |block: i64| match block {
        101..=104 => 187_000,
        105..=110 => 165_000,
        111..=116 => 132_000,
        _ => 99_000,
    };
    (101..=120).flat_map(|number| block(&format!("Block {number}"), 20, (25, &[]), price(number), false)).collect()
}

/// Sells every seat of a schedule to an audience whose accounts nobody can sign in to.
async fn sell_out(house: &House, schedule: ScheduleId) -> Outcome<()> {
    let hash = password::hash(&house.clock().random_key(), house.clock())?;
    let hall = box_office::seat_map(house, schedule).await?;
    for (party, seats) in hall.plan.seats().chunks(house.settings().seats_per_fan.max(1) as usize).enumerate() {
        let hash = hash.clone();
        let guest: UserId = house
            .write(move |write, terms| {
                let (name, email) = (format!("Guest {}", party + 1), format!("guest{}@example.org", party + 1));
                Ok(write.insert_user(&name, &email, Role::Fan, &hash, terms.now)?)
            })
            .await?;
        let total = seats.iter().map(|seat| seat.price).sum();
        box_office::charge(house, PaymentProvider::Demo, guest, total, "demo-charge".into()).await?;
        waiting_room::join(house, guest, schedule, None).await?;
        box_office::hold(house, guest, schedule, seats.iter().map(|seat| seat.id).collect()).await?;
        box_office::purchase(house, guest, schedule, Some(total), "demo-purchase".into()).await?;
    }
    Ok(())
}
