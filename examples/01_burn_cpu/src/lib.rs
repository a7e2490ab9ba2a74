//! One function in two processes: a child burns CPU while this one does the same, and its result is collected.
//!
//! ```console
//! $ tractor-host run burn_cpu.wasm
//! collected subprocess <pid>
//! ```

use std::hint::black_box;
use tractor_guest::{Result, checkpoint, current_actor, export, nursery, program};

#[program]
async fn run() -> Result<()> {
    let pid: u32 = nursery(async |n| {
        let child = n.run_in_actor("self", "burn-cpu", (50_000,)).await?; // its own process
        burn_cpu(50_000).await?; // and this one, at the same time
        child.output().await
    })
    .await?;
    println!("collected subprocess {pid}");
    Ok(())
}

/// Computes, stops now and then if it was cancelled meanwhile, and says in which process it ran.
#[export]
async fn burn_cpu(rounds: u32) -> Result<u32> {
    let mut seed: u64 = 1;
    for round in 0..rounds {
        seed = black_box(seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1));
        if round % 1000 == 0 {
            checkpoint().await?;
        }
    }
    Ok(current_actor().pid)
}
