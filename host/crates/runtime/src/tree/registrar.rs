//! Names of serving actors, and who waits for one. Several actors may have one name; the first that registered is found.

use std::collections::BTreeMap;
use tractor_protocol::{RequestId, Uuid};

/// Someone who waits for a name.
pub(super) type Waiter = (Uuid, RequestId);

/// The table of names.
#[derive(Debug, Default)]
pub(super) struct Registrar {
    names: BTreeMap<String, Vec<Uuid>>,
    waiting: BTreeMap<String, Vec<Waiter>>,
}

impl Registrar {
    /// Registers `actor`; a second time changes nothing. Returns those who waited for the name, longest first.
    pub(super) fn register(&mut self, name: &str, actor: Uuid) -> Vec<Waiter> {
        let holders = self.names.entry(name.to_owned()).or_default();
        if !holders.contains(&actor) {
            holders.push(actor);
        }
        self.waiting.remove(name).unwrap_or_default()
    }

    /// Removes `actor` from under `name`.
    pub(super) fn unregister(&mut self, name: &str, actor: Uuid) {
        if let Some(holders) = self.names.get_mut(name) {
            holders.retain(|holder| *holder != actor);
            if holders.is_empty() {
                self.names.remove(name);
            }
        }
    }

    /// The first that registered.
    pub(super) fn find(&self, name: &str) -> Option<Uuid> {
        self.names.get(name)?.first().copied()
    }

    /// Notes that someone waits.
    pub(super) fn wait(&mut self, name: &str, waiter: Waiter) {
        self.waiting
            .entry(name.to_owned())
            .or_default()
            .push(waiter);
    }

    /// Forgets that someone waits.
    pub(super) fn forget(&mut self, name: &str, waiter: Waiter) {
        if let Some(waiting) = self.waiting.get_mut(name) {
            waiting.retain(|other| *other != waiter);
            if waiting.is_empty() {
                self.waiting.remove(name);
            }
        }
    }

    /// All entries, for the audit.
    pub(super) fn entries(&self) -> impl Iterator<Item = (&str, Uuid)> {
        self.names
            .iter()
            .flat_map(|(name, holders)| holders.iter().map(move |holder| (name.as_str(), *holder)))
    }

    /// All who wait, for the audit.
    pub(super) fn waiters(&self) -> impl Iterator<Item = (&str, Waiter)> {
        self.waiting
            .iter()
            .flat_map(|(name, waiting)| waiting.iter().map(move |waiter| (name.as_str(), *waiter)))
    }
}
