//! An actor that traps while it starts: its start function panics before anything can be called.

use tractor_guest::export;

/// Never called.
#[export]
fn add(a: u32, b: u32) -> u32 {
    a + b
}

/// Runs when the component is instantiated: the name by which the linker knows such a function.
#[unsafe(no_mangle)]
extern "C" fn _initialize() {
    panic!("broken from the start");
}
