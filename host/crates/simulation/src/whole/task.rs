//! What a guest's task can do: wait, in scopes. After `worker/task.rs`, `worker/scope.rs` and `worker/failures.rs`.

use super::books::Key;
use super::dialog::{Call, OpenedContext};
use super::nursery::Nursery;
use super::shell::{Shell, State};
use fastrand::Rng;
use std::cell::RefCell;
use std::future::poll_fn;
use std::pin::{Pin, pin};
use std::rc::Rc;
use std::task::Poll;
use std::time::Duration;
use tractor_protocol::control::{Answer, FromWorker};
use tractor_protocol::{Error, Failure, FailureKind, NurseryId, Payload, RequestId, ScopeId};

/// Something that a task opened, and that must end before it.
#[derive(Clone)]
pub(super) enum Opened {
    Nursery(Nursery),
    Context(OpenedContext),
    Call(Call),
}

/// A running task. Clones are the same one.
#[derive(Clone)]
pub(crate) struct Task {
    pub(super) shell: Shell,
    pub(super) scope: ScopeId,
    /// The dialog that it serves.
    pub(super) serves: Option<Key>,
    opened: Rc<RefCell<Vec<Opened>>>,
    /// All dialogs and nurseries that it ever opened.
    dialogs: Rc<RefCell<Vec<Key>>>,
    nurseries: Rc<RefCell<Vec<NurseryId>>>,
    rng: Rc<RefCell<Rng>>,
}

impl Task {
    pub(super) fn begin(shell: &Shell, time_left: Option<Duration>, serves: Option<Key>) -> Self {
        let scope = shell.open_task_scope(time_left);
        let rng = shell.with(|state| {
            state.tasks.insert(scope, serves);
            state.rng.fork()
        });
        Self {
            shell: shell.clone(),
            scope,
            serves,
            opened: Rc::default(),
            dialogs: Rc::default(),
            nurseries: Rc::default(),
            rng: Rc::new(RefCell::new(rng)),
        }
    }

    /// A number below `sides`.
    pub(super) fn dice(&self, sides: u64) -> u64 {
        self.rng.borrow_mut().u64(..sides.max(1))
    }

    /// A time below that.
    pub(super) fn time(&self, most: u64) -> Duration {
        Duration::from_micros(self.dice(most * 1000))
    }

    pub(super) fn fails(&self) -> Error {
        self.shell
            .failure(FailureKind::Returned, "it went wrong")
            .into()
    }

    pub(super) fn owns(&self, opened: Opened) {
        match &opened {
            Opened::Nursery(nursery) => self.nurseries.borrow_mut().push(nursery.id),
            Opened::Call(_) | Opened::Context(_) => {}
        }
        self.opened.borrow_mut().push(opened);
    }

    /// Notes a dialog that must be over before the task is.
    pub(super) fn opens(&self, key: Key) {
        self.dialogs.borrow_mut().push(key);
    }

    pub(super) fn forget(&self, ended: impl Fn(&Opened) -> bool) {
        self.opened.borrow_mut().retain(|opened| !ended(opened));
    }

    /// Waits until `look` finds something.
    pub(super) async fn wait<T>(&self, mut look: impl FnMut(&mut State) -> Option<T>) -> T {
        poll_fn(|_| match self.shell.with(&mut look) {
            Some(found) => {
                self.shell.touch();
                Poll::Ready(found)
            }
            None => Poll::Pending,
        })
        .await
    }

    /// Waits until `look` finds something, or the scope is cancelled.
    pub(super) async fn wait_within<T>(
        &self,
        within: ScopeId,
        mut look: impl FnMut(&mut State) -> Option<T>,
    ) -> Result<T, Error> {
        self.wait(|state| match look(state) {
            Some(found) => Some(Ok(found)),
            None => state
                .scopes
                .cancellation(within)
                .map(|cancellation| Err(Error::Cancelled(cancellation))),
        })
        .await
    }

    pub(super) async fn sleep(&self, within: ScopeId, time: Duration) -> Result<(), Error> {
        let until = self.wake_after(time);
        self.shell.check(within)?;
        self.wait_within(within, |state| (state.now >= until).then_some(()))
            .await
    }

    /// Sleeps on through every cancellation.
    pub(super) async fn ignore(&self, time: Duration) {
        let until = self.wake_after(time);
        self.wait(|state| (state.now >= until).then_some(())).await;
    }

    /// Computes: no task of this worker goes on meanwhile.
    pub(super) async fn compute(&self, time: Duration) {
        let until = self.shell.with(|state| {
            let until = state.now + time;
            state.computing = Some(state.computing.map_or(until, |held| held.max(until)));
            until
        });
        self.wait(|state| (state.now >= until).then_some(())).await;
    }

    fn wake_after(&self, time: Duration) -> tractor_runtime::time::Time {
        self.shell.with(|state| {
            let until = state.now + time;
            state.wakes.insert(until);
            until
        })
    }

    /// Waits for something, but drops it when the time is up.
    pub(super) async fn at_most<T>(
        &self,
        time: Duration,
        what: impl Future<Output = T>,
    ) -> Option<T> {
        let until = self.wake_after(time);
        let mut what = pin!(what);
        poll_fn(|context| {
            if let Poll::Ready(done) = what.as_mut().poll(context) {
                return Poll::Ready(Some(done));
            }
            match self.shell.with(|state| state.now >= until) {
                true => Poll::Ready(None),
                false => Poll::Pending,
            }
        })
        .await
    }

    /// Asks the supervisor. Dropping it takes the request back.
    pub(super) async fn ask(
        &self,
        message: impl FnOnce(RequestId) -> FromWorker,
    ) -> Result<Answer, Error> {
        let request = RequestId(self.shell.next_id());
        self.shell.with(|state| state.answers.insert(request, None));
        let asked = Asked {
            shell: self.shell.clone(),
            request,
        };
        self.shell.tell(message(request));
        let answer = self
            .wait(|state| state.answers.get(&request).cloned().flatten())
            .await;
        drop(asked);
        Ok(answer)
    }

    /// Closes what the task left open, newest first, and gives its final result.
    pub(super) async fn finish(self, result: Result<Payload, Error>) -> Result<Payload, Error> {
        let mut left = Vec::new();
        loop {
            let Some(opened) = self.opened.borrow_mut().pop() else {
                break;
            };
            left.extend(self.end(opened).await);
        }
        let name = &self.shell.id().name;
        for key in self.dialogs.borrow().iter() {
            let text = || format!("{name}: a task ends before {key:?} that it opened");
            self.shell
                .books()
                .expect(self.shell.books().is_over(*key), text);
        }
        for nursery in self.nurseries.borrow().iter() {
            let open = self.shell.with(|state| {
                let record = state.nurseries.get(nursery);
                record.is_some_and(|record| record.closed.is_none())
            });
            let text = || format!("{name}: a task ends before its {nursery:?}");
            self.shell.books().expect(!open, text);
        }
        self.shell.with(|state| state.tasks.remove(&self.scope));
        self.shell.close_scope(self.scope);
        if left.is_empty() {
            return result;
        }
        Err(Error::Failed(joined(left, result.as_ref().err())))
    }

    async fn end(&self, opened: Opened) -> Vec<Failure> {
        self.shell.books().seen("left open");
        let ended = match opened {
            Opened::Nursery(nursery) => {
                nursery.abandon(self);
                nursery.close(self, None).await
            }
            Opened::Context(context) => {
                context.abandon(self);
                context.close(self, None).await
            }
            Opened::Call(call) => call.outcome(self).await.map(drop),
        };
        match ended {
            Err(Error::Failed(failures)) => failures,
            _ => Vec::new(),
        }
    }
}

/// Takes a request back if nobody waits for its answer any more.
struct Asked {
    shell: Shell,
    request: RequestId,
}

impl Drop for Asked {
    fn drop(&mut self) {
        let request = self.request;
        let answer = self.shell.with(|state| state.answers.remove(&request));
        if answer == Some(None) {
            self.shell.tell(FromWorker::Withdraw { request });
        }
    }
}

/// What a nursery or context raises at its close.
pub(super) fn raise(
    body: Option<Error>,
    own: ScopeId,
    outside: Option<Error>,
    failures: Vec<Failure>,
) -> Result<(), Error> {
    let all = joined(failures, body.as_ref());
    if all.iter().any(|failure| !failure.is_cancelled()) {
        return Err(Error::Failed(all));
    }
    match body.or(outside) {
        Some(Error::Cancelled(cancellation)) if cancellation.scope != own => {
            Err(Error::Cancelled(cancellation))
        }
        Some(Error::Closed) => Err(Error::Closed),
        _ => Ok(()),
    }
}

fn joined(mut failures: Vec<Failure>, body: Option<&Error>) -> Vec<Failure> {
    if let Some(Error::Failed(body)) = body {
        for failure in body {
            if failures.iter().all(|known| known.id != failure.id) {
                failures.push(failure.clone());
            }
        }
    }
    failures.sort_by_key(Failure::is_cancelled);
    failures
}

/// A part of a task that runs beside others.
pub(super) type Branch<'a> = Pin<Box<dyn Future<Output = Result<(), Error>> + 'a>>;

/// Runs all to their ends, side by side, and gives the first error in order.
pub(super) async fn join(branches: Vec<Branch<'_>>) -> Result<(), Error> {
    let mut branches: Vec<_> = branches.into_iter().map(|branch| (branch, None)).collect();
    poll_fn(|context| {
        for (branch, result) in branches.iter_mut().filter(|(_, result)| result.is_none()) {
            if let Poll::Ready(ended) = branch.as_mut().poll(context) {
                *result = Some(ended);
            }
        }
        match branches.iter().all(|(_, result)| result.is_some()) {
            true => Poll::Ready(()),
            false => Poll::Pending,
        }
    })
    .await;
    branches
        .into_iter()
        .filter_map(|(_, result)| result)
        .collect()
}
