//! Two-way streaming between two linked tasks in two processes: a first value, ten pings, ten pongs, a result.

use tractor_guest::{ActorSpec, Context, Result, bail, export, nursery, program};

#[program]
async fn run() -> Result<()> {
    nursery(async |n| {
        let server = n
            .start_actor(ActorSpec::new("self").name("rpc_server"))
            .await?;
        let served = server
            .with_context("simple-rpc", (10,), async |ctx, first: u32| {
                println!("first value: {first}");
                let mut stream = ctx.open_stream::<String, String>().await?;
                for _ in 0..10 {
                    stream.send("ping").await?;
                    match stream.next().await?.as_deref() {
                        Some("pong") => println!("ping, pong"),
                        other => bail!("expected pong, got {other:?}"),
                    }
                }
                stream.stop();
                ctx.output::<u32>().await
            })
            .await?;
        println!("pings that the server counted: {served}");
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
