//! Checks the invariants that hold between any two events. For tests and simulation; costs time in proportion to the tree.

use super::actor::{Actor, Request, State};
use super::line::Fate;
use super::machine::Tree;
use super::timer::Timer;
use crate::time::Time;
use std::collections::BTreeMap;
use tractor_protocol::Uuid;

impl Tree {
    /// Returns what is wrong with the tree's own books; nothing, unless the tree has a mistake.
    pub fn audit(&self) -> Vec<String> {
        let mut wrong = Vec::new();
        for record in self.actors.values() {
            self.audit_home(record, &mut wrong);
            self.audit_members(record, &mut wrong);
            self.audit_timer(record, &mut wrong);
            self.audit_links(record, &mut wrong);
            self.audit_deadlines(record, &mut wrong);
            self.audit_requests(record, &mut wrong);
            self.audit_callers(record, &mut wrong);
        }
        self.audit_successors(&mut wrong);
        self.audit_counts(&mut wrong);
        self.audit_registrar(&mut wrong);
        self.audit_turns(&mut wrong);
        let strays = self.timers.actors();
        wrong.extend(
            strays
                .filter(|actor| !self.actors.contains_key(actor))
                .map(|actor| format!("a timer of {actor}, who is gone")),
        );
        let accounts = self.accounts.actors();
        wrong.extend(
            accounts
                .filter(|actor| !self.actors.contains_key(actor))
                .map(|actor| format!("an account of {actor}, who is gone")),
        );
        wrong
    }

    fn audit_home(&self, record: &Actor, wrong: &mut Vec<String>) {
        let Some(home) = record.home else {
            if record.id != self.root {
                wrong.push(format!("{} has no owner", record.id));
            }
            return;
        };
        let nursery = self
            .actors
            .get(&home.owner)
            .and_then(|owner| owner.nurseries.get(&home.nursery));
        let member = nursery.and_then(|nursery| nursery.members.get(&record.birth));
        if member != Some(&record.id.uuid) {
            wrong.push(format!("{} is no member of its nursery", record.id));
        }
        if record.is_gone() {
            wrong.push(format!("{} is gone and still here", record.id));
        }
    }

    fn audit_members(&self, record: &Actor, wrong: &mut Vec<String>) {
        for (id, nursery) in &record.nurseries {
            for member in nursery.members.values() {
                if !self.actors.contains_key(member) {
                    wrong.push(format!("{id:?} of {} has a gone member", record.id));
                }
            }
            if nursery.is_done() {
                wrong.push(format!("{id:?} of {} is done and not closed", record.id));
            }
            if !record.hears() && nursery.cancelled.is_none() {
                wrong.push(format!("{id:?} of {} outlives its owner", record.id));
            }
        }
    }

    fn audit_timer(&self, record: &Actor, wrong: &mut Vec<String>) {
        let timer = self.timers.of(record.id.uuid).map(|(_, timer)| timer);
        let expected = match record.state {
            State::Waiting => return self.audit_waiting(record, timer, wrong),
            State::Starting { .. } => Some(Timer::Start),
            State::Cancelling => Some(Timer::Grace),
            State::Stopping { .. } => Some(Timer::Stop),
            State::Ending | State::Lost { .. } => Some(Timer::Exit),
            State::Serving | State::Killed { .. } | State::Reaped => None,
        };
        if timer != expected {
            wrong.push(format!(
                "{} is {:?} and has timer {timer:?}",
                record.id, record.state
            ));
        }
    }

    /// It is told its time, or others of its nursery end or start first.
    fn audit_waiting(&self, record: &Actor, timer: Option<Timer>, wrong: &mut Vec<String>) {
        let nursery = record.home.and_then(|home| self.nursery(home));
        let in_turn = nursery.is_some_and(|nursery| match &nursery.restarts {
            Some(restarts) if restarts.in_rounds() => {
                self.next_in_turn(nursery) == Some(record.id.uuid)
            }
            _ => true,
        });
        let untold = in_turn && timer.is_none();
        let other = timer.is_some_and(|timer| timer != Timer::Backoff);
        if untold || other || record.line.fate != Fate::Open {
            wrong.push(format!("{} waits, and has timer {timer:?}", record.id));
        }
        if record.below > 0 || !record.nurseries.is_empty() || record.id.pid != 0 {
            wrong.push(format!("{} waits, and something is left", record.id));
        }
    }

    /// Ids lead to actors that live, from those that they were.
    fn audit_successors(&self, wrong: &mut Vec<String>) {
        let lines = self.actors.values();
        let known: usize = lines.map(|record| record.line.former.len()).sum();
        if known != self.successors.len() {
            wrong.push("former ids are not those of the actors".to_owned());
        }
        for (former, current) in &self.successors {
            let record = self.actors.get(current);
            if !record.is_some_and(|record| record.line.former.contains(former)) {
                wrong.push(format!("{former} leads to {current}, who is another"));
            }
        }
    }

    fn audit_callers(&self, record: &Actor, wrong: &mut Vec<String>) {
        for (asker, request) in &record.line.callers {
            let asks = self.actors.get(asker).is_some_and(|asker| {
                matches!(asker.requests.get(request), Some(Request::Connect(peer)) if *peer == record.id.uuid)
            });
            if !asks {
                wrong.push(format!("{asker} is waited for {} and is gone", record.id));
            }
        }
    }

    fn audit_links(&self, record: &Actor, wrong: &mut Vec<String>) {
        for peer in &record.links {
            let other = self.actors.get(peer);
            if !other.is_some_and(|other| other.links.contains(&record.id.uuid)) {
                wrong.push(format!("{} has a one-sided link with {peer}", record.id));
            }
        }
        if !record.unlinked.is_subset(&record.links) {
            wrong.push(format!("{} lost a link that it has not", record.id));
        }
        let no_worker = matches!(
            record.state,
            State::Waiting | State::Starting { .. } | State::Reaped
        );
        if no_worker && !record.links.is_empty() {
            wrong.push(format!("{} has links without a worker", record.id));
        }
    }

    fn audit_deadlines(&self, record: &Actor, wrong: &mut Vec<String>) {
        for (id, nursery) in &record.nurseries {
            let Some(over) = &nursery.cancelled else {
                if record.cancelled.is_some() {
                    wrong.push(format!("{id:?} of cancelled {} goes on", record.id));
                }
                continue;
            };
            if let Some(owner) = &record.cancelled
                && over.deadline > owner.deadline - self.config.allowance
            {
                wrong.push(format!("{id:?} has longer than {}", record.id));
            }
            for member in nursery.members.values() {
                self.audit_member_deadline(*member, over.deadline, wrong);
            }
        }
    }

    fn audit_member_deadline(&self, member: Uuid, latest: Time, wrong: &mut Vec<String>) {
        let Some(record) = self.actors.get(&member) else {
            return;
        };
        let late = record
            .cancelled
            .as_ref()
            .is_some_and(|own| own.deadline > latest);
        let timed = matches!(record.state, State::Cancelling) && late;
        let undone = matches!(
            record.state,
            State::Waiting | State::Serving | State::Starting { .. }
        );
        if timed || undone {
            wrong.push(format!("{} outlives its nursery's cancel", record.id));
        }
    }

    fn audit_requests(&self, record: &Actor, wrong: &mut Vec<String>) {
        for (number, request) in &record.requests {
            let known = match request {
                Request::Start(child) => self.actors.get(child).is_some_and(|child| {
                    !matches!(child.state, State::Reaped)
                        || child
                            .home
                            .and_then(|home| self.nursery(home))
                            .is_some_and(|n| n.restarts.is_some())
                }),
                Request::Connect(peer) => self
                    .actors
                    .get(peer)
                    .is_some_and(|peer| peer.line.callers.contains(&(record.id.uuid, *number))),
                Request::Cancel(target) => self
                    .actors
                    .get(target)
                    .is_some_and(|target| target.awaited_by.contains(number)),
                Request::WaitFor(name) => self
                    .registrar
                    .waiters()
                    .any(|entry| entry == (name.as_str(), (record.id.uuid, *number))),
                Request::Relink(peer) => record.unlinked.contains(peer),
                Request::Turn(_) => self
                    .turns
                    .requests()
                    .any(|entry| entry == (record.id.uuid, *number)),
            };
            if !known || !record.hears() {
                wrong.push(format!("{} waits in vain: {request:?}", record.id));
            }
        }
    }

    fn audit_turns(&self, wrong: &mut Vec<String>) {
        for (owner, number) in self.turns.requests() {
            let request = self
                .actors
                .get(&owner)
                .and_then(|r| r.requests.get(&number));
            if !matches!(request, Some(Request::Turn(_))) {
                wrong.push(format!("a start of {owner} waits for its turn in vain"));
            }
        }
    }

    fn audit_counts(&self, wrong: &mut Vec<String>) {
        let mut below: BTreeMap<Uuid, u32> = BTreeMap::new();
        for record in self.actors.values() {
            let mut above = record.home;
            while let Some(home) = above {
                *below.entry(home.owner).or_default() += 1;
                above = self.home(home.owner);
            }
        }
        for record in self.actors.values() {
            let counted = below.get(&record.id.uuid).copied().unwrap_or(0);
            if counted != record.below || record.below > record.bounds.actors {
                wrong.push(format!(
                    "{} counts {} below it, and has {counted}",
                    record.id, record.below
                ));
            }
        }
    }

    fn audit_registrar(&self, wrong: &mut Vec<String>) {
        for (name, holder) in self.registrar.entries() {
            let valid = self
                .actors
                .get(&holder)
                .is_some_and(|record| record.serves() && record.names.contains(name));
            if !valid {
                wrong.push(format!(
                    "`{name}` is registered for {holder}, who is ending"
                ));
            }
        }
        for (name, (waiter, request)) in self.registrar.waiters() {
            let known = self.actors.get(&waiter).is_some_and(|record| {
                matches!(record.requests.get(&request), Some(Request::WaitFor(other)) if other == name)
            });
            if !known {
                wrong.push(format!("{waiter} is waited for `{name}` and is gone"));
            }
        }
    }
}
