//! Putting other files in the place of descriptors 0 to 2.
#![expect(
    unsafe_code,
    reason = "the standard library owns these descriptors and has no way to replace them"
)]

use std::io;
use std::mem::ManuallyDrop;
use std::os::fd::{AsFd, FromRawFd, OwnedFd, RawFd};

/// One of the three.
#[derive(Clone, Copy, Debug)]
pub(super) enum Standard {
    Input = 0,
    Output = 1,
    Error = 2,
}

/// Makes it refer to what `file` refers to.
pub(super) fn replace(which: Standard, file: impl AsFd) -> io::Result<()> {
    // SAFETY: these descriptors are open for the whole life of the process, as the standard library sees to before `main`, and the owner made
    // here is never dropped, so none is closed.
    let mut standard = ManuallyDrop::new(unsafe { OwnedFd::from_raw_fd(which as RawFd) });
    Ok(rustix::io::dup2(file, &mut standard)?)
}
