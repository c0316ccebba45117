//! Tests of the till, each a short story.

use super::venue::open;
use super::{TestHouse, refusal};
use crate::back_office::{self, BoxOffice, Buyer, Paid, Till};
use crate::domain::account::Duty;
use crate::domain::till::TillKind;
use crate::domain::{Field, Refusal, ScheduleId, UserId};
use crate::{Settings, box_office};

impl TestHouse {
    async fn clerk(&self, name: &str) -> BoxOffice {
        let id = self.fan(name).await;
        back_office::appoint(self, &format!("{name}@example.org"), Duty::BoxOffice).await.expect("is staff");
        back_office::staff(self, id).await.expect("is staff").box_office().expect("the duty")
    }

    /// Sells the seat at this place of the map for cash to a customer without an account, and returns them.
    async fn sell_for_cash(&self, clerk: BoxOffice, schedule: ScheduleId, seat: usize) -> UserId {
        let map = box_office::seat_map(self, schedule).await.expect("the map");
        let buyer = Buyer { email: "", name: "Yuna" };
        let seats = vec![map.plan.seats()[seat].id];
        back_office::sell(self, clerk, schedule, seats, buyer, Paid::Cash, "").await.expect("is sold")
    }

    async fn user(&self, name: &str) -> UserId {
        let email = format!("{name}@example.org");
        box_office::credentials(self, &email).await.expect("looks").expect("an account").0.id
    }

    async fn till_of(&self, clerk: BoxOffice) -> Till {
        back_office::till(self, clerk).await.expect("the till")
    }
}

#[tokio::test]
async fn a_shift_has_what_its_clerk_took_and_gave_and_is_counted_at_its_end() {
    let house = TestHouse::open(Settings { points_a_day: 10, ..Settings::default() });
    let owner = house.owner().await;
    let (dana, bora) = (house.clerk("dana").await, house.clerk("bora").await);
    let (_, schedule) = house.set_up(owner, open(30)).await;
    back_office::open_shift(&house, dana, 50_000).await.expect("opens");
    assert_eq!(refusal(back_office::open_shift(&house, dana, 1).await), Refusal::Stale, "one at a time");
    assert_eq!(refusal(back_office::open_shift(&house, bora, -1).await), Refusal::invalid(Field::Amount));

    let yuna = house.sell_for_cash(dana, schedule, 0).await;
    let (shift, entries) = house.till_of(dana).await.open.expect("is open");
    let price = entries[0].amount;
    assert_eq!((entries.len(), entries[0].kind, entries[0].user_id), (1, TillKind::Sale, yuna));
    assert_eq!(shift.expected(), 50_000 + price);

    // The ticket is cancelled, and its price paid out. Neither needs a second person, unlike a correction.
    let ticket = box_office::reservations(&house, yuna).await.expect("theirs")[0].id;
    back_office::cancel_ticket(&house, dana, ticket, price, "ill").await.expect("is cancelled");
    let pay = |shown, amount| back_office::exchange_cash(&house, dana, None, yuna, (shown, amount));
    assert_eq!(refusal(pay(price, -price - 1).await), Refusal::NotEnoughPoints { missing: 1 });
    assert_eq!(refusal(pay(price, 0).await), Refusal::invalid(Field::Amount));
    pay(price, -price).await.expect("is paid out");
    assert_eq!(refusal(pay(price, -price).await), Refusal::BalanceChanged { point: 0 }, "a double click");
    pay(0, 300).await.expect("buys points");
    let (shift, entries) = house.till_of(dana).await.open.expect("is open");
    let amounts: Vec<_> = entries.iter().map(|entry| entry.amount).collect();
    assert_eq!((amounts, shift.taken, shift.given), (vec![price, -price, 300], price + 300, price));
    let corrected = back_office::adjust_points(&house, dana, None, yuna, (300, 11), "a goodwill").await;
    assert_eq!(refusal(corrected), Refusal::NeedsSecondPerson { limit: 10 });

    // Points that were not bought for cash become cash only if a colleague agrees, and nobody pays themselves alone.
    back_office::adjust_points(&house, owner.into(), None, yuna, (300, 5), "a goodwill").await.expect("adjusted");
    assert_eq!(refusal(pay(305, -305).await), Refusal::PayoutNeedsSecondPerson { limit: 300 });
    let agreed = |second| back_office::exchange_cash(&house, dana, Some(second), yuna, (305, -305));
    assert_eq!(refusal(agreed(dana).await), Refusal::PayoutNeedsSecondPerson { limit: 300 }, "the same person");
    agreed(bora).await.expect("Bora agrees");
    house.charge(house.user("dana").await, 100).await;
    let own = back_office::exchange_cash(&house, dana, None, house.user("dana").await, (100, -100)).await;
    assert_eq!(refusal(own), Refusal::PayoutNeedsSecondPerson { limit: 0 });

    // Cash that was spent on a ticket does not make other points cash.
    let regular = house.sell_for_cash(dana, schedule, 3).await;
    back_office::adjust_points(&house, owner.into(), None, regular, (0, 5), "a goodwill").await.expect("adjusted");
    let other = back_office::exchange_cash(&house, dana, None, regular, (5, -5)).await;
    assert_eq!(refusal(other), Refusal::PayoutNeedsSecondPerson { limit: 0 });

    // Bora has opened none: the first cash opens it, and Dana's is not touched. The drawer was not empty.
    house.sell_for_cash(bora, schedule, 1).await;
    let (of_bora, _) = house.till_of(bora).await.open.expect("is open");
    assert_eq!((of_bora.opening_cash, of_bora.expected()), (None, price));
    back_office::open_shift(&house, bora, 20_000).await.expect("says it later");
    assert_eq!(refusal(back_office::open_shift(&house, bora, 1).await), Refusal::Stale, "once");
    assert_eq!(house.till_of(bora).await.open.expect("is open").0.expected(), 20_000 + price);

    let house = house.reopened();
    let id = shift.id;
    let close = |who, shown, counted, note| back_office::close_shift(&house, who, id, None, (shown, counted), note);
    assert_eq!(
        refusal(close(dana, 3, 49_995, "").await),
        Refusal::CashMoved,
        "cash was given since the page was shown"
    );
    assert_eq!(refusal(close(dana, 5, 49_900, " ").await), Refusal::invalid(Field::Note));
    assert_eq!(refusal(close(bora, 5, 49_995, "").await), Refusal::NotFound, "it is another's");
    close(owner.into(), 5, 49_895 + price, "a wrong coin").await.expect("an owner closes it");
    assert_eq!(refusal(close(dana, 5, 49_995, "").await), Refusal::Stale, "it is closed");
    let (closed, entries) = back_office::shift(&house, dana, id).await.expect("sees it");
    assert_eq!((closed.difference(), entries.len()), (Some(-100), 5));
    assert_eq!(refusal(back_office::shift(&house, bora, id).await), Refusal::NotFound, "it is another's");
    let seen: Vec<_> = house.till_of(owner.into()).await.shifts.iter().map(|shift| shift.id).collect();
    assert_eq!(seen, [of_bora.id, id], "the open ones first");
    assert_eq!(house.till_of(bora).await.shifts.len(), 1);

    // What comes after the end is in the next shift.
    house.sell_for_cash(dana, schedule, 2).await;
    let (next, _) = house.till_of(dana).await.open.expect("is open");
    assert_ne!(next.id, id);
    house.assert_sound().await;
}

#[tokio::test]
async fn only_cash_is_in_the_till() {
    let house = TestHouse::open(Settings::default());
    let owner = house.owner().await;
    let clerk = house.clerk("dana").await;
    let (_, schedule) = house.set_up(owner, open(30)).await;
    let mina = house.fan("mina").await;
    house.charge(mina, 1_000).await;
    let map = box_office::seat_map(&house, schedule).await.expect("the map");
    let seat = |place: usize| vec![map.plan.seats()[place].id];
    let buyer = Buyer { email: "mina@example.org", name: "" };
    back_office::sell(&house, clerk, schedule, seat(0), buyer, Paid::Points, "").await.expect("is sold");
    back_office::sell(&house, clerk, schedule, seat(1), buyer, Paid::Nothing, "a guest").await.expect("is given");
    assert!(house.till_of(clerk).await.open.is_none());
    house.assert_sound().await;
}
