//! Processor time of workers, as the kernel counts it.

use std::collections::HashMap;
use std::time::Instant;

/// Ticks of the kernel's accounting in a second: a constant of its interface, the same on all machines that Rust knows.
const TICKS_PER_SECOND: f64 = 100.0;

/// Processor time of some processes at one moment.
pub(super) struct Sample {
    at: Instant,
    ticks: HashMap<u32, u64>,
}

impl Sample {
    /// Takes one. Processes that are gone are left out.
    pub(super) fn of(pids: impl IntoIterator<Item = u32>) -> Self {
        let ticks = pids.into_iter().filter_map(|pid| Some((pid, ticks(pid)?)));
        Self {
            at: Instant::now(),
            ticks: ticks.collect(),
        }
    }

    /// How busy each process was since `self`, in percent of one processor.
    pub(super) fn until(&self, later: &Self) -> HashMap<u32, u32> {
        let seconds = later.at.duration_since(self.at).as_secs_f64().max(0.001);
        let busy = |(pid, before): (&u32, &u64)| {
            let spent = later.ticks.get(pid)?.saturating_sub(*before) as f64 / TICKS_PER_SECOND;
            Some((*pid, (spent / seconds * 100.0).round() as u32))
        };
        self.ticks.iter().filter_map(busy).collect()
    }
}

/// User and system time. The name of the process, in brackets before them, may hold anything.
fn ticks(pid: u32) -> Option<u64> {
    let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
    let (_, fields) = stat.rsplit_once(") ")?;
    let mut times = fields.split(' ').skip(11).map(str::parse::<u64>);
    Some(times.next()?.ok()? + times.next()?.ok()?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ticks_of_this_process_are_counted_and_of_none_are_not() {
        assert!(ticks(std::process::id()).is_some());
        assert_eq!(ticks(0), None);
    }
}
