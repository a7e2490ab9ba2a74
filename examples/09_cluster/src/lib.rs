//! A flat cluster: one actor for each core, all started at once, all asleep until the cluster is cancelled.
//!
//! The number of cores is the first argument, or the environment variable `CORES`, as a sandboxed program cannot count them; 2 if both are missing.

use futures::future::try_join_all;
use std::time::Duration;
use tractor_guest::{
    ActorSpec, Context, Portal, Result, current_actor, export, move_on_after, nursery, program,
    sleep_forever,
};

#[program]
async fn run(args: Vec<String>) -> Result<()> {
    let count = args
        .first()
        .cloned()
        .or_else(|| std::env::var("CORES").ok());
    let count: u32 = count.map_or(Ok(2), |count| count.parse())?;
    nursery(async |n| {
        let start = |index| n.start_actor(ActorSpec::new("self").name(format!("worker_{index}")));
        let workers = try_join_all((0..count).map(start)).await?;
        let names = try_join_all(
            workers
                .iter()
                .map(|worker| worker.call::<String>("name", ())),
        );
        for name in names.await? {
            println!("yo, I am actor {name}");
        }
        let woken = move_on_after(Duration::from_millis(500), async || {
            try_join_all(workers.iter().map(|worker| sleepy_jane_in(worker))).await
        })
        .await?;
        assert!(woken.is_none(), "they sleep for ever");
        println!("that was long enough");
        n.cancel(); // kills the cluster
        Ok(())
    })
    .await?;
    println!("the cluster is gone");
    Ok(())
}

async fn sleepy_jane_in(worker: &Portal) -> Result<()> {
    worker
        .with_context("sleepy-jane", (), async |_, (): ()| sleep_forever().await)
        .await
}

/// Says its name.
#[export]
fn name() -> String {
    current_actor().name
}

/// Sleeps until she is cancelled.
#[export]
async fn sleepy_jane(ctx: Context) -> Result<()> {
    ctx.started(()).await?;
    sleep_forever().await
}
