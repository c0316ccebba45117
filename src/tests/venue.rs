//! Tests of what staff do, each a short story: setting a sale up, changing it, who may do what, selling at the counter,
//! checking tickets at the door, and cancelling tickets.

use super::{START, TestHouse, refusal, terms};
use crate::back_office::{self, Books, Buyer, Owner, Paid};
use crate::box_office::{ConcertFilter, SaleFilter};
use crate::domain::account::Duty;
use crate::domain::concert::{ConcertTexts, Publication, SaleTerms};
use crate::domain::party::Closeness;
use crate::domain::points::LedgerKind;
use crate::domain::queue::TokenStatus;
use crate::domain::refund::{CoolingOff, RefundPolicy};
use crate::domain::schedule::Window;
use crate::domain::seating::{Block, Design};
use crate::domain::ticket::{DOOR_OPENS_BEFORE, Verdict};
use crate::domain::{
    Concert, ConcertId, Field, PlanId, Points, Refusal, ReservationStatus, ScheduleId, SeatId, SeatKind, SeatName,
    SeatStatus, StaffAction, UserId,
};
use crate::waiting_room::AskedBy;
use crate::{Settings, box_office, calendar, reference, sampler, sweeper, ticket_code, waiting_room};
use std::collections::BTreeMap;

pub(super) const DAY: i64 = 24 * 60 * 60;

impl TestHouse {
    pub(super) async fn owner(&self) -> Owner {
        let id = self.fan("owner").await;
        back_office::appoint(self, "owner@example.org", Duty::Owner).await.expect("an owner");
        back_office::staff(self, id).await.expect("is staff").owner().expect("is an owner")
    }

    /// Saves a drawing of two blocks (stalls and circle), each a price band with two rows of three seats. The first
    /// seat is a wheelchair place.
    async fn plan(&self, owner: Owner) -> PlanId {
        let block =
            |name: &str, y: f64| Block { name: name.into(), rows: 2, seats: 3, seats_last: 3, y, ..Block::default() };
        let design = Design {
            name: "Small hall".into(),
            stage: "Stage".into(),
            stage_width: 4.0,
            stage_depth: 2.0,
            focal_depth: 1.0,
            blocks: vec![Block { kinds: "A 1: wheelchair".into(), ..block("Stalls", 2.0) }, block("Circle", 6.0)],
        };
        back_office::save_design(self, owner, None, design).await.expect("a plan")
    }

    /// Sets up a published concert with a published schedule, whose seats cost 200 points in the stalls and 100 in the
    /// circle.
    pub(super) async fn set_up(&self, owner: Owner, terms: SaleTerms) -> (ConcertId, ScheduleId) {
        let concert = back_office::create_concert(self, owner, programme()).await.expect("a concert");
        let schedule = back_office::create_schedule(self, owner, concert, terms).await.expect("a schedule");
        let plan = self.plan(owner).await;
        back_office::build_hall(self, owner, schedule, plan, prices(200, 100)).await.expect("a hall");
        let published = Publication::Published;
        back_office::publish_concert(self, owner, concert, published).await.expect("shown");
        back_office::publish_schedule(self, owner, schedule, published).await.expect("shown");
        (concert, schedule)
    }

    /// Adds a fan, who charges 10,000 points and buys the seats at the indices `seats` of the schedule's plan.
    pub(super) async fn buyer(&self, name: &str, schedule: ScheduleId, seats: std::ops::Range<usize>) -> UserId {
        let fan = self.fan(name).await;
        self.charge(fan, 10_000).await;
        waiting_room::join(self, fan, schedule, waiting_room::Joining::default()).await.expect("joins");
        let map = box_office::seat_map(self, schedule).await.expect("the map");
        let seats = map.plan.seats()[seats].iter().map(|seat| seat.id).collect();
        let wanted = box_office::Wanted { seats, needs_access: true };
        box_office::hold(self, fan, schedule, wanted).await.expect("holds");
        box_office::purchase(self, fan, schedule, None, "pay".into()).await.expect("pays");
        fan
    }

    pub(super) async fn point(&self, fan: UserId) -> Points {
        box_office::user(self, fan).await.expect("the fan").point
    }
}

const MINA: Buyer<'_> = Buyer { email: "mina@example.org", name: "" };

fn programme() -> ConcertTexts {
    ConcertTexts {
        title: "Winter Light".into(),
        performer: "The Glass Orchestra".into(),
        venue: "Haneul".into(),
        time_zone: "Asia/Seoul".into(),
        ..ConcertTexts::default()
    }
}

fn prices(stalls: Points, circle: Points) -> BTreeMap<String, Points> {
    [("Stalls".to_owned(), stalls), ("Circle".to_owned(), circle)].into()
}

/// The sale terms of a show in `days` days, on sale from [`START`] until the show.
pub(super) fn open(days: i64) -> SaleTerms {
    let show_time = START.plus_seconds(days * DAY);
    SaleTerms { show_time, window: Window::new(START, show_time), ..terms(Window::new(START, show_time)) }
}

fn limits(active_fans: u32) -> back_office::Limits {
    back_office::Limits { active_fans: Some(active_fans), admissions_a_minute: None }
}

fn first_seat() -> SeatName {
    SeatName { section: "Stalls".into(), row: "A".into(), number: 1.into() }
}

#[tokio::test]
async fn an_owner_sets_a_sale_up_from_the_empty_house_and_fans_see_it_once_it_is_published() {
    let house = TestHouse::open(Settings::default());
    let owner = house.owner().await;
    let concert = back_office::create_concert(&house, owner, programme()).await.expect("a concert");
    let schedule = back_office::create_schedule(&house, owner, concert, open(30)).await.expect("a schedule");
    assert!(box_office::concerts(&house).await.expect("looks").is_empty(), "a draft is not seen");
    let fan = house.fan("mina").await;

    let publish = |status| back_office::publish_schedule(&house, owner, schedule, status);
    assert_eq!(refusal(publish(Publication::Published).await), Refusal::ConcertIsDraft);
    back_office::publish_concert(&house, owner, concert, Publication::Published).await.expect("shown");
    assert_eq!(refusal(publish(Publication::Published).await), Refusal::NoSeats);
    let plan = house.plan(owner).await;
    let build = |prices| back_office::build_hall(&house, owner, schedule, plan, prices);
    let unpriced = [("Stalls".to_owned(), 200)].into();
    assert_eq!(refusal(build(unpriced).await), Refusal::invalid(Field::Price));
    assert_eq!(refusal(build(prices(200, -1)).await), Refusal::invalid(Field::Price));
    assert_eq!(build(prices(200, 100)).await.expect("a hall"), 12);
    for refused in [
        refusal(box_office::seat_map(&house, schedule).await.map(drop)),
        refusal(box_office::schedule(&house, schedule).await.map(drop)),
        refusal(waiting_room::join(&house, fan, schedule, waiting_room::Joining::default()).await.map(drop)),
    ] {
        assert_eq!(refused, Refusal::NotFound, "a draft is not sold");
    }

    publish(Publication::Published).await.expect("shown");
    let listed = box_office::concerts(&house).await.expect("looks");
    assert_eq!(listed[0].schedules[0].prices, Some((100, 200)));
    let map = box_office::seat_map(&house, schedule).await.expect("the map");
    let kinds: Vec<_> = map.plan.seats().iter().map(|seat| seat.kind).collect();
    assert_eq!((kinds[0], kinds[1], map.schedule.left_ticket), (SeatKind::Wheelchair, SeatKind::Standard, 12));
    house.buyer("joon", schedule, 0..2).await;
    house.assert_sound().await;
}

#[tokio::test]
async fn a_change_that_would_touch_a_sold_seat_is_refused_with_the_seat_and_changes_nothing() {
    let house = TestHouse::open(Settings::default());
    let owner = house.owner().await;
    let (concert, schedule) = house.set_up(owner, open(30)).await;
    house.buyer("mina", schedule, 0..1).await;
    let before = back_office::schedule_sheet(&house, owner, schedule).await.expect("the sheet");
    let in_use = Refusal::SeatInUse { seat: first_seat() };

    let plan = house.plan(owner).await;
    let moved = SaleTerms { show_time: START.plus_seconds(31 * DAY), ..before.terms.clone() };
    let elsewhere = ConcertTexts { venue: "Bada".into(), ..programme() };
    for refused in [
        refusal(back_office::build_hall(&house, owner, schedule, plan, prices(1, 1)).await.map(drop)),
        refusal(back_office::set_prices(&house, owner, schedule, prices(201, 100)).await),
        refusal(back_office::change_schedule(&house, owner, schedule, moved).await),
        refusal(back_office::change_concert(&house, owner, concert, elsewhere).await),
        refusal(back_office::publish_schedule(&house, owner, schedule, Publication::Draft).await),
    ] {
        assert_eq!(refused, in_use);
    }
    let after = back_office::schedule_sheet(&house, owner, schedule).await.expect("the sheet");
    assert_eq!((after.terms, after.bands), (before.terms, before.bands));

    // A change that affects nobody's seat is allowed: the price of a band without sold seats, the title.
    back_office::set_prices(&house, owner, schedule, prices(200, 120)).await.expect("the circle is unsold");
    let details = ConcertTexts { running_minutes: Some(95), notices: Some("No flash.".into()), ..programme() };
    let renamed = ConcertTexts { title: "Summer Light".into(), ..details };
    back_office::change_concert(&house, owner, concert, renamed).await.expect("changed");
    let map = box_office::seat_map(&house, schedule).await.expect("the map");
    assert_eq!((map.plan.seats()[11].price, &*map.concert.title), (120, "Summer Light"), "memory follows");
    let Concert { running_minutes, minimum_age, notices, .. } = map.concert;
    assert_eq!((running_minutes, minimum_age, notices.as_deref()), (Some(95), None, Some("No flash.")));
    house.assert_sound().await;
}

#[tokio::test]
async fn a_schedule_has_its_own_limits_and_lowering_one_ends_no_admission() {
    let house = TestHouse::open(Settings::default());
    let owner = house.owner().await;
    let (_, schedule) = house.set_up(owner, SaleTerms { seats_per_fan: Some(1), ..open(30) }).await;
    let map = box_office::seat_map(&house, schedule).await.expect("the map");
    let seats = map.plan.seats();
    let mut fans = vec![];
    for name in ["mina", "joon"] {
        let fan = house.fan(name).await;
        waiting_room::join(&house, fan, schedule, waiting_room::Joining::default()).await.expect("joins");
        fans.push(fan);
    }
    let two = box_office::hold(&house, fans[0], schedule, vec![seats[1].id, seats[2].id]).await;
    assert_eq!(refusal(two), Refusal::TooManySeats { limit: 1 });

    let lower = SaleTerms { active_fans: Some(1), seats_per_fan: Some(2), ..open(30) };
    back_office::change_schedule(&house, owner, schedule, lower).await.expect("changed");
    house.assert_sound().await;
    box_office::hold(&house, fans[0], schedule, vec![seats[1].id, seats[2].id]).await.expect("the new limit is two");
    let dana = house.fan("dana").await;
    let place = waiting_room::join(&house, dana, schedule, waiting_room::Joining::default()).await.expect("joins");
    assert_eq!(place.token.status, TokenStatus::Wait);
    for (fan, status) in [(fans[0], TokenStatus::Wait), (fans[1], TokenStatus::Active)] {
        waiting_room::leave(&house, fan, schedule).await.expect("leaves");
        house.assert_sound().await;
        let place =
            waiting_room::status(&house, dana, schedule, AskedBy::Fan).await.expect("looks").expect("is in the queue");
        assert_eq!(place.token.status, status, "the second to leave makes room for one");
    }
}

#[tokio::test]
async fn a_party_is_offered_the_best_seats_and_no_orphan_seat_is_left_while_there_is_choice() {
    let house = TestHouse::open(Settings::default());
    let owner = house.owner().await;
    let (_, schedule) = house.set_up(owner, SaleTerms { no_orphan_seat: true, ..open(30) }).await;
    let map = box_office::seat_map(&house, schedule).await.expect("the map");
    let ids: Vec<_> = map.plan.seats().iter().map(|seat| seat.id).collect();
    let best = async |party, band| box_office::best(&house, schedule, party, band, false).await;
    // Two seats of a row of three always leave an orphan seat. Three do not, but the first row has a wheelchair place,
    // so a party of three gets the second row.
    assert_eq!(best(2, None).await.expect("looks"), Some((vec![ids[1], ids[2]], Closeness::LeavesOrphan)));
    assert_eq!(best(3, None).await.expect("looks"), Some((vec![ids[3], ids[4], ids[5]], Closeness::Together)));
    assert_eq!(best(3, Some("Circle")).await.expect("looks").map(|(seats, _)| seats), Some(ids[6..9].to_vec()));
    assert_eq!(best(4, Some("Stalls")).await.expect("looks").map(|(_, closeness)| closeness), Some(Closeness::Apart));
    assert_eq!(refusal(best(5, None).await), Refusal::TooManySeats { limit: 4 });

    let fan = house.fan("mina").await;
    waiting_room::join(&house, fan, schedule, waiting_room::Joining::default()).await.expect("joins");
    let alone = box_office::hold(&house, fan, schedule, vec![ids[4]]).await;
    let seat = SeatName { section: "Stalls".into(), row: "B".into(), number: 1.into() };
    assert_eq!(refusal(alone), Refusal::LeavesOrphanSeat { seat });
    box_office::hold(&house, fan, schedule, vec![ids[3]]).await.expect("two are left beside it");
    box_office::release(&house, fan, schedule).await.expect("gives it back");

    // The best seats are held by the same rules as they are offered, with the band and for those who need a wheelchair
    // place. Where each choice would leave an orphan seat, the rule does not apply.
    for (band, needs_access, expected, closeness) in [
        (None, false, &ids[1..3], Closeness::LeavesOrphan),
        (Some("Circle"), false, &ids[6..8], Closeness::LeavesOrphan),
        (None, true, &ids[..2], Closeness::LeavesOrphan),
    ] {
        let (held, how) = box_office::hold_best(&house, fan, schedule, (2, band), needs_access).await.expect("holds");
        let seats: Vec<_> = held.reservations.iter().map(|held| held.seat_id).collect();
        assert_eq!((&*seats, how), (expected, Some(closeness)), "{band:?}");
        box_office::release(&house, fan, schedule).await.expect("gives them back");
    }
    house.assert_sound().await;
}

#[tokio::test]
async fn seats_are_kept_back_given_away_and_released_at_a_set_time() {
    let house = TestHouse::open(Settings::default());
    let owner = house.owner().await;
    let (_, schedule) = house.set_up(owner, open(30)).await;
    let seats: Vec<_> = house.hall(schedule).await.expect("a hall").plan().seats().iter().map(|seat| seat.id).collect();
    let box_proof = owner.into();
    let until = Some(START.plus_seconds(3600));
    let keep = |seats: &[SeatId], why: &'static str| {
        back_office::keep_back(&house, box_proof, schedule, seats.to_vec(), why, until)
    };
    assert_eq!(refusal(keep(&seats[..1], " ").await), Refusal::invalid(Field::Note));
    keep(&seats[1..4], "press").await.expect("kept");
    let left = async || box_office::seat_map(&house, schedule).await.expect("the map").schedule.left_ticket;
    assert_eq!(left().await, 9);
    let mina = house.fan("mina").await;
    waiting_room::join(&house, mina, schedule, waiting_room::Joining::default()).await.expect("joins");
    let taken = refusal(box_office::hold(&house, mina, schedule, vec![seats[1]]).await);
    assert!(matches!(taken, Refusal::SeatTaken { .. }), "{taken:?}");

    // One kept seat is given away and one is sold for money. A seat that somebody has can be neither.
    let too_long = "x".repeat(1_000);
    let sell =
        |seat: usize, paid, why| back_office::sell(&house, box_proof, schedule, vec![seats[seat]], MINA, paid, why);
    assert_eq!(refusal(sell(1, Paid::Nothing, "").await), Refusal::invalid(Field::Note));
    assert_eq!(refusal(sell(1, Paid::Cash, &too_long).await), Refusal::invalid(Field::Note));
    sell(1, Paid::Nothing, "a critic").await.expect("given");
    sell(2, Paid::Cash, "").await.expect("sold");
    assert_eq!(house.point(mina).await, 0, "the money became points and was spent at once");
    let seat = SeatName { number: 2.into(), ..first_seat() };
    assert_eq!(refusal(sell(1, Paid::Cash, "").await), Refusal::SeatInUse { seat });
    assert_eq!(refusal(sell(0, Paid::Points, "").await), Refusal::NotEnoughPoints { missing: 200 });
    let twice = vec![seats[0]; 2];
    let twice = back_office::sell(
        &house,
        box_proof,
        schedule,
        twice,
        Buyer { email: "mina@example.org", name: "" },
        Paid::Cash,
        "",
    )
    .await;
    assert_eq!(refusal(twice), Refusal::invalid(Field::Seats));
    let kept = back_office::kept_seats(&house, box_proof, schedule).await.expect("looks");
    assert_eq!(kept.iter().map(|kept| (kept.id, &*kept.reason)).collect::<Vec<_>>(), [(seats[3], "press")]);
    house.assert_sound().await;

    house.wait(3600);
    assert_eq!(sweeper::sweep(&house).await.map(drop).ok(), Some(()));
    assert_eq!(left().await, 10, "its time is over");
    keep(&seats[4..6], "a camera").await.expect("kept");
    back_office::release_kept(&house, box_proof, schedule, seats.clone()).await.expect("released");
    assert_eq!(left().await, 10);
    let again = back_office::release_kept(&house, box_proof, schedule, seats.clone()).await;
    assert_eq!(refusal(again), Refusal::invalid(Field::Seats));
    house.assert_sound().await;
}

#[tokio::test]
async fn the_counter_searches_moves_refunds_and_adjusts_with_a_reason() {
    let house = TestHouse::open(Settings::default());
    let owner = house.owner().await;
    let (_, schedule) = house.set_up(owner, open(30)).await;
    let fan = house.buyer("mina", schedule, 0..2).await;
    house.fan("other").await;
    let proof = owner.into();
    let tickets = box_office::reservations(&house, fan).await.expect("tickets");
    let code = ticket_code::code(house.keys(), (&tickets[1]).into());
    let number = reference::ticket(house.number_key(), tickets[1].id);
    let order = reference::order(house.number_key(), tickets[1].payment_id.expect("was bought"));
    let found = async |search: &str| {
        let found = back_office::find(&house, proof, search.into()).await.expect("looks");
        (found.people.len(), found.tickets.iter().map(|ticket| ticket.id).collect::<Vec<_>>())
    };
    for (search, expected) in [
        ("MIN", (1, vec![])),
        ("mina@example", (1, vec![])),
        ("stalls a 2", (0, vec![tickets[1].id])),
        ("A1", (0, vec![tickets[0].id])),
        (&*code, (0, vec![tickets[1].id])),
        (&*number.to_lowercase(), (0, vec![tickets[1].id])),
        (&*order, (0, vec![tickets[0].id, tickets[1].id])),
        ("", (0, vec![])),
        ("nobody", (0, vec![])),
    ] {
        assert_eq!(found(search).await, expected, "{search}");
    }

    let map = box_office::seat_map(&house, schedule).await.expect("the map");
    let seats: Vec<_> = map.plan.seats().iter().map(|seat| seat.id).collect();
    let to = |seat: usize| back_office::move_ticket(&house, proof, tickets[0].id, seats[seat], "a pillar");
    assert_eq!(refusal(to(6).await), Refusal::invalid(Field::Seats), "the circle costs less");
    assert!(matches!(refusal(to(1).await), Refusal::SeatInUse { .. }));
    to(5).await.expect("moved");
    let states = box_office::seat_map(&house, schedule).await.expect("the map").states;
    assert_eq!((states[0], states[5]), (SeatStatus::Reservable, SeatStatus::Reserved));
    house.assert_sound().await;

    let cancel = |refund| back_office::cancel_ticket(&house, proof, tickets[1].id, refund, "the artist is ill");
    assert_eq!(refusal(cancel(201).await), Refusal::invalid(Field::Amount));
    cancel(150).await.expect("cancelled");
    assert_eq!(refusal(cancel(0).await), Refusal::AlreadyCancelled);
    assert_eq!(house.point(fan).await, 10_000 - 400 + 150);
    let adjust = |amount| back_office::adjust_points(&house, proof, None, fan, (9_750, amount), "a goodwill");
    assert_eq!(refusal(adjust(1_000_001).await), Refusal::invalid(Field::Amount));
    adjust(-9_750).await.expect("put right");
    assert_eq!(refusal(adjust(-9_750).await), Refusal::BalanceChanged { point: 0 }, "a second click does nothing");
    assert_eq!(house.point(fan).await, 0);
    // A hold that is released is no cancelled ticket.
    let other = house.fan("joon").await;
    waiting_room::join(&house, other, schedule, waiting_room::Joining::default()).await.expect("joins");
    box_office::hold(&house, other, schedule, vec![seats[3]]).await.expect("holds");
    box_office::release(&house, other, schedule).await.expect("releases");
    let book = back_office::reservations(&house, proof, schedule, String::new()).await.expect("reads");
    assert_eq!(book.counts, [(ReservationStatus::Cancel, 1), (ReservationStatus::Purchase, 1)]);

    let customer = back_office::customer(&house, proof, fan).await.expect("looks");
    let told: Vec<_> = customer.statement.iter().take(2).map(|entry| (entry.kind, entry.amount)).collect();
    assert_eq!(told, [(LedgerKind::Adjust, -9_750), (LedgerKind::Refund, 150)]);
    assert_eq!(customer.statement[0].reference.as_deref(), Some("a goodwill"));

    // The books agree with the ledger exactly.
    let Books { sales, points } = back_office::books(&house, proof).await.expect("the books");
    let told: Vec<_> = sales.iter().map(|s| (s.sold, s.cancelled, s.paid, s.refunded)).collect();
    assert_eq!(told, [(1, 1, 400, 150)]);
    assert_eq!((points.charged, points.spent, points.refunded, points.adjusted), (10_000, 400, 150, -9_750));
    assert_eq!(points.owed, points.charged - points.spent + points.refunded + points.adjusted);
    let ledger = back_office::ledger(&house, proof).await.expect("the ledger");
    assert_eq!(ledger.iter().map(|line| line.amount).sum::<Points>(), points.owed);
    let books = back_office::schedule_books(&house, proof, schedule).await.expect("the books");
    assert_eq!(
        books.bands.iter().map(|band| (&*band.category, band.sold, band.paid)).collect::<Vec<_>>(),
        [("Stalls", 1, 200)]
    );
    assert_eq!(
        books.hours.iter().map(|hour| (hour.begins, hour.sold, hour.paid)).collect::<Vec<_>>(),
        [(START, 2, 400)]
    );
    house.assert_sound().await;
}

#[tokio::test]
async fn concerts_are_found_by_parts_of_words_by_month_and_by_their_sale() {
    let house = TestHouse::open(Settings::default());
    let owner = house.owner().await;
    let add = async |title: &str, performer: &str, terms: SaleTerms| {
        let (concert, _) = house.set_up(owner, terms).await;
        let programme = ConcertTexts { title: title.into(), performer: performer.into(), ..programme() };
        back_office::change_concert(&house, owner, concert, programme).await.expect("renamed");
    };
    let later = |days: i64| SaleTerms {
        window: Window::new(START.plus_seconds(DAY), START.plus_seconds(2 * DAY)),
        ..open(days)
    };
    add("겨울밤 콘서트", "김미나", open(10)).await;
    add("Moonlight", "The Paper Moons", later(45)).await;
    back_office::create_concert(&house, owner, programme()).await.expect("a draft");
    let found = async |search: &str, month: Option<&str>, sale| {
        let wish = ConcertFilter { search: search.into(), month: month.map(str::to_owned), sale };
        let (found, months) = box_office::find(&house, wish).await.expect("looks");
        assert_eq!(months, ["2027-01", "2027-03"]);
        found.into_iter().map(|listing| listing.concert.performer).collect::<Vec<_>>()
    };
    let (mina, moons) = ("김미나".to_owned(), "The Paper Moons".to_owned());
    for (search, expected) in [
        ("", vec![mina.clone(), moons.clone()]),
        ("미나", vec![mina.clone()]),
        ("겨울", vec![mina.clone()]),
        ("콘", vec![mina.clone()]),
        ("MOONS", vec![moons.clone()]),
        ("oonli pap", vec![moons.clone()]),
        ("haneul", vec![mina.clone(), moons.clone()]),
        ("Glass", vec![]),
        ("\"; drop", vec![]),
        ("!!", vec![]),
    ] {
        assert_eq!(found(search, None, None).await, expected, "{search}");
    }
    assert_eq!(found("", Some("2027-03"), None).await, ["The Paper Moons"]);
    assert_eq!(found("", None, Some(SaleFilter::OnSale)).await, ["김미나"]);
    assert_eq!(found("moon", None, Some(SaleFilter::ToCome)).await, [moons]);
    assert_eq!(found("moon", Some("2027-01"), None).await, Vec::<String>::new());
}

#[tokio::test]
async fn a_wheelchair_place_is_kept_for_those_who_need_it_until_a_set_time() {
    let house = TestHouse::open(Settings::default());
    let owner = house.owner().await;
    let released = START.plus_seconds(3600);
    let (_, schedule) = house.set_up(owner, SaleTerms { access_until: Some(released), ..open(30) }).await;
    let place = box_office::seat_map(&house, schedule).await.expect("the map").plan.seats()[0].id;
    let (mina, joon) = (house.fan("mina").await, house.fan("joon").await);
    for fan in [mina, joon] {
        waiting_room::join(&house, fan, schedule, waiting_room::Joining::default()).await.expect("joins");
    }
    let kept = Refusal::KeptForAccess { seat_ids: vec![place] };
    assert_eq!(refusal(box_office::hold(&house, mina, schedule, vec![place]).await), kept);
    let wanted = box_office::Wanted { seats: vec![place], needs_access: true };
    box_office::hold(&house, joon, schedule, wanted).await.expect("joon needs it");
    box_office::release(&house, joon, schedule).await.expect("gives it back");
    house.wait(599);
    assert_eq!(refusal(box_office::hold(&house, mina, schedule, vec![place]).await), kept);
    house.wait(3001);
    waiting_room::join(&house, mina, schedule, waiting_room::Joining::default()).await.expect("joins again");
    box_office::hold(&house, mina, schedule, vec![place]).await.expect("it is released");
    house.assert_sound().await;
}

#[tokio::test]
async fn the_control_room_sets_limits_pauses_the_queue_and_posts_a_message() {
    let house = TestHouse::open(Settings::default());
    let owner = house.owner().await;
    let (_, schedule) = house.set_up(owner, SaleTerms { active_fans: Some(1), ..open(30) }).await;
    let mut fans = vec![];
    for name in ["mina", "joon", "dana"] {
        let fan = house.fan(name).await;
        waiting_room::join(&house, fan, schedule, waiting_room::Joining::default()).await.expect("joins");
        fans.push(fan);
    }
    let place = async |fan| {
        waiting_room::status(&house, fan, schedule, AskedBy::Fan).await.expect("looks").expect("is in the queue")
    };
    let proof = owner.into();
    back_office::pause(&house, proof, schedule, true).await.expect("held");
    back_office::announce(&house, proof, schedule, " The doors open at six. ").await.expect("said");
    let two_lines = back_office::announce(&house, proof, schedule, "one\ntwo").await;
    assert_eq!(refusal(two_lines), Refusal::invalid(Field::Note));
    waiting_room::leave(&house, fans[0], schedule).await.expect("leaves");
    sweeper::sweep(&house).await.expect("sweeps");
    let joon = place(fans[1]).await;
    assert_eq!((joon.token.status, joon.is_paused), (TokenStatus::Wait, true), "nobody is called");
    assert_eq!(joon.notice.as_deref(), Some("The doors open at six."));

    back_office::pause(&house, proof, schedule, false).await.expect("goes on");
    back_office::announce(&house, proof, schedule, "").await.expect("silent again");
    sweeper::sweep(&house).await.expect("sweeps");
    assert_eq!(place(fans[1]).await.token.status, TokenStatus::Active);
    let dana = place(fans[2]).await;
    assert_eq!((dana.token.status, dana.notice), (TokenStatus::Wait, None));
    assert_eq!(
        refusal(back_office::set_limits(&house, proof, schedule, limits(0)).await),
        Refusal::invalid(Field::ActiveFans)
    );
    back_office::set_limits(&house, proof, schedule, limits(2)).await.expect("set");
    sweeper::sweep(&house).await.expect("sweeps");
    assert_eq!(place(fans[2]).await.token.status, TokenStatus::Active);

    sampler::take_sample(&house).await.expect("a sample");
    let seat = box_office::seat_map(&house, schedule).await.expect("the map").plan.seats()[1].id;
    house.charge(fans[1], 1_000).await;
    box_office::hold(&house, fans[1], schedule, vec![seat]).await.expect("holds");
    box_office::purchase(&house, fans[1], schedule, None, "pay".into()).await.expect("pays");
    sampler::take_sample(&house).await.expect("a sample");
    let told: Vec<_> = house.pulse().of(schedule).iter().map(|s| (s.active, s.held, s.sold, s.revenue)).collect();
    assert_eq!(told, [(2, 0, 0, 0), (1, 0, 1, 200)]);
    house.assert_sound().await;
}

#[tokio::test]
async fn the_opening_cannot_change_once_the_lobby_is_open() {
    let house = TestHouse::open(Settings::default());
    let owner = house.owner().await;
    let later = Window::new(START.plus_seconds(3600), START.plus_seconds(DAY));
    let (_, schedule) = house.set_up(owner, SaleTerms { window: later, ..open(30) }).await;
    let moved = |seconds: i64| SaleTerms {
        window: Window::new(START.plus_seconds(seconds), START.plus_seconds(DAY)),
        ..open(30)
    };
    back_office::change_schedule(&house, owner, schedule, moved(7200)).await.expect("nobody has come");
    house.wait(7200 - 1800);
    sweeper::sweep(&house).await.expect("the lobby opens");
    let refused = back_office::change_schedule(&house, owner, schedule, moved(9000)).await;
    assert_eq!(refusal(refused), Refusal::SaleBegan);
    back_office::change_schedule(&house, owner, schedule, SaleTerms { seats_per_fan: Some(2), ..moved(7200) })
        .await
        .expect("the limit may change");
    let log = back_office::log(&house, owner, String::new(), None).await.expect("the log");
    let opens = |seconds| calendar::with_offset(START.plus_seconds(seconds), "Asia/Seoul");
    let changed = format!("opens: {} → {}", opens(3600), opens(7200));
    assert!(log.iter().any(|entry| entry.note.contains(&changed)), "on the venue's clock: {log:?}");
}

#[tokio::test]
async fn a_copied_schedule_keeps_the_hall_and_the_distance_of_the_sale_to_the_show() {
    let house = TestHouse::open(Settings::default());
    let owner = house.owner().await;
    let (_, schedule) = house.set_up(owner, open(30)).await;
    house.buyer("mina", schedule, 0..1).await;
    let show = START.plus_seconds(40 * DAY);
    let copy = back_office::copy_schedule(&house, owner, schedule, show).await.expect("copied");
    let sheet = back_office::schedule_sheet(&house, owner, copy).await.expect("the sheet");
    assert_eq!((sheet.schedule.status, sheet.schedule.left_ticket), (Publication::Draft, 12), "all for sale again");
    assert_eq!((sheet.terms.show_time, sheet.terms.window.reservation_start), (show, START.plus_seconds(10 * DAY)));
    let hall = house.hall(copy).await.expect("the hall");
    let before = house.hall(schedule).await.expect("the hall");
    let told = |hall: &crate::halls::Hall| -> Vec<_> {
        let seats = hall.plan().seats().iter();
        seats.map(|seat| (seat.row.clone(), seat.number.clone(), seat.kind, seat.at, seat.price)).collect()
    };
    assert_eq!(told(&hall), told(&before));
    house.assert_sound().await;
}

#[tokio::test]
async fn one_ticket_of_an_order_is_cancelled_once_by_the_terms_it_was_bought_under() {
    let house = TestHouse::open(Settings { active_fans: 1, ..Settings::default() });
    let owner = house.owner().await;
    let (_, schedule) = house.set_up(owner, open(30)).await;
    let fan = house.buyer("mina", schedule, 0..2).await;
    assert_eq!(house.point(fan).await, 10_000 - 400);
    // Stricter refund terms that are set after the purchase do not apply to this ticket.
    let never = CoolingOff { days: 0, until_days_before: 365 };
    let nothing = RefundPolicy::parse(never, "").expect("a policy");
    let hard = SaleTerms { refund_policy: nothing, ..open(30) };
    back_office::change_schedule(&house, owner, schedule, hard).await.expect("changed");

    let tickets = box_office::reservations(&house, fan).await.expect("tickets");
    let ticket = tickets[0].id;
    let worth = box_office::cancellation_quote(&house, fan, ticket).await.expect("a ticket");
    assert_eq!(worth.policy, RefundPolicy::korean_template());
    assert_eq!(worth.refund.map(|refund| (refund.refund, refund.kept)), Ok((200, 0)), "within seven days");
    let joon = house.fan("joon").await;
    assert_eq!(refusal(box_office::cancellation_quote(&house, joon, ticket).await.map(drop)), Refusal::NotFound);

    let cancel = |expected, key: &str| box_office::cancel(&house, fan, ticket, expected, key.into());
    assert_eq!(refusal(cancel(Some(199), "a").await), Refusal::RefundChanged { refund: 200 });
    let cancelled = cancel(Some(200), "b").await.expect("cancelled");
    assert_eq!((cancelled.refund, cancelled.point), (200, 9_800));
    assert_eq!(cancel(Some(200), "b").await.expect("answered again"), cancelled);
    assert_eq!(refusal(cancel(Some(200), "c").await), Refusal::AlreadyCancelled);

    let map = box_office::seat_map(&house, schedule).await.expect("the map");
    assert_eq!((map.states[0], map.states[1]), (SeatStatus::Reservable, SeatStatus::Reserved));
    let tickets = box_office::reservations(&house, fan).await.expect("tickets");
    let told: Vec<_> = tickets.iter().map(|ticket| (ticket.status, ticket.refund)).collect();
    assert_eq!(told, [(ReservationStatus::Cancel, Some(200)), (ReservationStatus::Purchase, None)]);
    let statement = box_office::statement(&house, fan).await.expect("the statement");
    assert_eq!((statement[0].kind, statement[0].amount, statement[0].balance), (LedgerKind::Refund, 200, 9_800));
    house.assert_sound().await;

    // The seat can be sold again; the cancelled ticket does not affect its second buyer.
    house.buyer("dana", schedule, 0..1).await;
    house.assert_sound().await;
}

#[tokio::test]
async fn the_door_admits_each_ticket_once_and_names_what_is_wrong_with_others() {
    let house = TestHouse::open(Settings::default());
    let owner = house.owner().await;
    let (_, schedule) = house.set_up(owner, open(30)).await;
    let (_, other) = house.set_up(owner, open(31)).await;
    let fan = house.buyer("mina", schedule, 0..2).await;
    let tickets = box_office::reservations(&house, fan).await.expect("tickets");
    let code = |index: usize| ticket_code::code(house.keys(), (&tickets[index]).into());
    let (first, second) = (code(0), code(1));
    let staff = back_office::staff(&house, house.fan("bora").await).await;
    assert_eq!(refusal(staff), Refusal::NotStaff);
    back_office::appoint(&house, "bora@example.org", Duty::Door).await.expect("staff");
    let (bora, _) = box_office::credentials(&house, "bora@example.org").await.expect("reads").expect("is there");
    let door = back_office::staff(&house, bora.id).await.expect("is staff").door();
    let show = async |schedule, code: &str| {
        let checked = back_office::check_in(&house, door, schedule, code, false, None).await.expect("looks");
        (checked.verdict, checked.inside)
    };
    assert_eq!(show(other, &first).await, (Verdict::WrongShow, 0));
    let opens = START.plus_seconds(30 * DAY - DOOR_OPENS_BEFORE);
    assert_eq!(show(schedule, &first).await, (Verdict::TooEarly { opens }, 0));
    let early = back_office::check_in(&house, door, schedule, &first, true, None).await.expect("looks");
    assert_eq!((early.verdict, early.inside), (Verdict::Valid, 1));
    let log = back_office::log(&house, owner, String::new(), None).await.expect("the log");
    assert_eq!(log[0].action, StaffAction::LetInEarly);
    house.wait(60);
    assert_eq!(show(schedule, &first).await, (Verdict::Used { at: START }, 1));
    assert_eq!(show(schedule, "made up").await, (Verdict::Unknown, 1));
    assert_eq!(refusal(box_office::cancel(&house, fan, tickets[0].id, None, "a".into()).await), Refusal::TicketUsed);
    box_office::cancel(&house, fan, tickets[1].id, None, "b".into()).await.expect("nobody came in on it");
    assert_eq!(show(schedule, &second).await, (Verdict::Cancelled, 1));
    let doors = back_office::doors(&house, door).await.expect("looks");
    let told: Vec<_> = doors.iter().map(|door| (door.schedule.id, door.sold, door.inside)).collect();
    assert_eq!(told, [(schedule, 1, 1), (other, 0, 0)]);

    // The box office takes a mistaken check-in back, with a reason; then the ticket is as good as new.
    let undo = async |why: &str| back_office::undo_check_in(&house, owner.into(), tickets[0].id, why).await;
    assert_eq!(refusal(undo(" ").await), Refusal::invalid(Field::Note));
    undo("scanned by mistake").await.expect("is taken back");
    assert_eq!(refusal(undo("twice").await), Refusal::NotFound);
    assert_eq!(show(schedule, &first).await, (Verdict::TooEarly { opens }, 0));
    box_office::cancel(&house, fan, tickets[0].id, None, "c".into()).await.expect("is unused again");
    house.assert_sound().await;
}

#[tokio::test]
async fn owners_preview_drafts_and_delete_those_that_nobody_has_used() {
    let house = TestHouse::open(Settings::default());
    let owner = house.owner().await;
    let (concert, used) = house.set_up(owner, open(30)).await;
    let unused = back_office::copy_schedule(&house, owner, used, START.plus_seconds(40 * DAY)).await.expect("a copy");
    let previewed = back_office::preview(&house, owner, concert).await.expect("the preview").schedules.len();
    let public = box_office::concert(&house, concert).await.expect("the page").schedules.len();
    assert_eq!((previewed, public), (2, 1));

    house.buyer("mina", used, 0..1).await;
    assert_eq!(refusal(back_office::delete_schedule(&house, owner, used).await), Refusal::InUse);
    assert_eq!(refusal(back_office::delete_concert(&house, owner, concert).await), Refusal::InUse);
    box_office::seat_map(&house, unused).await.expect_err("it is a draft, whose hall is in memory now");
    assert_eq!(back_office::delete_schedule(&house, owner, unused).await.expect("is deleted"), concert);
    assert_eq!(refusal(back_office::schedule_sheet(&house, owner, unused).await.map(drop)), Refusal::NotFound);
    let fresh = back_office::create_schedule(&house, owner, concert, open(50)).await.expect("a schedule");
    assert_ne!(fresh, unused, "a form about the deleted date that is still open must not reach this one");
    assert_eq!(house.hall(fresh).await.expect("the hall").plan().seats().len(), 0);

    let draft = back_office::create_concert(&house, owner, programme()).await.expect("a concert");
    back_office::delete_concert(&house, owner, draft).await.expect("is deleted");
    assert_eq!(back_office::concerts(&house, owner.into()).await.expect("the list").len(), 1);
    assert_ne!(back_office::create_concert(&house, owner, programme()).await.expect("a concert"), draft);
    house.assert_sound().await;
}

#[tokio::test]
async fn after_a_hall_is_rebuilt_a_seat_id_of_the_old_hall_holds_nothing() {
    let house = TestHouse::open(Settings::default());
    let owner = house.owner().await;
    let (_, schedule) = house.set_up(owner, open(30)).await;
    let shown = box_office::seat_map(&house, schedule).await.expect("the map").plan.seats()[0].id;
    let plan = house.plan(owner).await;
    back_office::build_hall(&house, owner, schedule, plan, prices(900, 800)).await.expect("a hall");
    let mina = house.fan("mina").await;
    waiting_room::join(&house, mina, schedule, waiting_room::Joining::default()).await.expect("joins");
    let wanted = box_office::Wanted { seats: vec![shown], needs_access: true };
    let held = box_office::hold(&house, mina, schedule, wanted).await;
    assert_eq!(refusal(held.map(drop)), Refusal::NotFound);
    house.assert_sound().await;
}

#[tokio::test]
async fn a_corrected_time_zone_keeps_the_wall_clock_of_every_date_until_its_sale_has_begun() {
    let house = TestHouse::open(Settings::default());
    let owner = house.owner().await;
    let later = SaleTerms { window: Window::new(START.plus_seconds(DAY), START.plus_seconds(2 * DAY)), ..open(30) };
    let (concert, schedule) = house.set_up(owner, later).await;
    let in_berlin = ConcertTexts { time_zone: "Europe/Berlin".into(), ..programme() };
    let shown = async |zone: &str| {
        let terms = back_office::schedule_sheet(&house, owner, schedule).await.expect("the sheet").terms;
        [terms.show_time, terms.window.lobby_start, terms.window.reservation_start, terms.window.reservation_end]
            .map(|at| calendar::local(at, zone))
    };
    let until = Some(START.plus_seconds(10 * DAY));
    let seats: Vec<_> = house.hall(schedule).await.expect("a hall").plan().seats().iter().map(|seat| seat.id).collect();
    for (seats, until) in [(&seats[..1], until), (&seats[1..2], None)] {
        back_office::keep_back(&house, owner.into(), schedule, seats.to_vec(), "press", until).await.expect("kept");
    }
    let kept_until = async || {
        let kept = back_office::kept_seats(&house, owner.into(), schedule).await.expect("looks");
        kept.into_iter().map(|seat| seat.until).collect::<Vec<_>>()
    };
    assert_eq!(kept_until().await, [until, None]);
    let before = shown("Asia/Seoul").await;
    let stale = back_office::Change { before: Some(in_berlin.clone()), after: programme() };
    assert_eq!(refusal(back_office::change_concert(&house, owner, concert, stale).await), Refusal::Stale);
    back_office::change_concert(&house, owner, concert, in_berlin).await.expect("is corrected");
    assert_eq!(shown("Europe/Berlin").await, before);
    assert_eq!(kept_until().await, [until.map(|at| calendar::rezoned(at, "Asia/Seoul", "Europe/Berlin")), None]);
    house.assert_sound().await;
    house.wait(3 * DAY as u64);
    let back = back_office::change_concert(&house, owner, concert, programme()).await;
    assert_eq!(refusal(back), Refusal::SaleBegan);
}

#[tokio::test]
async fn a_free_seat_is_bought_and_given_back_without_an_entry_in_the_ledger() {
    let house = TestHouse::open(Settings::default());
    let owner = house.owner().await;
    let (_, schedule) = house.set_up(owner, open(30)).await;
    back_office::set_prices(&house, owner, schedule, prices(0, 0)).await.expect("is free");
    let fan = house.fan("mina").await;
    let map = box_office::seat_map(&house, schedule).await.expect("the map");
    let seats: Vec<_> = map.plan.seats().iter().map(|seat| seat.id).collect();
    waiting_room::join(&house, fan, schedule, waiting_room::Joining::default()).await.expect("joins");
    let wanted = box_office::Wanted { seats: seats[..2].to_vec(), needs_access: true };
    box_office::hold(&house, fan, schedule, wanted).await.expect("holds");
    let bought = box_office::purchase(&house, fan, schedule, None, "a".into()).await.expect("buys");
    assert_eq!((bought.total, bought.point, bought.reservations.len()), (0, 0, 2));
    for (seat, paid) in [(seats[2], Paid::Cash), (seats[3], Paid::Points)] {
        let sold = back_office::sell(&house, owner.into(), schedule, vec![seat], MINA, paid, "").await;
        assert_eq!(sold.expect("sells"), fan);
    }
    let refund = box_office::cancel(&house, fan, bought.reservations[0].id, None, "b".into()).await;
    assert_eq!(refund.expect("gives back").refund, 0);
    assert_eq!(box_office::statement(&house, fan).await.expect("the statement"), []);
    house.assert_sound().await;
}

#[tokio::test]
async fn the_cancellation_fee_grows_until_no_refund_is_due() {
    let house = TestHouse::open(Settings::default());
    let owner = house.owner().await;
    let (_, schedule) = house.set_up(owner, open(30)).await;
    let fan = house.buyer("mina", schedule, 0..1).await;
    let ticket = box_office::reservations(&house, fan).await.expect("tickets")[0].id;
    let mut day = 0;
    for (until, expected) in [
        (23, Ok(0)),
        // The fixed 4,000 points of this step are more than a tenth of the price of 200, which is the most that is kept.
        (22, Ok(20)),
        (10, Ok(20)),
        (9, Ok(20)),
        (6, Ok(40)),
        (2, Ok(60)),
        (0, Err(Refusal::NotRefundable)),
    ] {
        house.wait(((30 - until - day) * DAY) as u64);
        day = 30 - until;
        let worth = box_office::cancellation_quote(&house, fan, ticket).await.expect("a ticket");
        assert_eq!(worth.refund.map(|refund| refund.kept), expected, "{until} days before");
    }
    let refused = box_office::cancel(&house, fan, ticket, None, "late".into()).await;
    assert_eq!(refusal(refused), Refusal::NotRefundable);
    assert_eq!(house.point(fan).await, 9_800);
}

#[tokio::test]
async fn an_invitation_makes_staff_once_and_every_action_is_in_the_log() {
    let house = TestHouse::open(Settings::default());
    let owner = house.owner().await;
    let (mina, joon) = (house.fan("mina").await, house.fan("joon").await);
    assert_eq!(refusal(back_office::staff(&house, mina).await), Refusal::NotStaff);
    let token =
        back_office::invite(&house, owner, Duty::BoxOffice, "Mina of the box office", "").await.expect("a link");
    assert_eq!(refusal(back_office::accept(&house, mina, "made up").await), Refusal::InvitationOver);
    assert_eq!(back_office::accept(&house, mina, &token).await.expect("accepted"), Duty::BoxOffice);
    assert_eq!(refusal(back_office::accept(&house, joon, &token).await), Refusal::InvitationOver, "it works once");
    let staff = back_office::staff(&house, mina).await.expect("is staff");
    assert!(staff.box_office().is_ok());
    assert_eq!(staff.owner().err(), Some(Refusal::NotYourDuty));

    let late = back_office::invite(&house, owner, Duty::Door, "Somebody", "").await.expect("a link");
    let taken_back = back_office::invite(&house, owner, Duty::Door, "Nobody", "").await.expect("a link");
    let open = back_office::team(&house, owner).await.expect("the team").invitations;
    back_office::revoke_invitation(&house, owner, open[1].id).await.expect("taken back");
    assert_eq!(refusal(back_office::accept(&house, joon, &taken_back).await), Refusal::InvitationOver);
    house.wait(7 * DAY as u64);
    assert_eq!(refusal(back_office::accept(&house, joon, &late).await), Refusal::InvitationOver);

    // An invitation is void once the person who made it is no longer an owner, even if they made it for themselves.
    let dana = house.fan("dana").await;
    back_office::appoint(&house, "dana@example.org", Duty::Owner).await.expect("a second owner");
    let second = back_office::staff(&house, dana).await.expect("is staff").owner().expect("is an owner");
    let way_back = back_office::invite(&house, second, Duty::Owner, "myself", "").await.expect("a link");
    back_office::set_duty(&house, owner, dana, None).await.expect("no longer staff");
    assert_eq!(refusal(back_office::accept(&house, dana, &way_back).await), Refusal::InvitationOver);

    let only = back_office::team(&house, owner).await.expect("the team").members[0].id;
    assert_eq!(refusal(back_office::set_duty(&house, owner, only, None).await), Refusal::LastOwner);
    back_office::set_duty(&house, owner, mina, None).await.expect("no longer staff");
    assert_eq!(refusal(back_office::staff(&house, mina).await), Refusal::NotStaff);

    let log = back_office::log(&house, owner, String::new(), None).await.expect("the log");
    let actions: Vec<_> = log.iter().rev().map(|entry| entry.action).collect();
    use StaffAction::*;
    let expected = [
        JoinedStaff,
        Invited,
        JoinedStaff,
        Invited,
        Invited,
        InvitationEnded,
        JoinedStaff,
        Invited,
        LeftStaff,
        LeftStaff,
    ];
    assert_eq!(actions, expected);
    let found = back_office::log(&house, owner, "BOX OFFICE".into(), None).await.expect("the log");
    // The person who joined has the duty `box_office`.
    assert_eq!(found.iter().map(|entry| entry.action).collect::<Vec<_>>(), [JoinedStaff, Invited]);
    let older = back_office::log(&house, owner, String::new(), Some(log[8].id)).await.expect("the log");
    assert_eq!(older.len(), 1);
    let raw = rusqlite::Connection::open(house.folder.path().join("encore.db")).expect("opens");
    for sql in
        ["update audit_log set note = ''", "delete from audit_log", "replace into audit_log select * from audit_log"]
    {
        assert!(raw.execute(sql, []).expect_err("the trigger forbids it").to_string().contains("append-only"));
    }
}

#[tokio::test]
async fn a_wrong_plan_leaves_nothing_behind() {
    let house = TestHouse::open(Settings::default());
    let owner = house.owner().await;
    let import = |json: &str| back_office::import_plan(&house, owner, json.to_owned());
    for json in
        ["", "{", r#"{"name": "x"}"#, r#"{"name":"x","categories":[],"zones":[],"size":{"width":1,"height":1}}"#]
    {
        assert!(matches!(refusal(import(json).await), Refusal::WrongPlan { .. }), "{json}");
    }
    assert!(back_office::plans(&house, owner).await.expect("looks").is_empty());
    let plan = house.plan(owner).await;
    let drawing = back_office::plan(&house, owner, plan).await.expect("a drawing");
    let exported = serde_json::to_string(&drawing.layout).expect("serialises");
    let again = import(&exported).await.expect("what is written is read");
    assert_eq!(back_office::plan(&house, owner, again).await.expect("a drawing").layout, drawing.layout);
}

#[tokio::test]
async fn staff_adjust_only_so_many_points_a_day_alone() {
    let house = TestHouse::open(Settings { points_a_day: 1_000, ..Settings::default() });
    let owner = house.owner().await;
    let counter = house.fan("bora").await;
    back_office::appoint(&house, "bora@example.org", Duty::BoxOffice).await.expect("staff");
    let counter = back_office::staff(&house, counter).await.expect("is staff").box_office().expect("the duty");
    let (mina, joon) = (house.fan("mina").await, house.fan("joon").await);
    let adjust = async |second: Option<back_office::BoxOffice>, fan: UserId, shown: Points, amount: Points| {
        back_office::adjust_points(&house, counter, second, fan, (shown, amount), "a goodwill").await
    };
    adjust(None, mina, 0, 600).await.expect("adjusts");
    adjust(None, mina, 600, -400).await.expect("adjusts to the limit");
    let needed = Refusal::NeedsSecondPerson { limit: 1_000 };
    assert_eq!(refusal(adjust(None, joon, 0, 1).await), needed.clone(), "another fan's balance counts too");
    assert_eq!(refusal(adjust(Some(counter), joon, 0, 1).await), needed.clone(), "the same person");
    let own = box_office::credentials(&house, "owner@example.org").await.expect("looks").expect("an account").0.id;
    assert_eq!(
        refusal(adjust(Some(owner.into()), own, 0, 1).await),
        needed.clone(),
        "nobody agrees to their own points"
    );
    adjust(Some(owner.into()), joon, 0, 5_000).await.expect("two agree");
    let log = back_office::log(&house, owner, String::new(), None).await.expect("a log");
    assert_eq!(log[0].note, "5000: a goodwill (#1)");
    assert_eq!(refusal(adjust(None, joon, 5_000, 1).await), needed, "alone the limit is reached");
    house.wait(24 * 60 * 60);
    adjust(None, mina, 200, 1).await.expect("another day");
    house.assert_sound().await;
}
