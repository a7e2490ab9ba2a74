//! The two-way stream of a context.

use crate::codec;
use crate::error::Error;
use serde::Serialize;
use serde::de::DeserializeOwned;
use std::collections::VecDeque;
use std::marker::PhantomData;
use tractor_protocol::Payload;
use tractor_runtime::worker::{self, Scope};

/// Messages taken with one receive. They wait here until they are asked for.
const BATCH: u32 = 64;

/// This end of a stream, on which `S` is sent and `R` received. Dropped, it is stopped.
pub struct MsgStream<S, R> {
    raw: worker::MsgStream,
    scope: Scope,
    received: VecDeque<Payload>,
    types: PhantomData<fn(S) -> R>,
}

impl<S: Serialize, R: DeserializeOwned> MsgStream<S, R> {
    pub(crate) fn new(raw: worker::MsgStream, scope: Scope) -> Self {
        Self {
            raw,
            scope,
            received: VecDeque::new(),
            types: PhantomData,
        }
    }

    /// Sends a message; waits for room at the other end.
    ///
    /// # Errors
    ///
    /// [`Error::Closed`] after a stop or the end of the context, the context's failure, or the cancellation of its scope.
    ///
    /// # Cancel safety
    ///
    /// Dropping it sends the message or does not.
    pub async fn send(&self, message: S) -> Result<(), Error> {
        let message = codec::message(&message)?;
        Ok(self.raw.send(&self.scope, vec![message]).await.1?)
    }

    /// Sends many messages in order, in as few frames as they fit in.
    ///
    /// # Errors
    ///
    /// As [`send`](Self::send); some may have been sent.
    ///
    /// # Cancel safety
    ///
    /// Dropping it may leave some of them sent.
    pub async fn send_all(&self, messages: impl IntoIterator<Item = S>) -> Result<(), Error> {
        let messages: Result<Vec<_>, _> = messages
            .into_iter()
            .map(|message| codec::message(&message))
            .collect();
        Ok(self.raw.send(&self.scope, messages?).await.1?)
    }

    /// Receives the next message; `None` when the other end has stopped.
    ///
    /// # Errors
    ///
    /// The failure of the context, the cancellation of its scope, or a message of another type.
    ///
    /// # Cancel safety
    ///
    /// Dropping it takes no message.
    pub async fn next(&mut self) -> Result<Option<R>, Error> {
        if self.received.is_empty() {
            self.received = self.raw.receive(&self.scope, BATCH).await?.into();
        }
        self.received
            .pop_front()
            .map(|message| codec::decode(&message))
            .transpose()
    }
}

impl<S, R> MsgStream<S, R> {
    /// Ends this direction. What was sent arrives first.
    pub fn stop(&self) {
        self.raw.stop();
    }
}

impl<S, R> Drop for MsgStream<S, R> {
    fn drop(&mut self) {
        self.raw.abandon();
    }
}
