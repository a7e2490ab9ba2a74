//! Scopes of cancellation: deadlines, shields, and what can be cancelled as one.

pub(crate) mod ambient;

use crate::error::{Error, Result};
use crate::types::Cancellation;
use crate::wit::task;
use ambient::Scoped;
use std::rc::Rc;
use std::time::Duration;

/// A span of work that is cancelled as one. Cloning gives the same scope.
///
/// Code waits within the *ambient* scope: that of its task, or of the innermost of [`nursery`](crate::nursery()),
/// [`Portal::with_context`](crate::Portal::with_context), [`move_on_after`], [`fail_after`], [`shield`] and [`cancel_scope`] around it.
#[derive(Clone, Debug)]
pub struct Scope(Rc<task::Scope>);

impl Scope {
    /// Gives the ambient scope.
    pub fn current() -> Self {
        ambient::scope()
    }

    pub(crate) fn of_task() -> Self {
        Self::from(task::Scope::current())
    }

    pub(crate) fn raw(&self) -> &task::Scope {
        &self.0
    }

    /// Gives the number by which a [`Cancellation`] names this scope.
    pub fn id(&self) -> u64 {
        self.0.id()
    }

    /// Cancels the scope, and all in it. A second time has no effect.
    pub fn cancel(&self) {
        self.0.cancel(None);
    }

    /// Cancels the scope, and says why.
    pub fn cancel_because(&self, message: &str) {
        self.0.cancel(Some(message));
    }

    /// Gives the cancellation, if it is cancelled by now.
    pub fn cancellation(&self) -> Option<Cancellation> {
        self.0.cancellation()
    }

    /// Waits until it is cancelled, for code that selects on it.
    ///
    /// # Cancel safety
    ///
    /// May be dropped at any time.
    pub async fn cancelled(&self) -> Cancellation {
        self.0.cancelled().await
    }

    /// Gives the time until the nearest deadline around it; `None` if there is no deadline. The caller's deadline is one, and so is the end of the
    /// grace period once the task or its actor is cancelled, within a [`shield`] too.
    pub fn time_left(&self) -> Option<Duration> {
        self.0.time_left().map(Duration::from_nanos)
    }

    fn inside(&self, deadline: Option<Duration>, shield: bool) -> Self {
        let deadline = deadline.map(nanoseconds);
        Self::from(self.0.child(task::ScopeOptions { deadline, shield }))
    }

    /// Whether both are the same scope.
    pub(crate) fn is(&self, other: &Self) -> bool {
        Rc::ptr_eq(&self.0, &other.0) || self.id() == other.id()
    }

    /// Runs `body` with this as the ambient scope.
    pub(crate) async fn run<T>(&self, body: impl Future<Output = T>) -> T {
        Scoped::new(self.clone(), body).await
    }
}

impl From<task::Scope> for Scope {
    fn from(raw: task::Scope) -> Self {
        Self(Rc::new(raw))
    }
}

/// A duration as WIT has it. What is longer than 584 years is cut to that.
pub(crate) fn nanoseconds(duration: Duration) -> u64 {
    u64::try_from(duration.as_nanos()).unwrap_or(u64::MAX)
}

/// Runs `body` in a scope of its own, which it may cancel. `None` if that cut it short.
///
/// ```no_run
/// # use tractor_guest::{cancel_scope, sleep, Result};
/// # use std::time::Duration;
/// # async fn example() -> Result<()> {
/// let outcome = cancel_scope(async |scope| {
///     scope.cancel();
///     sleep(Duration::from_secs(1)).await // cut short at once
/// })
/// .await?;
/// assert!(outcome.is_none());
/// # Ok(()) }
/// ```
///
/// # Errors
///
/// Those of `body` but the cancellation of this very scope.
pub async fn cancel_scope<T>(body: impl AsyncFnOnce(&Scope) -> Result<T>) -> Result<Option<T>> {
    let scope = ambient::scope().inside(None, false);
    let outcome = scope.run(body(&scope)).await;
    unless_cancelled(&scope, outcome)
}

/// Runs `body` for at most this time. `None` if the time was up before `body` had finished.
///
/// What `body` waits for is cut short then; a value that it gives all the same counts.
///
/// ```no_run
/// # use tractor_guest::{move_on_after, Child, Result};
/// # use std::time::Duration;
/// # async fn example(child: &Child) -> Result<()> {
/// let pid: Option<u32> = move_on_after(Duration::from_secs(2), async || child.output().await).await?;
/// # Ok(()) }
/// ```
///
/// # Errors
///
/// Those of `body` but the end of this very time.
pub async fn move_on_after<T>(
    time: Duration,
    body: impl AsyncFnOnce() -> Result<T>,
) -> Result<Option<T>> {
    let scope = ambient::scope().inside(Some(time), false);
    let outcome = scope.run(body()).await;
    unless_cancelled(&scope, outcome)
}

/// Runs `body` for at most this time, and fails if that is up before `body` has finished.
///
/// # Errors
///
/// Those of `body`, or a failure that says the time.
pub async fn fail_after<T>(time: Duration, body: impl AsyncFnOnce() -> Result<T>) -> Result<T> {
    match move_on_after(time, body).await? {
        Some(value) => Ok(value),
        None => Err(Error::new(format_args!("took longer than {time:?}"))),
    }
}

/// Runs `body` where cancellation from outside does not reach it, to clean up. The grace period of the task goes on.
///
/// ```no_run
/// # use tractor_guest::{shield, sleep, Portal, Result};
/// # use std::time::Duration;
/// # async fn example(store: &Portal) -> Result<()> {
/// let slept = sleep(Duration::from_secs(60)).await;
/// if slept.is_err() {
///     shield(async || store.call::<()>("flush", ()).await).await?;
/// }
/// slept
/// # }
/// ```
///
/// # Errors
///
/// Those of `body`.
pub async fn shield<T>(body: impl AsyncFnOnce() -> Result<T>) -> Result<T> {
    ambient::scope().inside(None, true).run(body()).await
}

fn unless_cancelled<T>(scope: &Scope, outcome: Result<T>) -> Result<Option<T>> {
    match outcome {
        Ok(value) => Ok(Some(value)),
        Err(Error::Cancelled(cancellation)) if cancellation.scope == scope.id() => Ok(None),
        Err(error) => Err(error),
    }
}

/// Waits that long.
///
/// # Errors
///
/// The cancellation of the ambient scope.
///
/// # Cancel safety
///
/// May be dropped at any time.
pub async fn sleep(time: Duration) -> Result<()> {
    Ok(ambient::scope().raw().sleep(nanoseconds(time)).await?)
}

/// Waits until the ambient scope is cancelled. Never gives a value.
///
/// # Errors
///
/// The cancellation of the ambient scope.
///
/// # Cancel safety
///
/// May be dropped at any time.
pub async fn sleep_forever<T>() -> Result<T> {
    Err(ambient::scope().cancelled().await.into())
}

/// Lets other tasks of the actor run, and looks whether the ambient scope is cancelled. For loops that compute for long.
///
/// # Errors
///
/// The cancellation of the ambient scope.
///
/// # Cancel safety
///
/// May be dropped at any time.
pub async fn checkpoint() -> Result<()> {
    Ok(ambient::scope().raw().checkpoint().await?)
}
