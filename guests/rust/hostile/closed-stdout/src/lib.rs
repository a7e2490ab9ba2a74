//! Closes its standard output and error, and goes on.

use std::io::Write;
use tractor_guest::export;

unsafe extern "C" {
    fn close(descriptor: i32) -> i32;
}

/// Closes all three, and tries to write. Gives whether it was told that it cannot.
#[export]
fn go() -> bool {
    for descriptor in 0..3 {
        // SAFETY: nothing here depends on what is open.
        unsafe { close(descriptor) };
    }
    let mut out = std::io::stdout();
    let written = writeln!(out, "into the void").and_then(|()| out.flush());
    eprintln!("into the void");
    written.is_err()
}

/// Adds.
#[export]
fn add(a: u32, b: u32) -> u32 {
    a + b
}
