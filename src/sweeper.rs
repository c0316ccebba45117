//! Ends at their deadline what nobody asked about: holds and admissions that ran out, and the places of the silent. It
//! sleeps until the next deadline, and nothing depends on it being on time, since every rule compares the deadlines with the
//! clock itself. It frees seats for the maps, draws the lobby, moves the line on, and sends the waiting home when a sale
//! ends.

use crate::domain::Timestamp;
use crate::house::House;
use crate::store::Outcome;
use crate::waiting_room;
use std::time::Duration;

/// Sweeps until the task is dropped.
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

/// Ends all that is over now and returns the next deadline.
///
/// # Errors
/// Storage faults, or the writer being busy.
pub async fn sweep(house: &House) -> Outcome<Option<Timestamp>> {
    // What is due, and what comes after it, is asked as of one instant: a deadline that passes while this sweeps is the next.
    let (begun, due) = house
        .read(|read, terms| Ok((terms.now, read.schedules_to_sweep(terms.settings.active_fans, terms.now)?)))
        .await?;
    for schedule in due {
        let swept = house.write(move |write, terms| {
            write.free(schedule, &write.ran_out(schedule, terms.now)?, terms.now)?;
            for seat in write.kept_long_enough(schedule, terms.now)? {
                write.keep_seat(schedule, seat, None, terms.now)?;
            }
            waiting_room::advance(write, schedule, terms)
        });
        swept.await?;
    }
    // After the draw, which gives everybody in the lobby their time from then on.
    let first_silent = waiting_room::end_silent(house).await?;
    let next = house.read(move |read, _| Ok(read.next_deadline(begun)?)).await?;
    Ok(next.into_iter().chain(first_silent).min())
}
