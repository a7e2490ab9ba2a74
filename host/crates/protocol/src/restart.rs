//! When the actors of a nursery are started anew.
//!
//! The defaults are those of the two supervisors that most people know: Erlang's for when to give up (few restarts in seconds:
//! `intensity` 1 in 5 s; we allow 3), systemd's for how soon to try (`RestartSec=100ms`), with its `RestartSteps` as a doubling.

use serde::{Deserialize, Serialize};
use std::time::Duration;

/// Which ends of an actor are answered by a restart. Where there is no [`Restart`], none are.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum RestartPolicy {
    /// Those that are failures: of a one-shot's function, by a trap, a limit or a kill. An exit with code 0 is none.
    OnFailure,
    /// Every one that its owner did not ask for.
    Always,
}

/// Who is started anew beside the actor that ended.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum RestartStrategy {
    /// Nobody.
    #[default]
    OneForOne,
    /// All of the nursery.
    OneForAll,
    /// Those that were started after it.
    RestForOne,
}

/// How many restarts a nursery may see before it gives up.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Intensity {
    /// So many restarts; one more is a failure of the nursery. Over 4,096 is no bound.
    pub restarts: u32,
    /// Within so long. Zero is no bound.
    pub within: Duration,
}

impl Default for Intensity {
    /// 3 within 5 s.
    fn default() -> Self {
        Self {
            restarts: 3,
            within: Duration::from_secs(5),
        }
    }
}

/// How long a restart waits. It doubles each time, differs by a fifth at random so that not all come at once, and begins anew
/// once the actor has served for `most`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Backoff {
    /// Before the first restart.
    pub first: Duration,
    /// The longest, before what differs at random.
    pub most: Duration,
}

impl Default for Backoff {
    /// 100 ms, up to 10 s.
    fn default() -> Self {
        Self {
            first: Duration::from_millis(100),
            most: Duration::from_secs(10),
        }
    }
}

/// How the actors of a nursery are started anew when they end, rather than failing it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Restart {
    /// After which ends.
    pub policy: RestartPolicy,
    /// Together with whom.
    pub strategy: RestartStrategy,
    /// How often.
    pub intensity: Intensity,
    /// How soon.
    pub backoff: Backoff,
}

impl Restart {
    /// Starts actors anew by this policy. Defaults: one for one, 3 times within 5 s, after 100 ms that double up to 10 s.
    pub const fn new(policy: RestartPolicy) -> Self {
        Self {
            policy,
            strategy: RestartStrategy::OneForOne,
            intensity: Intensity {
                restarts: 3,
                within: Duration::from_secs(5),
            },
            backoff: Backoff {
                first: Duration::from_millis(100),
                most: Duration::from_secs(10),
            },
        }
    }

    /// Starts actors anew that failed. Defaults as [`new`](Self::new).
    pub const fn on_failure() -> Self {
        Self::new(RestartPolicy::OnFailure)
    }

    /// Starts actors anew however they ended, unless their owner cancelled them. Defaults as [`new`](Self::new).
    pub const fn always() -> Self {
        Self::new(RestartPolicy::Always)
    }

    /// Says who is started anew beside the actor that ended.
    #[must_use]
    pub const fn strategy(mut self, strategy: RestartStrategy) -> Self {
        self.strategy = strategy;
        self
    }

    /// Allows so many restarts in so long, of all actors of the nursery together. One more is its failure.
    #[must_use]
    pub const fn intensity(mut self, restarts: u32, within: Duration) -> Self {
        self.intensity = Intensity { restarts, within };
        self
    }

    /// Waits so long before the first restart, and at most so long before a later one.
    #[must_use]
    pub const fn backoff(mut self, first: Duration, most: Duration) -> Self {
        self.backoff = Backoff { first, most };
        self
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn restart_made_by_name_has_the_defaults_of_its_parts() {
        for restart in [Restart::on_failure(), Restart::always()] {
            assert_eq!(restart.strategy, RestartStrategy::default());
            assert_eq!(restart.intensity, Intensity::default());
            assert_eq!(restart.backoff, Backoff::default());
        }
    }
}
