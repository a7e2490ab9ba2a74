//! Actors that are Rust functions of the program itself: each runs in a process of its own, and fails as any other does.
//!
//! ```console
//! $ cargo run --example 11_native_actor
//! 7 / 2 = 3, says process <pid>
//! clumsy: 7 cannot be divided by 0
//!   clumsy (pid <pid>): 7 cannot be divided by 0
//!   patient (pid <pid>): was cancelled
//! ```
#![expect(clippy::print_stdout, reason = "an example shows what it does")]

use std::time::Duration;
use tractor_host::{ActorSpec, Call, Error, Native, Nursery, Tree};

fn main() -> anyhow::Result<()> {
    let calculator = Native::new()
        .function("divide", divide)
        .function("wait", wait);
    tractor_host::init_with([("calculator", calculator)]); // first thing: this program is also its own workers
    tokio::runtime::Runtime::new()?.block_on(run())
}

async fn run() -> anyhow::Result<()> {
    let tree = Tree::builder().native("calculator").start().await?;
    let one_shot = async |n: &Nursery| {
        let child = n.run_in_actor("calculator", "divide", (7, 2)).await?;
        child.output::<(u32, u32)>().await
    };
    let (quotient, pid) = tree.nursery(one_shot).await?;
    println!("7 / 2 = {quotient}, says process {pid}");

    let outcome = tree
        .nursery(async |n| {
            let patient = ActorSpec::new("calculator").name("patient");
            n.run_in_actor(patient, "wait", ()).await?;
            let clumsy = ActorSpec::new("calculator").name("clumsy");
            n.run_in_actor(clumsy, "divide", (7, 0)).await
        })
        .await;
    if let Err(error) = outcome {
        println!("{error}");
        for failure in error.failures() {
            println!("  {}: {}", failure.origin, failure.message);
        }
    }
    Ok(())
}

/// Divides, and says in which process.
async fn divide(call: Call, (dividend, divisor): (u32, u32)) -> Result<(u32, u32), Error> {
    match dividend.checked_div(divisor) {
        Some(quotient) => Ok((quotient, call.actor().pid)),
        None => Err(Error::body(format!(
            "{dividend} cannot be divided by {divisor}"
        ))),
    }
}

/// Waits until it is cancelled, an hour at most.
async fn wait(call: Call, (): ()) -> Result<(), Error> {
    Ok(call.scope().sleep(Duration::from_secs(3600)).await?)
}
