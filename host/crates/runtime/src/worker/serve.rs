//! Serving what peers call: each call is a task of this actor.

use super::context::Context;
use super::core::Core;
use super::peer::{DialogCell, PeerLink};
use super::task::Task;
use crate::code::{Invocation, name_alone};
use crate::dialog::Held;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;
use tractor_protocol::peer::DialogKind;
use tractor_protocol::{DialogId, Error, Failure, FailureId, FailureKind, Payload};

/// What a peer asks for.
pub(super) struct Call {
    pub(super) dialog: DialogId,
    pub(super) kind: DialogKind,
    pub(super) function: String,
    pub(super) arguments: Payload,
    pub(super) room: Option<Held>,
    pub(super) time_left: Option<Duration>,
}

impl Core {
    /// Begins a task for a call. A cancelled actor begins nothing any more.
    pub(super) fn serve(self: &Arc<Self>, link: Arc<PeerLink>, cell: Arc<DialogCell>, call: Call) {
        let (Some(code), None) = (self.code(), self.cancellation()) else {
            let refused = self.cancellation().map_or(Error::Closed, Error::Cancelled);
            link.finish(call.dialog, Err(self.unless_restarted(refused)));
            return;
        };
        let task = Task::begin(
            self,
            name_alone(&call.function).to_owned(),
            link.peer.clone(),
            call.time_left,
        );
        let _ = cell.scope.set(task.scope_id());
        let context = (call.kind == DialogKind::Context).then(|| Context {
            task: task.clone(),
            link: Arc::clone(&link),
            dialog: call.dialog,
            cell,
        });
        let (function, arguments) = (call.function, call.arguments);
        let running = code.invoke(Invocation {
            task: task.clone(),
            function,
            arguments,
            room: call.room,
            context,
        });
        let core = Arc::clone(self);
        let shot = self.is_the_shot(&link);
        self.spawn(async move {
            let result = task.finish(running.await).await;
            core.end(&link, call.dialog, result, shot);
        });
    }

    /// What a caller is told of a task that was cancelled so that the actor is started anew.
    fn unless_restarted(&self, error: Error) -> Error {
        match error {
            Error::Cancelled(cancellation) if self.restarting.load(Ordering::Relaxed) => {
                let id = FailureId::of_end(self.actor.uuid);
                let message = format!("was started anew with {}", cancellation.canceller);
                Failure::new(id, FailureKind::Restarted, self.actor.clone(), message).into()
            }
            error => error,
        }
    }

    /// Whether this call is the one that a one-shot was started for. Others may call it too while it lives.
    fn is_the_shot(&self, link: &PeerLink) -> bool {
        self.settings.one_shot == Some(link.peer.uuid) && !self.shot.swap(true, Ordering::Relaxed)
    }

    fn end(&self, link: &PeerLink, dialog: DialogId, result: Result<Payload, Error>, shot: bool) {
        let result = match result {
            Err(Error::Closed) => {
                let message = "the task used a stream, context or nursery that was over";
                Err(self.failure(FailureKind::Other, message).into())
            }
            result => result,
        };
        let failures = match &result {
            // The nursery above hears of them from the supervisor: with the same path as the caller does from us.
            Err(Error::Failed(failures)) => {
                let relayed = failures.iter().cloned();
                relayed
                    .map(|failure| failure.relayed_by(&self.actor))
                    .collect()
            }
            _ => Vec::new(),
        };
        link.finish(dialog, result.map_err(|error| self.unless_restarted(error)));
        if shot {
            self.leave(failures);
        } else {
            self.leave_if_done();
        }
    }
}
