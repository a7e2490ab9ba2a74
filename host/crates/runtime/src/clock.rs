//! The one place where the shells read the clock.

use crate::time::Time;
use tokio::time::Instant;

/// Turns tokio's clock into [`Time`]s.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Clock {
    origin: Instant,
}

impl Clock {
    /// A clock that starts at zero now.
    pub(crate) fn start() -> Self {
        Self {
            origin: Instant::now(),
        }
    }

    pub(crate) fn now(&self) -> Time {
        Time(self.origin.elapsed())
    }

    pub(crate) fn instant(&self, time: Time) -> Instant {
        self.origin + time.0
    }
}

/// Waits until `time`; for ever if there is none.
pub(crate) async fn sleep_until(clock: &Clock, time: Option<Time>) {
    match time {
        Some(time) => tokio::time::sleep_until(clock.instant(time)).await,
        None => std::future::pending().await,
    }
}
