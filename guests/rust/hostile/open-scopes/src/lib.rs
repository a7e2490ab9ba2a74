//! Returns with everything open.

use std::mem::forget;
use tractor_guest::wit::nursery::{Nursery, NurseryOptions};
use tractor_guest::wit::task::{Scope, ScopeOptions};
use tractor_guest::{ActorSpec, Codec, Context, Payload, Result, export, sleep_forever};

/// Leaves scopes, a nursery with a child, and a context with that child open, and their handles undropped.
#[export]
async fn go() -> Result<u32> {
    let scope = Scope::current();
    for shield in [false, true] {
        let deadline = Some(3_600_000_000_000);
        forget(scope.child(ScopeOptions { deadline, shield }));
    }
    let nursery = Nursery::open(
        &scope,
        NurseryOptions {
            grace: None,
            restart: None,
        },
    );
    let spec = ActorSpec::new("self").name("left-behind");
    let child = nursery.start_actor(spec.into()).await?;
    let portal = child.portal();
    let nothing = Payload {
        codec: Codec::Postcard,
        bytes: Vec::new(),
    };
    let context = portal
        .open_context(&scope, "wait".to_owned(), nothing)
        .await?;
    forget((nursery, child, portal, context, scope));
    Ok(7)
}

/// A context that waits until it is cancelled.
#[export]
async fn wait(ctx: Context) -> Result<()> {
    ctx.started(()).await?;
    sleep_forever().await
}
