//! The two ends of a context: linked tasks in two actors.

mod stream;

use crate::error::{Error, Result};
use crate::payload::{Format, decode, encode};
use crate::scope::Scope;
use crate::scope::ambient;
use crate::types::ActorId;
use crate::wit::context as raw;
use serde::Serialize;
use serde::de::DeserializeOwned;
pub use stream::{Message, MsgStream, Overrun, Receiver, Sender, StreamOptions};

/// The callee's end: the first parameter of a context function. The function's return ends the context, and stops its stream.
///
/// ```no_run
/// use tractor_guest::{export, Context, Result};
///
/// #[export]
/// async fn simple_rpc(ctx: Context, data: u32) -> Result<u32> {
///     ctx.started(data + 1).await?;
///     let mut stream = ctx.open_stream::<String, String>().await?;
///     let mut count = 0;
///     while let Some(message) = stream.next().await? {
///         assert_eq!(message, "ping");
///         stream.send("pong").await?;
///         count += 1;
///     }
///     Ok(count)
/// }
/// # fn main() {}
/// ```
#[derive(Debug)]
pub struct Context(raw::Context);

impl Context {
    /// Gives the actor that opened the context.
    pub fn caller(&self) -> ActorId {
        self.0.caller()
    }

    /// Gives the scope of the task: cancelled when the other end is, fails, ends or is lost.
    pub fn scope(&self) -> Scope {
        self.0.scope().into()
    }

    /// Gives the opener its first value. Once, and before [`open_stream`](Self::open_stream).
    ///
    /// # Errors
    ///
    /// `misuse` the second time; the cancellation of the ambient scope.
    pub async fn started(&self, value: impl Serialize) -> Result<()> {
        self.started_in(value, Format::Postcard).await
    }

    /// [`started`](Self::started), with a value that openers in any language read: as JSON.
    ///
    /// # Errors
    ///
    /// Those of [`started`](Self::started).
    pub async fn started_json(&self, value: impl Serialize) -> Result<()> {
        self.started_in(value, Format::Json).await
    }

    async fn started_in(&self, value: impl Serialize, format: Format) -> Result<()> {
        let value = encode(&value, format)?;
        self.0.started(ambient::scope().raw(), value).await
    }

    /// Opens this end of the stream, with room for [`StreamOptions::BUFFER`] messages. Once.
    ///
    /// `Send` is what it sends, `Receive` what it receives.
    ///
    /// # Errors
    ///
    /// `misuse` before [`started`](Self::started), [`Error::Closed`] the second time; the cancellation of the ambient scope.
    pub async fn open_stream<Send: Serialize, Receive: DeserializeOwned>(
        &self,
    ) -> Result<MsgStream<Send, Receive>> {
        self.open_stream_with(StreamOptions::new()).await
    }

    /// [`open_stream`](Self::open_stream) with options.
    ///
    /// # Errors
    ///
    /// Those of [`open_stream`](Self::open_stream).
    pub async fn open_stream_with<Send: Serialize, Receive: DeserializeOwned>(
        &self,
        options: StreamOptions,
    ) -> Result<MsgStream<Send, Receive>> {
        let within = ambient::scope();
        let stream = self.0.open_stream(within.raw(), options.into_raw()).await?;
        Ok(MsgStream::new(stream, options))
    }

    /// Cancels this task and with it the context. Returns at once; the next wait gives the cancellation.
    pub fn cancel(&self) {
        self.0.cancel(None);
    }

    /// Cancels this task and with it the context, and says why.
    pub fn cancel_because(&self, message: &str) {
        self.0.cancel(Some(message));
    }
}

impl From<raw::Context> for Context {
    fn from(raw: raw::Context) -> Self {
        Self(raw)
    }
}

/// For code that works on the WIT itself.
impl From<Context> for raw::Context {
    fn from(context: Context) -> Self {
        context.0
    }
}

/// The opener's end; see [`Portal::with_context`](crate::Portal::with_context).
#[derive(Debug)]
pub struct OpenedContext(raw::OpenedContext);

impl OpenedContext {
    /// Gives the actor that was called.
    pub fn callee(&self) -> ActorId {
        self.0.callee()
    }

    /// Gives its scope, which is the ambient one of the body: cancelled when the callee fails.
    pub fn scope(&self) -> Scope {
        self.0.scope().into()
    }

    /// Opens this end of the stream, with room for [`StreamOptions::BUFFER`] messages. Once.
    ///
    /// `Send` is what it sends, `Receive` what it receives.
    ///
    /// # Errors
    ///
    /// [`Error::Closed`] the second time; the callee's failure; the cancellation of the ambient scope.
    pub async fn open_stream<Send: Serialize, Receive: DeserializeOwned>(
        &self,
    ) -> Result<MsgStream<Send, Receive>> {
        self.open_stream_with(StreamOptions::new()).await
    }

    /// [`open_stream`](Self::open_stream) with options.
    ///
    /// # Errors
    ///
    /// Those of [`open_stream`](Self::open_stream).
    pub async fn open_stream_with<Send: Serialize, Receive: DeserializeOwned>(
        &self,
        options: StreamOptions,
    ) -> Result<MsgStream<Send, Receive>> {
        let within = ambient::scope();
        let stream = self.0.open_stream(within.raw(), options.into_raw()).await?;
        Ok(MsgStream::new(stream, options))
    }

    /// Gives the value that the callee's function returned; waits for it. May be asked again.
    ///
    /// # Errors
    ///
    /// The callee's failure; the cancellation of the ambient scope.
    ///
    /// # Cancel safety
    ///
    /// May be dropped at any time.
    pub async fn output<T: DeserializeOwned>(&self) -> Result<T> {
        decode(&self.0.output(ambient::scope().raw()).await?)
    }

    /// Cancels the callee's task and this end's scope. Returns at once. That ends the context in silence.
    pub fn cancel(&self) {
        self.0.cancel(None);
    }

    /// Cancels the callee's task and this end's scope, and says why.
    pub fn cancel_because(&self, message: &str) {
        self.0.cancel(Some(message));
    }

    pub(crate) fn first<First: DeserializeOwned>(&self) -> Result<First> {
        decode(&self.0.first())
    }

    pub(crate) async fn close(&self, body: Option<&Error>) -> Result<()> {
        self.0.close(body.cloned()).await
    }
}

impl From<raw::OpenedContext> for OpenedContext {
    fn from(raw: raw::OpenedContext) -> Self {
        Self(raw)
    }
}
