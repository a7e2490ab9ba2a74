//! How the C library's heap treats large messages.
//!
//! By itself it gives freed memory of more than 128 KiB back to the system at once, and takes it anew, page by page, for the next message: twelve page faults for
//! each of 64 KiB. A worker keeps so much of it instead.
#![expect(unsafe_code, reason = "mallopt is a function of the C library")]

/// Freed memory that a worker keeps for what comes next, 4 MiB: some large messages. It has that only after it has had them.
const KEPT_BYTES: libc::c_int = 4 << 20;

/// Keeps it from now on.
pub(super) fn keep_freed_memory() {
    // Other C libraries have other heaps.
    #[cfg(target_env = "gnu")]
    for option in [libc::M_MMAP_THRESHOLD, libc::M_TRIM_THRESHOLD] {
        // SAFETY: it changes numbers of the heap, and is called before there is a second thread.
        unsafe { libc::mallopt(option, KEPT_BYTES) };
    }
}
