//! Two linked tasks in two processes, and a stream between them: a first value, ten pings, ten pongs, a result.
//!
//! ```console
//! $ tractor-host run ping_pong.wasm
//! the first value is 11
//! ping? pong! ping? pong! ping? pong! ping? pong! ping? pong! ping? pong! ping? pong! ping? pong! ping? pong! ping? pong!
//! the server counted 10 pings
//! ```

use tractor_guest::{ActorSpec, Context, Result, bail, export, nursery, program};

#[program]
async fn run() -> Result<()> {
    nursery(async |n| {
        let server = ActorSpec::new("self").name("rpc_server");
        let server = n.start_actor(server).await?;
        let count = server
            .with_context("simple-rpc", (10,), async |ctx, first: u32| {
                println!("the first value is {first}");
                let mut stream = ctx.open_stream::<String, String>().await?;
                let mut talk = Vec::new();
                for _ in 0..10 {
                    stream.send("ping").await?;
                    let Some(answer) = stream.next().await? else {
                        bail!("no answer")
                    };
                    talk.push(format!("ping? {answer}!"));
                }
                println!("{}", talk.join(" "));
                stream.stop(); // this direction; the other one goes on
                ctx.output::<u32>().await
            })
            .await?;
        println!("the server counted {count} pings");
        server.cancel().await
    })
    .await
}

/// A small ping-pong server. Its first value is one more than `data`, its result the number of pings.
#[export]
async fn simple_rpc(ctx: Context, data: u32) -> Result<u32> {
    ctx.started(data + 1).await?;
    let mut stream = ctx.open_stream::<String, String>().await?;
    let mut count = 0;
    while let Some(message) = stream.next().await? {
        if message != "ping" {
            bail!("expected ping, got {message}");
        }
        stream.send("pong").await?;
        count += 1;
    }
    Ok(count)
}
