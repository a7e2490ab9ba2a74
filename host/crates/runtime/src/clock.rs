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

    /// The moment as tokio knows it; `None` if it is beyond what can be told, as a peer's "time left" may be.
    fn instant(&self, time: Time) -> Option<Instant> {
        self.origin.checked_add(time.0)
    }
}

/// Waits until `time`; for ever if there is none, or if it never comes.
pub(crate) async fn sleep_until(clock: &Clock, time: Option<Time>) {
    match time.and_then(|time| clock.instant(time)) {
        Some(instant) => tokio::time::sleep_until(instant).await,
        None => std::future::pending().await,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use futures::FutureExt;
    use std::time::Duration;

    #[tokio::test]
    async fn moment_beyond_what_can_be_told_never_comes() {
        let clock = Clock::start();
        let mut wait = std::pin::pin!(sleep_until(&clock, Some(Time(Duration::MAX))));
        assert_eq!(wait.as_mut().now_or_never(), None);
        sleep_until(&clock, Some(Time::ZERO)).await;
    }
}
