//! The table and its rules. Each change costs what it changes: cancelling visits only scopes that it cancels and the shields
//! among their children.

use crate::time::Time;
use std::collections::{BTreeSet, HashMap};
use std::time::Duration;
use tractor_protocol::{ActorId, CancelReason, Cancellation, ScopeId};

/// How long after its deadline a task's own scope fires. The deadline is the caller's, who fires it in time and says so: only if that word
/// does not come does the callee do it for itself. The error is then that the callee is named instead of the caller.
const CALLERS_WORD: Duration = Duration::from_millis(100);

/// The cancel scopes of one worker; see the [module](super) for its invariants.
#[derive(Debug)]
pub struct ScopeTable {
    us: ActorId,
    last: u64,
    scopes: HashMap<ScopeId, Entry>,
    /// Deadlines of scopes that are not cancelled.
    timers: BTreeSet<(Time, ScopeId)>,
}

#[derive(Debug)]
struct Entry {
    parent: Option<ScopeId>,
    children: BTreeSet<ScopeId>,
    deadline: Option<Time>,
    /// When that cancels the scope.
    fires: Option<Time>,
    shield: bool,
    cancellation: Option<Cancellation>,
}

impl ScopeTable {
    /// Makes an empty table. `us` is named as the canceller where a deadline or the end of a scope cancels.
    pub fn new(us: ActorId) -> Self {
        Self {
            us,
            last: 0,
            scopes: HashMap::new(),
            timers: BTreeSet::new(),
        }
    }

    /// Adds the scope of a task, whose deadline is that of its caller. It fires a little later.
    pub fn insert_task(&mut self, deadline: Option<Time>, now: Time) -> ScopeId {
        let (id, _) = self.insert(None, None, false, now);
        let fires = deadline.map(|at| at + CALLERS_WORD);
        if let Some(entry) = self.scopes.get_mut(&id) {
            (entry.deadline, entry.fires) = (deadline, fires);
        }
        self.timers.extend(fires.map(|at| (at, id)));
        id
    }

    /// Adds a scope inside `parent`, or an outermost one. Gives its id, and the id again if it is cancelled from birth:
    ///
    /// * its parent is cancelled and it is no shield: it inherits the cancellation;
    /// * its parent has ended, shield or not: reason [`CancelReason::OwnerEnded`];
    /// * its deadline is not after `now`: reason [`CancelReason::Deadline`].
    pub fn insert(
        &mut self,
        parent: Option<ScopeId>,
        deadline: Option<Time>,
        shield: bool,
        now: Time,
    ) -> (ScopeId, Vec<ScopeId>) {
        self.last += 1;
        let id = ScopeId(self.last);
        let live_parent = parent.filter(|parent| self.scopes.contains_key(parent));
        let cancellation = self.at_birth(id, parent, shield, deadline, now);
        if let Some(entry) = live_parent.and_then(|parent| self.scopes.get_mut(&parent)) {
            entry.children.insert(id);
        }
        if let (Some(at), None) = (deadline, &cancellation) {
            self.timers.insert((at, id));
        }
        let born_cancelled = cancellation.is_some().then_some(id);
        self.scopes.insert(
            id,
            Entry {
                parent: live_parent,
                children: BTreeSet::new(),
                deadline,
                fires: deadline,
                shield,
                cancellation,
            },
        );
        (id, born_cancelled.into_iter().collect())
    }

    /// Cancels a scope and all in it that no shield protects; the scope itself even if it is a shield. Gives what is newly
    /// cancelled, outer scopes before inner ones. `cancellation.scope` is set to `id`. Without effect on a scope that is cancelled
    /// or gone.
    pub fn cancel(&mut self, id: ScopeId, mut cancellation: Cancellation) -> Vec<ScopeId> {
        cancellation.scope = id;
        self.spread(id, &cancellation, false)
    }

    /// Cancels as [`cancel`](Self::cancel) does, and what stands behind shields too: the time of a task is up. Goes through a scope
    /// that is cancelled already to the shields in it.
    pub fn cancel_through_shields(
        &mut self,
        id: ScopeId,
        mut cancellation: Cancellation,
    ) -> Vec<ScopeId> {
        cancellation.scope = id;
        self.spread(id, &cancellation, true)
    }

    /// Ends a scope: its deadline no longer fires. Gives the scopes that whoever waits in them must look at again.
    ///
    /// What is still in it goes on in the scope around it, and takes over that one's cancellation, if it has one (only a shield
    /// that ends makes a difference there). In the outermost scope of a task nothing can go on: all in it ends with it, shields or
    /// not, and is given back.
    pub fn remove(&mut self, id: ScopeId) -> Vec<ScopeId> {
        let Some(entry) = self.take(id) else {
            return Vec::new();
        };
        match entry.parent {
            Some(parent) => self.hand_over(entry.children, parent),
            None => self.end_all(entry.children),
        }
    }

    /// The cancellation of a scope, if it has one. A scope that has ended is cancelled with [`CancelReason::OwnerEnded`], so
    /// that nothing waits in it for ever.
    pub fn cancellation(&self, id: ScopeId) -> Option<Cancellation> {
        match self.scopes.get(&id) {
            Some(entry) => entry.cancellation.clone(),
            None => Some(self.ended(id)),
        }
    }

    /// The nearest deadline of a scope and those around it, up to and with the first shield.
    pub fn deadline(&self, id: ScopeId) -> Option<Time> {
        let mut nearest = None;
        let mut next = self.scopes.get(&id);
        while let Some(entry) = next {
            nearest = [nearest, entry.deadline].into_iter().flatten().min();
            let around = entry.parent.filter(|_| !entry.shield);
            next = around.and_then(|parent| self.scopes.get(&parent));
        }
        nearest
    }

    /// When [`expire`](Self::expire) is to be called next.
    pub fn next_timeout(&self) -> Option<Time> {
        self.timers.first().map(|(at, _)| *at)
    }

    /// Cancels the scopes whose deadline is not after `now`, with reason [`CancelReason::Deadline`]. Gives what is newly cancelled.
    pub fn expire(&mut self, now: Time) -> Vec<ScopeId> {
        let mut cancelled = Vec::new();
        while let Some(&(at, id)) = self.timers.first() {
            if at > now {
                break;
            }
            let cancellation = self.our_own(id, CancelReason::Deadline, None);
            cancelled.extend(self.spread(id, &cancellation, false));
        }
        cancelled
    }

    /// Whether the scope has not ended.
    pub fn contains(&self, id: ScopeId) -> bool {
        self.scopes.contains_key(&id)
    }

    /// Scopes that have not ended.
    pub fn len(&self) -> usize {
        self.scopes.len()
    }

    /// Whether all scopes have ended.
    pub fn is_empty(&self) -> bool {
        self.scopes.is_empty()
    }

    fn at_birth(
        &self,
        id: ScopeId,
        parent: Option<ScopeId>,
        shield: bool,
        deadline: Option<Time>,
        now: Time,
    ) -> Option<Cancellation> {
        let inherited = parent.and_then(|parent| match self.scopes.get(&parent) {
            Some(entry) => entry.cancellation.clone().filter(|_| !shield),
            None => Some(self.ended(parent)),
        });
        inherited.or_else(|| {
            let passed = deadline.is_some_and(|at| at <= now);
            passed.then(|| self.our_own(id, CancelReason::Deadline, None))
        })
    }

    fn ended(&self, id: ScopeId) -> Cancellation {
        let message = "the scope has ended".to_owned();
        self.our_own(id, CancelReason::OwnerEnded, Some(message))
    }

    fn our_own(
        &self,
        scope: ScopeId,
        reason: CancelReason,
        message: Option<String>,
    ) -> Cancellation {
        Cancellation {
            scope,
            canceller: self.us.clone(),
            reason,
            message,
        }
    }

    /// Cancels `top` and what is in it. By invariant 3 nothing new is found in a scope that is cancelled already, but
    /// behind shields.
    fn spread(
        &mut self,
        top: ScopeId,
        cancellation: &Cancellation,
        through_shields: bool,
    ) -> Vec<ScopeId> {
        let mut cancelled = Vec::new();
        let mut to_visit = vec![top];
        while let Some(id) = to_visit.pop() {
            let Some(entry) = self.scopes.get_mut(&id) else {
                continue;
            };
            let is_new = entry.cancellation.is_none();
            if is_new {
                entry.cancellation = Some(cancellation.clone());
                cancelled.push(id);
                if let Some(at) = entry.fires {
                    self.timers.remove(&(at, id));
                }
            }
            if is_new || through_shields {
                self.push_children(id, through_shields, &mut to_visit);
            }
        }
        cancelled
    }

    fn push_children(&self, id: ScopeId, shields_too: bool, to_visit: &mut Vec<ScopeId>) {
        let children = self.scopes.get(&id).map(|entry| &entry.children);
        let children = children.into_iter().flatten().rev().copied();
        to_visit.extend(children.filter(|child| shields_too || !self.is_shield(*child)));
    }

    fn is_shield(&self, id: ScopeId) -> bool {
        self.scopes.get(&id).is_some_and(|entry| entry.shield)
    }

    /// Takes an entry out of the table, the timers and its parent.
    fn take(&mut self, id: ScopeId) -> Option<Entry> {
        let entry = self.scopes.remove(&id)?;
        if let Some(at) = entry.fires {
            self.timers.remove(&(at, id));
        }
        if let Some(parent) = entry.parent.and_then(|parent| self.scopes.get_mut(&parent)) {
            parent.children.remove(&id);
        }
        Some(entry)
    }

    fn hand_over(&mut self, children: BTreeSet<ScopeId>, parent: ScopeId) -> Vec<ScopeId> {
        let mut cancelled = Vec::new();
        let around = self.cancellation(parent);
        for child in children {
            if let Some(entry) = self.scopes.get_mut(&child) {
                entry.parent = Some(parent);
            }
            if let Some(entry) = self.scopes.get_mut(&parent) {
                entry.children.insert(child);
            }
            if let Some(around) = around.as_ref().filter(|_| !self.is_shield(child)) {
                cancelled.extend(self.spread(child, around, false));
            }
        }
        cancelled
    }

    fn end_all(&mut self, children: BTreeSet<ScopeId>) -> Vec<ScopeId> {
        let mut ended = Vec::new();
        let mut to_end = Vec::from_iter(children);
        while let Some(id) = to_end.pop() {
            if let Some(entry) = self.take(id) {
                ended.push(id);
                to_end.extend(entry.children);
            }
        }
        ended
    }
}
