//! The line of incarnations of one actor: what stays when it is started anew, and how often and how soon that may be.

use crate::time::Time;
use std::collections::VecDeque;
use std::time::Duration;
use tractor_protocol::{
    Backoff, Failure, FailureKind, Intensity, RequestId, Restart, RestartPolicy, RestartStrategy,
    Uuid,
};

/// How many ids of earlier incarnations still lead to the current one. A portal that slept through more of them finds nobody.
const REMEMBERED: usize = 64;

/// The most restarts that are counted; a nursery that may see more has no bound.
const COUNTED: u32 = 4096;

/// What the end of an actor is answered with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Fate {
    /// It ends for good: its nursery starts nothing anew, its first start is under way, its owner cancelled it, or it was given up.
    Ends,
    /// Its nursery's policy decides.
    Open,
    /// It is started anew once it is gone.
    Anew,
}

/// What the incarnations of one actor have in common.
#[derive(Debug)]
pub(super) struct Line {
    /// The first incarnation: by it the owner knows its child.
    pub(super) child: Uuid,
    pub(super) fate: Fate,
    /// Earlier incarnations, oldest first.
    pub(super) former: VecDeque<Uuid>,
    /// How often it was started anew.
    pub(super) restarts: u32,
    /// How often in a row, for the backoff.
    streak: u32,
    /// Since when this incarnation serves, or did.
    pub(super) served: Option<Time>,
    /// The next incarnation is not started before.
    pub(super) due: Time,
    /// Its start counts already for those above, whose starts have a rate.
    pub(super) has_turn: bool,
    /// Who waits for a link to the next incarnation.
    pub(super) callers: Vec<(Uuid, RequestId)>,
}

impl Line {
    /// Begins with an actor that was never started before.
    pub(super) fn new(child: Uuid) -> Self {
        Self {
            child,
            fate: Fate::Ends,
            former: VecDeque::new(),
            restarts: 0,
            streak: 0,
            served: None,
            due: Time::ZERO,
            has_turn: false,
            callers: Vec::new(),
        }
    }

    /// Whether its owner was told that it is started.
    pub(super) fn is_known(&self) -> bool {
        self.restarts > 0 || self.served.is_some()
    }

    /// Goes on after the incarnation `last`. Gives the one that is forgotten for it.
    pub(super) fn goes_on(&mut self, last: Uuid) -> Option<Uuid> {
        self.fate = Fate::Open;
        self.restarts = self.restarts.saturating_add(1);
        self.served = None;
        self.former.push_back(last);
        if self.former.len() > REMEMBERED {
            return self.former.pop_front();
        }
        None
    }

    /// How long to wait before the next incarnation; `part` from 0 to 1 is what differs at random.
    pub(super) fn wait(&mut self, now: Time, backoff: &Backoff, part: f64) -> Duration {
        let steady = self.served.is_some_and(|at| now.since(at) >= backoff.most);
        if steady {
            self.streak = 0;
        }
        let doubled = backoff.first.saturating_mul(1 << self.streak.min(31));
        self.streak += 1;
        let wait = doubled.min(backoff.most.max(backoff.first));
        // A fifth up or down, in thousandths: the durations of a guest may be so long that they overflow as floats.
        let thousandths = 800 + (part * 400.0) as u32;
        (wait / 1000).saturating_mul(thousandths)
    }
}

/// A nursery's rules for restarts, and how many it has seen.
#[derive(Debug)]
pub(super) struct Restarts {
    pub(super) rules: Restart,
    recent: VecDeque<Time>,
    /// Where actors are started anew together: none is before this.
    pub(super) due: Time,
}

impl Restarts {
    /// Has seen none.
    pub(super) fn new(rules: Restart) -> Self {
        Self {
            rules,
            recent: VecDeque::new(),
            due: Time::ZERO,
        }
    }

    /// Whether actors are started anew together.
    pub(super) fn in_rounds(&self) -> bool {
        self.rules.strategy != RestartStrategy::OneForOne
    }

    /// Counts one more restart; `false` if it is one too many.
    pub(super) fn admit(&mut self, now: Time) -> bool {
        let Intensity { restarts, within } = self.rules.intensity;
        if restarts > COUNTED {
            return true;
        }
        self.recent.retain(|at| now.since(*at) < within);
        let admitted = self.recent.len() < restarts as usize;
        if admitted {
            self.recent.push_back(now);
        }
        admitted
    }

    /// How many restarts it has seen lately, and may see, for people.
    pub(super) fn count(&self) -> String {
        let Intensity { restarts, within } = self.rules.intensity;
        if restarts > COUNTED || within == Duration::ZERO {
            return String::new();
        }
        let seen = self.recent.len();
        format!(" (restart {seen} of {restarts} within {within:?})")
    }
}

/// Whether an end with these failures is to be answered by a restart.
pub(super) fn wants(rules: &Restart, failures: &[Failure]) -> bool {
    match rules.policy {
        RestartPolicy::Always => true,
        RestartPolicy::OnFailure => {
            let mut kinds = failures.iter().map(|failure| &failure.kind);
            kinds.any(|kind| *kind != FailureKind::Exit(0))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const S: Duration = Duration::from_secs(1);

    #[test]
    fn wait_doubles_up_to_the_most_and_begins_anew_after_that_long_in_service() {
        let backoff = Backoff {
            first: S,
            most: S * 6,
        };
        let mut line = Line::new(Uuid::from_random(1));
        let waits: Vec<_> = (0..5)
            .map(|_| line.wait(Time::ZERO, &backoff, 0.5).as_secs())
            .collect();
        assert_eq!(waits, [1, 2, 4, 6, 6]);
        line.served = Some(Time(S));
        assert_eq!(line.wait(Time(S * 6), &backoff, 0.5), S * 6);
        assert_eq!(line.wait(Time(S * 7), &backoff, 0.5), S);
    }

    #[test]
    fn wait_differs_by_a_fifth_and_never_overflows() {
        let longest = Duration::MAX;
        let backoff = Backoff {
            first: longest,
            most: S,
        };
        let mut line = Line::new(Uuid::from_random(1));
        for part in [0.0, 1.0, 1.0] {
            assert!(line.wait(Time::ZERO, &backoff, part) > S);
        }
        let backoff = Backoff { first: S, most: S };
        assert_eq!(line.wait(Time::ZERO, &backoff, 0.0), S * 4 / 5);
        assert_eq!(line.wait(Time::ZERO, &backoff, 1.0), S * 6 / 5);
    }

    #[test]
    fn restarts_are_counted_within_their_window_alone() {
        let mut restarts = Restarts::new(Restart::always().intensity(2, S));
        let admitted: Vec<_> = [0, 400, 999, 1000, 1399, 1400]
            .into_iter()
            .map(|at| restarts.admit(Time(Duration::from_millis(at))))
            .collect();
        assert_eq!(admitted, [true, true, false, true, false, true]);
    }

    #[test]
    fn restarts_without_a_bound_are_not_remembered() {
        for rules in [(u32::MAX, S), (1, Duration::ZERO)] {
            let mut restarts = Restarts::new(Restart::always().intensity(rules.0, rules.1));
            assert!((0..10_000).all(|_| restarts.admit(Time::ZERO)));
            assert!(restarts.recent.len() < 2);
        }
        assert!(!Restarts::new(Restart::always().intensity(0, S)).admit(Time::ZERO));
    }

    #[test]
    fn line_remembers_so_many_former_ids() {
        let mut line = Line::new(Uuid::from_random(0));
        for number in 0..REMEMBERED as u128 {
            assert_eq!(line.goes_on(Uuid::from_random(number)), None);
        }
        let forgotten = line.goes_on(Uuid::from_random(1000));
        assert_eq!(forgotten, Some(Uuid::from_random(0)));
    }
}
