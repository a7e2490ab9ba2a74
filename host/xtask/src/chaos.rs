//! `chaos` and `teardown`: the real program under faults, and how long its trees take to go down. Both run `tests/chaos`.

use anyhow::Result;

use crate::{
    command::Tool,
    guests,
    job::Heading,
    repository::{guests_components, root},
    setup,
    test::GUESTS,
};

/// What of `tests/chaos` is run.
#[derive(Clone, Copy)]
pub(crate) enum Part {
    /// Rounds of faults.
    Chaos,
    /// Measurements.
    Teardown,
}

impl Part {
    fn name(self) -> &'static str {
        match self {
            Self::Chaos => "chaos",
            Self::Teardown => "teardown",
        }
    }
}

/// Provides what is needed, and runs a part with `arguments`.
pub(crate) fn run(part: Part, arguments: Vec<String>) -> Result<()> {
    setup::ensure(&step(1, "wasm target"), None)?;
    guests::build(&step(2, "guests"))?;
    step(3, part.name()).say("cargo test --test chaos");
    Tool::cargo()
        .args(["test", "--quiet", "--test", "chaos", "--", part.name()])
        .args(arguments)
        .env(GUESTS, guests_components())
        .dir(&root())
        .run()
}

fn step(number: usize, name: &str) -> Heading {
    Heading::numbered(number, 3, name)
}
