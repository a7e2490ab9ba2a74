//! How the C library's heap treats large messages.
//!
//! By itself it gives freed memory of more than 128 KiB back to the system at once, and takes it anew, page by page, for the next message: twelve page faults for
//! each of 64 KiB. A worker keeps so much of it instead. And each thread would have a heap of its own, of which a worker needs but one: it has one thread
//! that works, and beside it some that wait.
#![expect(unsafe_code, reason = "mallopt is a function of the C library")]

/// Freed memory that a worker keeps for what comes next, 4 MiB: some large messages. It has that only after it has had them.
const KEPT_BYTES: libc::c_int = 4 << 20;

/// Has it so from now on.
pub(super) fn set_up() {
    // Other C libraries have other heaps.
    #[cfg(target_env = "gnu")]
    for (option, value) in [
        (libc::M_MMAP_THRESHOLD, KEPT_BYTES),
        (libc::M_TRIM_THRESHOLD, KEPT_BYTES),
        (libc::M_ARENA_MAX, 1),
    ] {
        // SAFETY: it changes numbers of the heap, and is called before there is a second thread.
        unsafe { libc::mallopt(option, value) };
    }
}
