//! Tests of customers who buy at the counter without an account, each a short story.

use super::venue::open;
use super::{TestHouse, refusal};
use crate::back_office::{self, Buyer, Paid};
use crate::domain::mail::Letter;
use crate::domain::{Field, Refusal};
use crate::{Settings, box_office};

#[tokio::test]
async fn the_counter_sells_to_a_name_with_or_without_an_address() {
    let house = TestHouse::open(Settings::default());
    let owner = house.owner().await;
    let (_, schedule) = house.set_up(owner, open(30)).await;
    let map = box_office::seat_map(&house, schedule).await.expect("the map");
    let sell = async |seat: usize, email, name| {
        let (seats, buyer) = (vec![map.plan.seats()[seat].id], Buyer { email, name });
        back_office::sell(&house, owner.into(), schedule, seats, buyer, Paid::Cash, "").await
    };
    for (email, name, refused) in [
        ("", " ", Refusal::invalid(Field::Name)),
        ("walk.up", "Yuna", Refusal::invalid(Field::Email)),
        ("walk.up@example.org", "", Refusal::NoSuchAccount),
    ] {
        assert_eq!(refusal(sell(0, email, name).await), refused, "{email} {name}");
    }
    // Without an address: two customers of the same name are two people, and neither gets a mail.
    let (first, second) = (sell(0, "", "Yuna").await.expect("sold"), sell(1, "", "Yuna").await.expect("sold"));
    assert_ne!(first, second);
    assert_eq!(house.sent_mails().await, []);
    let known = back_office::customer(&house, owner.into(), first).await.expect("the customer");
    assert_eq!((known.user.address(), known.reservations.len(), known.user.point), (None, 1, 0));
    assert_eq!(back_office::find(&house, owner.into(), "yuna".into()).await.expect("finds").people.len(), 2);

    // With an address: the tickets are sent there, and a second purchase goes to the same account.
    let third = sell(2, "walk.up@example.org", "Yuna").await.expect("sold");
    let other = Refusal::AccountOfAnother { name: "Yuna".into() };
    assert_eq!(refusal(sell(3, "walk.up@example.org", "Somebody").await), other);
    assert_eq!(sell(3, "walk.up@example.org", "yuna ").await.expect("sold"), third);
    let told = house.sent_mails().await;
    assert!(
        told.iter().all(|(to, letter)| to == "walk.up@example.org" && matches!(letter, Letter::TicketsBought { .. }))
    );
    assert_eq!(told.len(), 2);
    // The account has no password until its owner sets one.
    assert_eq!(box_office::credentials(&house, "walk.up@example.org").await.expect("looks"), None);
    let token = back_office::make_password_link(&house, owner.into(), third).await.expect("a link");
    box_office::set_password(&house, token, "new".into()).await.expect("is set");
    assert!(box_office::credentials(&house, "walk.up@example.org").await.expect("looks").is_some());
    house.assert_sound().await;
}
