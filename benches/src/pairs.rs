//! Comparing two contestants by running them alternately.

/// Compares `ours` with `theirs` and prints the median of the ratios `ours / theirs`. A contestant returns how much it
/// did a second; more is better.
///
/// Each of the `pairs` comparisons runs ours, theirs and ours again, and divides the mean of our two runs by theirs.
/// The control is the ratio of our two runs to each other: first to second in even comparisons and second to first in
/// odd ones, so that a steady drift of the machine cancels out.
pub fn compare(what: &str, pairs: usize, mut ours: impl FnMut() -> f64, mut theirs: impl FnMut() -> f64) {
    // One run of each only warms the caches.
    ours();
    theirs();
    let (mut ratios, mut controls, mut rates) = (vec![], vec![], vec![]);
    for pair in 0..pairs {
        let (a, b, again) = if pair % 2 == 0 {
            let a = ours();
            let b = theirs();
            (a, b, ours())
        } else {
            let again = ours();
            let b = theirs();
            (ours(), b, again)
        };
        ratios.push((a + again) / 2.0 / b);
        controls.push(a / again);
        rates.push((a, b));
    }
    print(what, &mut ratios, &mut controls);
    let median = |side: fn(&(f64, f64)) -> f64| median(&mut rates.iter().map(side).collect::<Vec<_>>());
    println!("{:<44} {:.0} beside {:.0}", "", median(|rate| rate.0), median(|rate| rate.1));
}

/// Prints a line of the table: median and range of the ratios, median and range of the controls. Sorts both.
pub fn print(what: &str, ratios: &mut [f64], controls: &mut [f64]) {
    let (ratio, control) = (median(ratios), median(controls));
    let range = |of: &[f64]| match (of.first(), of.last()) {
        (Some(lowest), Some(highest)) => format!("{lowest:.2}-{highest:.2}"),
        _ => String::new(),
    };
    println!("{what:<44} {ratio:>8.2} {:>17} {control:>8.2} {:>17}", range(ratios), range(controls));
}

/// Sorts the values and returns their median, or NaN if there are none.
pub fn median(of: &mut [f64]) -> f64 {
    of.sort_by(f64::total_cmp);
    of.get(of.len() / 2).copied().unwrap_or(f64::NAN)
}
