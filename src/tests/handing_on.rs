//! Tests of tickets that are handed on, each a short story.

use super::venue::{DAY, open};
use super::{START, TestHouse, refusal};
use crate::back_office;
use crate::box_office::{self, HandingOn};
use crate::domain::concert::SaleTerms;
use crate::domain::handing_on::LINK_SECONDS;
use crate::domain::mail::Letter;
use crate::domain::ticket::Verdict;
use crate::domain::{Field, Refusal, Reservation, ReservationId, ScheduleId, UserId};
use crate::{Settings, sweeper, ticket_code, waiting_room};

impl TestHouse {
    /// The tickets of a fan, in the order of the seats.
    async fn tickets(&self, fan: UserId, schedule: ScheduleId) -> Vec<Reservation> {
        let mut mine = box_office::reservations_in(self, fan, schedule).await.expect("mine");
        mine.retain(Reservation::is_ticket);
        mine
    }

    /// Makes a link to hand a ticket on, and returns its token.
    pub(super) async fn hand_on_link(&self, fan: UserId, ticket: ReservationId) -> String {
        box_office::make_hand_on_link(self, fan, ticket).await.expect("a link");
        let HandingOn { link, .. } = box_office::handing_on(self, fan, ticket).await.expect("the ticket");
        link.expect("a link").0
    }
}

#[tokio::test]
async fn a_ticket_is_handed_on_by_a_link_that_works_once_and_its_codes_from_before_are_over() {
    let house = TestHouse::open(Settings::default());
    let owner = house.owner().await;
    let (_, schedule) = house.set_up(owner, open(30)).await;
    let mina = house.buyer("mina", schedule, 1..3).await;
    let (joon, eve) = (house.fan("joon").await, house.fan("eve").await);
    house.sent_mails().await;
    let ticket = house.tickets(mina, schedule).await.remove(0);
    let old = ticket_code::pass(house.keys(), schedule, (&ticket).into());
    let link = house.hand_on_link(mina, ticket.id).await;
    assert_eq!(house.hand_on_link(mina, ticket.id).await, link, "an open link stays");
    assert_eq!(refusal(box_office::make_hand_on_link(&house, eve, ticket.id).await), Refusal::NotFound);
    for wrong in ["", "x", &link[..link.len() - 1], &format!("{link}0")] {
        assert_eq!(refusal(box_office::take_ticket(&house, eve, wrong.to_owned()).await), Refusal::LinkOver, "{wrong}");
    }
    box_office::take_ticket(&house, mina, link.clone()).await.expect("her own ticket stays hers");
    box_office::end_hand_on_link(&house, mina, ticket.id).await.expect("ends it");
    assert_eq!(refusal(box_office::take_ticket(&house, eve, link).await), Refusal::LinkOver);

    house.wait(1);
    let link = house.hand_on_link(mina, ticket.id).await;
    let house = house.reopened();
    assert_eq!(box_office::handed_on_ticket(&house, joon, link.clone()).await.expect("looks").fan_name, "mina");
    assert_eq!(box_office::take_ticket(&house, joon, link.clone()).await.expect("takes it"), ticket.id);
    assert_eq!(box_office::take_ticket(&house, joon, link.clone()).await.expect("the answer was lost"), ticket.id);
    assert_eq!(refusal(box_office::take_ticket(&house, eve, link).await), Refusal::LinkOver);
    assert_eq!(house.tickets(mina, schedule).await.len(), 1);
    let theirs = house.tickets(joon, schedule).await.remove(0);
    assert_eq!((theirs.id, theirs.fan_name.as_str(), theirs.is_paid_by_another()), (ticket.id, "joon", true));
    let told = house.sent_mails().await;
    assert_eq!(
        told,
        [
            ("mina@example.org".into(), Letter::TicketHandedOn { ticket: ticket.id, to: joon }),
            ("joon@example.org".into(), Letter::TicketReceived { ticket: ticket.id }),
        ]
    );
    house.assert_sound().await;

    // Who paid may not buy more in its place, and only they get money back.
    let hold = async |fan, seats: std::ops::Range<usize>| {
        waiting_room::join(&house, fan, schedule, waiting_room::Joining::default()).await.expect("joins");
        let map = box_office::seat_map(&house, schedule).await.expect("the map");
        let seats = map.plan.seats()[seats].iter().map(|seat| seat.id).collect::<Vec<_>>();
        box_office::hold(&house, fan, schedule, seats).await
    };
    assert_eq!(refusal(hold(mina, 6..9).await), Refusal::TooManySeats { limit: 4 });
    assert_eq!(refusal(hold(joon, 6..10).await), Refusal::TooManySeats { limit: 4 });
    assert_eq!(refusal(box_office::cancel(&house, joon, ticket.id, None, "k".into()).await), Refusal::HandedOn);
    let paid_back = back_office::cancel_ticket(&house, owner.into(), ticket.id, 200, "asked for it").await;
    assert_eq!(paid_back.expect("is cancelled"), mina);
    assert_eq!((house.point(mina).await, house.point(joon).await), (10_000 - 400 + 200, 0));
    house.assert_sound().await;

    // At the door the old code says what happened, and the new one is valid.
    let ticket = house.tickets(mina, schedule).await.remove(0);
    let old_code = ticket_code::code(house.keys(), (&ticket).into());
    let link = house.hand_on_link(mina, ticket.id).await;
    box_office::take_ticket(&house, joon, link).await.expect("takes it");
    let theirs = house.tickets(joon, schedule).await.remove(0);
    house.wait(30 * DAY as u64 - 3_600);
    assert_eq!(house.check_in(schedule, &old).await, Verdict::Cancelled, "that one was cancelled");
    assert_eq!(house.check_in(schedule, &old_code).await, Verdict::HandedOn);
    let new = ticket_code::pass(house.keys(), schedule, (&theirs).into());
    assert_eq!(house.check_in(schedule, &new).await, Verdict::Valid);
    assert_eq!(house.check_in(schedule, &old_code).await, Verdict::HandedOn);
    assert_eq!(refusal(box_office::make_hand_on_link(&house, joon, ticket.id).await), Refusal::TicketUsed);
    house.assert_sound().await;
}

#[tokio::test]
async fn a_show_that_is_called_off_is_refunded_to_who_paid_and_everybody_is_told() {
    let house = TestHouse::open(Settings::default());
    let owner = house.owner().await;
    let (_, schedule) = house.set_up(owner, open(30)).await;
    let mina = house.buyer("mina", schedule, 1..3).await;
    let joon = house.fan("joon").await;
    let ticket = house.tickets(mina, schedule).await.remove(0);
    let link = house.hand_on_link(mina, ticket.id).await;
    box_office::take_ticket(&house, joon, link.clone()).await.expect("takes it");
    let other = house.tickets(mina, schedule).await.remove(0);
    let open_link = house.hand_on_link(mina, other.id).await;
    house.sent_mails().await;
    // Neither can leave while a refund may come.
    for fan in [mina, joon] {
        assert!(box_office::ties(&house, fan).await.expect("ties").has_tickets);
    }
    back_office::call_off(&house, owner, schedule, "The singer is ill", 10).await.expect("is called off");
    assert_eq!(refusal(box_office::take_ticket(&house, joon, open_link).await), Refusal::CalledOff);
    sweeper::sweep(&house).await.expect("refunds");
    assert_eq!((house.point(mina).await, house.point(joon).await), (10_000 + 40, 0));
    let mut told = house.sent_mails().await;
    told.sort_by(|one, other| one.0.cmp(&other.0));
    assert_eq!(
        told,
        [
            ("joon@example.org".into(), Letter::CalledOff { schedule, refund: 0 }),
            ("mina@example.org".into(), Letter::TicketCancelled { ticket: ticket.id, refund: 220 }),
            ("mina@example.org".into(), Letter::CalledOff { schedule, refund: 220 }),
        ]
    );
    house.assert_sound().await;
}

#[tokio::test]
async fn staff_may_forbid_handing_on_and_correct_the_name_on_a_ticket() {
    let house = TestHouse::open(Settings { verifies_addresses: true, ..Settings::default() });
    let owner = house.owner().await;
    let terms = open(30);
    let (_, schedule) = house.set_up(owner, terms.clone()).await;
    let mina = house.fan("mina").await;
    let seats = box_office::seat_map(&house, schedule).await.expect("the map").plan.seats()[1..2].to_vec();
    let buyer = back_office::Buyer { email: "mina@example.org", name: "" };
    let ids = seats.iter().map(|seat| seat.id).collect();
    back_office::sell(&house, owner.into(), schedule, ids, buyer, back_office::Paid::Cash, "").await.expect("is sold");
    let ticket = house.tickets(mina, schedule).await.remove(0);

    let rename =
        async |name: &str| back_office::rename_ticket(&house, owner.into(), ticket.id, name, "a nickname").await;
    let long = "x".repeat(200);
    rename("  Park Mina ").await.expect("is renamed");
    assert_eq!(house.tickets(mina, schedule).await[0].fan_name, "Park Mina");
    assert_eq!(refusal(rename(&long).await), Refusal::invalid(Field::Name));
    rename(" ").await.expect("is renamed");
    assert_eq!(house.tickets(mina, schedule).await[0].fan_name, "mina");
    rename("Park Mina").await.expect("is renamed");

    let link = house.hand_on_link(mina, ticket.id).await;
    let forbidden = SaleTerms { no_handing_on: true, ..terms.clone() };
    back_office::change_schedule(&house, owner, schedule, forbidden).await.expect("is changed");
    let joon = house.fan("joon").await;
    assert_eq!(refusal(box_office::take_ticket(&house, joon, link.clone()).await), Refusal::NotTransferable);
    back_office::change_schedule(&house, owner, schedule, terms).await.expect("is changed back");
    house.write(move |write, _| Ok(write.set_unverified(joon)?)).await.expect("is not shown to be hers");
    assert_eq!(refusal(box_office::take_ticket(&house, joon, link.clone()).await), Refusal::AddressNotVerified);
    house
        .write(move |write, context| Ok(write.set_verified_address(joon, "joon@example.org", context.now)?))
        .await
        .expect("is shown");
    box_office::take_ticket(&house, joon, link).await.expect("takes it");
    let theirs = house.tickets(joon, schedule).await.remove(0);
    assert_eq!(theirs.fan_name, "joon", "the name on the ticket is that of the new owner");
    let names: Vec<_> = back_office::handovers(&house, owner.into(), ticket.id).await.expect("looks");
    assert_eq!(names, [("mina".into(), "joon".into(), START)]);

    // A link ends with the password, and after a week.
    let link = house.hand_on_link(joon, ticket.id).await;
    house.write(move |write, context| Ok(write.set_password_hash(joon, "new", context.now)?)).await.expect("is set");
    assert_eq!(refusal(box_office::take_ticket(&house, mina, link).await), Refusal::LinkOver);
    let link = house.hand_on_link(joon, ticket.id).await;
    house.wait(LINK_SECONDS as u64);
    assert_eq!(refusal(box_office::take_ticket(&house, mina, link).await), Refusal::LinkOver);
    house.assert_sound().await;
}
