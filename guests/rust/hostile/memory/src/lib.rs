//! Takes all memory that there is.

use std::hint::black_box;
use tractor_guest::export;

/// Allocates and touches until there is no more, and then aborts as Rust does.
#[export]
fn bomb() {
    let mut hoard = Vec::new();
    loop {
        hoard.push(black_box(vec![1u8; 1 << 20]));
    }
}

/// Takes what there is, and lives with a no. Gives how many bytes it has.
#[export]
fn creep() -> u64 {
    while core::arch::wasm32::memory_grow(0, 16) != usize::MAX {}
    core::arch::wasm32::memory_size(0) as u64 * 65_536
}
