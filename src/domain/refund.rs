//! How much is refunded for a cancelled ticket: it depends on the refund policy under which the ticket was bought, and
//! on the number of days until the show in the venue's time zone.

use super::{Field, Points, Refusal, ReservationId};
use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

/// The answer to a cancellation.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Cancelled {
    pub reservation_id: ReservationId,
    /// The points given back.
    pub refund: Points,
    /// The fan's balance after the refund.
    pub point: Points,
}

/// A refund policy: which part of a cancelled ticket's price the venue keeps. The rest is refunded.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RefundPolicy {
    /// When the whole price is refunded.
    pub cooling_off: CoolingOff,
    /// When the whole price is refunded too. `None` in policies from before this existed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub first_hours: Option<FirstHours>,
    /// The part that is kept otherwise. It depends on the number of days left until the show; the step with the most
    /// days comes first. If fewer days are left than in the last step, the fan cannot cancel the ticket.
    pub steps: Vec<Step>,
}

/// The whole price is refunded if both conditions hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct CoolingOff {
    /// The ticket was bought at most this many days ago.
    pub days: u32,
    /// The show is more than this many days away.
    pub until_days_before: u32,
}

/// The whole price is also refunded within some hours of the purchase, until shortly before the show.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct FirstHours {
    /// Less than this many hours have passed since the purchase.
    pub hours: u32,
    /// The show is at least this many days away.
    pub until_days_before: u32,
}

/// The part that is kept if the show is at least `days_before` days away, and fewer days than in the step before.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Step {
    pub days_before: u32,
    pub keep: Keep,
}

/// The part of a ticket's price that the venue keeps.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Keep {
    /// A fixed number of points, but never more than the price.
    Flat(Points),
    /// A fixed number of points, but never more than a percentage of the price (0 to 100).
    FlatUpTo(Points, u32),
    /// A percentage of the price (0 to 100), rounded down to whole points.
    Percent(u32),
}

/// The most steps of a policy.
const MAX_STEPS: usize = 10;
/// The largest number of days that a policy may contain.
const MAX_DAYS: u32 = 365;

impl Keep {
    /// Returns how many points of `price` are kept.
    pub fn of(self, price: Points) -> Points {
        match self {
            Self::Flat(amount) => amount.min(price),
            Self::FlatUpTo(amount, percent) => amount.min(Self::Percent(percent).of(price)),
            Self::Percent(percent) => (i128::from(price) * i128::from(percent) / 100) as Points,
        }
    }
}

impl RefundPolicy {
    /// The usual refund policy of Korean box offices. The whole price is refunded within 7 days of the purchase, while
    /// the show is more than 10 days away, and within 24 hours of it while the show is 3 or more days away. Otherwise the
    /// venue keeps 4,000 points a ticket, but at most 10 percent, until 10 days before the show, 10 percent 9 to 7 days
    /// before, 20 percent 6 to 3 days before, and 30 percent 2 or 1 days before. On the day of the show the fan cannot
    /// cancel.
    pub fn korean_template() -> Self {
        let step = |days_before, keep| Step { days_before, keep };
        Self {
            cooling_off: CoolingOff { days: 7, until_days_before: 10 },
            first_hours: Some(FirstHours { hours: 24, until_days_before: 3 }),
            steps: vec![
                step(10, Keep::FlatUpTo(4_000, 10)),
                step(7, Keep::Percent(10)),
                step(3, Keep::Percent(20)),
                step(1, Keep::Percent(30)),
            ],
        }
    }

    /// Parses a policy whose steps staff have typed in, one per line: the days before the show, and what is kept from
    /// then on, in points, in points up to a percentage, or as a percentage: `10: 4000`, `10: 4000 max 10%` or `7: 10%`.
    ///
    /// # Errors
    /// [`Refusal::Invalid`] if a line has another form, the days do not decrease from line to line, a number of days
    /// (also in `cooling_off`) is more than 365, a line keeps more than 100% or more points than the largest charge
    /// ([`MAX_CHARGE`](super::points::MAX_CHARGE)), or there are more than 10 lines.
    pub fn parse(cooling_off: CoolingOff, lines: &str) -> Result<Self, Refusal> {
        let wrong = Refusal::invalid(Field::RefundPolicy);
        let step = |line: &str| {
            let (days, keep) = line.split_once(':')?;
            let keep = keep.trim().replace(',', "").to_lowercase();
            let amount =
                |text: &str| text.trim().parse().ok().filter(|amount| (0..=super::points::MAX_CHARGE).contains(amount));
            let percent = |text: &str| text.trim().parse().ok().filter(|percent| *percent <= 100);
            let keep = match (keep.split_once("max"), keep.strip_suffix('%')) {
                (Some((flat, most)), _) => Keep::FlatUpTo(amount(flat)?, percent(most.trim().strip_suffix('%')?)?),
                (None, Some(share)) => Keep::Percent(percent(share)?),
                (None, None) => Keep::Flat(amount(&keep)?),
            };
            Some(Step { days_before: days.trim().parse().ok().filter(|days| *days <= MAX_DAYS)?, keep })
        };
        let lines = lines.lines().map(str::trim).filter(|line| !line.is_empty());
        let steps: Vec<Step> = lines.map(step).collect::<Option<_>>().ok_or_else(|| wrong.clone())?;
        let falls = steps.windows(2).all(|two| two[0].days_before > two[1].days_before);
        let fits = cooling_off.days <= MAX_DAYS && cooling_off.until_days_before <= MAX_DAYS;
        if !falls || !fits || steps.len() > MAX_STEPS {
            return Err(wrong);
        }
        Ok(Self { cooling_off, first_hours: None, steps })
    }

    /// The policy that also refunds the whole price within some hours of the purchase.
    ///
    /// # Errors
    /// [`Refusal::Invalid`] if the hours are more than those of a year, or the days are more than 365.
    pub fn with_first_hours(self, first_hours: Option<FirstHours>) -> Result<Self, Refusal> {
        let fits = |first: FirstHours| first.hours <= 24 * MAX_DAYS && first.until_days_before <= MAX_DAYS;
        if first_hours.is_none_or(fits) {
            Ok(Self { first_hours, ..self })
        } else {
            Err(Refusal::invalid(Field::RefundPolicy))
        }
    }

    /// Writes the steps in the form that [`RefundPolicy::parse`] reads.
    pub fn lines(&self) -> String {
        let line = |step: &Step| match step.keep {
            Keep::Flat(amount) => format!("{}: {amount}", step.days_before),
            Keep::FlatUpTo(amount, percent) => format!("{}: {amount} max {percent}%", step.days_before),
            Keep::Percent(percent) => format!("{}: {percent}%", step.days_before),
        };
        self.steps.iter().map(line).collect::<Vec<_>>().join("\n")
    }
}

/// The facts that [`decide`] needs when a fan cancels a ticket. All dates are those in the venue's time zone.
#[derive(Debug, Clone)]
pub struct RefundFacts<'p> {
    pub price: Points,
    /// The refund policy under which the ticket was bought.
    pub policy: &'p RefundPolicy,
    pub bought_on: NaiveDate,
    /// How many whole hours have passed since the purchase.
    pub hours_since_purchase: i64,
    pub show_on: NaiveDate,
    pub today: NaiveDate,
    pub show_has_begun: bool,
    /// Whether the ticket is refunded in full because its show was moved: see
    /// [`Move::refunds_in_full`](super::concert_schedule::Move::refunds_in_full).
    pub is_moved: bool,
}

/// How a ticket's price is divided when the ticket is cancelled.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Refund {
    /// The points that the fan gets back.
    pub refund: Points,
    /// The points that the venue keeps.
    pub kept: Points,
}

/// Decides how much a fan gets back for a cancelled ticket.
///
/// # Errors
/// [`Refusal::NotRefundable`] if the show has begun, or if fewer days are left than in the last step of the policy.
pub fn decide(facts: &RefundFacts<'_>) -> Result<Refund, Refusal> {
    let until_show = (facts.show_on - facts.today).num_days();
    let since_purchase = (facts.today - facts.bought_on).num_days();
    if facts.show_has_begun {
        return Err(Refusal::NotRefundable);
    }
    if facts.is_moved {
        return Ok(Refund { refund: facts.price, kept: 0 });
    }
    let CoolingOff { days, until_days_before } = facts.policy.cooling_off;
    let is_first_hour = facts.policy.first_hours.is_some_and(|first| {
        facts.hours_since_purchase < i64::from(first.hours) && until_show >= i64::from(first.until_days_before)
    });
    let is_cooling_off = since_purchase <= i64::from(days) && until_show > i64::from(until_days_before);
    let kept = if is_first_hour || is_cooling_off {
        0
    } else {
        let step = facts.policy.steps.iter().find(|step| until_show >= i64::from(step.days_before));
        step.ok_or(Refusal::NotRefundable)?.keep.of(facts.price)
    };
    Ok(Refund { refund: facts.price - kept, kept })
}

/// The most that an organiser adds to the price when a show is called off, as a percentage of it.
pub const MAX_COMPENSATION: u32 = 100;

/// Returns what a fan gets for a ticket of a show that is called off: the price, and `compensation_percent` of it in
/// addition, rounded down.
pub fn when_called_off(price: Points, compensation_percent: u32) -> Points {
    price + price * Points::from(compensation_percent) / 100
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(of_december: u32) -> NaiveDate {
        NaiveDate::from_ymd_opt(2025, 12, of_december).expect("a day")
    }

    /// Returns what is kept of a price of 110,000 for a show on 31 December. `bought_on` and `today` are days of
    /// December.
    fn kept(policy: &RefundPolicy, bought_on: u32, today: u32) -> Result<Points, Refusal> {
        let facts = RefundFacts {
            price: 110_000,
            policy,
            bought_on: day(bought_on),
            hours_since_purchase: 24 * i64::from(today - bought_on),
            show_on: day(31),
            today: day(today),
            show_has_begun: false,
            is_moved: false,
        };
        decide(&facts).map(|refund| {
            assert_eq!(refund.refund + refund.kept, 110_000);
            refund.kept
        })
    }

    #[test]
    fn the_korean_template_keeps_more_the_nearer_the_show_is() {
        let policy = RefundPolicy::korean_template();
        for (bought_on, today, expected) in [
            // Within a week of the purchase, with the show more than ten days away.
            (1, 1, Ok(0)),
            (1, 8, Ok(0)),
            (14, 20, Ok(0)),
            // More than a week after the purchase, until ten days before the show.
            (1, 9, Ok(4_000)),
            (1, 21, Ok(4_000)),
            // Within ten days of the show, even a ticket that was bought yesterday is not refunded in full.
            (20, 21, Ok(4_000)),
            (21, 22, Ok(11_000)),
            (1, 24, Ok(11_000)),
            (1, 25, Ok(22_000)),
            (1, 28, Ok(22_000)),
            (1, 29, Ok(33_000)),
            (30, 30, Ok(33_000)),
            (30, 31, Err(Refusal::NotRefundable)),
        ] {
            assert_eq!(
                kept(&policy, bought_on, today),
                expected,
                "bought on the {bought_on}, cancelled on the {today}"
            );
        }
    }

    #[test]
    fn in_the_korean_template_the_first_day_is_free_and_a_cheap_ticket_costs_a_tenth() {
        let policy = RefundPolicy::korean_template();
        let facts = |price, hours, today| RefundFacts {
            price,
            policy: &policy,
            bought_on: day(20),
            hours_since_purchase: hours,
            show_on: day(31),
            today: day(today),
            show_has_begun: false,
            is_moved: false,
        };
        for (price, hours, today, kept) in [
            (110_000, 23, 28, 0),
            (110_000, 24, 28, 22_000),
            (110_000, 1, 29, 33_000),
            (110_000, 24, 21, 4_000),
            (40_000, 24, 21, 4_000),
            (9_999, 24, 21, 999),
            (110_000, 200, 29, 33_000),
        ] {
            let refund = decide(&facts(price, hours, today)).expect("a refund");
            assert_eq!(refund, Refund { refund: price - kept, kept }, "{price} after {hours} hours on the {today}");
        }
        let moved = RefundFacts { is_moved: true, ..facts(110_000, 200, 30) };
        assert_eq!(decide(&moved), Ok(Refund { refund: 110_000, kept: 0 }), "the show was moved");
    }

    #[test]
    fn a_show_that_is_called_off_gives_everything_back_and_what_the_organiser_adds() {
        for (price, percent, expected) in [(110_000, 0, 110_000), (110_000, 10, 121_000), (99, 10, 108), (0, 50, 0)] {
            assert_eq!(when_called_off(price, percent), expected);
        }
    }

    #[test]
    fn nothing_is_given_back_once_the_show_has_begun_or_is_over() {
        let at_once = CoolingOff { days: 0, until_days_before: 0 };
        let generous = RefundPolicy::parse(at_once, "1: 0").expect("a policy");
        assert_eq!(kept(&generous, 1, 30), Ok(0));
        assert_eq!(kept(&generous, 1, 31), Err(Refusal::NotRefundable));
        let until_the_show = RefundPolicy::parse(generous.cooling_off, "0: 0").expect("a policy");
        assert_eq!(kept(&until_the_show, 1, 31), Ok(0));
        let (bought_on, show_on, today) = (day(1), day(20), day(20));
        let facts = RefundFacts {
            price: 5,
            policy: &until_the_show,
            bought_on,
            hours_since_purchase: 0,
            show_on,
            today,
            show_has_begun: true,
            is_moved: true,
        };
        assert_eq!(decide(&facts), Err(Refusal::NotRefundable));
        let never = CoolingOff { days: 0, until_days_before: MAX_DAYS };
        let nothing = RefundPolicy::parse(never, "").expect("a policy");
        assert_eq!(kept(&nothing, 1, 1), Err(Refusal::NotRefundable));
    }

    #[test]
    fn never_more_than_the_price_is_kept_and_a_percentage_is_rounded_down() {
        assert_eq!(Keep::Flat(4_000).of(3_000), 3_000);
        assert_eq!(Keep::Percent(10).of(99), 9);
        assert_eq!(Keep::Percent(100).of(Points::MAX), Points::MAX);
    }

    #[test]
    fn a_policy_that_is_written_out_parses_to_itself() {
        let korean = RefundPolicy::korean_template();
        assert_eq!(korean.lines(), "10: 4000 max 10%\n7: 10%\n3: 20%\n1: 30%");
        let typed = RefundPolicy::parse(korean.cooling_off, " 10 : 4,000 MAX 10 % \n\n7:10 %\r\n3: 20%\n1: 30%");
        assert_eq!(typed.and_then(|typed| typed.with_first_hours(korean.first_hours)), Ok(korean.clone()));
        let flat = RefundPolicy::parse(korean.cooling_off, "10: 4000").expect("a policy");
        assert_eq!((flat.lines().as_str(), flat.steps[0].keep), ("10: 4000", Keep::Flat(4_000)));
        let too_long = Some(FirstHours { hours: 24 * MAX_DAYS + 1, until_days_before: 3 });
        assert_eq!(flat.with_first_hours(too_long), Err(Refusal::invalid(Field::RefundPolicy)));
        for wrong in [
            "10: 4000 max",
            "10: 4000 max 10",
            "10: max 10%",
            "10: 1 max 101%",
            "10",
            "10: x",
            "10: 101%",
            "10: -1",
            "366: 1",
            "7: 10%\n10: 4000",
            "7: 1\n7: 2",
            "-1: 5",
        ] {
            let refused = RefundPolicy::parse(korean.cooling_off, wrong);
            assert_eq!(refused, Err(Refusal::invalid(Field::RefundPolicy)), "{wrong:?}");
        }
    }

    #[test]
    fn the_policy_of_earlier_sales_is_still_read_and_written_as_it_was() {
        let schema = include_str!("../../migrations/sqlite/0003_a_real_sale.sql");
        let stored = schema.split("(1, '").nth(1).and_then(|rest| rest.split("')").next()).expect("the first policy");
        let policy: RefundPolicy = serde_json::from_str(stored).expect("is read");
        assert_eq!((policy.first_hours, policy.steps[0].keep), (None, Keep::Flat(4_000)));
        assert_eq!(serde_json::to_string(&policy).expect("is written"), stored);
    }
}
