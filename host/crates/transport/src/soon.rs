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
    pub(crate) async fn look<T>(
        &self,
        mut attempt: impl FnMut() -> Result<T>,
    ) -> Option<Result<T>> {
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

#[cfg(test)]
mod tests {
    use super::*;

    /// Attempts until one succeeds, if it is looked at all.
    async fn attempts(soon: &Soon, needed: usize) -> Option<usize> {
        let mut made = 0;
        let attempt = || {
            made += 1;
            match made == needed {
                true => Ok(made),
                false => Err(ErrorKind::WouldBlock.into()),
            }
        };
        soon.look(attempt)
            .await
            .map(|looked| looked.expect("it is there"))
    }

    #[tokio::test]
    async fn first_frame_and_one_after_a_pause_are_slept_for() {
        let mut soon = Soon::default();
        assert_eq!(attempts(&soon, 1).await, None);
        soon.came();
        assert_eq!(attempts(&soon, 1).await, None);
        soon.last = Instant::now().checked_sub(NEAR);
        soon.came();
        assert_eq!(attempts(&soon, 1).await, None);
    }

    /// As it is for an hour, so that no pause of this thread can matter, after two frames that came close.
    fn after_close_frames() -> Soon {
        let mut soon = Soon {
            since: None,
            last: Instant::now().checked_add(Duration::from_secs(3600)),
        };
        soon.came();
        assert!(soon.since.is_some());
        soon.since = Instant::now().checked_add(Duration::from_secs(3600));
        soon
    }

    #[tokio::test]
    async fn frame_soon_after_two_that_came_close_is_found_awake() {
        assert_eq!(attempts(&after_close_frames(), 2).await, Some(2));
    }

    #[tokio::test]
    async fn frame_that_does_not_come_soon_is_slept_for() {
        let mut soon = after_close_frames();
        soon.since = Instant::now().checked_sub(NEAR);
        assert_eq!(attempts(&soon, usize::MAX).await, None);
    }

    #[tokio::test]
    async fn other_tasks_run_between_two_looks() {
        let soon = after_close_frames();
        let there = std::cell::Cell::new(false);
        let attempt = || match there.get() {
            true => Ok(()),
            false => Err(ErrorKind::WouldBlock.into()),
        };
        let other = async { there.set(true) };
        let (looked, ()) = tokio::join!(soon.look(attempt), other);
        assert!(looked.is_some_and(|looked| looked.is_ok()));
    }
}
