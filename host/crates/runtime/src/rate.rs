//! So many in a second, and some at once: the pure arithmetic of a rate limit.
//!
//! One moment says it all: when the allowance would be whole again. Each unit moves it on by its share of a second, and a unit is allowed
//! as long as that moment is no further away than the burst takes to earn.

use crate::time::Time;
use std::time::Duration;

/// A rate and what is used of it.
#[derive(Clone, Debug)]
pub(crate) struct Rate {
    /// What one unit takes; `None` if there are none.
    interval: Option<Duration>,
    /// What the burst takes to earn, less the unit that is asked for.
    ahead: Duration,
    /// When nothing is used any more.
    whole: Time,
}

impl Rate {
    /// Allows `per_second`, and so many seconds' worth of them at once.
    pub(crate) fn new(per_second: u32, burst_seconds: u32) -> Self {
        let interval = Duration::from_secs(1).checked_div(per_second);
        let burst = per_second.saturating_mul(burst_seconds).max(1);
        Self {
            interval,
            ahead: interval.unwrap_or_default() * (burst - 1),
            whole: Time::ZERO,
        }
    }

    /// Uses one unit if it is allowed now.
    pub(crate) fn take(&mut self, now: Time) -> bool {
        let is_allowed = self.turn(now).is_some_and(|turn| turn <= now);
        if is_allowed {
            self.reserve(now);
        }
        is_allowed
    }

    /// When the next unit is allowed: now, later, or never.
    pub(crate) fn turn(&self, now: Time) -> Option<Time> {
        self.interval?;
        Some(now.max(self.whole - self.ahead))
    }

    /// Uses the next unit, whose turn may be later.
    pub(crate) fn reserve(&mut self, now: Time) {
        self.whole = self.whole.max(now) + self.interval.unwrap_or_default();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(millis: u64) -> Time {
        Time(Duration::from_millis(millis))
    }

    #[test]
    fn rate_allows_its_burst_and_then_so_many_in_a_second() {
        let mut rate = Rate::new(10, 2);
        let mut allowed = |now| (0..100).filter(|_| rate.take(now)).count();
        assert_eq!(allowed(at(0)), 20);
        assert_eq!(allowed(at(99)), 0);
        assert_eq!(allowed(at(100)), 1);
        assert_eq!(allowed(at(1100)), 10);
        assert_eq!(allowed(at(60_000)), 20, "what is not used is not saved up");
    }

    #[test]
    fn units_that_are_reserved_take_their_turns_one_after_another() {
        let mut rate = Rate::new(10, 1);
        (0..10).for_each(|_| rate.reserve(at(0)));
        assert_eq!(rate.turn(at(0)), Some(at(100)));
        rate.reserve(at(0));
        assert_eq!(rate.turn(at(0)), Some(at(200)));
        assert!(!rate.take(at(199)) && rate.take(at(200)));
    }

    #[test]
    fn rate_of_none_allows_nothing_ever() {
        let mut rate = Rate::new(0, 10);
        assert_eq!((rate.turn(at(5)), rate.take(at(5))), (None, false));
        assert!(Rate::new(u32::MAX, u32::MAX).take(at(0)));
    }
}
