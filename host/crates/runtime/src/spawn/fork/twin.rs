//! Making a copy of this process that is its parent's child: the one thing that a zygote is for, and that has no safe form.
//!
//! 1. It is refused where this process has more than one thread: the others would not be in the copy, with whatever they hold.
//! 2. `clone3` itself and not the C library's `fork`, which knows no `CLONE_PARENT`. What `fork` does besides is for other threads and for
//!    handlers that nobody has set; but for the thread's id, which the library keeps at a place that the kernel is told to write to.
#![expect(
    unsafe_code,
    reason = "clone3, asking the kernel where it writes a thread's id, and ending a copy"
)]

use super::born::Cradle;
use rustix::process::Pid;
use std::io::{self, Write};
use std::mem::size_of;

/// Who this process is after it was copied.
pub(super) enum Twin {
    /// The one that was there before; the copy has this id.
    Old(Pid),
    /// The copy.
    New,
}

/// Copies this process. The copy is a child of this one's parent, which finds its id in the cradle too.
///
/// # Errors
///
/// What the system says: too many processes, no memory, not allowed; or that this process has several threads.
pub(super) fn make(cradle: &Cradle) -> io::Result<Twin> {
    match super::threads::count()? {
        1 => {}
        threads => {
            let text = format!("the process to be forked has {threads} threads, and must have one");
            return Err(io::Error::other(text));
        }
    }
    let mut flags = libc::CLONE_PARENT | libc::CLONE_PARENT_SETTID;
    let own_id = own_id_place();
    if own_id != 0 {
        flags |= libc::CLONE_CHILD_SETTID | libc::CLONE_CHILD_CLEARTID;
    }
    let arguments = libc::clone_args {
        flags: u64::from(flags.cast_unsigned()),
        pidfd: 0,
        child_tid: own_id,
        parent_tid: cradle.place() as u64,
        // It is that of this process, as the copy has the same parent.
        exit_signal: 0,
        // Without a stack of its own it goes on with a copy of this one, as after `fork`.
        stack: 0,
        stack_size: 0,
        tls: 0,
        set_tid: 0,
        set_tid_size: 0,
        cgroup: 0,
    };
    // SAFETY: no memory is shared (no CLONE_VM), so the copy goes on alone in its own memory with all that this process's one thread had.
    // `parent_tid` is mapped for the life of this process, `child_tid` is where the C library keeps the id of the calling thread.
    let id = unsafe {
        libc::syscall(
            libc::SYS_clone3,
            &raw const arguments,
            size_of::<libc::clone_args>(),
        )
    };
    if id < 0 {
        return Err(io::Error::last_os_error());
    }
    let id = i32::try_from(id).map_err(io::Error::other)?;
    Ok(Pid::from_raw(id).map_or(Twin::New, Twin::Old))
}

/// Where the C library keeps the id of the calling thread, or 0 if that is not to be known. glibc's `fork` writes it in the child, and so does
/// the kernel for us: it is told the place when a thread begins, to clear it at the end.
fn own_id_place() -> u64 {
    // Elsewhere the place means something else.
    if !cfg!(target_env = "gnu") {
        return 0;
    }
    let mut place: *mut libc::c_int = std::ptr::null_mut();
    // SAFETY: the kernel writes one pointer to `place`.
    let told = unsafe { libc::prctl(libc::PR_GET_TID_ADDRESS, &raw mut place) };
    // SAFETY: it has just been told, and the C library keeps it for the life of the thread, which is this one.
    let id = (told == 0 && !place.is_null()).then(|| unsafe { place.read() });
    match id {
        Some(id) if id == rustix::thread::gettid().as_raw_nonzero().get() => place as u64,
        _ => 0,
    }
}

/// Ends a copy. What was registered for the end of the process that it was copied from, handlers and destructors of libraries, is not for it to run; and would
/// copy the pages that it writes to, which a tree of a thousand actors that ends has no time for.
pub(in crate::spawn) fn leave_copy(code: i32) -> ! {
    // What an actor has printed without ending the line.
    let _ = io::stdout().flush();
    // SAFETY: nothing comes after it.
    unsafe { libc::_exit(code) }
}

/// Ignores what the terminal sends to the whole group: that is for the supervisor, which decides. Workers listen to it anew.
pub(super) fn ignore_signals() {
    for signal in [libc::SIGINT, libc::SIGQUIT, libc::SIGHUP, libc::SIGTERM] {
        // SAFETY: no handler is set, only that there is none.
        unsafe { libc::signal(signal, libc::SIG_IGN) };
    }
}
