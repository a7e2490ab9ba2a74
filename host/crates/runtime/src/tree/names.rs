//! Requests about names, each behind the grant that it needs.

use super::actor::Request;
use super::machine::Tree;
use super::registrar::Waiter;
use tractor_protocol::control::Answer;
use tractor_protocol::{ActorId, FailureKind, Names, RequestId, Uuid};

/// How many names one actor may have beside its own. A registrar entry outlives no actor, so this only keeps a guest from filling memory.
const MOST_NAMES: usize = 64;

/// How long a name may be, in bytes.
pub(super) const LONGEST_NAME_BYTES: usize = 255;

impl Tree {
    pub(super) fn on_find(&mut self, asker: Uuid, request: RequestId, name: &str) {
        if !self.may(asker, request, "find", |names| names.find) {
            return;
        }
        let found = self.registrar.find(name).and_then(|uuid| self.id_of(uuid));
        self.answer(asker, request, Answer::Found(found));
    }

    pub(super) fn on_wait_for(&mut self, asker: Uuid, request: RequestId, name: String) {
        if !self.may(asker, request, "find", |names| names.find) {
            return;
        }
        if let Some(uuid) = self.registrar.find(&name) {
            let found = self.id_of(uuid);
            return self.answer(asker, request, Answer::Found(found));
        }
        self.registrar.wait(&name, (asker, request));
        if let Some(record) = self.actors.get_mut(&asker) {
            record.requests.insert(request, Request::WaitFor(name));
        }
    }

    /// Lists the actors that serve, oldest first; the root is none of them.
    pub(super) fn on_list(&mut self, asker: Uuid, request: RequestId) {
        if !self.may(asker, request, "list", |names| names.list) {
            return;
        }
        let serving = self
            .actors
            .values()
            .filter(|record| record.home.is_some() && record.serves());
        let mut listed: Vec<(u64, ActorId)> = serving
            .map(|record| (record.birth, record.id.clone()))
            .collect();
        listed.sort_by_key(|(birth, _)| *birth);
        let listed = listed.into_iter().map(|(_, id)| id).collect();
        self.answer(asker, request, Answer::Listed(listed));
    }

    pub(super) fn on_register(&mut self, asker: Uuid, request: RequestId, name: &str) {
        if !self.may(asker, request, "register", |names| names.register) {
            return;
        }
        let Some(record) = self.actors.get(&asker) else {
            return;
        };
        if !record.serves() {
            let text = "an actor that is being cancelled registers no names".to_owned();
            return self.refuse(asker, request, FailureKind::Misuse, text);
        }
        if record.names.len() > MOST_NAMES || name.len() > LONGEST_NAME_BYTES {
            let text = format!(
                "an actor may have {MOST_NAMES} further names of {LONGEST_NAME_BYTES} bytes"
            );
            let kind = FailureKind::Limit("names".to_owned());
            return self.refuse(asker, request, kind, text);
        }
        self.register(asker, name);
        self.answer(asker, request, Answer::Done);
    }

    /// Registers a serving actor, and answers those who wait for the name.
    pub(super) fn register(&mut self, actor: Uuid, name: &str) {
        let Some(record) = self.actors.get_mut(&actor) else {
            return;
        };
        record.names.insert(name.to_owned());
        let id = record.id.clone();
        for waiter in self.registrar.register(name, actor) {
            self.answer_waiter(waiter, &id);
        }
    }

    fn answer_waiter(&mut self, (waiter, request): Waiter, found: &ActorId) {
        if let Some(record) = self.actors.get_mut(&waiter) {
            record.requests.remove(&request);
        }
        self.answer(waiter, request, Answer::Found(Some(found.clone())));
    }

    /// Removes all names of an actor.
    pub(super) fn unregister_all(&mut self, actor: Uuid) {
        let Some(record) = self.actors.get_mut(&actor) else {
            return;
        };
        for name in std::mem::take(&mut record.names) {
            self.registrar.unregister(&name, actor);
        }
    }

    fn id_of(&self, actor: Uuid) -> Option<ActorId> {
        Some(self.actors.get(&actor)?.id.clone())
    }

    /// Whether the asker holds a flag; answers `Denied` if not.
    fn may(
        &mut self,
        asker: Uuid,
        request: RequestId,
        flag: &str,
        held: fn(&Names) -> bool,
    ) -> bool {
        let held = self
            .actors
            .get(&asker)
            .is_some_and(|record| held(&record.grants.names));
        if !held {
            let text = format!("the actor does not hold names.{flag}");
            self.refuse(asker, request, FailureKind::Denied, text);
        }
        held
    }
}
