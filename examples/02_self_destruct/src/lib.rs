//! We are processes, and none of us outlives our owner: an error tears a tree down, and leaves no zombie.
//!
//! The argument is the number of workers. A sandboxed program cannot count cores; `$(nproc)` can.
//!
//! ```console
//! $ tractor-host run self_destruct.wasm 4
//! ~ yo, I'm 'worker_0' in process <pid>
//! ~ yo, I'm 'worker_1' in process <pid>
//! ~ yo, I'm 'worker_2' in process <pid>
//! ~ yo, I'm 'worker_3' in process <pid>
//! ~ this process tree will self-destruct in 1 s
//! main: self-destructed
//! zombies contained
//! ```

use std::time::Duration;
use tractor_guest::{
    ActorSpec, Result, bail, current_actor, export, nursery, program, sleep, sleep_forever,
};

#[program]
async fn run(args: Vec<String>) -> Result<()> {
    let workers: u32 = args.first().map_or(Ok(2), |workers| workers.parse())?;
    match tree(workers).await {
        Ok(()) => bail!("the tree should have destroyed itself"),
        Err(error) => println!("{error}\nzombies contained"), // the nursery closes when the last one is reaped
    }
    Ok(())
}

/// Starts the workers, and fails.
async fn tree(workers: u32) -> Result<()> {
    nursery(async |n| {
        for index in 0..workers {
            let worker = ActorSpec::new("self").name(format!("worker_{index}"));
            n.run_in_actor(worker, "target", ()).await?;
        }
        println!("this process tree will self-destruct in 1 s");
        sleep(Duration::from_secs(1)).await?;
        bail!("self-destructed")
    })
    .await
}

/// Says who and where it is, and would stay for ever.
#[export]
async fn target() -> Result<()> {
    let me = current_actor();
    println!("yo, I'm '{}' in process {}", me.name, me.pid);
    sleep_forever().await
}
