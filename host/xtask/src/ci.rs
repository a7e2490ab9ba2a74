//! `ci`: exactly what CI runs.

use anyhow::Result;

use crate::{
    bench, check,
    job::{Job, run_all},
    test,
};

/// Runs `cargo xtask ci`.
pub(crate) fn run() -> Result<()> {
    let mut jobs = test::preparations();
    jobs.extend(check::jobs());
    jobs.extend(test::tests(Vec::new()));
    jobs.push(Job::new("smoke of the figures", bench::smoke).within_minutes(5));
    run_all("ci", jobs)
}
