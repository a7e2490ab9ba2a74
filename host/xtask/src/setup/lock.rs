//! One set-up at a time. The lock belongs to the open file, so it is free again whatever becomes of its holder.

use std::{
    fs::{File, TryLockError},
    path::Path,
    thread,
    time::{Duration, Instant},
};

use anyhow::{Context, Result, bail};

use crate::{job::Heading, say};

/// A set-up takes under a minute, on a slow network a few.
const PATIENCE: Duration = Duration::from_secs(15 * 60);

/// How often a lock that is taken is tried again.
const GLANCE: Duration = Duration::from_millis(100);

/// The lock, held until dropped.
pub(crate) struct Lock {
    pub(crate) had_to_wait: bool,
    _file: File,
}

impl Lock {
    /// Takes the lock, waiting for its holder to be done.
    pub(crate) fn take(path: &Path, heading: &Heading) -> Result<Self> {
        let shown = path.display();
        let file = File::create(path).with_context(|| format!("cannot write {shown}"))?;
        let begun = Instant::now();
        let mut had_to_wait = false;
        while !try_lock(&file).with_context(|| format!("cannot lock {shown}"))? {
            if !had_to_wait {
                heading.say("another set-up is at work: waiting for it");
                had_to_wait = true;
            }
            if begun.elapsed() > PATIENCE {
                bail!("another set-up has held {shown} for {PATIENCE:?}");
            }
            thread::sleep(GLANCE);
        }
        if had_to_wait {
            say::detail("the other set-up is done");
        }
        Ok(Self {
            had_to_wait,
            _file: file,
        })
    }
}

fn try_lock(file: &File) -> std::io::Result<bool> {
    match file.try_lock() {
        Ok(()) => Ok(true),
        Err(TryLockError::WouldBlock) => Ok(false),
        Err(TryLockError::Error(error)) => Err(error),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lock_that_is_held_is_waited_for() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("lock");
        let heading = Heading::alone("test");
        let first = Lock::take(&path, &heading).unwrap();
        assert!(!first.had_to_wait);

        let (begin, begun) = std::sync::mpsc::channel();
        let second = thread::spawn({
            let path = path.clone();
            move || {
                let other = File::create(&path).unwrap();
                begin.send(try_lock(&other).unwrap()).unwrap();
                Lock::take(&path, &Heading::alone("test")).is_ok()
            }
        });
        assert!(!begun.recv().unwrap(), "the lock was not held");
        drop(first);
        assert!(second.join().unwrap());
    }
}
