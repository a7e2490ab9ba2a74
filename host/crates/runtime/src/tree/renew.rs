//! Restarts: whether the end of an actor is answered by one, who is started anew with it, and when.
//!
//! An actor whose end is *held* fails nothing. When its process is reaped its fate is decided, once: it ends for good, or it is
//! started anew. When it is gone a new record with a new id takes its place in the nursery, and waits for its time without a process. Where
//! actors are started anew together, those that must end with it are cancelled meanwhile, and the new ones start one after the other,
//! in order of birth, each once the one before it serves.

use super::actor::{Actor, Cause, Home, Request, State};
use super::cancel::Order;
use super::line::{Fate, Restarts, wants};
use super::machine::Tree;
use super::nursery::{Cancelled, Nursery};
use super::timer::Timer;
use super::verdict::end_of;
use crate::time::Time;
use std::time::Duration;
use tractor_protocol::control::{Answer, Level, ToWorker};
use tractor_protocol::{
    ActorId, CancelReason, Cancellation, Failure, FailureKind, Restart, RestartStrategy, ScopeId,
    Uuid,
};

impl Tree {
    /// Whether the end of this actor may be answered by a restart: then its failures are not its nursery's.
    pub(super) fn is_held(&self, actor: Uuid) -> bool {
        let Some(record) = self.actors.get(&actor) else {
            return false;
        };
        let nursery = record.home.and_then(|home| self.nursery(home));
        record.line.fate != Fate::Ends && nursery.is_some_and(|n| n.cancelled.is_none())
    }

    /// The incarnation to which an id leads.
    pub(super) fn current(&self, actor: Uuid) -> Uuid {
        self.successors.get(&actor).copied().unwrap_or(actor)
    }

    /// The process of a held actor is reaped: decides its fate. Gives what those are told that have a link with it.
    pub(super) fn decide(&mut self, now: Time, actor: Uuid) -> Vec<Failure> {
        let Some(record) = self.actors.get_mut(&actor) else {
            return Vec::new();
        };
        let (fate, failures) = (record.line.fate, record.failures.clone());
        let Some(home) = record.home.filter(|_| fate != Fate::Ends) else {
            return failures;
        };
        if fate == Fate::Anew {
            let with = record.cancelled.as_ref().map(|c| &c.cancellation.canceller);
            let with = with.map_or(String::new(), |sibling| format!(" with {sibling}"));
            return vec![answered(record, &with)];
        }
        record.line.fate = Fate::Ends;
        let Some(restarts) = self.restarts_mut(home) else {
            return failures;
        };
        if !wants(&restarts.rules, &failures) {
            if !failures.is_empty() {
                self.fail_nursery(now, actor, &failures);
            }
            self.advance(now, home);
            return failures;
        }
        if !restarts.admit(now) {
            return self.give_up(now, actor, home);
        }
        self.begin_restart(now, actor, home)
    }

    /// One restart too many was asked for: that is the nursery's failure, and the last failure tells it.
    fn give_up(&mut self, now: Time, actor: Uuid, home: Home) -> Vec<Failure> {
        let Some(rules) = self.restarts_mut(home).map(|restarts| restarts.rules) else {
            return Vec::new();
        };
        let Some(record) = self.actors.get_mut(&actor) else {
            return Vec::new();
        };
        let (restarts, within) = (rules.intensity.restarts, rules.intensity.within);
        let text = format!(
            "started anew {} times before, and its nursery may see {restarts} restarts within {within:?}",
            record.line.restarts
        );
        match record.failures.first_mut() {
            Some(first) => first.message = format!("{}; {text}", first.message),
            None => {
                let kind = FailureKind::Limit("restarts".to_owned());
                let failure = end_of(record, kind, format!("has ended; {text}"));
                record.failures.push(failure);
            }
        }
        let failures = record.failures.clone();
        self.fail_nursery(now, actor, &failures);
        failures
    }

    fn begin_restart(&mut self, now: Time, actor: Uuid, home: Home) -> Vec<Failure> {
        let part = self.random.f64();
        let Some(restarts) = self.restarts_mut(home) else {
            return Vec::new();
        };
        let (rules, count) = (restarts.rules, restarts.count());
        let Some(record) = self.actors.get_mut(&actor) else {
            return Vec::new();
        };
        let wait = record.line.wait(now, &rules.backoff, part);
        record.line.fate = Fate::Anew;
        record.line.due = now + wait;
        let (id, why) = (record.id.clone(), cause(record));
        let told = answered(record, "");
        let wait = Duration::from_millis(u64::try_from(wait.as_millis()).unwrap_or(u64::MAX));
        let text = format!("is started anew in {wait:?}{count}: {why}");
        self.log(&id, Level::Warn, text);
        self.begin_round(now, home, &id);
        vec![told]
    }

    /// Cancels those that are started anew with the actor that ended.
    fn begin_round(&mut self, now: Time, home: Home, ended: &ActorId) {
        let Some(record) = self.actors.get(&ended.uuid) else {
            return;
        };
        let (birth, due) = (record.birth, record.line.due);
        let Some(restarts) = self.restarts_mut(home).filter(|r| r.in_rounds()) else {
            return;
        };
        restarts.due = due;
        let rules = restarts.rules;
        let Some(nursery) = self.nursery(home) else {
            return;
        };
        let members: Vec<(u64, Uuid)> = nursery.members.iter().map(|(b, m)| (*b, *m)).collect();
        let over = Cancelled {
            cancellation: Cancellation {
                scope: ScopeId::default(),
                canceller: ended.clone(),
                reason: CancelReason::SiblingFailed,
                message: Some("to be started anew with it".to_owned()),
            },
            deadline: now + nursery.grace,
        };
        let mut affected = Vec::new();
        for (other, member) in members {
            if rules.strategy == RestartStrategy::OneForAll || other > birth {
                affected.extend(self.join_round(member, &rules));
            }
        }
        let orders = affected.into_iter().map(|actor| Order {
            actor,
            over: over.clone(),
        });
        let orders = orders.collect();
        self.cancel_all(now, orders);
    }

    /// Makes a sibling one of those that are started anew together. Gives it if it is to be cancelled for that.
    fn join_round(&mut self, member: Uuid, rules: &Restart) -> Option<Uuid> {
        let record = self.actors.get_mut(&member)?;
        if record.line.fate != Fate::Open {
            return None;
        }
        match record.state {
            State::Waiting => {
                // It is told its time anew, when all are gone.
                self.timers.clear(member);
                return None;
            }
            // It has come to its end already, and by itself, whether or not its process leaves by itself, too.
            State::Ending
            | State::Killed {
                cause: Cause::Lingered,
                ..
            } if !wants(rules, &record.failures) => return None,
            _ => record.line.fate = Fate::Anew,
        }
        Some(member)
    }

    /// A held actor that is gone is replaced by its next incarnation, which waits. `false`: it is not to be.
    pub(super) fn renew(&mut self, now: Time, actor: Uuid) -> bool {
        let anew = |record: &Actor| record.line.fate == Fate::Anew;
        if !self.is_held(actor) || !self.actors.get(&actor).is_some_and(anew) {
            return false;
        }
        let uuid = self.fresh_uuid();
        let Some(old) = self.actors.remove(&actor) else {
            return false;
        };
        let Some(home) = old.home else {
            return false;
        };
        let (birth, due) = (old.birth, old.line.due);
        self.account_for(&old.id, Some(home.owner));
        let record = self.next_incarnation(now, old, uuid);
        self.actors.insert(uuid, record);
        if let Some(nursery) = self.nursery_mut(home.owner, home.nursery) {
            nursery.members.insert(birth, uuid);
        }
        if self.restarts_mut(home).is_some_and(|r| r.in_rounds()) {
            self.advance(now, home);
        } else {
            self.timers.set(uuid, Timer::Backoff, due.max(now));
        }
        true
    }

    /// Moves what stays to a new record, and what pointed to the old one.
    fn next_incarnation(&mut self, now: Time, old: Actor, uuid: Uuid) -> Actor {
        let id = ActorId {
            name: old.id.name,
            uuid,
            pid: 0,
        };
        let mut line = old.line;
        if let Some(forgotten) = line.goes_on(old.id.uuid) {
            self.successors.remove(&forgotten);
        }
        let former = line.former.iter().map(|former| (*former, uuid));
        self.successors.extend(former);
        for (asker, request) in &line.callers {
            if let Some(asker) = self.actors.get_mut(asker) {
                asker.requests.insert(*request, Request::Connect(uuid));
            }
        }
        let owner = old.home.and_then(|home| self.actors.get_mut(&home.owner));
        if let Some(Request::Start(child)) =
            owner.and_then(|owner| owner.requests.get_mut(&old.started_by))
            && *child == old.id.uuid
        {
            *child = uuid;
        }
        Actor {
            component: old.component,
            grants: old.grants,
            one_shot: old.one_shot,
            overdue: old.overdue,
            spawn_backend: old.spawn_backend,
            home: old.home,
            started_by: old.started_by,
            line,
            ..Actor::new(id, old.birth, now, old.bounds, State::Waiting)
        }
    }

    /// Lets the first that waits in a nursery start, if those before it serve and all that end first are gone.
    pub(super) fn advance(&mut self, now: Time, home: Home) {
        let Some(nursery) = self.nursery(home).filter(|n| n.cancelled.is_none()) else {
            return;
        };
        let Some(restarts) = nursery.restarts.as_ref().filter(|r| r.in_rounds()) else {
            return;
        };
        let due = restarts.due.max(now);
        if let Some(first) = self.next_in_turn(nursery)
            && self.timers.of(first).is_none()
        {
            self.timers.set(first, Timer::Backoff, due);
        }
    }

    /// The one of a nursery that starts next; none while others of it end or start.
    pub(super) fn next_in_turn(&self, nursery: &Nursery) -> Option<Uuid> {
        let mut first = None;
        for member in nursery.members.values() {
            let record = self.actors.get(member)?;
            match (record.line.fate, &record.state) {
                (Fate::Ends, _) | (Fate::Open, State::Serving) => {}
                (Fate::Open, State::Waiting) => first = first.or(Some(*member)),
                _ => return None,
            }
        }
        first
    }

    /// It has waited long enough, but for its turn: a restart is a start as others are.
    pub(super) fn on_backoff_over(&mut self, now: Time, actor: Uuid) {
        let Some(record) = self.actors.get_mut(&actor) else {
            return;
        };
        let reserved = std::mem::replace(&mut record.line.has_turn, true);
        if let Some(home) = record.home.filter(|_| !reserved)
            && let Some(turn) = self.reserve_start(now, home.owner)
            && turn > now
        {
            return self.timers.set(actor, Timer::Backoff, turn);
        }
        let Some(record) = self.actors.get_mut(&actor) else {
            return;
        };
        record.line.has_turn = false;
        record.state = State::Starting { request: None };
        record.born = now;
        self.begin_start(now, actor);
    }

    /// An actor that waits is cancelled: there is no process to wait for.
    pub(super) fn vanish(&mut self, now: Time, actor: Uuid, over: &Cancelled) {
        let Some(record) = self.actors.get_mut(&actor) else {
            return;
        };
        record.cancelled = Some(over.clone());
        record.line.fate = Fate::Ends;
        record.state = State::Reaped;
        self.timers.clear(actor);
        self.note_cancelled(actor);
        self.settle(now, actor);
    }

    /// The actor serves: its owner is told if it did before, and those who waited for it are linked.
    pub(super) fn on_serving(&mut self, now: Time, actor: Uuid, home: Home) {
        let restarts = self.restarts_mut(home).is_some();
        let Some(record) = self.actors.get_mut(&actor) else {
            return;
        };
        record.line.served = Some(now);
        if restarts {
            record.line.fate = Fate::Open;
        }
        let (id, child) = (record.id.clone(), record.line.child);
        let callers = std::mem::take(&mut record.line.callers);
        if child != actor {
            let actor = id.clone();
            self.tell(home.owner, ToWorker::ChildRestarted { child, actor });
        }
        for (asker, request) in callers {
            if let Some(asker) = self.actors.get_mut(&asker) {
                asker.requests.remove(&request);
            }
            self.link(asker, actor);
            self.answer(asker, request, Answer::Connected(id.clone()));
        }
        self.advance(now, home);
    }

    /// The line of an actor that is gone has ended.
    pub(super) fn end_line(&mut self, record: &mut Actor) {
        for former in &record.line.former {
            self.successors.remove(former);
        }
        for (asker, request) in std::mem::take(&mut record.line.callers) {
            if let Some(asker) = self.actors.get_mut(&asker) {
                asker.requests.remove(&request);
            }
            let text = format!("actor `{}` is not started anew", record.id);
            self.refuse(asker, request, FailureKind::NotFound, text);
        }
        let Some(home) = record.home.filter(|_| record.line.is_known()) else {
            return;
        };
        self.push_child_ended(home, record);
    }

    fn push_child_ended(&mut self, home: Home, record: &Actor) {
        let ended = ToWorker::ChildEnded {
            child: record.line.child,
            failures: record.failures.clone(),
        };
        self.tell(home.owner, ended);
    }

    /// What went wrong below an actor whose end was answered already is not its nursery's, but not lost.
    pub(super) fn log_below(&mut self, actor: &ActorId, failures: &[Failure]) {
        for failure in failures {
            let text = format!("below it: {}: {}", failure.origin, failure.message);
            self.log(actor, Level::Warn, text);
        }
    }

    pub(super) fn nursery(&self, home: Home) -> Option<&Nursery> {
        self.actors.get(&home.owner)?.nurseries.get(&home.nursery)
    }

    pub(super) fn restarts_mut(&mut self, home: Home) -> Option<&mut Restarts> {
        self.nursery_mut(home.owner, home.nursery)?
            .restarts
            .as_mut()
    }
}

/// Why the actor ended, for people.
fn cause(record: &Actor) -> String {
    let first = record.failures.first();
    first.map_or("it has ended".to_owned(), |failure| failure.message.clone())
}

/// Its failures are answered by the restart. Gives how calls end that were under way; the id is that of the actor's end, so that
/// nobody counts it beside another.
fn answered(record: &mut Actor, with: &str) -> Failure {
    let failures = std::mem::take(&mut record.failures);
    let first = failures.into_iter().next();
    let message = match &first {
        Some(failure) => format!("was started anew{with}: {}", failure.message),
        None => format!("was started anew{with}"),
    };
    Failure {
        backtrace: first.and_then(|failure| failure.backtrace),
        ..end_of(record, FailureKind::Restarted, message)
    }
}
