//! What must hold of actors that are started anew, and of those who are told of ends.

use super::{Known, NurseryBook, Oracle};
use std::collections::BTreeSet;
use tractor_protocol::control::FromWorker;
use tractor_protocol::{
    Failure, FailureId, FailureKind, NurseryId, RequestId, Restart, RestartStrategy, Uuid,
};
use tractor_runtime::time::Time;

/// The most restarts that are counted, as `tree/line.rs` says.
const COUNTED: u32 = 4096;

impl Oracle {
    /// The first incarnation of an actor.
    fn first_of(&self, actor: Uuid) -> Uuid {
        let known = self.actors.get(&actor);
        known.and_then(|known| known.line).unwrap_or(actor)
    }

    /// Its owner wants an actor to end for good.
    pub(super) fn unwant(&mut self, actor: Uuid) {
        let first = self.first_of(actor);
        self.known(first).unwanted = true;
    }

    /// A worker is spawned that nobody asked for: the next incarnation of one that is gone.
    pub(super) fn after_restart(&mut self, now: Time, actor: Uuid, owner: Uuid) {
        self.seen.note("restart");
        let name = self.known(actor).name.clone();
        let mut gone = self.actors.iter().filter(|(_, known)| {
            known.owner == Some(owner) && known.reaped && !known.renewed && known.name == name
        });
        let before = gone.find_map(|(uuid, known)| Some((*uuid, known.nursery?)));
        let Some((before, nursery)) = before else {
            return self.wrong.push(format!("{actor} is spawned unasked"));
        };
        self.expect_gone(before, "is started anew");
        let first = self.first_of(before);
        let unwanted = self.known(first).unwanted;
        self.expect(!unwanted, || {
            format!("{first} is started anew though its owner wants its end")
        });
        let otherwise = std::mem::replace(&mut self.known(before).renewed, true)
            || self.known(before).told_otherwise;
        self.expect(!otherwise, || {
            format!("{before} is started anew, and someone was told that it has ended")
        });
        self.check_rules(now, before, (owner, nursery));
        let known = self.known(actor);
        known.owner = Some(owner);
        known.nursery = Some(nursery);
        known.line = Some(first);
        if let Some(book) = self.home(actor) {
            book.members.push(actor);
        }
    }

    /// The nursery's rules allow this restart.
    fn check_rules(&mut self, now: Time, before: Uuid, key: (Uuid, NurseryId)) {
        let decided = self.known(before).reaped_at.unwrap_or(now);
        let is_over = !self.known(key.0).heard() || self.known(key.0).cancel_sent;
        let unready = self.starts_beside(key);
        let book = self.nurseries.entry(key).or_default();
        let is_over = is_over || book.is_cancelled || book.outcome.is_some();
        let rules = book.restart;
        let mut wrong = Vec::new();
        if is_over {
            wrong.push(format!(
                "{before} is started anew in a nursery that is cancelled"
            ));
        }
        match rules {
            None => wrong.push(format!(
                "{before} is started anew in a nursery without restarts"
            )),
            Some(rules) if rules.strategy == RestartStrategy::OneForOne => {
                book.restarted.push(decided);
                wrong.extend(beyond(&rules, &book.restarted));
                if now < decided + rules.backoff.first * 3 / 4 {
                    wrong.push(format!("{before} is started anew at once"));
                }
            }
            Some(_) if unready => {
                wrong.push(format!(
                    "{before} is started anew before the one before it serves"
                ));
            }
            Some(_) => {}
        }
        self.wrong.extend(wrong);
    }

    /// Whether another next incarnation in the same nursery is starting.
    fn starts_beside(&self, key: (Uuid, NurseryId)) -> bool {
        let book = self.nurseries.get(&key);
        let members = book.into_iter().flat_map(|book| &book.members);
        let mut known = members.filter_map(|member| self.actors.get(member));
        known.any(|known| known.line.is_some() && !known.ready && known.heard())
    }

    /// A nursery is cancelled because a member failed: its rules did not answer that with a restart.
    pub(super) fn after_escalation(&mut self, now: Time, key: (Uuid, NurseryId), failed: Uuid) {
        let Some(book) = self.nurseries.get(&key) else {
            return;
        };
        let Some(rules) = book.restart else {
            return;
        };
        let (most, within) = (rules.intensity.restarts, rules.intensity.within);
        let ended = book
            .members
            .iter()
            .filter_map(|member| self.actors.get(member));
        let recent = ended.filter(|known| known.reaped_at.is_some_and(|at| now.since(at) < within));
        let may_give_up = most <= COUNTED && recent.count() > most as usize;
        let first = self.first_of(failed);
        let unwanted = self.actors.get(&first).is_some_and(|known| known.unwanted);
        let serves = self.actors.get(&failed).is_some_and(|known| known.served);
        let next = self
            .actors
            .get(&failed)
            .is_some_and(|known| known.line.is_some());
        let known = self.actors.get(&failed);
        // What fails below one that has ended well is told later.
        let is_over = known.is_some_and(|known| known.reaped_at.is_some_and(|at| at < now));
        // One that has ended well is not started anew, and what failed below it is told then.
        let is_wanted_back = known.is_some_and(|known| known.is_wanted_back(rules.policy));
        if (serves || next) && !is_over && is_wanted_back {
            self.seen.note("restarts given up");
            self.expect(may_give_up || unwanted, || {
                format!("{failed} is not started anew, and its nursery fails")
            });
        }
    }

    /// An actor is reaped, and what the tree does about that is done: the rules say whether that is a restart, and who is started anew with it.
    pub(super) fn check_reaped(&mut self, actor: Uuid) {
        let is_joined = self.known(actor).joined;
        let is_answered = self.is_answered(actor);
        let told = self.known(actor).told_anew;
        self.expect(is_joined || is_answered || !told, || {
            format!("{actor} is said to be started anew, and its nursery does not want that")
        });
        // One that was to be started anew with another belongs to the round of that one.
        if is_answered && !is_joined {
            self.check_round(actor);
        }
    }

    /// Whether the end of an actor that is reaped is to be answered with a restart.
    fn is_answered(&self, actor: Uuid) -> bool {
        let Some((book, known)) = self.home_of(actor) else {
            return false;
        };
        let Some(rules) = book.restart else {
            return false;
        };
        let owner = known.owner.and_then(|owner| self.actors.get(&owner));
        let owner_acts = owner.is_some_and(|owner| owner.heard() && !owner.cancel_sent);
        let is_over = !owner_acts || book.is_cancelled || book.outcome.is_some();
        !is_over && self.is_member(actor) && known.is_wanted_back(rules.policy)
    }

    /// Whether an actor is a child of its nursery for good or ill: its first start is answered, and its owner wants it.
    fn is_member(&self, actor: Uuid) -> bool {
        let known = self.actors.get(&actor);
        let has_served = known.is_some_and(|known| known.served || known.line.is_some());
        let first = self.actors.get(&self.first_of(actor));
        has_served && first.is_some_and(|first| !first.unwanted)
    }

    /// The end of an actor is answered with a restart: those that are to be started anew with it are cancelled.
    fn check_round(&mut self, ended: Uuid) {
        let Some((book, _)) = self.home_of(ended) else {
            return;
        };
        let Some(rules) = book.restart else {
            return;
        };
        let birth = |actor: Uuid| {
            let first = self.first_of(actor);
            book.members.iter().position(|member| *member == first)
        };
        let of_round = |member: &&Uuid| match rules.strategy {
            RestartStrategy::OneForOne => false,
            RestartStrategy::OneForAll => true,
            RestartStrategy::RestForOne => birth(**member) > birth(ended),
        };
        let members = book.members.iter().filter(of_round).copied();
        let joined = members.filter(|member| {
            let known = self.actors.get(member);
            let is_there = known.is_some_and(|k| !k.reaped && k.is_wanted_back(rules.policy));
            is_there && self.is_member(*member)
        });
        let joined: Vec<Uuid> = joined.collect();
        for member in joined {
            let known = self.known(member);
            let goes_on = known.heard() && !known.cancel_sent;
            known.joined = true;
            self.expect(!goes_on, || {
                format!("{member} is not started anew with {ended}")
            });
        }
    }

    fn home_of(&self, actor: Uuid) -> Option<(&NurseryBook, &Known)> {
        let known = self.actors.get(&actor)?;
        let book = self.nurseries.get(&(known.owner?, known.nursery?))?;
        Some((book, known))
    }

    pub(super) fn after_restarted(&mut self, owner: Uuid, child: Uuid, now: Uuid) {
        let linked = self.links.contains(&(owner, now)) || self.links.contains(&(now, owner));
        let known = self.known(now);
        let fine = known.line == Some(child) && known.ready && !known.told_restarted && linked;
        known.told_restarted = true;
        self.expect(fine, || {
            format!("{owner} is told that {child} is {now} now, who is not ready, or not linked")
        });
    }

    pub(super) fn after_child_ended(&mut self, child: Uuid) {
        let twice = std::mem::replace(&mut self.known(child).told_ended, true);
        self.expect(!twice, || format!("{child} is said to have ended twice"));
        let line = self.actors.iter().filter(|(_, k)| k.line == Some(child));
        let line: Vec<Uuid> = line.map(|(uuid, _)| *uuid).chain([child]).collect();
        for actor in line {
            self.expect_gone(actor, "has ended for good");
        }
    }

    /// The owner of a nursery was told of the end of each child that it knows.
    pub(super) fn check_lines(&mut self, key: (Uuid, NurseryId)) {
        let book = self.nurseries.get(&key);
        let members = book.map_or_else(Vec::new, |book| book.members.clone());
        for member in members {
            let known = self.known(member);
            let (untold, request) = (!known.told_ended && known.line.is_none(), known.request);
            let is_known = request.is_some_and(|request| self.started.contains(&(key.0, request)));
            self.expect(!(untold && is_known), || {
                format!("the owner of {member} is not told that it has ended for good")
            });
        }
    }

    /// Someone is told of the end of an actor that it has a link with.
    pub(super) fn after_ended(&mut self, told: Uuid, ended: Uuid, failures: &[Failure]) {
        let known = self.known(ended);
        let reaped = known.reaped;
        let anew = |failure: &Failure| failure.kind == FailureKind::Restarted;
        known.told_otherwise |= !failures.iter().any(anew);
        let mut own = failures.iter().filter(|f| f.origin.uuid == ended);
        known.told_anew |= own.any(anew);
        self.expect(reaped, || {
            format!("{ended} is said to have ended too early")
        });
        self.links.remove(&(told, ended));
        self.links.remove(&(ended, told));
    }

    /// The process of an actor is gone: all that had a link with it were told.
    pub(super) fn check_parted(&mut self, actor: Uuid) {
        let of = |(one, other): &(Uuid, Uuid)| *one == actor || *other == actor;
        let left: Vec<_> = self.links.iter().copied().filter(of).collect();
        for (one, other) in left {
            self.links.remove(&(one, other));
            let peer = if one == actor { other } else { one };
            let hears = self.known(peer).heard();
            self.expect(!hears, || {
                format!("{peer} is not told of the end of {actor}, with which it has a link")
            });
        }
    }

    /// A caller is told which incarnation it has a link with.
    pub(super) fn after_connected(&mut self, asker: Uuid, request: RequestId, current: Uuid) {
        let asked = match self.asked.get(&(asker, request)) {
            Some(FromWorker::Connect { actor, .. }) => *actor,
            _ => return,
        };
        let same = self.first_of(asked) == self.first_of(current);
        let linked =
            self.links.contains(&(asker, current)) || self.links.contains(&(current, asker));
        self.expect(same && linked, || {
            format!("{asker} wants {asked} and is linked with {current}, or not at all")
        });
        if asked != current {
            self.seen.note("connected with another incarnation");
        }
    }

    /// What failed in nurseries that members did not live to close: no failure is lost.
    pub(super) fn untold(&self, key: (Uuid, NurseryId)) -> BTreeSet<FailureId> {
        let mut untold = BTreeSet::new();
        let book = self
            .nurseries
            .get(&key)
            .filter(|book| book.restart.is_none());
        let mut members = book.map_or_else(Vec::new, |book| book.members.clone());
        while let Some(member) = members.pop() {
            let left_open = self.nurseries.range((member, NurseryId(0))..);
            let left_open = left_open.take_while(|((owner, _), _)| *owner == member);
            for (_, book) in left_open.filter(|(_, book)| book.outcome.is_none()) {
                untold.extend(&book.must);
                if book.restart.is_none() {
                    members.extend(&book.members);
                }
            }
        }
        untold
    }
}

/// Whether there were more restarts than may be.
fn beyond(rules: &Restart, restarted: &[Time]) -> Option<String> {
    let (most, within) = (rules.intensity.restarts, rules.intensity.within);
    let until = |last: &Time| {
        let recent = restarted.iter().filter(|at| **at <= *last);
        recent.filter(|at| last.since(**at) < within).count()
    };
    let count = restarted.iter().map(until).max().unwrap_or(0);
    (most <= COUNTED && count > most as usize)
        .then(|| format!("{count} restarts within {within:?}, and {most} may be"))
}
