//! `test`: everything the tests need, and then the tests.

use anyhow::Result;

use crate::{
    command::Tool,
    job::{Heading, Job, run_all},
    language::Language,
    repository::{guests_components, guests_manifest, guests_target, root},
    setup,
};

/// Names the folder of the guests' components to the tests.
pub(crate) const GUESTS: &str = "TRACTOR_GUESTS";

/// Runs `cargo xtask test`.
pub(crate) fn run(arguments: Vec<String>) -> Result<()> {
    let mut jobs = preparations();
    jobs.extend(tests(arguments));
    run_all("test", jobs)
}

/// What must have been done before lints and tests of guests and host make sense.
pub(crate) fn preparations() -> Vec<Job> {
    let mut jobs =
        vec![Job::vital("wasm target", |heading| setup::ensure(heading, None)).within_minutes(2)];
    for language in Language::ALL {
        // The tools of a language are set up by the same job, so that its time is all that the language costs.
        let job = Job::vital(language.guests(), move |heading| {
            if language != Language::Rust {
                language.provide(heading)?;
            }
            language.build(heading)
        });
        jobs.push(job.within_minutes(language.budget_minutes()));
    }
    jobs
}

/// The tests: the SDK's own, which run natively, and with `arguments` those of the host, which run the guests.
pub(crate) fn tests(arguments: Vec<String>) -> [Job; 3] {
    [
        Job::new("tests of network", of_network).within_minutes(3),
        Job::new("tests of guests", of_guests).within_minutes(2),
        Job::new("tests", move |heading| of_host(heading, arguments)).within_minutes(25),
    ]
}

fn of_guests(heading: &Heading) -> Result<()> {
    heading.say("cargo test in guests/");
    Tool::cargo()
        .args(["test", "--quiet", "--manifest-path"])
        .arg(guests_manifest())
        // The SDK's alone: programs for WebAssembly are tested by being run.
        .args([
            "--package",
            "tractor-guest",
            "--package",
            "tractor-guest-macros",
        ])
        .arg("--target-dir")
        .arg(guests_target())
        .run()
}

/// The transports that link cryptography, which nothing of the host does yet: so they are built apart.
fn of_network(heading: &Heading) -> Result<()> {
    heading.say("cargo test -p tractor-transport --features network");
    Tool::cargo()
        .args(["test", "--package", "tractor-transport"])
        .args(["--features", "network"])
        .dir(&root())
        .run()
}

fn of_host(heading: &Heading, arguments: Vec<String>) -> Result<()> {
    heading.say("cargo test --workspace");
    Tool::cargo()
        .args(["test", "--workspace"])
        .args(arguments)
        .env(GUESTS, guests_components())
        .dir(&root())
        .run()
}
