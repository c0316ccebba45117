//! Tests of shows that are called off or moved after tickets were sold, each a short story.

use super::venue::{DAY, open};
use super::{START, TestHouse, refusal};
use crate::back_office::{self, Buyer, NewPlace, Owner, Paid};
use crate::domain::mail::Letter;
use crate::domain::queue::{EndReason, TokenStatus};
use crate::domain::schedule::Window;
use crate::domain::ticket::Verdict;
use crate::domain::{Field, Refusal, ScheduleId, UserId};
use crate::waiting_room::AskedBy;
use crate::{Settings, box_office, sweeper, ticket_code, waiting_room};

impl TestHouse {
    pub(super) async fn check_in(&self, schedule: ScheduleId, code: &str) -> Verdict {
        let id = box_office::credentials(self, "owner@example.org").await.expect("looks").expect("is there").0.id;
        let door = back_office::staff(self, id).await.expect("is staff").door();
        back_office::check_in(self, door, schedule, code, true, None).await.expect("is checked").verdict
    }

    async fn ended(&self, fan: UserId, schedule: ScheduleId) -> Option<EndReason> {
        let place = waiting_room::status(self, fan, schedule, AskedBy::Fan).await.expect("looks");
        place.and_then(|place| place.token.ended)
    }

    /// Sweeps until a date that was called off is refunded, and returns how many sweeps that took.
    async fn refund_all(&self, owner: Owner, schedule: ScheduleId) -> usize {
        for sweeps in 1.. {
            sweeper::sweep(self).await.expect("sweeps");
            let seen = back_office::call_off_preview(self, owner, schedule).await.expect("looks").schedule;
            if seen.called_off.is_some_and(|called_off| called_off.refunded_at.is_some()) {
                return sweeps;
            }
        }
        unreachable!()
    }
}

#[tokio::test]
async fn a_show_is_called_off_and_everybody_gets_everything_back_once_whatever_happens_meanwhile() {
    let house = TestHouse::open(Settings { active_fans: 1, ..Settings::default() });
    let owner = house.owner().await;
    let (concert, schedule) = house.set_up(owner, open(30)).await;
    let other =
        back_office::copy_schedule(&house, owner, schedule, START.plus_seconds(31 * DAY)).await.expect("a copy");
    let mina = house.buyer("mina", schedule, 0..2).await;
    let joon = house.buyer("joon", schedule, 6..7).await;
    let guest = house.fan("guest").await;
    let map = box_office::seat_map(&house, schedule).await.expect("the map");
    let seat = |at: usize| map.plan.seats()[at].id;
    back_office::sell(
        &house,
        owner.into(),
        schedule,
        vec![seat(3)],
        Buyer { email: "guest@example.org", name: "" },
        Paid::Nothing,
        "the press",
    )
    .await
    .expect("given");
    // One fan holds seats, another waits.
    let (holder, waiting) = (house.fan("holder").await, house.fan("waiting").await);
    for fan in [holder, waiting] {
        waiting_room::join(&house, fan, schedule, waiting_room::Joining::default()).await.expect("joins");
    }
    box_office::hold(&house, holder, schedule, vec![seat(8)]).await.expect("holds");
    house.sent_mails().await;
    house.wait(20 * DAY as u64);
    // Somebody came in already, for example at a rehearsal of the door.
    let ticket = box_office::reservations(&house, joon).await.expect("his")[0].clone();
    let code = ticket_code::code(house.keys(), (&ticket).into());
    let checked = house.check_in(schedule, &code).await;
    assert_eq!(checked, Verdict::Valid);

    let preview = back_office::call_off_preview(&house, owner, schedule).await.expect("looks");
    assert_eq!((preview.sold.tickets, preview.sold.fans, preview.sold.price), (4, 3, 500));
    for (why, percent, field) in [(" ", 0, Field::Reason), ("ill", 101, Field::Compensation)] {
        let refused = refusal(back_office::call_off(&house, owner, schedule, why, percent).await);
        assert_eq!(refused, Refusal::invalid(field));
    }
    back_office::call_off(&house, owner, schedule, "The singer is ill.", 10).await.expect("is called off");
    assert_eq!(refusal(back_office::call_off(&house, owner, schedule, "again", 0).await), Refusal::CalledOff);
    for fan in [holder, waiting] {
        assert_eq!(house.ended(fan, schedule).await, Some(EndReason::Closed));
    }
    let join = waiting_room::join(&house, waiting, schedule, waiting_room::Joining::default()).await;
    assert_eq!(refusal(join), Refusal::SaleClosed { opens_at: None });
    assert_eq!(refusal(box_office::hold(&house, holder, schedule, vec![seat(8)]).await), Refusal::NotAdmitted);
    assert_eq!(house.check_in(schedule, &code).await, Verdict::Cancelled);
    // A refund under the terms, or by staff, would be another one.
    let ticket = box_office::reservations(&house, mina).await.expect("hers")[0].id;
    assert_eq!(refusal(box_office::cancel(&house, mina, ticket, None, "k".into()).await), Refusal::CalledOff);
    assert_eq!(refusal(back_office::cancel_ticket(&house, owner.into(), ticket, 1, "why").await), Refusal::CalledOff);
    let sold = back_office::sell(
        &house,
        owner.into(),
        schedule,
        vec![seat(9)],
        Buyer { email: "guest@example.org", name: "" },
        Paid::Cash,
        "",
    )
    .await;
    assert_eq!(refusal(sold), Refusal::CalledOff);

    house.refund_all(owner, schedule).await;
    assert_eq!((house.point(mina).await, house.point(joon).await, house.point(guest).await), (10_040, 10_010, 0));
    let done = back_office::call_off_preview(&house, owner, schedule).await.expect("looks");
    assert_eq!((done.sold.tickets, done.refunded), (0, (4, 550)));
    assert!(done.schedule.called_off.is_some_and(|called_off| called_off.refunded_at.is_some()));
    let mut told: Vec<_> = house.sent_mails().await;
    told.sort_by(|one, other| one.0.cmp(&other.0));
    let called_off = |name: &str, refund| (format!("{name}@example.org"), Letter::CalledOff { schedule, refund });
    assert_eq!(told, [called_off("guest", 0), called_off("joon", 110), called_off("mina", 440)]);
    house.assert_sound().await;

    let dates = back_office::concert(&house, owner, concert).await.expect("the concert").schedules;
    assert!(dates.iter().any(|date| date.id == other && date.called_off.is_none()), "the other date is as it was");
}

#[tokio::test]
async fn refunds_go_on_after_each_restart_and_none_is_made_twice() {
    let house = TestHouse::open(Settings::default());
    let owner = house.owner().await;
    let (schedule, seats) = house.schedule(120).await;
    for (number, &seat) in seats.iter().enumerate() {
        let buyer = Buyer { email: "", name: &format!("Guest {number}") };
        back_office::sell(&house, owner.into(), schedule, vec![seat], buyer, Paid::Cash, "").await.expect("sold");
    }
    back_office::call_off(&house, owner, schedule, "No power.", 0).await.expect("is called off");
    let (mut house, mut done) = (house, vec![]);
    for _ in 0..3 {
        sweeper::sweep(&house).await.expect("sweeps");
        house = house.reopened();
        let seen = back_office::call_off_preview(&house, owner, schedule).await.expect("looks");
        done.push((seen.sold.tickets, seen.refunded));
    }
    assert_eq!(done, [(70, (50, 5_000)), (20, (100, 10_000)), (0, (120, 12_000))]);
    assert_eq!(house.refund_all(owner, schedule).await, 1);
    house.assert_sound().await;
}

#[tokio::test]
async fn a_lobby_goes_home_when_its_show_is_called_off() {
    let house = TestHouse::open(Settings::default());
    let owner = house.owner().await;
    let mut terms = open(30);
    terms.window.reservation_start = START.plus_seconds(600);
    let (_, schedule) = house.set_up(owner, terms).await;
    let fan = house.fan("mina").await;
    waiting_room::join(&house, fan, schedule, waiting_room::Joining::default()).await.expect("joins the lobby");
    back_office::call_off(&house, owner, schedule, "No hall.", 0).await.expect("is called off");
    sweeper::sweep(&house).await.expect("sweeps");
    assert_eq!(house.ended(fan, schedule).await, Some(EndReason::Closed));
    house.wait(600);
    sweeper::sweep(&house).await.expect("sweeps");
    let place = waiting_room::status(&house, fan, schedule, AskedBy::Fan).await.expect("looks");
    assert!(place.is_none_or(|place| place.token.status == TokenStatus::Delete), "nobody is called at the opening");
    house.assert_sound().await;
}

#[tokio::test]
async fn nothing_is_due_any_more_for_a_show_that_is_called_off_before_its_lobby_opens() {
    let house = TestHouse::open(Settings::default());
    let owner = house.owner().await;
    let mut terms = open(30);
    terms.window = Window::new(START.plus_seconds(7_200), terms.show_time);
    let (_, schedule) = house.set_up(owner, terms).await;
    back_office::call_off(&house, owner, schedule, "No hall.", 0).await.expect("is called off");
    sweeper::sweep(&house).await.expect("sweeps");
    house.wait(6_000);
    assert_eq!(sweeper::sweep(&house).await.expect("sweeps"), None, "the sweeper sleeps");
}

#[tokio::test]
async fn a_show_that_is_broken_off_and_moved_lets_its_visitors_in_again_and_keeps_what_was_promised() {
    let house = TestHouse::open(Settings::default());
    let owner = house.owner().await;
    let (_, schedule) = house.set_up(owner, open(30)).await;
    let mina = house.buyer("mina", schedule, 0..1).await;
    let ticket = box_office::reservations(&house, mina).await.expect("hers")[0].clone();
    let code = ticket_code::code(house.keys(), (&ticket).into());
    let day = |day: i64| START.plus_seconds(day * DAY);
    house.wait(29 * DAY as u64);
    assert_eq!(house.check_in(schedule, &code).await, Verdict::Valid);
    let moves = [
        NewPlace { from: day(30), to: day(31), venue: None, full_refund_until: Some(day(31)) },
        NewPlace { from: day(31), to: day(40), venue: None, full_refund_until: None },
    ];
    for time in moves {
        back_office::move_show(&house, owner, schedule, time).await.expect("is moved");
    }
    assert_eq!(house.check_in(schedule, &code).await, Verdict::Valid, "at the new date");
    let ticket = box_office::reservations(&house, mina).await.expect("hers")[0].clone();
    assert_eq!(ticket.moved.and_then(|moved| moved.full_refund_until), Some(day(31)), "promised at the first move");
    house.assert_sound().await;
}

#[tokio::test]
async fn a_show_with_sold_tickets_is_moved_and_those_who_have_them_may_give_them_back_for_the_whole_price() {
    let house = TestHouse::open(Settings::default());
    let owner = house.owner().await;
    let (_, schedule) = house.set_up(owner, open(30)).await;
    let mina = house.buyer("mina", schedule, 0..2).await;
    house.sent_mails().await;
    let (from, to) = (START.plus_seconds(30 * DAY), START.plus_seconds(37 * DAY));
    let until = START.plus_seconds(25 * DAY);
    house.wait(20 * DAY as u64);
    let time = NewPlace { from, to, venue: None, full_refund_until: Some(until) };
    for (wrong, refused) in [
        (NewPlace { from: to, ..time.clone() }, Refusal::Stale),
        (NewPlace { to: from, ..time.clone() }, Refusal::invalid(Field::ShowTime)),
        (NewPlace { to: START, ..time.clone() }, Refusal::invalid(Field::ShowTime)),
        (NewPlace { full_refund_until: Some(START), ..time.clone() }, Refusal::invalid(Field::FullRefundUntil)),
        (
            NewPlace { full_refund_until: Some(to.plus_seconds(1)), ..time.clone() },
            Refusal::invalid(Field::FullRefundUntil),
        ),
    ] {
        assert_eq!(refusal(back_office::move_show(&house, owner, schedule, wrong.clone()).await), refused, "{wrong:?}");
    }
    assert_eq!(back_office::tickets_to_move(&house, owner, schedule).await.expect("looks").tickets, 2);
    back_office::move_show(&house, owner, schedule, time).await.expect("is moved");
    let told = house.sent_mails().await;
    assert_eq!(told, [("mina@example.org".to_owned(), Letter::Moved { schedule, from })]);

    let tickets = box_office::reservations(&house, mina).await.expect("hers");
    assert_eq!((tickets[0].show_time, tickets[0].moves), (to, 1));
    let quote = box_office::cancellation_quote(&house, mina, tickets[0].id).await.expect("a quote");
    assert_eq!(quote.refund.expect("a refund").kept, 0, "in full, ten days before the old time");
    house.wait(5 * DAY as u64 - 1);
    box_office::cancel(&house, mina, tickets[0].id, Some(200), "k".into()).await.expect("gives it back");
    house.wait(1);
    let refund = box_office::cancellation_quote(&house, mina, tickets[1].id).await.expect("a quote").refund;
    assert_eq!(refund.expect("a refund").kept, 20, "the terms of the sale apply, counted to the new time");
    house.assert_sound().await;
}

#[tokio::test]
async fn a_show_is_moved_to_another_hall_with_the_same_seats() {
    let house = TestHouse::open(Settings::default());
    let owner = house.owner().await;
    let (_, schedule) = house.set_up(owner, open(30)).await;
    let mina = house.buyer("mina", schedule, 0..1).await;
    house.sent_mails().await;
    let from = START.plus_seconds(30 * DAY);
    let before = box_office::reservations(&house, mina).await.expect("hers").remove(0);
    let place = |shown: &str, new: &str| NewPlace {
        from,
        to: from,
        venue: Some((shown.to_owned(), new.to_owned())),
        full_refund_until: None,
    };
    let long = "a".repeat(101);
    for (shown, new, refused) in [
        (&*before.venue, &*before.venue, Refusal::invalid(Field::ShowTime)),
        (&*before.venue, " ", Refusal::invalid(Field::Venue)),
        (&*before.venue, &*long, Refusal::invalid(Field::Venue)),
        ("Elsewhere", "The great hall", Refusal::Stale),
    ] {
        assert_eq!(refusal(back_office::move_show(&house, owner, schedule, place(shown, new)).await), refused, "{new}");
    }

    let to_great = place(&before.venue, " The great hall ");
    back_office::move_show(&house, owner, schedule, to_great.clone()).await.expect("is moved");
    assert_eq!(
        refusal(back_office::move_show(&house, owner, schedule, to_great).await),
        Refusal::Stale,
        "a double click"
    );
    let told = house.sent_mails().await;
    assert_eq!(told, [("mina@example.org".to_owned(), Letter::Moved { schedule, from })]);
    let house = house.reopened();
    let ticket = box_office::reservations(&house, mina).await.expect("hers").remove(0);
    assert_eq!((ticket.venue.as_str(), ticket.show_time, ticket.moves), ("The great hall", from, 1));
    assert_eq!((ticket.seat_id, ticket.moved.map(|moved| moved.is_other_hall)), (before.seat_id, Some(true)));
    let (concert, view) = box_office::schedule(&house, schedule).await.expect("the date");
    assert_eq!((view.schedule.venue(&concert), &concert.venue), ("The great hall", &before.venue));

    // A later move to another time leaves it there, and people are still told of the hall.
    let to = from.plus_seconds(DAY);
    let later = NewPlace { from, to, venue: None, full_refund_until: None };
    back_office::move_show(&house, owner, schedule, later).await.expect("is moved");
    let ticket = box_office::reservations(&house, mina).await.expect("hers").remove(0);
    assert_eq!(ticket.venue, "The great hall");
    assert_eq!(ticket.moved.map(|moved| (moved.from, moved.is_other_hall)), Some((from, true)));
    // A copy has the same hall. Nobody knows of the copy, so its hall changes without a word to anybody.
    let copy = back_office::copy_schedule(&house, owner, schedule, to.plus_seconds(DAY)).await.expect("is copied");
    let sheet = back_office::schedule_sheet(&house, owner, copy).await.expect("the copy");
    assert_eq!(sheet.schedule.venue(&sheet.concert), "The great hall");
    let at = sheet.schedule.show_time;
    let home = NewPlace { from: at, to: at, ..place("The great hall", &before.venue) };
    back_office::move_show(&house, owner, copy, home).await.expect("is moved");
    let sheet = back_office::schedule_sheet(&house, owner, copy).await.expect("the copy");
    assert_eq!((sheet.schedule.other_venue, sheet.schedule.moves), (None, 0));
    house.assert_sound().await;
}
