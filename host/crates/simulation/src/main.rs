//! `cargo xtask simulate`: as many seeds as asked for, and the trace of one that fails.

use clap::Parser;
use std::io::{self, Write};
use std::process::ExitCode;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::Instant;
use tractor_simulation::{Coverage, World, run};

/// Runs whole trees in virtual time, each from a seed, and looks for what contradicts the laws.
#[derive(Parser)]
#[command(name = "cargo xtask simulate", version)]
struct Arguments {
    /// How many seeds
    #[arg(long, default_value_t = 2000)]
    seeds: u64,
    /// The first of them
    #[arg(long, default_value_t = 0)]
    from: u64,
    /// How many at once
    #[arg(long, default_value_t = 1)]
    jobs: u64,
    /// `whole`: supervisor, workers, links and programs under faults; `tree`: the supervisor among workers that misbehave
    #[arg(long, default_value = "whole", value_parser = world)]
    world: World,
    /// Print the trace of each seed
    #[arg(long)]
    trace: bool,
}

fn world(text: &str) -> Result<World, String> {
    match text {
        "whole" => Ok(World::Whole),
        "tree" => Ok(World::Tree),
        _ => Err("there are `whole` and `tree`".to_owned()),
    }
}

/// What the jobs share.
#[derive(Default)]
struct Shared {
    next: AtomicU64,
    found: AtomicBool,
    failed: Mutex<Option<u64>>,
    seen: Mutex<Coverage>,
}

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    let shared = Shared::default();
    let begin = Instant::now();
    std::thread::scope(|scope| {
        for _ in 0..arguments.jobs.max(1) {
            scope.spawn(|| work(&arguments, &shared));
        }
    });
    let time = begin.elapsed().as_secs_f64();
    let failed = shared
        .failed
        .into_inner()
        .unwrap_or_else(PoisonError::into_inner);
    let seen = shared
        .seen
        .into_inner()
        .unwrap_or_else(PoisonError::into_inner);
    let text = match failed {
        Some(seed) => explain(&arguments, seed),
        None => {
            let (seeds, rate) = (arguments.seeds, arguments.seeds as f64 / time);
            format!(
                "{seen}{seeds} seeds from {} in {time:.1} s, {rate:.0} a second: nothing wrong\n",
                arguments.from
            )
        }
    };
    // Whoever does not read needs nothing.
    let _ = io::stdout().write_all(text.as_bytes());
    ExitCode::from(u8::from(failed.is_some()))
}

fn work(arguments: &Arguments, shared: &Shared) {
    let mut seen = Coverage::default();
    while !shared.found.load(Ordering::Relaxed) {
        let index = shared.next.fetch_add(1, Ordering::Relaxed);
        if index >= arguments.seeds {
            break;
        }
        let seed = arguments.from.wrapping_add(index);
        let report = run(arguments.world, seed, arguments.trace);
        if arguments.trace {
            let _ = writeln!(io::stdout(), "{}", report.trace.join("\n"));
        }
        if !report.wrong.is_empty() {
            shared.found.store(true, Ordering::Relaxed);
            let mut failed = shared.failed.lock().unwrap_or_else(PoisonError::into_inner);
            *failed = Some(failed.map_or(seed, |held| held.min(seed)));
        }
        seen.add(&report.seen);
    }
    let mut all = shared.seen.lock().unwrap_or_else(PoisonError::into_inner);
    all.add(&seen);
}

/// What is wrong with a seed, the end of its trace, and how to see it again.
fn explain(arguments: &Arguments, seed: u64) -> String {
    const TAIL: usize = 60;
    let report = run(arguments.world, seed, true);
    let from = report.trace.len().saturating_sub(TAIL);
    let world = match arguments.world {
        World::Whole => "whole",
        World::Tree => "tree",
    };
    format!(
        "{}\n\nseed {seed}: {}\nagain: cargo xtask simulate --world {world} --from {seed} --seeds 1 --trace\n",
        report.trace[from..].join("\n"),
        report.wrong.join("\n  ")
    )
}
