//! When there is a zygote, and which actors are forked from it. Pure: it is told the time and what happened, and says what is to be done.
//!
//! 1. Nobody waits for a zygote who did not ask for that: until it is ready actors are started by exec.
//! 2. A zygote that dies once it is ready is started anew at the next need; one that never comes to be is not tried again for [`REST`].
//! 3. What is not used goes: after [`UNUSED`], or when there are [`MOST`] and another one is wanted.

use crate::time::Time;
use std::collections::HashMap;
use std::time::Duration;
use tractor_protocol::control::{Code, SpawnBackend};

/// How long a zygote is kept after the last actor that was wanted of it, 10 s: it costs 2 MB and no time, and spares some milliseconds.
/// The second actor of a component within as long is what starts one.
pub(super) const UNUSED: Duration = Duration::from_secs(10);

/// How long no zygote is tried after one that did not come to be, 10 s.
pub(super) const REST: Duration = Duration::from_secs(10);

/// How long an actor that is to be forked waits for its zygote to be ready, 2 s: it takes some milliseconds. Beyond that it is started by exec.
pub(super) const PATIENCE: Duration = Duration::from_secs(2);

/// How long a zygote may take to be ready, 10 s; then it is ended.
pub(super) const WARM_UP: Duration = Duration::from_secs(10);

/// Zygotes at once, 8. A tree of more components whose actors come and go starts those beyond by exec, or a zygote for one gives way.
pub(super) const MOST: usize = 8;

/// What a zygote has prepared.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum CodeId {
    /// The program's own functions, all of them.
    Native,
    /// The component with this digest. How it is compiled is the same for all actors, so nothing else tells two apart.
    Component([u8; 32]),
}

impl CodeId {
    pub(super) fn of(code: &Code) -> Self {
        match code {
            Code::Native(_) => Self::Native,
            Code::Component { digest, .. } => Self::Component(*digest),
        }
    }
}

/// What is to be done for an actor, in this order. Nothing of it: it is started by exec.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Plan {
    /// End this zygote, which gives way.
    pub(super) end: Option<CodeId>,
    /// Start a zygote of the actor's code.
    pub(super) start: bool,
    /// Fork the actor from its zygote, if that is ready within so long.
    pub(super) fork: Option<Duration>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    /// An actor of it was wanted, and there is no zygote.
    Seen { at: Time },
    /// Its zygote was started, and is not ready yet.
    Warming { since: Time, used: Time },
    /// Its zygote can be forked.
    Ready { used: Time },
    /// Its zygote did not come to be.
    Failed { at: Time },
}

impl State {
    /// When an actor of it was wanted last, if it has a zygote.
    fn used(&self) -> Option<Time> {
        match self {
            Self::Warming { used, .. } | Self::Ready { used } => Some(*used),
            Self::Seen { .. } | Self::Failed { .. } => None,
        }
    }

    /// When its zygote is to end, if it has one and nothing else happens.
    fn end(&self) -> Option<Time> {
        match self {
            Self::Warming { since, .. } => Some(*since + WARM_UP),
            Self::Ready { used } => Some(*used + UNUSED),
            Self::Seen { .. } | Self::Failed { .. } => None,
        }
    }
}

/// What is known of the code of a tree's actors: one entry for each component that was ever wanted.
#[derive(Debug, Default)]
pub(super) struct Policy {
    codes: HashMap<CodeId, State>,
    impossible: bool,
}

impl Policy {
    /// An actor is to be started.
    pub(super) fn need(&mut self, now: Time, code: CodeId, backend: SpawnBackend) -> Plan {
        if backend == SpawnBackend::Exec || self.impossible {
            return Plan::default();
        }
        let waits = backend == SpawnBackend::Fork;
        let by_exec = Plan::default();
        match self.codes.get_mut(&code) {
            Some(State::Ready { used }) => {
                *used = now;
                fork(Some(Duration::ZERO))
            }
            Some(State::Warming { since, used }) => {
                *used = now;
                let left = PATIENCE.saturating_sub(now.since(*since));
                fork(waits.then_some(left))
            }
            Some(State::Failed { at }) if now.since(*at) < REST => by_exec,
            Some(State::Seen { at }) if now.since(*at) < UNUSED => self.start(now, code, waits),
            _ if waits => self.start(now, code, waits),
            _ => {
                self.codes.insert(code, State::Seen { at: now });
                by_exec
            }
        }
    }

    fn start(&mut self, now: Time, code: CodeId, waits: bool) -> Plan {
        let end = self.one_too_many();
        if let Some(end) = end {
            self.codes.remove(&end);
        }
        let (since, used) = (now, now);
        self.codes.insert(code, State::Warming { since, used });
        Plan {
            end,
            start: true,
            fork: waits.then_some(PATIENCE),
        }
    }

    /// The zygote that was not used for longest, if there may be no further one.
    fn one_too_many(&self) -> Option<CodeId> {
        let zygotes = || {
            let all = self.codes.iter();
            all.filter_map(|(code, state)| Some((*code, state.used()?)))
        };
        let oldest = zygotes().min_by_key(|(_, used)| *used);
        oldest
            .filter(|_| zygotes().count() >= MOST)
            .map(|(code, _)| code)
    }

    /// A zygote is ready.
    pub(super) fn ready(&mut self, code: CodeId) {
        if let Some(state) = self.codes.get_mut(&code)
            && let Some(used) = state.used()
        {
            *state = State::Ready { used };
        }
    }

    /// A zygote is gone that was not to go.
    pub(super) fn lost(&mut self, now: Time, code: CodeId) {
        match self.codes.get_mut(&code) {
            Some(State::Warming { .. }) => self.failed(now, code),
            Some(state) => *state = State::Seen { at: now },
            None => {}
        }
    }

    /// A zygote could not be started, or cannot prepare this code.
    pub(super) fn failed(&mut self, now: Time, code: CodeId) {
        self.codes.insert(code, State::Failed { at: now });
    }

    /// This machine does not let a zygote do what it is for: all are to end, and there will be none.
    pub(super) fn give_up(&mut self) {
        self.impossible = true;
        self.codes.clear();
    }

    /// When [`expire`](Self::expire) is to be called next.
    pub(super) fn next_timeout(&self) -> Option<Time> {
        self.codes.values().filter_map(State::end).min()
    }

    /// Time has passed: gives the zygotes that are to end.
    pub(super) fn expire(&mut self, now: Time) -> Vec<CodeId> {
        let over = |state: &State| state.end().is_some_and(|end| end <= now);
        let ends = self.codes.iter().filter(|(_, state)| over(state));
        let ends: Vec<_> = ends.map(|(code, state)| (*code, *state)).collect();
        for (code, state) in &ends {
            match state {
                State::Warming { .. } => self.failed(now, *code),
                _ => drop(self.codes.remove(code)),
            }
        }
        ends.into_iter().map(|(code, _)| code).collect()
    }
}

fn fork(patience: Option<Duration>) -> Plan {
    Plan {
        fork: patience,
        ..Plan::default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use SpawnBackend::{Auto, Exec, Fork};

    const BY_EXEC: Plan = Plan {
        end: None,
        start: false,
        fork: None,
    };

    const FORKED: Plan = Plan {
        fork: Some(Duration::ZERO),
        ..BY_EXEC
    };

    const STARTED: Plan = Plan {
        start: true,
        ..BY_EXEC
    };

    fn at(ms: u64) -> Time {
        Time(Duration::from_millis(ms))
    }

    fn component(number: u8) -> CodeId {
        CodeId::Component([number; 32])
    }

    const A: CodeId = CodeId::Native;

    /// A policy with a zygote of `A` that was started at 0 and is ready.
    fn with_zygote() -> Policy {
        let mut policy = Policy::default();
        policy.need(at(0), A, Fork);
        policy.ready(A);
        policy
    }

    #[test]
    fn second_actor_within_the_time_starts_a_zygote_and_the_first_that_finds_it_ready_is_forked() {
        let mut policy = Policy::default();
        assert_eq!(policy.need(at(0), A, Auto), BY_EXEC);
        assert_eq!(policy.need(at(9_999), A, Auto), STARTED);
        assert_eq!(policy.need(at(10_000), A, Auto), BY_EXEC, "it is not ready");
        policy.ready(A);
        assert_eq!(policy.need(at(10_001), A, Auto), FORKED);
    }

    #[test]
    fn actors_that_come_seldom_start_no_zygote() {
        let mut policy = Policy::default();
        for seconds in [0, 10, 20] {
            assert_eq!(policy.need(at(seconds * 1000), A, Auto), BY_EXEC);
        }
        assert_eq!(policy.need(at(20_001), component(1), Auto), BY_EXEC);
        assert_eq!(policy.next_timeout(), None);
    }

    #[test]
    fn actor_that_is_to_be_forked_starts_a_zygote_and_waits_for_what_is_left_of_the_patience() {
        let mut policy = Policy::default();
        let plan = policy.need(at(0), A, Fork);
        let fork = Some(PATIENCE);
        assert_eq!(plan, Plan { fork, ..STARTED });
        let fork = Some(Duration::from_millis(500));
        assert_eq!(policy.need(at(1_500), A, Fork), Plan { fork, ..BY_EXEC });
        assert_eq!(policy.need(at(3_000), A, Fork), FORKED, "or not at all");
    }

    #[test]
    fn actor_that_is_to_be_started_by_exec_is_though_there_is_a_zygote() {
        let mut policy = with_zygote();
        assert_eq!(policy.need(at(1), A, Exec), BY_EXEC);
        assert_eq!(
            policy.next_timeout(),
            Some(at(10_000)),
            "and does not use it"
        );
    }

    #[test]
    fn zygote_that_is_not_used_ends_and_one_that_is_used_stays() {
        let mut policy = with_zygote();
        assert_eq!(policy.next_timeout(), Some(at(10_000)));
        policy.need(at(7_000), A, Auto);
        assert_eq!(policy.expire(at(10_000)), []);
        assert_eq!(policy.next_timeout(), Some(at(17_000)));
        assert_eq!(policy.expire(at(17_000)), [A]);
        assert_eq!(policy.next_timeout(), None);
        assert_eq!(policy.need(at(17_001), A, Auto), BY_EXEC);
    }

    #[test]
    fn zygote_that_dies_is_started_anew_at_the_next_need() {
        let mut policy = with_zygote();
        policy.lost(at(1), A);
        assert_eq!(policy.next_timeout(), None);
        assert_eq!(policy.need(at(2), A, Auto), STARTED);
    }

    #[test]
    fn zygote_that_does_not_come_to_be_is_tried_again_only_after_a_rest() {
        let fails: [fn(&mut Policy); 3] = [
            |policy| policy.failed(at(100), A),
            |policy| policy.lost(at(100), A),
            |policy| assert_eq!(policy.expire(at(10_000)), [A]),
        ];
        for (fails, failed_at) in fails.into_iter().zip([100, 100, 10_000]) {
            let mut policy = Policy::default();
            policy.need(at(0), A, Fork);
            fails(&mut policy);
            for backend in [Auto, Fork] {
                assert_eq!(policy.need(at(failed_at + 9_999), A, backend), BY_EXEC);
            }
            assert!(policy.need(at(failed_at + 10_000), A, Fork).start);
        }
    }

    #[test]
    fn zygote_beyond_the_most_takes_the_place_of_the_one_that_was_not_used_for_longest() {
        let mut policy = Policy::default();
        let most = u8::try_from(MOST).expect("few");
        for number in 0..most {
            let plan = policy.need(at(number.into()), component(number), Fork);
            assert_eq!(plan.end, None);
            policy.ready(component(number));
        }
        policy.need(at(50), component(0), Auto);
        let plan = policy.need(at(51), component(most), Fork);
        assert_eq!((plan.end, plan.start), (Some(component(1)), true));
        policy.ready(component(1));
        assert_eq!(policy.need(at(52), component(1), Auto), BY_EXEC, "it ended");
    }

    #[test]
    fn machine_that_lets_no_zygote_work_has_none() {
        let mut policy = with_zygote();
        policy.give_up();
        assert_eq!(policy.next_timeout(), None);
        for backend in [Auto, Auto, Fork] {
            assert_eq!(policy.need(at(1), A, backend), BY_EXEC);
        }
    }
}
