//! Tests of people who leave, each a short story.

use super::venue::{DAY, open};
use super::{START, TestHouse, refusal};
use crate::domain::mail::{Language, MailStatus};
use crate::domain::{Field, Refusal};
use crate::{Settings, back_office, box_office, waiting_room};

#[tokio::test]
async fn a_fan_gets_everything_and_leaves_and_the_books_stay_whole_without_a_name() {
    let house = TestHouse::open(Settings::default());
    let owner = house.owner().await;
    let (_, schedule) = house.set_up(owner, open(30)).await;
    let other =
        back_office::copy_schedule(&house, owner, schedule, START.plus_seconds(60 * DAY)).await.expect("a copy");
    back_office::publish_schedule(&house, owner, other, crate::domain::concert::Publication::Published)
        .await
        .expect("shown");
    let mina = house.buyer("mina", schedule, 0..1).await;
    back_office::adjust_points(&house, owner.into(), None, mina, (9_800, 5), "a goodwill").await.expect("adjusted");
    box_office::sign_in_on(
        &house,
        mina,
        box_office::Verified::Password("no password".into()),
        ("Firefox".into(), Language::English),
    )
    .await
    .expect("in");
    let tag = house.account_tag(mina).await.expect("a tag");
    let everything = box_office::everything_stored(&house, mina).await.expect("all of it");
    assert_eq!((everything.user.email.as_str(), everything.reservations.len()), ("mina@example.org", 1));
    assert_eq!((everything.statement.len(), everything.devices.len(), everything.places.len()), (3, 1, 1));

    let leave = |hash: &str| box_office::leave_for_good(&house, mina, hash.to_owned());
    assert_eq!(refusal(leave("another").await), Refusal::invalid(Field::PresentPassword));
    assert_eq!(refusal(leave("no password").await), Refusal::StillHasTickets);
    house.wait(31 * DAY as u64);
    assert_eq!(refusal(leave("no password").await), Refusal::StillHasPoints { point: 9_805 });
    assert!(box_office::ties(&house, mina).await.is_ok_and(|ties| !ties.has_tickets && ties.point == 9_805));
    back_office::adjust_points(&house, owner.into(), None, mina, (9_805, -9_805), "paid out").await.expect("paid out");
    waiting_room::join(&house, mina, other, waiting_room::Joining::default()).await.expect("joins");
    leave("no password").await.expect("leaves");

    assert_eq!(box_office::credentials(&house, "mina@example.org").await.expect("looks"), None);
    assert_ne!(house.account_tag(mina).await.expect("a tag"), tag, "no session of hers lasts");
    let known = back_office::customer(&house, owner.into(), mina).await.expect("the number stays");
    assert_eq!((known.user.address(), known.user.name.as_str(), known.reservations.len()), (None, "-", 1));
    let sheet = back_office::schedule_sheet(&house, owner, other).await.expect("the date");
    assert_eq!((sheet.schedule.waiting, sheet.schedule.active), (0, 0), "her place is free");
    let mails = back_office::mails(&house, owner, MailStatus::Wait, None).await.expect("mails");
    assert!(mails.mails.iter().all(|mail| mail.user_id != mina));
    for words in ["mina", "mina@example.org"] {
        assert_eq!(back_office::log(&house, owner, words.into(), None).await.expect("the log"), [], "{words}");
        assert_eq!(back_office::find(&house, owner.into(), words.into()).await.expect("finds").people, []);
    }
    box_office::sign_up(&house, ("mina@example.org", "Mina"), "new".into(), vec![])
        .await
        .expect("the address is free again");
    house.assert_sound().await;
}

#[tokio::test]
async fn staff_leave_the_team_first() {
    let house = TestHouse::open(Settings::default());
    house.owner().await;
    let owner = box_office::credentials(&house, "owner@example.org").await.expect("looks").expect("is there").0.id;
    assert_eq!(refusal(box_office::leave_for_good(&house, owner, "no password".into()).await), Refusal::StillStaff);
}
