//! The component as the runtime sees it.

use super::call::{Call, Ticket};
use super::exports::Exports;
use crate::epoch::Stop;
use crate::host::Blocked;
use crate::inspect::Function;
use futures::FutureExt;
use futures::future::{BoxFuture, ready};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use tokio::sync::mpsc::UnboundedSender;
use tractor_protocol::{Error, FailureKind, Payload};
use tractor_runtime::code::{Code, Invocation};
use tractor_runtime::worker::Worker;

/// A component that can be called. Calls go to the loop that drives it.
pub(super) struct ComponentCode {
    pub(super) exports: Exports,
    pub(super) calls: UnboundedSender<Call>,
    pub(super) stop: Stop,
    pub(super) memory_bytes: Arc<AtomicU64>,
    pub(super) blocked: Blocked,
}

impl Code for ComponentCode {
    fn invoke(&self, invocation: Invocation) -> BoxFuture<'static, Result<Payload, Error>> {
        match self.queue(invocation) {
            Ok(ticket) => ticket.answer().boxed(),
            Err(error) => ready(Err(error)).boxed(),
        }
    }

    fn stop(&self) {
        self.stop.request();
    }

    fn blocked(&self) -> Option<&'static str> {
        self.blocked.now()
    }

    fn memory_bytes(&self) -> u64 {
        self.memory_bytes.load(Ordering::Relaxed)
    }
}

impl ComponentCode {
    /// Checks a call against the function it is for, and queues it.
    fn queue(&self, invocation: Invocation) -> Result<Ticket, Error> {
        let worker = invocation.task.worker().clone();
        let callee = self
            .exports
            .find(&invocation.function)
            .map_err(|missing| worker.failure(FailureKind::NotFound, missing.to_string()))?;
        let function = callee.function();
        check_context(function, invocation.context.is_some(), &worker)?;
        let arguments = function
            .signature()
            .decode_arguments(function.name(), &invocation.arguments)
            .map_err(|error| worker.failure(FailureKind::IllTyped, error.to_string()))?;
        let codec = invocation.arguments.codec;
        let (call, ticket) = Call::new(
            callee,
            invocation.task,
            (arguments, invocation.room),
            invocation.context,
            codec,
        );
        // If the loop is gone, so is the instance, and the ticket waits as those before it do.
        let _ = self.calls.send(call);
        Ok(ticket)
    }
}

fn check_context(function: &Function, opened: bool, worker: &Worker) -> Result<(), Error> {
    let name = function.name();
    let message = match (function.is_context(), opened) {
        (false, true) => format!("`{name}` takes no context: call it instead"),
        (true, false) => format!("`{name}` takes a context: open one instead of calling it"),
        _ => return Ok(()),
    };
    Err(worker.failure(FailureKind::Misuse, message).into())
}
