//! The id of the child that a zygote makes, where the supervisor finds it even if the zygote does not live to tell.
//!
//! The kernel writes it before the system call returns and before the child runs. So however a zygote ends, its supervisor knows whether there
//! is a child: none is started twice for one actor, and none is left that nobody knows.
#![expect(
    unsafe_code,
    reason = "memory that the kernel writes on behalf of another process's parent"
)]

use rustix::fs::MemfdFlags;
use rustix::mm::{Advice, MapFlags, ProtFlags};
use rustix::process::Pid;
use std::io;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::ptr::NonNull;

/// Bytes of the file; a page where pages are smallest. Only the first four mean something.
const BYTES: usize = 4096;

/// The supervisor's end: a file without a name.
#[derive(Debug)]
pub(super) struct Born(OwnedFd);

impl Born {
    pub(super) fn new() -> io::Result<Self> {
        let file = rustix::fs::memfd_create("tractor-born", MemfdFlags::CLOEXEC)?;
        rustix::fs::ftruncate(&file, BYTES as u64)?;
        Ok(Self(file))
    }

    /// Forgets the last child.
    pub(super) fn clear(&self) -> io::Result<()> {
        rustix::io::pwrite(&self.0, &[0; 4], 0)?;
        Ok(())
    }

    /// The child that was made since it was cleared. Sure only when the zygote has answered, or is reaped.
    pub(super) fn read(&self) -> Option<Pid> {
        let mut bytes = [0; 4];
        let read = rustix::io::pread(&self.0, &mut bytes, 0).ok()?;
        Pid::from_raw(i32::from_ne_bytes(bytes)).filter(|_| read == bytes.len())
    }
}

#[cfg(test)]
impl Born {
    pub(super) fn try_clone(&self) -> io::Result<Self> {
        self.0.try_clone().map(Self)
    }

    /// As the kernel does on behalf of the zygote.
    pub(super) fn write(&self, pid: Pid) {
        let bytes = pid.as_raw_nonzero().get().to_ne_bytes();
        rustix::io::pwrite(&self.0, &bytes, 0).expect("written");
    }
}

impl AsFd for Born {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.0.as_fd()
    }
}

/// The zygote's end: the same, mapped for as long as it lives. Its children do not have it.
#[derive(Debug)]
pub(super) struct Cradle(NonNull<i32>);

impl Cradle {
    pub(super) fn map(file: &OwnedFd) -> io::Result<Self> {
        let (protection, flags) = (ProtFlags::READ | ProtFlags::WRITE, MapFlags::SHARED);
        // SAFETY: a new mapping at a place of the kernel's choice, of a file that is as long; it is never unmapped, and no reference to it is made.
        let place =
            unsafe { rustix::mm::mmap(std::ptr::null_mut(), BYTES, protection, flags, file, 0) }?;
        // SAFETY: the mapping from above. A child that touches it all the same faults, and none does.
        unsafe { rustix::mm::madvise(place, BYTES, Advice::LinuxDontFork) }?;
        let place = NonNull::new(place.cast::<i32>()).ok_or(io::ErrorKind::InvalidData)?;
        // The page is there from now on, so that the kernel's write cannot be one that waits for memory.
        // SAFETY: within the mapping and aligned, as pages are; the other process only reads and writes it by system calls.
        unsafe { place.write_volatile(0) };
        Ok(Self(place))
    }

    pub(super) fn place(&self) -> *mut i32 {
        self.0.as_ptr()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn id_that_is_written_to_the_mapping_is_read_until_it_is_cleared() {
        let born = Born::new().expect("a file");
        assert_eq!(born.read(), None);
        let cradle = Cradle::map(&born.0).expect("mapped");
        // SAFETY: the mapping lives, and nobody else writes to it.
        unsafe { cradle.place().write_volatile(7) };
        assert_eq!(born.read(), Pid::from_raw(7));
        born.clear().expect("cleared");
        assert_eq!(born.read(), None);
    }
}
