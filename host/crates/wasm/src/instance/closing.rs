//! The end of an instance that is no failure of its actor: a command that exited, or what was cut off because nobody wants it any more.
//!
//! The instance is gone then, and the worker goes on: it answers whoever called, and leaves as any worker does that has nothing left to do.

use crate::epoch::Stop;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, OnceLock};
use tokio::sync::watch;
use tractor_protocol::Error;
use wasmtime_wasi::I32Exit;

/// How the instance came to its end.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Closed {
    /// Its command exited with this code.
    Exited(u8),
    /// Nobody wants it any more, for this reason, and it could not be told.
    Cut(Error),
}

/// What is known of the end of one instance. Clones know the same.
#[derive(Clone)]
pub(crate) struct Closing(Arc<Inner>);

struct Inner {
    stop: Stop,
    /// Its command runs, so that an exit is the command's.
    command: AtomicBool,
    cut: OnceLock<Error>,
    closed: watch::Sender<Option<Closed>>,
}

impl Closing {
    pub(crate) fn new(stop: Stop) -> Self {
        Self(Arc::new(Inner {
            stop,
            command: AtomicBool::new(false),
            cut: OnceLock::new(),
            closed: watch::Sender::new(None),
        }))
    }

    /// Takes the right to run the command: once for each instance, as its memory after `main` is not made for another.
    pub(super) fn claim_command(&self) -> bool {
        !self.0.command.swap(true, Ordering::AcqRel)
    }

    /// Stops the instance, which knows of no cancellation. The first reason counts.
    pub(crate) fn cut(&self, reason: Error) {
        let _ = self.0.cut.set(reason);
        self.0.stop.request();
    }

    /// What the end of the instance with `error` means, if it is no failure.
    pub(super) fn meaning(&self, error: &wasmtime::Error) -> Option<Closed> {
        if let Some(reason) = self.0.cut.get() {
            return Some(Closed::Cut(reason.clone()));
        }
        let I32Exit(code) = error.downcast_ref()?;
        let ran = self.0.command.load(Ordering::Acquire);
        // WASI knows codes of one byte, as processes do.
        ran.then(|| Closed::Exited(u8::try_from(*code).unwrap_or(u8::MAX)))
    }

    /// Says that the instance is gone.
    pub(super) fn close(&self, closed: Closed) {
        self.0.closed.send_replace(Some(closed));
    }

    /// How it came to its end, if it did.
    pub(super) fn get(&self) -> Option<Closed> {
        self.0.closed.borrow().clone()
    }

    /// Waits for that. Never, if its end is a failure: then the runtime answers for all.
    pub(super) async fn closed(&self) -> Closed {
        let mut closed = self.0.closed.subscribe();
        let seen = closed.wait_for(Option::is_some).await;
        match seen.ok().and_then(|seen| seen.clone()) {
            Some(closed) => closed,
            // The sender is in here, so this is not reached.
            None => std::future::pending().await,
        }
    }
}
