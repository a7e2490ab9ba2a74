//! An actor that traps while it starts: its start function panics before anything can be called.

use tractor_guest::export;

/// Never called.
#[export]
fn add(a: u32, b: u32) -> u32 {
    a + b
}

/// Runs when the component is instantiated.
#[used]
#[unsafe(link_section = ".init_array")]
static START: extern "C" fn() = start;

extern "C" fn start() {
    panic!("broken from the start");
}
