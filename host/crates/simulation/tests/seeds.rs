//! So many seeds of each world as fit in a test. More: `cargo xtask simulate`.

use tractor_simulation::{Coverage, Report, World, run};

/// How many seeds of each world the normal tests try.
const SEEDS: u64 = 2000;

fn explain(world: World, seed: u64) -> String {
    let report = run(world, seed, true);
    let tail = report.trace.len().saturating_sub(60);
    format!(
        "{world:?}, seed {seed}: {}\nthe trace ends so:\n{}",
        report.wrong.join("; "),
        report.trace[tail..].join("\n")
    )
}

/// Runs them all. Each kind of thing must have happened so often; the rarest of whole trees are a few of ten thousand.
fn try_seeds(world: World, least: u64) {
    let mut seen = Coverage::default();
    for seed in 0..SEEDS {
        let Report {
            wrong, seen: new, ..
        } = run(world, seed, false);
        assert!(wrong.is_empty(), "{}", explain(world, seed));
        seen.add(&new);
    }
    let missing = seen.missing(world, least);
    assert!(missing.is_empty(), "hardly any of {missing:?} in\n{seen}");
}

#[test]
fn tree_of_misbehaving_workers_keeps_its_laws() {
    try_seeds(World::Tree, 20);
}

#[test]
fn whole_trees_under_faults_keep_their_laws() {
    try_seeds(World::Whole, 1);
}

#[test]
fn same_seed_does_the_same() {
    for world in [World::Tree, World::Whole] {
        for seed in 0..20 {
            assert_eq!(run(world, seed, true).trace, run(world, seed, true).trace);
        }
    }
}
