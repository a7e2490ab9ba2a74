//! The loop that drives one instance, for the actor's life.

use super::admission::Gate;
use super::call::{Call, Ended};
use super::closing::{Closed, Closing};
use crate::epoch::{Stop, Ticker};
use crate::fault;
use crate::host::State;
use futures::StreamExt;
use futures::stream::FuturesUnordered;
use std::collections::VecDeque;
use std::future::poll_fn;
use std::mem::ManuallyDrop;
use std::task::{Context, Poll};
use std::time::Duration;
use tokio::sync::mpsc::UnboundedReceiver;
use tractor_protocol::Failure;
use wasmtime::Store;
use wasmtime::component::Accessor;

/// How long a guest that is to stop may take to notice, 5 ms, which is some ticks. One that has not by then runs no code, but
/// waits for the host, and has no backtrace. Well below the 20 ms after which the worker is killed.
const STOP_NOTICE: Duration = Duration::from_millis(5);

/// Drives the instance until it breaks down, and says why it did. Never returns if that is no failure: then `closing` is told.
///
/// What is cut off in the middle is forgotten, not dropped: wasmtime would unwind each of its stacks, and look up the source lines of each for a
/// trace that nobody reads. The process is about to leave.
pub(super) async fn drive(
    store: Store<State>,
    calls: UnboundedReceiver<Call>,
    ticker: Ticker,
    closing: Closing,
) -> Failure {
    let actor = store.data().worker.actor().clone();
    let running = Box::pin(ticker.during(run(store, calls)));
    let mut running = ManuallyDrop::new(running);
    let (error, store) = tokio::select! {
        biased;
        reason = closing.cut_asked() => return over(&closing, Closed::Cut(reason)).await,
        broken = running.as_mut() => broken,
        () = notice(ticker.stop()) => return fault::stopped(&actor),
    };
    drop(ManuallyDrop::into_inner(running));
    match closing.exit(&error) {
        Some(code) => over(&closing, Closed::Exited(code)).await,
        None => {
            let state = store.data();
            fault::failure(&error, &state.limiter, &state.last_words, &actor)
        }
    }
}

/// The instance is gone, and that is no failure.
async fn over(closing: &Closing, closed: Closed) -> Failure {
    closing.close(closed);
    std::future::pending().await
}

/// Runs the loop until it fails.
async fn run(
    mut store: Store<State>,
    calls: UnboundedReceiver<Call>,
) -> (wasmtime::Error, Store<State>) {
    let ended = store
        .run_concurrent(async |accessor| serve(accessor, calls).await)
        .await;
    match ended {
        Ok(Ok(())) => std::future::pending().await,
        Ok(Err(error)) | Err(error) => (error, store),
    }
}

async fn notice(stop: &Stop) {
    stop.requested().await;
    tokio::time::sleep(STOP_NOTICE).await;
}

/// Starts calls as they come and as the guest is ready for them, and sees them to their ends.
async fn serve(
    accessor: &Accessor<State>,
    mut calls: UnboundedReceiver<Call>,
) -> wasmtime::Result<()> {
    let mut waiting = VecDeque::new();
    let mut running = FuturesUnordered::new();
    let mut gate = Gate::default();
    loop {
        tokio::select! {
            // What was let in is begun before anything else is looked at.
            biased;
            Some(ended) = running.next() => {
                if let Ended::Alone = ended? {
                    gate = Gate::Open;
                }
            }
            Some(call) = calls.recv() => waiting.push_back(call),
            () = poll_fn(|context| gate.poll_turn(context)), if !gate.is_open() => {}
            () = poll_fn(|context| poll_first(accessor, &mut waiting, context)), if gate.is_open() && !waiting.is_empty() => {
                if let Some(call) = waiting.pop_front() {
                    gate = Gate::behind(call.is_async());
                    running.push(call.run(accessor));
                }
            }
            else => return Ok(()),
        }
    }
}

/// Ready when the first call that is still wanted can be started, or when none is left.
fn poll_first(
    accessor: &Accessor<State>,
    waiting: &mut VecDeque<Call>,
    context: &mut Context<'_>,
) -> Poll<()> {
    while waiting.front().is_some_and(Call::is_withdrawn) {
        waiting.pop_front();
    }
    match waiting.front() {
        Some(call) => accessor.poll_ready_for_concurrent_call(call.callee.func, context),
        None => Poll::Ready(()),
    }
}
