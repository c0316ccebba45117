//! Takes a sample of each sale every five seconds, for the charts of [`Pulse`](crate::pulse::Pulse).

use crate::domain::schedule::SalePhase;
use crate::house::House;
use crate::pulse::{EVERY, Sample};
use crate::store::Takings;

/// Takes samples until the future is dropped.
pub async fn run(house: &House) {
    let mut ticks = tokio::time::interval(EVERY);
    loop {
        ticks.tick().await;
        if let Err(denied) = take_sample(house).await {
            tracing::warn!(%denied, "a sample of the sales is missing");
        }
    }
}

/// Takes one sample of every published sale that is in its lobby or open.
pub async fn take_sample(house: &House) -> crate::store::Outcome<()> {
    let last = house.pulse().last();
    let sales = house
        .read(move |read, context| {
            let mut sales = vec![];
            for schedule in read.shows_since(context.now)? {
                if !matches!(schedule.window.phase(context.now), SalePhase::Lobby | SalePhase::Open) {
                    continue;
                }
                let (sold, revenue) = match last.get(&schedule.id) {
                    Some(last) if last.version == schedule.version => (last.sold, last.revenue),
                    _ => {
                        let Takings { sold, revenue, .. } = read.takings(schedule.id)?;
                        (sold, revenue)
                    }
                };
                let sample = Sample {
                    at: context.now,
                    waiting: schedule.waiting.into(),
                    active: schedule.active.into(),
                    held: schedule.held_ticket,
                    sold,
                    revenue,
                    version: schedule.version,
                };
                sales.push((schedule.id, sample));
            }
            Ok(sales)
        })
        .await?;
    house.pulse().keep(sales);
    Ok(())
}
