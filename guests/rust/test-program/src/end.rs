//! Scenarios of how the program itself ends: with handles dropped, with an error, while it waits.

use crate::{Arguments, actor};
use std::time::Duration;
use tractor_guest::wit::nursery::{Nursery, NurseryOptions};
use tractor_guest::wit::task::Scope;
use tractor_guest::{Result, bail, move_on_after, nursery, sleep, sleep_forever};

/// Runs the scenario, if it is one of these.
pub(crate) async fn run(scenario: &str, arguments: &Arguments) -> Result<bool> {
    match scenario {
        "early-return" => early_return().await?,
        "leak" => leak().await?,
        "trap-owner" => trap_owner().await?,
        "dropped-nursery" => dropped_nursery().await,
        "dropped-start" => dropped_start().await?,
        "raise" => raise(arguments.text(1)).await?,
        "interrupted" => interrupted(arguments.number(1, 1)?).await?,
        "say" => println!("{}", arguments.text(1)),
        "spin" => loop {
            std::hint::black_box(());
        },
        _ => return Ok(false),
    }
    Ok(true)
}

/// An actor in a nursery that nothing closes: below the SDK, which would.
async fn open() -> Result<(Nursery, tractor_guest::wit::nursery::Child)> {
    let raw = Nursery::open(
        &Scope::current(),
        NurseryOptions {
            grace: None,
            restart: None,
        },
    );
    let spec = tractor_guest::wit::nursery::ActorSpec::from(actor("daemon"));
    let child = raw.start_actor(spec).await?;
    Ok((raw, child))
}

/// Drops the handles of an open nursery and returns.
async fn early_return() -> Result<()> {
    let handles = open().await?;
    drop(handles);
    println!("returning");
    Ok(())
}

/// Returns with an open nursery whose handles were never dropped.
async fn leak() -> Result<()> {
    std::mem::forget(open().await?);
    println!("returning");
    Ok(())
}

/// Traps with an actor in an open nursery.
async fn trap_owner() -> Result<()> {
    let _handles = open().await?;
    core::arch::wasm32::unreachable()
}

/// The future of a nursery is dropped: its children are gone when the program ends.
async fn dropped_nursery() {
    use futures::future::select;
    let time = tractor_guest::sleep(Duration::from_millis(200));
    let body = nursery(async |n| {
        n.start_actor(actor("daemon")).await?;
        println!("started");
        sleep_forever::<()>().await
    });
    let _first = select(Box::pin(body), Box::pin(time)).await;
    println!("dropped");
}

/// Starts that are cut short half-way leave nothing.
async fn dropped_start() -> Result<()> {
    for ms in 0..10 {
        nursery(async |n| {
            let time = Duration::from_micros(ms * 300);
            move_on_after(time, async || n.start_actor(actor("daemon")).await).await?;
            n.cancel();
            Ok(())
        })
        .await?;
    }
    println!("all gone");
    Ok(())
}

/// Fails, with a child or without.
async fn raise(message: &str) -> Result<()> {
    nursery(async |n| {
        n.start_actor(actor("daemon")).await?;
        bail!("{message}")
    })
    .await
}

/// Waits with so many children until someone interrupts it; they print a line when they clean up.
async fn interrupted(children: u32) -> Result<()> {
    nursery(async |n| {
        for _ in 0..children {
            let child = n.run_in_actor(actor("child"), "clean-up", (20u64,)).await?;
            // It is called by now, but may not have begun: cancelled before that it has nothing to clean up.
            while child.call::<u32>("cleaners", ()).await? == 0 {
                sleep(Duration::from_millis(1)).await?;
            }
        }
        println!("ready");
        sleep_forever().await
    })
    .await
}
