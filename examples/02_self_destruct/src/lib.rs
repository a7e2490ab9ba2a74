//! Zombie-safe: a tree of processes that is torn down by an error, with nothing left of it.
//!
//! One worker for each core; their number is the first argument, as a sandboxed program cannot count cores. 2 if it is left out.

use std::time::Duration;
use tractor_guest::{
    ActorSpec, Error, Result, bail, current_actor, export, nursery, program, sleep,
};

#[program]
async fn run(args: Vec<String>) -> Result<()> {
    let count: u32 = args.first().map_or(Ok(2), |count| count.parse())?;
    match tree(count).await {
        Ok(()) => bail!("the tree should have destroyed itself"),
        Err(error) => println!("{error}"),
    }
    println!("zombies contained");
    Ok(())
}

/// Starts the workers, and fails.
async fn tree(count: u32) -> Result<()> {
    nursery(async |n| {
        for index in 0..count {
            let worker = ActorSpec::new("self").name(format!("worker_{index}"));
            let worker = n.start_actor(worker).await?;
            let (name, pid): (String, u32) = worker.call("target", ()).await?;
            assert_ne!(pid, current_actor().pid);
            println!("yo, I'm '{name}' in a process of my own");
        }
        println!("this process tree will self-destruct in 1 s...");
        sleep(Duration::from_secs(1)).await?;
        Err::<(), _>(Error::new("self destructed"))
    })
    .await
}

/// Says who and where it is. The worker then serves on, until it is cancelled.
#[export]
fn target() -> (String, u32) {
    let me = current_actor();
    (me.name, me.pid)
}
