//! The receiving direction of a stream.
//!
//! 1. Messages come from the host in batches and are handed out one by one.
//! 2. **A receive that is dropped loses nothing.** The call to the host is no part of the future that is dropped: it stays under way in the
//!    [`Receiver`], and the next receive goes on with it.
//! 3. A call that went on from an earlier receive waits in the scope of that one. If this scope is cancelled meanwhile, the host has taken
//!    nothing, and the receive asks anew in its own.

use crate::error::{Error, Result};
use crate::payload::decode;
use crate::scope::Scope;
use crate::scope::ambient;
use crate::types::Payload;
use crate::wit::context as raw;
use serde::de::DeserializeOwned;
use std::collections::VecDeque;
use std::fmt;
use std::future::poll_fn;
use std::marker::PhantomData;
use std::pin::{Pin, pin};
use std::rc::Rc;
use std::task::{Context, Poll};

/// The direction of a stream that receives. Dropped, what was not received yet is lost.
pub struct Receiver<R> {
    under_way: Option<Call>,
    waiting: VecDeque<Payload>,
    stream: Rc<raw::MsgStream>,
    /// How many messages to ask for at once.
    batch: u32,
    messages: PhantomData<fn() -> R>,
}

impl<R: DeserializeOwned> Receiver<R> {
    pub(super) fn new(stream: Rc<raw::MsgStream>, batch: u32) -> Self {
        Self {
            under_way: None,
            waiting: VecDeque::new(),
            stream,
            batch,
            messages: PhantomData,
        }
    }

    /// Receives one message; waits for it. `None` once the other end has stopped and all that it sent was received.
    ///
    /// # Errors
    ///
    /// The failure of the other end, after all that it sent; the cancellation of the ambient scope; `ill-typed` if the message is no `R`:
    /// then that message is gone.
    ///
    /// # Cancel safety
    ///
    /// May be dropped at any time: the next receive gives what this one would have given.
    pub async fn next(&mut self) -> Result<Option<R>> {
        self.fill().await?;
        self.waiting.pop_front().map(|m| decode(&m)).transpose()
    }

    /// Receives at least one and at most `max` messages; waits for the first. None once the other end has stopped and all was received.
    ///
    /// # Errors
    ///
    /// Those of [`next`](Self::next).
    ///
    /// # Cancel safety
    ///
    /// That of [`next`](Self::next).
    pub async fn receive_many(&mut self, max: usize) -> Result<Vec<R>> {
        self.fill().await?;
        let count = self.waiting.len().min(max.max(1));
        self.waiting.drain(..count).map(|m| decode(&m)).collect()
    }

    /// Waits until a message is there, or the stream has ended.
    async fn fill(&mut self) -> Result<()> {
        while self.waiting.is_empty() {
            let within = ambient::scope();
            let (call, resumed) = self.call(&within);
            let outcome = if resumed {
                call.or_cancelled(&within).await
            } else {
                Some(call.received().await)
            };
            match outcome {
                // Ours is cancelled: the call stays under way.
                None => return Err(within.cancelled().await.into()),
                // The earlier scope was cancelled: ask anew.
                Some(Err(Error::Cancelled(_))) if resumed => self.under_way = None,
                Some(outcome) => {
                    self.under_way = None;
                    self.waiting.extend(outcome?);
                    return Ok(());
                }
            }
        }
        Ok(())
    }

    /// Gives the call under way, and whether another scope than `within` is that of its wait.
    fn call(&mut self, within: &Scope) -> (&mut Call, bool) {
        let (stream, batch) = (&self.stream, self.batch);
        let call = self
            .under_way
            .get_or_insert_with(|| Call::start(stream.clone(), within.clone(), batch));
        let resumed = !call.within.is(within);
        (call, resumed)
    }
}

impl<R> fmt::Debug for Receiver<R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Receiver")
            .field("stream", &self.stream)
            .field("waiting", &self.waiting.len())
            .finish_non_exhaustive()
    }
}

/// A receive of the host's.
struct Call {
    within: Scope,
    messages: Pin<Box<dyn Future<Output = Result<Vec<Payload>>>>>,
}

impl Call {
    fn start(stream: Rc<raw::MsgStream>, within: Scope, max: u32) -> Self {
        let scope = within.clone();
        Self {
            within,
            messages: Box::pin(async move { stream.receive(scope.raw(), max).await }),
        }
    }

    async fn received(&mut self) -> Result<Vec<Payload>> {
        poll_fn(|context| self.poll(context)).await
    }

    /// What it gives, or `None` if `scope` is cancelled first.
    async fn or_cancelled(&mut self, scope: &Scope) -> Option<Result<Vec<Payload>>> {
        let mut cancelled = pin!(scope.cancelled());
        poll_fn(|context| match self.poll(context) {
            Poll::Ready(outcome) => Poll::Ready(Some(outcome)),
            Poll::Pending => cancelled.as_mut().poll(context).map(|_| None),
        })
        .await
    }

    fn poll(&mut self, context: &mut Context<'_>) -> Poll<Result<Vec<Payload>>> {
        self.messages.as_mut().poll(context)
    }
}
