//! Scenarios of cancellation between peers, for rows 43 to 50: who is named, at which end, and what is left untouched.

use crate::Arguments;
use crate::peers::peer;
use crate::report::outcome;
use futures::future::join;
use std::time::Duration;
use tractor_guest::{
    ActorId, ActorSpec, Child, Error, Nursery, OpenedContext, Portal, Result, bail, fail_after,
    move_on_after, nursery, registrar, shield, sleep, sleep_forever,
};

/// Runs the scenario, if it is one of these.
pub(crate) async fn run(scenario: &str, arguments: &Arguments) -> Result<bool> {
    match scenario {
        "fails-to-encode" => in_nursery(fails_to_encode).await,
        "kept-peer" => in_nursery(kept_peer).await,
        "kept-peer-raises" => in_nursery(kept_peer_raises).await,
        "helper" => helper(arguments.text(1)).await,
        "out-of-band" => out_of_band(arguments.text(1) == "cancelled").await,
        "cancelled-twice" => in_nursery(cancelled_twice).await,
        "last-message" => last_message(arguments.number(1, 0)?).await,
        "last-message-of-a-task" => in_nursery(last_message_of_a_task).await,
        "grace" => in_nursery(grace).await,
        "deadline-hops" => in_nursery(deadline_hops).await,
        "deadline-of-a-one-shot" => deadline_of_a_one_shot().await,
        "cancelled-one-shot" => cancelled_one_shot().await,
        "time-is-up" => time_is_up().await,
        _ => return Ok(false),
    }
    Ok(true)
}

/// Runs a scenario whose actors end with it.
async fn in_nursery(scenario: impl AsyncFnOnce(&Nursery) -> Result<()>) {
    let end = nursery(async |n| {
        scenario(n).await?;
        n.cancel();
        Ok(())
    })
    .await;
    if let Err(error) = end {
        outcome("scenario", &Err::<(), _>(error));
    }
}

async fn start(n: &Nursery, name: &str) -> Result<Child> {
    n.start_actor(peer(name)).await
}

async fn noted(peer: &Portal) -> Result<Vec<String>> {
    peer.call("noted", ()).await
}

/// Opens a context that waits until it is cancelled and notes that, and waits for its end.
async fn held(peer: &Portal) -> Result<()> {
    peer.with_context("note-cancel", (), async |_, (): ()| sleep_forever().await)
        .await
}

/// A cannot encode its first value, and cancels its own context with B.
async fn fails_to_encode(n: &Nursery) -> Result<()> {
    let (a, b) = (start(n, "a").await?, start(n, "b").await?);
    let end: Result<()> = a
        .with_context("fail-to-encode", ("b",), async |_, (): ()| {
            sleep_forever().await
        })
        .await;
    outcome("context with a", &end);
    outcome("b was", &noted(&b).await);
    Ok(())
}

/// Has a keeper own an actor `b`, and gives the body the portal of that, and a way to have it cancelled.
async fn with_kept<T>(
    n: &Nursery,
    body: impl AsyncFnOnce(&Portal, &Cancels<'_>) -> Result<T>,
) -> Result<T> {
    let keeper = start(n, "keeper").await?;
    keeper
        .with_context("keep", ("b",), async |ctx, b: ActorId| {
            let b = registrar::connect(&b).await?;
            body(&b, &Cancels(ctx)).await
        })
        .await
}

/// The way to a keeper.
struct Cancels<'a>(&'a OpenedContext);

impl Cancels<'_> {
    /// Has the kept actor cancelled, and waits until it is gone.
    async fn cancel(&self, why: &str) -> Result<()> {
        let mut orders = self.0.open_stream::<String, ()>().await?;
        orders.send(why).await?;
        orders.next().await.map(drop)
    }
}

/// B is cancelled by its owner, while here and A both have contexts with it. Another context is left untouched.
async fn kept_peer(n: &Nursery) -> Result<()> {
    let (a, other) = (start(n, "a").await?, start(n, "other").await?);
    with_kept(n, async |b, keeper| {
        other
            .with_context("serve-squares", (), async |others, (): ()| {
                let seen = a
                    .with_context("hold", ("b",), async |ctx, (): ()| {
                        let (seen, ordered) = join(held(b), keeper.cancel("by order")).await;
                        outcome("main saw", &seen);
                        ordered?;
                        ctx.output::<String>().await
                    })
                    .await;
                outcome("a saw", &seen);
                let mut stream = others.open_stream::<(u32, u64), (u32, u64)>().await?;
                stream.send((1, 7)).await?;
                outcome("other goes on", &stream.next().await);
                Ok(())
            })
            .await
    })
    .await
}

/// The same, and dealing with it raises a new failure here: all other contexts end with this actor as the canceller.
async fn kept_peer_raises(n: &Nursery) -> Result<()> {
    let (one, two) = (start(n, "one").await?, start(n, "two").await?);
    let raised: Result<()> = with_kept(n, async |b, keeper| {
        let raises = async || {
            let (seen, ordered) = join(held(b), keeper.cancel("by order")).await;
            ordered?;
            outcome("main saw", &seen);
            match seen {
                Ok(()) => Ok(()),
                Err(_) => bail!("main cannot go on"),
            }
        };
        one.with_context("note-cancel", (), async |_, (): ()| {
            two.with_context("note-cancel", (), async |_, (): ()| raises().await)
                .await
        })
        .await
    })
    .await;
    outcome("raised", &raised);
    outcome("one was", &noted(&one).await);
    outcome("two was", &noted(&two).await);
    Ok(())
}

/// A client has a server lend it a helper, and talks to that. Then its context is cancelled from here, or the helper fails.
async fn helper(function: &str) {
    let end = nursery(async |n| {
        let (client, server) = (start(n, "client").await?, start(n, "server").await?);
        let end: Result<()> = client
            .with_context(
                "use-helper",
                ("server", function),
                async |ctx, who: ActorId| {
                    outcome("talked to", &Ok(&who.name));
                    if function == "wait-long" {
                        outcome("listed", &is_listed(&who).await);
                        ctx.cancel();
                    }
                    ctx.output().await
                },
            )
            .await;
        outcome("context with the client", &end);
        let listed = registrar::list().await?;
        let helpers = listed.iter().filter(|actor| actor.name == "helper");
        outcome("helpers listed", &Ok(helpers.count()));
        outcome(
            "helpers found",
            &Ok(usize::from(registrar::find("helper").await?.is_some())),
        );
        outcome("server serves on", &noted(&server).await);
        n.cancel();
        Ok(())
    })
    .await;
    outcome("nursery", &end);
}

async fn is_listed(who: &ActorId) -> Result<bool> {
    Ok(registrar::list().await?.contains(who))
}

/// A context of another branch, whose actor is cancelled by its owner, which is this one. The context may be cancelled before.
async fn out_of_band(context_first: bool) {
    let end: Result<()> = nursery(async |n| {
        let callee = start(n, "peer").await?;
        let (opened, is_open) = futures::channel::oneshot::channel();
        let background = async {
            let end = callee
                .with_context("note-cancel", (), async |ctx, (): ()| {
                    let _ = opened.send(ctx.scope());
                    ctx.scope().cancelled().await;
                    Ok(())
                })
                .await;
            outcome("background", &end);
            end
        };
        let cancels = async {
            let scope = is_open.await.map_err(|error| error.to_string())?;
            if context_first {
                scope.cancel();
            }
            callee.cancel().await
        };
        let (end, cancelled) = join(background, cancels).await;
        outcome("cancel", &cancelled);
        end
    })
    .await;
    outcome("nursery", &end);
}

/// The first canceller is the one that counts, in one actor and among several; what has ended cannot be cancelled any more.
async fn cancelled_twice(n: &Nursery) -> Result<()> {
    let callee = start(n, "peer").await?;
    let twice = callee
        .with_context("note-cancel", (), async |ctx, (): ()| {
            ctx.cancel_because("the first");
            ctx.cancel_because("the second");
            Ok(())
        })
        .await;
    outcome("context", &twice);
    outcome("peer was", &noted(&callee).await);
    let ended = callee
        .with_context("finish-late-context", (7u32, 0u64), async |ctx, (): ()| {
            ctx.output::<u32>().await?;
            ctx.cancel_because("too late");
            shield(async || ctx.output::<u32>().await).await
        })
        .await;
    outcome("ended before", &ended);
    outcome("peer was", &noted(&callee).await);
    let (one, two) = join(
        callee.cancel_because("the first"),
        callee.cancel_because("the second"),
    )
    .await;
    outcome("actor, twice", &one.and(two));
    outcome("actor that is gone", &callee.cancel().await);
    with_kept(n, async |b, keeper| {
        b.with_context("tell-cancel", (100u64,), async |ctx, (): ()| {
            let mut stream = ctx.open_stream::<(), String>().await?;
            ctx.cancel_because("the opener was first");
            shield(async || {
                outcome("told", &stream.next().await);
                let (told, ordered) = join(stream.next(), keeper.cancel("too late")).await;
                outcome("told after the second", &told);
                ordered
            })
            .await
        })
        .await
    })
    .await
}

/// An actor that is cancelled by its owner sends a last message, so many milliseconds after that.
async fn last_message(ms: u32) {
    let end: Result<()> = nursery(async |n| {
        let callee = start(n, "peer").await?;
        let context = callee.with_context("tell-cancel", (u64::from(ms),), async |ctx, (): ()| {
            let mut stream = ctx.open_stream::<(), String>().await?;
            let read = async {
                // The scope of the body is cancelled when the callee ends, behind what that sent.
                for what in ["first words", "last words"] {
                    outcome(what, &shield(async || stream.next().await).await);
                }
            };
            let (cancelled, ()) = join(callee.cancel_because("by its owner"), read).await;
            outcome("cancel", &cancelled);
            ctx.output::<()>().await
        });
        let end = context.await;
        outcome("context", &end);
        end
    })
    .await;
    outcome("nursery", &end);
}

/// The same of a task whose actor serves on.
async fn last_message_of_a_task(n: &Nursery) -> Result<()> {
    let callee = start(n, "peer").await?;
    for ms in [20u64, 60_000] {
        let end = callee
            .with_context("tell-cancel", (ms,), async |ctx, (): ()| {
                let mut stream = ctx.open_stream::<(), String>().await?;
                ctx.cancel();
                outcome("first words", &shield(async || stream.next().await).await);
                // If they do not come, the stream has failed here or was left there, whichever is seen first.
                let last = shield(async || stream.next().await).await;
                println!("last words: {}", matches!(last, Ok(Some(_))));
                Ok(())
            })
            .await;
        outcome("context", &end);
        outcome("still serves", &noted(&callee).await);
    }
    Ok(())
}

/// How much time is left to a task that is cancelled: its grace period, or that of its actor.
async fn grace(n: &Nursery) -> Result<()> {
    let callee = start(n, "peer").await?;
    for actor in [false, true] {
        let end = callee
            .with_context("note-grace", (), async |ctx, (): ()| {
                let mut stream = ctx.open_stream::<(), Option<u64>>().await?;
                let cancels = async {
                    match actor {
                        false => ctx.cancel(),
                        true => callee.cancel().await?,
                    }
                    Result::Ok(())
                };
                let (left, cancelled) = join(shield(async || stream.next().await), cancels).await;
                let left = left?.flatten();
                outcome(
                    "some of half a second",
                    &Ok(left.is_some_and(|ms| ms > 0 && ms <= 500)),
                );
                cancelled
            })
            .await;
        outcome("context", &end);
    }
    Ok(())
}

/// A deadline goes through two actors, by calls and by contexts: each sees less time left, and each is told why it ends.
async fn deadline_hops(n: &Nursery) -> Result<()> {
    let peers = [start(n, "first").await?, start(n, "second").await?];
    let time = Duration::from_millis(800);
    for function in ["pass-on", "pass-on-context"] {
        let rest = (vec!["second".to_owned()],);
        let end = move_on_after(time, async || match function {
            "pass-on" => peers[0].call::<()>(function, rest).await,
            _ => {
                peers[0]
                    .with_context(function, rest, async |_, (): ()| sleep_forever().await)
                    .await
            }
        })
        .await;
        outcome(function, &end);
        let mut before = time.as_nanos();
        for peer in &peers {
            let notes = noted(peer).await?;
            let left: u128 = notes.first().map_or(Ok(0), |note| note.parse())?;
            println!("less time left: {}", left > 0 && left < before);
            println!("ended as: {}", notes[1..].join(" and "));
            before = left;
        }
    }
    Ok(())
}

/// A one-shot has the deadline of whoever started it, too.
async fn deadline_of_a_one_shot() {
    let time = Duration::from_secs(60);
    let left = move_on_after(time, async || {
        nursery(async |n| {
            let child = n.run_in_actor(peer("one-shot"), "time-left", ()).await?;
            child.output::<Option<u64>>().await
        })
        .await
    })
    .await;
    let less = |left: Option<Option<u64>>| {
        let left = left.flatten().map(Duration::from_nanos);
        left.is_some_and(|left| !left.is_zero() && left < time)
    };
    outcome("less time left", &left.map(less));
}

/// Somebody waits for the output of an actor that its owner cancels.
async fn cancelled_one_shot() {
    let end: Result<()> = nursery(async |n| {
        let child = n.run_in_actor(peer("one-shot"), "wait-long", ()).await?;
        let (output, cancelled) = join(
            child.output::<()>(),
            child.cancel_because("no longer needed"),
        )
        .await;
        outcome("output", &output);
        outcome("again", &child.output::<()>().await);
        outcome("cancel", &cancelled);
        Ok(())
    })
    .await;
    outcome("nursery", &end);
}

/// What the SDK makes of a deadline.
async fn time_is_up() {
    let (short, long) = (Duration::from_millis(20), Duration::from_secs(60));
    outcome("moved on", &move_on_after(short, sleep_forever::<()>).await);
    outcome("in time", &move_on_after(long, async || Ok(1)).await);
    outcome("failed", &fail_after(short, sleep_forever::<()>).await);
    outcome("in time", &fail_after(long, async || Ok(2)).await);
    let inner: Result<Option<Result<()>>> = move_on_after(short, async || {
        // Ends with the outer one, which is not its own to swallow.
        Ok(fail_after(long, sleep_forever::<()>).await)
    })
    .await;
    let passed_on = matches!(inner, Ok(Some(Err(Error::Cancelled(_)))));
    outcome("inner passes on", &Ok(passed_on));
    let shielded = move_on_after(short, async || {
        shield(async || sleep(short * 3).await).await
    });
    outcome("shielded", &shielded.await);
    let bounded: Result<Option<()>> =
        shield(async || move_on_after(short, sleep_forever::<()>).await).await;
    outcome("bounded in a shield", &bounded);
    let nested = nursery(async |n| {
        n.start_actor(ActorSpec::new("self").name("idle")).await?;
        fail_after(short, sleep_forever::<()>).await
    })
    .await;
    outcome("raised", &nested);
}
