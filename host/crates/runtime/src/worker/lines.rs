//! The lines that an actor logs and prints: so many in a second, and those beyond are dropped and counted.
//!
//! The flood is stopped here, in the worker, so that neither its own queue nor the supervisor has to do with it. What is dropped is told in one
//! line a second later, and with the worker's last words.

use super::core::{Core, Worker, lock};
use crate::rate::Rate;
use crate::time::Time;
use std::sync::Arc;
use std::time::Duration;
use tractor_protocol::control::{FromWorker, Level};

/// How many seconds' worth of lines may come at once: a burst is a table or a backtrace, a flood goes on.
const BURST_SECONDS: u32 = 10;

/// How often it is told how many lines were dropped.
const TELL_EVERY: Duration = Duration::from_secs(1);

/// The longest line of the log, in bytes; the rest is cut off.
const LONGEST_LINE: usize = 64 << 10;

/// What of its rate an actor has used, and what was dropped.
#[derive(Debug)]
pub(super) struct Lines {
    per_second: u32,
    rate: Rate,
    dropped: u64,
    /// Someone is about to tell of what was dropped.
    is_to_be_told: bool,
}

impl Lines {
    pub(super) fn new(per_second: u32) -> Self {
        Self {
            per_second,
            rate: Rate::new(per_second, BURST_SECONDS),
            dropped: 0,
            is_to_be_told: false,
        }
    }

    /// Whether a line may go out, and whether it is the first that is dropped since that was told.
    fn admit(&mut self, now: Time) -> (bool, bool) {
        if self.rate.take(now) {
            return (true, false);
        }
        self.dropped += 1;
        (false, !std::mem::replace(&mut self.is_to_be_told, true))
    }

    /// What is to be told of lines that were dropped.
    fn told(&mut self) -> Option<String> {
        self.is_to_be_told = false;
        let dropped = std::mem::take(&mut self.dropped);
        let noun = if dropped == 1 { "line" } else { "lines" };
        (dropped > 0).then(|| {
            format!(
                "{dropped} {noun} dropped: limit log-rate, {} in a second",
                self.per_second
            )
        })
    }
}

impl Core {
    /// Whether a line may go out now; otherwise it is counted.
    fn admit_line(self: &Arc<Self>) -> bool {
        let (is_admitted, is_first) = lock(&self.lines).admit(self.now());
        if is_first {
            let core = Arc::downgrade(self);
            self.spawn(async move {
                tokio::time::sleep(TELL_EVERY).await;
                if let Some(core) = core.upgrade() {
                    core.tell_dropped();
                }
            });
        }
        is_admitted
    }

    /// Tells how many lines were dropped, if any were.
    pub(super) fn tell_dropped(&self) {
        let told = lock(&self.lines).told();
        let told = told.filter(|_| Level::Warn >= self.settings.log);
        if let Some(message) = told {
            self.tell(&FromWorker::Log {
                level: Level::Warn,
                task: None,
                message,
            });
        }
    }

    /// Writes to the log, if the level is wanted and the rate allows it.
    pub(super) fn log(self: &Arc<Self>, level: Level, task: Option<String>, mut message: String) {
        if level < self.settings.log {
            return;
        }
        // All of its lines, or none.
        let lines = message.lines().count().max(1);
        if (0..lines).filter(|_| !self.admit_line()).count() > 0 {
            return;
        }
        message.truncate(message.floor_char_boundary(LONGEST_LINE));
        self.tell(&FromWorker::Log {
            level,
            task,
            message,
        });
    }
}

impl Worker {
    /// Whether this actor may print one more line now. If not, the line is counted, and the count is told in the log.
    pub fn admit_line(&self) -> bool {
        self.0.admit_line()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_of_a_flood_are_dropped_and_told_as_one() {
        let mut lines = Lines::new(10);
        let at = |millis| Time(Duration::from_millis(millis));
        let admitted = (0..1000).filter(|_| lines.admit(at(0)).0).count();
        assert_eq!(admitted, 100, "ten seconds' worth");
        assert_eq!(lines.admit(at(0)), (false, false), "it is to be told once");
        let told = lines.told().expect("901 are dropped");
        assert_eq!(told, "901 lines dropped: limit log-rate, 10 in a second");
        assert_eq!(lines.told(), None);
        assert_eq!(lines.admit(at(100)), (true, false));
        assert_eq!(lines.admit(at(100)), (false, true), "and again");
    }
}
