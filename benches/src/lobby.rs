//! A benchmark of a large lobby that closes: how long until every fan has a number, with a delay of a hundred steps, and how
//! long other writes wait meanwhile.

use crate::pairs::median;
use crate::stage::{Fixture, runtime};
use encore::box_office::{self, PaymentProvider};
use encore::domain::{ScheduleId, Timestamp};
use encore::{Clock, House, Settings, sweeper, waiting_room};
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

/// Fans in the lobby.
const LOBBY: i64 = 100_000;
/// Fans who charge points meanwhile, each as soon as the last charge is answered.
const CHARGING: usize = 8;
/// How long before the opening of the sale the charges begin, in seconds.
const BEFORE: i64 = 2;

/// Puts `fans` fans into the lobby of a schedule that nobody has joined.
fn fill_lobby(folder: &Path, schedule: ScheduleId, fans: i64) {
    let connection = rusqlite::Connection::open(folder.join("encore.db")).expect("opens");
    let sql = "with recursive numbered(number) as (select 1 union all select number + 1 from numbered where number < ?)
        insert into user (name, email, role, created_at, updated_at)
        select 'Fan', number || '@lobby.example.org', 'fan', 1, 1 from numbered";
    connection.execute(sql, [fans]).expect("fans");
    let sql = "insert into queue_token (user_id, schedule_id, contribution, created_at, updated_at)
        select id, ?, 'from ' || id, 1, 1 from user where email like '%@lobby.example.org'";
    connection.execute(sql, [schedule.0]).expect("a lobby");
}

/// Prints how long the numbering took, and the times of the charges that were answered meanwhile.
pub fn lobby(_: usize) {
    let fixture = Fixture::set(Settings::default(), CHARGING);
    let schedule = fixture.demo.not_yet_open;
    fill_lobby(fixture.folder.path(), schedule, LOBBY);
    runtime(2).block_on(async {
        let house = House::open(fixture.folder.path(), Settings::default(), Clock::system()).expect("opens");
        let house = Arc::new(house);
        let opens = house.clock().now().plus_seconds(BEFORE);
        // A lobby that has just opened, so it closes a second before the sale.
        encore::demo::open_sale(&house, schedule, opens, Some(BEFORE as u64)).await.expect("moves the opening");
        let sweeping = tokio::spawn({
            let house = house.clone();
            async move { sweeper::run(&house).await }
        });
        let drawing = tokio::spawn({
            let house = house.clone();
            async move { waiting_room::keep_drawing(&house, &()).await }
        });
        let closes = opens.plus_seconds(-BEFORE / 2);
        let charging: Vec<_> = fixture.fans.iter().map(|(fan, _)| tokio::spawn(charge(house.clone(), *fan, closes))).collect();
        house.clock().sleep_until(closes).await;
        let begun = Instant::now();
        loop {
            let (_, view) = box_office::schedule(&house, schedule).await.expect("is there");
            if view.schedule.drawn_at.is_some() && view.schedule.unnumbered == 0 {
                break;
            }
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        let numbered = begun.elapsed();
        let mut times = vec![];
        for charges in charging {
            times.extend(charges.await.expect("charges"));
        }
        sweeping.abort();
        drawing.abort();
        let middle = median(&mut times);
        let at = |share: f64| times[((times.len() - 1) as f64 * share) as usize];
        println!(
            "{:<44} {:.2} s; {} charges in the second after it closes: median {middle:.0} ms, p99 {:.0} ms, worst {:.0} ms",
            format!("a lobby of {LOBBY} is drawn and numbered"),
            numbered.as_secs_f64(),
            times.len(),
            at(0.99),
            at(1.0),
        );
    });
}

/// Charges points again and again until a second after `closes`, when the lobby closes. Returns the milliseconds of each
/// charge that was answered in that second.
async fn charge(house: Arc<House>, fan: encore::domain::UserId, closes: Timestamp) -> Vec<f64> {
    let mut times = vec![];
    loop {
        let begun = Instant::now();
        let key = house.clock().random_key();
        box_office::charge(&house, PaymentProvider::Demo, fan, 1, key).await.expect("is charged");
        let now = house.clock().now();
        if now >= closes {
            times.push(begun.elapsed().as_secs_f64() * 1e3);
        }
        if now >= closes.plus_seconds(1) {
            return times;
        }
    }
}
