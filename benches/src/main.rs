//! Benchmarks that compare Encore with what it is built on, on the same machine and in one run. Most figures are ratios
//! of paired, interleaved runs, with a control: the ratio of two runs of Encore. `docs/PERFORMANCE.md` says what each
//! figure means and what was measured.

mod holds;
mod load;
mod lobby;
mod looks;
mod memory;
mod pairs;
mod party;
mod scale;
mod stage;

use clap::Parser;

/// The same allocator as the program uses.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// Compares Encore with what it is built on.
#[derive(Parser)]
struct Cli {
    /// What to measure: all, or one or more of place, state, page, holds, latency, scale, waiting, streams, party,
    /// lobby.
    #[arg(default_value = "all")]
    which: Vec<String>,
    /// Pairs of runs for each measurement, at least 2.
    #[arg(long, default_value_t = 7)]
    pairs: usize,
}

fn main() {
    if memory::measure_if_asked() {
        return;
    }
    let cli = Cli::parse();
    let wanted = |name: &str| cli.which.iter().any(|which| which == "all" || which == name);
    println!("{:<44} {:>8} {:>17} {:>8} {:>17}", "what", "ratio", "lowest-highest", "control", "lowest-highest");
    for (name, bench) in [
        ("place", looks::place as fn(usize)),
        ("state", looks::state),
        ("page", looks::page),
        ("holds", holds::holds),
        ("latency", holds::latency),
        ("scale", scale::scale),
        ("waiting", memory::waiting),
        ("streams", memory::streams),
        ("party", party::party),
        ("lobby", lobby::lobby),
    ] {
        if wanted(name) {
            bench(cli.pairs.max(2));
        }
    }
}
