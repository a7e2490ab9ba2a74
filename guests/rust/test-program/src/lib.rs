//! What the tests run as a program: the first argument names a scenario, the others are its own. It prints outcomes, one a line, in an order
//! that is the same each time.
//!
//! A scenario starts actors of the component `test-actor` of the bundle, or of its own: those of `peers` and `stream_peers`. The program itself ends well
//! where the scenario has dealt with its failures, and fails as `raise` and `interrupted` say.

mod beyond;
mod closing;
mod contexts;
mod end;
mod hold;
mod links;
mod nested;
mod nurseries;
mod peers;
mod plugins;
mod report;
mod rows_cancellation;
mod rows_races;
mod rows_spread;
mod rows_streams;
mod seed;
mod stream_peers;
mod streams;

use tractor_guest::{ActorSpec, Result, bail, program};

/// The component whose functions the scenarios call.
const ACTOR: &str = "test-actor";

#[program]
async fn run(args: Vec<String>) -> Result<()> {
    let arguments = Arguments(args);
    let scenario = arguments.text(0);
    if nurseries::run(scenario, &arguments).await?
        || nested::run(scenario, &arguments).await?
        || contexts::run(scenario, &arguments).await?
        || streams::run(scenario, &arguments).await?
        || beyond::run(scenario, &arguments).await?
        || closing::run(scenario, &arguments).await?
        || rows_streams::run(scenario).await?
        || rows_spread::run(scenario, &arguments).await?
        || rows_cancellation::run(scenario, &arguments).await?
        || rows_races::run(scenario, &arguments).await?
        || links::run(scenario, &arguments).await?
        || end::run(scenario, &arguments).await?
        || plugins::run(scenario, &arguments).await?
        || hold::run(scenario, &arguments).await?
    {
        return Ok(());
    }
    bail!("there is no scenario `{scenario}`")
}

/// The arguments of the program: the scenario and what it takes.
struct Arguments(Vec<String>);

impl Arguments {
    fn text(&self, index: usize) -> &str {
        self.0.get(index).map_or("", String::as_str)
    }

    fn number(&self, index: usize, default: u32) -> Result<u32> {
        match self.text(index) {
            "" => Ok(default),
            number => Ok(number.parse()?),
        }
    }
}

/// A test actor of that name.
fn actor(name: &str) -> ActorSpec {
    ActorSpec::new(ACTOR).name(name)
}
