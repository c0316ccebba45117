//! What staff may do. Every verb takes the proof of a duty, which only this room makes, and writes what was done into the log
//! of staff in the same transaction.
//!
//! This room must never know HTTP or SQL text.

mod books;
mod concerts;
mod control;
mod door;
mod plans;
mod reservations;
mod schedules;
mod team;
mod window;

pub use books::{Books, ScheduleBooks, books, ledger, schedule_books, ticket_list};
pub use concerts::{Bill, bill, bills, change_concert, create_concert, publish_concert, set_poster};
pub use control::{Control, announce, control, pause, set_dials};
pub use door::{Checked, DoorBook, check_in, door, doors};
pub use plans::{Drawing, import_plan, plan, plans, save_design};
pub use reservations::{ScheduleBook, reservations};
pub use schedules::{
    ScheduleSheet, build_hall, change_schedule, copy_schedule, create_schedule, publish_schedule, schedule_sheet,
    set_prices,
};
pub use team::{Team, accept, appoint, end_invitation, invite, log, set_duty, team};

pub use window::{
    Customer, Found, Paid, adjust_points, cancel_ticket, customer, find, keep_back, kept_seats, move_ticket,
    release_kept, sell, ticket_worth,
};

pub use crate::store::{LOG_PAGE, PAGE};

use crate::domain::account::{Duty, Role};
use crate::domain::entities::StaffAction;
use crate::domain::{Refusal, UserId};
use crate::house::{House, Terms};
use crate::store::{Outcome, Write};

/// Proof that whoever asks is staff now.
#[derive(Debug, Clone, Copy)]
pub struct Staff {
    id: UserId,
    duty: Duty,
}

/// Proof that whoever asks has, among others, the duty of the box office.
#[derive(Debug, Clone, Copy)]
pub struct BoxOffice(UserId);

/// Proof that whoever asks has, among others, the duty of the door.
#[derive(Debug, Clone, Copy)]
pub struct Door(UserId);

/// Proof that whoever asks is an owner.
#[derive(Debug, Clone, Copy)]
pub struct Owner(UserId);

impl From<Owner> for BoxOffice {
    fn from(Owner(id): Owner) -> Self {
        Self(id)
    }
}

impl Staff {
    /// What they do.
    pub const fn duty(self) -> Duty {
        self.duty
    }

    /// Everybody who is staff may do what the door does.
    pub const fn door(self) -> Door {
        Door(self.id)
    }

    /// # Errors
    /// [`Refusal::NotYourDuty`] for the door.
    pub const fn box_office(self) -> Result<BoxOffice, Refusal> {
        if self.duty.includes(Duty::BoxOffice) { Ok(BoxOffice(self.id)) } else { Err(Refusal::NotYourDuty) }
    }

    /// # Errors
    /// [`Refusal::NotYourDuty`] for all but an owner.
    pub const fn owner(self) -> Result<Owner, Refusal> {
        if self.duty.includes(Duty::Owner) { Ok(Owner(self.id)) } else { Err(Refusal::NotYourDuty) }
    }
}

/// Asks whether an account is staff.
///
/// # Errors
/// [`Refusal::NotStaff`] where it is not, or is gone.
pub async fn staff(house: &House, user_id: UserId) -> Outcome<Staff> {
    let user = house.read_briefly(move |read| Ok(read.user(user_id)?)).await?;
    match user.map(|user| (user.role, user.duty)) {
        Some((Role::Staff, Some(duty))) => Ok(Staff { id: user_id, duty }),
        _ => Err(Refusal::NotStaff.into()),
    }
}

/// What is written into the log of staff.
struct Entry {
    action: StaffAction,
    subject: String,
    note: String,
}

impl Entry {
    fn of(action: StaffAction, subject: impl Into<String>, note: impl Into<String>) -> Self {
        Self { action, subject: subject.into(), note: note.into() }
    }
}

/// Runs the work of a member of staff in one transaction, and writes it down there.
async fn act<T: Send + 'static>(
    house: &House,
    staff: UserId,
    work: impl Fn(&Write<'_>, Terms<'_>) -> Outcome<(T, Entry)> + Send + 'static,
) -> Outcome<T> {
    house
        .write(move |write, terms| {
            let (done, Entry { action, subject, note }) = work(write, terms)?;
            write.log_action(staff, action, (&subject, &note), terms.now)?;
            Ok(done)
        })
        .await
}
