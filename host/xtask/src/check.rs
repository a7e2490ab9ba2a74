//! `check`: all that can be said of the code without running it.

use anyhow::Result;

use crate::{
    command::Tool,
    guests,
    job::{Heading, Job, run_all},
    repository::{guests_manifest, root},
    setup, tidy,
};

const DENY_WARNINGS: [&str; 3] = ["--", "--deny", "warnings"];

/// Runs `cargo xtask check`.
pub(crate) fn run() -> Result<()> {
    let mut all = vec![Job::vital("wasm target", |heading| {
        setup::ensure(heading, None)
    })];
    all.extend(jobs());
    run_all("check", all)
}

/// The checks; those of the guests need the wasm target.
pub(crate) fn jobs() -> Vec<Job> {
    vec![
        Job::new("tidy", tidy::check).within_minutes(1),
        Job::new("format", format).within_minutes(1),
        Job::new("lints", lints).within_minutes(8),
        Job::new("lints of guests", lints_of_guests).within_minutes(2),
        Job::new("documentation", documentation).within_minutes(4),
    ]
}

fn format(heading: &Heading) -> Result<()> {
    heading.say("cargo fmt --all --check, host and guests");
    let check = ["fmt", "--all", "--check"];
    Tool::cargo().args(check).dir(&root()).run()?;
    Tool::cargo()
        .args(check)
        .arg("--manifest-path")
        .arg(guests_manifest())
        .run()
}

fn lints(heading: &Heading) -> Result<()> {
    heading.say("cargo clippy --workspace --all-targets");
    Tool::cargo()
        .args(["clippy", "--workspace", "--all-targets"])
        .args(DENY_WARNINGS)
        .dir(&root())
        .run()
}

fn lints_of_guests(heading: &Heading) -> Result<()> {
    heading.say("cargo clippy on guests/");
    guests::cargo("clippy").args(DENY_WARNINGS).run()
}

fn documentation(heading: &Heading) -> Result<()> {
    heading.say("cargo doc --workspace --no-deps");
    Tool::cargo()
        .args(["doc", "--workspace", "--no-deps"])
        .env("RUSTDOCFLAGS", "--deny warnings")
        .dir(&root())
        .run()
}
