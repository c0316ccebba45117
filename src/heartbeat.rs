//! Notices when this program did not run for a while: the machine slept, the process was stopped, or the clock jumped.
//! Nobody could be heard from in that time, so it does not count as anybody's silence: as after a restart, everybody
//! counts as just heard from, and called fans get the full time to come once more. If the clock was set back, holds and
//! admissions are shortened, so that none lasts longer from now than a new one would.

use crate::domain::Timestamp;
use crate::house::{House, TxContext};
use crate::store::{Outcome, Write};
use crate::waiting_room;
use std::time::Duration;

/// How often the clock is read.
const EVERY: Duration = Duration::from_secs(1);

/// Makes up for the time in which no server ran. To be called before a server is open. The clock may have been set back
/// meanwhile.
///
/// # Errors
/// [`Refusal::Busy`](crate::domain::Refusal::Busy) or a storage fault.
pub async fn start(house: &House) -> Outcome<()> {
    let last = house.read(|read, _| Ok(read.last_change()?)).await?;
    if let Some(last) = last.filter(|last| *last > house.clock().now()) {
        tracing::warn!("the clock was set back since the last start");
        house.write(move |write, context| shorten(write, last, context)).await?;
    }
    waiting_room::restart_calls(house).await?;
    house.queues().beat(house.clock().now());
    Ok(())
}

/// Watches the clock until the future is dropped.
pub async fn run(house: &House) {
    loop {
        beat(house).await;
        tokio::time::sleep(EVERY).await;
    }
}

/// Reads the clock once, and makes up for the time since the last call if it was a gap. If that fails, the gap is not over,
/// and the next call tries again.
pub async fn beat(house: &House) {
    let (queues, now) = (house.queues(), house.clock().now());
    if let Some(gap_ms) = queues.gap_ms(now) {
        tracing::warn!(gap_ms, "this program did not run, or the clock jumped: nobody's silence counts");
        let made_up = async {
            if gap_ms < 0 {
                let before = Timestamp(now.0 - gap_ms);
                house.write(move |write, context| shorten(write, before, context)).await?;
            }
            waiting_room::restart_calls(house).await
        };
        if let Err(denied) = made_up.await {
            tracing::error!(%denied, "the gap is not made up for yet");
            return;
        }
    }
    queues.beat(now);
}

/// Shortens all holds and admissions to what new ones would get now, after the clock was set back from `before`. Holds that
/// had expired then must not be live again, so they end.
fn shorten(write: &Write<'_>, before: Timestamp, context: TxContext<'_>) -> Outcome<()> {
    let (now, settings) = (context.now, context.settings);
    for schedule in write.schedules_with_expired(before)? {
        write.free(schedule, &write.expired_holds(schedule, u32::MAX, before)?, now)?;
    }
    let hold_until = now.plus_seconds(settings.hold_seconds.into());
    write.shorten_holds(false, hold_until, now)?;
    write.shorten_holds(true, now.plus_seconds(settings.offer_seconds.max(settings.hold_seconds).into()), now)?;
    let admit_until = now.plus_seconds(settings.admission_seconds.max(settings.hold_seconds).into());
    write.shorten_admissions(admit_until, hold_until, now)?;
    // Nobody is called later than those who come back from now on.
    write.move_calls_to(now)?;
    // The pace lets one fan a minute in, at least.
    Ok(write.shorten_pace(now.plus_seconds(60))?)
}
