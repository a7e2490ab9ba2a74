//! Calls itself for ever.

use std::hint::black_box;
use tractor_guest::export;

/// Fills the stack.
#[export]
fn go() -> u64 {
    deeper(black_box(0))
}

#[expect(unconditional_recursion, reason = "to fill the stack")]
#[inline(never)]
fn deeper(depth: u64) -> u64 {
    black_box(deeper(depth + 1)) + black_box(depth)
}
