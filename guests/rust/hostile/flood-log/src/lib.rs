//! Writes without end.

use std::io::Write;
use tractor_guest::{export, log};

/// So many lines of the log.
#[export]
fn log(lines: u32) {
    for number in 0..lines {
        log::warn!("line {number} of a flood");
    }
}

/// So many lines to standard output.
#[export]
fn print(lines: u32) {
    for number in 0..lines {
        println!("line {number} of a flood");
    }
}

/// So many lines to standard error.
#[export]
fn print_error(lines: u32) {
    for number in 0..lines {
        eprintln!("line {number} of a flood");
    }
}

/// So many bytes to standard output, without a newline.
#[export]
fn print_bytes(bytes: u64) {
    let mut out = std::io::stdout();
    let block = [b'x'; 4096];
    for _ in 0..bytes / 4096 {
        // Nobody may read it any more.
        let _ = out.write_all(&block);
    }
    let _ = out.flush();
}

/// One line of the log, of so many bytes.
#[export]
fn long_line(bytes: u32) {
    log::warn!("{}", "x".repeat(bytes as usize));
}
