//! How the processes of a test's trees are started.

use std::cell::Cell;
use tractor_host::SpawnBackend;

thread_local! {
    /// How the trees of this thread's test are started: each test has a thread of its own, or runs after the other.
    pub(crate) static CHOSEN: Cell<SpawnBackend> = const { Cell::new(SpawnBackend::Auto) };
}

/// How this thread's trees are started: by default as those of users are.
pub(super) fn chosen() -> SpawnBackend {
    CHOSEN.get()
}

/// The same, for the command line.
pub(super) fn name() -> &'static str {
    match chosen() {
        SpawnBackend::Auto => "auto",
        SpawnBackend::Exec => "exec",
        SpawnBackend::Fork => "fork",
    }
}
