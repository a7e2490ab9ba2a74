//! Computes for ever in a function.

use std::hint::black_box;
use tractor_guest::export;

/// Never returns, and never gives way.
#[export]
fn go() {
    loop {
        black_box(());
    }
}
