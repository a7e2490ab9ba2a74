//! The end of an instance that is no failure of its actor: a command that exited, or what was cut off because nobody wants it any more.
//!
//! The instance is gone then, and the worker goes on: it answers whoever called, and leaves as any worker does that has nothing left to do.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
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
#[derive(Clone, Default)]
pub(crate) struct Closing(Arc<Inner>);

#[derive(Default)]
struct Inner {
    /// Its command runs, so that an exit is the command's.
    command: AtomicBool,
    cut: watch::Sender<Option<Error>>,
    closed: watch::Sender<Option<Closed>>,
}

impl Closing {
    /// Takes the right to run the command: once for each instance, as its memory after `main` is not made for another.
    pub(super) fn claim_command(&self) -> bool {
        !self.0.command.swap(true, Ordering::AcqRel)
    }

    /// Ends the instance, which knows of no cancellation, in the middle of whatever it does. The first reason counts.
    pub(crate) fn cut(&self, reason: Error) {
        self.0.cut.send_if_modified(|cut| {
            let first = cut.is_none();
            cut.get_or_insert(reason);
            first
        });
    }

    /// Waits until that is asked for.
    pub(super) async fn cut_asked(&self) -> Error {
        first(&self.0.cut).await
    }

    /// The code that the command exited with, if `error` is that.
    pub(super) fn exit(&self, error: &wasmtime::Error) -> Option<u8> {
        let I32Exit(code) = error.downcast_ref()?;
        let ran = self.0.command.load(Ordering::Acquire);
        // WASI knows codes of one byte, as processes do.
        ran.then(|| u8::try_from(*code).unwrap_or(u8::MAX))
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
        first(&self.0.closed).await
    }
}

/// The first value that is sent.
async fn first<T: Clone>(sender: &watch::Sender<Option<T>>) -> T {
    let mut receiver = sender.subscribe();
    let sent = receiver.wait_for(Option::is_some).await;
    match sent.ok().and_then(|sent| sent.clone()) {
        Some(value) => value,
        // The sender is borrowed, so it is not gone, and this is not reached.
        None => std::future::pending().await,
    }
}
