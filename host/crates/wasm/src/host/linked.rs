//! Imported functions that are calls of another actor, whose component exports them.
//!
//! 1. The error that a function declares is what the guest gets. Whatever else goes wrong in the other actor is a trap of the guest: an
//!    ordinary function has no other way to say it.
//! 2. An `async func` lets the other tasks of the guest run while it waits; a plain one holds up this instance, and nothing else.
//! 3. The guest knows of no cancellation: a call goes on when its task is cancelled, until the task's time to clean up is over, and is a trap
//!    then.
//! 4. When the whole actor is cancelled so is the call. What that fails with is a trap as ever, so that the story of two that fell together
//!    does not depend on who was faster; if it fails with nothing, or does not end, the guest is cut off in it, and that is no failure of its.

use super::blocking::Waiter;
use super::state::State;
use crate::inspect::{Functions, Import, ImportedFunction};
use crate::value::{Outcome, Signature, ValueError, unit};
use std::sync::Arc;
use std::time::Duration;
use tractor_protocol::{Codec, Error, Failure, FailureKind, Linked, Payload};
use tractor_runtime::worker::{Portal, ScopeOptions, Task, Worker};
use wasmtime::component::{Linker, LinkerInstance, Val};
use wasmtime::{AsContextMut, StoreContextMut, bail};

/// The most bytes of a function's name with its types, 4 KiB: what a peer is told at each call. Functions of longer types go by name alone,
/// with values that name their fields, which the other side looks at one by one.
const TYPED_NAME_BYTES: usize = 4 << 10;

/// How long the word is waited for that this actor is cancelled when the other was: 100 ms. Who cancels both says so in one go, but the other's
/// answer may be here first.
const WORD_OF_CANCEL: Duration = Duration::from_millis(100);

/// What a guest is ended with when an imported function failed otherwise than by its declared error.
#[derive(Debug, thiserror::Error)]
#[error("`{function}` of the linked actor `{actor}` failed: {why}")]
pub(crate) struct LinkedCallError {
    function: String,
    actor: String,
    why: String,
}

/// Defines the imports that `links` name as calls of those actors.
///
/// # Errors
///
/// Says which import nothing satisfies, or none can.
pub(crate) fn link_imports(
    linker: &mut Linker<State>,
    functions: &Functions,
    links: &[Linked],
    worker: &Worker,
) -> Result<(), String> {
    for import in functions.imports() {
        let mut found = links.iter();
        let Some(link) = found.find(|link| import.is_called(&link.interface)) else {
            return Err(not_linked(functions.component(), import));
        };
        import.check_crossing().map_err(|error| error.to_string())?;
        let portal = worker.linked(link.actor.clone());
        define(linker, import, &link.actor.name, &portal)
            .map_err(|error| format!("`{}` cannot be linked: {error:#}", import.interface))?;
    }
    Ok(())
}

fn not_linked(component: &str, import: &Import) -> String {
    let interface = &import.interface;
    let bare = interface
        .split_once('@')
        .map_or(&**interface, |(name, _)| name);
    match import.check_crossing() {
        Err(error) => format!("`{component}` cannot be run as an actor: {error}"),
        Ok(()) => format!(
            "`{component}` imports `{interface}`, and nothing satisfies it\n  name an actor that exports it: --actor NAME=FILE --link {bare}=NAME"
        ),
    }
}

fn define(
    linker: &mut Linker<State>,
    import: &Import,
    actor: &str,
    portal: &Portal,
) -> wasmtime::Result<()> {
    let mut instance = linker.instance(&import.interface)?;
    for function in &import.functions {
        let remote = Remote::new(import, function, actor, portal);
        match function.is_async {
            true => remote.define_concurrent(&mut instance, &function.name)?,
            false => remote.define_blocking(&mut instance, &function.name)?,
        }
    }
    Ok(())
}

/// A function of another actor.
struct Remote {
    portal: Portal,
    /// The actor's name, for people.
    actor: String,
    /// The function, for people: `ns:pkg/iface@0.1.0#add`.
    name: String,
    /// The function, as the other actor's host is told.
    called: String,
    codec: Codec,
    signature: Signature,
}

impl Remote {
    fn new(
        import: &Import,
        function: &ImportedFunction,
        actor: &str,
        portal: &Portal,
    ) -> Arc<Self> {
        let typed = function.typed_name(&import.interface);
        let name = format!("{}#{}", import.interface, function.name);
        let (called, codec) = match typed.len() <= TYPED_NAME_BYTES {
            true => (typed, Codec::Postcard),
            false => (name.clone(), Codec::Json),
        };
        Arc::new(Self {
            portal: portal.clone(),
            actor: actor.to_owned(),
            name,
            called,
            codec,
            signature: function.signature.clone(),
        })
    }

    fn define_concurrent(
        self: Arc<Self>,
        instance: &mut LinkerInstance<'_, State>,
        name: &str,
    ) -> wasmtime::Result<()> {
        instance.func_new_concurrent(name, move |accessor, _, params, results| {
            let remote = Arc::clone(&self);
            Box::pin(async move {
                let caller = accessor.with(|mut access| Caller::of(access.as_context_mut()))?;
                remote.call(caller, params, results).await
            })
        })
    }

    fn define_blocking(
        self: Arc<Self>,
        instance: &mut LinkerInstance<'_, State>,
        name: &str,
    ) -> wasmtime::Result<()> {
        instance.func_new_async(name, move |mut store, _, params, results| {
            let remote = Arc::clone(&self);
            Box::new(async move {
                let caller = Caller::of(store.as_context_mut())?;
                let state = store.data();
                let (stop, blocked) = (state.stop.clone(), state.blocked.clone());
                let waiter = Waiter {
                    stop: &stop,
                    blocked: &blocked,
                };
                let call = remote.call(caller, params, results);
                waiter.wait("a function of a linked actor", call).await?
            })
        })
    }

    async fn call(
        &self,
        caller: Caller,
        params: &[Val],
        results: &mut [Val],
    ) -> wasmtime::Result<()> {
        let (function, codec) = (&self.name, self.codec);
        let arguments = self.signature.encode_arguments(function, params, codec)?;
        let outcome = match self.ask(&caller, arguments).await {
            Ok(value) => Outcome::Value(value),
            Err(error) => {
                caller.leave_if_cancelled(&error).await;
                self.declared(error)?
            }
        };
        let value = self.signature.decode_outcome(function, &outcome);
        let value = value.map_err(|error: ValueError| self.failed(error.to_string()))?;
        if let (Some(value), Some(result)) = (value, results.first_mut()) {
            *result = value;
        }
        Ok(())
    }

    /// Calls the other actor, shielded from the cancellation of the task, but not from that of the whole actor.
    async fn ask(&self, caller: &Caller, arguments: Payload) -> Result<Payload, Error> {
        let shield = caller.task.scope().child(ScopeOptions {
            deadline: None,
            shield: true,
        });
        let mut call = std::pin::pin!(self.portal.call(&shield, &self.called, arguments));
        let answer = tokio::select! {
            biased;
            answer = &mut call => answer,
            _ = caller.worker().cancelled() => {
                shield.cancel(None);
                call.await
            }
        };
        shield.close();
        answer
    }

    /// The error that the function declares, if that is what came.
    fn declared(&self, error: Error) -> wasmtime::Result<Outcome> {
        match error {
            Error::Failed(failures) => match &failures[..] {
                [failure] if failure.kind == FailureKind::Returned => Ok(self.returned(failure)),
                _ => Err(self.failed(text(&failures)).into()),
            },
            Error::Cancelled(cancellation) => {
                let why = format!("it was cancelled by {}", cancellation.canceller);
                Err(self.failed(why).into())
            }
            Error::Closed => Err(self.failed("it is over".to_owned()).into()),
        }
    }

    fn returned(&self, failure: &Failure) -> Outcome {
        let value = failure.value.clone();
        Outcome::Error {
            value: value.unwrap_or_else(|| unit(self.codec)),
            text: String::new(),
        }
    }

    fn failed(&self, why: String) -> LinkedCallError {
        LinkedCallError {
            function: self.name.clone(),
            actor: self.actor.clone(),
            why,
        }
    }
}

fn text(failures: &[Failure]) -> String {
    let told = failures.iter().filter(|failure| !failure.is_cancelled());
    let texts: Vec<_> = told.map(|failure| failure.message.as_str()).collect();
    texts.join("; ")
}

/// Who calls an imported function.
struct Caller {
    task: Task,
    closing: crate::instance::Closing,
}

impl Caller {
    fn of(mut store: StoreContextMut<'_, State>) -> wasmtime::Result<Self> {
        let stack: Vec<_> = store.async_call_stack()?.collect();
        let state = store.data();
        let mut tasks = stack.iter().filter_map(|id| state.tasks.get(id));
        let Some(task) = tasks.next() else {
            bail!(
                "a function of a linked actor was called outside of a call: not while the component starts"
            );
        };
        Ok(Self {
            task: task.clone(),
            closing: state.closing.clone(),
        })
    }

    fn worker(&self) -> &Worker {
        self.task.worker()
    }

    /// Never goes on if the call ended so because this whole actor is cancelled: the guest ends here, without a failure of its own.
    async fn leave_if_cancelled(&self, error: &Error) {
        if !is_end_by_cancel(error) {
            return;
        }
        let cancelled = tokio::time::timeout(WORD_OF_CANCEL, self.worker().cancelled());
        if let Ok(cancellation) = cancelled.await {
            self.closing.cut(match error {
                Error::Failed(failures) if failures.iter().any(is_overdue) => error.clone(),
                _ => Error::Cancelled(cancellation),
            });
            std::future::pending().await
        }
    }
}

/// Whether a call ended only because somebody cancelled it, or did not end although somebody did.
fn is_end_by_cancel(error: &Error) -> bool {
    match error {
        Error::Failed(failures) => failures.iter().all(|failure| {
            let cancelled = matches!(failure.kind, FailureKind::ContextCancelled(_));
            cancelled || failure.is_cancelled() || is_overdue(failure)
        }),
        Error::Cancelled(_) => true,
        Error::Closed => false,
    }
}

fn is_overdue(failure: &Failure) -> bool {
    matches!(failure.kind, FailureKind::Overdue(_))
}
