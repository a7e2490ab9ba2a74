//! `bench`: the figures of the project, each beside the limit of the machine it was measured on.
//!
//! The benchmark itself, `host/benches/figures`, measures and writes JSON. Here that is compared with earlier figures and drawn, which takes no engine.
//! What smoke tests write has a name of its own, so that it never takes the place of figures.

mod axis;
mod chart;
mod compare;
mod figures;
#[path = "../../../benches/figures/report/sample.rs"]
mod sample;
mod svg;

use std::{
    env, fs,
    path::{Path, PathBuf},
};

use anyhow::{Context, Result};
use clap::Args;

use self::figures::Figures;
use crate::{
    command::Tool,
    guests,
    job::Heading,
    repository::{guests_components, root, shown},
    say, setup,
    test::GUESTS,
};

/// What is measured, and what is done with it.
#[derive(Args, Default)]
pub(crate) struct Arguments {
    /// How often everything is measured [default: 5].
    #[arg(long, value_name = "N")]
    runs: Option<usize>,
    /// Everything once, quickly, in the profile of the tests: whether it works, not how fast.
    #[arg(long)]
    smoke: bool,
    /// What each language costs, on the components of the conformance suite.
    #[arg(long)]
    lang: bool,
    /// Tells what is otherwise than in these figures, the JSON of an earlier run.
    #[arg(long, value_name = "FILE")]
    against: Option<PathBuf>,
    /// Draws the chart into this file too.
    #[arg(long, value_name = "FILE")]
    chart: Option<PathBuf>,
    /// Takes these figures, the JSON of an earlier run, and measures nothing.
    #[arg(long, value_name = "FILE", conflicts_with_all = ["runs", "smoke", "lang", "words"])]
    figures: Option<PathBuf>,
    /// Only groups whose name holds one of these words: spawn, call, stream, many, memory, startup, peers, lang.
    words: Vec<String>,
}

/// Runs `cargo xtask bench`.
pub(crate) fn run(arguments: &Arguments) -> Result<()> {
    // A file that is not what it should be is told of before minutes are spent.
    let against = arguments.against.as_deref().map(Figures::read);
    let against = against.transpose()?;
    let figures = match &arguments.figures {
        Some(file) => Figures::read(file)?,
        None => measure(arguments)?,
    };
    if let Some(file) = &arguments.chart {
        draw(&figures, file)?;
    }
    if let Some(earlier) = &against {
        compare::lines(earlier, &figures).iter().for_each(say::line);
    }
    Ok(())
}

/// Everything once, quickly: what CI runs when tests have been built.
pub(crate) fn smoke(heading: &Heading) -> Result<()> {
    let arguments = Arguments {
        smoke: true,
        ..Arguments::default()
    };
    figures(heading, &arguments).map(drop)
}

fn measure(arguments: &Arguments) -> Result<Figures> {
    setup::ensure(&step(1, "wasm target"), None)?;
    guests::build(&step(2, "guests"))?;
    if arguments.lang {
        guests::run(None)?;
    }
    figures(&step(3, "figures"), arguments)
}

/// Runs the benchmark, and draws what it wrote.
fn figures(heading: &Heading, arguments: &Arguments) -> Result<Figures> {
    // The tests' profile for what need not be fast: nobody waits for an engine to be compiled once more.
    let cargo: &[&str] = match arguments.smoke {
        true => &["test", "--quiet", "--workspace"],
        false => &["bench"],
    };
    heading.say(match arguments.smoke {
        true => "cargo test --workspace --bench figures",
        false => "cargo bench (the first time takes minutes: it compiles the engine)",
    });
    Tool::cargo()
        .args(cargo)
        .args(["--bench", "figures", "--"])
        .args(arguments.of_benchmark())
        .env(GUESTS, guests_components())
        .dir(&root())
        .run()?;
    let name = if arguments.smoke { "smoke" } else { "figures" };
    let file = target().join("bench").join(name).with_extension("json");
    let figures = Figures::read_any(&file)?;
    draw(&figures, &file.with_extension("svg"))?;
    Ok(figures)
}

impl Arguments {
    fn of_benchmark(&self) -> Vec<String> {
        let mut arguments = Vec::new();
        if let Some(runs) = self.runs {
            arguments.extend(["--runs".to_owned(), runs.to_string()]);
        }
        arguments.extend(self.smoke.then(|| "--smoke".to_owned()));
        arguments.extend(self.lang.then(|| "--lang".to_owned()));
        arguments.extend(self.words.iter().cloned());
        arguments
    }
}

fn draw(figures: &Figures, file: &Path) -> Result<()> {
    let text = chart::svg(figures);
    fs::write(file, text).with_context(|| format!("cannot write {}", file.display()))?;
    say::line(format_args!("drawn to {}", shown(file)));
    Ok(())
}

/// Where the benchmark writes.
fn target() -> PathBuf {
    env::var_os("CARGO_TARGET_DIR").map_or_else(|| root().join("target"), PathBuf::from)
}

fn step(number: usize, name: &str) -> Heading {
    Heading::numbered(number, 3, name)
}
