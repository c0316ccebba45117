//! The verbs of staff. Every verb takes the proof of a duty ([`Owner`], [`BoxOffice`] or [`Door`]), which only this
//! module can make. A verb that changes something also writes an entry to the staff log, in the same transaction.
//!
//! These verbs take no proof: [`appoint`], [`invite_first_owner`] and [`end_second_step_of`] are for the operator's command
//! line, [`accept`] is for somebody who has an invitation, and [`forget_addresses`] is run from time to time.
//!
//! This module must contain neither HTTP nor SQL text.
//!
//! Besides what its `# Errors` section lists, each function can return [`Refusal::Busy`] (too much work waits for the
//! database) or a fault (the database cannot be read or written).

mod addresses;
mod books;
mod call_off;
mod concerts;
mod control;
mod counter;
mod door;
mod exchange;
mod legal;
mod mails;
mod offline_door;
mod password_links;
mod plans;
mod reschedule;
mod reservations;
mod schedules;
mod team;
mod till;

pub use addresses::{Addresses, addresses, forget_addresses, restore_place, void_places};
pub use books::{Books, ScheduleBooks, books, ledger, schedule_books, ticket_list};
pub(crate) use call_off::refund_next;
pub use call_off::{CallOff, call_off, call_off_preview};
pub use concerts::{
    ConcertWithSchedules, change_concert, concert, concerts, create_concert, delete_concert, preview, publish_concert,
    set_poster,
};
pub use control::{Control, Limits, announce, control, pause, set_limits};
pub use door::{Checked, DoorFigures, check_in, door, doors};
pub use legal::publish_legal_text;
pub use mails::{Mails, mail, mails, send_again};
pub use offline_door::{
    DoorList, ListedTicket, SCANS, Scan, door_list, door_list_version, door_problems, record_scans,
};
pub use password_links::make_password_link;
#[cfg(test)]
pub(crate) use plans::parse_plan;
pub use plans::{Drawing, import_plan, plan, plans, save_design};
pub use reschedule::{NewPlace, move_show, tickets_to_move};
pub use reservations::{ScheduleBook, reservations};
pub use schedules::{
    ScheduleSheet, build_hall, change_schedule, copy_schedule, create_schedule, delete_schedule, preview_map,
    publish_schedule, schedule_sheet, set_prices,
};
pub use team::{
    Team, accept, appoint, end_second_step, end_second_step_of, invite, invite_first_owner, log, require_second_step,
    revoke_invitation, set_duty, sign_out_person, team,
};
pub use till::{Till, close_shift, exchange_cash, open_shift, shift, till};

pub use counter::{
    Buyer, Customer, Found, Paid, adjust_points, cancel_ticket, customer, find, handovers, keep_back, kept_seats,
    move_ticket, release_kept, rename_ticket, sell, ticket_worth, undo_check_in,
};
pub use exchange::{exchange, exchange_dates};

pub use crate::store::{
    AddressPlaces, AuditEntry, BandSales, DoorProblem, HourSales, Invitation, KeptSeat, LOG_PAGE, LedgerLine,
    MAIL_PAGE, PAGE, PlanSummary, PointTotals, PriceBand, ScheduleSales, Sold, Takings, TillEntry, VoidedPlace,
};

use crate::domain::account::{Duty, Role};
use crate::domain::second_step::check_staff;
use crate::domain::{Refusal, StaffAction, UserId};
use crate::house::{House, TxContext};
use crate::store::{Outcome, Read, Write};

/// Proof that an account is staff, with its duty. The proofs of single duties are made from it.
#[derive(Debug, Clone, Copy)]
pub struct Staff {
    id: UserId,
    duty: Duty,
}

/// Proof that an account may run the sale: its duty is box office or owner.
#[derive(Debug, Clone, Copy)]
pub struct BoxOffice(UserId);

/// Proof that an account may check tickets at the door, as every member of staff may.
#[derive(Debug, Clone, Copy)]
pub struct Door(UserId);

/// Proof that an account is an owner, who may do everything.
#[derive(Debug, Clone, Copy)]
pub struct Owner(UserId);

impl From<Owner> for BoxOffice {
    fn from(Owner(id): Owner) -> Self {
        Self(id)
    }
}

impl Staff {
    /// Returns the duty of this member of staff.
    pub const fn duty(self) -> Duty {
        self.duty
    }

    /// Returns the proof for the door, which every member of staff can get.
    pub const fn door(self) -> Door {
        Door(self.id)
    }

    /// Returns the proof for the box office.
    ///
    /// # Errors
    /// [`Refusal::NotYourDuty`] if the duty is the door.
    pub const fn box_office(self) -> Result<BoxOffice, Refusal> {
        if self.duty.includes(Duty::BoxOffice) { Ok(BoxOffice(self.id)) } else { Err(Refusal::NotYourDuty) }
    }

    /// Returns the proof of an owner.
    ///
    /// # Errors
    /// [`Refusal::NotYourDuty`] if the duty is any other.
    pub const fn owner(self) -> Result<Owner, Refusal> {
        if self.duty.includes(Duty::Owner) { Ok(Owner(self.id)) } else { Err(Refusal::NotYourDuty) }
    }
}

/// Returns the proof that an account is staff.
///
/// # Errors
/// [`Refusal::NotStaff`] if it is not, or no longer exists.
pub async fn staff(house: &House, user_id: UserId) -> Outcome<Staff> {
    house.read_briefly(move |read| staff_of(read, user_id)).await
}

fn staff_of(read: &Read<'_>, user_id: UserId) -> Outcome<Staff> {
    match read.user(user_id)?.map(|user| (user.role, user.duty)) {
        Some((Role::Staff, Some(duty))) => Ok(Staff { id: user_id, duty }),
        _ => Err(Refusal::NotStaff.into()),
    }
}

/// Returns the proof that an account is staff, for a session. `has_passed_second_step` is whether the session began with
/// a second step or a passkey.
///
/// # Errors
/// As [`staff`], and [`Refusal::SecondStepNeeded`] if owners require one.
pub async fn signed_in_staff(house: &House, user_id: UserId, has_passed_second_step: bool) -> Outcome<Staff> {
    house
        .read_briefly(move |read| {
            let staff = staff_of(read, user_id)?;
            check_staff(read.is_second_step_required()?, has_passed_second_step)?;
            Ok(staff)
        })
        .await
}

/// New values of something that is stored already. With `before`, they are saved only if that is what is still stored:
/// if somebody else has changed it since the form was opened, the change is refused as [`Refusal::Stale`].
#[derive(Debug, Clone)]
pub struct Change<T> {
    pub before: Option<T>,
    pub after: T,
}

impl<T> From<T> for Change<T> {
    fn from(after: T) -> Self {
        Self { before: None, after }
    }
}

impl<T: PartialEq> Change<T> {
    fn check(&self, stored: &T) -> Result<(), Refusal> {
        check_before(self.before.as_ref(), Some(stored))
    }
}

/// Checks that what is stored is `before`, if that is given.
fn check_before<T: PartialEq>(before: Option<&T>, stored: Option<&T>) -> Result<(), Refusal> {
    if before.is_none() || before == stored { Ok(()) } else { Err(Refusal::Stale) }
}

/// An entry of the staff log: what was done, to what, and a note. Nothing can be deleted from the log, so neither text may
/// have a person's name or address: the person is `person`, whose name is looked up when the log is shown.
struct LogEntry {
    action: StaffAction,
    person: Option<UserId>,
    subject: String,
    note: String,
}

impl LogEntry {
    fn of(action: StaffAction, subject: impl Into<String>, note: impl Into<String>) -> Self {
        Self { action, person: None, subject: subject.into(), note: note.into() }
    }

    /// The entry, which is about this person.
    const fn about(mut self, person: UserId) -> Self {
        self.person = Some(person);
        self
    }
}

/// Runs `work` for a member of staff, and writes the entry that `work` returns to the staff log in the same
/// transaction.
async fn run_and_log<T: Send + 'static>(
    house: &House,
    staff: UserId,
    work: impl Fn(&Write<'_>, TxContext<'_>) -> Outcome<(T, LogEntry)> + Send + 'static,
) -> Outcome<T> {
    house
        .write(move |write, context| {
            let (done, LogEntry { action, person, subject, note }) = work(write, context)?;
            write.log_action(staff, action, person, (&subject, &note), context.now)?;
            Ok(done)
        })
        .await
}
