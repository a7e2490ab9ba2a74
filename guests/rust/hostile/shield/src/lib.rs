//! Shields itself for ever.

use tractor_guest::{Result, export, shield, sleep_forever};

/// Waits in a shield.
#[export]
async fn go() -> Result<()> {
    println!("begun");
    shield(async || sleep_forever().await).await
}

/// Waits until it is cancelled, and then in shield after shield.
#[export]
async fn when_cancelled() -> Result<()> {
    println!("begun");
    let _told: Result<()> = sleep_forever().await;
    loop {
        let _told: Result<()> = shield(async || sleep_forever().await).await;
    }
}

/// Adds.
#[export]
fn add(a: u32, b: u32) -> u32 {
    a + b
}
