//! The program `tractor-host`: one file for each command, one for the exit codes, and what they share.
//!
//! Commands end in an [`Exit`](exit::Exit): a code, and what to say. Nothing else decides how the program ends. Before a worker is
//! started no more is done than it takes to start it.

mod args;
mod cache;
mod call;
mod component;
mod exit;
#[cfg(test)]
mod fuzz;
mod inspect;
mod links;
mod new;
mod output;
mod run;
mod session;
mod signals;
mod spinner;
mod tree;
mod units;
mod warnings;
mod why;

use args::{Command, CommandLine};
use clap::Parser;
use std::process::ExitCode;

/// Does what the command line says.
pub(crate) fn main() -> ExitCode {
    let line = match CommandLine::try_parse() {
        Ok(line) => line,
        Err(error) => {
            // Help and version go to stdout, and nobody need read them.
            let _ = error.print();
            return ExitCode::from(if error.use_stderr() {
                exit::USAGE
            } else {
                exit::OK
            });
        }
    };
    warnings::Warnings::show();
    let done = match line.command {
        Command::Run(arguments) => run::run(arguments),
        Command::Call(arguments) => call::call(arguments),
        Command::Inspect(arguments) => inspect::inspect(&arguments),
        Command::Tree(arguments) => tree::tree(&arguments),
        Command::Why(arguments) => why::why(&arguments),
        Command::Cache(arguments) => cache::cache(arguments),
        Command::New(arguments) => new::new(&arguments),
    };
    match done {
        Ok(()) => ExitCode::from(exit::OK),
        Err(exit) => exit.end(),
    }
}
