//! The waitlist of a date that is sold out: who may join it, which seats suit an entry, and how long they are offered.

use super::hall::HallPlan;
use super::party::{self, Closeness, Party};
use super::schedule::Window;
use super::{Refusal, ScheduleId, Timestamp, UserId, WaitlistEntryId, string_enum};
use serde::{Deserialize, Serialize};

string_enum! {
    /// The state of an entry.
    WaitlistStatus {
        /// On the list. The default in the database.
        Wait = "wait",
        /// Seats are held for the fan until the entry's `expire_at`.
        Offered = "offered",
        /// The fan has paid for the offered seats.
        Bought = "bought",
        /// The fan left the list, gave the offer back or let it expire, or the sale ended.
        Over = "over",
    }
}

/// The seats that a fan waits for.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Wish {
    /// The number of people, which is the number of seats.
    pub party: u32,
    /// The names of the price bands that will do. Empty means any.
    pub bands: Vec<String>,
    /// Whether the fan declares that they need wheelchair or companion places.
    pub needs_access: bool,
    /// Whether seats that are not adjacent will do.
    pub may_split: bool,
}

/// A fan's place on the waitlist of one schedule.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WaitlistEntry {
    pub id: WaitlistEntryId,
    pub user_id: UserId,
    pub schedule_id: ScheduleId,
    pub wish: Wish,
    pub status: WaitlistStatus,
    /// When the offer expires or expired. `None` if there was none.
    pub expire_at: Option<Timestamp>,
    pub created_at: Timestamp,
    pub updated_at: Timestamp,
}

impl WaitlistEntry {
    /// Whether the fan waits, or has an offer.
    pub const fn is_open(&self) -> bool {
        matches!(self.status, WaitlistStatus::Wait | WaitlistStatus::Offered)
    }

    /// Whether the entry is over because its fan did not pay for the offer in time.
    pub fn ran_out(&self) -> bool {
        self.status == WaitlistStatus::Over && self.expire_at.is_some_and(|at| at <= self.updated_at)
    }
}

/// The facts that [`check_join`] needs when a fan joins a waitlist.
#[derive(Debug, Clone, Copy)]
pub struct JoinFacts {
    pub window: Window,
    /// How many seats in a price band that will do are for sale, or held but not as an offer to the waitlist.
    pub obtainable: i64,
    /// How many seats of this schedule the fan holds or has bought.
    pub has: u32,
    /// The most seats that one fan may have in this schedule.
    pub seats_per_fan: u32,
    /// Whether the fan may join with the address of the account: it was shown to be theirs, or need not be.
    pub is_verified: bool,
    /// Whether staff have cancelled the fan's place in the queue, and not given it back.
    pub is_voided: bool,
}

/// Checks whether a fan may join with a party of so many people.
///
/// # Errors
/// The first of these that applies: [`Refusal::SaleClosed`]; [`Refusal::TooManySeats`] if the party is of nobody, or the fan
/// would have more than `seats_per_fan`; [`Refusal::NotSoldOut`] if so many seats can still be got;
/// [`Refusal::AddressNotVerified`]; [`Refusal::PlaceVoided`].
pub fn check_join(facts: &JoinFacts, party: u32, now: Timestamp) -> Result<(), Refusal> {
    facts.window.check_open(now)?;
    if party == 0 || facts.has.saturating_add(party) > facts.seats_per_fan {
        return Err(Refusal::TooManySeats { limit: facts.seats_per_fan });
    }
    if facts.obtainable >= i64::from(party) {
        return Err(Refusal::NotSoldOut);
    }
    if !facts.is_verified {
        return Err(Refusal::AddressNotVerified);
    }
    if facts.is_voided {
        return Err(Refusal::PlaceVoided);
    }
    Ok(())
}

/// Returns when an offer that is made at `now` expires: after `offer_seconds`, but no later than the sale ends, so that the
/// next can be asked too. It lasts at least as long as a hold, which is `hold_seconds`.
pub fn offer_expires(window: &Window, offer_seconds: u32, hold_seconds: u32, now: Timestamp) -> Timestamp {
    let latest = window.reservation_end.max(now.plus_seconds(hold_seconds.into()));
    now.plus_seconds(offer_seconds.into()).min(latest)
}

/// Returns the seats that suit a wish, as indices into the plan; `None` if none do. `free` says for each seat whether it is
/// for sale; `takes_access` is as in [`Party`].
pub fn suiting(plan: &HallPlan, free: &[bool], wish: &Wish, takes_access: bool) -> Option<Vec<usize>> {
    let will_do = |band: &str| wish.bands.is_empty() || wish.bands.iter().any(|name| name == band);
    let free: Vec<bool> = plan.seats().iter().zip(free).map(|(seat, free)| *free && will_do(&seat.category)).collect();
    let party = Party { size: wish.party as usize, band: None, takes_access };
    let (seats, closeness) = party::best(plan, &free, plan.focal(), party)?;
    (closeness != Closeness::Apart || wish.may_split).then_some(seats)
}

#[cfg(test)]
mod tests {
    use super::super::{Seat, SeatId, SeatKind};
    use super::*;

    const NOW: Timestamp = Timestamp(1_000_000);

    fn facts() -> JoinFacts {
        JoinFacts {
            window: Window::new(Timestamp(0), NOW.plus_seconds(7_200)),
            obtainable: 0,
            has: 0,
            seats_per_fan: 4,
            is_verified: true,
            is_voided: false,
        }
    }

    #[test]
    fn a_fan_joins_while_the_sale_is_open_and_their_party_cannot_get_seats() {
        let closed = JoinFacts { window: Window::new(Timestamp(0), NOW), ..facts() };
        for (facts, party, expected) in [
            (facts(), 4, Ok(())),
            (JoinFacts { obtainable: 1, ..facts() }, 2, Ok(())),
            (JoinFacts { obtainable: 2, ..facts() }, 2, Err(Refusal::NotSoldOut)),
            (facts(), 0, Err(Refusal::TooManySeats { limit: 4 })),
            (JoinFacts { has: 1, ..facts() }, 4, Err(Refusal::TooManySeats { limit: 4 })),
            (JoinFacts { has: 1, ..facts() }, u32::MAX, Err(Refusal::TooManySeats { limit: 4 })),
            (closed, 1, Err(Refusal::SaleClosed { opens_at: None })),
            (JoinFacts { is_verified: false, ..facts() }, 1, Err(Refusal::AddressNotVerified)),
            (JoinFacts { is_voided: true, ..facts() }, 1, Err(Refusal::PlaceVoided)),
        ] {
            assert_eq!(check_join(&facts, party, NOW), expected, "{facts:?} {party}");
        }
    }

    #[test]
    fn an_offer_ends_with_the_sale_but_lasts_no_shorter_than_a_hold() {
        for (sale_seconds, expected) in [(7_200, 3_600), (1_800, 1_800), (10, 300)] {
            let window = Window::new(Timestamp(0), NOW.plus_seconds(sale_seconds));
            assert_eq!(offer_expires(&window, 3_600, 300, NOW), NOW.plus_seconds(expected), "{sale_seconds}");
        }
    }

    /// A row of seats, the first three of the band `A`, the others of the band `B`; the last is a wheelchair place.
    fn plan() -> HallPlan {
        let seat = |number: i64| Seat {
            id: SeatId(number),
            section: "Floor".into(),
            row: "1".into(),
            number: number.into(),
            position: number,
            price: 100,
            category: if number <= 3 { "A" } else { "B" }.into(),
            kind: if number == 6 { SeatKind::Wheelchair } else { SeatKind::Standard },
            at: (240 * number, 0),
        };
        HallPlan::new((1..=6).map(seat).collect())
    }

    #[test]
    fn seats_suit_if_they_are_in_a_band_that_will_do_and_adjacent_unless_a_split_will_do() {
        let wish = |party, bands: &[&str], may_split| Wish {
            party,
            bands: bands.iter().map(|band| (*band).to_owned()).collect(),
            needs_access: false,
            may_split,
        };
        for (free, wish, takes_access, expected) in [
            ([1, 1, 0, 0, 0, 0], wish(2, &[], false), false, Some(vec![0, 1])),
            ([1, 0, 1, 0, 0, 0], wish(2, &[], false), false, None),
            ([1, 0, 1, 0, 0, 0], wish(2, &[], true), false, Some(vec![0, 2])),
            ([1, 1, 0, 1, 0, 0], wish(1, &["B"], false), false, Some(vec![3])),
            ([1, 1, 0, 0, 0, 0], wish(1, &["B"], false), false, None),
            ([0, 0, 1, 1, 0, 0], wish(2, &["A", "B"], false), false, Some(vec![2, 3])),
            ([0, 0, 0, 0, 0, 1], wish(1, &[], false), false, None),
            ([0, 0, 0, 0, 0, 1], wish(1, &[], false), true, Some(vec![5])),
        ] {
            let free = free.map(|free| free == 1);
            assert_eq!(suiting(&plan(), &free, &wish, takes_access), expected, "{free:?} {wish:?}");
        }
    }
}
