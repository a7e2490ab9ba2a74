//! One suite for all languages: the same scenarios between any two of them, in real processes.
//!
//! Each language has one component with two sides, the peer and the driver (`wit/world.wit`). A test is an ordered pair of languages: for each scenario it
//! starts the driver of the one against peers of the other, and sees that the scenario passes and nothing is left. What each scenario is stands in
//! `SCENARIOS.md`, what a toolchain cannot do in `cannot`, what passes in `guests/CONFORMANCE.md`; `table` holds these together.

#[path = "../support/mod.rs"]
#[expect(
    dead_code,
    unused_imports,
    reason = "it is made for all test binaries, and this one runs scenarios of its own"
)]
mod support;

mod bundle;
mod cannot;
mod scenarios;
mod table;

use cannot::cannot;
use scenarios::SCENARIOS;
use std::fmt::Write;
use support::tree::in_tree_of;
use tractor_host::{ActorSpec, Error, Names, Tree};
use tractor_wasm::Prepared;

/// Makes the list of languages, and a test for each ordered pair.
macro_rules! languages {
    ($($language:ident in $calls:ident),* $(,)?) => {
        /// Those that have a component, by the names of these.
        const LANGUAGES: &[&str] = &[$(stringify!($language)),*];

        languages!(@each [$($calls from $language)*] [$($language)*]);
    };
    (@each [$($calls:ident from $driver:ident)*] $peers:tt) => {
        $(languages!(@pairs $calls from $driver, $peers);)*
    };
    (@pairs $calls:ident from $driver:ident, [$($peer:ident)*]) => {
        mod $calls {
            $(
                #[test]
                fn $peer() {
                    super::pair(stringify!($driver), stringify!($peer));
                }
            )*
        }
    };
}

// A language whose component there is has a line here.
languages! {
    rust in rust_calls,
    python in python_calls,
    js in js_calls,
    c in c_calls,
}

/// Runs all scenarios of a pair; fails with those that did not go as they should.
#[expect(
    clippy::print_stdout,
    reason = "says which scenario runs, to whoever looks at a test that hangs or fails"
)]
fn pair(driver: &str, peer: &str) {
    let component =
        |language| bundle::component(language).unwrap_or_else(|error| panic!("{error}"));
    let pair = ((driver, component(driver)), (peer, component(peer)));
    let mut wrong = String::new();
    for scenario in SCENARIOS {
        println!("{driver} calls {peer}: {}", scenario.name);
        let outcome = run(&pair, scenario.name);
        let line = match (outcome, cannot(driver, peer, scenario.name)) {
            (Ok(()), None) | (Err(_), Some(_)) => continue,
            (Err(error), None) => format!("{}: {error}", scenario.name),
            (Ok(()), Some(known)) => format!(
                "{}: passes, though `cannot` says that it does not: {}",
                scenario.name, known.why
            ),
        };
        writeln!(wrong, "  {line}").expect("a text takes all");
    }
    assert!(wrong.is_empty(), "{driver} calls {peer}:\n{wrong}");
}

/// A driver and a peer: languages and their components.
type Pair<'a> = ((&'a str, Prepared), (&'a str, Prepared));

/// Runs one scenario in a tree of its own, which leaves nothing.
fn run(pair: &Pair<'_>, scenario: &str) -> Result<(), Error> {
    let mut outcome = Ok(());
    let ((driver, own), (peer, other)) = pair;
    let bundle = |builder| bundle::add(builder, (driver, own), (peer, other));
    in_tree_of(bundle, async |tree| {
        outcome = drive(tree, driver, peer, scenario).await;
    });
    outcome
}

async fn drive(tree: &Tree, driver: &str, peer: &str, scenario: &str) -> Result<(), Error> {
    let spec = ActorSpec::new(driver).name("driver").names(Names {
        find: true,
        list: true,
        register: true,
    });
    tree.nursery(async |n| {
        let function = "test:conformance/driver#drive";
        let driver = n.run_in_actor(spec, function, (scenario, peer)).await?;
        driver.output().await
    })
    .await
}
