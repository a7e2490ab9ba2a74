//! The states of a dialog, at the end that opened it and at the end that serves it. What is not in a table is over.

use super::room::{Counted, Held};
use super::stream::Stream;
use crate::time::Time;
use std::time::Duration;
use tractor_protocol::peer::DialogKind;
use tractor_protocol::{Cancellation, Error, Failure};

/// A dialog that we opened.
#[derive(Debug)]
pub(super) struct Opened {
    pub(super) kind: DialogKind,
    pub(super) state: OpenerState,
    /// That we cancelled it, before it ended.
    pub(super) asked: Option<Asked>,
    /// Nobody will ask for its stream any more.
    pub(super) released: bool,
    /// Contexts have one.
    pub(super) stream: Option<Box<Stream>>,
    _counted: Counted,
}

/// Our wish that a dialog should end.
#[derive(Clone, Debug)]
pub(super) struct Asked {
    pub(super) cancellation: Cancellation,
    /// How long we wait.
    pub(super) grace: Duration,
    /// When we wait no longer.
    pub(super) until: Time,
}

#[derive(Debug)]
pub(super) enum OpenerState {
    /// `Start` is sent. A call stays here to its end.
    Requested,
    /// The callee of a context has said `Started`.
    Running,
    /// Its grace is over and the outcome is told, but the callee has not said its last word.
    Overdue { started: bool, error: Error },
    /// The last word is said; kept until its stream is released.
    Ended(Result<(), Error>),
}

impl Opened {
    pub(super) fn new(kind: DialogKind, counted: Counted) -> Self {
        Self {
            _counted: counted,
            kind,
            state: OpenerState::Requested,
            asked: None,
            released: false,
            stream: stream_of(kind),
        }
    }

    /// Our own cancellation, if we asked for the end.
    pub(super) fn own_cancellation(&self) -> Option<Cancellation> {
        self.asked.as_ref().map(|asked| asked.cancellation.clone())
    }

    /// Whether the outcome is still to be told.
    pub(super) fn is_pending(&self) -> bool {
        matches!(self.state, OpenerState::Requested | OpenerState::Running)
    }

    pub(super) fn is_ended(&self) -> bool {
        matches!(self.state, OpenerState::Ended(_))
    }

    pub(super) fn is_overdue(&self) -> bool {
        matches!(self.state, OpenerState::Overdue { .. })
    }

    /// Whether the callee of a context has said `Started`.
    pub(super) fn is_started(&self) -> bool {
        use OpenerState::{Overdue, Running};
        matches!(self.state, Running | Overdue { started: true, .. })
    }

    /// How it ended, once its outcome is told.
    pub(super) fn end(&self) -> Option<Result<(), Error>> {
        match &self.state {
            OpenerState::Requested | OpenerState::Running => None,
            OpenerState::Overdue { error, .. } => Some(Err(error.clone())),
            OpenerState::Ended(end) => Some(end.clone()),
        }
    }

    /// Whether someone may still receive from it.
    pub(super) fn is_held(&self) -> bool {
        !self.released && self.stream.as_ref().is_some_and(|stream| stream.is_open())
    }
}

/// A dialog that the peer opened, until we have said our last word.
#[derive(Debug)]
pub(super) struct Served {
    pub(super) kind: DialogKind,
    pub(super) state: CalleeState,
    /// The peer has cancelled it.
    pub(super) cancelled: bool,
    /// A rule that its task broke, to be told to the opener if the task ends as if nothing had been.
    pub(super) misuse: Option<Failure>,
    /// Contexts have one.
    pub(super) stream: Option<Box<Stream>>,
    /// What its arguments hold of the queues, until the shell takes it.
    pub(super) arguments: Option<Held>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum CalleeState {
    /// `Start` has arrived. A call stays here to its end.
    Requested,
    /// A context has said `Started`.
    Started,
}

impl Served {
    pub(super) fn new(kind: DialogKind, arguments: Held) -> Self {
        Self {
            arguments: Some(arguments),
            kind,
            state: CalleeState::Requested,
            cancelled: false,
            misuse: None,
            stream: stream_of(kind),
        }
    }
}

fn stream_of(kind: DialogKind) -> Option<Box<Stream>> {
    match kind {
        DialogKind::Call => None,
        DialogKind::Context => Some(Box::default()),
    }
}
