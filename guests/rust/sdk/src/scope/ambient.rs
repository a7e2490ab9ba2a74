//! The scope in which the code that is running right now waits.
//!
//! 1. A guest has one thread, and a task of it is one future that is polled as a whole; so the scope is in a thread-local that
//!    [`Scoped`] sets for the time of each poll of what it wraps, and restores after it. Branches of `join!` see each its own.
//! 2. Outside any `Scoped` it is the scope of the task, asked of the host anew.

use crate::scope::Scope;
use std::cell::RefCell;
use std::pin::Pin;
use std::task::{Context, Poll};

thread_local! {
    static AMBIENT: RefCell<Option<Scope>> = const { RefCell::new(None) };
}

/// Gives the ambient scope.
pub(crate) fn scope() -> Scope {
    AMBIENT
        .with_borrow(Clone::clone)
        .unwrap_or_else(Scope::of_task)
}

/// A future that runs within a scope.
pub(crate) struct Scoped<'a, T> {
    scope: Scope,
    inner: Pin<Box<dyn Future<Output = T> + 'a>>,
}

impl<'a, T> Scoped<'a, T> {
    pub(crate) fn new(scope: Scope, inner: impl Future<Output = T> + 'a) -> Self {
        Self {
            scope,
            inner: Box::pin(inner),
        }
    }
}

impl<T> Future for Scoped<'_, T> {
    type Output = T;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<T> {
        let _restore = Restore(AMBIENT.replace(Some(self.scope.clone())));
        self.inner.as_mut().poll(context)
    }
}

/// Puts the scope back that was ambient before.
struct Restore(Option<Scope>);

impl Drop for Restore {
    fn drop(&mut self) {
        AMBIENT.set(self.0.take());
    }
}
