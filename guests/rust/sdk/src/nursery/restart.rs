//! When the children of a nursery are started anew.

use crate::scope::nanoseconds;
use crate::wit::nursery as raw;
use std::time::Duration;

/// Who is started anew beside the child that ended.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum RestartStrategy {
    /// Nobody.
    #[default]
    OneForOne,
    /// All children of the nursery.
    OneForAll,
    /// Those that were started after it.
    RestForOne,
}

/// How children are started anew when they end, rather than failing the nursery.
///
/// Calls and contexts that are under way then end with a failure of kind [`Restarted`](crate::FailureKind::Restarted); the same handles
/// reach the new incarnation, and their calls wait for it. The function of `run_in_actor` is called again.
///
/// ```no_run
/// use std::time::Duration;
/// use tractor_guest::{NurseryOptions, Restart, RestartStrategy, Result, nursery_with};
///
/// # async fn example() -> Result<()> {
/// let restart = Restart::on_failure()
///     .strategy(RestartStrategy::RestForOne)
///     .intensity(10, Duration::from_secs(60));
/// nursery_with(NurseryOptions::new().restart(restart), async |n| {
///     n.start_actor("store").await?;
///     n.start_actor("cache-of-the-store").await?;
///     Ok(())
/// })
/// .await
/// # }
/// ```
#[derive(Clone, Copy, Debug)]
pub struct Restart(raw::RestartOptions);

impl Restart {
    fn new(policy: raw::RestartPolicy) -> Self {
        Self(raw::RestartOptions {
            policy,
            strategy: raw::RestartStrategy::OneForOne,
            intensity: None,
            backoff: None,
        })
    }

    /// Starts children anew that failed.
    ///
    /// Defaults: one for one, 3 times within 5 s, after 100 ms that double up to 10 s.
    pub fn on_failure() -> Self {
        Self::new(raw::RestartPolicy::OnFailure)
    }

    /// Starts children anew however they ended, unless this actor cancelled them. Defaults as [`on_failure`](Self::on_failure).
    pub fn always() -> Self {
        Self::new(raw::RestartPolicy::Always)
    }

    /// Says who is started anew beside the child that ended.
    #[must_use]
    pub fn strategy(mut self, strategy: RestartStrategy) -> Self {
        self.0.strategy = match strategy {
            RestartStrategy::OneForOne => raw::RestartStrategy::OneForOne,
            RestartStrategy::OneForAll => raw::RestartStrategy::OneForAll,
            RestartStrategy::RestForOne => raw::RestartStrategy::RestForOne,
        };
        self
    }

    /// Allows so many restarts in so long, of all children together; one more fails the nursery. More than 4,096, or a time of zero, is
    /// no bound.
    #[must_use]
    pub fn intensity(mut self, restarts: u32, within: Duration) -> Self {
        let within = nanoseconds(within);
        self.0.intensity = Some(raw::RestartIntensity { restarts, within });
        self
    }

    /// Waits so long before the first restart; doubles that each time, up to `most`, and differs by a fifth at random. Begins with `first`
    /// again once the child has served for `most`.
    #[must_use]
    pub fn backoff(mut self, first: Duration, most: Duration) -> Self {
        let (first, most) = (nanoseconds(first), nanoseconds(most));
        self.0.backoff = Some(raw::RestartBackoff { first, most });
        self
    }

    pub(super) fn into_raw(self) -> raw::RestartOptions {
        self.0
    }
}
