//! `fuzz`: runs the targets of `tests/fuzz`, which is a workspace of its own for nightly Rust.
//!
//! What a target does is a plain function that `cargo test` runs too, over `corpus/` and `findings/`; this command looks for more. New inputs go to
//! `tests/fuzz/target/corpus`, so that what is checked in stays as small as it is.

use std::{fs, path::PathBuf};

use anyhow::{Context, Result, bail};

use crate::{
    command::Tool,
    job::{Heading, Job, run_all},
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
const BOUNDS: [&str; 4] = [
    "-rss_limit_mb=2048",
    "-malloc_limit_mb=64",
    "-timeout=20",
    "-max_len=4096",
];

/// Runs `cargo xtask fuzz`: one target, or all of them one after another, for `minutes` in all.
pub(crate) fn run(target: Option<String>, minutes: u64) -> Result<()> {
    let chosen = chosen(target.as_deref())?;
    let weights: u64 = chosen.iter().map(|(_, weight)| weight).sum();
    let mut jobs = vec![Job::vital("tools", tools)];
    jobs.extend(chosen.into_iter().map(|(target, weight)| {
        let seconds = (minutes * 60 * weight / weights).max(1);
        Job::new(target, move |heading| fuzz(heading, target, seconds))
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

fn fuzz(heading: &Heading, target: &'static str, seconds: u64) -> Result<()> {
    let folder = folder();
    let found = folder.join("target/corpus").join(target);
    fs::create_dir_all(&found).with_context(|| format!("cannot make {}", shown(&found)))?;
    heading.say(format_args!(
        "{seconds} s of fuzzing (the first time takes minutes: it builds with sanitizers)"
    ));
    let kept = ["corpus", "findings"].map(|kind| folder.join(kind).join(target));
    nightly_cargo()
        .args(["fuzz", "run", "--fuzz-dir"])
        .args([&folder])
        .arg(target)
        .arg(&found)
        .args(kept.iter().filter(|folder| folder.is_dir()))
        .arg("--")
        .arg(format!("-max_total_time={seconds}"))
        .args(BOUNDS)
        .dir(&root())
        .run()
        .with_context(|| advice(target))
}

fn advice(target: &str) -> String {
    format!(
        "the input is in tests/fuzz/artifacts/{target}: mend what it shows, and keep it as tests/fuzz/findings/{target}/WHAT-IT-WAS"
    )
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
