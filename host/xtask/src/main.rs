//! Developer entry points: `cargo xtask <command>`, from any folder of the repository but `guests/`, whose
//! workspace does not know it.
//!
//! One file per command; [`setup`] and [`tidy`] are folders. What every one of them shares:
//! * `command` is the one place that starts processes, and each of those is waited for;
//! * `say` is the one place that prints;
//! * a command that needs the wasm target or the guests provides them itself.
//!
//! It is the first thing a newcomer compiles, so it links nothing of the host.

mod bench;
mod cache;
mod chaos;
mod check;
mod ci;
mod command;
mod demo;
mod doctor;
mod fuzz;
mod guests;
mod job;
mod language;
mod repository;
mod say;
mod setup;
mod simulate;
mod test;
mod tidy;

use std::{path::PathBuf, process::ExitCode};

use clap::{Parser, Subcommand};

use self::language::Language;

#[derive(Parser)]
#[command(name = "cargo xtask", about = "Developer entry points of tractor-host")]
struct Arguments {
    #[command(subcommand)]
    task: Task,
}

#[derive(Subcommand)]
enum Task {
    /// Provides what guests are built with: the wasm32-wasip2 target for the active Rust, whichever way works, and the tools of the other languages.
    Setup {
        /// Only what this language needs.
        #[arg(long, value_enum, value_name = "LANGUAGE")]
        lang: Option<Language>,
        /// A prepared archive (.tar.xz that holds `wasm32-wasip2/`) to take it from, and from nowhere else.
        /// The variable TRACTOR_WASM_TARGET says the same.
        #[arg(long, value_name = "FILE")]
        from: Option<PathBuf>,
    },
    /// Says what is there to build guests with, what is missing, and how to get it.
    Doctor {
        /// Only for this language.
        #[arg(long, value_enum, value_name = "LANGUAGE")]
        lang: Option<Language>,
    },
    /// Sets up, and builds the guest components.
    Guests {
        /// Only those in this language.
        #[arg(long, value_enum, value_name = "LANGUAGE")]
        lang: Option<Language>,
    },
    /// Sets up, builds everything, and runs a small tree of actors.
    Demo,
    /// Sets up, builds the guests, and runs every test.
    Test {
        /// For `cargo test`: `cargo xtask test -- -p tractor-runtime tree::`.
        #[arg(last = true)]
        arguments: Vec<String>,
    },
    /// Sets up, builds the guests, and measures in release: each figure beside what the machine itself takes.
    Bench(bench::Arguments),
    /// Sets up, builds the guests, and runs the real program again and again while its processes are killed, frozen and cut off.
    Chaos {
        /// `--minutes N`, `--kills N` (whichever comes first), `--seed S`; `--round R` runs that round of the seed alone.
        #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
        arguments: Vec<String>,
    },
    /// Sets up, builds the guests, and measures how long trees take to go down over what they were asked.
    Teardown {
        /// `--trees N`, `--seed S`.
        #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
        arguments: Vec<String>,
    },
    /// Runs whole trees of supervisor, workers, links and programs in virtual time, under faults, and looks for what contradicts the laws.
    Simulate {
        /// `--seeds N`, `--from S`, `--jobs J`, `--world whole|tree`; `--trace` prints what happens.
        #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
        arguments: Vec<String>,
    },
    /// Looks for inputs that break what strangers can reach: frames, dialogs, the tree, values, calls. Needs nightly Rust and cargo-fuzz.
    Fuzz {
        /// One of tests/fuzz/targets, and not all of them.
        #[arg(long)]
        target: Option<String>,
        /// For so long in all, of processor time.
        #[arg(long, default_value_t = 10)]
        minutes: u64,
    },
    /// Format, house rules, lints, documentation: all but the tests.
    Check,
    /// The rules of the house that no other tool checks.
    Tidy,
    /// What CI runs: check and test.
    Ci,
}

fn main() -> ExitCode {
    let outcome = match Arguments::parse().task {
        Task::Setup { lang, from } => setup::run(lang, from),
        Task::Doctor { lang } => doctor::run(lang),
        Task::Guests { lang } => guests::run(lang),
        Task::Demo => demo::run(),
        Task::Test { arguments } => test::run(arguments),
        Task::Bench(arguments) => bench::run(&arguments),
        Task::Chaos { arguments } => chaos::run(chaos::Part::Chaos, arguments),
        Task::Teardown { arguments } => chaos::run(chaos::Part::Teardown, arguments),
        Task::Simulate { arguments } => simulate::run(arguments),
        Task::Fuzz { target, minutes } => fuzz::run(target, minutes),
        Task::Check => check::run(),
        Task::Tidy => tidy::run(),
        Task::Ci => ci::run(),
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            say::error(&error);
            ExitCode::FAILURE
        }
    }
}
