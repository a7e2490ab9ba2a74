//! `fuzz`: runs the targets of `tests/fuzz`, which is a workspace of its own for nightly Rust.
//!
//! What a target does is a plain function that `cargo test` runs too, over `corpus/` and `findings/`; this command looks for more. New inputs go to
//! `tests/fuzz/target/corpus`, so that what is checked in stays as small as it is.
//!
//! Time is processor time: beside other work a target gets its share later, and not less of it.

mod tally;

use std::{
    fs,
    path::{Path, PathBuf},
    time::{Duration, Instant},
};

use anyhow::{Context, Result, bail};

use self::tally::Tally;
use crate::{
    command::{Tool, children_time},
    job::{Heading, Job, run_all, seconds},
    repository::{root, shown},
};

/// The targets, and how much of the time each has: most where there is most to be found.
const TARGETS: [(&str, u64); 7] = [
    ("dialog", 4),
    ("values", 4),
    ("control", 3),
    ("frame", 2),
    ("command-line", 2),
    ("handshake", 1),
    ("flags", 1),
];

/// What libFuzzer is told: memory far above what small inputs may cost, a time far above what they may take.
const BOUNDS: [&str; 5] = [
    "-rss_limit_mb=2048",
    "-malloc_limit_mb=64",
    "-timeout=20",
    "-max_len=4096",
    "-print_final_stats=1",
];

/// How much longer than its time a round may take: it reads all inputs first, and writes what it found.
const OVERTIME: Duration = Duration::from_secs(600);

/// Runs `cargo xtask fuzz`: one target, or all of them one after another, for `minutes` of processor time in all.
pub(crate) fn run(target: Option<String>, minutes: u64) -> Result<()> {
    let chosen = chosen(target.as_deref())?;
    let weights: u64 = chosen.iter().map(|(_, weight)| weight).sum();
    let mut jobs = vec![Job::vital("tools", tools)];
    jobs.extend(chosen.into_iter().map(|(target, weight)| {
        let time = Duration::from_secs((minutes * 60 * weight / weights).max(1));
        Job::new(target, move |heading| fuzz(heading, target, time))
    }));
    run_all("fuzz", jobs)
}

fn chosen(target: Option<&str>) -> Result<Vec<(&'static str, u64)>> {
    let is_chosen = |name| target.is_none_or(|target| target == name);
    let chosen = TARGETS.into_iter().filter(|(name, _)| is_chosen(*name));
    let chosen: Vec<_> = chosen.collect();
    if chosen.is_empty() {
        let names = TARGETS.map(|(name, _)| name).join(", ");
        bail!("there is no such target; there are: {names}");
    }
    Ok(chosen)
}

/// Says what is missing, and how to get it.
fn tools(heading: &Heading) -> Result<()> {
    let nightly = nightly()
        .args(["rustc", "--version"])
        .text()
        .context("nightly Rust is missing: `rustup toolchain install nightly --profile minimal`")?;
    let fuzz = nightly_cargo()
        .args(["fuzz", "--version"])
        .text()
        .context("cargo-fuzz is missing: `cargo install cargo-fuzz --locked`")?;
    heading.say(format_args!("{}, {}", nightly.trim(), fuzz.trim()));
    Ok(())
}

/// Runs a target in rounds, until it has used `time` of the processor.
fn fuzz(heading: &Heading, target: &'static str, time: Duration) -> Result<()> {
    let found = folder().join("target/corpus").join(target);
    let log = folder().join("target").join(target).with_extension("log");
    for needed in [&found, &artifacts(target)] {
        fs::create_dir_all(needed).with_context(|| format!("cannot make {}", shown(needed)))?;
    }
    heading.say("builds with sanitizers, which takes minutes the first time");
    let program = build(target)?;
    let aim = seconds(time);
    heading.say(format_args!(
        "{aim} of processor time; log: {}",
        shown(&log)
    ));
    let mut tally = Tally::default();
    while let Some(clock) = tally.next_round(time) {
        let (before, begun) = (children_time()?, Instant::now());
        let outcome = round(&program, target, clock).logged(&log, clock + OVERTIME);
        let said = fs::read_to_string(&log).unwrap_or_default();
        tally.add(
            &said,
            children_time()?.saturating_sub(before),
            begun.elapsed(),
        );
        heading.say(&tally);
        outcome.with_context(|| advice(target))?;
    }
    Ok(())
}

/// Builds a target. Gives its program.
fn build(target: &str) -> Result<PathBuf> {
    let built = folder().join("target");
    nightly_cargo()
        .args(["fuzz", "build", "--fuzz-dir"])
        .args([&folder()])
        .arg("--target-dir")
        .args([&built])
        .arg(target)
        .dir(&root())
        .run()?;
    let about = nightly().args(["rustc", "-vV"]).text()?;
    let mut lines = about.lines();
    let machine = lines.find_map(|line| line.strip_prefix("host: "));
    let machine = machine.context("`rustc -vV` of nightly names no host")?;
    Ok(built.join(machine).join("release").join(target))
}

/// One run of the fuzzer, which ends by itself after `clock`. It writes to the first folder of inputs only.
fn round(program: &Path, target: &str, clock: Duration) -> Tool {
    let found = folder().join("target/corpus").join(target);
    let kept = ["corpus", "findings"].map(|kind| folder().join(kind).join(target));
    let artifacts = artifacts(target);
    Tool::new(program)
        .arg(&found)
        .args(kept.iter().filter(|folder| folder.is_dir()))
        .arg(format!("-max_total_time={}", clock.as_secs().max(1)))
        .arg(format!("-artifact_prefix={}/", artifacts.display()))
        .args(BOUNDS)
        .env("ASAN_OPTIONS", "detect_odr_violation=0")
        .dir(&root())
}

fn advice(target: &str) -> String {
    format!(
        "the input is in tests/fuzz/artifacts/{target}: mend what it shows, and keep it as tests/fuzz/findings/{target}/WHAT-IT-WAS"
    )
}

fn artifacts(target: &str) -> PathBuf {
    folder().join("artifacts").join(target)
}

fn folder() -> PathBuf {
    root().join("tests/fuzz")
}

fn nightly() -> Tool {
    Tool::new("rustup").args(["run", "nightly"])
}

/// The cargo of the nightly toolchain, with no other's compiler in its environment.
fn nightly_cargo() -> Tool {
    nightly().arg("cargo").without_env("RUSTC")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn target_that_is_not_there_is_told_those_that_are() {
        let error = chosen(Some("nothing")).unwrap_err().to_string();
        assert!(error.contains("dialog, values"), "{error}");
        assert_eq!(chosen(Some("frame")).unwrap(), [("frame", 2)]);
    }

    #[test]
    fn target_has_a_body_and_inputs_that_tests_run() {
        for (target, _) in TARGETS {
            let source = folder().join("targets").join(target).with_extension("rs");
            assert!(source.is_file(), "{}", source.display());
            assert!(folder().join("corpus").join(target).is_dir(), "{target}");
        }
        let sources = fs::read_dir(folder().join("targets")).unwrap().count();
        assert_eq!(sources, TARGETS.len());
    }
}
