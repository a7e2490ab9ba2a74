//! Gives values and failures that are too large.

use tractor_guest::{Error, Failure, FailureKind, Result, export};

/// A list of so many bytes.
#[export]
fn bytes(count: u32) -> Vec<u8> {
    vec![7; count as usize]
}

/// A text of so many bytes.
#[export]
fn text(count: u32) -> String {
    "x".repeat(count as usize)
}

/// A list of so many texts, which are empty.
#[export]
fn texts(count: u32) -> Vec<String> {
    vec![String::new(); count as usize]
}

/// How many bytes came.
#[export]
fn length(value: Vec<u8>) -> u32 {
    value.len() as u32
}

/// Fails with a message of so many bytes.
#[export]
async fn failure(bytes: u32) -> Result<()> {
    Err(Error::new("x".repeat(bytes as usize)))
}

/// Fails with so many failures at once, each with a backtrace of its own making.
#[export]
async fn failures(count: u32) -> Result<()> {
    let one = |number| {
        let mut failure = Failure::new(FailureKind::Other, format!("failure {number}"));
        failure.backtrace = Some("at nowhere\n".repeat(100));
        failure
    };
    Err(Error::Failed((0..count).map(one).collect()))
}
