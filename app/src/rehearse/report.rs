//! What is counted during a rehearsal, and the report at the end of it.

use super::RehearsalPlan;
use super::stage::Usage;
use encore::house::InvariantCheck;
use serde::Serialize;
use std::collections::{BTreeMap, HashMap};
use std::fmt;
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::time::Instant;

/// The kinds of requests that a fan sends.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Step {
    Join,
    Look,
    Map,
    Hold,
    Pay,
    Ticket,
    Leave,
}

/// The counters of a rehearsal, shared by all fans.
#[derive(Debug, Default)]
pub struct Counters {
    came: AtomicUsize,
    went: AtomicUsize,
    admitted: AtomicUsize,
    paid: AtomicUsize,
    tally: Mutex<Tally>,
}

#[derive(Debug, Default)]
struct Tally {
    /// How long each request took whose answer had a status below 500.
    took: BTreeMap<Step, Vec<Duration>>,
    refusals: BTreeMap<String, usize>,
    errors: BTreeMap<String, usize>,
    defects: BTreeMap<String, usize>,
    /// How many times each seat was read back as bought.
    seats: HashMap<i64, usize>,
    /// The time from the opening to the last ticket that was read back.
    last_paid: Option<Duration>,
}

impl Counters {
    fn tally(&self) -> MutexGuard<'_, Tally> {
        self.tally.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub fn came(&self) {
        self.came.fetch_add(1, Relaxed);
    }

    pub fn went(&self) {
        self.went.fetch_add(1, Relaxed);
    }

    pub fn admitted(&self) {
        self.admitted.fetch_add(1, Relaxed);
    }

    /// Counts a fan who has paid and read the tickets back.
    pub fn paid(&self, opening: Instant) {
        self.paid.fetch_add(1, Relaxed);
        self.tally().last_paid = Some(Instant::now().saturating_duration_since(opening));
    }

    /// Records seats that a fan has read back as bought. It is a defect if another fan has done so too.
    pub fn sold(&self, seats: &[i64]) {
        for &seat in seats {
            let times = {
                let mut tally = self.tally();
                let times = tally.seats.entry(seat).or_default();
                *times += 1;
                *times
            };
            if times > 1 {
                self.defect(&format!("seat {seat} was sold {times} times"));
            }
        }
    }

    pub fn took(&self, step: Step, time: Duration) {
        self.tally().took.entry(step).or_default().push(time);
    }

    /// Counts a refusal, which is an expected answer, or a fan's own decision to stop.
    pub fn refused(&self, code: &str) {
        *self.tally().refusals.entry(code.to_owned()).or_default() += 1;
    }

    /// Counts an error: an answer that the server should never give, a connection that broke, or a fan's task that
    /// panicked.
    pub fn error(&self, what: &str) {
        *self.tally().errors.entry(what.to_owned()).or_default() += 1;
    }

    /// Counts a defect: a promise of the server that was broken.
    pub fn defect(&self, what: &str) {
        *self.tally().defects.entry(what.to_owned()).or_default() += 1;
    }

    /// The current counts in one line, for the display of progress.
    pub fn line(&self, opening: Instant) -> String {
        let now = Instant::now();
        let time = if now < opening {
            format!("opens in {} s", (opening - now).as_secs() + 1)
        } else {
            format!("{} s", (now - opening).as_secs())
        };
        let count = |number: &AtomicUsize| number.load(Relaxed);
        let here = count(&self.came) - count(&self.went);
        let tally = self.tally();
        format!(
            "{time}: {} came, {here} here, {} admitted, {} paid, {} seats sold, {} errors",
            count(&self.came),
            count(&self.admitted),
            count(&self.paid),
            tally.seats.len(),
            tally.errors.values().sum::<usize>(),
        )
    }
}

/// The result of a rehearsal.
#[derive(Debug, Serialize)]
pub struct Report {
    pub fans: usize,
    pub admitted: usize,
    /// How many fans paid and read their tickets back as paid.
    pub paid_journeys: usize,
    pub seats_sold: usize,
    /// The time from the opening to the last ticket, or to the end if there is none.
    pub seconds: f64,
    pub paid_journeys_a_second: f64,
    /// Paid journeys for each second of CPU time that the server used. `None` if the server's process is not known.
    pub paid_journeys_a_cpu_second: Option<f64>,
    pub server_cpu_seconds: Option<f64>,
    pub player_cpu_seconds: Option<f64>,
    /// The peak resident memory of the server's process, in bytes.
    pub server_peak_bytes: Option<u64>,
    pub cores: usize,
    pub steps: BTreeMap<Step, Latency>,
    pub refusals: BTreeMap<String, usize>,
    pub errors: BTreeMap<String, usize>,
    pub defects: BTreeMap<String, usize>,
    /// Fans who had not finished when the rehearsal ended.
    pub still_there: usize,
    pub invariants: usize,
    pub broken_invariants: Vec<&'static str>,
    /// How many fans may be admitted per minute so that half of the machine's CPU time stays free. `None` if the
    /// server's process is not known, or if nobody was admitted.
    pub safe_admissions_a_minute: Option<u64>,
}

/// How long the requests of one step took: their number, and percentiles in milliseconds.
#[derive(Debug, Serialize)]
pub struct Latency {
    pub count: usize,
    pub p50_ms: f64,
    pub p95_ms: f64,
    pub p99_ms: f64,
}

impl Latency {
    fn of(times: &mut [Duration]) -> Self {
        times.sort_unstable();
        let at = |percent: usize| {
            let index = (times.len() * percent).div_ceil(100).saturating_sub(1);
            times.get(index).map_or(0.0, |time| time.as_secs_f64() * 1000.0)
        };
        Self { count: times.len(), p50_ms: at(50), p95_ms: at(95), p99_ms: at(99) }
    }
}

/// The share of the machine's CPU time that admitted fans may use. The rest is a reserve for visitors who only look,
/// and for the unexpected.
const SAFE_SHARE: f64 = 0.5;

impl Report {
    pub(super) fn of(
        plan: &RehearsalPlan,
        counters: &Counters,
        opening: Instant,
        usage: Usage,
        check: Vec<InvariantCheck>,
        still_there: usize,
    ) -> Self {
        let mut tally = counters.tally();
        let paid_journeys = counters.paid.load(Relaxed);
        let admitted = counters.admitted.load(Relaxed);
        let seconds =
            tally.last_paid.unwrap_or_else(|| Instant::now().saturating_duration_since(opening)).as_secs_f64();
        let cores = std::thread::available_parallelism().map_or(1, usize::from);
        let cpu = usage.server.map(|server| server.cpu_seconds).filter(|seconds| *seconds > 0.0);
        Self {
            fans: plan.fans,
            admitted,
            paid_journeys,
            seats_sold: tally.seats.len(),
            seconds,
            paid_journeys_a_second: paid_journeys as f64 / seconds.max(0.001),
            paid_journeys_a_cpu_second: cpu.map(|seconds| paid_journeys as f64 / seconds),
            server_cpu_seconds: cpu,
            player_cpu_seconds: usage.player.map(|player| player.cpu_seconds),
            server_peak_bytes: usage.server.map(|server| server.peak_bytes),
            cores,
            steps: tally.took.iter_mut().map(|(step, times)| (*step, Latency::of(times))).collect(),
            refusals: tally.refusals.clone(),
            errors: tally.errors.clone(),
            defects: tally.defects.clone(),
            still_there,
            invariants: check.len(),
            broken_invariants: check.iter().filter(|check| check.broken > 0).map(|check| check.invariant).collect(),
            safe_admissions_a_minute: cpu.filter(|_| admitted > 0).map(|seconds| {
                let a_fan = seconds / admitted as f64;
                (60.0 * cores as f64 * SAFE_SHARE / a_fan) as u64
            }),
        }
    }

    /// True if every promise was kept: no error, no defect, no broken invariant, no fan still there at the end, and at
    /// least one ticket paid.
    pub fn is_good(&self) -> bool {
        self.errors.is_empty()
            && self.defects.is_empty()
            && self.broken_invariants.is_empty()
            && self.still_there == 0
            && self.paid_journeys > 0
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(
            f,
            "{} of {} fans were admitted; {} paid for {} seats",
            self.admitted, self.fans, self.paid_journeys, self.seats_sold
        )?;
        writeln!(f, "paid journeys: {:.0} a second over {:.1} s", self.paid_journeys_a_second, self.seconds)?;
        if let (Some(a_cpu_second), Some(cpu)) = (self.paid_journeys_a_cpu_second, self.server_cpu_seconds) {
            writeln!(
                f,
                "               {a_cpu_second:.0} per second of the server's CPU time, of which it used {cpu:.2} s"
            )?;
        }
        if let (Some(player), Some(bytes)) = (self.player_cpu_seconds, self.server_peak_bytes) {
            writeln!(
                f,
                "the simulated fans used {player:.2} s of CPU time; the server's memory peaked at {:.0} MB",
                bytes as f64 / 1e6
            )?;
        }
        writeln!(f, "{:<8} {:>8} {:>10} {:>10} {:>10}", "step", "count", "p50 ms", "p95 ms", "p99 ms")?;
        for (step, Latency { count, p50_ms, p95_ms, p99_ms }) in &self.steps {
            writeln!(
                f,
                "{:<8} {count:>8} {p50_ms:>10.1} {p95_ms:>10.1} {p99_ms:>10.1}",
                format!("{step:?}").to_lowercase()
            )?;
        }
        for (what, counts) in [("refused", &self.refusals), ("ERROR", &self.errors), ("DEFECT", &self.defects)] {
            for (code, count) in counts {
                writeln!(f, "{what}: {code}: {count}")?;
            }
        }
        if self.still_there > 0 {
            writeln!(f, "ERROR: {} fans were still there at the end", self.still_there)?;
        }
        for invariant in &self.broken_invariants {
            writeln!(f, "BROKEN: {invariant}")?;
        }
        writeln!(f, "{} of {} invariants hold", self.invariants - self.broken_invariants.len(), self.invariants)?;
        if let Some(a_minute) = self.safe_admissions_a_minute {
            writeln!(
                f,
                "This machine can safely admit about {a_minute} fans a minute: that takes half of its {} cores.",
                self.cores
            )?;
        }
        Ok(())
    }
}
