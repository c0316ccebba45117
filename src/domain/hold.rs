//! Holding seats until they are paid for: either all requested seats, or none.

use super::queue::{self, Admission};
use super::schedule::Window;
use super::seat::{self, is_live};
use super::{Field, Points, Refusal, ReservationId, SeatId, SeatKind, SeatNumber, SeatStatus, Timestamp, UserId};
use serde::{Deserialize, Serialize};
use std::collections::HashSet;

/// A seat that a fan holds or has bought, as described in the answer to a hold or a purchase.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReservedSeat {
    pub id: ReservationId,
    pub seat_id: SeatId,
    /// The number of the seat within its row.
    pub number: SeatNumber,
    pub price: Points,
}

/// The answer to a hold: everything that the fan now holds in the schedule.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct HeldSeats {
    pub reservations: Vec<ReservedSeat>,
    /// The sum of the prices.
    pub total: Points,
    /// When all these holds expire.
    pub expired_at: Timestamp,
}

/// A reservation whose row has the status `reserved` (waiting for payment). It may have expired already: compare
/// `expired_at` with [`is_live`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Held {
    pub id: ReservationId,
    pub user_id: UserId,
    pub seat_id: SeatId,
    /// The price shown when the seat was held. It is the price that will be paid.
    pub price: Points,
    pub expired_at: Timestamp,
}

/// A seat that the fan requested, as it is now.
#[derive(Debug, Clone, Copy)]
pub struct WantedSeat {
    pub id: SeatId,
    pub price: Points,
    pub status: SeatStatus,
    pub kind: SeatKind,
    /// The reservation of this seat that waits for payment. `None` if there is none.
    pub held: Option<Held>,
}

/// The facts that [`decide`] needs when a fan requests seats.
#[derive(Debug, Clone)]
pub struct HoldFacts {
    pub window: Window,
    /// The requested seats, without those that do not exist in this schedule.
    pub seats: Vec<WantedSeat>,
    /// The fan's own reservations in this schedule that wait for payment.
    pub basket: Vec<Held>,
    /// How many seats of this schedule the fan has bought.
    pub bought: u32,
    /// The most seats that one fan may have in this schedule, counting both held and bought ones.
    pub seats_per_fan: u32,
    /// Until when wheelchair and companion places are kept for people who need them. `None` means for the whole sale.
    pub access_until: Option<Timestamp>,
    /// Whether the fan declared that they need a wheelchair or companion place.
    pub needs_access: bool,
    /// How long a hold lasts, in seconds, if the fan has no live hold yet.
    pub hold_seconds: u32,
    /// How long an admission lasts, in seconds.
    pub admission_seconds: u32,
    pub earlier: EarlierHolds,
    /// How many seats are held, also by this fan, by fans who joined from the same address. 0 if it is not known.
    pub held_from_address: u32,
    /// The most seats that may be held from one address at a time.
    pub held_per_address: u32,
}

/// What the fan's admission has seen so far. It matters for the deadline of a hold, and not for whether it is granted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct EarlierHolds {
    /// When the admission began.
    pub admitted_at: Option<Timestamp>,
    /// Until when the latest hold in this admission was to last, also if its seats were given back.
    pub held_until: Option<Timestamp>,
}

/// The changes that a granted hold makes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HoldPlan {
    /// Expired holds on the seats in `take`, to be cancelled in the same transaction.
    pub expired_holds: Vec<ReservationId>,
    /// The seats to hold for the fan, each with its price. Seats that the fan holds already are not listed.
    pub take: Vec<(SeatId, Points)>,
    /// When the new holds expire. The limits on it are in `deadline`.
    pub expired_at: Timestamp,
    /// The new end of the fan's admission.
    pub admission_expire_at: Timestamp,
}

/// Checks a list of requested seats before they are looked up.
///
/// # Errors
/// [`Refusal::Invalid`] if it is empty or names a seat twice, [`Refusal::TooManySeats`] if it is longer than
/// `seats_per_fan`.
pub fn check_list(wanted: &[SeatId], seats_per_fan: u32) -> Result<(), Refusal> {
    if wanted.len() > seats_per_fan as usize {
        return Err(Refusal::TooManySeats { limit: seats_per_fan });
    }
    let distinct: HashSet<_> = wanted.iter().collect();
    if wanted.is_empty() || distinct.len() != wanted.len() {
        return Err(Refusal::invalid(Field::Seats));
    }
    Ok(())
}

/// Whether wheelchair and companion places are still kept, at `now`, for people who declare that they need them. They
/// are released for everybody at `access_until`; `None` means never.
pub fn is_kept_for_access(access_until: Option<Timestamp>, now: Timestamp) -> bool {
    access_until.is_none_or(|until| now < until)
}

/// Returns when a new hold expires. `live` is the first deadline of the seats that the fan holds now, which a further
/// seat shares. Seats that are held again after they were given back keep the earlier deadline too. No hold lasts longer
/// than the time of an admission and of one hold, counted from when the admission began: otherwise a fan who gives seats
/// back and holds them again, or lets them run out, would stay for ever while others wait.
fn deadline(admission: &Admission, facts: &HoldFacts, live: Option<Timestamp>, now: Timestamp) -> Timestamp {
    let earlier = live.or_else(|| facts.earlier.held_until.filter(|until| now < *until));
    let full = now.plus_seconds(facts.hold_seconds.into());
    let longest = i64::from(facts.admission_seconds) + i64::from(facts.hold_seconds);
    let last = facts.earlier.admitted_at.map_or(full, |at| at.plus_seconds(longest));
    // The end that the admission has already stands, also if the settings have changed meanwhile.
    earlier.unwrap_or_else(|| full.min(last.max(admission.expire_at())))
}

/// Decides whether a fan gets the requested seats. Requesting a seat that the fan already holds changes nothing, so a
/// request may be repeated.
///
/// # Errors
/// The first of these that applies: what [`check_list`] refuses; [`Refusal::NotFound`] for a seat that is not in this
/// schedule; [`Refusal::SaleClosed`]; [`Refusal::KeptForAccess`]; [`Refusal::TooManySeats`] if the held, bought and new
/// seats together exceed the limit; [`Refusal::SeatTaken`] with the unavailable seats, to which the caller adds the nearest
/// free ones; and [`Refusal::CrowdedAddress`].
pub fn decide(
    admission: &Admission,
    facts: &HoldFacts,
    wanted: &[SeatId],
    now: Timestamp,
) -> Result<HoldPlan, Refusal> {
    check_list(wanted, facts.seats_per_fan)?;
    if facts.seats.len() != wanted.len() {
        return Err(Refusal::NotFound);
    }
    facts.window.check_open(now)?;
    if !facts.needs_access && is_kept_for_access(facts.access_until, now) {
        let kept = facts.seats.iter().filter(|seat| seat.kind.is_for_access());
        let seat_ids: Vec<SeatId> = kept.map(|seat| seat.id).collect();
        if !seat_ids.is_empty() {
            return Err(Refusal::KeptForAccess { seat_ids });
        }
    }

    let live: Vec<&Held> = facts.basket.iter().filter(|held| is_live(held.expired_at, now)).collect();
    let mine = |seat: &WantedSeat| live.iter().any(|held| held.seat_id == seat.id);
    let new: Vec<&WantedSeat> = facts.seats.iter().filter(|seat| !mine(seat)).collect();
    if facts.bought as usize + live.len() + new.len() > facts.seats_per_fan as usize {
        return Err(Refusal::TooManySeats { limit: facts.seats_per_fan });
    }
    let gone: Vec<SeatId> = new
        .iter()
        .filter(|seat| {
            let expired_at = seat.held.map(|held| held.expired_at);
            seat::effective_status(seat.status, expired_at, now) != SeatStatus::Reservable
        })
        .map(|seat| seat.id)
        .collect();
    if !gone.is_empty() {
        return Err(Refusal::SeatTaken { seat_ids: gone, nearest: vec![] });
    }
    if !new.is_empty() && facts.held_from_address as usize + new.len() > facts.held_per_address as usize {
        return Err(Refusal::CrowdedAddress);
    }

    let first_deadline = live.iter().map(|held| held.expired_at).min();
    let expired_at = deadline(admission, facts, first_deadline, now);
    Ok(HoldPlan {
        expired_holds: new.iter().filter_map(|seat| seat.held.map(|held| held.id)).collect(),
        take: new.iter().map(|seat| (seat.id, seat.price)).collect(),
        expired_at,
        admission_expire_at: queue::extended(admission, expired_at),
    })
}

#[cfg(test)]
mod tests {
    use super::super::queue::{QueueToken, TokenStatus};
    use super::super::{ScheduleId, TokenId};
    use super::*;

    const NOW: Timestamp = Timestamp(1_000_000);
    const FAN: UserId = UserId(1);
    const OTHER: UserId = UserId(2);

    fn admission() -> Admission {
        let token = QueueToken {
            id: TokenId(1),
            user_id: FAN,
            schedule_id: ScheduleId(1),
            number: Some(1),
            status: TokenStatus::Active,
            expire_at: Some(NOW.plus_seconds(10)),
            has_come: true,
            is_passed_over: false,
            has_missed_call: false,
            ended: None,
        };
        token.admission(NOW).expect("an active token admits")
    }

    fn held(seat: i64, user_id: UserId, expired_at: Timestamp) -> Held {
        Held { id: ReservationId(seat * 10), user_id, seat_id: SeatId(seat), price: 100, expired_at }
    }

    fn seat(id: i64, status: SeatStatus, held: Option<Held>) -> WantedSeat {
        WantedSeat { id: SeatId(id), price: 100, status, kind: SeatKind::Standard, held }
    }

    fn facts(seats: Vec<WantedSeat>) -> HoldFacts {
        HoldFacts {
            window: Window::new(Timestamp(0), NOW.plus_seconds(60)),
            seats,
            basket: vec![],
            bought: 0,
            seats_per_fan: 4,
            access_until: None,
            needs_access: false,
            hold_seconds: 300,
            admission_seconds: 600,
            earlier: EarlierHolds::default(),
            held_from_address: 0,
            held_per_address: 10,
        }
    }

    fn free(ids: &[i64]) -> Vec<WantedSeat> {
        ids.iter().map(|&id| seat(id, SeatStatus::Reservable, None)).collect()
    }

    fn ids(ids: &[i64]) -> Vec<SeatId> {
        ids.iter().map(|&id| SeatId(id)).collect()
    }

    #[test]
    fn the_seats_held_from_one_address_are_limited_and_those_that_a_fan_holds_stay() {
        let facts = HoldFacts { held_from_address: 8, ..facts(free(&[1, 2, 3])) };
        assert_eq!(decide(&admission(), &facts, &ids(&[1, 2, 3]), NOW), Err(Refusal::CrowdedAddress));
        let two = HoldFacts { seats: free(&[1, 2]), ..facts.clone() };
        assert_eq!(decide(&admission(), &two, &ids(&[1, 2]), NOW).map(|plan| plan.take.len()), Ok(2));
        let mine = held(1, FAN, NOW.plus_seconds(5));
        let again = HoldFacts {
            seats: vec![seat(1, SeatStatus::Occupied, Some(mine))],
            basket: vec![mine],
            held_from_address: 10,
            ..facts
        };
        assert_eq!(decide(&admission(), &again, &ids(&[1]), NOW).map(|plan| plan.take.len()), Ok(0));
    }

    #[test]
    fn free_seats_are_held_at_their_price_for_the_full_time_and_extend_the_admission() {
        let plan = decide(&admission(), &facts(free(&[1, 2])), &ids(&[1, 2]), NOW).expect("both are free");
        assert_eq!(plan.take, [(SeatId(1), 100), (SeatId(2), 100)]);
        assert_eq!(plan.expired_at, NOW.plus_seconds(300));
        assert_eq!(plan.admission_expire_at, NOW.plus_seconds(300));
        assert!(plan.expired_holds.is_empty());
    }

    #[test]
    fn one_taken_seat_refuses_the_whole_hold_and_is_named() {
        let theirs = held(2, OTHER, NOW.plus_seconds(1));
        let seats = vec![
            seat(1, SeatStatus::Reservable, None),
            seat(2, SeatStatus::Occupied, Some(theirs)),
            seat(3, SeatStatus::Reserved, None),
        ];
        assert_eq!(
            decide(&admission(), &facts(seats), &ids(&[1, 2, 3]), NOW),
            Err(Refusal::SeatTaken { seat_ids: ids(&[2, 3]), nearest: vec![] })
        );
    }

    #[test]
    fn a_hold_that_expires_at_this_instant_ends_and_the_seat_goes_to_the_next_fan() {
        let theirs = held(2, OTHER, NOW);
        let plan = decide(&admission(), &facts(vec![seat(2, SeatStatus::Occupied, Some(theirs))]), &ids(&[2]), NOW);
        let plan = plan.expect("the old hold is over");
        assert_eq!((plan.expired_holds, plan.take), (vec![theirs.id], vec![(SeatId(2), 100)]));
    }

    #[test]
    fn adding_a_seat_keeps_the_first_deadline_and_holding_it_again_changes_nothing() {
        let first = held(1, FAN, NOW.plus_seconds(42));
        let seats = vec![seat(1, SeatStatus::Occupied, Some(first)), seat(2, SeatStatus::Reservable, None)];
        let facts = HoldFacts { basket: vec![first], ..facts(seats) };
        let plan = decide(&admission(), &facts, &ids(&[1, 2]), NOW).expect("one is mine, one is free");
        assert_eq!(plan.expired_at, first.expired_at);
        assert_eq!(plan.take, [(SeatId(2), 100)]);
    }

    #[test]
    fn an_expired_hold_of_the_same_fan_gets_a_new_deadline() {
        let old = held(1, FAN, NOW);
        let facts = HoldFacts { basket: vec![old], ..facts(vec![seat(1, SeatStatus::Occupied, Some(old))]) };
        let plan = decide(&admission(), &facts, &ids(&[1]), NOW).expect("the seat is free again");
        assert_eq!(plan.expired_at, NOW.plus_seconds(300));
        assert_eq!(plan.expired_holds, [old.id]);
    }

    #[test]
    fn no_chain_of_holds_lasts_longer_than_an_admission_and_one_hold() {
        // When the admission began and until when the latest hold was to last, in seconds from now, and for how long the
        // seats are held.
        for (began, held_until, lasts) in [
            (0, None, 300),
            (-590, None, 300),
            (-700, None, 200),
            (-100, Some(0), 300),
            (-100, Some(120), 120),
            (-700, Some(120), 120),
            // The end that the admission has already is kept.
            (-895, None, 10),
        ] {
            let earlier = EarlierHolds {
                admitted_at: Some(NOW.plus_seconds(began)),
                held_until: held_until.map(|until| NOW.plus_seconds(until)),
            };
            let plan =
                decide(&admission(), &HoldFacts { earlier, ..facts(free(&[1])) }, &ids(&[1]), NOW).expect("is free");
            assert_eq!(plan.expired_at, NOW.plus_seconds(lasts), "{began} {held_until:?}");
            assert_eq!(plan.admission_expire_at, NOW.plus_seconds(lasts.max(10)), "{began} {held_until:?}");
        }
    }

    #[test]
    fn the_limit_counts_held_and_bought_seats() {
        let mine = held(9, FAN, NOW.plus_seconds(42));
        for (bought, wanted, fits) in
            [(0, &[1, 2, 3][..], true), (1, &[1, 2], true), (1, &[1, 2, 3], false), (3, &[1], false)]
        {
            let facts = HoldFacts { basket: vec![mine], bought, ..facts(free(wanted)) };
            let answer = decide(&admission(), &facts, &ids(wanted), NOW);
            assert_eq!(answer.is_ok(), fits, "{bought} bought, {wanted:?} wanted");
            if !fits {
                assert_eq!(answer, Err(Refusal::TooManySeats { limit: 4 }));
            }
        }
    }

    #[test]
    fn places_for_wheelchairs_and_companions_are_kept_for_those_who_need_them_until_they_are_released() {
        for (kind, needs_access, access_until, fits) in [
            (SeatKind::Wheelchair, false, None, false),
            (SeatKind::Companion, false, Some(NOW.plus_seconds(1)), false),
            (SeatKind::Companion, true, None, true),
            (SeatKind::Wheelchair, false, Some(NOW), true),
            (SeatKind::Restricted, false, None, true),
        ] {
            let seats = vec![WantedSeat { kind, ..seat(1, SeatStatus::Reservable, None) }];
            let facts = HoldFacts { needs_access, access_until, ..facts(seats) };
            let answer = decide(&admission(), &facts, &ids(&[1]), NOW).map(drop);
            let kept = Err(Refusal::KeptForAccess { seat_ids: ids(&[1]) });
            assert_eq!(answer, if fits { Ok(()) } else { kept }, "{kind:?} {needs_access} {access_until:?}");
        }
    }

    #[test]
    fn an_empty_list_and_a_repeated_seat_are_refused() {
        assert_eq!(decide(&admission(), &facts(vec![]), &[], NOW), Err(Refusal::invalid(Field::Seats)));
        assert_eq!(decide(&admission(), &facts(free(&[1])), &ids(&[1, 1]), NOW), Err(Refusal::invalid(Field::Seats)));
        assert_eq!(decide(&admission(), &facts(free(&[1])), &ids(&[1, 99]), NOW), Err(Refusal::NotFound));
    }

    #[test]
    fn no_seat_is_held_from_the_end_of_the_sale_on() {
        let mut facts = facts(free(&[1]));
        facts.window.reservation_end = NOW;
        assert_eq!(decide(&admission(), &facts, &ids(&[1]), NOW), Err(Refusal::SaleClosed { opens_at: None }));
    }
}
