//! `bench`: the figures of the project, each beside the limit of the machine it was measured on.

use anyhow::Result;

use crate::{
    command::Tool,
    guests,
    job::Heading,
    repository::{guests_components, root},
    setup,
    test::GUESTS,
};

/// Asks for the figures of each language.
const LANGUAGES: &str = "--lang";

/// Runs `cargo xtask bench`: provides what the benchmark needs, and hands it `arguments`.
pub(crate) fn run(arguments: Vec<String>) -> Result<()> {
    setup::ensure(&step(1, "wasm target"), None)?;
    guests::build(&step(2, "guests"))?;
    if arguments.iter().any(|argument| argument == LANGUAGES) {
        guests::run(None)?;
    }
    step(3, "figures").say("cargo bench (the first time takes minutes: it compiles the engine)");
    Tool::cargo()
        .args(["bench", "--bench", "figures", "--"])
        .args(arguments)
        .env(GUESTS, guests_components())
        .dir(&root())
        .run()
}

fn step(number: usize, name: &str) -> Heading {
    Heading::numbered(number, 3, name)
}
