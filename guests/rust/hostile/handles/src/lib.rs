//! Takes a million handles.

use futures::poll;
use std::mem::forget;
use tractor_guest::wit::nursery::{Nursery, NurseryOptions};
use tractor_guest::wit::task::{Scope, ScopeOptions};
use tractor_guest::{export, sleep_forever};

/// A million scopes.
#[export]
async fn scopes() {
    let scope = Scope::current();
    for _ in 0..1_000_000 {
        let options = ScopeOptions {
            deadline: None,
            shield: false,
        };
        forget(scope.child(options));
    }
}

/// A million nurseries.
#[export]
async fn nurseries() {
    let scope = Scope::current();
    for _ in 0..1_000_000 {
        forget(Nursery::open(
            &scope,
            NurseryOptions {
                grace: None,
                restart: None,
            },
        ));
    }
}

/// A million calls that wait.
#[export]
async fn calls() {
    let mut waits = Vec::new();
    for _ in 0..1_000_000 {
        let mut wait = Box::pin(sleep_forever::<()>());
        let _ = poll!(wait.as_mut());
        waits.push(wait);
    }
}

/// A hundred thousand scopes, one after another: no more at once than anyone may have.
#[export]
async fn in_turn() -> u32 {
    let scope = Scope::current();
    for _ in 0..100_000 {
        drop(scope.child(ScopeOptions {
            deadline: Some(3_600_000_000_000),
            shield: false,
        }));
    }
    100_000
}
