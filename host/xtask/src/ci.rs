//! `ci`: exactly what CI runs.

use anyhow::Result;

use crate::{
    check,
    job::{Job, run_all},
    test,
};

/// Runs `cargo xtask ci`.
pub(crate) fn run() -> Result<()> {
    let mut jobs = test::preparations();
    jobs.extend(check::jobs());
    jobs.push(Job::new("tests", |heading| {
        test::tests(heading, Vec::new())
    }));
    run_all("ci", jobs)
}
