//! Numbers that look random and are the same each time.

use std::time::Duration;

/// A source of numbers, made from its seed (splitmix64).
pub(crate) struct Seed(pub(crate) u64);

impl Seed {
    /// Gives a number below `bound`, which is not 0.
    pub(crate) fn below(&mut self, bound: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (mixed ^ (mixed >> 31)) % bound
    }

    /// Gives a time below so many microseconds.
    pub(crate) fn microseconds(&mut self, bound: u64) -> Duration {
        Duration::from_micros(self.below(bound))
    }
}
