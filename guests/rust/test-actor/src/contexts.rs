//! The interface `contexts`.

use crate::TestActor;
use crate::exports::test::actor::contexts::{Guest, Line};
use std::time::Duration;
use tractor_guest::wit::context::Context as Raw;
use tractor_guest::{
    Context, Error, StreamOptions, bail, checkpoint, registrar, shield, sleep, sleep_forever, task,
};

/// Whose `echo-lines` others call.
const ECHO_LINES: &str = "test:actor/contexts@0.1.0#echo-lines";

impl Guest for TestActor {
    async fn simple_rpc(ctx: Raw, data: u32) -> Result<u32, Error> {
        task(async {
            let ctx = Context::from(ctx);
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
        })
        .await
    }

    async fn serve_echo(ctx: Raw) -> Result<u32, Error> {
        task(echo(ctx)).await
    }

    async fn count_up(ctx: Raw, n: u32) -> Result<(), Error> {
        task(async {
            let ctx = started(ctx).await?;
            ctx.open_stream::<u32, ()>().await?.send_all(0..n).await
        })
        .await
    }

    async fn count_forever(ctx: Raw) -> Result<(), Error> {
        task(async {
            let ctx = started(ctx).await?;
            ctx.open_stream::<u64, ()>().await?.send_all(0u64..).await
        })
        .await
    }

    async fn start_and_return(ctx: Raw, value: u32) -> Result<u32, Error> {
        task(started(ctx)).await?;
        Ok(value)
    }

    async fn never_started(_ctx: Raw) -> Result<(), Error> {
        Ok(())
    }

    async fn started_twice(ctx: Raw) -> Result<(), Error> {
        task(async { started(ctx).await?.started(()).await }).await
    }

    async fn stream_before_started(ctx: Raw) -> Result<(), Error> {
        task(async {
            let ctx = Context::from(ctx);
            ctx.open_stream::<(), ()>().await.map(drop)
        })
        .await
    }

    async fn stream_twice(ctx: Raw) -> Result<(), Error> {
        task(async {
            let ctx = started(ctx).await?;
            let _first = ctx.open_stream::<(), ()>().await?;
            ctx.open_stream::<(), ()>().await.map(drop)
        })
        .await
    }

    async fn stop_and_wait(ctx: Raw) -> Result<(), Error> {
        task(async {
            let ctx = started(ctx).await?;
            let stream = ctx.open_stream::<(), ()>().await?;
            stream.stop();
            sleep_forever().await
        })
        .await
    }

    async fn start_and_wait(ctx: Raw) -> Result<(), Error> {
        task(async {
            let _ctx = started(ctx).await?;
            sleep_forever().await
        })
        .await
    }

    async fn start_and_fail(ctx: Raw, message: String) -> Result<(), Error> {
        task(started(ctx)).await?;
        bail!("{message}")
    }

    async fn start_and_trap(ctx: Raw) -> Result<(), Error> {
        task(started(ctx)).await?;
        core::arch::wasm32::unreachable()
    }

    async fn cancel_context(ctx: Raw, start: bool) -> Result<(), Error> {
        task(async {
            let ctx = Context::from(ctx);
            if start {
                ctx.started(()).await?;
            }
            ctx.cancel_because("the callee had enough");
            checkpoint().await?;
            bail!("the task goes on after its context was cancelled")
        })
        .await
    }

    async fn last_words(ctx: Raw, words: String) -> Result<(), Error> {
        task(async {
            let ctx = started(ctx).await?;
            let stream = ctx.open_stream::<String, ()>().await?;
            let waited = sleep_forever().await;
            shield(async || stream.send(words).await).await?;
            waited
        })
        .await
    }

    async fn fail_when_cancelled(ctx: Raw, message: String) -> Result<(), Error> {
        task(async {
            let _ctx = started(ctx).await?;
            let _: Result<(), Error> = sleep_forever().await;
            shield(async || checkpoint().await).await?;
            bail!("{message}")
        })
        .await
    }

    async fn slow_sum(ctx: Raw, count: u32, buffer: u32, pause_ms: u64) -> Result<u64, Error> {
        task(async {
            let ctx = started(ctx).await?;
            let options = StreamOptions::new().buffer(buffer);
            let mut stream = ctx.open_stream_with::<(), u32>(options).await?;
            let mut sum = 0;
            for _ in 0..count {
                let Some(value) = stream.next().await? else {
                    break;
                };
                sum += u64::from(value);
                sleep(Duration::from_millis(pause_ms)).await?;
            }
            Ok(sum)
        })
        .await
    }

    async fn echo_lines(ctx: Raw) -> Result<u32, Error> {
        task(async {
            let ctx = Context::from(ctx);
            ctx.started(7u32).await?;
            let mut stream = ctx.open_stream::<Line, Line>().await?;
            let mut count = 0;
            while let Some(line) = stream.next().await? {
                stream.send(line).await?;
                count += 1;
            }
            Ok(count)
        })
        .await
    }

    async fn swallow_lines(ctx: Raw) -> Result<u32, Error> {
        task(async {
            let ctx = started(ctx).await?;
            let mut stream = ctx.open_stream::<(), Line>().await?;
            let mut count = 0;
            while let Ok(Some(_)) = stream.next().await {
                count += 1;
            }
            Ok(count)
        })
        .await
    }

    async fn wrong_lines(ctx: Raw) -> Result<Vec<String>, Error> {
        task(async {
            let ctx = Context::from(ctx);
            let started = ctx.started("seven").await;
            ctx.started(7u32).await?;
            let json = StreamOptions::new().json();
            let stream = ctx.open_stream_with::<Said, ()>(json).await?;
            let said = ["one", "two"].map(|text| Said::Line(line(text)));
            let [one, two] = said;
            let sent = stream
                .send_all([one, Said::Text("none".to_owned()), two])
                .await;
            stream.send(Said::Line(line("three"))).await?;
            let failed = [started, sent].into_iter().filter_map(Result::err);
            Ok(failed.map(|error| error.to_string()).collect())
        })
        .await
    }

    async fn talk(name: String, wrong: bool) -> Result<Line, Error> {
        task(async {
            let Some(portal) = registrar::find(&name).await? else {
                bail!("there is no {name}")
            };
            let talking = portal.with_context(ECHO_LINES, (), async |ctx, _: u32| {
                let mut stream = ctx.open_stream::<Said, Line>().await?;
                let said = match wrong {
                    true => Said::Text("none".to_owned()),
                    false => Said::Line(line("one")),
                };
                stream.send(said).await?;
                match stream.next().await? {
                    Some(line) => Ok(line),
                    None => bail!("nothing came back"),
                }
            });
            talking.await
        })
        .await
    }
}

/// A line, or a text where a line should be.
#[derive(serde::Serialize)]
#[serde(untagged)]
enum Said {
    Line(Line),
    Text(String),
}

fn line(text: &str) -> Line {
    Line {
        text: text.to_owned(),
        at: (1 << 53) + 1,
    }
}

async fn started(ctx: Raw) -> Result<Context, Error> {
    let ctx = Context::from(ctx);
    ctx.started(()).await?;
    Ok(ctx)
}

/// Sends back payloads unread, in the batches in which they come: below the typed streams, as their codec is the peer's business.
async fn echo(ctx: Raw) -> Result<u32, Error> {
    use tractor_guest::wit::context::{Overrun, StreamOptions};
    let scope = ctx.scope();
    let nothing = tractor_guest::Payload {
        codec: tractor_guest::Codec::Postcard,
        bytes: Vec::new(),
    };
    ctx.started(&scope, nothing).await?;
    let options = StreamOptions {
        buffer: 64,
        overrun: Overrun::Wait,
    };
    let stream = ctx.open_stream(&scope, options).await?;
    let mut count = 0;
    loop {
        let batch = stream.receive(&scope, 64).await?;
        if batch.is_empty() {
            return Ok(count);
        }
        let (sent, outcome) = stream.send(&scope, batch).await;
        count += sent;
        outcome?;
    }
}
