//! Writing for people: nobody need listen, and nothing panics if nobody does.

use super::exit::Exit;
use std::io::{self, Write};
use std::sync::{Mutex, PoisonError};
use tractor_runtime::supervisor::Place;

/// Where [`complain`] writes while a tree runs.
static BESIDE: Mutex<Option<Place>> = Mutex::new(None);

/// Writes `text` to stdout.
pub(crate) fn print(text: &str) -> Result<(), Exit> {
    let mut stdout = std::io::stdout().lock();
    let written = stdout
        .write_all(text.as_bytes())
        .and_then(|()| stdout.flush());
    written.map_err(|error| Exit::of_output(&error))
}

/// While it lives a thread writes to stderr: a tree is not held up by a reader that does not read.
pub(crate) struct Beside(());

impl Beside {
    /// Begins it.
    pub(crate) fn begin() -> io::Result<Self> {
        let place = Place::open(io::stderr())?;
        *BESIDE.lock().unwrap_or_else(PoisonError::into_inner) = Some(place);
        Ok(Self(()))
    }
}

impl Drop for Beside {
    fn drop(&mut self) {
        let place = BESIDE.lock().unwrap_or_else(PoisonError::into_inner).take();
        // Without the lock: it waits for what was told.
        drop(place);
    }
}

/// Writes lines to stderr, at once, so that they are not mixed with those of others.
pub(crate) fn complain(text: &str) {
    let beside = BESIDE.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(place) = &*beside {
        return place.tell(text.to_owned());
    }
    drop(beside);
    // Who closed stderr wants to hear nothing.
    let _ = std::io::stderr().write_all(format!("{text}\n").as_bytes());
}
