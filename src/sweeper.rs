//! The background task that carries out what is due at a deadline, if no request has done so: it ends expired holds,
//! calls and admissions, puts seats on sale that were kept back until now, reminds fans of an opening, offers seats that
//! came back to the waitlist, refunds the tickets of a show that was called off, runs the lottery of a lobby, calls the
//! next fans, and ends the places of all waiting fans when a sale ends or is sold out.
//!
//! It sleeps until the next deadline. No rule depends on the sweeper being on time, since every rule itself compares
//! deadlines with the current instant.

use crate::domain::{Refusal, Timestamp, queue};
use crate::house::House;
use crate::store::Outcome;
use crate::waiting_room;
use crate::{back_office, box_office};
use std::collections::BTreeSet;
use std::time::Duration;

/// How many expired holds of a schedule one transaction ends at most, so that other writes do not wait for long.
const HOLDS_AT_ONCE: u32 = 1_000;

/// Sweeps at each deadline until the future is dropped. After a failed sweep it tries again in a second.
pub async fn run(house: &House) {
    loop {
        house.live().sweep_begins();
        let next = match sweep(house).await {
            Ok(next) => next,
            Err(denied) => {
                tracing::error!(%denied, "a sweep failed; the next one follows in a second");
                tokio::time::sleep(Duration::from_secs(1)).await;
                continue;
            }
        };
        if house.live().await_deadline(next) {
            continue;
        }
        match next {
            Some(at) => tokio::select! {
                () = house.clock().sleep_until(at) => {}
                () = house.live().earlier_deadline() => {}
            },
            None => house.live().earlier_deadline().await,
        }
    }
}

/// Carries out all that is due now and returns the next deadline, `None` if there is none.
///
/// # Errors
/// [`Refusal::Busy`] if the writer or the readers are busy; any storage fault.
pub async fn sweep(house: &House) -> Outcome<Option<Timestamp>> {
    // Both what is due and the next deadline are determined as of `begun`. So a deadline that passes during this sweep
    // is not skipped: it is returned as the next one.
    let (begun, due) = house
        .read(|read, context| {
            let mut due: BTreeSet<_> = read.schedules_with_expired(context.now)?.into_iter().collect();
            let queues = read.schedules_with_queue(context.now)?;
            due.extend(queues.iter().filter(|known| waiting_room::is_due(known, context)).map(|known| known.id));
            Ok((context.now, due))
        })
        .await?;
    let mut failed = None;
    for schedule in due {
        let swept = house.write(move |write, context| {
            let holds = write.expired_holds(schedule, HOLDS_AT_ONCE, context.now)?;
            write.free(schedule, &holds, context.now)?;
            if holds.len() == HOLDS_AT_ONCE as usize {
                write.note_deadline(context.now);
            }
            write.keep_seats(schedule, &write.seats_due_for_sale(schedule, context.now)?, None, context.now)?;
            let known = write.schedule(schedule)?.ok_or(Refusal::NotFound)?;
            box_office::remind_due(write, &known, context)?;
            back_office::refund_next(write, &known, context)?;
            box_office::offer_seats(write, &known, context)?;
            waiting_room::number_next(write, schedule, context.now)?;
            waiting_room::advance(write, schedule, context)
        });
        // A fault in one schedule must not keep the others from being swept.
        if let Err(denied) = swept.await {
            tracing::error!(%denied, schedule = schedule.0, "a schedule could not be swept");
            failed = Some(denied);
        }
    }
    if let Some(denied) = failed {
        return Err(denied);
    }
    house
        .read(move |read, _| {
            let queues = read.schedules_with_queue(begun)?;
            let of_queues = queues.iter().filter_map(|known| queue::next_due(known, begun)).min();
            Ok(read.next_expiry()?.into_iter().chain(of_queues).min())
        })
        .await
}
