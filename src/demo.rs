//! The demo data: three concerts by invented performers, seven schedules, two fans and three members of staff. The
//! README, the tests and the benchmarks share it. Halls, concerts and schedules are created with the verbs that an
//! owner uses, and the sold-out schedule is sold with the verbs that fans use; only the accounts are inserted directly.

use crate::back_office::{self, Owner};
use crate::box_office::{self, PaymentProvider};
use crate::domain::account::{Duty, Role};
use crate::domain::concert::{ConcertTexts, Publication, SaleTerms};
use crate::domain::schedule::Window;
use crate::domain::seating::{Block, Design, Numbering};
use crate::domain::{ConcertId, PlanId, Points, Refusal, ScheduleId, Timestamp, UserId};
use crate::house::House;
use crate::store::{Denied, Fault, Outcome};
use crate::{password, waiting_room};

/// The password of every demo account.
pub const PASSWORD: &str = "encore-demo";
/// The email address of a fan with 500,000 points.
pub const MINA: &str = "mina@example.org";
/// The email address of a fan with 30,000 points, which is too few for any seat.
pub const JOON: &str = "joon@example.org";
/// The email address of an owner.
pub const STAFF: &str = "staff@example.org";
/// The email address of a member of staff with the box office duty.
pub const BOX_OFFICE: &str = "box@example.org";
/// The email address of a member of staff with the door duty.
pub const DOOR: &str = "door@example.org";

/// The points of each fan in a rehearsal: enough for four of the most expensive demo seats.
const RICH: Points = 1_000_000;

/// In seconds.
const DAY: i64 = 24 * 60 * 60;
/// In seconds.
const HOUR: i64 = 60 * 60;

/// The ids of the demo schedules. Each field is named after what is special about the schedule.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DemoHouse {
    /// On sale: a club with 50 seats numbered 1 to 50.
    pub club: ScheduleId,
    /// Sold out: the same club.
    pub sold_out: ScheduleId,
    /// On sale: a theatre with 1,200 seats in four sections, each with its own price.
    pub theatre: ScheduleId,
    /// The same theatre, with a sale that has ended.
    pub closed: ScheduleId,
    /// On sale: an arena with 10,000 seats in twenty blocks.
    pub arena: ScheduleId,
    /// The same arena, with a sale that opens in a week.
    pub not_yet_open: ScheduleId,
    /// On sale: the theatre with wheelchair and companion places, which are kept for people who need them during the
    /// whole sale.
    pub access: ScheduleId,
}

/// Fills an empty database with the demo data.
///
/// # Errors
/// [`Fault::Broken`] if the database already has a person or a concert; any storage fault.
pub async fn fill(house: &House) -> Outcome<DemoHouse> {
    let hash = password::hash(PASSWORD, house.clock())?;
    let owner = house
        .write(move |write, context| {
            if !write.is_empty()? {
                return Err(
                    Fault::Broken("the database is not empty, and the demo house fills only an empty one").into()
                );
            }
            let now = context.now;
            write.mark_demo()?;
            write.insert_user("Mina Kim", MINA, Role::Fan, &hash, now)?;
            write.insert_user("Joon Park", JOON, Role::Fan, &hash, now)?;
            let owner = write.insert_user("Sora Lee", STAFF, Role::Fan, &hash, now)?;
            write.set_duty(owner, Some(Duty::Owner), now)?;
            for (name, email, duty) in [("Jihun Choi", BOX_OFFICE, Duty::BoxOffice), ("Bora Jung", DOOR, Duty::Door)] {
                let staff = write.insert_user(name, email, Role::Fan, &hash, now)?;
                write.set_duty(staff, Some(duty), now)?;
            }
            Ok(owner)
        })
        .await?;
    let demo = build(house, back_office::staff(house, owner).await?.owner()?).await?;
    for (email, amount) in [(MINA, 500_000), (JOON, 30_000)] {
        let (user, _) = box_office::credentials(house, email).await?.ok_or(Refusal::NotFound)?;
        box_office::charge(house, PaymentProvider::Demo, user.id, amount, "demo-charge".into()).await?;
    }
    sell_out(house, demo.sold_out).await?;
    // The guests do not exist, so nobody is to get their mails.
    house.write(|write, context| Ok(write.forget_mails(context.now.plus_seconds(1))?)).await?;
    Ok(demo)
}

/// Moves the opening of a schedule's sale to `opens`, and the lobby with it, which gets another length if `lobby_seconds`
/// says one. Must not be called if anybody has joined the schedule's queue.
pub async fn open_sale(
    house: &House,
    schedule: ScheduleId,
    opens: Timestamp,
    lobby_seconds: Option<u64>,
) -> Outcome<()> {
    house.write(move |write, _| Ok(write.set_sale_start(schedule, opens, lobby_seconds)?)).await
}

/// Creates `fans` accounts for a rehearsal, each with 1,000,000 points and without a valid password, and returns their
/// ids.
pub async fn audience(house: &House, fans: usize) -> Outcome<Vec<UserId>> {
    // The email addresses are random, so that a second rehearsal on the same database gets its own audience.
    let evening = house.clock().random_key();
    // An insert costs more the more rows its transaction has inserted before, so there are several transactions.
    const AT_ONCE: usize = 500;
    let mut all = Vec::with_capacity(fans);
    while all.len() < fans {
        let (evening, first) = (evening.clone(), all.len() + 1);
        let created: Vec<UserId> = house
            .write(move |write, context| {
                let fan = |number| {
                    let (name, email) = (format!("Fan {number}"), format!("{evening}-{number}@example.org"));
                    let fan =
                        write.insert_user(&name, &email, Role::Fan, "nobody signs in to this account", context.now)?;
                    write.insert_charge(fan, RICH, "rehearsal", context.now)?;
                    Ok(fan)
                };
                (first..=fans.min(first + AT_ONCE - 1)).map(fan).collect()
            })
            .await?;
        all.extend(created);
    }
    Ok(all)
}

/// Creates the halls, concerts and schedules, as an owner does.
async fn build(house: &House, owner: Owner) -> Outcome<DemoHouse> {
    let club = (back_office::save_design(house, owner, None, club()).await?, &[("Floor", 110_000)][..]);
    let theatre = (back_office::save_design(house, owner, None, theatre()).await?, THEATRE_PRICES);
    let access = (back_office::save_design(house, owner, None, accessible_theatre()).await?, THEATRE_PRICES);
    let arena = (back_office::save_design(house, owner, None, arena()).await?, ARENA_PRICES);
    let moons = concert(
        house,
        owner,
        ("Paper Moons, Unplugged", "Hana Oh and the Paper Moons", "Maru Club, Seoul"),
        "Fifty chairs, one guitar, and the songs as they were first written down.",
        (80, 12, "Doors open an hour before the show.\nThe bar closes when the music begins."),
    );
    let glass = concert(
        house,
        owner,
        ("Winter Light", "The Glass Orchestra", "Haneul Theatre, Seoul"),
        "Ninety players, three new works for strings and glass, and the slow movement that nobody coughs through.",
        (110, 8, "There is an interval of 20 minutes.\nLatecomers are let in between the works."),
    );
    let neon = concert(
        house,
        owner,
        ("First Wave", "NEON TIDE", "Bada Arena, Busan"),
        "The arena debut. Four voices, one sea of light, two hours without a pause.",
        (120, 8, "Bags larger than a sheet of A4 paper stay outside.\nStrobe lights are used."),
    );
    let (moons, glass, neon) = (moons.await?, glass.await?, neon.await?);

    let now = house.clock().now();
    let open = |show: Timestamp| Window::new(now.plus_seconds(-DAY), show.plus_seconds(-HOUR));
    let evening = |days: i64| seven_in_the_evening(now.plus_seconds(days * DAY));
    let add = async |concert, show_time: Timestamp, window, (plan, prices): (PlanId, &[(&str, Points)])| {
        let terms = SaleTerms::usual(show_time, window);
        let schedule = back_office::create_schedule(house, owner, concert, terms).await?;
        let prices = prices.iter().map(|&(band, price)| (band.to_owned(), price)).collect();
        back_office::build_hall(house, owner, schedule, plan, prices).await?;
        back_office::publish_schedule(house, owner, schedule, Publication::Published).await?;
        Ok::<_, Denied>(schedule)
    };
    let over = Window::new(now.plus_seconds(-20 * DAY), now.plus_seconds(-HOUR));
    let later = evening(60);
    let to_come = Window::new(evening(7), later.plus_seconds(-HOUR));
    Ok(DemoHouse {
        club: add(moons, evening(21), open(evening(21)), club).await?,
        sold_out: add(moons, evening(22), open(evening(22)), club).await?,
        theatre: add(glass, evening(30), open(evening(30)), theatre).await?,
        closed: add(glass, evening(2), over, theatre).await?,
        arena: add(neon, evening(45), open(evening(45)), arena).await?,
        not_yet_open: add(neon, later, to_come, arena).await?,
        access: add(glass, evening(31), open(evening(31)), access).await?,
    })
}

/// Creates and publishes a concert. The last argument is its running time in minutes, its minimum age and its notices.
async fn concert(
    house: &House,
    owner: Owner,
    (title, performer, venue): (&str, &str, &str),
    description: &str,
    (minutes, age, notices): (u32, u32, &str),
) -> Outcome<ConcertId> {
    let programme = ConcertTexts {
        title: title.into(),
        performer: performer.into(),
        venue: venue.into(),
        time_zone: "Asia/Seoul".into(),
        description: description.into(),
        running_minutes: Some(minutes),
        minimum_age: Some(age),
        notices: Some(notices.into()),
    };
    let id = back_office::create_concert(house, owner, programme).await?;
    back_office::publish_concert(house, owner, id, Publication::Published).await?;
    Ok(id)
}

/// 19:00 in Korea (UTC+9, no daylight saving) on the UTC day of `at`.
fn seven_in_the_evening(at: Timestamp) -> Timestamp {
    let day = 1000 * DAY;
    Timestamp(at.0.div_euclid(day) * day + 1000 * 10 * HOUR)
}

/// Returns the design of a hall with a stage and these blocks.
fn hall(name: &str, stage_width: f64, blocks: Vec<Block>) -> Design {
    Design { name: name.into(), stage: "Stage".into(), stage_width, stage_depth: 3.0, focal_depth: 1.0, blocks }
}

/// Returns a block with `seats` seats in each row. Its front row is `y` rows away from the stage.
fn block(name: impl Into<String>, rows: u32, seats: u32, y: f64) -> Block {
    Block { name: name.into(), rows, seats, seats_last: seats, y, ..Block::default() }
}

/// 50 chairs numbered 1 to 50.
fn club() -> Design {
    let floor = Block { numbering: Numbering::Through, aisles: vec![5], ..block("Floor", 5, 10, 2.0) };
    hall("Maru Club", 6.0, vec![floor])
}

const THEATRE_PRICES: &[(&str, Points)] =
    &[("Stalls", 154_000), ("Dress Circle", 132_000), ("Balcony", 99_000), ("Gallery", 66_000)];

/// 1,200 seats on four levels.
fn theatre() -> Design {
    let wide = |name, rows, y| Block { aisles: vec![8, 22], curve: 40.0, ..block(name, rows, 30, y) };
    let blocks = vec![
        wide("Stalls", 20, 2.0),
        wide("Dress Circle", 10, 24.0),
        wide("Balcony", 8, 36.0),
        Block { curve: 20.0, ..block("Gallery", 4, 15, 46.0) },
    ];
    hall("Haneul Theatre", 18.0, blocks)
}

/// The theatre with wheelchair and companion places in the last row of the stalls, and a seat with a restricted view at
/// the beginning of each gallery row.
fn accessible_theatre() -> Design {
    let mut hall = theatre();
    hall.name = "Haneul Theatre, with access".into();
    if let [stalls, .., gallery] = hall.blocks.as_mut_slice() {
        stalls.kinds = "T 1-4: wheelchair; T 5-8: companion".into();
        gallery.kinds = "A-D 1: restricted".into();
    }
    hall
}

const ARENA_PRICES: &[(&str, Points)] =
    &[("Floor", 187_000), ("Lower tier", 165_000), ("Middle tier", 132_000), ("Upper tier", 99_000)];

/// 10,000 seats in twenty blocks: four blocks from front to back, five side by side.
fn arena() -> Design {
    let band = |block: u32| match block {
        101..=104 => "Floor",
        105..=110 => "Lower tier",
        111..=116 => "Middle tier",
        _ => "Upper tier",
    };
    let placed = |number: u32| {
        let (column, line) = (f64::from((number - 101) % 5), f64::from((number - 101) / 5));
        let block = block(format!("Block {number}"), 20, 25, 2.0 + 23.0 * line);
        Block { x: 28.0 * (column - 2.0), bands: band(number).into(), ..block }
    };
    hall("Bada Arena", 40.0, (101..=120).map(placed).collect())
}

/// Sells every seat of a schedule to fans who are created for it. Their password is random, so nobody can sign in as
/// them.
async fn sell_out(house: &House, schedule: ScheduleId) -> Outcome<()> {
    let hash = password::hash(&house.clock().random_key(), house.clock())?;
    let hall = box_office::seat_map(house, schedule).await?;
    for (party, seats) in hall.plan.seats().chunks(house.settings().seats_per_fan.max(1) as usize).enumerate() {
        let hash = hash.clone();
        let guest: UserId = house
            .write(move |write, context| {
                let (name, email) = (format!("Guest {}", party + 1), format!("guest{}@example.org", party + 1));
                Ok(write.insert_user(&name, &email, Role::Fan, &hash, context.now)?)
            })
            .await?;
        let total = seats.iter().map(|seat| seat.price).sum();
        box_office::charge(house, PaymentProvider::Demo, guest, total, "demo-charge".into()).await?;
        waiting_room::join(house, guest, schedule, waiting_room::Joining::default()).await?;
        let wanted: Vec<_> = seats.iter().map(|seat| seat.id).collect();
        box_office::hold(house, guest, schedule, wanted).await?;
        box_office::purchase(house, guest, schedule, Some(total), "demo-purchase".into()).await?;
    }
    Ok(())
}
