//! The opener's end of two linked tasks.

use crate::codec;
use crate::error::Error;
use crate::stream::MsgStream;
use serde::Serialize;
use serde::de::DeserializeOwned;
use tractor_protocol::ActorId;
use tractor_runtime::worker::{self, Scope, StreamOptions};

/// The opener's end of a context, for the body of [`Portal::with_context`](crate::Portal::with_context). Dropped, it is cancelled.
pub struct OpenedContext(worker::OpenedContext);

impl OpenedContext {
    pub(crate) fn new(raw: worker::OpenedContext) -> Self {
        Self(raw)
    }

    pub(crate) fn raw(&self) -> &worker::OpenedContext {
        &self.0
    }

    /// Who is called.
    pub fn callee(&self) -> &ActorId {
        self.0.callee()
    }

    /// The scope of the body: cancelled when the callee fails.
    pub fn scope(&self) -> Scope {
        self.0.scope()
    }

    /// Opens this end of the stream, on which `S` is sent and `R` received, with 256 messages of buffer.
    ///
    /// # Errors
    ///
    /// [`Error::Closed`] a second time or when the context is over; the cancellation of its scope.
    pub async fn open_stream<S: Serialize, R: DeserializeOwned>(
        &self,
    ) -> Result<MsgStream<S, R>, Error> {
        self.open_stream_with(StreamOptions::default()).await
    }

    /// As [`open_stream`](Self::open_stream), with options.
    ///
    /// # Errors
    ///
    /// As [`open_stream`](Self::open_stream).
    pub async fn open_stream_with<S: Serialize, R: DeserializeOwned>(
        &self,
        options: StreamOptions,
    ) -> Result<MsgStream<S, R>, Error> {
        let scope = self.0.scope();
        let raw = self.0.open_stream(&scope, options).await?;
        Ok(MsgStream::new(raw, scope))
    }

    /// Waits for the callee's value.
    ///
    /// # Errors
    ///
    /// The callee's failures, the cancellation of the scope, or a value of another type.
    ///
    /// # Cancel safety
    ///
    /// Dropping it has no effect.
    pub async fn output<T: DeserializeOwned>(&self) -> Result<T, Error> {
        codec::decode(&self.0.output(&self.0.scope()).await?)
    }

    /// Cancels the callee's task. The context then closes in silence.
    pub fn cancel(&self) {
        self.0.cancel(None);
    }
}

impl Drop for OpenedContext {
    fn drop(&mut self) {
        // Without effect on one that is closed.
        self.0.abandon();
    }
}
