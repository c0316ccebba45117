//! At the window: whoever stands there is found by any part of what is known of them, and is sold to, refunded, moved, or put
//! right, each with a reason where something is given.

use super::{BoxOffice, Entry, act, schedules};
use crate::box_office::{Cancellable, take_back, worth};
use crate::domain::concert::{MAX_NOTE, clean_line};
use crate::domain::entities::{KeptSeat, LedgerEntry, Reservation, StaffAction, User};
use crate::domain::points::decide_adjustment;
use crate::domain::seat::ReservationStatus;
use crate::domain::{Field, Points, Refusal, ReservationId, ScheduleId, SeatId, SeatName, Timestamp, UserId, account};
use crate::house::House;
use crate::store::{Outcome, Read};
use crate::{ticket_code, waiting_room};
use std::collections::HashSet;

/// What a search found.
#[derive(Debug, Clone)]
pub struct Found {
    pub people: Vec<User>,
    pub tickets: Vec<Reservation>,
}

/// A person with all that they have.
#[derive(Debug, Clone)]
pub struct Customer {
    pub user: User,
    pub reservations: Vec<Reservation>,
    pub statement: Vec<LedgerEntry>,
}

/// How somebody pays at the window.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Paid {
    /// From their points.
    Points,
    /// With money, which becomes points and is spent at once, so that the books agree.
    Cash,
    /// Not at all: complimentary.
    Nothing,
}

/// The lines of a statement that the window shows.
const STATEMENT: u32 = 50;

fn reason(text: &str) -> Result<String, Refusal> {
    clean_line(text, MAX_NOTE, Field::Note)
}

fn called(seat: &SeatName) -> String {
    format!("{} {}{}", seat.section, seat.row, seat.number)
}

/// Some seats, each once.
fn check_seats(seats: &[SeatId]) -> Result<(), Refusal> {
    let distinct: HashSet<_> = seats.iter().collect();
    if seats.is_empty() || distinct.len() != seats.len() { Err(Refusal::invalid(Field::Seats)) } else { Ok(()) }
}

/// People by any part of name or address, tickets by seat or code.
///
/// # Errors
/// Storage faults.
pub async fn find(house: &House, _proof: BoxOffice, search: String) -> Outcome<Found> {
    let ticket = ticket_code::read(house.key(), &search);
    house
        .read(move |read, _| {
            let search = search.trim();
            if search.is_empty() {
                return Ok(Found { people: vec![], tickets: vec![] });
            }
            let ids = match ticket {
                Some(ticket) => vec![ticket],
                None => read.find_tickets(search)?,
            };
            let tickets =
                ids.into_iter().filter_map(|id| read.reservation(id).transpose()).collect::<Result<_, _>>()?;
            Ok(Found { people: read.find_people(search)?, tickets })
        })
        .await
}

/// One person with all that they have.
///
/// # Errors
/// [`Refusal::NotFound`].
pub async fn customer(house: &House, _proof: BoxOffice, id: UserId) -> Outcome<Customer> {
    house
        .read(move |read, _| {
            let user = read.user(id)?.ok_or(Refusal::NotFound)?;
            Ok(Customer { user, reservations: read.reservations_of(id)?, statement: read.statement(id, STATEMENT)? })
        })
        .await
}

/// What cancelling a ticket would give back by its policy.
///
/// # Errors
/// [`Refusal::NotFound`].
pub async fn ticket_worth(house: &House, _proof: BoxOffice, ticket: ReservationId) -> Outcome<Cancellable> {
    house
        .read(move |read, terms| {
            let fan = read.reservation(ticket)?.ok_or(Refusal::NotFound)?.user_id;
            worth(read, fan, ticket, terms.now)
        })
        .await
}

/// Takes a ticket back for a reason and gives so much of its price back, whatever the policy says. Its seat is for sale again.
///
/// # Errors
/// [`Refusal::NotFound`], [`Refusal::AlreadyCancelled`], [`Refusal::TicketUsed`]; [`Refusal::Invalid`] for the amount or the
/// reason.
pub async fn cancel_ticket(
    house: &House,
    BoxOffice(staff): BoxOffice,
    ticket: ReservationId,
    refund: Points,
    why: &str,
) -> Outcome<UserId> {
    let why = reason(why)?;
    act(house, staff, move |write, terms| {
        let ticket = write.reservation(ticket)?.ok_or(Refusal::NotFound)?;
        if ticket.payment_id.is_none() {
            return Err(Refusal::NotFound.into());
        }
        if ticket.status != ReservationStatus::Purchase {
            return Err(Refusal::AlreadyCancelled.into());
        }
        if ticket.checked_in_at.is_some() {
            return Err(Refusal::TicketUsed.into());
        }
        if !(0..=ticket.price).contains(&refund) {
            return Err(Refusal::invalid(Field::Amount).into());
        }
        take_back(write, &ticket, refund, terms)?;
        let subject = format!("{}: {}", ticket.fan_email, called(&ticket.seat_name()));
        Ok((ticket.user_id, Entry::of(StaffAction::TicketCancelled, subject, format!("{refund}: {why}"))))
    })
    .await
}

/// Puts a balance right, for a reason. `shown` is the balance that whoever asks has seen: with another, as after a second
/// click, nothing is done.
///
/// # Errors
/// [`Refusal::NotFound`]; [`Refusal::BalanceChanged`]; what [`decide_adjustment`] refuses; [`Refusal::Invalid`] for the reason.
pub async fn adjust_points(
    house: &House,
    BoxOffice(staff): BoxOffice,
    fan: UserId,
    (shown, amount): (Points, Points),
    why: &str,
) -> Outcome<()> {
    let why = reason(why)?;
    act(house, staff, move |write, terms| {
        let user = write.user(fan)?.ok_or(Refusal::NotFound)?;
        if user.point != shown {
            return Err(Refusal::BalanceChanged { point: user.point }.into());
        }
        decide_adjustment(user.point, amount)?;
        write.insert_adjustment(fan, amount, &why, terms.now)?;
        Ok(((), Entry::of(StaffAction::PointsAdjusted, user.email, format!("{amount}: {why}"))))
    })
    .await
}

/// A seat that staff may give away: free, or kept back by the house.
fn givable(read: &Read<'_>, schedule: ScheduleId, seat: SeatId) -> Outcome<(SeatName, Points)> {
    let (name, price, is_free) = read.seat_to_give(schedule, seat)?.ok_or(Refusal::NotFound)?;
    if is_free { Ok((name, price)) } else { Err(Refusal::SeatInUse { seat: name }.into()) }
}

/// Gives a ticket another seat of the same price, for a reason.
///
/// # Errors
/// [`Refusal::NotFound`]; [`Refusal::SeatInUse`] for a seat that somebody has; [`Refusal::Invalid`] for one of another price, or
/// for the reason.
pub async fn move_ticket(
    house: &House,
    BoxOffice(staff): BoxOffice,
    ticket: ReservationId,
    to: SeatId,
    why: &str,
) -> Outcome<UserId> {
    let why = reason(why)?;
    act(house, staff, move |write, terms| {
        let ticket = write.reservation(ticket)?.ok_or(Refusal::NotFound)?;
        if ticket.status != ReservationStatus::Purchase {
            return Err(Refusal::NotFound.into());
        }
        let (name, price) = givable(write, ticket.schedule_id, to)?;
        let was = write.seat_to_give(ticket.schedule_id, ticket.seat_id)?.ok_or(Refusal::NotFound)?;
        if price != was.1 {
            return Err(Refusal::invalid(Field::Seats).into());
        }
        write.keep_seat(ticket.schedule_id, to, None, terms.now)?;
        write.move_ticket(ticket.schedule_id, (ticket.id, ticket.user_id), (ticket.seat_id, to), terms.now)?;
        let subject = format!("{}: {} → {}", ticket.fan_email, called(&was.0), called(&name));
        Ok((ticket.user_id, Entry::of(StaffAction::TicketMoved, subject, why.clone())))
    })
    .await
}

/// Sells or gives seats at the window, past the line and beyond the limit of a fan. Kept seats may be among them.
///
/// # Errors
/// [`Refusal::NotFound`] for an unknown address or seat; [`Refusal::SeatInUse`]; [`Refusal::NotEnoughPoints`];
/// [`Refusal::Invalid`] for no seats or one named twice, or for the reason of complimentary tickets.
pub async fn sell(
    house: &House,
    BoxOffice(staff): BoxOffice,
    schedule: ScheduleId,
    seats: Vec<SeatId>,
    email: &str,
    paid: Paid,
    why: &str,
) -> Outcome<UserId> {
    let email = account::clean_email(email)?;
    let why = if paid == Paid::Nothing { reason(why)? } else { why.trim().to_owned() };
    check_seats(&seats)?;
    act(house, staff, move |write, terms| {
        let now = terms.now;
        let (concert, known) = schedules::known(write, schedule)?;
        let fan = write.user_by_email(&email)?.ok_or(Refusal::invalid(Field::Email))?;
        let mut sold = vec![];
        for &seat in &seats {
            let (name, price) = givable(write, schedule, seat)?;
            sold.push((seat, name, if paid == Paid::Nothing { 0 } else { price }));
        }
        let total: Points = sold.iter().map(|(.., price)| price).sum();
        let payment = match paid {
            Paid::Nothing => write.insert_free_payment(fan.id, schedule, now)?,
            Paid::Points if fan.point < total => {
                return Err(Refusal::NotEnoughPoints { missing: total - fan.point }.into());
            }
            Paid::Points => write.insert_payment(fan.id, schedule, total, now)?,
            Paid::Cash => {
                write.insert_charge(fan.id, total, "window", now)?;
                write.insert_payment(fan.id, schedule, total, now)?
            }
        };
        for (seat, _, price) in &sold {
            write.keep_seat(schedule, *seat, None, now)?;
            write.sell_seat(fan.id, schedule, (*seat, *price), payment, now)?;
        }
        // Nothing may be left to wait for.
        waiting_room::advance(write, schedule, terms)?;
        let action = if paid == Paid::Nothing { StaffAction::TicketsGiven } else { StaffAction::TicketsSold };
        let names: Vec<_> = sold.iter().map(|(_, name, _)| called(name)).collect();
        let note = format!("{}: {}; {total}; {why}", fan.email, names.join(", "));
        Ok((fan.id, Entry::of(action, schedules::subject(&concert, known.show_time), note)))
    })
    .await
}

/// The seats that the house keeps back in a schedule.
///
/// # Errors
/// Storage faults.
pub async fn kept_seats(house: &House, _proof: BoxOffice, schedule: ScheduleId) -> Outcome<Vec<KeptSeat>> {
    house.read(move |read, _| Ok(read.kept_seats(schedule)?)).await
}

/// Keeps free seats back for a reason, until an instant where one is given.
///
/// # Errors
/// [`Refusal::NotFound`]; [`Refusal::SeatInUse`]; [`Refusal::Invalid`] for no seats or the reason.
pub async fn keep_back(
    house: &House,
    BoxOffice(staff): BoxOffice,
    schedule: ScheduleId,
    seats: Vec<SeatId>,
    why: &str,
    until: Option<Timestamp>,
) -> Outcome<()> {
    let why = reason(why)?;
    check_seats(&seats)?;
    act(house, staff, move |write, terms| {
        let (concert, known) = schedules::known(write, schedule)?;
        let mut names = vec![];
        for &seat in &seats {
            names.push(called(&givable(write, schedule, seat)?.0));
            write.keep_seat(schedule, seat, Some((&why, until)), terms.now)?;
        }
        let note = format!("{}: {why}", names.join(", "));
        Ok(((), Entry::of(StaffAction::SeatsKept, schedules::subject(&concert, known.show_time), note)))
    })
    .await
}

/// Puts kept seats on sale.
///
/// # Errors
/// [`Refusal::NotFound`] for an unknown schedule; [`Refusal::Invalid`] where none of the seats is kept.
pub async fn release_kept(
    house: &House,
    BoxOffice(staff): BoxOffice,
    schedule: ScheduleId,
    seats: Vec<SeatId>,
) -> Outcome<()> {
    act(house, staff, move |write, terms| {
        let (concert, known) = schedules::known(write, schedule)?;
        let kept = write.kept_seats(schedule)?.into_iter().filter(|kept| seats.contains(&kept.id));
        let kept: Vec<KeptSeat> = kept.collect();
        if kept.is_empty() {
            return Err(Refusal::invalid(Field::Seats).into());
        }
        for seat in &kept {
            write.keep_seat(schedule, seat.id, None, terms.now)?;
        }
        waiting_room::advance(write, schedule, terms)?;
        let names: Vec<_> = kept.iter().map(|kept| called(&kept.name)).collect();
        Ok(((), Entry::of(StaffAction::SeatsReleased, schedules::subject(&concert, known.show_time), names.join(", "))))
    })
    .await
}
