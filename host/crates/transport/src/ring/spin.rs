//! How long it pays to look again before going to sleep.
//!
//! A wake-up costs some 35 us, most of them the other processor's idling. An answer that comes within a few is cheaper awaited awake. Whether it does is learned:
//! each look that finds something doubles the next wait, each that does not halves it, so an idle link, or one whose peer shares our
//! processor, soon spins no more.

use std::sync::LazyLock;
use std::sync::atomic::{AtomicU32, Ordering};

/// Looks before sleep, at most: some 10 us.
const MOST: u32 = 256;

/// Where there is one processor, whoever spins keeps the other from answering.
static PAYS: LazyLock<bool> = LazyLock::new(|| {
    std::thread::available_parallelism().is_ok_and(|processors| processors.get() > 1)
});

/// What one end has learned.
#[derive(Debug)]
pub(crate) struct Spin(AtomicU32);

impl Spin {
    pub(crate) fn new() -> Self {
        Self(AtomicU32::new(MOST / 8))
    }

    /// Looks until `there` says so, or it does not pay. Whether it was there.
    pub(crate) fn until(&self, there: impl Fn() -> bool) -> bool {
        if !*PAYS {
            return false;
        }
        let looks = self.0.load(Ordering::Relaxed);
        for _ in 0..looks {
            if there() {
                self.0.store((looks * 2).min(MOST), Ordering::Relaxed);
                return true;
            }
            std::hint::spin_loop();
        }
        self.0.store((looks / 2).max(1), Ordering::Relaxed);
        false
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::cell::Cell;

    #[test]
    fn looks_that_find_nothing_become_few_and_recover() {
        if !*PAYS {
            return;
        }
        let spin = Spin::new();
        let looks = Cell::new(0);
        let never = || {
            looks.set(looks.get() + 1);
            false
        };
        for _ in 0..20 {
            assert!(!spin.until(never));
        }
        looks.set(0);
        assert!(!spin.until(never));
        assert_eq!(looks.get(), 1);
        for _ in 0..20 {
            assert!(spin.until(|| true));
        }
        looks.set(0);
        assert!(!spin.until(never));
        assert_eq!(looks.get(), MOST);
    }
}
