//! The counter, where staff serve customers in person: they search for people and tickets, sell seats, cancel and move
//! tickets, correct balances, and keep seats back. An action that gives something away needs a reason.

use super::door::ticket_of;
use super::{BoxOffice, LogEntry, run_and_log, schedules, till};
use crate::box_office::{CancellationQuote, cancel_and_refund, quote, ways_to_sign_in};
use crate::domain::account::{NO_PASSWORD, Role, clean_name};
use crate::domain::concert::{MAX_NOTE, clean_line};
use crate::domain::mail::Letter;
use crate::domain::points::{check_second_person, decide_adjustment};
use crate::domain::ticket::{check_unused, decide_cancel_by_staff, decide_move, decide_undo_check_in};
use crate::domain::till::{AT_WINDOW, TillKind};
use crate::domain::{
    Field, Points, Refusal, Reservation, ReservationId, ScheduleId, SeatId, SeatName, StaffAction, Timestamp, User,
    UserId, account, text,
};
use crate::house::{House, TxContext};
use crate::post_office::post;
use crate::store::{KeptSeat, LedgerEntry, Outcome, Read, Write};
use crate::{reference, ticket_code, waiting_room};
use std::collections::HashSet;

/// The result of a search at the counter.
#[derive(Debug, Clone)]
pub struct Found {
    pub people: Vec<User>,
    pub tickets: Vec<Reservation>,
}

/// A person with their reservations and the latest lines of their statement of points.
#[derive(Debug, Clone)]
pub struct Customer {
    pub user: User,
    pub reservations: Vec<Reservation>,
    pub statement: Vec<LedgerEntry>,
    /// Whether they can sign in with a second step or a passkey.
    pub has_second_step: bool,
}

/// How a customer pays at the counter.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Paid {
    /// With the points of their balance.
    Points,
    /// With money, which is charged as points and spent at once, so that the books agree.
    Cash,
    /// Not at all: the tickets are complimentary.
    Nothing,
}

/// The most lines of a statement that the counter shows.
const STATEMENT: u32 = 50;

pub(super) fn reason(text: &str) -> Result<String, Refusal> {
    clean_line(text, MAX_NOTE, Field::Note)
}

/// Returns how the staff log names a seat.
pub(super) fn seat_label(seat: &SeatName) -> String {
    format!("{} {}{}", seat.section, seat.row, seat.number)
}

/// An entry of the staff log about a ticket: it names the seat, and is about the fan.
fn about_ticket(action: StaffAction, ticket: &Reservation, note: String) -> LogEntry {
    LogEntry::of(action, seat_label(&ticket.seat_name()), note).about(ticket.user_id)
}

/// Checks that `seats` is not empty and names no seat twice.
fn check_seats(seats: &[SeatId]) -> Result<(), Refusal> {
    let distinct: HashSet<_> = seats.iter().collect();
    if seats.is_empty() || distinct.len() != seats.len() { Err(Refusal::invalid(Field::Seats)) } else { Ok(()) }
}

/// Finds people by words of their name and email address, and tickets by their code, by their number or that of their
/// order, or by any part of the name of their seat, such as `stalls a 12` or `a12`. At most 50 people are returned, and
/// at most 50 tickets by their seat. A blank search finds nothing.
pub async fn find(house: &House, _proof: BoxOffice, search: String) -> Outcome<Found> {
    let key = house.number_key();
    let code = ticket_code::read(house.keys(), &search);
    let (ticket_number, order) = (reference::read_ticket(key, &search), reference::read_order(key, &search));
    house
        .read(move |read, _| {
            let search = search.trim();
            if search.is_empty() {
                return Ok(Found { people: vec![], tickets: vec![] });
            }
            let mut ids = match ticket_of(read, code.as_ref())? {
                Some(ticket) => vec![ticket.id],
                None => read.find_tickets(&text::compact(search))?,
            };
            // Any eight digits can be read as a number, but hardly ever as the number of a ticket that exists.
            ids.extend(ticket_number);
            if let Some(order) = order {
                ids.extend(read.tickets_of_payment(order)?);
            }
            let tickets =
                ids.into_iter().filter_map(|id| read.reservation(id).transpose()).collect::<Result<_, _>>()?;
            Ok(Found { people: read.find_people(search)?, tickets })
        })
        .await
}

/// Returns one person with their reservations and the latest lines of their statement of points.
///
/// # Errors
/// [`Refusal::NotFound`] if the person does not exist.
pub async fn customer(house: &House, _proof: BoxOffice, id: UserId) -> Outcome<Customer> {
    house
        .read(move |read, _| {
            let user = read.user(id)?.ok_or(Refusal::NotFound)?;
            let has_second_step = ways_to_sign_in(read, &user)?.has_any();
            let (reservations, statement) = (read.reservations_of(id)?, read.statement(id, STATEMENT)?);
            Ok(Customer { user, reservations, statement, has_second_step })
        })
        .await
}

/// Returns the refund that the fan would get if they cancelled the ticket now, under its refund terms.
///
/// # Errors
/// [`Refusal::NotFound`] if the ticket does not exist or was never bought.
pub async fn ticket_worth(house: &House, _proof: BoxOffice, ticket: ReservationId) -> Outcome<CancellationQuote> {
    house
        .read(move |read, context| {
            let fan = read.reservation(ticket)?.ok_or(Refusal::NotFound)?.user_id;
            quote(read, fan, ticket, context.now)
        })
        .await
}

/// Cancels a ticket for the reason `why` and gives `refund` points back, whatever the ticket's refund terms say. Its
/// seat goes on sale again. Returns the fan who gets the refund: who paid for it.
///
/// # Errors
/// [`Refusal::NotFound`] if the ticket does not exist or was never bought, [`Refusal::AlreadyCancelled`],
/// [`Refusal::TicketUsed`] if it was checked in at the door, and [`Refusal::Invalid`] if the refund is negative or more
/// than the price, or if the reason is blank or too long.
pub async fn cancel_ticket(
    house: &House,
    BoxOffice(staff): BoxOffice,
    ticket: ReservationId,
    refund: Points,
    why: &str,
) -> Outcome<UserId> {
    let why = reason(why)?;
    run_and_log(house, staff, move |write, context| {
        let ticket = write.reservation(ticket)?.ok_or(Refusal::NotFound)?;
        decide_cancel_by_staff(&ticket.ticket(), ticket.price, refund)?;
        cancel_and_refund(write, &ticket, refund, context)?;
        Ok((ticket.payer(), about_ticket(StaffAction::TicketCancelled, &ticket, format!("{refund}: {why}"))))
    })
    .await
}

/// Returns who handed a ticket on to whom, and when: the names, the earliest first.
pub async fn handovers(
    house: &House,
    _proof: BoxOffice,
    ticket: ReservationId,
) -> Outcome<Vec<(String, String, Timestamp)>> {
    house.read(move |read, _| Ok(read.handovers(ticket)?)).await
}

/// Sets the name on a ticket, for the reason `why`. A blank name means that of the account.
///
/// # Errors
/// [`Refusal::NotFound`] if the ticket does not exist, what [`check_unused`] refuses, and [`Refusal::Invalid`] if the name
/// is too long or the reason is blank or too long.
pub async fn rename_ticket(
    house: &House,
    BoxOffice(staff): BoxOffice,
    ticket: ReservationId,
    name: &str,
    why: &str,
) -> Outcome<()> {
    let why = reason(why)?;
    let name = Some(name.trim()).filter(|name| !name.is_empty()).map(clean_name).transpose()?;
    run_and_log(house, staff, move |write, context| {
        let ticket = write.reservation(ticket)?.ok_or(Refusal::NotFound)?;
        check_unused(&ticket.ticket())?;
        let account = write.user(ticket.user_id)?.ok_or(Refusal::NotFound)?.name;
        let name = name.as_deref().filter(|name| *name != account);
        write.set_holder_name(ticket.id, name, context.now)?;
        Ok(((), about_ticket(StaffAction::TicketRenamed, &ticket, why.clone())))
    })
    .await
}

/// Takes back that a ticket was used at the door, for the reason `why`.
///
/// # Errors
/// [`Refusal::NotFound`] if the ticket does not exist or was not used, and [`Refusal::Invalid`] if the reason is blank
/// or too long.
pub async fn undo_check_in(
    house: &House,
    BoxOffice(staff): BoxOffice,
    ticket: ReservationId,
    why: &str,
) -> Outcome<()> {
    let why = reason(why)?;
    run_and_log(house, staff, move |write, context| {
        let ticket = write.reservation(ticket)?.ok_or(Refusal::NotFound)?;
        decide_undo_check_in(&ticket.ticket())?;
        write.undo_check_in(ticket.id, context.now)?;
        Ok(((), about_ticket(StaffAction::CheckInUndone, &ticket, why.clone())))
    })
    .await
}

/// Adds `amount` points to a fan's balance for the reason `why`; a negative `amount` takes points away. `shown` is the
/// balance, in points, that the page showed. If the balance has changed since, for example because staff clicked twice,
/// the adjustment is refused. `second` is another member of staff who agrees; the same person counts as nobody.
///
/// # Errors
/// [`Refusal::NotFound`] if the fan does not exist, [`Refusal::BalanceChanged`] if the balance is not `shown`, what
/// [`decide_adjustment`] and [`check_second_person`] refuse, and [`Refusal::Invalid`] if the reason is blank or too
/// long.
pub async fn adjust_points(
    house: &House,
    BoxOffice(staff): BoxOffice,
    second: Option<BoxOffice>,
    fan: UserId,
    (shown, amount): (Points, Points),
    why: &str,
) -> Outcome<()> {
    let why = reason(why)?;
    let second = second_person(second, staff, fan);
    run_and_log(house, staff, move |write, context| {
        let user = write.user(fan)?.ok_or(Refusal::NotFound)?;
        if user.point != shown {
            return Err(Refusal::BalanceChanged { point: user.point }.into());
        }
        decide_adjustment(user.point, amount)?;
        let today = write.adjusted_by(staff, context.now.plus_seconds(-24 * 60 * 60))?;
        check_second_person(today, amount, context.settings.points_a_day, second.is_some())?;
        write.insert_adjustment(fan, (staff, second), amount, &why, context.now)?;
        // The number of the second person's account is that of the page about them.
        let with = second.map(|second| format!(" (#{second})")).unwrap_or_default();
        Ok(((), LogEntry::of(StaffAction::PointsAdjusted, "", format!("{amount}: {why}{with}")).about(user.id)))
    })
    .await
}

/// The second member of staff who agrees to a change of a fan's points. The same person counts as nobody, and so does the
/// fan.
pub(super) fn second_person(second: Option<BoxOffice>, staff: UserId, fan: UserId) -> Option<UserId> {
    second.map(|BoxOffice(second)| second).filter(|second| *second != staff && *second != fan)
}

/// Returns the name and the price of a seat that staff may sell or give away: one that is for sale or kept back. Any
/// other seat is refused.
pub(super) fn seat_to_sell(read: &Read<'_>, schedule: ScheduleId, seat: SeatId) -> Outcome<(SeatName, Points)> {
    let (name, price, is_free) = read.seat_to_give(schedule, seat)?.ok_or(Refusal::NotFound)?;
    if is_free { Ok((name, price)) } else { Err(Refusal::SeatInUse { seat: name }.into()) }
}

/// Moves a ticket to another seat of the same price, for the reason `why`. Returns the fan whose ticket it is.
///
/// # Errors
/// [`Refusal::NotFound`] if the ticket does not exist or if the schedule has no such seat; what [`decide_move`]
/// refuses; [`Refusal::SeatInUse`] if the seat is held or sold; [`Refusal::Invalid`] if the reason is blank or too
/// long.
pub async fn move_ticket(
    house: &House,
    BoxOffice(staff): BoxOffice,
    ticket: ReservationId,
    to: SeatId,
    why: &str,
) -> Outcome<UserId> {
    let why = reason(why)?;
    run_and_log(house, staff, move |write, context| {
        let ticket = write.reservation(ticket)?.ok_or(Refusal::NotFound)?;
        check_unused(&ticket.ticket())?;
        let (name, price) = seat_to_sell(write, ticket.schedule_id, to)?;
        let was = write.seat_to_give(ticket.schedule_id, ticket.seat_id)?.ok_or(Refusal::NotFound)?;
        decide_move(&ticket.ticket(), was.1, price)?;
        write.keep_seats(ticket.schedule_id, &[to], None, context.now)?;
        write.move_ticket(ticket.schedule_id, (ticket.id, ticket.user_id), (ticket.seat_id, to), context.now)?;
        post(write, ticket.user_id, Letter::TicketMoved { ticket: ticket.id }, None, context)?;
        let subject = format!("{} → {}", seat_label(&was.0), seat_label(&name));
        Ok((ticket.user_id, LogEntry::of(StaffAction::TicketMoved, subject, why.clone()).about(ticket.user_id)))
    })
    .await
}

/// Who buys at the counter: the email address of an account; or a name, with an address if the customer wants the tickets
/// by mail too, or without one. What is blank is not given.
#[derive(Debug, Clone, Copy, Default)]
pub struct Buyer<'b> {
    pub email: &'b str,
    pub name: &'b str,
}

/// A [`Buyer`], checked.
#[derive(Debug, Clone)]
struct CheckedBuyer {
    email: Option<String>,
    name: Option<String>,
}

impl Buyer<'_> {
    fn check(self) -> Result<CheckedBuyer, Refusal> {
        let given = |text: &str| !text.trim().is_empty();
        let email = given(self.email).then(|| account::clean_email(self.email)).transpose()?;
        let name = given(self.name).then(|| account::clean_name(self.name)).transpose()?;
        if email.is_none() && name.is_none() {
            Err(Refusal::invalid(Field::Name))
        } else {
            Ok(CheckedBuyer { email, name })
        }
    }
}

impl CheckedBuyer {
    /// The account of the buyer. If there is none, one without a password is made for the name: its owner sets one with
    /// the link for a forgotten password.
    fn account(&self, write: &Write<'_>, context: TxContext<'_>) -> Outcome<User> {
        if let Some(email) = &self.email
            && let Some(known) = write.user_by_email(email)?
        {
            // Somebody else may have made an account with the customer's address.
            let same = |one: &str, other: &str| text::compact(one) == text::compact(other);
            return match &self.name {
                Some(name) if !same(name, &known.name) => Err(Refusal::AccountOfAnother { name: known.name }.into()),
                _ => Ok(known),
            };
        }
        let name = self.name.as_ref().ok_or(Refusal::NoSuchAccount)?;
        let email = self.email.clone().unwrap_or_else(|| account::no_address(context.clock.random_key()));
        let id = write.insert_user(name, &email, Role::Fan, NO_PASSWORD, context.now)?;
        Ok(write.user(id)?.ok_or(Refusal::NotFound)?)
    }
}

/// Sells or gives away seats at the counter, outside the queue and without the limit of seats for one fan. Seats that
/// are kept back may be among them. Returns the customer.
///
/// # Errors
/// [`Refusal::NoSuchAccount`] if no account has the email address and no name is given, [`Refusal::AccountOfAnother`] if
/// an account has it in another name than the one given, [`Refusal::NotFound`] if the schedule does not exist or has no
/// such seat, [`Refusal::SeatInUse`] if one of the seats is held or sold, [`Refusal::NotEnoughPoints`], and
/// [`Refusal::Invalid`] if the address or the name is malformed, if neither is given, or if `seats` is empty or names a
/// seat twice. Also [`Refusal::Invalid`] if the note `why` is too long, or if it is blank although the tickets are
/// complimentary.
pub async fn sell(
    house: &House,
    BoxOffice(staff): BoxOffice,
    schedule: ScheduleId,
    seats: Vec<SeatId>,
    buyer: Buyer<'_>,
    paid: Paid,
    why: &str,
) -> Outcome<UserId> {
    let buyer = buyer.check()?;
    let is_optional = paid != Paid::Nothing;
    let why = if is_optional && why.trim().is_empty() { String::new() } else { reason(why)? };
    check_seats(&seats)?;
    run_and_log(house, staff, move |write, context| {
        let now = context.now;
        let (concert, known) = schedules::known(write, schedule)?;
        known.check_not_called_off()?;
        let fan = buyer.account(write, context)?;
        let mut sold = vec![];
        for &seat in &seats {
            let (name, price) = seat_to_sell(write, schedule, seat)?;
            sold.push((seat, name, if paid == Paid::Nothing { 0 } else { price }));
        }
        let total: Points = sold.iter().map(|(.., price)| price).sum();
        match paid {
            Paid::Points if fan.point < total => {
                return Err(Refusal::NotEnoughPoints { missing: total - fan.point }.into());
            }
            Paid::Cash if total > 0 => {
                let charge = write.insert_charge(fan.id, total, AT_WINDOW, now)?;
                till::record(write, staff, TillKind::Sale, (total, charge), fan.id, context)?;
            }
            _ => {}
        }
        let priced: Vec<_> = sold.iter().map(|(seat, _, price)| (*seat, *price)).collect();
        sell_seats(write, fan.id, schedule, &priced, context)?;
        let action = if paid == Paid::Nothing { StaffAction::TicketsGiven } else { StaffAction::TicketsSold };
        let names: Vec<_> = sold.iter().map(|(_, name, _)| seat_label(name)).collect();
        let note = format!("{}; {total}; {why}", names.join(", "));
        Ok((fan.id, LogEntry::of(action, schedules::subject(&concert, known.show_time), note).about(fan.id)))
    })
    .await
}

/// Sells seats to a fan, who pays with points and is told by mail. Seats that are kept back may be among them.
pub(super) fn sell_seats(
    write: &Write<'_>,
    fan: UserId,
    schedule: ScheduleId,
    seats: &[(SeatId, Points)],
    context: TxContext<'_>,
) -> Outcome<()> {
    let now = context.now;
    let payment = write.insert_payment(fan, schedule, seats.iter().map(|(_, price)| price).sum(), now)?;
    let ids: Vec<_> = seats.iter().map(|(seat, _)| *seat).collect();
    write.keep_seats(schedule, &ids, None, now)?;
    for seat in seats {
        write.sell_seat(fan, schedule, *seat, payment, now)?;
    }
    post(write, fan, Letter::TicketsBought { payment }, None, context)?;
    // If the last seat was sold, the queue has nothing left to wait for and ends.
    waiting_room::advance(write, schedule, context)
}

/// Returns the seats of a schedule that are kept back.
pub async fn kept_seats(house: &House, _proof: BoxOffice, schedule: ScheduleId) -> Outcome<Vec<KeptSeat>> {
    house.read(move |read, _| Ok(read.kept_seats(schedule)?)).await
}

/// Keeps seats back from sale for the reason `why`: until `until` if it is given, otherwise until staff put them on
/// sale. For a seat that is kept back already, replaces the reason and the time.
///
/// # Errors
/// [`Refusal::NotFound`] if the schedule does not exist or has no such seat, [`Refusal::SeatInUse`] if one of the seats
/// is held or sold, and [`Refusal::Invalid`] if `seats` is empty or names a seat twice, or if the reason is blank or
/// too long.
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
    run_and_log(house, staff, move |write, context| {
        let (concert, known) = schedules::known(write, schedule)?;
        let mut names = vec![];
        for &seat in &seats {
            names.push(seat_label(&seat_to_sell(write, schedule, seat)?.0));
        }
        write.keep_seats(schedule, &seats, Some((&why, until)), context.now)?;
        let note = format!("{}: {why}", names.join(", "));
        Ok(((), LogEntry::of(StaffAction::SeatsKept, schedules::subject(&concert, known.show_time), note)))
    })
    .await
}

/// Puts on sale those of `seats` that are kept back; the others do not change.
///
/// # Errors
/// [`Refusal::NotFound`] if the schedule does not exist, [`Refusal::Invalid`] if none of the seats is kept back.
pub async fn release_kept(
    house: &House,
    BoxOffice(staff): BoxOffice,
    schedule: ScheduleId,
    seats: Vec<SeatId>,
) -> Outcome<()> {
    run_and_log(house, staff, move |write, context| {
        let (concert, known) = schedules::known(write, schedule)?;
        let kept = write.kept_seats(schedule)?.into_iter().filter(|kept| seats.contains(&kept.id));
        let kept: Vec<KeptSeat> = kept.collect();
        if kept.is_empty() {
            return Err(Refusal::invalid(Field::Seats).into());
        }
        let ids: Vec<SeatId> = kept.iter().map(|seat| seat.id).collect();
        write.keep_seats(schedule, &ids, None, context.now)?;
        waiting_room::advance(write, schedule, context)?;
        let names: Vec<_> = kept.iter().map(|kept| seat_label(&kept.name)).collect();
        Ok((
            (),
            LogEntry::of(StaffAction::SeatsReleased, schedules::subject(&concert, known.show_time), names.join(", ")),
        ))
    })
    .await
}
