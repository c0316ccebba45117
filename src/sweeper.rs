//! Ends at their deadline what nobody asked about: holds and admissions that ran out. It sleeps until the next deadline, and
//! nothing depends on it being on time, since every rule compares the deadlines with the clock itself. It frees seats for
//! the maps, moves the line on, and sends the waiting home when a sale ends.

use crate::domain::ScheduleId;
use crate::house::House;
use crate::store::Outcome;
use crate::waiting_room;
use std::time::Duration;

/// Sweeps until the task is dropped.
pub async fn run(house: &House) {
    loop {
        let next = match sweep(house).await {
            Ok(next) => next,
            Err(denied) => {
                tracing::error!(%denied, "a sweep failed; the next one follows in a second");
                tokio::time::sleep(Duration::from_secs(1)).await;
                continue;
            }
        };
        match next {
            Some(at) => tokio::select! {
                () = house.clock().sleep_until(at) => {}
                () = house.live().deadline_change() => {}
            },
            None => house.live().deadline_change().await,
        }
    }
}

/// Ends all that is over now and returns the next deadline.
///
/// # Errors
/// Storage faults, or the writer being busy.
pub async fn sweep(house: &House) -> Outcome<Option<crate::domain::Timestamp>> {
    let due: Vec<ScheduleId> = house.read(move |read, terms| Ok(read.schedules_to_sweep(terms.now)?)).await?;
    for schedule in due {
        house
            .write(move |write, terms| {
                let now = terms.now;
                write.free(schedule, &write.ran_out(schedule, now)?, now)?;
                waiting_room::advance(write, schedule, terms)
            })
            .await?;
    }
    house.read(move |read, terms| Ok(read.next_deadline(terms.now)?)).await
}
