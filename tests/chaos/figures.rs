//! Times, and what is said of many.

use std::time::Duration;

/// Some times.
#[derive(Clone, Debug, Default)]
pub(crate) struct Times(Vec<Duration>);

impl Times {
    pub(crate) fn add(&mut self, time: Duration) {
        self.0.push(time);
    }

    /// The least time that so many of a hundred do not exceed.
    pub(crate) fn percentile(&self, percent: usize) -> Duration {
        let mut sorted = self.0.clone();
        sorted.sort();
        let rank = (sorted.len() * percent).div_ceil(100).max(1);
        sorted.get(rank - 1).copied().unwrap_or_default()
    }

    pub(crate) fn largest(&self) -> Duration {
        self.0.iter().max().copied().unwrap_or_default()
    }

    /// `p50 1.0 ms, p99 2.0 ms, max 3.0 ms of 1000`.
    pub(crate) fn text(&self) -> String {
        format!(
            "p50 {}, p99 {}, max {} of {}",
            ms(self.percentile(50)),
            ms(self.percentile(99)),
            ms(self.largest()),
            self.0.len()
        )
    }
}

impl Extend<Duration> for Times {
    fn extend<T: IntoIterator<Item = Duration>>(&mut self, times: T) {
        self.0.extend(times);
    }
}

/// Milliseconds, to one decimal.
pub(crate) fn ms(time: Duration) -> String {
    format!("{:.1} ms", time.as_secs_f64() * 1e3)
}
