//! Uses what is over.

use tractor_guest::wit::context::Context as Raw;
use tractor_guest::wit::nursery::{Nursery, NurseryOptions};
use tractor_guest::wit::task::{Scope, ScopeOptions};
use tractor_guest::{ActorSpec, Context, Error, Payload, Result, export};

/// What each use of something that is over gives, one word each.
#[export]
async fn nursery() -> Result<Vec<String>> {
    let scope = Scope::current();
    let raw = Nursery::open(
        &scope,
        NurseryOptions {
            grace: None,
            restart: None,
        },
    );
    raw.close(None).await?;
    let started = raw.start_actor(ActorSpec::new("self").into()).await;
    let again = raw.close(None).await;
    raw.cancel(None);
    Ok(vec![word(&started), word(&again)])
}

/// The same of a stream that is stopped, at the callee.
#[export]
async fn stream(ctx: Context) -> Result<Vec<String>> {
    let (ctx, scope) = (Raw::from(ctx), Scope::current());
    let nothing = || Payload {
        codec: tractor_guest::Codec::Postcard,
        bytes: Vec::new(),
    };
    ctx.started(&scope, nothing()).await?;
    let options = || tractor_guest::wit::context::StreamOptions {
        buffer: 1,
        overrun: tractor_guest::wit::context::Overrun::Wait,
    };
    let stream = ctx.open_stream(&scope, options()).await?;
    stream.stop();
    stream.stop();
    let sent = stream.send(&scope, vec![nothing()]).await.1;
    let opened = ctx.open_stream(&scope, options()).await;
    drop(stream);
    Ok(vec![word(&sent), word(&opened)])
}

/// A wait in a scope whose handle was dropped: the number of the handle is another's by then, or nobody's.
#[export]
async fn handle() {
    let scope = Scope::current();
    let child = scope.child(ScopeOptions {
        deadline: None,
        shield: false,
    });
    let number = child.handle();
    drop(child);
    // SAFETY: it is not: this handle is nobody's any more, and the host is to say so.
    let ghost = unsafe { Scope::from_handle(number) };
    ghost.cancel(None);
}

fn word<T>(result: &Result<T>) -> String {
    match result {
        Ok(_) => "ok".to_owned(),
        Err(Error::Closed) => "closed".to_owned(),
        Err(error) => error.to_string(),
    }
}
