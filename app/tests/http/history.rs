//! A history of a sale as its clients know it: what they sent, when, and what they were answered. [`History::faults`] judges
//! it by what a buyer may expect, and knows nothing of the program or its database.
//!
//! An operation happened at some moment between `sent` and `answered`. If its answer was lost, it may have happened or not;
//! a client that has a key sends it again until it is answered, and then its outcome is known.

use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};

/// Microseconds since the beginning of the history.
pub type Micros = u64;

/// What a client asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Request {
    Join {
        schedule: i64,
    },
    Leave {
        schedule: i64,
    },
    Hold {
        schedule: i64,
        seat: i64,
    },
    Release {
        schedule: i64,
    },
    Charge {
        amount: i64,
        key: String,
    },
    Purchase {
        schedule: i64,
        key: String,
    },
    /// A ticket is given back.
    Cancel {
        ticket: i64,
        key: String,
    },
    /// Seats that come back are wanted, one seat of any kind.
    Waitlist {
        schedule: i64,
    },
    /// Staff call a date off.
    CallOff {
        schedule: i64,
    },
}

impl Request {
    /// The key with which the client sends it again if the answer was lost.
    pub fn key(&self) -> Option<&str> {
        match self {
            Self::Charge { key, .. } | Self::Purchase { key, .. } | Self::Cancel { key, .. } => Some(key),
            _ => None,
        }
    }
}

#[derive(Debug, Clone, PartialEq)]
pub enum Outcome {
    Done(Value),
    Refused(String),
    /// No answer arrived.
    Lost,
}

#[derive(Debug, Clone)]
pub struct Entry {
    /// The number of the client.
    pub fan: usize,
    pub request: Request,
    pub sent: Micros,
    pub answered: Micros,
    pub outcome: Outcome,
}

impl Entry {
    /// Whether an answer arrived that says more than that the client should try again.
    fn is_final(&self) -> bool {
        !matches!(&self.outcome, Outcome::Lost) && self.outcome != Outcome::Refused("busy".into())
    }

    fn done(&self) -> Option<&Value> {
        if let Outcome::Done(answer) = &self.outcome { Some(answer) } else { None }
    }
}

/// What a client sees of its own at the end.
#[derive(Debug, Clone, Default)]
pub struct Seen {
    pub points: i64,
    /// The tickets, each with its schedule and seat.
    pub tickets: BTreeMap<i64, (i64, i64)>,
    /// The schedules and seats that are held for it.
    pub held: BTreeSet<(i64, i64)>,
}

#[derive(Debug, Default)]
pub struct History {
    pub entries: Vec<Entry>,
    /// What each client had before.
    pub before: Vec<Seen>,
    pub after: Vec<Seen>,
    /// When the history began, in milliseconds since 1970. With it the end of a hold, which an answer states as an instant,
    /// becomes a time of this history.
    pub begun_at: i64,
}

/// A ticket as its buyer knows it.
#[derive(Debug, Clone)]
struct Sale {
    fan: usize,
    ticket: i64,
    schedule: i64,
    seat: i64,
    price: i64,
    /// It was certainly sold from here on.
    from: Micros,
    /// And until here: then its buyer, or staff for a whole date, may have ended it.
    until: Micros,
    /// What was given back, if it was.
    refund: Option<i64>,
}

fn whole(value: &Value, field: &str) -> i64 {
    value[field].as_i64().unwrap_or_default()
}

fn list<'v>(value: &'v Value, field: &str) -> impl Iterator<Item = &'v Value> + use<'v> {
    value[field].as_array().into_iter().flatten()
}

impl History {
    /// Everything that a buyer could complain about.
    pub fn faults(&self) -> Vec<String> {
        let sales = self.sales();
        let mut faults = self.same_answers();
        faults.extend(self.seats_sold_twice(&sales));
        faults.extend(self.seats_held_twice(&sales));
        faults.extend(self.money_and_tickets(&sales));
        faults.extend(self.queue());
        faults.extend(self.called_off());
        faults.extend(self.waitlist());
        faults
    }

    /// The entries that were done, each key once: the first answer counts.
    fn done(&self) -> Vec<(&Entry, &Value)> {
        let mut seen = BTreeSet::new();
        let first = |entry: &&Entry| entry.request.key().is_none_or(|key| seen.insert((entry.fan, key.to_owned())));
        self.entries
            .iter()
            .filter(|entry| entry.done().is_some())
            .filter(first)
            .filter_map(|entry| Some((entry, entry.done()?)))
            .collect()
    }

    /// When a request with this key was first sent.
    fn first_sent(&self, fan: usize, key: &str) -> Micros {
        let same = self.entries.iter().filter(|entry| entry.fan == fan && entry.request.key() == Some(key));
        same.map(|entry| entry.sent).min().unwrap_or_default()
    }

    /// When somebody first asked to call a date off.
    fn called_off_from(&self, schedule: i64) -> Micros {
        let asked = self.entries.iter().filter(|entry| entry.request == Request::CallOff { schedule });
        asked.map(|entry| entry.sent).min().unwrap_or(Micros::MAX)
    }

    fn sales(&self) -> Vec<Sale> {
        let mut sales: Vec<Sale> = vec![];
        let before =
            self.before.iter().enumerate().flat_map(|(fan, seen)| seen.tickets.iter().map(move |ticket| (fan, ticket)));
        for (fan, (&ticket, &(schedule, seat))) in before {
            sales.push(Sale { fan, ticket, schedule, seat, price: 0, from: 0, until: Micros::MAX, refund: None });
        }
        for (entry, answer) in self.done() {
            let Request::Purchase { schedule, .. } = entry.request else { continue };
            for sold in list(answer, "reservations") {
                let (ticket, seat, price) = (whole(sold, "id"), whole(sold, "seat_id"), whole(sold, "price"));
                let from = entry.answered;
                sales.push(Sale {
                    fan: entry.fan,
                    ticket,
                    schedule,
                    seat,
                    price,
                    from,
                    until: Micros::MAX,
                    refund: None,
                });
            }
        }
        for sale in &mut sales {
            sale.until = self.called_off_from(sale.schedule);
        }
        for (entry, answer) in self.done() {
            let Request::Cancel { ticket, key } = &entry.request else { continue };
            for sale in sales.iter_mut().filter(|sale| sale.ticket == *ticket) {
                sale.until = sale.until.min(self.first_sent(entry.fan, key));
                sale.refund = Some(whole(answer, "refund"));
            }
        }
        sales
    }

    /// The same key has always the same answer.
    fn same_answers(&self) -> Vec<String> {
        let mut answers: BTreeMap<(usize, &str), &Entry> = BTreeMap::new();
        let mut faults = vec![];
        for entry in self.entries.iter().filter(|entry| entry.is_final()) {
            let Some(key) = entry.request.key() else { continue };
            match answers.get(&(entry.fan, key)) {
                Some(first) if first.outcome != entry.outcome => {
                    faults.push(format!("two answers to one key: {first:?} and {entry:?}"));
                }
                // A refusal is not kept: what was refused may be done later.
                None if entry.done().is_some() => drop(answers.insert((entry.fan, key), entry)),
                _ => {}
            }
        }
        faults
    }

    fn seats_sold_twice(&self, sales: &[Sale]) -> Vec<String> {
        let mut faults = vec![];
        for (index, one) in sales.iter().enumerate() {
            for other in sales[..index].iter().filter(|other| other.seat == one.seat && other.ticket != one.ticket) {
                if one.from.max(other.from) < one.until.min(other.until) {
                    faults.push(format!("a seat was sold twice: {one:?} and {other:?}"));
                }
            }
        }
        faults
    }

    /// The holds that were answered: the client, the schedule and the seat, and from when until when it was certainly held.
    fn holds(&self) -> Vec<(&Entry, i64, Micros, Micros)> {
        let ends = |hold: &Entry, of: i64| {
            let later = self.entries.iter().filter(|entry| entry.fan == hold.fan && entry.sent > hold.answered);
            let ended = later.filter(|entry| match &entry.request {
                Request::Release { schedule } | Request::Leave { schedule } | Request::Purchase { schedule, .. } => {
                    *schedule == of
                }
                _ => false,
            });
            ended.map(|entry| entry.sent).min().unwrap_or(Micros::MAX).min(self.called_off_from(of))
        };
        let held = self.done().into_iter().filter_map(|(entry, answer)| {
            let Request::Hold { schedule, seat } = entry.request else { return None };
            let expires = chrono::DateTime::parse_from_rfc3339(answer["expired_at"].as_str()?).ok()?.timestamp_millis();
            let until = Micros::try_from(expires - self.begun_at).unwrap_or(0).saturating_mul(1_000);
            Some((entry, seat, entry.answered, until.min(ends(entry, schedule))))
        });
        held.collect()
    }

    /// While a seat is held by somebody or sold, nobody else gets it.
    fn seats_held_twice(&self, sales: &[Sale]) -> Vec<String> {
        let holds = self.holds();
        let mut faults = vec![];
        for (entry, seat, ..) in &holds {
            let overlaps = |from: Micros, until: Micros| from < entry.sent && entry.answered < until;
            for (other, ..) in holds
                .iter()
                .filter(|(other, same, from, until)| same == seat && other.fan != entry.fan && overlaps(*from, *until))
            {
                faults.push(format!("a seat was held twice: {entry:?} and {other:?}"));
            }
            for sale in sales.iter().filter(|sale| sale.seat == *seat && overlaps(sale.from, sale.until)) {
                faults.push(format!("a seat that was sold was held: {entry:?} and {sale:?}"));
            }
        }
        faults
    }

    /// Each client has the points and the tickets that its answers add up to.
    fn money_and_tickets(&self, sales: &[Sale]) -> Vec<String> {
        let mut faults = vec![];
        for (fan, (before, after)) in self.before.iter().zip(&self.after).enumerate() {
            let mine = || sales.iter().filter(move |sale| sale.fan == fan);
            let is_off = |sale: &Sale| self.called_off_from(sale.schedule) < Micros::MAX;
            let mut points = before.points;
            for (entry, answer) in self.done().into_iter().filter(|(entry, _)| entry.fan == fan) {
                match &entry.request {
                    Request::Charge { amount, .. } => points += amount,
                    Request::Purchase { .. } => points -= whole(answer, "total"),
                    _ => {}
                }
            }
            points += mine().filter_map(|sale| sale.refund.or_else(|| is_off(sale).then_some(sale.price))).sum::<i64>();
            if points != after.points {
                faults.push(format!("fan {fan} has {} points instead of {points}", after.points));
            }
            let tickets: BTreeMap<i64, (i64, i64)> = mine()
                .filter(|sale| sale.refund.is_none() && !is_off(sale))
                .map(|sale| (sale.ticket, (sale.schedule, sale.seat)))
                .collect();
            if tickets != after.tickets {
                faults.push(format!("fan {fan} has the tickets {:?} instead of {tickets:?}", after.tickets));
            }
        }
        faults
    }

    /// When a place that a join was first answered with may have been taken at the earliest: the answers of joins since the
    /// last one that was answered may have been lost.
    fn first_asked(&self, join: &Entry) -> Micros {
        let same = |entry: &&Entry| entry.fan == join.fan && entry.request == join.request && entry.sent < join.sent;
        let earlier = || self.entries.iter().filter(same);
        let answered = earlier().filter(|entry| entry.done().is_some()).map(|entry| entry.sent).max();
        let lost = earlier().filter(|entry| entry.outcome == Outcome::Lost && Some(entry.sent) > answered);
        lost.map(|entry| entry.sent).min().unwrap_or(join.sent)
    }

    /// A place keeps its number, and who joined later has a higher one.
    fn queue(&self) -> Vec<String> {
        let mut faults = vec![];
        let mut places: BTreeMap<i64, (&Entry, i64, i64)> = BTreeMap::new();
        for (entry, answer) in self.done() {
            let Request::Join { schedule } = entry.request else { continue };
            let (token, number) = (whole(answer, "token_id"), whole(answer, "number"));
            match places.get(&token) {
                Some((_, _, before)) if *before != number => faults.push(format!("{entry:?} had the number {before}")),
                Some(_) => {}
                None => drop(places.insert(token, (entry, schedule, number))),
            }
        }
        for (entry, schedule, number) in places.values() {
            let asked = self.first_asked(entry);
            for (other, same, earlier) in places.values() {
                if same == schedule && other.answered < asked && earlier >= number {
                    faults.push(format!("{entry:?} overtook {other:?}"));
                }
            }
        }
        faults
    }

    /// Nothing of a date is given away once it is known to be called off.
    fn called_off(&self) -> Vec<String> {
        let done = self.done();
        let off = done.iter().filter_map(|(entry, _)| match entry.request {
            Request::CallOff { schedule } => Some((schedule, entry.answered)),
            _ => None,
        });
        off.flat_map(|(off, at)| {
            let later = done.iter().filter(move |(entry, _)| entry.sent > at);
            later.filter_map(move |(entry, _)| match &entry.request {
                Request::Hold { schedule, .. } | Request::Join { schedule } | Request::Purchase { schedule, .. }
                    if *schedule == off =>
                {
                    Some(format!("the date was called off: {entry:?}"))
                }
                _ => None,
            })
        })
        .collect()
    }

    /// Of those who wait for seats that come back, nobody gets one before somebody who waited first.
    fn waitlist(&self) -> Vec<String> {
        let waits: Vec<(&Entry, i64)> = self
            .done()
            .into_iter()
            .filter_map(|(entry, _)| match entry.request {
                Request::Waitlist { schedule } => Some((entry, schedule)),
                _ => None,
            })
            .collect();
        let has = |fan: usize, schedule: i64| {
            let seen = &self.after[fan];
            seen.held.iter().chain(seen.tickets.values()).any(|(of, _)| *of == schedule)
        };
        let mut faults = vec![];
        for (entry, schedule) in waits.iter().filter(|(entry, schedule)| has(entry.fan, *schedule)) {
            for (first, same) in &waits {
                if same == schedule && first.answered < entry.sent && !has(first.fan, *schedule) {
                    faults.push(format!("{entry:?} has a seat before {first:?}"));
                }
            }
        }
        faults
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    /// Makes an entry that takes a millisecond.
    fn entry(fan: usize, sent_ms: u64, request: Request, outcome: Outcome) -> Entry {
        Entry { fan, request, sent: sent_ms * 1_000, answered: (sent_ms + 1) * 1_000, outcome }
    }

    fn bought(fan: usize, sent_ms: u64, key: &str, ticket: i64, seat: i64) -> Entry {
        let answer = json!({"total": 100, "reservations": [{"id": ticket, "seat_id": seat, "price": 100}]});
        entry(fan, sent_ms, Request::Purchase { schedule: 1, key: key.into() }, Outcome::Done(answer))
    }

    fn held(fan: usize, sent_ms: u64, seat: i64) -> Entry {
        let answer = json!({"expired_at": "1970-01-01T00:05:00.000Z"});
        entry(fan, sent_ms, Request::Hold { schedule: 1, seat }, Outcome::Done(answer))
    }

    fn joined(fan: usize, sent_ms: u64, token: i64, number: i64) -> Entry {
        let answer = json!({"token_id": token, "number": number});
        entry(fan, sent_ms, Request::Join { schedule: 1 }, Outcome::Done(answer))
    }

    fn seen(points: i64, tickets: &[(i64, i64)]) -> Seen {
        let tickets = tickets.iter().map(|(ticket, seat)| (*ticket, (1, *seat))).collect();
        Seen { points, tickets, held: BTreeSet::new() }
    }

    fn history(entries: Vec<Entry>, after: [Seen; 2]) -> History {
        History { entries, before: vec![seen(100, &[]), seen(100, &[])], after: after.into(), begun_at: 0 }
    }

    #[test]
    fn a_sale_in_order_has_no_fault() {
        let cancel = Request::Cancel { ticket: 1, key: "c".into() };
        let told = history(
            vec![
                joined(0, 0, 1, 1),
                joined(1, 5, 2, 2),
                held(0, 10, 7),
                entry(1, 15, Request::Hold { schedule: 1, seat: 7 }, Outcome::Refused("seat_taken".into())),
                entry(0, 20, Request::Purchase { schedule: 1, key: "a".into() }, Outcome::Lost),
                bought(0, 30, "a", 1, 7),
                entry(0, 40, cancel, Outcome::Done(json!({"refund": 90}))),
                held(1, 50, 7),
                bought(1, 60, "b", 2, 7),
            ],
            [seen(90, &[]), seen(0, &[(2, 7)])],
        );
        assert_eq!(told.faults(), Vec::<String>::new());
    }

    #[test]
    fn each_fault_is_found() {
        let both = || [seen(0, &[(1, 7)]), seen(0, &[(2, 7)])];
        let wait = |fan, at| entry(fan, at, Request::Waitlist { schedule: 1 }, Outcome::Done(Value::Null));
        let off = entry(0, 0, Request::CallOff { schedule: 1 }, Outcome::Done(Value::Null));
        let same = |fan: usize, points| {
            let mut all = [seen(100, &[]), seen(100, &[])];
            all[fan].points = points;
            all
        };
        let offered = Seen { held: [(1, 7)].into(), ..seen(100, &[]) };
        for (what, told) in [
            ("sold twice", history(vec![bought(0, 0, "a", 1, 7), bought(1, 5, "b", 2, 7)], both())),
            ("held twice", history(vec![held(0, 0, 7), held(1, 5, 7)], same(0, 100))),
            ("that was sold was held", history(vec![bought(0, 0, "a", 1, 7), held(1, 5, 7)], both())),
            ("two answers", history(vec![bought(0, 0, "a", 1, 7), bought(0, 5, "a", 2, 7)], both())),
            ("points instead", history(vec![bought(0, 0, "a", 1, 7)], [seen(-100, &[(1, 7)]), seen(100, &[])])),
            ("has the tickets", history(vec![bought(0, 0, "a", 1, 7)], [seen(0, &[]), seen(100, &[])])),
            ("had the number", history(vec![joined(0, 0, 1, 1), joined(0, 5, 1, 2)], same(0, 100))),
            ("overtook", history(vec![joined(0, 0, 1, 2), joined(1, 5, 2, 1)], same(0, 100))),
            ("was called off", history(vec![off, held(1, 5, 7)], same(0, 100))),
            ("before", history(vec![wait(0, 0), wait(1, 5)], [seen(100, &[]), offered])),
        ] {
            let faults = told.faults();
            assert!(faults.iter().any(|fault| fault.contains(what)), "{what}: {faults:#?}");
        }
    }
}
