//! A place that lines are written to, which may block: a thread of its own writes there, and nobody else waits for whoever reads.
//!
//! 1. The thread begins with the place, where the lack of one is an error, and lives as long: nothing is begun later that could fail.
//! 2. What relays write is waited for, so a slow reader slows the actors that write. What is told is not waited for: beyond
//!    [`MOST_WAITING`] it is dropped, and counted.
//! 3. Dropping the last handle waits for what was told, if anything is left of that, and not for long.

use std::io::Write;
use std::panic::AssertUnwindSafe;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::mpsc::{self, Receiver, Sender};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use std::{io, panic, thread};
use tokio::sync::oneshot;

/// Bytes that may be told and not written, 1 MiB: some thousand lines, which is a burst; who does not read for longer misses the rest.
const MOST_WAITING: usize = 1 << 20;

/// How long the last handle waits for what was told, 500 ms: as long as a dead worker's output is read.
const LAST_LINES: Duration = Duration::from_millis(500);

/// A place to write lines to. Clones write to the same.
///
/// Dropping the last handle waits until all is written, for half a second at most.
#[derive(Clone)]
pub struct Place(Arc<Shared>);

struct Shared {
    /// `None` when the place is dropped.
    jobs: Option<Sender<Job>>,
    counts: Arc<Counts>,
    /// Nothing comes here; it ends with the thread.
    ended: Mutex<Receiver<()>>,
}

#[derive(Default)]
struct Counts {
    /// What is given to the thread and not written.
    jobs: AtomicUsize,
    /// Bytes of what was told and is not written.
    waiting: AtomicUsize,
    /// Lines that were dropped since the last one that was written.
    dropped: AtomicU64,
}

enum Job {
    /// Lines that are waited for; their memory goes back.
    Piece(Vec<u8>, oneshot::Sender<Vec<u8>>),
    Told(String),
}

impl Place {
    /// Opens a place, with its thread. A writer that fails, as a closed pipe does, is no failure of anyone: what it was given is dropped.
    ///
    /// # Errors
    ///
    /// What the system says when it has no thread to give.
    pub fn open(writer: impl Write + Send + 'static) -> io::Result<Self> {
        let (jobs, todo) = mpsc::channel();
        let (ends, ended) = mpsc::channel();
        let counts = Arc::<Counts>::default();
        let counted = Arc::clone(&counts);
        thread::Builder::new()
            .name("tractor-writer".into())
            .spawn(move || {
                let _ends: Sender<()> = ends;
                write_all(&todo, writer, &counted);
            })?;
        Ok(Self(Arc::new(Shared {
            jobs: Some(jobs),
            counts,
            ended: Mutex::new(ended),
        })))
    }

    /// Writes whole lines, waits until they are written, and gives their memory back.
    ///
    /// # Cancel safety
    ///
    /// If it is dropped they are written none the less.
    pub(super) async fn write(&self, piece: Vec<u8>) -> Vec<u8> {
        let (written, is_written) = oneshot::channel();
        self.0.give(Job::Piece(piece, written));
        is_written.await.unwrap_or_default()
    }

    /// Writes a line, or some, without waiting for it. If too much waits already it is dropped, and how many were is written
    /// when there is room again.
    pub fn tell(&self, text: String) {
        let (bytes, counts) = (text.len(), &self.0.counts);
        if counts.waiting.fetch_add(bytes, Ordering::Relaxed) > MOST_WAITING {
            counts.waiting.fetch_sub(bytes, Ordering::Relaxed);
            counts.dropped.fetch_add(1, Ordering::Relaxed);
        } else {
            self.0.give(Job::Told(text));
        }
    }
}

impl Shared {
    fn give(&self, job: Job) {
        self.counts.jobs.fetch_add(1, Ordering::AcqRel);
        // The thread ends after the last handle.
        let _ = self.jobs.as_ref().map(|jobs| jobs.send(job));
    }
}

impl Drop for Shared {
    fn drop(&mut self) {
        drop(self.jobs.take());
        if self.counts.jobs.load(Ordering::Acquire) == 0 {
            return;
        }
        let ended = self.ended.get_mut().unwrap_or_else(PoisonError::into_inner);
        // Both of its errors say that there is nothing to wait for any more.
        let _ = ended.recv_timeout(LAST_LINES);
    }
}

/// Writes until the place is dropped.
fn write_all(todo: &Receiver<Job>, mut writer: impl Write, counts: &Counts) {
    for job in todo {
        match job {
            Job::Piece(piece, written) => {
                write(&mut writer, &piece);
                counts.jobs.fetch_sub(1, Ordering::AcqRel);
                // Whoever waited may have gone meanwhile.
                let _ = written.send(piece);
            }
            Job::Told(text) => {
                write(&mut writer, format!("{text}\n").as_bytes());
                counts.waiting.fetch_sub(text.len(), Ordering::Relaxed);
                let dropped = counts.dropped.swap(0, Ordering::Relaxed);
                if dropped > 0 {
                    let told = format!("warning: {dropped} more were dropped: nobody read them\n");
                    write(&mut writer, told.as_bytes());
                }
                counts.jobs.fetch_sub(1, Ordering::AcqRel);
            }
        }
    }
}

fn write(writer: &mut impl Write, bytes: &[u8]) {
    // A reader that closed is no reason to stop the actor: `| head` must not fail the tree. The writer may be anyone's, and panic.
    let _ = panic::catch_unwind(AssertUnwindSafe(|| {
        let _ = writer.write_all(bytes).and_then(|()| writer.flush());
    }));
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::mpsc::SyncSender;

    /// A reader that takes one thing at a time, when it likes.
    struct Slow(SyncSender<String>);

    impl Write for Slow {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            let text = String::from_utf8_lossy(bytes).into_owned();
            assert_ne!(text, "panic\n");
            self.0.send(text).map_err(io::Error::other)?;
            Ok(bytes.len())
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    fn slow() -> (Place, Receiver<String>) {
        let (writer, reader) = mpsc::sync_channel(0);
        (Place::open(Slow(writer)).expect("a thread"), reader)
    }

    #[test]
    fn place_that_nobody_reads_takes_lines_without_waiting_and_counts_those_beyond() {
        let (place, reader) = slow();
        let line = "x".repeat(MOST_WAITING / 8);
        (0..64).for_each(|_| place.tell(line.clone()));
        assert!(place.0.counts.waiting.load(Ordering::Relaxed) <= MOST_WAITING + 2 * line.len());
        let first = reader.recv().expect("the first line");
        assert_eq!(first.len(), line.len() + 1);
        let told = reader.recv().expect("what became of others");
        let kept = reader.iter().by_ref().take(8).count();
        assert_eq!(
            (told, kept),
            (
                "warning: 55 more were dropped: nobody read them\n".to_owned(),
                8
            )
        );
    }

    #[test]
    fn place_that_is_dropped_has_written_what_was_told() {
        let (writer, reader) = mpsc::sync_channel(100);
        let place = Place::open(Slow(writer)).expect("a thread");
        (0..100).for_each(|number| place.tell(number.to_string()));
        drop(place);
        assert_eq!(reader.try_iter().count(), 100);
    }

    #[tokio::test]
    async fn place_whose_writer_panics_goes_on_and_gives_memory_back() {
        let (writer, reader) = mpsc::sync_channel(100);
        let place = Place::open(Slow(writer)).expect("a thread");
        assert_eq!(place.write(b"panic\n".to_vec()).await, b"panic\n");
        assert_eq!(place.write(b"line\n".to_vec()).await, b"line\n");
        assert_eq!(reader.try_iter().collect::<Vec<_>>(), ["line\n"]);
    }
}
