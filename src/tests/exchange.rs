//! Tests of tickets that are exchanged at the counter for another date, each a short story.

use super::venue::{DAY, open};
use super::{START, TestHouse, refusal};
use crate::back_office;
use crate::domain::concert::Publication;
use crate::domain::mail::Letter;
use crate::domain::{Field, Refusal, Reservation};
use crate::{Settings, box_office};

#[tokio::test]
async fn a_ticket_is_exchanged_for_another_date_with_the_difference_in_price() {
    let house = TestHouse::open(Settings::default());
    let owner = house.owner().await;
    let (_, schedule) = house.set_up(owner, open(30)).await;
    let later = START.plus_seconds(31 * DAY);
    let other = back_office::copy_schedule(&house, owner, schedule, later).await.expect("is copied");
    let mina = house.buyer("mina", schedule, 1..3).await;
    let exchange = async |ticket: &Reservation, seat: usize, difference, why| {
        let map = box_office::seat_map(&house, other).await?;
        let seat = map.plan.seats()[seat].id;
        back_office::exchange(&house, owner.into(), ticket.id, (other, seat), difference, why).await
    };
    let mine = async || {
        let mut mine = box_office::reservations(&house, mina).await.expect("mine");
        mine.retain(Reservation::is_ticket);
        mine.sort_by_key(|ticket| ticket.id);
        mine
    };
    let first = mine().await.remove(0);
    let dates = async || back_office::exchange_dates(&house, owner.into(), first.id).await.expect("looks").1.len();
    assert_eq!(dates().await, 0, "the other date is a draft");
    back_office::publish_schedule(&house, owner, other, Publication::Published).await.expect("is shown");
    assert_eq!(dates().await, 1);
    house.sent_mails().await;

    // To a cheaper seat: the rest stays with her. The terms of refund do not matter.
    assert_eq!(refusal(exchange(&first, 6, 0, "she is ill").await), Refusal::Stale);
    assert_eq!(refusal(exchange(&first, 6, -100, " ").await), Refusal::invalid(Field::Note));
    assert_eq!(exchange(&first, 6, -100, "she is ill").await.expect("is exchanged"), mina);
    assert_eq!(house.point(mina).await, 10_000 - 400 + 100);
    assert_eq!(refusal(exchange(&first, 7, -100, "again").await), Refusal::AlreadyCancelled);
    let now = mine().await;
    assert_eq!(
        now.iter().map(|ticket| (ticket.schedule_id, ticket.price)).collect::<Vec<_>>(),
        [(schedule, 200), (other, 100)]
    );
    let told = house.sent_mails().await;
    assert!(
        matches!(told[..], [(_, Letter::TicketCancelled { refund: 200, .. }), (_, Letter::TicketsBought { .. })]),
        "{told:?}"
    );
    house.assert_sound().await;

    // Back to a dearer seat: she pays the difference at the counter, and her points stay.
    let cheap = now.into_iter().find(|ticket| ticket.schedule_id == other).expect("the ticket");
    let taken = box_office::seat_map(&house, schedule).await.expect("the map").plan.seats()[2].id;
    let free = box_office::seat_map(&house, schedule).await.expect("the map").plan.seats()[1].id;
    let back =
        async |seat| back_office::exchange(&house, owner.into(), cheap.id, (schedule, seat), 100, "well again").await;
    assert!(matches!(refusal(back(taken).await), Refusal::SeatInUse { .. }));
    back(free).await.expect("is exchanged");
    assert_eq!(house.point(mina).await, 10_000 - 400 + 100);
    assert_eq!(mine().await.iter().map(|ticket| ticket.schedule_id).collect::<Vec<_>>(), [schedule, schedule]);
    house.assert_sound().await;

    // Not to a date that was called off, and not for somebody else's money.
    let ticket = mine().await.remove(0);
    back_office::call_off(&house, owner, other, "The singer is ill", 0).await.expect("is called off");
    assert_eq!(refusal(exchange(&ticket, 6, -100, "too late").await), Refusal::NotFound);
    let joon = house.fan("joon").await;
    let link = house.hand_on_link(mina, ticket.id).await;
    box_office::take_ticket(&house, joon, link).await.expect("takes it");
    assert_eq!(refusal(back_office::exchange_dates(&house, owner.into(), ticket.id).await), Refusal::HandedOn);
    house.assert_sound().await;
}
