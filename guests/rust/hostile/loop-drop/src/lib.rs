//! Computes for ever in a drop handler.

use std::hint::black_box;
use std::time::Duration;
use tractor_guest::{Result, export, sleep, sleep_forever};

struct Endless;

impl Drop for Endless {
    fn drop(&mut self) {
        loop {
            black_box(());
        }
    }
}

/// Is done, but for dropping what it has.
#[export]
async fn go() -> Result<()> {
    let _endless = Endless;
    sleep(Duration::from_millis(1)).await
}

/// Obeys its cancellation, but for dropping what it has.
#[export]
async fn go_when_cancelled() -> Result<()> {
    let _endless = Endless;
    println!("begun");
    sleep_forever().await
}
