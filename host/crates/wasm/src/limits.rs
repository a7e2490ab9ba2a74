//! How much an instance may use, and the memory of which bound it met.
//!
//! A guest that asks for more memory than it may have is told no, as on a machine that is full: one that copes goes on. One
//! that gives up (Rust aborts) traps without a reason of its own, so the limiter remembers the bound for its failure.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use tractor_protocol::Limits;
use wasmtime::component::{ResourceTableError, Val};
use wasmtime::{ResourceLimiter, Store};

/// Linear memory of an actor whose specification says nothing, 512 MiB (a supervisor always says: 1 GiB by default): enough for an interpreter with a working set, little enough
/// that one actor does not take the machine. Growing beyond fails.
pub const DEFAULT_MEMORY_BYTES: u64 = 512 << 20;

/// The largest value an actor may send or receive where nothing else is said, 16 MiB, as the frames that carry it. A larger one
/// is an error at the sender.
pub const DEFAULT_MESSAGE_BYTES: u32 = 16 << 20;

/// As the supervisor's own defaults, for a specification that says nothing: 1 million elements over all tables (8 MiB), ten times what a
/// CPython component has.
const TABLE_ELEMENTS: u32 = 1 << 20;

/// Core instances in one actor, 1,000. A component has a handful for each language it is written in.
const INSTANCES: u32 = 1_000;

/// Handles of one actor, 65,536: each open dialog takes a few, and each costs the host some hundred bytes.
const HANDLES: u32 = 1 << 16;

/// Linear memories and tables in one actor, 1,000 each. Most have one of each.
const MEMORIES: usize = 1_000;

/// What one crossing from the guest may copy at least, 128 MiB: wasmtime's own default.
const LEAST_CROSSING_BYTES: usize = 128 << 20;

/// What wasmtime says when no handle is left.
const NO_HANDLE: &str = "store handle limit exceeded";

/// What wasmtime says when a component has more instances, memories or tables than it may.
const TOO_MANY: &str = "resource limit exceeded";

/// What wasmtime says when a guest hands over more than may be copied at once.
const TOO_MUCH: &str = "fuel allocated for hostcalls has been exhausted";

/// A bound that was met.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Met {
    /// As it is called in the WIT.
    pub(crate) name: &'static str,
    /// What was asked and what is allowed, in words; begins with the name.
    pub(crate) message: String,
}

impl Met {
    fn new(name: &'static str, what: impl std::fmt::Display) -> Self {
        let message = format!("{name}: the guest asked for {what}");
        Self { name, message }
    }
}

/// The limiter of one actor's store.
pub(crate) struct Limiter {
    memory_limit_bytes: usize,
    memory_bytes: usize,
    table_limit: usize,
    table_elements: usize,
    instances: usize,
    handles: usize,
    message_bytes: usize,
    /// What the last permission to grow added, to be taken back if the machine cannot follow.
    last_growth: (usize, usize),
    met: Option<Met>,
    /// The memory in use, for those who look from outside.
    shown_bytes: Arc<AtomicU64>,
}

impl Limiter {
    /// A limiter with the bounds of `limits`; a bound that is not given is the default.
    pub(crate) fn new(limits: &Limits) -> Self {
        let bytes = limits.memory_bytes.unwrap_or(DEFAULT_MEMORY_BYTES);
        let size = |limit: Option<u32>, default: u32| limit.unwrap_or(default) as usize;
        Self {
            memory_limit_bytes: usize::try_from(bytes).unwrap_or(usize::MAX),
            memory_bytes: 0,
            table_limit: size(limits.table_elements, TABLE_ELEMENTS),
            table_elements: 0,
            instances: size(limits.instances, INSTANCES),
            handles: size(limits.handles, HANDLES),
            message_bytes: size(limits.message_bytes, DEFAULT_MESSAGE_BYTES),
            last_growth: (0, 0),
            met: None,
            shown_bytes: Arc::default(),
        }
    }

    /// Has a store keep the bounds that wasmtime itself looks after.
    pub(crate) fn bound(&self, store: &mut Store<crate::host::State>) {
        store.set_max_component_handles(self.handles);
        // The handle before is refused first, so that one limit is met and not the other.
        let entries = self.handles.saturating_add(64);
        store.data_mut().table.set_max_capacity(entries);
        // A list of the smallest elements takes so much once it is taken apart, and must still be as long as a message may.
        let crossing = self.message_bytes.saturating_mul(size_of::<Val>());
        store.set_hostcall_fuel(crossing.max(LEAST_CROSSING_BYTES));
    }

    /// The bound that a guest met which ended with `error`, if that is why.
    pub(crate) fn met_by(&self, error: &wasmtime::Error) -> Option<Met> {
        let root = error.root_cause().to_string();
        let is_full = matches!(error.downcast_ref(), Some(ResourceTableError::Full));
        if is_full || root.contains(NO_HANDLE) {
            let what = format!("one more handle, and may hold {}", self.handles);
            return Some(Met::new("handles", what));
        }
        if root.contains(TOO_MANY) {
            let most = format!("{} instances", self.instances);
            let what = format!("more than its component may be made of, {most}: {root}");
            return Some(Met::new("instances", what));
        }
        if root.contains(TOO_MUCH) {
            let what = format!(
                "too large a value to be copied, and may have {}",
                self.message_bytes
            );
            return Some(Met::new("message-bytes", what));
        }
        self.met.clone()
    }

    /// The memory in use over all memories, in bytes, as it changes.
    pub(crate) fn shared_memory_bytes(&self) -> Arc<AtomicU64> {
        Arc::clone(&self.shown_bytes)
    }

    fn use_memory(&mut self, bytes: usize) {
        self.memory_bytes = bytes;
        self.shown_bytes.store(bytes as u64, Ordering::Relaxed);
    }

    fn take_back(&mut self) {
        let (memory_bytes, table_elements) = std::mem::take(&mut self.last_growth);
        self.use_memory(self.memory_bytes - memory_bytes);
        self.table_elements -= table_elements;
    }
}

impl ResourceLimiter for Limiter {
    fn memory_growing(
        &mut self,
        current: usize,
        desired: usize,
        _maximum: Option<usize>,
    ) -> wasmtime::Result<bool> {
        let total = self.memory_bytes.saturating_add(desired - current);
        let allowed = total <= self.memory_limit_bytes;
        if allowed {
            self.last_growth = (desired - current, 0);
            self.use_memory(total);
        } else {
            self.last_growth = (0, 0);
            let what = format!(
                "{total} bytes of memory, and may have {}",
                self.memory_limit_bytes
            );
            self.met = Some(Met::new("memory-bytes", what));
        }
        Ok(allowed)
    }

    fn memory_grow_failed(&mut self, _error: wasmtime::Error) -> wasmtime::Result<()> {
        self.take_back();
        Ok(())
    }

    fn table_grow_failed(&mut self, _error: wasmtime::Error) -> wasmtime::Result<()> {
        self.take_back();
        Ok(())
    }

    fn table_growing(
        &mut self,
        current: usize,
        desired: usize,
        _maximum: Option<usize>,
    ) -> wasmtime::Result<bool> {
        let total = self.table_elements.saturating_add(desired - current);
        let allowed = total <= self.table_limit;
        if allowed {
            self.last_growth = (0, desired - current);
            self.table_elements = total;
        } else {
            self.last_growth = (0, 0);
            let what = format!("{total} table elements, and may have {}", self.table_limit);
            self.met = Some(Met::new("table-elements", what));
        }
        Ok(allowed)
    }

    fn instances(&self) -> usize {
        self.instances
    }

    fn tables(&self) -> usize {
        MEMORIES
    }

    fn memories(&self) -> usize {
        MEMORIES
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn memory_over_all_memories_beyond_the_limit_is_refused_and_remembered() {
        let mut limiter = Limiter::new(&Limits {
            memory_bytes: Some(100),
            ..Limits::default()
        });
        assert!(limiter.memory_growing(0, 60, None).expect("answer"));
        assert_eq!(limiter.met, None);
        assert!(!limiter.memory_growing(0, 60, None).expect("answer"));
        let met = limiter.met.clone().expect("it is remembered");
        let said = "memory-bytes: the guest asked for 120 bytes of memory, and may have 100";
        assert_eq!((met.name, met.message.as_str()), ("memory-bytes", said));
        assert!(limiter.memory_growing(60, 100, None).expect("answer"));
    }

    #[test]
    fn memory_that_the_machine_did_not_give_is_not_counted() {
        let mut limiter = Limiter::new(&Limits {
            memory_bytes: Some(100),
            ..Limits::default()
        });
        assert!(limiter.memory_growing(0, 100, None).expect("answer"));
        limiter
            .memory_grow_failed(wasmtime::format_err!("full"))
            .expect("noted");
        assert!(limiter.memory_growing(0, 100, None).expect("answer"));
        assert_eq!(limiter.met, None);
    }

    #[test]
    fn table_beyond_the_limit_is_refused_and_remembered() {
        let mut limiter = Limiter::new(&Limits::default());
        let too_many = TABLE_ELEMENTS as usize + 1;
        assert!(!limiter.table_growing(0, too_many, None).expect("answer"));
        assert_eq!(limiter.met.map(|met| met.name), Some("table-elements"));
    }
}
