//! The supervisor's accounts of teardowns, as its `tracing` events bring them.

use std::fmt::Debug;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;
use tracing::field::{Field, Visit};
use tracing::span::{Attributes, Id, Record};
use tracing::{Event, Metadata, Subscriber};

/// One account, of a process or of an actor with all below it.
#[derive(Clone, Debug, Default)]
pub(crate) struct Account {
    pub(crate) actor: String,
    pub(crate) subtree: bool,
    pub(crate) processes: u64,
    /// How many of the processes were told to stop, and killed.
    pub(crate) stops: u64,
    pub(crate) kills: u64,
    pub(crate) asked: bool,
    pub(crate) allowed: Duration,
    pub(crate) reaped: Duration,
}

impl Account {
    /// The time over what was asked.
    pub(crate) fn over(&self) -> Duration {
        self.reaped.saturating_sub(self.allowed)
    }
}

static ACCOUNTS: Mutex<Vec<Account>> = Mutex::new(Vec::new());

/// Begins to keep them.
pub(crate) fn keep() {
    // It fails only the second time.
    let _ = tracing::subscriber::set_global_default(Keeper);
}

/// Takes out those kept so far.
pub(crate) fn take() -> Vec<Account> {
    std::mem::take(&mut *ACCOUNTS.lock().unwrap_or_else(PoisonError::into_inner))
}

struct Keeper;

impl Subscriber for Keeper {
    fn enabled(&self, metadata: &Metadata<'_>) -> bool {
        metadata.target() == "tractor::teardown"
    }

    fn new_span(&self, _: &Attributes<'_>) -> Id {
        Id::from_u64(1)
    }

    fn record(&self, _: &Id, _: &Record<'_>) {}

    fn record_follows_from(&self, _: &Id, _: &Id) {}

    fn event(&self, event: &Event<'_>) {
        let mut account = Account::default();
        event.record(&mut account);
        let mut all = ACCOUNTS.lock().unwrap_or_else(PoisonError::into_inner);
        all.push(account);
    }

    fn enter(&self, _: &Id) {}

    fn exit(&self, _: &Id) {}
}

impl Visit for Account {
    fn record_u64(&mut self, field: &Field, value: u64) {
        let time = Duration::from_micros(value);
        match field.name() {
            "processes" => self.processes = value,
            "stops" => self.stops = value,
            "kills" => self.kills = value,
            "allowed" => self.allowed = time,
            "reaped" => self.reaped = time,
            _ => {}
        }
    }

    fn record_bool(&mut self, _: &Field, value: bool) {
        self.subtree = value;
    }

    fn record_debug(&mut self, field: &Field, value: &dyn Debug) {
        match field.name() {
            "actor" => self.actor = format!("{value:?}"),
            "reason" => self.asked = true,
            _ => {}
        }
    }
}
