//! What staff may do. Every verb takes the proof of being staff, which only this room makes.
//!
//! This room must never know HTTP or SQL text.

use crate::domain::account::{self, Role};
use crate::domain::entities::{Concert, Reservation};
use crate::domain::seat::ReservationStatus;
use crate::domain::{Refusal, ScheduleId, UserId};
use crate::house::{House, known_schedule};
use crate::store::Outcome;

pub use crate::store::PAGE;

/// Proof that whoever asks is staff now.
#[derive(Debug, Clone, Copy)]
pub struct Staff(());

/// Asks whether an account is staff.
///
/// # Errors
/// [`Refusal::NotStaff`] where it is not, or is gone.
pub async fn staff(house: &House, user_id: UserId) -> Outcome<Staff> {
    let user = house.read(move |read, _| Ok(read.user(user_id)?)).await?;
    match user {
        Some(user) if user.role == Role::Staff => Ok(Staff(())),
        _ => Err(Refusal::NotStaff.into()),
    }
}

/// Makes an account staff: for the operator's command line, where owning the machine is the proof.
///
/// # Errors
/// [`Refusal::NotFound`] where no account has the address.
pub async fn appoint(house: &House, email: &str) -> Outcome<()> {
    let email = account::clean_email(email)?;
    house
        .write(move |write, terms| {
            let user = write.user_by_email(&email)?.ok_or(Refusal::NotFound)?;
            Ok(write.set_role(user.id, Role::Staff, terms.now)?)
        })
        .await
}

/// The reservations of one schedule, as staff see them.
#[derive(Debug, Clone)]
pub struct ScheduleBook {
    pub concert: Concert,
    pub schedule: crate::domain::entities::ConcertSchedule,
    pub counts: Vec<(ReservationStatus, i64)>,
    /// Those that match the search, the newest first.
    pub reservations: Vec<Reservation>,
}

/// The reservations of a schedule whose fan's name or email address contains `search`.
///
/// # Errors
/// [`Refusal::NotFound`] for an unknown schedule.
pub async fn reservations(house: &House, _proof: Staff, schedule: ScheduleId, search: String) -> Outcome<ScheduleBook> {
    house
        .read(move |read, _| {
            let known = known_schedule(read, schedule)?;
            Ok(ScheduleBook {
                concert: read.concert(known.concert_id)?.ok_or(Refusal::NotFound)?,
                counts: read.reservation_counts(schedule)?,
                reservations: read.reservations_in(schedule, search.trim())?,
                schedule: known,
            })
        })
        .await
}
