//! A program that embeds the host: it starts two components as actors, calls one, streams with the other, and waits for nobody too long.
//!
//! ```console
//! $ cargo run --example 10_embedding guests/target/wasm32-wasip2/release
//! 112272535095293 is prime: true
//! the first value is 11
//! ping? pong!
//! the server counted 1 ping
//! 9223372036854775783 is prime: cancelled: the time was up
//! ```
#![expect(clippy::print_stdout, reason = "an example shows what it does")]

use std::path::PathBuf;
use std::time::Duration;
use tractor_host::{Error, OpenedContext, ScopeOptions, Tree};

fn main() -> anyhow::Result<()> {
    tractor_host::init(); // first thing: this program is also its own workers
    let guests = std::env::args_os().nth(1).map(PathBuf::from);
    tokio::runtime::Runtime::new()?.block_on(run(guests.unwrap_or_default()))
}

async fn run(guests: PathBuf) -> anyhow::Result<()> {
    let tree = Tree::builder()
        .component("primes", guests.join("primes.wasm"))
        .component("server", guests.join("ping_pong.wasm"))
        .start()
        .await?;
    tree.nursery(async |n| {
        let (primes, server) = (
            n.start_actor("primes").await?,
            n.start_actor("server").await?,
        );

        let number = 112_272_535_095_293_u64;
        let prime: bool = primes.call("is-prime", (number,)).await?;
        println!("{number} is prime: {prime}");

        let count = server.with_context("simple-rpc", (10,), ping).await?;
        println!("the server counted {count} ping");

        let deadline = Some(Duration::from_millis(100));
        let soon = n.scope().child(ScopeOptions {
            deadline,
            ..ScopeOptions::default()
        });
        let number = 9_223_372_036_854_775_783_u64;
        match primes
            .within(&soon)
            .call::<bool>("is-prime", (number,))
            .await
        {
            Ok(prime) => println!("{number} is prime: {prime}"),
            Err(error) => println!("{number} is prime: {error}"),
        }
        n.cancel(); // both serve until then
        Ok(())
    })
    .await?;
    Ok(())
}

/// Our end of two linked tasks.
async fn ping(ctx: &OpenedContext, first: u32) -> Result<u32, Error> {
    println!("the first value is {first}");
    let mut stream = ctx.open_stream::<&str, String>().await?;
    stream.send("ping").await?;
    let answer = stream.next().await?.unwrap_or_default();
    println!("ping? {answer}!");
    stream.stop();
    ctx.output().await
}
