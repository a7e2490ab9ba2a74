//! `ci`: exactly what CI runs.

use anyhow::Result;

use crate::{check, job::run_all, test};

/// Runs `cargo xtask ci`.
pub(crate) fn run() -> Result<()> {
    let mut jobs = test::preparations();
    jobs.extend(check::jobs());
    jobs.extend(test::tests(Vec::new()));
    run_all("ci", jobs)
}
