//! A flat cluster: actors started all at once, called all at once, and cancelled all at once.
//!
//! The argument is their number. A sandboxed program cannot count cores; `$(nproc)` can.
//!
//! ```console
//! $ tractor-host run cluster.wasm 4
//! ~ yo, I am actor worker_0
//! ~ yo, I am actor worker_1
//! ~ yo, I am actor worker_2
//! ~ yo, I am actor worker_3
//! that was long enough
//! the cluster is gone
//! ```

use futures::future::try_join_all;
use std::time::Duration;
use tractor_guest::{
    ActorSpec, Result, current_actor, export, move_on_after, nursery, program, sleep_forever,
};

#[program]
async fn run(args: Vec<String>) -> Result<()> {
    let workers: u32 = args.first().map_or(Ok(2), |workers| workers.parse())?;
    nursery(async |n| {
        let start = |index| n.start_actor(ActorSpec::new("self").name(format!("worker_{index}")));
        let cluster = try_join_all((0..workers).map(start)).await?;
        let half_a_second = Duration::from_millis(500);
        let woken = move_on_after(half_a_second, async || {
            try_join_all(
                cluster
                    .iter()
                    .map(|worker| worker.call::<()>("sleepy-jane", ())),
            )
            .await
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

/// Says who she is, and sleeps until she is cancelled.
#[export]
async fn sleepy_jane() -> Result<()> {
    println!("yo, I am actor {}", current_actor().name);
    sleep_forever().await
}
