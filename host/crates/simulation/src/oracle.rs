//! Simple books, kept beside the tree's: what it was told and what it did, and what of that contradicts the laws.

mod ending;
mod restarts;
#[cfg(test)]
mod tests;
mod told;

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;
use tractor_protocol::control::{Answer, FromWorker, ToWorker};
use tractor_protocol::{
    ActorId, CancelReason, Error, Failure, FailureId, NurseryId, RequestId, Restart, RestartPolicy,
    Uuid,
};
use tractor_runtime::time::Time;
use tractor_runtime::tree::Effect;

use crate::Coverage;

/// What the oracle knows of one actor.
#[derive(Default)]
struct Known {
    owner: Option<Uuid>,
    nursery: Option<NurseryId>,
    request: Option<RequestId>,
    ready: bool,
    /// Its owner was told that it serves.
    served: bool,
    said_last: bool,
    /// Its last word tells of no failure, but perhaps of an exit with code 0.
    said_well: bool,
    link_lost: bool,
    violated: bool,
    cancel_sent: bool,
    stop_sent: bool,
    killed: bool,
    reaped: bool,
    forgotten: bool,
    late_word: bool,
    killed_at: Option<Time>,
    reaped_at: Option<Time>,
    deadline: Option<Time>,
    name: String,
    /// The first incarnation of it, if it is not that itself.
    line: Option<Uuid>,
    /// It is to be started anew with another.
    joined: bool,
    /// The next incarnation is spawned.
    renewed: bool,
    /// Its owner wants its line to end.
    unwanted: bool,
    /// Its owner was told that it is started anew, or that its line has ended.
    told_restarted: bool,
    told_ended: bool,
    /// Someone was told of its end, and not that it is started anew.
    told_otherwise: bool,
    /// Someone was told of its end, and that it is started anew.
    told_anew: bool,
}

impl Known {
    fn heard(&self) -> bool {
        !(self.said_last || self.link_lost || self.killed || self.reaped)
    }

    /// Whether `policy` answers its end, if nobody asked for it: all that is not said to be well is a failure.
    fn is_wanted_back(&self, policy: RestartPolicy) -> bool {
        policy == RestartPolicy::Always || !self.said_well
    }
}

/// What the oracle knows of one nursery.
#[derive(Default)]
struct NurseryBook {
    members: Vec<Uuid>,
    must: BTreeSet<FailureId>,
    may: BTreeSet<FailureId>,
    must_not: BTreeSet<FailureId>,
    body_over: bool,
    outcome: Option<Vec<FailureId>>,
    restart: Option<Restart>,
    is_cancelled: bool,
    /// When restarts that were spawned were decided on.
    restarted: Vec<Time>,
}

pub(crate) struct Oracle {
    root: Uuid,
    actors: BTreeMap<Uuid, Known>,
    nurseries: BTreeMap<(Uuid, NurseryId), NurseryBook>,
    asked: BTreeMap<(Uuid, RequestId), FromWorker>,
    answered: BTreeSet<(Uuid, RequestId)>,
    /// Starts that were answered with an actor.
    started: BTreeSet<(Uuid, RequestId)>,
    withdrawn: BTreeSet<(Uuid, RequestId)>,
    starting: Option<(Uuid, RequestId, NurseryId)>,
    /// The actor whose start is withdrawn just now.
    undone: Option<Uuid>,
    links: BTreeSet<(Uuid, Uuid)>,
    /// Who said of whom that its end of their link is gone.
    unlinked: BTreeSet<(Uuid, Uuid)>,
    /// The next incarnation that became ready just now.
    risen: Option<Uuid>,
    /// The actor that is reaped just now.
    fallen: Option<Uuid>,
    /// What cancelled actors may take beyond their deadlines.
    constant: Duration,
    /// Whether the last words of the dead are told before their deaths.
    orderly: bool,
    pub(crate) finished: bool,
    pub(crate) wrong: Vec<String>,
    pub(crate) seen: Coverage,
}

impl Oracle {
    pub(crate) fn new(root: Uuid, constant: Duration, orderly: bool) -> Self {
        let known = Known {
            ready: true,
            ..Known::default()
        };
        Self {
            root,
            actors: BTreeMap::from([(root, known)]),
            nurseries: BTreeMap::new(),
            asked: BTreeMap::new(),
            answered: BTreeSet::new(),
            started: BTreeSet::new(),
            withdrawn: BTreeSet::new(),
            starting: None,
            undone: None,
            links: BTreeSet::new(),
            unlinked: BTreeSet::new(),
            risen: None,
            fallen: None,
            constant,
            orderly,
            finished: false,
            wrong: Vec::new(),
            seen: Coverage::default(),
        }
    }

    /// Nothing moved for so long, though it should have: everybody is late by that.
    pub(crate) fn stood_still(&mut self, time: Duration) {
        self.constant += time;
    }

    fn expect(&mut self, holds: bool, text: impl FnOnce() -> String) {
        if !holds {
            self.wrong.push(text());
        }
    }

    fn known(&mut self, actor: Uuid) -> &mut Known {
        self.actors.entry(actor).or_default()
    }

    /// The book of the nursery that an actor belongs to.
    fn home(&mut self, actor: Uuid) -> Option<&mut NurseryBook> {
        let known = self.actors.get(&actor)?;
        let key = (known.owner?, known.nursery?);
        Some(self.nurseries.entry(key).or_default())
    }

    /// Checks what the tree does.
    pub(crate) fn after(&mut self, now: Time, effect: &Effect) {
        match effect {
            Effect::Spawn(request) => self.after_spawn(now, &request.actor, request.owner.uuid),
            Effect::Send { actor, message } => self.after_send(now, *actor, message),
            Effect::Link { first, second } => self.after_link(*first, *second),
            Effect::Kill { actor } => {
                self.seen.note("kill");
                self.expect_living(*actor, "kills");
                let known = self.known(*actor);
                known.killed = true;
                known.killed_at.get_or_insert(now);
            }
            Effect::CloseControl { actor } => self.after_forgotten(*actor),
            Effect::Finished => {
                let twice = self.finished;
                self.finished = true;
                let left = self.living();
                self.expect(!twice && left.is_empty(), || {
                    format!("finished with {left:?} left, twice: {twice}")
                });
            }
            Effect::Log { .. } | Effect::Report { .. } | Effect::Teardown(_) => {}
        }
    }

    /// Actors that are spawned and not reaped.
    pub(crate) fn living(&self) -> Vec<Uuid> {
        let living = self.actors.iter().filter(|(_, known)| !known.reaped);
        living
            .map(|(uuid, _)| *uuid)
            .filter(|uuid| *uuid != self.root)
            .collect()
    }

    fn expect_living(&mut self, actor: Uuid, verb: &str) {
        let known = self.actors.get(&actor);
        let fine = known.is_some_and(|known| !known.forgotten);
        self.expect(fine, || {
            format!("{verb} {actor}, who is forgotten or unknown")
        });
    }

    fn after_spawn(&mut self, now: Time, id: &ActorId, owner: Uuid) {
        self.seen.note("spawn");
        let actor = id.uuid;
        let fresh = !self.actors.contains_key(&actor);
        self.expect(fresh, || format!("{actor} is spawned twice"));
        self.known(actor).name.clone_from(&id.name);
        let Some((asker, request, nursery)) = self.starting.take() else {
            return self.after_restart(now, actor, owner);
        };
        self.expect(asker == owner, || format!("{actor} is given away"));
        let known = self.known(actor);
        known.owner = Some(owner);
        known.nursery = Some(nursery);
        known.request = Some(request);
        if let Some(book) = self.home(actor) {
            book.members.push(actor);
        }
    }

    fn after_link(&mut self, first: Uuid, second: Uuid) {
        self.seen.note("link");
        for end in [first, second] {
            let fine = self.known(end).ready && self.known(end).heard();
            self.expect(fine, || format!("a link for {end}, who does not live"));
        }
        let fresh = self.links.insert((first, second)) && !self.links.contains(&(second, first));
        self.expect(fresh, || format!("{first} and {second} are linked twice"));
    }

    fn after_forgotten(&mut self, actor: Uuid) {
        self.check_parted(actor);
        let known = self.known(actor);
        let fine = known.reaped && !known.forgotten;
        known.forgotten = true;
        let (owner, request) = (known.owner, known.request);
        self.expect(fine, || {
            format!("{actor} is forgotten before it is reaped, or twice")
        });
        let (Some(owner), Some(request)) = (owner, request) else {
            return;
        };
        let owner_hears = self.known(owner).heard();
        let settled =
            self.answered.contains(&(owner, request)) || self.withdrawn.contains(&(owner, request));
        self.expect(settled || !owner_hears, || {
            format!("the start of {actor} is never answered")
        });
    }

    fn after_send(&mut self, now: Time, actor: Uuid, message: &ToWorker) {
        self.expect_living(actor, "sends to");
        let heard = self.known(actor).heard();
        self.expect(heard, || format!("sends to {actor}, who does not listen"));
        match message {
            ToWorker::Cancel { time_left, .. } => {
                self.seen.note("cancel");
                let known = self.known(actor);
                let deadline = now + *time_left;
                let longer = known.deadline.is_some_and(|held| deadline > held);
                known.cancel_sent = true;
                known.deadline = Some(deadline);
                self.expect(!longer, || format!("the time of {actor} is lengthened"));
            }
            ToWorker::Stop => {
                self.seen.note("stop");
                self.known(actor).stop_sent = true;
            }
            ToWorker::NurseryCancelled {
                nursery,
                cancellation,
            } => {
                self.seen.note("nursery cancelled");
                if cancellation.reason == CancelReason::SiblingFailed {
                    self.after_escalation(now, (actor, *nursery), cancellation.canceller.uuid);
                }
                let book = self.nurseries.entry((actor, *nursery)).or_default();
                book.is_cancelled = true;
            }
            ToWorker::ChildRestarted { child, actor: now } => {
                self.after_restarted(actor, *child, now.uuid);
            }
            ToWorker::ChildEnded { child, .. } => self.after_child_ended(*child),
            ToWorker::Unlinked { actor: other } => {
                self.seen.note("unlinked");
                let both = [(actor, *other), (*other, actor)];
                let said = both.iter().all(|pair| self.unlinked.contains(pair));
                self.expect(said, || {
                    format!("{actor} and {other} are said to be cut off, and one of them has not said so")
                });
                self.links.remove(&(actor, *other));
                self.links.remove(&(*other, actor));
            }
            ToWorker::NurseryClosed { nursery, failures } => {
                self.after_closed(actor, *nursery, failures);
            }
            ToWorker::ActorEnded {
                actor: ended,
                failures,
            } => self.after_ended(actor, *ended, failures),
            ToWorker::Answer { request, answer } => self.after_answer(actor, *request, answer),
            _ => {}
        }
    }

    fn after_answer(&mut self, actor: Uuid, request: RequestId, answer: &Answer) {
        let fresh = self.answered.insert((actor, request));
        self.expect(fresh, || {
            format!("{request:?} of {actor} is answered twice")
        });
        let late = self.withdrawn.contains(&(actor, request));
        self.expect(!late, || {
            format!("withdrawn {request:?} of {actor} is answered")
        });
        match answer {
            Answer::Started(child) => {
                self.seen.note("started");
                self.started.insert((actor, request));
                self.known(child.uuid).served = true;
                let linked = self.links.contains(&(actor, child.uuid));
                self.expect(linked, || format!("{child} is started without a link"));
            }
            Answer::Failed(error) => self.after_refusal(actor, request, error),
            Answer::Found(Some(found)) => {
                self.seen.note("name found");
                self.expect_serving(found.uuid);
            }
            Answer::Listed(listed) => listed.iter().for_each(|id| self.expect_serving(id.uuid)),
            Answer::Done => self.after_done(actor, request),
            Answer::Connected(current) => self.after_connected(actor, request, current.uuid),
            Answer::Found(None) => {}
        }
    }

    fn after_refusal(&mut self, actor: Uuid, request: RequestId, error: &Error) {
        if let Error::Failed(failures) = error {
            self.expect(!failures.is_empty(), || "an empty group".to_owned());
        }
        if matches!(
            self.asked.get(&(actor, request)),
            Some(FromWorker::StartActor { .. })
        ) {
            self.seen.note(match error {
                Error::Cancelled(_) => "start cancelled",
                _ => "start failed",
            });
        }
    }

    fn expect_serving(&mut self, actor: Uuid) {
        let known = self.known(actor);
        let fine = known.ready && known.heard() && !known.cancel_sent;
        self.expect(fine, || format!("{actor} is found and does not serve"));
    }

    fn after_done(&mut self, actor: Uuid, request: RequestId) {
        if let Some(FromWorker::CancelActor { actor: target, .. }) =
            self.asked.get(&(actor, request))
        {
            let target = *target;
            self.seen.note("cancel done");
            self.expect_gone(target, "is cancelled");
        }
    }

    /// The actor and all below it are reaped.
    fn expect_gone(&mut self, actor: Uuid, what: &str) {
        let mut check = vec![actor];
        while let Some(uuid) = check.pop() {
            let reaped = self.actors.get(&uuid).is_none_or(|known| known.reaped);
            self.expect(reaped, || format!("{actor} {what}, and {uuid} still runs"));
            let below = self.actors.iter().filter(|(_, k)| k.owner == Some(uuid));
            check.extend(below.map(|(uuid, _)| *uuid));
        }
    }

    /// What failed in nurseries of the members, and in theirs: it is this nursery's if they did not live to say so.
    fn inherited(&self, key: (Uuid, NurseryId)) -> BTreeSet<FailureId> {
        let mut below = BTreeSet::new();
        let book = self.nurseries.get(&key);
        let mut members = book.map_or_else(Vec::new, |book| book.members.clone());
        while let Some(member) = members.pop() {
            for (_, book) in self
                .nurseries
                .iter()
                .filter(|((owner, _), _)| *owner == member)
            {
                below.extend(&book.may);
                members.extend(&book.members);
            }
        }
        below
    }

    fn after_closed(&mut self, owner: Uuid, nursery: NurseryId, failures: &[Failure]) {
        let key = (owner, nursery);
        let below = self.inherited(key);
        let untold = self.untold(key);
        self.check_lines(key);
        let book = self.nurseries.entry(key).or_default();
        let members = book.members.clone();
        let ids: Vec<FailureId> = failures.iter().map(|failure| failure.id).collect();
        let real: BTreeSet<FailureId> = failures
            .iter()
            .filter(|failure| !failure.is_cancelled())
            .map(|failure| failure.id)
            .collect();
        let split = failures.iter().take_while(|f| !f.is_cancelled()).count();
        let unique = ids.iter().collect::<BTreeSet<_>>().len() == ids.len();
        let fine = book.body_over
            && unique
            && split == real.len()
            && (ids.is_empty() || !real.is_empty())
            && (!self.orderly || book.must.is_subset(&real) && untold.is_subset(&real))
            && real
                .iter()
                .all(|id| book.may.contains(id) || below.contains(id))
            // The body may have met the end of a member on a link, and passed it on.
            && real.intersection(&book.must_not).all(|id| book.must.contains(id))
            && book.outcome.as_ref().is_none_or(|outcome| *outcome == ids);
        let text = (!fine).then(|| format!(
            "{nursery:?} of {owner} closes with {failures:?}, must {:?} {untold:?}, may {:?}, must not {:?}",
            book.must, book.may, book.must_not
        ));
        book.outcome = Some(ids);
        self.seen.note(match real.len() {
            0 => "nursery closed well",
            1 => "nursery closed with one failure",
            _ => "nursery closed with a group",
        });
        if split < failures.len() {
            self.seen.note("cancelled member listed");
        }
        self.wrong.extend(text);
        for member in members {
            self.expect_gone(member, "'s nursery is closed");
        }
    }

    /// Law 6, and the ownership of the withdrawn: checked as time passes.
    pub(crate) fn at(&mut self, now: Time) {
        self.starting = None;
        if let Some(child) = self.undone.take() {
            let known = self.known(child);
            let fine = known.cancel_sent || !known.heard();
            self.expect(fine, || format!("the start of {child} is not undone"));
        }
        if let Some(risen) = self.risen.take() {
            let known = self.known(risen);
            let (told, serves) = (known.told_restarted, known.heard() && !known.cancel_sent);
            let owner = known.owner.unwrap_or(self.root);
            let owner_hears = self.known(owner).heard();
            self.expect(told || !serves || !owner_hears, || {
                format!("the owner of {risen} is not told that it is started anew")
            });
        }
        if let Some(fallen) = self.fallen.take() {
            self.check_reaped(fallen);
        }
        self.check_law_2();
        let mut late = Vec::new();
        for (uuid, known) in self.actors.iter().filter(|(_, known)| !known.reaped) {
            if known.killed_at.is_some_and(|at| now > at + self.constant) {
                late.push(format!("{uuid} is killed and not reaped"));
            }
            let mut above = Some(*uuid);
            while let Some(held) = above.and_then(|uuid| self.actors.get(&uuid)) {
                if let Some(deadline) = held.deadline
                    && now > deadline + self.constant
                {
                    late.push(format!(
                        "{uuid} is not gone {deadline:?} + {:?}",
                        self.constant
                    ));
                }
                above = held.owner;
            }
        }
        self.wrong.extend(late);
    }

    /// One fails, all cancel: no member of a nursery with a failure goes on.
    fn check_law_2(&mut self) {
        let mut wrong = Vec::new();
        for ((owner, nursery), book) in &self.nurseries {
            let goes_on = book.must.is_empty() && !book.is_cancelled;
            if goes_on || book.outcome.is_some() {
                continue;
            }
            for member in &book.members {
                let goes_on = self
                    .actors
                    .get(member)
                    .is_some_and(|known| known.heard() && !known.cancel_sent);
                if goes_on {
                    wrong.push(format!(
                        "{member} goes on in {nursery:?} of {owner}, which is cancelled"
                    ));
                }
            }
        }
        self.wrong.extend(wrong);
    }
}

/// One line of the trace, without what makes it unreadable.
pub(crate) fn brief(thing: &impl std::fmt::Debug) -> String {
    let mut text = format!("{thing:?}");
    if text.len() > 240 {
        let end = (0..=240).rev().find(|i| text.is_char_boundary(*i));
        text.truncate(end.unwrap_or(0));
        text.push_str("...");
    }
    text
}
