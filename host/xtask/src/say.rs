//! Everything that xtask prints of its own: progress on stdout, errors on stderr.
#![expect(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "the one home of printing in this program"
)]

use std::fmt::Display;

/// Prints one line.
pub(crate) fn line(text: impl Display) {
    println!("{text}");
}

/// Prints a line that belongs to the one above it.
pub(crate) fn detail(text: impl Display) {
    println!("      {text}");
}

/// Prints an error with all its causes.
pub(crate) fn error(error: &anyhow::Error) {
    eprintln!("error: {error:#}");
}
