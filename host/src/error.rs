//! What went wrong, with its story.

use std::fmt;
use tractor_protocol::{Cancellation, Error as Raised, Failure, FailureId, FailureKind};
use tractor_runtime::worker::Scope;

/// Why a waiting call did not give a value.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// A scope around the call was cancelled. It stays so: clean up and return.
    #[error("cancelled: {}", reason(.0))]
    Cancelled(Cancellation),
    /// One failure, or all of a group.
    #[error("{0}")]
    Failed(Failures),
    /// The stream, context or nursery is over.
    #[error("the stream, context or nursery is over")]
    Closed,
    /// A value could not be encoded, or did not decode as the type that was asked for.
    #[error("{0}")]
    Value(String),
    /// The body of a nursery or context failed with an error of its own.
    #[error(transparent)]
    Body(Box<dyn std::error::Error + Send + Sync>),
}

/// What went wrong in actors: never empty, flat, in the order in which it happened; members that were cancelled because of it
/// stand behind.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Failures(Vec<Failure>);

impl Failures {
    /// The one that happened first.
    pub fn first(&self) -> &Failure {
        &self.0[0]
    }

    /// All of them.
    pub fn iter(&self) -> std::slice::Iter<'_, Failure> {
        self.0.iter()
    }
}

impl<'a> IntoIterator for &'a Failures {
    type Item = &'a Failure;
    type IntoIter = std::slice::Iter<'a, Failure>;

    fn into_iter(self) -> Self::IntoIter {
        self.iter()
    }
}

impl fmt::Display for Failures {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let failed = self
            .0
            .iter()
            .filter(|failure| !failure.is_cancelled())
            .count();
        let first = self.first();
        write!(f, "{}: {}", first.origin.name, first.message)?;
        match failed {
            0 | 1 => Ok(()),
            _ => write!(f, " (and {} more)", failed - 1),
        }
    }
}

impl Error {
    /// Wraps an error of the body's own.
    pub fn body(error: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> Self {
        Self::Body(error.into())
    }

    /// Tells it in full, as lines: each failure with where it happened in the guest's source, and who was cancelled because of it.
    /// [`Display`](fmt::Display) tells it in one line. What guests said is shown with control characters escaped.
    pub fn story(&self) -> String {
        crate::look::story(self)
    }

    /// The error as it is told to other actors. One of this program's own begins here, as a failure of this actor.
    pub(crate) fn into_raised(self, scope: &Scope) -> Raised {
        let kind = match self {
            Self::Cancelled(cancellation) => return Raised::Cancelled(cancellation),
            Self::Failed(failures) => return Raised::Failed(failures.0),
            Self::Closed => return Raised::Closed,
            Self::Value(_) => FailureKind::IllTyped,
            Self::Body(_) => FailureKind::Other,
        };
        let worker = scope.task().worker();
        worker.failure(kind, self.to_string()).into()
    }

    /// The failures, if that is what it is.
    pub fn failures(&self) -> &[Failure] {
        match self {
            Self::Failed(failures) => &failures.0,
            _ => &[],
        }
    }
}

impl From<Raised> for Error {
    fn from(raised: Raised) -> Self {
        match raised {
            Raised::Cancelled(cancellation) => Self::Cancelled(cancellation),
            Raised::Failed(failures) if failures.is_empty() => Self::Closed,
            Raised::Failed(failures) => Self::Failed(Failures(failures)),
            Raised::Closed => Self::Closed,
        }
    }
}

impl From<Cancellation> for Error {
    fn from(cancellation: Cancellation) -> Self {
        Self::Cancelled(cancellation)
    }
}

impl From<std::io::Error> for Error {
    fn from(error: std::io::Error) -> Self {
        Self::body(error)
    }
}

fn reason(cancellation: &Cancellation) -> String {
    use tractor_protocol::CancelReason as Reason;
    let by = &cancellation.canceller.name;
    let why = match cancellation.reason {
        Reason::Requested => format!("{by} asked for it"),
        Reason::Deadline => "the time was up".to_owned(),
        Reason::SiblingFailed => format!("{by} failed"),
        Reason::OwnerEnded => format!("{by}, who owns it, ended"),
        Reason::ConnectionLost => format!("the connection to {by} was lost"),
        Reason::Shutdown => "the tree goes down".to_owned(),
    };
    match &cancellation.message {
        Some(message) => format!("{why} ({message})"),
        None => why,
    }
}

/// How a body ended, in two forms: for the nursery or context it belongs to, and for whoever called.
pub(crate) struct Ended {
    own: Option<(FailureId, Error)>,
    pub(crate) told: Option<Raised>,
}

impl Ended {
    pub(crate) fn new(result: Result<(), Error>, scope: &Scope) -> Self {
        match result {
            Ok(()) => Self {
                own: None,
                told: None,
            },
            Err(Error::Cancelled(cancellation)) => Self {
                own: None,
                told: Some(Raised::Cancelled(cancellation)),
            },
            Err(Error::Failed(failures)) => Self {
                own: None,
                told: Some(Raised::Failed(failures.0)),
            },
            Err(Error::Closed) => Self {
                own: None,
                told: Some(Raised::Closed),
            },
            Err(error) => {
                let failure = scope
                    .task()
                    .worker()
                    .failure(FailureKind::Other, error.to_string());
                Self {
                    own: Some((failure.id, error)),
                    told: Some(failure.into()),
                }
            }
        }
    }

    /// What is raised: the body's own error as itself, if nothing else failed.
    pub(crate) fn raise(self, closed: Result<(), Raised>) -> Result<(), Error> {
        match (self.own, closed) {
            (Some((id, error)), Err(Raised::Failed(failures)))
                if failures
                    .iter()
                    .filter(|failure| !failure.is_cancelled())
                    .all(|failure| failure.id == id) =>
            {
                Err(error)
            }
            (_, closed) => closed.map_err(Error::from),
        }
    }
}

/// Why a tree did not start.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum StartError {
    /// A component cannot be run. The message says which, why and what to do.
    #[error(transparent)]
    Component(#[from] tractor_wasm::PrepareError),
    /// The compiler cannot be set up on this machine.
    #[error("the WebAssembly engine cannot be set up: {0}")]
    Engine(String),
    /// A directory that was to be granted is none.
    #[error("the directory `{}` cannot be granted", path.display())]
    Directory {
        /// Which.
        path: std::path::PathBuf,
        /// Why.
        #[source]
        source: std::io::Error,
    },
    /// The system is out of threads, files or memory.
    #[error("the supervisor cannot be started")]
    System(#[from] std::io::Error),
}
