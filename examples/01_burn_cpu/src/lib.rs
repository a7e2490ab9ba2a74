//! One function in two processes: a child burns CPU while this one does the same, and its result is collected.

use std::time::Duration;
use tractor_guest::{Error, current_actor, export, nursery, program, sleep};

#[program]
async fn run() -> Result<(), Error> {
    let pid: u32 = nursery(async |n| {
        let child = n.run_in_actor("self", "burn-cpu", (50_000,)).await?; // its own process
        burn_cpu(50_000).await?; // and this one
        child.output().await
    })
    .await?;
    println!("collected subprocess {pid}");
    Ok(())
}

/// Computes, gives way to others now and then, and says in which process it ran.
#[export]
async fn burn_cpu(n: u32) -> Result<u32, Error> {
    let mut seed = 1u64;
    for round in 0..n {
        seed = std::hint::black_box(seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1));
        if round % 1000 == 0 {
            sleep(Duration::from_micros(20)).await?;
        }
    }
    Ok(current_actor().pid)
}
