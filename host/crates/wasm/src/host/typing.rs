//! Contexts whose messages have WIT types: each message is looked at as it passes this host, in both directions.
//!
//! 1. Each host looks by the types that its own component names; the callee's counts, and the opener's must be the same (`inspect/messages.rs`).
//! 2. What the guest sends and does not fit is an error of its `send`. It is not sent; what stands before it in the same call is.
//! 3. What comes and does not fit never reaches the guest: the context fails with that, for both ends, whatever this guest makes of it.
//! 4. The callee's host gives each end the codec that it speaks: the opener that of its arguments, the callee that of its first value.
//! 5. Where no types are named nothing is looked at.

use crate::inspect::{Function, Known};
use crate::value::{Direction, Messages, ValueError};
use std::sync::{Arc, OnceLock};
use tractor_protocol::{Codec, Error, Failure, FailureKind, Payload};
use tractor_runtime::worker::{Context, MsgStream, OpenedContext, Worker};

/// How the messages of one context are typed. Clones are of the same context.
#[derive(Clone)]
pub(crate) struct Typing(Arc<Inner>);

struct Inner {
    function: String,
    messages: Arc<Messages>,
    end: End,
    worker: Worker,
    /// What came and did not fit.
    violation: OnceLock<Failure>,
}

/// Which end of the context is here.
enum End {
    Callee {
        context: Context,
        /// The codec that the opener speaks.
        theirs: Codec,
        /// The codec that the guest speaks, once that is known.
        ours: OnceLock<Codec>,
    },
    Opener(OpenedContext),
}

impl Typing {
    /// The callee's end of a context of `function`, opened with arguments in `codec`. `None` if no types are named.
    pub(crate) fn of_callee(
        function: &Function,
        context: &Context,
        codec: Codec,
        worker: &Worker,
    ) -> Option<Self> {
        let messages = Arc::clone(function.messages()?);
        let end = End::Callee {
            context: context.clone(),
            theirs: codec,
            ours: OnceLock::new(),
        };
        Some(Self::new(
            function.name().to_owned(),
            messages,
            end,
            worker.clone(),
        ))
    }

    /// The opener's end of a context.
    pub(super) fn of_opener(known: Known, context: &OpenedContext, worker: Worker) -> Self {
        let end = End::Opener(context.clone());
        Self::new(known.function, known.messages, end, worker)
    }

    fn new(function: String, messages: Arc<Messages>, end: End, worker: Worker) -> Self {
        Self(Arc::new(Inner {
            function,
            messages,
            end,
            worker,
            violation: OnceLock::new(),
        }))
    }

    /// What came and did not fit, if anything did.
    pub(super) fn violation(&self) -> Option<Error> {
        self.0.violation.get().cloned().map(Error::from)
    }

    /// How the context ends: as `ended` says, unless something came that did not fit. That counts, and whatever failed besides.
    pub(crate) fn end<T>(&self, ended: Result<T, Error>) -> Result<T, Error> {
        let Some(violation) = self.0.violation.get() else {
            return ended;
        };
        let mut failures = vec![violation.clone()];
        if let Err(Error::Failed(others)) = ended {
            let others = others.into_iter();
            failures.extend(others.filter(|other| other.id != violation.id));
        }
        Err(Error::Failed(failures))
    }

    /// The first value that the guest gives, as it goes out.
    pub(super) fn start(&self, first: Payload) -> Result<Payload, Error> {
        let codec = first.codec;
        let first = self.outgoing(Direction::StartsWith, first)?;
        if let End::Callee { ours, .. } = &self.0.end {
            let _ = ours.set(codec);
        }
        Ok(first)
    }

    /// Looks at the first value that the guest is given.
    pub(super) fn check_first(&self, first: Payload) -> Result<(), Error> {
        self.incoming(Direction::StartsWith, first).map(drop)
    }

    /// The messages that the guest sends, as they go out: those before the first that does not fit, and what is wrong with that.
    fn send(&self, messages: Vec<Payload>) -> (Vec<Payload>, Result<(), Error>) {
        let way = match self.0.end {
            End::Callee { .. } => Direction::Sends,
            End::Opener(_) => Direction::Receives,
        };
        let mut fitting = Vec::with_capacity(messages.len());
        for message in messages {
            match self.outgoing(way, message) {
                Ok(message) => fitting.push(message),
                Err(error) => return (fitting, Err(error)),
            }
        }
        (fitting, Ok(()))
    }

    /// The messages that came, as the guest is given them: those before the first that does not fit; none of them is an error.
    fn receive(&self, messages: Vec<Payload>) -> Result<Vec<Payload>, Error> {
        let way = match self.0.end {
            End::Callee { .. } => Direction::Receives,
            End::Opener(_) => Direction::Sends,
        };
        let mut fitting = Vec::with_capacity(messages.len());
        for message in messages {
            match self.incoming(way, message) {
                Ok(message) => fitting.push(message),
                Err(error) if fitting.is_empty() => return Err(error),
                // The next call says so.
                Err(_) => break,
            }
        }
        Ok(fitting)
    }

    fn outgoing(&self, way: Direction, message: Payload) -> Result<Payload, Error> {
        let codec = match &self.0.end {
            End::Callee { theirs, .. } => *theirs,
            End::Opener(_) => message.codec,
        };
        let checked = self.check(way, message, codec);
        checked.map_err(|error| self.failure(&error).into())
    }

    fn incoming(&self, way: Direction, message: Payload) -> Result<Payload, Error> {
        let codec = match &self.0.end {
            End::Callee { ours, .. } => ours.get().copied().unwrap_or(message.codec),
            End::Opener(_) => message.codec,
        };
        let checked = self.check(way, message, codec);
        checked.map_err(|error| self.fail(&error))
    }

    fn check(&self, way: Direction, message: Payload, codec: Codec) -> Result<Payload, ValueError> {
        let Inner {
            function, messages, ..
        } = &*self.0;
        messages.check(function, way, message, codec)
    }

    fn failure(&self, error: &ValueError) -> Failure {
        self.0
            .worker
            .failure(FailureKind::IllTyped, error.to_string())
    }

    /// Fails the context.
    fn fail(&self, error: &ValueError) -> Error {
        let violation = self.0.violation.get_or_init(|| self.failure(error)).clone();
        let message = Some(violation.message.clone());
        match &self.0.end {
            End::Callee { context, .. } => context.cancel(message),
            End::Opener(context) => context.cancel(message),
        }
        violation.into()
    }
}

/// The callee's end of a context as a guest holds it.
#[derive(Clone)]
#[expect(unreachable_pub, reason = "the generated bindings re-export it")]
pub struct ContextHandle {
    pub(crate) context: Context,
    pub(crate) typing: Option<Typing>,
}

/// The opener's end of a context as a guest holds it.
#[derive(Clone)]
#[expect(unreachable_pub, reason = "the generated bindings re-export it")]
pub struct OpenedHandle {
    pub(super) context: OpenedContext,
    pub(super) typing: Option<Typing>,
}

/// One end of a stream as a guest holds it.
#[derive(Clone)]
#[expect(unreachable_pub, reason = "the generated bindings re-export it")]
pub struct StreamHandle {
    pub(super) stream: MsgStream,
    pub(super) typing: Option<Typing>,
}

impl StreamHandle {
    /// What of `messages` is to be sent, and what is wrong with the rest.
    pub(super) fn outgoing(&self, messages: Vec<Payload>) -> (Vec<Payload>, Result<(), Error>) {
        match &self.typing {
            None => (messages, Ok(())),
            Some(typing) => typing.send(messages),
        }
    }

    /// What of `messages`, which came, the guest is given.
    pub(super) fn incoming(&self, messages: Vec<Payload>) -> Result<Vec<Payload>, Error> {
        match &self.typing {
            None => Ok(messages),
            Some(typing) => typing.receive(messages),
        }
    }
}

/// How a context ends: as `ended` says, unless its messages have types and one came that did not fit.
pub(crate) fn end_of<T>(typing: Option<&Typing>, ended: Result<T, Error>) -> Result<T, Error> {
    match typing {
        None => ended,
        Some(typing) => typing.end(ended),
    }
}
