//! Scenarios that the seed lacks: overdue tasks, starts dropped half-way, receives cut short as a message arrives, guests that block, and
//! who asks for more than its owner has.

use crate::report::outcome;
use crate::{Arguments, actor};
use futures::future::{Either, select};
use std::pin::pin;
use std::time::Duration;
use tractor_guest::{
    Access, ActorSpec, Child, Context, Error, Names, Nursery, Overdue, Result, Scope, checkpoint,
    export, move_on_after, nursery, sleep, sleep_forever,
};

/// Runs the scenario, if it is one of these.
pub(crate) async fn run(scenario: &str, arguments: &Arguments) -> Result<bool> {
    match scenario {
        "overdue" => overdue(arguments.text(1)).await,
        "start-dropped" => start_dropped().await?,
        "receive-timeouts" => receive_timeouts(arguments.number(1, 10_000)?).await?,
        "open-and-close" => open_and_close(arguments.number(1, 1000)?).await?,
        "asks-for-more" => asks_for_more().await?,
        "read-stdin" => {
            println!("ready");
            let mut line = String::new();
            std::io::stdin().read_line(&mut line)?;
        }
        _ => return Ok(false),
    }
    Ok(true)
}

/// A call whose time is up, and whose callee does not care.
async fn overdue(how: &str) {
    let end: Result<()> = nursery(async |n| {
        let spec = match how {
            "end-actor" => actor("daemon").overdue(Overdue::EndActor),
            "limit" => actor("daemon").limit_overdue_tasks(0),
            _ => actor("daemon"),
        };
        let daemon = n.start_actor(spec).await?;
        println!("ready");
        let time = Duration::from_millis(50);
        // What is left of the callee is over before the actor is cancelled.
        let call = move_on_after(time, async || {
            daemon.call::<u32>("ignore-cancel-ms", (900u64,)).await
        });
        outcome("call", &call.await);
        outcome("another", &daemon.call::<u32>("add", (1, 2)).await);
        while daemon.call::<u32>("ignoring", ()).await? > 0 {
            sleep(Duration::from_millis(20)).await?;
        }
        daemon.cancel().await
    })
    .await;
    outcome("nursery", &end);
}

/// Drops starts at all moments; nobody cancels the nursery, so that it would wait for a child that is left.
async fn start_dropped() -> Result<()> {
    let (mut dropped, mut started) = (0, 0);
    nursery(async |n| {
        for step in 0..40 {
            let time = Duration::from_micros(step * 250);
            let start = pin!(n.start_actor(actor("dropped")));
            match select(start, pin!(sleep(time))).await {
                Either::Left((child, _)) => {
                    started += 1;
                    child?.cancel().await?;
                }
                Either::Right(_) => dropped += 1,
            }
        }
        Ok(())
    })
    .await?;
    println!("all gone, some dropped: {}, {started} started", dropped > 0);
    Ok(())
}

/// Asks for a message, and gives up on it at about the time at which it arrives, until that has happened so often.
async fn receive_timeouts(wanted: u32) -> Result<()> {
    let end = nursery(async |n| {
        let peer = n.start_actor(actor("peer")).await?;
        let counts = peer
            .with_context("serve-echo", (), async |ctx, (): ()| {
                let mut stream = ctx.open_stream::<u32, u32>().await?;
                let (mut next, mut given_up) = (0u32, 0u32);
                // Half of the receives are too short, wherever the time of an echo lies.
                let mut time = Duration::from_micros(50);
                while given_up < wanted {
                    stream.send(next).await?;
                    loop {
                        match move_on_after(time, async || stream.next().await).await? {
                            None => {
                                given_up += 1;
                                time += Duration::from_micros(2);
                            }
                            Some(received) => {
                                assert_eq!(received, Some(next), "none lost, none twice");
                                time = time.saturating_sub(Duration::from_micros(2));
                                break;
                            }
                        }
                    }
                    next += 1;
                }
                stream.stop();
                assert_eq!(stream.next().await?, None, "nothing is left");
                Ok((next, ctx.output::<u32>().await?))
            })
            .await?;
        peer.cancel().await?;
        Ok(counts)
    })
    .await?;
    println!("given up {wanted}, echoed all: {}", end.0 == end.1);
    Ok(())
}

/// Opens and closes so many nurseries, contexts and scopes in one task.
async fn open_and_close(count: u32) -> Result<()> {
    nursery(async |n| {
        let peer = n.start_actor(actor("peer")).await?;
        for _ in 0..count {
            nursery(async |_| Ok(())).await?;
            move_on_after(Duration::from_secs(600), async || checkpoint().await).await?;
            peer.with_context("start-and-return", (1u32,), async |_, (): ()| Ok(()))
                .await?;
        }
        peer.cancel().await
    })
    .await?;
    println!("done");
    Ok(())
}

/// Starts one that may do little, and that asks for more for its own child.
async fn asks_for_more() -> Result<()> {
    nursery(async |n| {
        let spec = ActorSpec::new("self")
            .name("modest")
            .grant_component("test-actor")
            .limit_memory(64 << 20)
            .limit_depth(1);
        let modest = n.start_actor(spec).await?;
        for what in [
            "directory",
            "connect",
            "names",
            "component",
            "memory",
            "overdue-tasks",
            "nothing",
        ] {
            outcome(what, &modest.call::<()>("ask-for", (what,)).await);
        }
        modest.cancel().await
    })
    .await
}

/// Starts an actor that is to have more than this one has, or no more.
#[export]
async fn ask_for(what: String) -> Result<(), Error> {
    let modest = actor("greedy");
    let spec = match what.as_str() {
        "directory" => modest.grant_dir("/etc", "/etc", Access::Read),
        "connect" => modest.grant_connect("example.com:80"),
        "names" => modest.grant_names(Names {
            find: true,
            list: false,
            register: false,
        }),
        "component" => modest.grant_component("*"),
        "memory" => modest.limit_memory(65 << 20),
        "overdue-tasks" => modest.limit_overdue_tasks(u32::MAX),
        _ => modest,
    };
    nursery(async |n| n.start_actor(spec).await?.cancel().await).await
}

/// Owns one that idles, one that computes, one that streams to it and one that starts others, and waits.
#[export]
async fn keep_all(ctx: Context) -> Result<(), Error> {
    nursery(async |n| {
        n.start_actor(actor("idle")).await?;
        n.run_in_actor(actor("spinner"), "spin", ()).await?;
        let starter = ActorSpec::new("self").name("starter").grant_component("*");
        n.run_in_actor(starter, "start-for-ever", ()).await?;
        let streamer = n.start_actor(actor("streamer")).await?;
        streamer
            .with_context("count-forever", (), async |feed, (): ()| {
                let mut stream = feed.open_stream::<(), u64>().await?;
                stream.next().await?;
                ctx.started(()).await?;
                while stream.next().await?.is_some() {}
                Ok(())
            })
            .await
    })
    .await
}

/// Starts actors and cancels them, one after another.
#[export]
async fn start_for_ever() -> Result<(), Error> {
    nursery(async |n: &Nursery| {
        loop {
            let child: Child = n.start_actor(actor("started")).await?;
            child.cancel().await?;
        }
    })
    .await
}

/// How much time is left for a task that is called from here, in milliseconds, through a call and within a context.
#[export]
async fn time_left_below() -> Result<Vec<u64>, Error> {
    let ms = |left: Option<Duration>| left.map_or(u64::MAX, |left| left.as_millis() as u64);
    nursery(async |n| {
        let here = ms(Scope::current().time_left());
        let peer = n.start_actor(actor("peer")).await?;
        let nanoseconds = peer.call::<Option<u64>>("time-left", ()).await?;
        let called = ms(nanoseconds.map(Duration::from_nanos));
        let body = peer
            .with_context("start-and-return", (1u32,), async |ctx, (): ()| {
                Ok(ms(ctx.scope().time_left()))
            })
            .await?;
        peer.cancel().await?;
        Ok(vec![here, called, body])
    })
    .await
}

/// Waits for ever, and so do those that it owns, so many levels below; each obeys at once. The lowest may compute instead, and not listen.
#[export]
async fn wait_deep(depth: u32, spin: bool) -> Result<(), Error> {
    if depth == 0 {
        if spin {
            loop {
                std::hint::black_box(());
            }
        }
        return sleep_forever().await;
    }
    let next = ActorSpec::new("self").name("level");
    nursery(async |n| {
        n.run_in_actor(next, "wait-deep", (depth - 1, spin))
            .await?
            .output()
            .await
    })
    .await
}
