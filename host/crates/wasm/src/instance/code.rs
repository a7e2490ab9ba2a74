//! The component as the runtime sees it.

use super::call::{Answer, Call, Request, Ticket};
use super::closing::{Closed, Closing};
use super::command;
use super::exports::{Callee, Exports};
use crate::epoch::Stop;
use crate::grants::Machine;
use crate::host::{Blocked, ContextHandle, Typing, end_of};
use crate::inspect::{Function, ResolveError};
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
    pub(super) calls: Arc<Calls>,
    pub(super) machine: Arc<Machine>,
    pub(super) stop: Stop,
    pub(super) memory_bytes: Arc<AtomicU64>,
    pub(super) blocked: Blocked,
}

/// The way to the loop that drives an instance.
pub(super) struct Calls {
    exports: Exports,
    queue: UnboundedSender<Call>,
    closing: Closing,
}

impl Code for ComponentCode {
    fn invoke(&self, invocation: Invocation) -> BoxFuture<'static, Result<Payload, Error>> {
        let worker = invocation.task.worker().clone();
        match self.calls.find(&invocation, &worker) {
            Err(error) => ready(Err(error)).boxed(),
            Ok(callee) if callee.function().is_command() => {
                let (calls, machine) = (Arc::clone(&self.calls), Arc::clone(&self.machine));
                command::run(calls, machine, callee, invocation).boxed()
            }
            Ok(callee) => match self.calls.call(callee, invocation) {
                Ok((ticket, typing)) => async move {
                    let answered = answer(ticket, worker).await;
                    end_of(typing.as_ref(), answered)
                }
                .boxed(),
                Err(error) => ready(Err(error)).boxed(),
            },
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

async fn answer(ticket: Ticket, worker: Worker) -> Result<Payload, Error> {
    match ticket.answer().await {
        Answer::Given(given) => given,
        Answer::Closed(Closed::Cut(reason)) => Err(reason),
        Answer::Closed(exited) => Err(over(&exited, &worker)),
    }
}

/// What is told of calls to a component that is gone.
fn over(closed: &Closed, worker: &Worker) -> Error {
    let how = match closed {
        Closed::Exited(code) => format!("exited with code {code}"),
        Closed::Cut(_) => "was cut short".to_owned(),
    };
    let message = format!("the component {how} before, and runs no more: start another actor");
    worker.failure(FailureKind::Misuse, message).into()
}

impl Calls {
    pub(super) fn new(exports: Exports, queue: UnboundedSender<Call>, closing: Closing) -> Self {
        Self {
            exports,
            queue,
            closing,
        }
    }

    /// What is known of the end of the instance.
    pub(super) fn closing(&self) -> &Closing {
        &self.closing
    }

    /// Finds what an invocation is for, if it can be called at all.
    fn find(&self, invocation: &Invocation, worker: &Worker) -> Result<Callee, Error> {
        if let Some(closed) = self.closing.get() {
            return Err(over(&closed, worker));
        }
        let found = self.exports.find(&invocation.function);
        found.map_err(|error| {
            let kind = match &error {
                ResolveError::Mistyped(_) | ResolveError::MistypedMessages(_) => {
                    FailureKind::IllTyped
                }
                _ => FailureKind::NotFound,
            };
            worker.failure(kind, error.to_string()).into()
        })
    }

    /// Checks a call against the function it is for, and queues it. Gives how its messages are typed, if it is a context whose are.
    fn call(
        &self,
        callee: Callee,
        invocation: Invocation,
    ) -> Result<(Ticket, Option<Typing>), Error> {
        let worker = invocation.task.worker().clone();
        let function = callee.function();
        check_context(function, invocation.context.is_some(), &worker)?;
        let ill_typed = |message: String| worker.failure(FailureKind::IllTyped, message);
        function.check_result().map_err(ill_typed)?;
        function.check_messages().map_err(ill_typed)?;
        let arguments = function
            .decode_arguments(&invocation.arguments)
            .map_err(|error| ill_typed(error.to_string()))?;
        let codec = invocation.arguments.codec;
        let context = invocation.context.map(|context| ContextHandle {
            typing: Typing::of_callee(function, &context, codec, &worker),
            context,
        });
        let typing = context.as_ref().and_then(|context| context.typing.clone());
        let ticket = self.queue(Request {
            callee,
            task: invocation.task,
            arguments,
            room: invocation.room,
            context,
            wasi: None,
            codec,
        });
        Ok((ticket, typing))
    }

    /// Queues a call.
    pub(super) fn queue(&self, request: Request) -> Ticket {
        let (call, ticket) = Call::new(request, self.closing.clone());
        // If the loop is gone, so is the instance, and the ticket waits as those before it do.
        let _ = self.queue.send(call);
        ticket
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
