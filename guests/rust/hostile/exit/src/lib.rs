//! Exits in the middle.

use std::time::Duration;
use tractor_guest::{Result, export, sleep, sleep_forever};

/// Waits until it is cancelled.
#[export]
async fn wait() -> Result<()> {
    sleep_forever().await
}

/// Exits with this code, as if all were well or not.
#[export]
async fn go(code: u8) -> Result<()> {
    sleep(Duration::from_millis(1)).await?;
    std::process::exit(i32::from(code))
}
