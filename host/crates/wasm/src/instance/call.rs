//! One call: queued, then started or withdrawn, then answered.

use super::closing::{Closed, Closing};
use super::exports::Callee;
use super::outcome;
use crate::host::{ContextHandle, State};
use std::sync::Arc;
use std::sync::atomic::{AtomicU8, Ordering};
use tokio::sync::oneshot;
use tractor_protocol::{Codec, Error, Payload};
use tractor_runtime::dialog::Held;
use tractor_runtime::worker::{Scope, Task};
use wasmtime::component::{Accessor, Resource, ResourceAny, Val};
use wasmtime_wasi::WasiCtx;

/// Waits for its turn.
const QUEUED: u8 = 0;
/// Is the guest's, for good.
const STARTED: u8 = 1;
/// Will never be started.
const WITHDRAWN: u8 = 2;

/// Whether a call may still be withdrawn. Both sides hold it; whoever changes it first decides.
#[derive(Clone, Default)]
struct Admission(Arc<AtomicU8>);

impl Admission {
    fn decide(&self, state: u8) -> bool {
        let changed = self
            .0
            .compare_exchange(QUEUED, state, Ordering::AcqRel, Ordering::Acquire);
        changed.is_ok()
    }

    fn is_withdrawn(&self) -> bool {
        self.0.load(Ordering::Acquire) == WITHDRAWN
    }
}

/// The loop's side of a call.
pub(super) struct Call {
    pub(super) callee: Callee,
    pub(super) task: Task,
    pub(super) arguments: Vec<Val>,
    /// What the arguments hold of the actor's queues while the call waits.
    room: Option<Held>,
    /// There iff the function takes one.
    pub(super) context: Option<ContextHandle>,
    /// What the guest is to see of the machine from now on; as before without it.
    pub(super) wasi: Option<WasiCtx>,
    /// Of the arguments, and so of the value.
    pub(super) codec: Codec,
    admission: Admission,
    answer: oneshot::Sender<Given>,
}

/// What a call gave.
type Given = Result<Payload, Error>;

/// Which call has ended.
pub(super) enum Ended {
    /// One that nothing could run beside.
    Alone,
    /// Another one.
    AmongOthers,
}

/// The caller's side of a call.
pub(super) struct Ticket {
    scope: Scope,
    admission: Admission,
    answer: oneshot::Receiver<Given>,
    closing: Closing,
}

/// How a call came to its end.
pub(super) enum Answer {
    /// It was answered.
    Given(Given),
    /// The instance closed while it ran.
    Closed(Closed),
}

/// What a call is made of.
pub(super) struct Request {
    pub(super) callee: Callee,
    pub(super) task: Task,
    pub(super) arguments: Vec<Val>,
    pub(super) room: Option<Held>,
    pub(super) context: Option<ContextHandle>,
    pub(super) wasi: Option<WasiCtx>,
    pub(super) codec: Codec,
}

impl Call {
    /// Makes a call that waits for its turn.
    pub(super) fn new(request: Request, closing: Closing) -> (Self, Ticket) {
        let (sender, receiver) = oneshot::channel();
        let admission = Admission::default();
        let ticket = Ticket {
            scope: request.task.scope(),
            admission: admission.clone(),
            answer: receiver,
            closing,
        };
        let call = Self {
            callee: request.callee,
            task: request.task,
            arguments: request.arguments,
            room: request.room,
            context: request.context,
            wasi: request.wasi,
            codec: request.codec,
            admission,
            answer: sender,
        };
        (call, ticket)
    }

    /// Whether others may run while it waits.
    pub(super) fn is_async(&self) -> bool {
        self.callee.function().is_async()
    }

    /// Whether its caller has given up on it before it was started.
    pub(super) fn is_withdrawn(&self) -> bool {
        self.admission.is_withdrawn()
    }

    /// Runs the call in the guest, unless it is withdrawn, and answers it.
    ///
    /// # Errors
    ///
    /// Those that end the instance.
    pub(super) async fn run(self, accessor: &Accessor<State>) -> wasmtime::Result<Ended> {
        let ended = match self.is_async() {
            true => Ended::AmongOthers,
            false => Ended::Alone,
        };
        if !self.admission.decide(STARTED) {
            return Ok(ended);
        }
        drop(self.room);
        let (callee, task) = (&self.callee, &self.task);
        if let Some(wasi) = self.wasi {
            accessor.with(|mut access| access.data_mut().set_wasi(wasi));
        }
        let context = self
            .context
            .map(|context| give(accessor, context))
            .transpose()?;
        let mut arguments = self.arguments;
        if let Some(context) = context {
            arguments.insert(0, Val::Resource(context));
        }
        let value = enter(accessor, callee, task, &arguments).await?;
        let answer = outcome::of(callee.function(), value.as_ref(), self.codec, task.worker());
        // Whoever asked may have gone meanwhile.
        let _ = self.answer.send(answer);
        Ok(ended)
    }
}

/// Calls the function, known as `task` for as long as it runs.
async fn enter(
    accessor: &Accessor<State>,
    callee: &Callee,
    task: &Task,
    arguments: &[Val],
) -> wasmtime::Result<Option<Val>> {
    let results = usize::from(callee.function().signature().result.is_some());
    let mut values = vec![Val::Bool(false); results];
    let call = accessor.with(|mut access| -> wasmtime::Result<_> {
        let call = callee
            .func
            .start_call_concurrent(&mut access, arguments, &mut values)?;
        access.data_mut().tasks.insert(call.task(), task.clone());
        Ok(call)
    })?;
    let id = call.task();
    callee.func.finish_call_concurrent(accessor, call).await?;
    accessor.with(|mut access| access.data_mut().tasks.remove(&id));
    Ok(values.pop())
}

fn give(accessor: &Accessor<State>, context: ContextHandle) -> wasmtime::Result<ResourceAny> {
    accessor.with(|mut access| {
        let resource: Resource<ContextHandle> = access.data_mut().table.push(context)?;
        resource.try_into_resource_any(&mut access)
    })
}

impl Ticket {
    /// Waits for the answer. A call that has not started yet ends with its scope.
    ///
    /// # Cancel safety
    ///
    /// Dropping it withdraws a call that has not started; another one runs on, and its value is dropped.
    pub(super) async fn answer(mut self) -> Answer {
        let scope = self.scope.clone();
        tokio::select! {
            biased;
            answer = self.given() => answer,
            cancellation = scope.cancelled() => match self.admission.decide(WITHDRAWN) {
                true => Answer::Given(Err(Error::Cancelled(cancellation))),
                false => self.given().await,
            },
        }
    }

    /// Never, if the instance breaks down and that is a failure: then the runtime answers for all of its tasks.
    async fn given(&mut self) -> Answer {
        tokio::select! {
            biased;
            Ok(answer) = &mut self.answer => Answer::Given(answer),
            // What is cut off in the middle is forgotten, and never says that it will not answer.
            closed = self.closing.closed() => Answer::Closed(closed),
        }
    }
}

impl Drop for Ticket {
    fn drop(&mut self) {
        self.admission.decide(WITHDRAWN);
    }
}
