//! Calls, contexts and their streams, as a task sees them: after `worker/call.rs`, `worker/context.rs`, `worker/stream.rs`.

use super::books::{Books, Key, message};
use super::program::Fuel;
use super::shell::{Hook, Known, Shell};
use super::task::{Opened, Task, raise};
use std::cell::RefCell;
use std::collections::VecDeque;
use std::rc::Rc;
use tractor_protocol::control::{Answer, FromWorker};
use tractor_protocol::peer::DialogKind;
use tractor_protocol::{
    CancelReason, Cancellation, Error, FailureKind, Payload, ScopeId, Side, Uuid,
};
use tractor_runtime::dialog::{Overrun, ReceiveState};

/// An open dialog, as its opener sees it.
#[derive(Clone)]
pub(crate) struct Call {
    pub(super) key: Key,
    pub(super) known: Rc<RefCell<Known>>,
}

impl Call {
    /// Opens a dialog. What cancels it is up to the caller.
    pub(super) fn start(
        task: &Task,
        link: u64,
        within: ScopeId,
        kind: DialogKind,
        fuel: Fuel,
    ) -> Result<Self, Error> {
        let shell = &task.shell;
        let (key, known) = shell.with(|state| {
            let time_left = state.scopes.deadline(within);
            let time_left = time_left.map(|at| at.since(state.now));
            let end = state.links.get_mut(&link).ok_or(Error::Closed)?;
            let arguments = Payload::from(fuel);
            let dialog = end.dialogs.start(kind, "f".into(), arguments, time_left)?;
            let known = Rc::new(RefCell::new(Known {
                opener: Some(task.scope),
                ..Known::default()
            }));
            state.known.insert((link, dialog), Rc::clone(&known));
            Ok::<_, Error>(((link, dialog), known))
        })?;
        shell.books().opened(key);
        shell.touch();
        Ok(Self { key, known })
    }

    pub(super) async fn outcome(&self, task: &Task) -> Result<Payload, Error> {
        task.wait(|_| self.known.borrow().outcome.clone()).await
    }

    fn hook(&self) -> Hook {
        Hook::Dialog(self.key.0, self.key.1)
    }

    fn ended_quietly(&self) -> bool {
        let known = self.known.borrow();
        let outcome = known.outcome.as_ref();
        outcome.is_some_and(|outcome| !matches!(outcome, Err(Error::Failed(_))))
    }
}

/// Keeps a call linked to its task if the guest drops it.
struct Waiting<'a> {
    task: &'a Task,
    call: Call,
    scope: ScopeId,
    done: bool,
}

impl Drop for Waiting<'_> {
    fn drop(&mut self) {
        let shell = &self.task.shell;
        shell.unhook(self.scope, self.call.key);
        if self.done || self.call.known.borrow().outcome.is_some() {
            return;
        }
        shell.books().seen("call dropped");
        let cancellation = Cancellation {
            scope: self.scope,
            canceller: shell.id().clone(),
            reason: CancelReason::OwnerEnded,
            message: None,
        };
        shell.cancel_dialog(self.call.key, cancellation);
        self.task
            .forget(|opened| matches!(opened, Opened::Call(call) if call.ended_quietly()));
        self.task.owns(Opened::Call(self.call.clone()));
    }
}

/// The link to an actor, made if there is none.
async fn link(task: &Task, within: ScopeId, actor: Uuid) -> Result<u64, Error> {
    let held = |shell: &Shell| shell.with(|state| state.link_of.get(&actor).copied());
    if let Some(link) = held(&task.shell) {
        return Ok(link);
    }
    task.shell.check(within)?;
    let asked = task.ask(|request| FromWorker::Connect { request, actor });
    let answer = within_scope(task, within, asked).await??;
    let current = match answer {
        Answer::Connected(current) => current.uuid,
        Answer::Failed(error) => return Err(error),
        _ => return Err(Error::Closed),
    };
    if current != actor {
        task.shell
            .books()
            .seen("portal reaches another incarnation");
    }
    let link = task
        .shell
        .with(|state| state.link_of.get(&current).copied());
    link.ok_or_else(|| {
        let text = "there is no connection any more";
        task.shell.failure(FailureKind::ConnectionLost, text).into()
    })
}

/// Waits for something, and drops it when the scope is cancelled.
pub(super) async fn within_scope<T>(
    task: &Task,
    within: ScopeId,
    what: impl Future<Output = T>,
) -> Result<T, Error> {
    let mut what = std::pin::pin!(what);
    std::future::poll_fn(|context| {
        if let std::task::Poll::Ready(done) = what.as_mut().poll(context) {
            return std::task::Poll::Ready(Ok(done));
        }
        match task.shell.check(within) {
            Ok(()) => std::task::Poll::Pending,
            Err(error) => std::task::Poll::Ready(Err(error)),
        }
    })
    .await
}

/// Calls an actor and waits for its value.
pub(crate) async fn call(
    task: &Task,
    within: ScopeId,
    actor: Uuid,
    fuel: Fuel,
) -> Result<Payload, Error> {
    let link = link(task, within, actor).await?;
    task.shell.check(within)?;
    let call = Call::start(task, link, within, DialogKind::Call, fuel)?;
    task.opens(call.key);
    task.shell.hook(within, call.hook());
    let mut waiting = Waiting {
        task,
        call,
        scope: within,
        done: false,
    };
    let outcome = waiting.call.outcome(task).await;
    waiting.done = true;
    outcome
}

/// The opener's end of a context. Clones are the same one.
#[derive(Clone)]
pub(crate) struct OpenedContext {
    call: Call,
    pub(super) scope: ScopeId,
    closing: Rc<RefCell<Option<Option<Error>>>>,
}

impl OpenedContext {
    pub(crate) async fn open(
        task: &Task,
        within: ScopeId,
        actor: Uuid,
        fuel: Fuel,
    ) -> Result<Self, Error> {
        let link = link(task, within, actor).await?;
        task.shell.check(within)?;
        let scope = task.shell.open_scope(within, None, false, None);
        let opening = Opening {
            task,
            scope,
            done: false,
        };
        let call = Call::start(task, link, scope, DialogKind::Context, fuel)?;
        task.opens(call.key);
        task.shell.hook(scope, call.hook());
        let mut waiting = Waiting {
            task,
            call: call.clone(),
            scope,
            done: false,
        };
        let first = task
            .wait(|_| {
                let known = call.known.borrow();
                let first = known.first.is_some().then_some(Ok(()));
                first.or_else(|| known.outcome.clone().map(|outcome| outcome.map(drop)))
            })
            .await;
        let began = call.known.borrow().first.is_some();
        waiting.done = true;
        drop(waiting);
        match (first, began) {
            (Err(error), false) => Err(error),
            (Ok(()), false) => {
                let text = "returned without having started its context";
                Err(task.shell.failure(FailureKind::Misuse, text).into())
            }
            (_, true) => Ok(Self::opened(task, call, opening)),
        }
    }

    fn opened(task: &Task, call: Call, mut opening: Opening<'_>) -> Self {
        opening.done = true;
        let scope = opening.scope;
        task.shell.books().seen("context opened");
        task.shell.hook(scope, call.hook());
        call.known.borrow_mut().scope = Some(scope);
        let failed = match &call.known.borrow().outcome {
            Some(Err(Error::Failed(failures))) => Some(failures.clone()),
            _ => None,
        };
        if let Some(failures) = failed {
            let peer = failures[0].origin.clone();
            task.shell.cancel_body(&peer, scope, &failures);
        }
        let context = Self {
            call,
            scope,
            closing: Rc::default(),
        };
        let key = context.key();
        task.shell.with(|state| state.held.insert(key));
        task.owns(Opened::Context(context.clone()));
        context
    }

    pub(crate) fn key(&self) -> Key {
        self.call.key
    }

    pub(crate) async fn output(&self, task: &Task, within: ScopeId) -> Result<Payload, Error> {
        task.wait_within(within, |_| self.call.known.borrow().outcome.clone())
            .await?
    }

    pub(crate) fn cancel(&self, task: &Task) {
        task.shell.cancel_own(self.scope, CancelReason::Requested);
    }

    pub(crate) fn abandon(&self, task: &Task) {
        task.shell.cancel_own(self.scope, CancelReason::OwnerEnded);
    }

    pub(crate) async fn close(&self, task: &Task, body: Option<Error>) -> Result<(), Error> {
        let fails = self.closing.borrow_mut().get_or_insert(body).is_some();
        if fails {
            self.abandon(task);
        }
        task.shell
            .dialogs(self.call.key, |dialogs, id| dialogs.release(id));
        task.shell.with(|state| state.held.remove(&self.call.key));
        task.shell.touch();
        let outcome = self.call.outcome(task).await;
        let key = self.call.key;
        task.forget(|opened| matches!(opened, Opened::Context(other) if other.call.key == key));
        task.shell.unhook(self.scope, key);
        let body = self.closing.borrow().clone().flatten();
        let (outside, failures) = match outcome {
            Ok(_) | Err(Error::Closed) => (None, Vec::new()),
            Err(Error::Failed(failures)) => (None, failures),
            Err(cancelled) => (Some(cancelled), Vec::new()),
        };
        let result = raise(body, self.scope, outside, failures);
        task.shell.close_scope(self.scope);
        result
    }
}

/// The scope of a context that is being opened: closed if nothing comes of it.
struct Opening<'a> {
    task: &'a Task,
    scope: ScopeId,
    done: bool,
}

impl Drop for Opening<'_> {
    fn drop(&mut self) {
        if !self.done {
            self.task.shell.close_scope(self.scope);
        }
    }
}

/// The callee's first value.
pub(crate) fn started(task: &Task, within: ScopeId, key: Key) -> Result<(), Error> {
    task.shell.check(within)?;
    let value = message(task.dice(u64::MAX));
    let started = task
        .shell
        .dialogs(key, |dialogs, id| dialogs.started(id, value));
    if let Some(Err(Error::Failed(failures))) = &started
        && failures[0].kind == FailureKind::Misuse
    {
        task.shell.books().misused(key);
    }
    task.shell.touch();
    started.unwrap_or(Err(Error::Closed))
}

/// That who waits on a stream is told when it can go on: a real guest is not polled before.
#[derive(Default)]
struct Waits {
    /// How often the dialog was told of when there was nothing to do but wait.
    since: Option<Option<u64>>,
}

impl Waits {
    fn look(&mut self, books: &Books, key: Key, told: Option<u64>, goes_on: bool, waits: bool) {
        let is_told = self.since.is_none_or(|since| since != told);
        books.expect(is_told || !goes_on, || {
            format!("who waits on the stream of {key:?} could go on and is not told")
        });
        self.since = waits.then_some(told);
    }
}

/// One end of a stream.
pub(crate) struct MsgStream {
    key: Key,
    us: Side,
}

impl MsgStream {
    pub(crate) fn open(
        task: &Task,
        within: ScopeId,
        key: Key,
        overrun: Overrun,
    ) -> Result<Self, Error> {
        task.shell.check(within)?;
        let buffer = u32::try_from(1 + task.dice(4)).unwrap_or(1);
        let opened = task
            .shell
            .dialogs(key, |dialogs, id| dialogs.open_stream(id, buffer, overrun));
        opened.unwrap_or(Err(Error::Closed))?;
        task.shell.touch();
        let us = task
            .shell
            .with(|state| state.links.get(&key.0).map(|end| end.side));
        let us = us.ok_or(Error::Closed)?;
        let lossy = overrun == Overrun::DropOldest;
        task.shell.books().stream(key, us, lossy);
        Ok(Self { key, us })
    }

    /// Sends the next messages, in order, and waits for room.
    pub(crate) async fn send(&self, task: &Task, within: ScopeId, count: u64) -> Result<(), Error> {
        task.shell.check(within)?;
        let books = task.shell.books().clone();
        let numbers = books.next(self.key, self.us, count);
        let mut left: VecDeque<Payload> = numbers.into_iter().map(message).collect();
        let mut waits = Waits::default();
        task.wait_within(within, |state| {
            let told = state.told.get(&self.key).copied();
            let Some(end) = state.links.get_mut(&self.key.0) else {
                return Some(Err(Error::Closed));
            };
            let (taken, result) = end.dialogs.send(self.key.1, &mut left);
            books.sent(self.key, self.us, u64::from(taken));
            if taken > 0 && !left.is_empty() {
                books.seen("send waits for room");
            }
            let goes_on = taken > 0 || result.is_err();
            waits.look(&books, self.key, told, goes_on, !left.is_empty());
            (result.is_err() || left.is_empty()).then_some(result)
        })
        .await?
    }

    /// Receives some messages; whether there will be more.
    pub(crate) async fn receive(&self, task: &Task, within: ScopeId) -> Result<bool, Error> {
        task.shell.check(within)?;
        let max = u32::try_from(1 + task.dice(4)).unwrap_or(1);
        let key = self.key;
        let mut waits = Waits::default();
        let books = task.shell.books();
        let received = task
            .wait_within(within, |state| {
                let told = state.told.get(&key).copied();
                let Some(end) = state.links.get_mut(&key.0) else {
                    return Some(Err(Error::Closed));
                };
                let received = end.dialogs.receive(key.1, max);
                let waits_on = received == Err(ReceiveState::Empty);
                waits.look(books, key, told, !waits_on, waits_on);
                match received {
                    Ok(messages) => Some(Ok(messages)),
                    Err(ReceiveState::Ended) => Some(Ok(Vec::new())),
                    Err(ReceiveState::Empty) => None,
                    Err(ReceiveState::Failed(error)) => Some(Err(error)),
                }
            })
            .await??;
        let sender = self.us.other();
        if received.is_empty() {
            task.shell.books().stopped(key, sender);
            return Ok(false);
        }
        task.shell.books().received(key, sender, &received);
        Ok(true)
    }

    pub(crate) fn stop(&self, task: &Task) {
        task.shell.books().stops(self.key, self.us);
        task.shell.dialogs(self.key, |dialogs, id| dialogs.stop(id));
        task.shell.touch();
    }

    /// Its handle was dropped.
    pub(crate) fn abandon(&self, task: &Task) {
        task.shell
            .dialogs(self.key, |dialogs, id| dialogs.abandon_stream(id));
        task.shell.touch();
    }
}
