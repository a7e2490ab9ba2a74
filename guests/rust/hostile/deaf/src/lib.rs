//! Ignores its cancellation for ever.

use std::time::Duration;
use tractor_guest::{Result, checkpoint, export, sleep};

/// Waits again each time it is told to stop, without a shield: each wait ends at once.
#[export]
async fn go() -> Result<()> {
    println!("begun");
    loop {
        let _told = sleep(Duration::from_millis(1)).await;
    }
}

/// The same, looking whether it is cancelled, and not caring.
#[export]
async fn look() -> Result<()> {
    println!("begun");
    loop {
        let _told = checkpoint().await;
    }
}

/// Adds.
#[export]
fn add(a: u32, b: u32) -> u32 {
    a + b
}
