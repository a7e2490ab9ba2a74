//! Whole trees of fake workers in virtual time, from seeds.
//!
//! `SEED=n cargo test --test simulate_tree` replays one and shows its trace; `SEEDS=n` tries so many instead of the usual number.

mod simulation;

use simulation::{Report, run};

/// How many seeds the normal test tries.
const SEEDS: u64 = 500;

fn number_from(variable: &str) -> Option<u64> {
    std::env::var(variable).ok()?.parse().ok()
}

fn explain(seed: u64, report: &Report) -> String {
    format!(
        "seed {seed}: {}\nreplay with SEED={seed}; the trace ends so:\n{}",
        report.wrong.join("; "),
        report.trace.join("\n")
    )
}

#[test]
fn tree_of_random_workers_keeps_its_laws() {
    if let Some(seed) = number_from("SEED") {
        let report = run(seed, true);
        // A replay always shows its trace: that is what it is asked for.
        panic!("{}", explain(seed, &report));
    }
    let mut seen = simulation::Coverage::default();
    for seed in 0..number_from("SEEDS").unwrap_or(SEEDS) {
        let report = run(seed, false);
        if !report.wrong.is_empty() {
            let report = run(seed, true);
            let tail = report.trace.len().saturating_sub(60);
            let report = Report {
                trace: report.trace[tail..].to_vec(),
                ..report
            };
            panic!("{}", explain(seed, &report));
        }
        seen.add(&report.seen);
    }
    seen.assert_everything_happened();
}

#[test]
fn tree_given_the_same_seed_does_the_same() {
    assert_eq!(run(7, true).trace, run(7, true).trace);
}
