//! Random guests. What a function does is drawn when it is called; fuel ends the recursion.
//!
//! Most programs use the API as people do: they pass on what fails, and clean up when they are cancelled. Some return early, drop handles, hide
//! what failed, compute, or ignore that they are cancelled.

use super::books::message;
use super::dialog::{MsgStream, OpenedContext, call, started};
use super::nursery::{Child, Nursery};
use super::task::{Branch, Task, join};
use std::time::Duration;
use tractor_protocol::peer::DialogKind;
use tractor_protocol::{Error, FailureKind, Payload, Restart, RestartStrategy, ScopeId, Uuid};
use tractor_runtime::dialog::Overrun;

/// How many levels of calls and nurseries a program may still make.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Fuel(u64);

impl Fuel {
    fn less(self) -> Self {
        Self(self.0.saturating_sub(1))
    }
}

impl From<Fuel> for Payload {
    fn from(fuel: Fuel) -> Self {
        message(fuel.0)
    }
}

impl From<&Payload> for Fuel {
    fn from(arguments: &Payload) -> Self {
        Self(super::books::number_of(arguments).min(8))
    }
}

/// The program of the root.
pub(crate) async fn root(task: Task) {
    let fuel = Fuel(2 + task.dice(3));
    let mut result = nursery(&task, task.scope, fuel).await;
    for _ in 0..task.dice(3) {
        if result.is_ok() {
            result = steps(&task, task.scope, fuel).await;
        }
    }
    // What it ends with is the user's to read.
    let _ = task.finish(result.map(|()| message(0))).await;
}

/// A function that is called.
pub(crate) async fn serve(task: Task, kind: DialogKind, fuel: Fuel) -> Result<Payload, Error> {
    if task.dice(30) == 0 && !task.shell.is_root() {
        return trap(&task).await;
    }
    let result = match kind {
        DialogKind::Call => steps(&task, task.scope, fuel).await,
        DialogKind::Context => context_function(&task, fuel).await,
    };
    take(&task, result).await?;
    Ok(message(task.dice(u64::MAX)))
}

/// The guest breaks down, and with it the actor.
async fn trap(task: &Task) -> Result<Payload, Error> {
    task.sleep(task.scope, task.time(30)).await?;
    let kind = FailureKind::Trap("unreachable".to_owned());
    let failure = task.shell.failure(kind, "it trapped");
    task.shell.break_down(&failure);
    std::future::pending().await
}

/// How the program takes what went wrong.
async fn take(task: &Task, result: Result<(), Error>) -> Result<(), Error> {
    let Err(error) = result else {
        return Ok(());
    };
    match task.dice(10) {
        0 => Ok(()),
        1 => Err(task.fails()),
        2 | 3 => {
            let shield = task.shell.open_scope(task.scope, None, true, None);
            let most = [20, 400][task.dice(2) as usize];
            let cleaned = task.sleep(shield, task.time(most)).await;
            task.shell.close_scope(shield);
            task.shell.books().seen(match cleaned {
                Ok(()) => "shielded clean-up done",
                Err(_) => "shielded clean-up cut short",
            });
            Err(error)
        }
        4 => {
            task.shell.books().seen("cancellation ignored");
            task.ignore(task.time(900)).await;
            Err(error)
        }
        _ => Err(error),
    }
}

fn steps<'a>(task: &'a Task, within: ScopeId, fuel: Fuel) -> Branch<'a> {
    Box::pin(async move {
        for _ in 0..1 + task.dice(3) {
            step(task, within, fuel).await?;
        }
        Ok(())
    })
}

async fn step(task: &Task, within: ScopeId, fuel: Fuel) -> Result<(), Error> {
    match task.dice(40) {
        0..=11 => task.sleep(within, task.time(40)).await,
        12 => {
            task.compute(task.time(120)).await;
            Ok(())
        }
        13 => Err(task.fails()),
        14 => {
            task.shell
                .cancel_own(within, tractor_protocol::CancelReason::Requested);
            Ok(())
        }
        15 if task.is_fair() => task.sleep(within, task.time(400)).await,
        15 => task.sleep(within, Duration::from_secs(1000)).await,
        16..=25 if fuel.0 > 0 => nursery(task, within, fuel.less()).await,
        26..=28 if fuel.0 > 0 => timed(task, within, fuel.less()).await,
        29 if fuel.0 > 0 => {
            let most = task.time(15);
            let steps = steps(task, within, fuel.less());
            task.at_most(most, steps).await.unwrap_or(Ok(()))
        }
        30..=35 => match any_peer(task) {
            Some(peer) => talk(task, within, peer, fuel.less()).await,
            None => Ok(()),
        },
        _ => task.sleep(within, task.time(4)).await,
    }
}

/// Some other actor that this one has heard of.
fn any_peer(task: &Task) -> Option<Uuid> {
    let us = task.shell.id().uuid;
    task.shell.with(|state| {
        let others: Vec<Uuid> = state.peers.iter().copied().filter(|p| *p != us).collect();
        (!others.is_empty()).then(|| others[state.rng.usize(..others.len())])
    })
}

/// Steps under a deadline, whose passing is no error; or behind a shield.
async fn timed(task: &Task, within: ScopeId, fuel: Fuel) -> Result<(), Error> {
    let shield = task.dice(4) == 0;
    let scope = task
        .shell
        .open_scope(within, Some(task.time(60)), shield, None);
    let result = steps(task, scope, fuel).await;
    // One that is left open ends with its task.
    if task.dice(10) > 0 {
        task.shell.close_scope(scope);
    }
    match result {
        Err(Error::Cancelled(over)) if over.scope == scope => {
            task.shell.books().seen("moved on after a deadline");
            Ok(())
        }
        result => result,
    }
}

async fn nursery(task: &Task, within: ScopeId, fuel: Fuel) -> Result<(), Error> {
    let grace = (task.dice(2) == 0).then(|| task.time(300));
    let restart = (task.dice(3) == 0).then(|| restart(task));
    let nursery = Nursery::open(task, within, grace, restart);
    let body = nursery_body(task, &nursery, fuel).await;
    if task.dice(16) == 0 {
        // Its handle is dropped.
        nursery.abandon(task);
        return body;
    }
    if task.dice(8) == 0 {
        let first = nursery.close(task, body.clone().err()).await;
        let second = nursery.close(task, None).await;
        let same = first.is_err() || second.is_ok();
        task.shell.books().expect(same, || {
            format!("a second close gives {second:?} after {first:?}")
        });
        return first;
    }
    nursery.close(task, body.err()).await
}

/// When the actors of a nursery are started anew. In fair programs a one-shot that gives a value is done.
fn restart(task: &Task) -> Restart {
    let strategies = [
        RestartStrategy::OneForOne,
        RestartStrategy::OneForAll,
        RestartStrategy::RestForOne,
    ];
    let rules = match task.is_fair() || task.dice(2) == 0 {
        true => Restart::on_failure(),
        false => Restart::always(),
    };
    let restarts = [1, 3, 8, u32::MAX][task.dice(4) as usize];
    rules
        .strategy(strategies[task.dice(3) as usize])
        .intensity(restarts, task.time(2000))
        .backoff(task.time(20), task.time(80))
}

async fn nursery_body(task: &Task, nursery: &Nursery, fuel: Fuel) -> Result<(), Error> {
    let mut children = Vec::new();
    for _ in 0..1 + task.dice(3) {
        match start(task, nursery, fuel).await {
            Ok(child) => children.extend(child),
            Err(Error::Cancelled(over)) => return Err(Error::Cancelled(over)),
            Err(error) if task.dice(3) == 0 => return Err(error),
            Err(_) => {}
        }
    }
    let branches = children
        .iter()
        .map(|child| -> Branch<'_> { Box::pin(with_child(task, nursery.scope, child, fuel)) });
    let mut branches: Vec<Branch<'_>> = branches.collect();
    if task.dice(5) == 0 {
        let time = task.time(60);
        branches.push(Box::pin(async move {
            task.sleep(nursery.scope, time).await?;
            nursery.cancel(task);
            Ok(())
        }));
    }
    let result = join(branches).await;
    let cancels = task.is_fair() || task.dice(12) > 0;
    if result.is_ok() && children.iter().any(Child::is_daemon) && cancels {
        nursery.cancel(task);
    }
    result
}

async fn start(task: &Task, nursery: &Nursery, fuel: Fuel) -> Result<Option<Child>, Error> {
    let is_daemon = task.dice(2) == 0;
    let starting = async {
        match is_daemon {
            true => nursery.start_actor(task).await,
            false => nursery.run_in_actor(task, fuel).await,
        }
    };
    if task.dice(12) > 0 {
        return starting.await.map(Some);
    }
    task.at_most(task.time(8), starting).await.transpose()
}

async fn with_child(task: &Task, within: ScopeId, child: &Child, fuel: Fuel) -> Result<(), Error> {
    if !child.is_daemon() {
        return match task.dice(6) {
            0 => child.cancel(task).await,
            1 => Ok(()),
            2 => child.ended(task, within).await,
            3 => task
                .at_most(task.time(10), child.output(task, within))
                .await
                .map_or(Ok(()), |output| output.map(drop)),
            _ => child.output(task, within).await.map(drop),
        };
    }
    for _ in 0..task.dice(4) {
        talk(task, within, child.uuid(task), fuel.less()).await?;
    }
    match task.dice(3) {
        0 => Ok(()),
        _ => child.cancel(task).await,
    }
}

/// A call or a context with another actor.
async fn talk(task: &Task, within: ScopeId, peer: Uuid, fuel: Fuel) -> Result<(), Error> {
    let result = match task.dice(3) {
        0 => {
            let called = call(task, within, peer, fuel);
            match task.dice(10) {
                0 => task
                    .at_most(task.time(20), called)
                    .await
                    .map_or(Ok(()), |value| value.map(drop)),
                _ => called.await.map(drop),
            }
        }
        _ => context(task, within, peer, fuel).await,
    };
    match result {
        // Someone else's failure is often the end of nothing.
        Err(Error::Failed(_)) if task.dice(2) == 0 => Ok(()),
        result => result,
    }
}

async fn context(task: &Task, within: ScopeId, peer: Uuid, fuel: Fuel) -> Result<(), Error> {
    let context = OpenedContext::open(task, within, peer, fuel).await?;
    let body = opener_body(task, &context).await;
    match task.dice(10) {
        0 => {
            context.abandon(task);
            return body;
        }
        1 | 2 => context.cancel(task),
        3 => {
            let first = context.close(task, body.err()).await;
            let second = context.close(task, None).await;
            let same = first.is_err() || second.is_ok();
            task.shell.books().expect(same, || {
                format!("a second close gives {second:?} after {first:?}")
            });
            return first;
        }
        _ => {}
    }
    context.close(task, body.err()).await
}

async fn opener_body(task: &Task, context: &OpenedContext) -> Result<(), Error> {
    match task.dice(8) {
        // The other end may wait to send, or for a stop: the close lets it go on.
        0 => return Ok(()),
        1 => {
            return MsgStream::open(task, context.scope, context.key(), Overrun::Wait).map(drop);
        }
        _ => {}
    }
    if task.is_fair() || task.dice(4) > 0 {
        exchange(task, context.scope, context.key()).await?;
    }
    match task.dice(4) {
        0 => context.output(task, context.scope).await.map(drop),
        1 => Err(task.fails()),
        _ => Ok(()),
    }
}

/// A function whose caller opened a context.
async fn context_function(task: &Task, fuel: Fuel) -> Result<(), Error> {
    let key = task.serves.ok_or(Error::Closed)?;
    if task.dice(20) == 0 && !task.is_fair() {
        return steps(task, task.scope, fuel.less()).await;
    }
    task.sleep(task.scope, task.time(5)).await?;
    started(task, task.scope, key)?;
    if task.dice(40) == 0 {
        started(task, task.scope, key)?;
    }
    if task.is_fair() || task.dice(4) > 0 {
        exchange(task, task.scope, key).await?;
    }
    if task.dice(8) == 0 {
        task.shell
            .cancel_own(task.scope, tractor_protocol::CancelReason::Requested);
        return task.sleep(task.scope, task.time(5)).await;
    }
    match fuel.0 {
        0 => Ok(()),
        _ => steps(task, task.scope, fuel.less()).await,
    }
}

/// Messages both ways, side by side.
async fn exchange(
    task: &Task,
    within: ScopeId,
    key: (u64, tractor_protocol::DialogId),
) -> Result<(), Error> {
    let overrun = match task.dice(10) {
        0 => Overrun::Fail,
        1 => Overrun::DropOldest,
        _ => Overrun::Wait,
    };
    let stream = MsgStream::open(task, within, key, overrun)?;
    let (sender, receiver): (Branch<'_>, Branch<'_>) = (
        Box::pin(send_some(task, within, &stream)),
        Box::pin(receive_some(task, within, &stream)),
    );
    let result = join(vec![sender, receiver]).await;
    if task.dice(6) == 0 || task.is_fair() {
        stream.abandon(task);
    }
    result
}

async fn send_some(task: &Task, within: ScopeId, stream: &MsgStream) -> Result<(), Error> {
    let result = send_all(task, within, stream).await;
    // Without a stop the other end learns of the end with the dialog's, and two that wait for that wait for ever.
    if task.is_fair() || (result.is_ok() && task.dice(8) > 0) {
        stream.stop(task);
    }
    result
}

async fn send_all(task: &Task, within: ScopeId, stream: &MsgStream) -> Result<(), Error> {
    for _ in 0..task.dice(6) {
        stream.send(task, within, 1 + task.dice(6)).await?;
        if task.dice(3) == 0 {
            task.sleep(within, task.time(6)).await?;
        }
    }
    Ok(())
}

async fn receive_some(task: &Task, within: ScopeId, stream: &MsgStream) -> Result<(), Error> {
    let result = receive_all(task, within, stream).await;
    if task.is_fair() && result.is_err() {
        // What is not received any more must not hold up who sends.
        stream.abandon(task);
    }
    result
}

async fn receive_all(task: &Task, within: ScopeId, stream: &MsgStream) -> Result<(), Error> {
    let early = task.dice(5) == 0 && !task.is_fair();
    let mut more = true;
    while more && !(early && task.dice(4) == 0) {
        more = receive_one(task, within, stream).await?;
    }
    if !more && task.dice(3) == 0 {
        let again = stream.receive(task, within).await?;
        let text = || "a message after the end of a stream".to_owned();
        task.shell.books().expect(!again, text);
    }
    Ok(())
}

/// Receives, at times under a deadline that takes nothing if it passes.
async fn receive_one(task: &Task, within: ScopeId, stream: &MsgStream) -> Result<bool, Error> {
    if task.dice(4) > 0 {
        return stream.receive(task, within).await;
    }
    let scope = task
        .shell
        .open_scope(within, Some(task.time(3)), false, None);
    let received = stream.receive(task, scope).await;
    task.shell.close_scope(scope);
    match received {
        Err(Error::Cancelled(over)) if over.scope == scope => {
            task.shell.books().seen("receive cut short");
            Ok(true)
        }
        received => received,
    }
}
