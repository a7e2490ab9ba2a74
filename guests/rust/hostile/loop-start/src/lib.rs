//! Computes for ever while it starts.

use std::hint::black_box;
use tractor_guest::export;

/// Never called.
#[export]
fn go() {}

/// Runs when the component is instantiated: the name by which the linker knows such a function.
#[unsafe(no_mangle)]
extern "C" fn _initialize() {
    loop {
        black_box(());
    }
}
