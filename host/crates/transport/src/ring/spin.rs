//! How long it pays to look again for room before going to sleep.
//!
//! A wake-up costs some 35 us, most of them the other processor's idling. A peer that reads makes room within a few more. Whether it does is learned:
//! each look that finds room doubles the next one's time, each that does not halves it, so with a peer that does not read this end soon sleeps at once.
//! Other tasks of this thread run meanwhile, and so do other processes on its processor.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

/// A look lasts so long at most: what a peer takes to work off what it has read, and to read on.
const MOST: Duration = Duration::from_micros(100);

/// And at least, or nothing would ever be learned anew.
const LEAST: Duration = Duration::from_micros(2);

/// What one end has learned.
#[derive(Debug)]
pub(crate) struct Spin(AtomicU64);

impl Spin {
    pub(crate) fn new() -> Self {
        Self(AtomicU64::new(as_nanos(MOST / 4)))
    }

    /// Looks until `there` says so, or it does not pay.
    pub(crate) async fn until(&self, there: impl Fn() -> bool) {
        let nanos = self.0.load(Ordering::Relaxed);
        let begun = Instant::now();
        let found = loop {
            if there() {
                break true;
            }
            if as_nanos(begun.elapsed()) >= nanos {
                break false;
            }
            // The peer may want this very processor.
            rustix::thread::sched_yield();
            tokio::task::yield_now().await;
        };
        self.learn(nanos, found);
    }

    fn learn(&self, nanos: u64, found: bool) {
        let next = match found {
            true => (nanos * 2).min(as_nanos(MOST)),
            false => (nanos / 2).max(as_nanos(LEAST)),
        };
        self.0.store(next, Ordering::Relaxed);
    }
}

fn as_nanos(time: Duration) -> u64 {
    u64::try_from(time.as_nanos()).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn looks_that_find_nothing_become_short_and_recover() {
        let spin = Spin::new();
        for _ in 0..20 {
            spin.until(|| false).await;
        }
        assert_eq!(spin.0.load(Ordering::Relaxed), as_nanos(LEAST));
        for _ in 0..20 {
            spin.until(|| true).await;
        }
        assert_eq!(spin.0.load(Ordering::Relaxed), as_nanos(MOST));
    }
}
