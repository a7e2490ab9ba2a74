//! Messages both ways, typed.
//!
//! Messages cross into the host in batches, as a crossing costs more than a message.

mod receive;

use crate::error::Result;
use crate::payload::{Format, encode, encode_into};
use crate::scope::ambient;
use crate::types::Payload;
use crate::wit::context as raw;
use serde::Serialize;
use serde::de::DeserializeOwned;
use std::future::poll_fn;
use std::marker::PhantomData;
use std::pin::pin;
use std::rc::Rc;
use std::task::Poll;

pub use raw::Overrun;
pub use receive::Receiver;

/// How this end of a stream behaves.
#[derive(Clone, Copy, Debug)]
pub struct StreamOptions {
    buffer: u32,
    overrun: Overrun,
    json: bool,
}

impl StreamOptions {
    /// How many messages may wait at an end of which nothing else was said: so many can be sent before anything is received.
    pub const BUFFER: u32 = 256;

    /// Defaults: room for [`BUFFER`](Self::BUFFER) messages, senders wait for room, messages are sent as postcard.
    pub fn new() -> Self {
        Self {
            buffer: Self::BUFFER,
            overrun: Overrun::Wait,
            json: false,
        }
    }

    /// Sets how many messages may wait at this end; at least 1.
    #[must_use]
    pub fn buffer(mut self, messages: u32) -> Self {
        self.buffer = messages;
        self
    }

    /// Sets what happens to a message that this end sends when there is no room at the other.
    #[must_use]
    pub fn overrun(mut self, policy: Overrun) -> Self {
        self.overrun = policy;
        self
    }

    /// Sends messages as JSON, which the other end reads in any language. What comes is read in either codec.
    ///
    /// Not needed where the callee's WIT names the types of its messages (`join-receives`, `join-sends` beside a function `join`): then the hosts turn one codec
    /// into the other, and a message of another type is a failure of kind `ill-typed` of the `send`.
    #[must_use]
    pub fn json(mut self) -> Self {
        self.json = true;
        self
    }

    pub(crate) fn into_raw(self) -> raw::StreamOptions {
        raw::StreamOptions {
            buffer: self.buffer,
            overrun: self.overrun,
        }
    }
}

impl Default for StreamOptions {
    fn default() -> Self {
        Self::new()
    }
}

/// What may be sent on a stream of `S`: an `S`, a reference to one, and texts and slices for what owns such.
pub trait Message<S>: Serialize {}

impl<S: Serialize> Message<S> for S {}
impl<S: Serialize> Message<S> for &S {}
impl Message<String> for &str {}
impl<T: Serialize> Message<Vec<T>> for &[T] {}

/// One end of a two-way stream. [`split`](Self::split) it where one branch sends and another receives.
///
/// Dropped, it is stopped, and what was not received yet is lost.
#[derive(Debug)]
pub struct MsgStream<S, R> {
    sender: Sender<S>,
    receiver: Receiver<R>,
}

impl<S: Serialize, R: DeserializeOwned> MsgStream<S, R> {
    pub(crate) fn new(stream: raw::MsgStream, options: StreamOptions) -> Self {
        let stream = Rc::new(stream);
        Self {
            sender: Sender {
                stream: stream.clone(),
                format: Format::json(options.json),
                messages: PhantomData,
            },
            receiver: Receiver::new(stream, options.buffer.max(1)),
        }
    }

    /// Takes it apart into its two directions.
    pub fn split(self) -> (Sender<S>, Receiver<R>) {
        (self.sender, self.receiver)
    }

    /// Sends one message; see [`Sender::send`].
    ///
    /// # Errors
    ///
    /// Those of [`Sender::send`].
    pub async fn send(&self, message: impl Message<S>) -> Result<()> {
        self.sender.send(message).await
    }

    /// Sends all; see [`Sender::send_all`].
    ///
    /// # Errors
    ///
    /// Those of [`Sender::send_all`].
    pub async fn send_all(
        &self,
        messages: impl IntoIterator<Item = impl Message<S>>,
    ) -> Result<()> {
        self.sender.send_all(messages).await
    }

    /// Receives one message; see [`Receiver::next`].
    ///
    /// # Errors
    ///
    /// Those of [`Receiver::next`].
    pub async fn next(&mut self) -> Result<Option<R>> {
        self.receiver.next().await
    }

    /// Receives several messages; see [`Receiver::receive_many`].
    ///
    /// # Errors
    ///
    /// Those of [`Receiver::next`].
    pub async fn receive_many(&mut self, max: usize) -> Result<Vec<R>> {
        self.receiver.receive_many(max).await
    }

    /// Ends this direction; see [`Sender::stop`].
    pub fn stop(&self) {
        self.sender.stop();
    }
}

/// The direction of a stream that sends. Dropped, it is stopped.
#[derive(Debug)]
pub struct Sender<S> {
    stream: Rc<raw::MsgStream>,
    format: Format,
    messages: PhantomData<fn(S)>,
}

impl<S: Serialize> Sender<S> {
    /// How many messages cross into the host at once, at most.
    const BATCH: usize = 256;

    /// No further one is added to so many bytes: what is copied in pieces that fit a processor's cache is copied faster.
    const BATCH_BYTES: usize = 64 << 10;

    /// Sends one message; waits for room.
    ///
    /// # Errors
    ///
    /// [`Error::Closed`](crate::Error::Closed) once it is stopped or the other end has returned; the failure of the other end; the
    /// cancellation of the ambient scope: then it was not sent.
    ///
    /// # Cancel safety
    ///
    /// If it is dropped the message may have been sent or not. A scope around it that is cancelled leaves no doubt.
    pub async fn send(&self, message: impl Message<S>) -> Result<()> {
        self.send_batch(vec![encode(&message, self.format)?]).await
    }

    /// Sends all in order, many at once; waits for room. Up to a batch is taken from `messages` while the one before it is sent.
    ///
    /// # Errors
    ///
    /// Those of [`send`](Self::send). Of what had not been sent by then nothing is.
    ///
    /// # Cancel safety
    ///
    /// That of [`send`](Self::send): the first so many may have been sent.
    pub async fn send_all(
        &self,
        messages: impl IntoIterator<Item = impl Message<S>>,
    ) -> Result<()> {
        let mut messages = messages.into_iter();
        let mut batch = self.batch(&mut messages)?;
        while !batch.is_empty() {
            let mut sending = pin!(self.send_batch(batch));
            let begun = poll_fn(|context| Poll::Ready(sending.as_mut().poll(context))).await;
            // The host has it. While it waits for room, or the other end reads, the next is made.
            let next = self.batch(&mut messages);
            match begun {
                Poll::Ready(sent) => sent?,
                Poll::Pending => sending.await?,
            }
            batch = next?;
        }
        Ok(())
    }

    fn batch(&self, messages: &mut impl Iterator<Item = impl Message<S>>) -> Result<Vec<Payload>> {
        let (mut batch, mut bytes) = (Vec::new(), 0);
        let mut last_bytes = 0;
        while batch.len() < Self::BATCH && bytes < Self::BATCH_BYTES {
            let Some(message) = messages.next() else {
                break;
            };
            // Messages of a stream are often of one size.
            let message = encode_into(&message, self.format, last_bytes)?;
            last_bytes = message.bytes.len();
            bytes += last_bytes;
            batch.push(message);
        }
        Ok(batch)
    }

    /// Ends this direction; the other goes on. What was sent arrives first. A second time has no effect.
    pub fn stop(&self) {
        self.stream.stop();
    }

    async fn send_batch(&self, batch: Vec<Payload>) -> Result<()> {
        let within = ambient::scope();
        let (_sent, outcome) = self.stream.send(within.raw(), batch).await;
        outcome
    }
}

impl<S> Drop for Sender<S> {
    fn drop(&mut self) {
        self.stream.stop();
    }
}
