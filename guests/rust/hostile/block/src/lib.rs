//! Blocks in WASI for ever.

use std::time::Duration;
use tractor_guest::export;

/// Holds the whole actor while it sleeps.
#[export]
fn go() {
    println!("begun");
    loop {
        std::thread::sleep(Duration::from_secs(3600));
    }
}
