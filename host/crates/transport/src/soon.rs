//! Staying awake for what comes soon.
//!
//! A sleeping process is woken in some 35 us, most of them the other processor's idling, and an answer often comes in less. So a reader whose last
//! frames came one shortly after the other looks again for a moment before it sleeps. Other tasks of its thread run meanwhile, and so do
//! other processes on its processor. An idle link costs nothing: whatever comes after a pause is slept for.

use std::io::{ErrorKind, Result};
use std::time::{Duration, Instant};

/// Who is asleep at both ends still answers within this; what comes later is rare enough to be slept for. The longest that a look lasts, too.
const NEAR: Duration = Duration::from_micros(100);

/// What one reader has learned.
#[derive(Debug, Default)]
pub(crate) struct Soon {
    /// When something came last, if that was shortly after what came before.
    since: Option<Instant>,
    last: Option<Instant>,
}

impl Soon {
    /// Something has come.
    pub(crate) fn came(&mut self) {
        let now = Instant::now();
        let is_near = |last| now.duration_since(last) < NEAR;
        self.since = self.last.is_some_and(is_near).then_some(now);
        self.last = Some(now);
    }

    /// Looks until `attempt` does not say `WouldBlock`, or it does not pay.
    ///
    /// # Cancel safety
    ///
    /// Nothing is lost between two attempts.
    pub(crate) async fn look<T>(&self, mut attempt: impl FnMut() -> Result<T>) -> Option<Result<T>> {
        let since = self.since?;
        loop {
            match attempt() {
                Err(error) if error.kind() == ErrorKind::WouldBlock => {}
                done => return Some(done),
            }
            if since.elapsed() >= NEAR {
                return None;
            }
            // The peer may want this very processor.
            rustix::thread::sched_yield();
            tokio::task::yield_now().await;
        }
    }
}
