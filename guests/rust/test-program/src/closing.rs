//! Scenarios of closing: twice, by two at once, after a cancel; and of bodies that end in uncommon ways.
//!
//! The first half is below the SDK, whose closures close each thing once.

use crate::report::outcome;
use crate::{Arguments, actor};
use futures::future::join;
use tractor_guest::wit::context::{OpenedContext, Overrun, StreamOptions};
use tractor_guest::wit::nursery::{ActorSpec, Child, Nursery, NurseryOptions};
use tractor_guest::wit::task::Scope;
use tractor_guest::wit::types::Error as RawError;
use tractor_guest::{
    Codec, Error, Payload, Result, bail, cancel_scope, checkpoint, nursery, sleep_forever,
};

/// Runs the scenario, if it is one of these.
pub(crate) async fn run(scenario: &str, arguments: &Arguments) -> Result<bool> {
    match scenario {
        "close-nursery" => close_nursery().await?,
        "close-context" => close_context().await?,
        "stop-stream" => stop_stream().await?,
        "cancel-child" => cancel_child().await?,
        "body-ends" => body_ends(arguments.text(1)).await,
        _ => return Ok(false),
    }
    Ok(true)
}

/// What was answered, in one line each; that two answers are the same.
fn answers(what: &str, answers: &[Result<(), RawError>]) {
    let (first, rest) = answers.split_first().expect("there is one");
    let same = rest
        .iter()
        .all(|other| format!("{other:?}") == format!("{first:?}"));
    outcome(&format!("{what}: the same {same}"), &first.clone());
}

fn failed(message: &str) -> Option<RawError> {
    Some(Error::new(message))
}

fn open() -> Nursery {
    Nursery::open(
        &Scope::current(),
        NurseryOptions {
            grace: None,
            restart: None,
        },
    )
}

async fn start(nursery: &Nursery) -> Result<Child> {
    let spec = ActorSpec::from(actor("daemon"));
    let child = nursery.start_actor(spec).await?;
    // Dropped before it is asked for anything, the handle would undo the start.
    child.actor();
    Ok(child)
}

async fn close_nursery() -> Result<()> {
    let nursery = open();
    answers(
        "empty",
        &[nursery.close(None).await, nursery.close(None).await],
    );

    let nursery = open();
    start(&nursery).await?;
    let first = nursery.close(failed("the body")).await;
    answers("failed, then well", &[first, nursery.close(None).await]);

    let nursery = open();
    start(&nursery).await?;
    let (one, two) = join(nursery.close(failed("one")), nursery.close(failed("two"))).await;
    answers(
        "two at once",
        &[one, two, nursery.close(failed("three")).await],
    );

    let nursery = open();
    start(&nursery).await?;
    nursery.cancel(None);
    let (one, two) = join(nursery.close(None), nursery.close(None)).await;
    nursery.cancel(None);
    answers("cancelled", &[one, two, nursery.close(None).await]);

    let late = nursery.start_actor(ActorSpec::from(actor("late"))).await;
    outcome("start in a closed one", &late.map(drop));
    let slept = nursery.scope().sleep(1_000_000_000_000).await;
    outcome("sleep in a closed one", &slept.map_err(Error::from));
    Ok(())
}

/// A context of a peer that waits, and what it is opened in.
async fn opened(peer: &Child) -> Result<OpenedContext> {
    let nothing = Payload {
        codec: Codec::Postcard,
        bytes: Vec::new(),
    };
    let function = "start-and-wait".to_owned();
    peer.portal()
        .open_context(&Scope::current(), function, nothing)
        .await
}

async fn close_context() -> Result<()> {
    let nursery = open();
    let peer = start(&nursery).await?;

    let context = opened(&peer).await?;
    let first = context.close(failed("the body")).await;
    answers("failed, then well", &[first, context.close(None).await]);

    let context = opened(&peer).await?;
    let (one, two) = join(context.close(failed("one")), context.close(failed("two"))).await;
    answers(
        "two at once",
        &[one, two, context.close(failed("three")).await],
    );

    let context = opened(&peer).await?;
    context.cancel(None);
    let (one, two) = join(context.close(None), context.close(None)).await;
    context.cancel(None);
    answers("cancelled", &[one, two, context.close(None).await]);

    nursery.cancel(None);
    answers("nursery", &[nursery.close(None).await]);
    Ok(())
}

async fn stop_stream() -> Result<()> {
    let nursery = open();
    let peer = start(&nursery).await?;
    let context = opened(&peer).await?;
    let options = StreamOptions {
        buffer: 4,
        overrun: Overrun::Wait,
    };
    let stream = context.open_stream(&Scope::current(), options).await?;
    join(async { stream.stop() }, async { stream.stop() }).await;
    stream.stop();
    let scope = Scope::current();
    let (sent, end) = stream.send(&scope, Vec::new()).await;
    outcome("send after stop", &end.map(|()| sent));
    context.cancel(None);
    answers(
        "context",
        &[context.close(None).await, context.close(None).await],
    );
    stream.stop();
    outcome("stop after the end", &Ok(()));
    nursery.cancel(None);
    answers("nursery", &[nursery.close(None).await]);
    Ok(())
}

async fn cancel_child() -> Result<()> {
    let nursery = open();
    let peer = start(&nursery).await?;
    let (one, two) = join(peer.cancel(None), peer.cancel(None)).await;
    answers("cancel", &[one, two, peer.cancel(None).await]);
    let ended = peer.ended(&Scope::current()).await;
    answers("ended", &[ended, peer.ended(&Scope::current()).await]);
    answers("nursery", &[nursery.close(None).await]);
    Ok(())
}

/// A nursery with a daemon in it, whose body ends in a certain way.
async fn body_ends(how: &str) {
    let end: Result<Option<()>> = cancel_scope(async |around| {
        nursery(async |outer| {
            let peer = outer.start_actor(actor("peer")).await?;
            let end: Result<()> = nursery(async |n| {
                n.start_actor(actor("daemon")).await?;
                match how {
                    "child-failed" => {
                        let child = n.run_in_actor(actor("bad"), "fail", ("bad",)).await?;
                        child.output().await
                    }
                    "call-failed" => peer.call("fail", ("the call",)).await,
                    "context-cancelled" => {
                        let body = peer.with_context("start-and-wait", (), async |_, (): ()| {
                            peer.cancel().await?;
                            sleep_forever().await
                        });
                        body.await
                    }
                    "cancelled" => {
                        n.cancel();
                        checkpoint().await
                    }
                    "cancelled-around" => {
                        around.cancel();
                        checkpoint().await
                    }
                    "closed" => Err(Error::Closed),
                    _ => bail!("there is no end `{how}`"),
                }
            })
            .await;
            outcome("inner", &end);
            outer.cancel();
            Ok(())
        })
        .await
    })
    .await;
    outcome("outer", &end);
}
