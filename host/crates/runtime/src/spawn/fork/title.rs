//! What a process is called in the list of processes: the words it was started with, which lie in its memory.
#![expect(
    unsafe_code,
    reason = "the words that a process was started with are the kernel's to place, and nobody's to own"
)]

use std::io;

/// Room that a zygote is started with for the names of its children, in bytes. Longer ones are cut in the list.
pub(super) const ROOM_BYTES: usize = 256;

/// Where the words are.
#[derive(Clone, Copy, Debug)]
pub(super) struct Title {
    start: usize,
    bytes: usize,
}

impl Title {
    /// Finds the words of this process.
    pub(super) fn find() -> io::Result<Self> {
        let stat = std::fs::read_to_string("/proc/self/stat")?;
        Self::parse(&stat).ok_or_else(|| io::Error::other("/proc/self/stat is not as it was"))
    }

    /// Fields 48 and 49 of the file, counted from 1. The name of the process, in brackets before the third, may hold anything.
    fn parse(stat: &str) -> Option<Self> {
        let (_, fields) = stat.rsplit_once(") ")?;
        let mut ends = fields.split(' ').skip(45).map(str::parse::<usize>);
        let (start, end) = (ends.next()?.ok()?, ends.next()?.ok()?);
        let bytes = end.checked_sub(start)?;
        (start > 0 && bytes > 0).then_some(Self { start, bytes })
    }

    /// Puts others in their place, as far as they fit. The process must have one thread.
    pub(super) fn set(&self, text: &str) {
        let bytes = text.len().min(self.bytes - 1);
        let place = std::ptr::with_exposed_provenance_mut::<u8>(self.start);
        // SAFETY: the kernel laid these bytes out on the stack for this process to read and write; they hold no references. The standard
        // library copies them when it is asked for the words, on no other thread, and finds shorter words, each with its end.
        unsafe {
            std::ptr::write_bytes(place, 0, self.bytes);
            std::ptr::copy_nonoverlapping(text.as_ptr(), place, bytes);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_of_this_process_are_found() {
        let title = Title::find().expect("Linux");
        let line = std::fs::read("/proc/self/cmdline").expect("Linux");
        assert_eq!(title.bytes, line.len());
    }

    #[test]
    fn stat_that_is_cut_or_says_nothing_is_none() {
        let fields = "0 ".repeat(60);
        assert!(Title::parse(&format!("1 (a) b) {fields}")).is_none());
        assert!(Title::parse("1 (a) R 1 2 3").is_none());
    }
}
