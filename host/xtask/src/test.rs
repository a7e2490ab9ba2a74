//! `test`: everything the tests need, and then the tests.

use anyhow::Result;

use crate::{
    command::Tool,
    guests,
    job::{Heading, Job, run_all},
    repository::{guests_components, root},
    setup,
};

/// Names the folder of the guests' components to the tests.
const GUESTS: &str = "TRACTOR_GUESTS";

/// Runs `cargo xtask test`.
pub(crate) fn run(arguments: Vec<String>) -> Result<()> {
    let mut jobs = preparations();
    jobs.push(Job::new("tests", move |heading| tests(heading, arguments)));
    run_all("test", jobs)
}

/// What must have been done before lints and tests of guests and host make sense.
pub(crate) fn preparations() -> Vec<Job> {
    vec![
        Job::vital("wasm target", |heading| setup::ensure(heading, None)),
        Job::vital("guests", guests::build),
    ]
}

/// Runs `cargo test` with `arguments` on the whole workspace.
pub(crate) fn tests(heading: &Heading, arguments: Vec<String>) -> Result<()> {
    heading.say("cargo test --workspace");
    Tool::cargo()
        .args(["test", "--workspace"])
        .args(arguments)
        .env(GUESTS, guests_components())
        .dir(&root())
        .run()
}
