//! The other ends of cancellations: functions that the scenarios of cancellation call in an actor of this same component. What happens to
//! them they note, and tell when they are asked.

use crate::report::describe;
use serde::ser::{Error as _, Serialize, Serializer};
use std::sync::Mutex;
use std::time::Duration;
use tractor_guest::{
    ActorId, ActorSpec, Context, Error, Names, Result, Scope, export, nursery, registrar, shield,
    sleep, sleep_forever,
};

static NOTES: Mutex<Vec<String>> = Mutex::new(Vec::new());

fn note(text: String) {
    NOTES.lock().expect("no holder panics").push(text);
}

/// Gives what tasks of this actor have noted since it was asked last.
#[export]
fn noted() -> Vec<String> {
    std::mem::take(&mut *NOTES.lock().expect("no holder panics"))
}

/// Waits until it is cancelled, and notes by whom and why.
async fn wait_and_note<T>() -> Result<T> {
    let waited = sleep_forever().await;
    if let Err(error) = &waited {
        note(describe(error));
    }
    waited
}

/// Starts, waits until it is cancelled, and notes by whom and why.
#[export]
async fn note_cancel(ctx: Context) -> Result<(), Error> {
    ctx.started(()).await?;
    wait_and_note().await
}

/// Starts, waits until it is cancelled, and sends by whom and why from within a shield: at once, and as its last message after so long.
#[export]
async fn tell_cancel(ctx: Context, ms: u64) -> Result<(), Error> {
    ctx.started(()).await?;
    let stream = ctx.open_stream::<String, ()>().await?;
    let scope = Scope::current();
    let told = || scope.cancellation().map(Error::from).as_ref().map(describe);
    let waited: Result<()> = sleep_forever().await;
    shield(async || {
        stream.send(told().unwrap_or_default()).await?;
        sleep(Duration::from_millis(ms)).await?;
        stream.send(told().unwrap_or_default()).await
    })
    .await?;
    waited
}

/// Waits until it is cancelled, and notes how much time it has left then, in a shield, in milliseconds.
#[export]
async fn note_grace(ctx: Context) -> Result<(), Error> {
    ctx.started(()).await?;
    let stream = ctx.open_stream::<Option<u64>, ()>().await?;
    let waited = sleep_forever().await;
    shield(async || {
        let left = Scope::current().time_left();
        stream.send(left.map(|left| left.as_millis() as u64)).await
    })
    .await?;
    waited
}

/// A value that cannot be encoded.
struct Unspeakable;

impl Serialize for Unspeakable {
    fn serialize<S: Serializer>(&self, _: S) -> Result<S::Ok, S::Error> {
        Err(S::Error::custom("it has no words"))
    }
}

/// Opens a context with a peer, cannot encode its own first value, and cancels the peer's task as it leaves.
#[export]
async fn fail_to_encode(ctx: Context, peer: String) -> Result<(), Error> {
    let peer = registrar::wait_for(&peer).await?;
    peer.with_context("note-cancel", (), async |theirs, (): ()| {
        let started = ctx.started(Unspeakable).await;
        theirs.cancel();
        started
    })
    .await
}

/// Owns an actor of this name, and cancels it on each order that comes on its stream; says when it is gone.
#[export]
async fn keep(ctx: Context, name: String) -> Result<(), Error> {
    nursery(async |n| {
        let kept = n.start_actor(ActorSpec::new("self").name(name)).await?;
        ctx.started(kept.actor()).await?;
        let mut orders = ctx.open_stream::<(), String>().await?;
        while let Some(why) = orders.next().await? {
            kept.cancel_because(&why).await?;
            orders.send(()).await?;
        }
        kept.cancel().await
    })
    .await
}

/// Has a context with a peer until that ends; gives how it ended.
#[export]
async fn hold(ctx: Context, peer: String) -> Result<String, Error> {
    let peer = registrar::wait_for(&peer).await?;
    let held: Result<()> = peer
        .with_context("note-cancel", (), async |_, (): ()| {
            ctx.started(()).await?;
            sleep_forever().await
        })
        .await;
    Ok(held.as_ref().err().map(describe).unwrap_or_default())
}

/// Owns a helper for as long as its caller wants it, and hands out its id.
#[export]
async fn lend_helper(ctx: Context) -> Result<(), Error> {
    nursery(async |n| {
        let helper = n.start_actor(ActorSpec::new("self").name("helper")).await?;
        ctx.started(helper.actor()).await?;
        sleep_forever().await
    })
    .await
}

/// Has a server lend a helper, and talks to that directly: starts with what it said. Then has it run one function, and raises its end.
#[export]
async fn use_helper(ctx: Context, server: String, function: String) -> Result<(), Error> {
    let server = registrar::wait_for(&server).await?;
    server
        .with_context("lend-helper", (), async |_, helper: ActorId| {
            let helper = registrar::connect(&helper).await?;
            ctx.started(helper.call::<ActorId>("who", ()).await?)
                .await?;
            helper.call(&function, ()).await
        })
        .await
}

/// Gives who runs.
#[export]
fn who() -> ActorId {
    tractor_guest::current_actor()
}

/// Waits until it is cancelled, and notes by whom.
#[export]
async fn wait_long() -> Result<(), Error> {
    wait_and_note().await
}

/// Fails.
#[export]
async fn break_down() -> Result<(), Error> {
    Err("the helper broke".into())
}

/// Traps.
#[export]
async fn trap() {
    #[cfg(target_arch = "wasm32")]
    core::arch::wasm32::unreachable()
}

/// Gives how many nanoseconds it has left.
#[export]
async fn time_left() -> Option<u64> {
    let left = Scope::current().time_left()?;
    u64::try_from(left.as_nanos()).ok()
}

/// Notes how many nanoseconds it has left, calls the next of these, and notes how that ended; the last one waits.
#[export]
async fn pass_on(names: Vec<String>) -> Result<(), Error> {
    note_time_left();
    let ended = match names.split_first() {
        None => sleep_forever().await,
        Some((next, rest)) => {
            let next = registrar::wait_for(next).await?;
            next.call("pass-on", (rest.to_vec(),)).await
        }
    };
    note_end(ended)
}

/// As `pass-on`, by contexts.
#[export]
async fn pass_on_context(ctx: Context, names: Vec<String>) -> Result<(), Error> {
    note_time_left();
    ctx.started(()).await?;
    let ended = match names.split_first() {
        None => sleep_forever().await,
        Some((next, rest)) => {
            let next = registrar::wait_for(next).await?;
            let arguments = (rest.to_vec(),);
            next.with_context("pass-on-context", arguments, async |_, (): ()| {
                sleep_forever().await
            })
            .await
        }
    };
    note_end(ended)
}

fn note_time_left() {
    let left = Scope::current().time_left().map(|left| left.as_nanos());
    note(left.map_or_else(String::new, |left| left.to_string()));
}

fn note_end(ended: Result<()>) -> Result<()> {
    note(ended.as_ref().map_or_else(describe, |()| String::new()));
    ended
}

/// Returns its number after so long, or is cancelled before; notes which.
#[export]
async fn finish_late(number: u32, microseconds: u64) -> Result<u32, Error> {
    finish(number, microseconds).await
}

/// As `finish-late`, as a context.
#[export]
async fn finish_late_context(ctx: Context, number: u32, microseconds: u64) -> Result<u32, Error> {
    ctx.started(()).await?;
    finish(number, microseconds).await
}

async fn finish(number: u32, microseconds: u64) -> Result<u32> {
    let slept = sleep(Duration::from_micros(microseconds)).await;
    let word = if slept.is_ok() { "value" } else { "cancelled" };
    note(format!("{number} {word}"));
    slept.map(|()| number)
}

/// A peer of this component, which may find others.
pub(crate) fn peer(name: &str) -> ActorSpec {
    ActorSpec::new("self").name(name).grant_names(Names {
        find: true,
        list: false,
        register: false,
    })
}
