//! Tests of the waitlist of a sold-out date, each a short story.

use super::venue::{DAY, open};
use super::{START, TestHouse, refusal};
use crate::back_office::{self, Owner};
use crate::domain::concert::Publication;
use crate::domain::mail::Letter;
use crate::domain::queue::{EndReason, TokenStatus};
use crate::domain::waitlist::{WaitlistStatus, Wish};
use crate::domain::{Field, Points, Refusal, ScheduleId, SeatStatus, Timestamp, UserId};
use crate::post_office::{self, Contents, Next};
use crate::store::Write;
use crate::waiting_room::{self, AskedBy, Joining};
use crate::{Outcome, Settings, box_office, heartbeat, sweeper};
use std::time::Duration;

fn wish(party: u32, bands: &[&str]) -> Wish {
    let bands = bands.iter().map(|band| (*band).to_owned()).collect();
    Wish { party, bands, needs_access: false, may_split: false }
}

impl TestHouse {
    /// Sets up a date whose twelve seats are bought by Anna and Ben (stalls) and by Cara and Dora (circle).
    async fn sold_out(&self) -> (Owner, ScheduleId, [UserId; 4]) {
        let owner = self.owner().await;
        let (_, schedule) = self.set_up(owner, open(30)).await;
        let buyers = [
            self.buyer("anna", schedule, 0..3).await,
            self.buyer("ben", schedule, 3..6).await,
            self.buyer("cara", schedule, 6..9).await,
            self.buyer("dora", schedule, 9..12).await,
        ];
        self.sent_mails().await;
        (owner, schedule, buyers)
    }

    /// Adds a fan with 1,000 points, who joins the waitlist.
    async fn waits(&self, name: &str, schedule: ScheduleId, wish: Wish) -> UserId {
        let fan = self.fan(name).await;
        self.charge(fan, 1_000).await;
        box_office::join_waitlist(self, fan, schedule, wish).await.expect("joins the waitlist");
        fan
    }

    /// Cancels the first tickets of a fan, in the order of the seats.
    async fn gives_back(&self, fan: UserId, schedule: ScheduleId, tickets: usize) {
        let mine = box_office::reservations_in(self, fan, schedule).await.expect("mine");
        for ticket in mine.iter().filter(|ticket| ticket.is_ticket()).take(tickets) {
            let key = self.clock().random_key();
            box_office::cancel(self, fan, ticket.id, None, key).await.expect("is cancelled");
        }
    }

    /// Sweeps, and returns the entry of a fan: its state, how many are ahead, and how many seats the fan holds.
    async fn entry(&self, fan: UserId, schedule: ScheduleId) -> (WaitlistStatus, u32, usize) {
        sweeper::sweep(self).await.expect("sweeps");
        let place = box_office::waitlist_place(self, fan, schedule).await.expect("looks").expect("an entry");
        let held = box_office::reservations_in(self, fan, schedule).await.expect("mine");
        let now = self.clock().now();
        (place.entry.status, place.ahead, held.iter().filter(|held| held.is_held(now)).count())
    }

    async fn pays(&self, fan: UserId, schedule: ScheduleId) -> Outcome<Points> {
        let key = self.clock().random_key();
        Ok(box_office::purchase(self, fan, schedule, None, key).await?.total)
    }
}

#[tokio::test]
async fn a_seat_that_comes_back_is_offered_to_the_first_whom_it_suits_and_never_to_the_queue() {
    let house = TestHouse::open(Settings::default());
    let (_, schedule, [anna, _, cara, _]) = house.sold_out().await;
    let eva = house.waits("eva", schedule, wish(2, &["Stalls"])).await;
    let finn = house.waits("finn", schedule, wish(1, &[])).await;
    assert_eq!(house.entry(finn, schedule).await, (WaitlistStatus::Wait, 1, 0));
    let hana = house.fan("hana").await;
    assert_eq!(refusal(waiting_room::join(&house, hana, schedule, Joining::default()).await), Refusal::SoldOut);

    // A single seat of the circle does not suit Eva. Hana is quicker than the sweeper, but does not get it.
    house.gives_back(cara, schedule, 1).await;
    waiting_room::join(&house, hana, schedule, Joining::default()).await.expect("joins");
    let map = box_office::seat_map(&house, schedule).await.expect("the map");
    let free = map.states.iter().position(|state| *state == SeatStatus::Reservable).expect("a free seat");
    let seat = map.plan.seats()[free].id;
    let taken = refusal(box_office::hold(&house, hana, schedule, vec![seat]).await);
    assert!(matches!(taken, Refusal::SeatTaken { .. }), "{taken:?}");
    assert_eq!(house.entry(finn, schedule).await, (WaitlistStatus::Offered, 0, 1));
    assert_eq!(house.entry(eva, schedule).await, (WaitlistStatus::Wait, 0, 0));
    house.assert_sound().await;
    let Next::Send(mail) = post_office::next(&house).await.expect("the outbox") else { panic!("Finn is told") };
    let until = START.plus_seconds(7_200);
    let contents = post_office::contents(&house, &mail).await.expect("reads");
    assert!(
        matches!(&contents, Some((name, Contents::Offer { until: at, seats })) if name == "finn" && *at == until
        && seats.len() == 1),
        "{contents:?}"
    );

    // For everybody else the date is sold out. Finn pays without having been in the queue, also after a restart.
    let house = house.reopened();
    let iris = house.fan("iris").await;
    assert_eq!(refusal(waiting_room::join(&house, iris, schedule, Joining::default()).await), Refusal::SoldOut);
    assert_eq!(refusal(waiting_room::join(&house, finn, schedule, Joining::default()).await), Refusal::HasOffer);
    assert_eq!(house.pays(finn, schedule).await.expect("pays"), 100);
    assert_eq!(house.entry(finn, schedule).await, (WaitlistStatus::Bought, 0, 0));
    assert_eq!(refusal(house.pays(finn, schedule).await), Refusal::AlreadyBought);

    // Two seats that come back one by one: the first suits nobody, so it is on sale until they are two.
    house.gives_back(anna, schedule, 3).await;
    assert_eq!(house.entry(eva, schedule).await, (WaitlistStatus::Offered, 0, 2));
    house.assert_sound().await;
}

#[tokio::test]
async fn an_offer_that_is_not_taken_goes_to_the_next_at_once() {
    let house = TestHouse::open(Settings { offer_seconds: 600, ..Settings::default() });
    let (owner, schedule, [_, ben, ..]) = house.sold_out().await;
    let [eva, finn, gina] = ["eva", "finn", "gina"].map(|name| house.waits(name, schedule, wish(1, &[])));
    house.wait(400);
    heartbeat::beat(&house).await;
    let (eva, finn, gina) = (eva.await, finn.await, gina.await);
    house.gives_back(ben, schedule, 1).await;
    assert_eq!(house.entry(eva, schedule).await, (WaitlistStatus::Offered, 0, 1));
    assert_eq!(house.entry(gina, schedule).await, (WaitlistStatus::Wait, 1, 0));
    // If the clock is set back, an offer lasts no longer than a new one would.
    house.clock().set_back(Duration::from_secs(300));
    heartbeat::beat(&house).await;

    house.wait(599);
    assert_eq!(house.entry(eva, schedule).await.0, WaitlistStatus::Offered);
    house.wait(1);
    assert_eq!(refusal(house.pays(eva, schedule).await), Refusal::HoldExpired);
    assert_eq!(house.entry(eva, schedule).await, (WaitlistStatus::Over, 0, 0));
    let ran_out = box_office::waitlist_place(&house, eva, schedule).await.expect("looks").expect("an entry");
    assert!(ran_out.entry.ran_out());
    assert_eq!(house.entry(finn, schedule).await, (WaitlistStatus::Offered, 0, 1));

    // Finn gives it back, by the button of the checkout or by leaving the list.
    assert_eq!(box_office::release(&house, finn, schedule).await.expect("gives it back"), 1);
    assert_eq!(house.entry(finn, schedule).await, (WaitlistStatus::Over, 0, 0));
    assert_eq!(house.entry(gina, schedule).await, (WaitlistStatus::Offered, 0, 1));
    box_office::leave_waitlist(&house, gina, schedule).await.expect("leaves");
    assert_eq!(house.entry(gina, schedule).await, (WaitlistStatus::Over, 0, 0));
    let map = box_office::seat_map(&house, schedule).await.expect("the map");
    assert_eq!((map.schedule.left_ticket, map.schedule.offered_ticket), (1, 0), "nobody is left: it is on sale");
    let Next::Send(late) = post_office::next(&house).await.expect("the outbox") else { panic!("a mail to Eva waits") };
    assert!(post_office::contents(&house, &late).await.expect("reads").is_none(), "it is too late for it");
    let told = house.sent_mails().await;
    let offered = told.iter().filter(|(_, letter)| matches!(letter, Letter::Offer { .. }));
    let offered: Vec<_> = offered.map(|(to, _)| to.as_str()).collect();
    assert_eq!(offered, ["eva@example.org", "finn@example.org", "gina@example.org"]);

    // The list is empty, so whoever joins the queue gets the seat.
    assert_eq!(refusal(box_office::join_waitlist(&house, eva, schedule, wish(1, &[])).await), Refusal::NotSoldOut);
    box_office::join_waitlist(&house, eva, schedule, wish(2, &["Stalls"])).await.expect("one seat is not enough");
    back_office::call_off(&house, owner, schedule, "The singer is ill", 0).await.expect("is called off");
    assert_eq!(house.entry(eva, schedule).await, (WaitlistStatus::Over, 0, 0));
    house.assert_sound().await;
}

#[tokio::test]
async fn who_may_join_and_what_ends_an_entry() {
    let house = TestHouse::open(Settings { seats_per_fan: 8, ..Settings::default() });
    let owner = house.owner().await;
    let (_, schedule) = house.set_up(owner, open(1)).await;
    let anna = house.buyer("anna", schedule, 1..3).await;
    let eva = house.fan("eva").await;
    let join = async |fan, wish| box_office::join_waitlist(&house, fan, schedule, wish).await;
    assert_eq!(refusal(join(eva, wish(1, &["Stalls"])).await), Refusal::NotSoldOut);
    assert_eq!(refusal(join(eva, wish(1, &["Balcony"])).await), Refusal::invalid(Field::Bands));
    assert_eq!(refusal(join(eva, wish(7, &["Stalls"])).await), Refusal::invalid(Field::Bands), "it has six");
    assert_eq!(refusal(join(anna, wish(7, &[])).await), Refusal::TooManySeats { limit: 8 });
    // A price band can be sold out although the date is not, and so can a date on which a wheelchair place is left.
    house.buyer("ben", schedule, 3..6).await;
    join(eva, wish(1, &["Stalls"])).await.expect("joins");
    let access = Wish { needs_access: true, ..wish(1, &["Stalls"]) };
    let finn = house.fan("finn").await;
    assert_eq!(refusal(join(finn, access).await), Refusal::NotSoldOut);
    join(finn, wish(2, &["Stalls"])).await.expect("joins");
    join(finn, wish(1, &["Circle"])).await.expect("keeps the entry that there is");
    let greedy = house.fan("greedy").await;
    join(greedy, wish(8, &["Circle", "Stalls", "Circle"])).await.expect("joins");
    let mine = box_office::waitlist_places(&house, greedy).await.expect("mine").remove(0);
    assert_eq!(mine.entry.wish, wish(8, &[]), "all bands are any");
    let mine = box_office::waitlist_places(&house, finn).await.expect("mine");
    assert_eq!(mine.iter().map(|place| (place.entry.wish.party, place.ahead)).collect::<Vec<_>>(), [(2, 1)]);

    // Eva waits in the queue for another band, too. She gets the offer, and need not wait there; once she has it, she
    // cannot choose other seats.
    back_office::pause(&house, owner.into(), schedule, true).await.expect("is paused");
    waiting_room::join(&house, eva, schedule, Joining::default()).await.expect("joins");
    house.gives_back(anna, schedule, 1).await;
    assert_eq!(house.entry(eva, schedule).await, (WaitlistStatus::Offered, 0, 1));
    let place = waiting_room::status(&house, eva, schedule, AskedBy::Fan).await.expect("looks").expect("a place");
    assert_eq!(place.token.status, TokenStatus::Delete);
    assert_eq!(refusal(waiting_room::join(&house, eva, schedule, Joining::default()).await), Refusal::HasOffer);
    let admission = move |write: &Write<'_>, now: Timestamp| {
        write.insert_token(eva, schedule, (Some(now.plus_seconds(60)), None), now)
    };
    house.write(move |write, context| Ok(admission(write, context.now)?)).await.expect("is admitted nevertheless");
    let circle = box_office::seat_map(&house, schedule).await.expect("the map").plan.seats()[6].id;
    assert_eq!(refusal(box_office::hold(&house, eva, schedule, vec![circle]).await), Refusal::HasOffer);
    // With the account an entry and its offer go.
    box_office::leave_for_good(&house, eva, "no password".into()).await.expect("leaves");
    assert_eq!(box_office::waitlist_places(&house, eva).await.expect("none"), []);
    house.assert_sound().await;

    // The list ends with the sale.
    house.wait(DAY as u64);
    assert_eq!(sweeper::sweep(&house).await.expect("sweeps").filter(|at| *at <= Timestamp(START.0 + DAY * 1000)), None);
    assert_eq!(house.entry(finn, schedule).await, (WaitlistStatus::Over, 0, 0));
    assert_eq!(refusal(join(finn, wish(1, &[])).await), Refusal::SaleClosed { opens_at: None });
    house.assert_sound().await;
}

#[tokio::test]
async fn a_date_that_is_withdrawn_has_no_waitlist_and_a_cancelled_place_in_the_queue_counts_here_too() {
    let house = TestHouse::open(Settings::default());
    let owner = house.owner().await;
    let (_, schedule) = house.set_up(owner, open(30)).await;
    let map = box_office::seat_map(&house, schedule).await.expect("the map");
    let all: Vec<_> = map.plan.seats().iter().map(|seat| seat.id).collect();
    let keep = async || back_office::keep_back(&house, owner.into(), schedule, all.clone(), "later", None).await;
    keep().await.expect("are kept back");
    let eva = house.waits("eva", schedule, wish(1, &[])).await;
    back_office::publish_schedule(&house, owner, schedule, Publication::Draft).await.expect("is withdrawn");
    back_office::publish_schedule(&house, owner, schedule, Publication::Published).await.expect("is shown again");
    assert_eq!(house.entry(eva, schedule).await, (WaitlistStatus::Over, 0, 0));

    let finn = house.waits("finn", schedule, wish(1, &[])).await;
    let void = move |write: &Write<'_>, now: Timestamp| {
        let token = write.insert_token(finn, schedule, (None, None), now)?;
        write.end_tokens(&[token.id], EndReason::Voided, now)?;
        write.insert_voided_places(&[token.id], "a burst", now)
    };
    house.write(move |write, context| Ok(void(write, context.now)?)).await.expect("is cancelled");
    back_office::release_kept(&house, owner.into(), schedule, all.clone()).await.expect("are released");
    assert_eq!(house.entry(finn, schedule).await, (WaitlistStatus::Over, 0, 0));
    house.assert_sound().await;
}
