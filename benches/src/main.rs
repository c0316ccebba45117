//! Encore beside what it is built on, on the same machine in one run: figures are ratios, paired and interleaved, with a
//! control of each contestant against itself. `docs/PERFORMANCE.md` says what each means and what was measured.

mod holds;
mod load;
mod looks;
mod memory;
mod pairs;
mod party;
mod scale;
mod stage;

use clap::Parser;

/// As the program has.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// Measures Encore beside what it is built on.
#[derive(Parser)]
struct Cli {
    /// Which: all, or one or more of place, state, page, holds, latency, scale, waiting, streams, party.
    #[arg(default_value = "all")]
    which: Vec<String>,
    /// Pairs of runs of each.
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
    ] {
        if wanted(name) {
            bench(cli.pairs.max(2));
        }
    }
}
