//! What a target has had: rounds, until it has used its processor time. On a machine that does other things, that is longer than the clock says.

use std::{fmt, time::Duration};

use crate::job::seconds;

/// What is left of the time of a target and not worth another round.
const REST: Duration = Duration::from_secs(1);

/// The longest round, so that a machine that is suddenly idle does not give a target far more than its time.
const LONGEST: Duration = Duration::from_secs(900);

/// The sum of the rounds of a target.
#[derive(Default)]
pub(super) struct Tally {
    runs: u64,
    processor: Duration,
    clock: Duration,
}

impl Tally {
    /// For how long the next round is, by the clock, so that `wanted` of processor time is used in all. `None`: it is.
    pub(super) fn next_round(&self, wanted: Duration) -> Option<Duration> {
        let left = wanted.saturating_sub(self.processor);
        if left < REST {
            return None;
        }
        let share = match self.clock.is_zero() {
            true => 1.0,
            false => self.processor.div_duration_f64(self.clock).clamp(0.02, 1.0),
        };
        Some(left.div_f64(share).min(LONGEST))
    }

    /// Adds a round, whose output is `log`.
    pub(super) fn add(&mut self, log: &str, processor: Duration, clock: Duration) {
        self.runs += runs_in(log);
        self.processor += processor;
        self.clock += clock;
    }
}

impl fmt::Display for Tally {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (processor, clock) = (seconds(self.processor), seconds(self.clock));
        write!(
            f,
            "{} runs, {processor} of processor time in {clock}",
            self.runs
        )
    }
}

/// How many runs the fuzzer says that it has done (`-print_final_stats`).
fn runs_in(log: &str) -> u64 {
    let counts = log
        .lines()
        .filter_map(|line| line.strip_prefix("stat::number_of_executed_units:"));
    counts
        .filter_map(|count| count.trim().parse::<u64>().ok())
        .sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    const MINUTE: Duration = Duration::from_secs(60);

    #[test]
    fn target_on_a_busy_machine_goes_on_until_it_has_had_its_processor_time() {
        let mut tally = Tally::default();
        assert_eq!(tally.next_round(MINUTE), Some(MINUTE));
        tally.add("", MINUTE / 4, MINUTE);
        assert_eq!(tally.next_round(MINUTE), Some(3 * MINUTE));
        tally.add("", 3 * MINUTE / 4, 3 * MINUTE);
        assert_eq!(tally.next_round(MINUTE), None);
    }

    #[test]
    fn target_that_gets_next_to_nothing_has_a_longest_round() {
        let mut tally = Tally::default();
        tally.add("", Duration::ZERO, MINUTE);
        assert_eq!(tally.next_round(MINUTE), Some(LONGEST));
    }

    #[test]
    fn tally_sums_the_runs_that_the_fuzzer_tells() {
        let mut tally = Tally::default();
        let log = "Done 10 runs\nstat::number_of_executed_units: 1234\nstat::new_units_added: 5\n";
        tally.add(log, MINUTE, MINUTE);
        tally.add(log, MINUTE, MINUTE);
        assert_eq!(
            tally.to_string(),
            "2468 runs, 120.0 s of processor time in 120.0 s"
        );
    }
}
