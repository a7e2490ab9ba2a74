//! How much an instance may use, and the memory of which bound it met.
//!
//! A guest that asks for more memory than it may have is told no, as on a machine that is full: one that copes goes on. One
//! that gives up (Rust aborts) traps without a reason of its own, so the limiter remembers the bound for its failure.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use tractor_protocol::Limits;
use wasmtime::ResourceLimiter;

/// Linear memory of an actor whose specification says nothing, 512 MiB (a supervisor always says: 1 GiB by default): enough for an interpreter with a working set, little enough
/// that one actor does not take the machine. Growing beyond fails.
pub const DEFAULT_MEMORY_BYTES: u64 = 512 << 20;

/// The largest value an actor may send or receive where nothing else is said, 16 MiB, as the frames that carry it. A larger one
/// is an error at the sender.
pub const DEFAULT_MESSAGE_BYTES: u32 = 16 << 20;

/// Elements over all tables of an instance, 1 million (8 MiB): ten times what a CPython component has. Growing beyond fails.
const TABLE_ELEMENTS: usize = 1 << 20;

/// Core instances in one actor, 1,000. A component has a handful for each language it is written in.
const INSTANCES: usize = 1_000;

/// Linear memories and tables in one actor, 1,000 each, for the same reason.
const MEMORIES: usize = 1_000;

/// The limiter of one actor's store.
pub(crate) struct Limiter {
    memory_limit_bytes: usize,
    memory_bytes: usize,
    table_elements: usize,
    /// What the last permission to grow added, to be taken back if the machine cannot follow.
    last_growth: (usize, usize),
    met: Option<String>,
    /// The memory in use, for those who look from outside.
    shown_bytes: Arc<AtomicU64>,
}

impl Limiter {
    /// A limiter with the bounds of `limits`; a bound that is not given is the default.
    pub(crate) fn new(limits: &Limits) -> Self {
        let bytes = limits.memory_bytes.unwrap_or(DEFAULT_MEMORY_BYTES);
        Self {
            memory_limit_bytes: usize::try_from(bytes).unwrap_or(usize::MAX),
            memory_bytes: 0,
            table_elements: 0,
            last_growth: (0, 0),
            met: None,
            shown_bytes: Arc::default(),
        }
    }

    /// The bound that was met last, in words, if any was.
    pub(crate) fn met(&self) -> Option<&str> {
        self.met.as_deref()
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
            self.met = Some(format!(
                "memory-bytes: the guest asked for {total} bytes of memory, and may have {}",
                self.memory_limit_bytes
            ));
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
        let allowed = total <= TABLE_ELEMENTS;
        if allowed {
            self.last_growth = (0, desired - current);
            self.table_elements = total;
        } else {
            self.last_growth = (0, 0);
            self.met = Some(format!(
                "table-elements: the guest asked for {total} table elements, and may have {TABLE_ELEMENTS}"
            ));
        }
        Ok(allowed)
    }

    fn instances(&self) -> usize {
        INSTANCES
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
        assert_eq!(limiter.met(), None);
        assert!(!limiter.memory_growing(0, 60, None).expect("answer"));
        assert!(
            limiter
                .met()
                .is_some_and(|met| met.starts_with("memory-bytes"))
        );
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
        assert_eq!(limiter.met(), None);
    }

    #[test]
    fn table_beyond_the_limit_is_refused_and_remembered() {
        let mut limiter = Limiter::new(&Limits::default());
        assert!(
            !limiter
                .table_growing(0, TABLE_ELEMENTS + 1, None)
                .expect("answer")
        );
        assert!(
            limiter
                .met()
                .is_some_and(|met| met.starts_with("table-elements"))
        );
    }
}
