//! Tests of bursts: many places from one address, and what staff do about them.

use super::{START, TestHouse, refusal};
use crate::back_office::{self, BoxOffice};
use crate::domain::account::Duty;
use crate::domain::queue::{EndReason, TokenStatus};
use crate::domain::schedule::Window;
use crate::domain::{Field, Refusal, ScheduleId, SeatId, UserId};
use crate::queues::Place;
use crate::waiting_room::{AskedBy, Joining};
use crate::{Outcome, Settings, box_office, sweeper, waiting_room};
use std::net::IpAddr;

/// The address of the burst, and another one.
const CROWD: IpAddr = IpAddr::V4(std::net::Ipv4Addr::new(192, 0, 2, 7));
const OTHER: IpAddr = IpAddr::V4(std::net::Ipv4Addr::new(192, 0, 2, 8));

impl TestHouse {
    pub(super) async fn counter(&self) -> BoxOffice {
        let id = self.fan("bora").await;
        back_office::appoint(self, "bora@example.org", Duty::BoxOffice).await.expect("staff");
        back_office::staff(self, id).await.expect("is staff").box_office().expect("the duty")
    }

    async fn join_from(&self, address: IpAddr, fan: UserId, schedule: ScheduleId) -> Outcome<Place> {
        let joining = Joining { address: Some(address), ..Joining::default() };
        waiting_room::join(self, fan, schedule, joining).await
    }

    /// Makes new fans who join from one address.
    async fn crowd(&self, address: IpAddr, schedule: ScheduleId, count: usize) -> Vec<UserId> {
        let mut fans = vec![];
        for number in 0..count {
            let fan = self.fan(&format!("{number}-{address}")).await;
            self.join_from(address, fan, schedule).await.expect("joins");
            fans.push(fan);
        }
        fans
    }

    async fn place(&self, fan: UserId, schedule: ScheduleId) -> Place {
        waiting_room::status(self, fan, schedule, AskedBy::Fan).await.expect("looks").expect("has or had a place")
    }
}

#[tokio::test]
async fn one_address_takes_only_so_many_places_and_holds_only_so_many_seats() {
    let settings = Settings { places_per_address: 3, held_per_address: 5, ..Settings::default() };
    let house = TestHouse::open(settings);
    let (schedule, seats) = house.schedule(12).await;
    let crowd = house.crowd(CROWD, schedule, 3).await;
    let late = house.fan("late").await;
    assert_eq!(refusal(house.join_from(CROWD, late, schedule).await), Refusal::CrowdedAddress);
    house.join_from(CROWD, crowd[0], schedule).await.expect("keeps their place");
    house.join_from(OTHER, late, schedule).await.expect("another address");
    let hold = async |fan: UserId, seats: &[SeatId]| box_office::hold(&house, fan, schedule, seats.to_vec()).await;
    hold(crowd[0], &seats[..4]).await.expect("holds");
    assert_eq!(refusal(hold(crowd[1], &seats[4..6]).await), Refusal::CrowdedAddress);
    hold(crowd[1], &seats[4..5]).await.expect("holds the fifth");
    hold(late, &seats[5..9]).await.expect("another address");
    // Seats that are paid for are not held any more, and a place that is left is free.
    house.charge(crowd[0], 400).await;
    box_office::purchase(&house, crowd[0], schedule, None, "key".into()).await.expect("buys");
    hold(crowd[2], &seats[9..12]).await.expect("holds");
    waiting_room::leave(&house, crowd[1], schedule).await.expect("leaves");
    let next = house.fan("next").await;
    house.join_from(CROWD, next, schedule).await.expect("joins");
    house.assert_sound().await;
}

#[tokio::test]
async fn staff_cancel_the_places_of_an_address_and_give_one_back() {
    let house = TestHouse::open(Settings { active_fans: 4, ..Settings::default() });
    let (schedule, seats) = house.schedule(12).await;
    let counter = house.counter().await;
    let crowd = house.crowd(CROWD, schedule, 6).await;
    let honest = house.crowd(OTHER, schedule, 2).await;
    box_office::hold(&house, crowd[0], schedule, seats[..4].to_vec()).await.expect("holds");
    let seen = back_office::addresses(&house, counter, schedule).await.expect("looks").crowded;
    assert_eq!(seen.len(), 1, "two places are not a burst: {seen:?}");
    let (figures, address) = (&seen[0], &*seen[0].address);
    assert_eq!((address, figures.waiting, figures.active), ("192.0.2.7", 2, 4));
    assert_eq!((figures.held, figures.bought, figures.new_accounts, figures.first), (4, 0, 6, START));

    let blank = back_office::void_places(&house, counter, schedule, address, " ").await;
    assert_eq!(refusal(blank), Refusal::invalid(Field::Note));
    let voided = back_office::void_places(&house, counter, schedule, address, "six accounts in a second").await;
    assert_eq!(voided.expect("cancels"), 6);
    for fan in &honest {
        assert_eq!(house.place(*fan, schedule).await.token.status, TokenStatus::Active, "is called at once");
    }
    assert_eq!(house.hall(schedule).await.expect("a hall").schedule().left_ticket, 12, "the held seats are free");
    let place = house.place(crowd[0], schedule).await;
    assert_eq!((place.token.status, place.token.ended), (TokenStatus::Delete, Some(EndReason::Voided)));
    assert_eq!(refusal(house.join_from(OTHER, crowd[0], schedule).await), Refusal::PlaceVoided);
    house.assert_sound().await;

    let answer = async |fan: UserId, text: &str| waiting_room::answer(&house, fan, schedule, text).await;
    assert_eq!(refusal(answer(honest[0], "me too").await), Refusal::NotFound);
    assert_eq!(refusal(answer(crowd[4], " \n ").await), Refusal::invalid(Field::Answer));
    answer(crowd[4], "We are\na class of six.").await.expect("answers");
    let voided = back_office::addresses(&house, counter, schedule).await.expect("looks").voided;
    assert_eq!((voided.len(), voided[0].user, voided[0].reason.as_str()), (6, crowd[4], "six accounts in a second"));
    assert_eq!(voided[0].answer.as_deref(), Some("We are a class of six."));
    let token = voided[0].token;
    back_office::restore_place(&house, counter, schedule, token).await.expect("gives it back");
    assert_eq!(refusal(back_office::restore_place(&house, counter, schedule, token).await), Refusal::NotFound);
    let place = house.place(crowd[4], schedule).await;
    assert_eq!((place.token.number, place.token.status), (Some(5), TokenStatus::Active), "has the number of before");
    // A fan who was choosing is called as any other, and then has the full time.
    waiting_room::answer(&house, crowd[0], schedule, "I was choosing.").await.expect("answers");
    let first = back_office::addresses(&house, counter, schedule).await.expect("looks").voided.remove(0);
    assert_eq!(first.user, crowd[0]);
    house.wait(60);
    back_office::restore_place(&house, counter, schedule, first.token).await.expect("gives it back");
    let place = house.place(crowd[0], schedule).await;
    assert_eq!((place.token.number, place.token.has_come), (Some(1), true), "comes by looking");
    let full = house.clock().now().plus_seconds(i64::from(house.settings().admission_seconds));
    assert_eq!(place.token.expire_at, Some(full));
    assert_eq!(waiting_room::voided_place(&house, crowd[4], schedule).await.expect("looks"), None);
    house.assert_sound().await;
    let house = house.reopened();
    house.assert_sound().await;
}

#[tokio::test]
async fn a_place_that_was_cancelled_in_the_lobby_is_given_back_before_and_after_the_lottery() {
    let house = TestHouse::open(Settings { active_fans: 1, ..Settings::default() });
    let opens = START.plus_seconds(600);
    let window = Window { lobby_start: START, ..Window::new(opens, opens.plus_seconds(3600)) };
    let (schedule, _) = house.schedule_in(12, window).await;
    let counter = house.counter().await;
    let crowd = house.crowd(CROWD, schedule, 5).await;
    let voided = back_office::void_places(&house, counter, schedule, &CROWD.to_string(), "a burst").await;
    assert_eq!(voided.expect("cancels"), 5);
    let voided = back_office::addresses(&house, counter, schedule).await.expect("looks").voided;
    let restore = async |index: usize| {
        back_office::restore_place(&house, counter, schedule, voided[index].token).await.expect("gives it back");
    };
    restore(0).await;
    let honest = house.crowd(OTHER, schedule, 1).await;
    house.wait(600);
    sweeper::sweep(&house).await.expect("closes the lobby");
    waiting_room::run_delays(&house, &()).await.expect("draws");
    let late = house.fan("late").await;
    house.join_from(OTHER, late, schedule).await.expect("joins");
    restore(1).await;
    let mut numbers = vec![];
    for fan in [crowd[0], honest[0], late, crowd[1]] {
        numbers.push(house.place(fan, schedule).await.token.number.expect("a number"));
    }
    numbers[..2].sort_unstable();
    assert_eq!(numbers, [1, 2, 3, 4]);
    house.assert_sound().await;
    // The published lottery lists only the two fans who were in the lobby at the opening, also after a restart.
    let house = house.reopened();
    let draw = waiting_room::lottery(&house, schedule).await.expect("looks").result.expect("is drawn");
    assert_eq!(draw.entrants.len(), 2);
    house.assert_sound().await;
}

#[tokio::test]
async fn a_place_given_back_at_the_opening_comes_after_the_lobby() {
    let house = TestHouse::open(Settings { active_fans: 1, ..Settings::default() });
    let opens = START.plus_seconds(600);
    let window = Window { lobby_start: START, ..Window::new(opens, opens.plus_seconds(3600)) };
    let (schedule, _) = house.schedule_in(12, window).await;
    let counter = house.counter().await;
    let crowd = house.crowd(CROWD, schedule, 1).await;
    back_office::void_places(&house, counter, schedule, &CROWD.to_string(), "a burst").await.expect("cancels");
    let again = back_office::void_places(&house, counter, schedule, &CROWD.to_string(), "a burst").await;
    assert_eq!(refusal(again), Refusal::Stale, "pressed twice");
    let honest = house.crowd(OTHER, schedule, 2).await;
    let voided = back_office::addresses(&house, counter, schedule).await.expect("looks").voided;
    house.wait(600);
    // The sweeper has not run yet.
    let restore = async || back_office::restore_place(&house, counter, schedule, voided[0].token).await;
    assert_eq!(refusal(restore().await), Refusal::Busy, "the order is not decided yet");
    sweeper::sweep(&house).await.expect("closes the lobby");
    waiting_room::run_delays(&house, &()).await.expect("draws");
    restore().await.expect("gives it back");
    assert_eq!(house.place(crowd[0], schedule).await.token.number, Some(3));
    for fan in honest {
        assert!(house.place(fan, schedule).await.token.number < Some(3));
    }
    house.assert_sound().await;
}
