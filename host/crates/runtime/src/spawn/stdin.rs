//! Putting another file in the place of descriptor 0.
#![expect(
    unsafe_code,
    reason = "the standard library owns descriptor 0 and has no way to replace it"
)]

use std::io;
use std::mem::ManuallyDrop;
use std::os::fd::{FromRawFd, OwnedFd};

/// Makes descriptor 0 refer to what `file` refers to.
pub(super) fn replace(file: &OwnedFd) -> io::Result<()> {
    // SAFETY: descriptor 0 is open for the whole life of the process, and the owner made here is never dropped, so it is not closed.
    let mut stdin = ManuallyDrop::new(unsafe { OwnedFd::from_raw_fd(0) });
    Ok(rustix::io::dup2(file, &mut stdin)?)
}
