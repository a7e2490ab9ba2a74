//! Writing for people: nobody need listen, and nothing panics if nobody does.

use super::exit::Exit;
use std::io::Write;

/// Writes `text` to stdout.
pub(crate) fn print(text: &str) -> Result<(), Exit> {
    let mut stdout = std::io::stdout().lock();
    let written = stdout
        .write_all(text.as_bytes())
        .and_then(|()| stdout.flush());
    written.map_err(|error| Exit::of_output(&error))
}

/// Writes lines to stderr, at once, so that they are not mixed with those of others.
pub(crate) fn complain(text: &str) {
    // Who closed stderr wants to hear nothing.
    let _ = std::io::stderr().write_all(format!("{text}\n").as_bytes());
}
