//! Two linked tasks, as each of them sees the other.

use super::call::{OpenCall, Waiting};
use super::failures;
use super::peer::{DialogCell, PeerLink};
use super::scope::Scope;
use super::stream::{MsgStream, StreamOptions};
use super::task::{Opened, Task};
use std::sync::{Arc, OnceLock};
use tractor_protocol::peer::DialogKind;
use tractor_protocol::{ActorId, CancelReason, DialogId, Error, Payload};

/// The callee's end: what a context function gets as its first parameter. Cheap to clone.
#[derive(Clone)]
pub struct Context {
    pub(super) task: Task,
    pub(super) link: Arc<PeerLink>,
    pub(super) dialog: DialogId,
    pub(super) cell: Arc<DialogCell>,
}

impl Context {
    /// Who opened it.
    pub fn caller(&self) -> &ActorId {
        self.task.caller()
    }

    /// The scope of the task: cancelled when the other end is.
    pub fn scope(&self) -> Scope {
        self.task.scope()
    }

    /// Gives the opener its first value. Once, and before `open_stream`.
    ///
    /// # Errors
    ///
    /// `misuse` a second time, `cancelled` within a cancelled scope.
    pub async fn started(&self, within: &Scope, value: Payload) -> Result<(), Error> {
        within.enter().await?;
        self.link
            .dialogs(|dialogs| dialogs.started(self.dialog, value))
    }

    /// Opens this end of the stream.
    ///
    /// # Errors
    ///
    /// `misuse` before `started`, `closed` a second time, `cancelled` within a cancelled scope.
    pub async fn open_stream(
        &self,
        within: &Scope,
        options: StreamOptions,
    ) -> Result<MsgStream, Error> {
        within.enter().await?;
        MsgStream::open(
            Arc::clone(&self.link),
            self.dialog,
            Arc::clone(&self.cell),
            options,
        )
    }

    /// Cancels this task and with it the context.
    pub fn cancel(&self, message: Option<String>) {
        self.task
            .core()
            .cancel_own(self.task.scope_id(), CancelReason::Requested, message);
    }
}

/// The opener's end. Cheap to clone; the task that opened it does not end before the callee's has.
#[derive(Clone)]
pub struct OpenedContext {
    call: OpenCall,
    scope: Scope,
    first: Payload,
    closing: Arc<Closing>,
}

/// The scope of a context that is being opened: closed if nothing comes of it, or nobody waits for it any more.
struct Opening(Option<Scope>);

impl Opening {
    fn scope(&self) -> Result<&Scope, Error> {
        self.0.as_ref().ok_or(Error::Closed)
    }

    fn done(mut self) -> Result<Scope, Error> {
        self.0.take().ok_or(Error::Closed)
    }
}

impl Drop for Opening {
    fn drop(&mut self) {
        self.0.iter().for_each(Scope::close);
    }
}

/// How the body ended, as the first close has said, and what came of it.
#[derive(Default)]
struct Closing {
    body: OnceLock<Option<Error>>,
    result: OnceLock<Result<(), Error>>,
}

impl OpenedContext {
    pub(super) async fn open(
        link: Arc<PeerLink>,
        within: &Scope,
        function: &str,
        arguments: Payload,
    ) -> Result<Self, Error> {
        let opening = Opening(Some(within.child(Default::default())));
        let scope = opening.scope()?;
        let call = OpenCall::open(link, scope, DialogKind::Context, function, arguments)?;
        let (call, first) = Waiting::new(call, scope).first().await?;
        Ok(Self::opened(call, opening.done()?, first))
    }

    fn opened(call: OpenCall, scope: Scope, first: Payload) -> Self {
        let core = scope.core();
        core.hook(scope.id, call.hook());
        let _ = call.cell.scope.set(scope.id);
        if let Some(Err(Error::Failed(failures))) = call.cell.outcome.get() {
            call.link.cancel_body(core, scope.id, failures);
        }
        let context = Self {
            call,
            scope,
            first,
            closing: Arc::default(),
        };
        context.scope.task.owns(Opened::Context(context.clone()));
        context
    }

    /// Who is called.
    pub fn callee(&self) -> &ActorId {
        self.call.callee()
    }

    /// The scope of the body: cancelled when the callee fails.
    pub fn scope(&self) -> Scope {
        self.scope.clone()
    }

    /// What `started` gave.
    pub fn first(&self) -> Payload {
        self.first.clone()
    }

    /// Opens this end of the stream.
    ///
    /// # Errors
    ///
    /// `closed` a second time or when the context has ended, `cancelled` within a cancelled scope.
    pub async fn open_stream(
        &self,
        within: &Scope,
        options: StreamOptions,
    ) -> Result<MsgStream, Error> {
        within.enter().await?;
        MsgStream::open(
            Arc::clone(&self.call.link),
            self.call.dialog,
            Arc::clone(&self.call.cell),
            options,
        )
    }

    /// Waits for the callee's value. May be asked again.
    ///
    /// # Errors
    ///
    /// The callee's failures; `cancelled` once `within` is.
    ///
    /// # Cancel safety
    ///
    /// Dropping it has no effect on the context.
    pub async fn output(&self, within: &Scope) -> Result<Payload, Error> {
        tokio::select! {
            biased;
            outcome = self.call.outcome() => outcome,
            cancellation = within.cancelled() => Err(Error::Cancelled(cancellation)),
        }
    }

    /// Cancels the callee's task. The context then closes in silence.
    pub fn cancel(&self, message: Option<String>) {
        self.scope.cancel(message);
    }

    /// Waits for the callee's task to end; a value that nobody took is dropped. `body` says how the body ended, if not well. Not
    /// cut short by cancellation: a cancelled callee has its grace period. May be called again, with the same answer.
    ///
    /// # Errors
    ///
    /// What failed, the callee's failure and the body's, each once; a cancellation from outside. Silent if this side cancelled.
    ///
    /// # Cancel safety
    ///
    /// Dropping it leaves the context to its task, which closes it.
    pub async fn close(&self, body: Option<Error>) -> Result<(), Error> {
        if self.closing.body.get_or_init(|| body).is_some() {
            self.abandon();
        }
        // Nobody receives any more: a callee that still sends is not to wait for room.
        self.call
            .link
            .dialogs(|dialogs| dialogs.release(self.call.dialog));
        let outcome = self.call.outcome().await;
        self.scope.task.forget(
            |opened| matches!(opened, Opened::Context(context) if context.call.is(&self.call)),
        );
        let result = self.closing.result.get_or_init(|| self.raised(outcome));
        let core = self.scope.core();
        core.unhook(self.scope.id, &self.call.link, self.call.dialog);
        // A task that opens contexts for years must not keep a scope of each.
        self.scope.close();
        result.clone()
    }

    fn raised(&self, outcome: Result<Payload, Error>) -> Result<(), Error> {
        let body = self.closing.body.get().cloned().flatten();
        let (outside, failures) = match outcome {
            Ok(_) | Err(Error::Closed) => (None, Vec::new()),
            Err(Error::Failed(failures)) => (None, failures),
            Err(cancelled) => (Some(cancelled), Vec::new()),
        };
        failures::raise(body, self.scope.id, outside, failures)
    }

    /// Cancels it because its handle was dropped, or its body did not end well.
    pub fn abandon(&self) {
        self.scope
            .core()
            .cancel_own(self.scope.id, CancelReason::OwnerEnded, None);
    }
}
