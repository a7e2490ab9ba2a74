//! What there is, in one page: a tree of two levels, calls, a two-way stream, a failure that is caught, a deadline.
//!
//! It prints what happened in the same order each time; only the process ids differ, so it leaves them out.

use std::time::Duration;
use tractor_guest::{
    ActorSpec, Context, Error, Result, bail, current_actor, export, move_on_after, nursery,
    program, sleep_forever,
};

#[program]
async fn run() -> Result<()> {
    let me = current_actor();
    println!("{} opens a nursery", me.name);
    nursery(async |n| {
        let server = n.start_actor(ActorSpec::new("self").name("server")).await?;
        let pid: u32 = server.call("pid", ()).await?;
        let where_it_is = if pid == me.pid { "this" } else { "its own" };
        println!("server runs in {where_it_is} process");

        let sum: u64 = server.call("sum-below", (4, 1000)).await?;
        println!("server asked 4 workers of its own for the sum below 1000: {sum}");

        let served = server
            .with_context("shout", ("!",), async |ctx, greeting: String| {
                println!("server says: {greeting}");
                let mut stream = ctx.open_stream::<String, String>().await?;
                for word in ["ping", "pong"] {
                    stream.send(word).await?;
                    let answer = stream.next().await?;
                    println!(
                        "sent {word}, got {}",
                        answer.as_deref().unwrap_or("nothing")
                    );
                }
                stream.stop();
                ctx.output::<u32>().await
            })
            .await?;
        println!("server shouted {served} words");

        let slow = move_on_after(Duration::from_millis(100), async || {
            server.call::<()>("wait-forever", ()).await
        })
        .await?;
        println!("waiting forever took too long: {}", slow.is_none());

        server.cancel().await?;
        println!("server is gone");
        Ok(())
    })
    .await?;

    println!("one of two fails, so both end:");
    let outcome: Result<()> = nursery(async |n| {
        let patient = ActorSpec::new("self").name("patient");
        n.run_in_actor(patient, "wait-forever", ()).await?;
        let clumsy = ActorSpec::new("self").name("clumsy");
        n.run_in_actor(clumsy, "stumble", ()).await?;
        Ok(())
    })
    .await;
    match outcome {
        Ok(()) => bail!("it should have failed"),
        Err(error) => println!("caught: {error}"),
    }
    println!("nothing is left");
    Ok(())
}

/// Says in which process it runs.
#[export]
fn pid() -> u32 {
    current_actor().pid
}

/// Adds up the numbers below `end` in so many actors below this one.
#[export]
async fn sum_below(workers: u32, end: u64) -> Result<u64> {
    nursery(async |n| {
        let mut children = Vec::new();
        for index in 0..workers {
            let worker = ActorSpec::new("self").name(format!("worker_{index}"));
            let part = (u64::from(index), u64::from(workers), end);
            children.push(n.run_in_actor(worker, "sum-part", part).await?);
        }
        let mut sum = 0;
        for child in &children {
            sum += child.output::<u64>().await?;
        }
        Ok(sum)
    })
    .await
}

/// Adds up every `step`th number from `first` to below `end`.
#[export]
fn sum_part(first: u64, step: u64, end: u64) -> u64 {
    (first..end).step_by(step as usize).sum()
}

/// Gives each word back in capitals, and at the end how many there were.
#[export]
async fn shout(ctx: Context, mark: String) -> Result<u32> {
    ctx.started("I am listening").await?;
    let mut stream = ctx.open_stream::<String, String>().await?;
    let mut count = 0;
    while let Some(word) = stream.next().await? {
        stream.send(word.to_uppercase() + &mark).await?;
        count += 1;
    }
    Ok(count)
}

/// Waits until it is cancelled.
#[export]
async fn wait_forever() -> Result<()> {
    sleep_forever().await
}

/// Fails.
#[export]
async fn stumble() -> Result<(), Error> {
    bail!("fell over its own feet")
}
