use super::ScopeTable;
use crate::time::Time;
use proptest::prelude::*;
use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;
use tractor_protocol::{ActorId, CancelReason, Cancellation, ScopeId, Uuid};

const ROOT: ScopeId = ScopeId(1);

fn actor(number: u128) -> ActorId {
    ActorId {
        name: format!("actor-{number}"),
        uuid: Uuid::from_random(number),
        pid: 0,
    }
}

fn at(millis: u64) -> Time {
    Time(Duration::from_millis(millis))
}

fn wish(canceller: u128) -> Cancellation {
    Cancellation {
        scope: ScopeId(0),
        canceller: actor(canceller),
        reason: CancelReason::Requested,
        message: Some("enough".to_owned()),
    }
}

fn table() -> ScopeTable {
    let mut table = ScopeTable::new(actor(1));
    let (root, cancelled) = table.insert(None, None, false, Time::ZERO);
    assert_eq!((root, cancelled), (ROOT, vec![]));
    table
}

fn plain(table: &mut ScopeTable, parent: ScopeId) -> ScopeId {
    table.insert(Some(parent), None, false, Time::ZERO).0
}

fn shield(table: &mut ScopeTable, parent: ScopeId) -> ScopeId {
    table.insert(Some(parent), None, true, Time::ZERO).0
}

fn timed(table: &mut ScopeTable, parent: ScopeId, millis: u64) -> ScopeId {
    let deadline = Some(at(millis));
    table.insert(Some(parent), deadline, false, Time::ZERO).0
}

fn reason(table: &ScopeTable, id: ScopeId) -> Option<CancelReason> {
    table.cancellation(id).map(|c| c.reason)
}

#[test]
fn insert_ids_grow_and_are_not_used_again() {
    let mut table = table();
    let first = plain(&mut table, ROOT);
    table.remove(first);
    let second = plain(&mut table, ROOT);
    assert_eq!((first, second), (ScopeId(2), ScopeId(3)));
}

#[test]
fn cancel_reaches_descendants_and_names_the_top() {
    let mut table = table();
    let middle = plain(&mut table, ROOT);
    let inner = plain(&mut table, middle);
    let beside = plain(&mut table, ROOT);
    assert_eq!(table.cancel(middle, wish(7)), [middle, inner]);
    let cancellation = table.cancellation(inner).expect("it is cancelled");
    assert_eq!(cancellation.scope, middle);
    assert_eq!(cancellation.canceller, actor(7));
    assert_eq!(table.cancellation(beside), None);
    assert_eq!(table.cancellation(ROOT), None);
}

#[test]
fn cancel_stops_at_shields_but_cancels_the_one_it_names() {
    let mut table = table();
    let shield = shield(&mut table, ROOT);
    let inner = plain(&mut table, shield);
    assert_eq!(table.cancel(ROOT, wish(7)), [ROOT]);
    assert_eq!(table.cancellation(inner), None);
    assert_eq!(table.cancel(shield, wish(8)), [shield, inner]);
}

#[test]
fn cancel_a_second_time_keeps_the_first_canceller() {
    let mut table = table();
    let inner = plain(&mut table, ROOT);
    assert_eq!(table.cancel(inner, wish(7)), [inner]);
    assert_eq!(table.cancel(inner, wish(8)), []);
    assert_eq!(table.cancel(ROOT, wish(9)), [ROOT]);
    let cancellation = table.cancellation(inner).expect("it is cancelled");
    assert_eq!(
        (cancellation.scope, cancellation.canceller),
        (inner, actor(7))
    );
}

#[test]
fn cancel_through_shields_finds_them_in_cancelled_scopes() {
    let mut table = table();
    let shield = shield(&mut table, ROOT);
    let inner = plain(&mut table, shield);
    table.cancel(ROOT, wish(7));
    assert_eq!(table.cancel_through_shields(ROOT, wish(8)), [shield, inner]);
    let cancellation = table.cancellation(inner).expect("it is cancelled");
    assert_eq!(
        (cancellation.scope, cancellation.canceller),
        (ROOT, actor(8))
    );
    let at_root = table.cancellation(ROOT).map(|c| c.canceller);
    assert_eq!(at_root, Some(actor(7)));
}

#[test]
fn insert_into_a_cancelled_scope_is_born_cancelled_unless_shielded() {
    let mut table = table();
    table.cancel(ROOT, wish(7));
    let (born, cancelled) = table.insert(Some(ROOT), Some(at(5)), false, Time::ZERO);
    assert_eq!(cancelled, [born]);
    assert_eq!(table.cancellation(born).map(|c| c.scope), Some(ROOT));
    assert_eq!(table.next_timeout(), None);
    let (shield, cancelled) = table.insert(Some(ROOT), None, true, Time::ZERO);
    assert_eq!((table.cancellation(shield), cancelled), (None, vec![]));
}

#[test]
fn insert_into_an_ended_scope_is_born_cancelled_even_if_shielded() {
    let mut table = table();
    table.remove(ROOT);
    let (born, cancelled) = table.insert(Some(ROOT), None, true, Time::ZERO);
    assert_eq!(cancelled, [born]);
    assert_eq!(reason(&table, born), Some(CancelReason::OwnerEnded));
}

#[test]
fn insert_with_a_passed_deadline_is_born_cancelled() {
    let mut table = table();
    let (born, cancelled) = table.insert(Some(ROOT), Some(at(5)), false, at(5));
    assert_eq!(cancelled, [born]);
    assert_eq!(reason(&table, born), Some(CancelReason::Deadline));
    assert_eq!(table.next_timeout(), None);
}

#[test]
fn expire_cancels_with_us_as_canceller_at_the_deadline() {
    let mut table = table();
    let scope = timed(&mut table, ROOT, 200);
    let inner = plain(&mut table, scope);
    assert_eq!(table.next_timeout(), Some(at(200)));
    assert_eq!(table.expire(at(199)), []);
    assert_eq!(table.expire(at(200)), [scope, inner]);
    let cancellation = table.cancellation(inner).expect("it is cancelled");
    assert_eq!(cancellation.reason, CancelReason::Deadline);
    assert_eq!(
        (cancellation.scope, cancellation.canceller),
        (scope, actor(1))
    );
    assert_eq!(table.next_timeout(), None);
}

#[test]
fn expire_of_two_at_once_counts_the_earlier_then_the_outer() {
    let mut table = table();
    let outer = timed(&mut table, ROOT, 20);
    let equal = timed(&mut table, outer, 20);
    let earlier = timed(&mut table, outer, 10);
    assert_eq!(table.expire(at(30)), [earlier, outer, equal]);
    assert_eq!(table.cancellation(earlier).map(|c| c.scope), Some(earlier));
    assert_eq!(table.cancellation(equal).map(|c| c.scope), Some(outer));
}

#[test]
fn deadline_is_the_nearest_up_to_the_first_shield() {
    let mut table = table();
    let outer = timed(&mut table, ROOT, 10);
    let (shield, _) = table.insert(Some(outer), Some(at(50)), true, Time::ZERO);
    let inner = timed(&mut table, shield, 90);
    assert_eq!(table.deadline(inner), Some(at(50)));
    assert_eq!(table.deadline(outer), Some(at(10)));
    assert_eq!(table.deadline(ROOT), None);
    assert_eq!(table.deadline(ScopeId(99)), None);
}

#[test]
fn remove_hands_children_to_the_scope_around() {
    let mut table = table();
    let middle = timed(&mut table, ROOT, 10);
    let inner = plain(&mut table, middle);
    assert_eq!(table.remove(middle), []);
    assert_eq!(table.expire(at(20)), []);
    assert_eq!(table.deadline(inner), None);
    assert_eq!(table.cancel(ROOT, wish(7)), [ROOT, inner]);
}

#[test]
fn remove_of_a_shield_lets_outside_cancellation_in() {
    let mut table = table();
    let shield = shield(&mut table, ROOT);
    let inner = plain(&mut table, shield);
    table.cancel(ROOT, wish(7));
    assert_eq!(table.remove(shield), [inner]);
    assert_eq!(table.cancellation(inner).map(|c| c.scope), Some(ROOT));
}

#[test]
fn remove_of_a_root_ends_all_in_it() {
    let mut table = table();
    let shield = shield(&mut table, ROOT);
    let inner = timed(&mut table, shield, 10);
    let ended = BTreeSet::from_iter(table.remove(ROOT));
    assert_eq!(ended, BTreeSet::from([shield, inner]));
    assert!(table.is_empty() && !table.contains(inner));
    assert_eq!(table.next_timeout(), None);
    assert_eq!(reason(&table, inner), Some(CancelReason::OwnerEnded));
    assert_eq!(table.remove(ROOT), []);
}

#[derive(Clone, Debug)]
enum Step {
    Insert(Option<u64>, Option<u64>, bool),
    Cancel(u64),
    CancelThrough(u64),
    Remove(u64),
    Expire(u64),
}

fn step() -> impl Strategy<Value = Step> {
    let id = 1..12_u64;
    prop_oneof![
        4 => (prop::option::weighted(0.9, id.clone()), prop::option::of(0..100_u64), any::<bool>())
            .prop_map(|(parent, deadline, shield)| Step::Insert(parent, deadline, shield)),
        1 => id.clone().prop_map(Step::Cancel),
        1 => id.clone().prop_map(Step::CancelThrough),
        1 => id.prop_map(Step::Remove),
        1 => (0..100_u64).prop_map(Step::Expire),
    ]
}

/// A parent, a deadline and a shield for each scope, and nothing else: what is cancelled is asked of the table.
#[derive(Default)]
struct Model {
    now: u64,
    scopes: BTreeMap<ScopeId, (Option<ScopeId>, Option<u64>, bool)>,
}

impl Model {
    fn remove(&mut self, id: ScopeId) {
        let Some((parent, ..)) = self.scopes.remove(&id) else {
            return;
        };
        let children = self.scopes.iter().filter(|(_, scope)| scope.0 == Some(id));
        for child in Vec::from_iter(children.map(|(id, _)| *id)) {
            match parent {
                Some(_) => self.scopes.entry(child).and_modify(|s| s.0 = parent),
                None => {
                    self.remove_all(child);
                    continue;
                }
            };
        }
    }

    fn remove_all(&mut self, id: ScopeId) {
        self.scopes.remove(&id);
        let children = self.scopes.iter().filter(|(_, scope)| scope.0 == Some(id));
        for child in Vec::from_iter(children.map(|(id, _)| *id)) {
            self.remove_all(child);
        }
    }

    fn apply(&mut self, table: &mut ScopeTable, step: &Step) -> Vec<ScopeId> {
        match *step {
            Step::Insert(parent, deadline, shield) => {
                let parent = parent.map(ScopeId);
                let (id, changed) = table.insert(parent, deadline.map(at), shield, at(self.now));
                let live = parent.filter(|parent| self.scopes.contains_key(parent));
                self.scopes.insert(id, (live, deadline, shield));
                changed
            }
            Step::Cancel(id) => table.cancel(ScopeId(id), wish(7)),
            Step::CancelThrough(id) => table.cancel_through_shields(ScopeId(id), wish(8)),
            Step::Remove(id) => {
                self.remove(ScopeId(id));
                table.remove(ScopeId(id))
            }
            Step::Expire(time) => {
                self.now = self.now.max(time);
                table.expire(at(self.now))
            }
        }
    }

    /// Invariants 2 and 3 of the module, and that timers are those of living scopes that are not cancelled.
    fn check(&self, table: &ScopeTable) {
        assert_eq!(table.len(), self.scopes.len());
        let mut next = None;
        for (&id, &(parent, deadline, shield)) in &self.scopes {
            assert!(table.contains(id));
            let cancelled = table.cancellation(id).is_some();
            if parent.is_some_and(|p| table.cancellation(p).is_some()) && !shield {
                assert!(cancelled, "{id:?} is in a cancelled scope and not shielded");
            }
            if !cancelled {
                next = [next, deadline].into_iter().flatten().min();
            }
        }
        assert_eq!(table.next_timeout(), next.map(at));
    }
}

proptest! {
    #[test]
    fn any_steps_keep_the_invariants(steps in prop::collection::vec(step(), 1..60)) {
        let mut table = ScopeTable::new(actor(1));
        let mut model = Model::default();
        for step in &steps {
            let ids = (1..=table.len() as u64 + 60).map(ScopeId);
            let known = Vec::from_iter(ids.filter(|id| model.scopes.contains_key(id)));
            let before: BTreeMap<_, _> = known.iter().map(|id| (*id, table.cancellation(*id))).collect();
            let changed = BTreeSet::from_iter(model.apply(&mut table, step));
            for (id, was) in &before {
                let is_removed = matches!(step, Step::Remove(removed) if ScopeId(*removed) == *id);
                let is = table.cancellation(*id);
                if was.is_some() && table.contains(*id) {
                    prop_assert_eq!(was, &is, "a first cancellation was replaced");
                }
                let is_news = was.is_none() && is.is_some() && !is_removed;
                let is_gone = !table.contains(*id) && !is_removed;
                prop_assert_eq!(changed.contains(id), is_news || is_gone, "{:?} at {:?}", id, step);
            }
            model.check(&table);
        }
    }
}

#[test]
fn deadline_of_a_task_leaves_its_caller_time_to_say_so() {
    let mut table = ScopeTable::new(actor(1));
    let task = table.insert_task(Some(at(200)), Time::ZERO);
    let inner = timed(&mut table, task, 500);
    assert_eq!(table.deadline(inner), Some(at(200)));
    assert_eq!(table.expire(at(299)), []);
    assert_eq!(table.next_timeout(), Some(at(300)));
    assert_eq!(table.expire(at(300)), [task, inner]);
    assert_eq!(reason(&table, inner), Some(CancelReason::Deadline));
}
