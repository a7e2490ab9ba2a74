//! Scenarios of links that are cut, names, the log and output: what the tests do to them from outside.

use crate::report::{describe, outcome};
use crate::{Arguments, actor};
use std::io::Write;
use tractor_guest::{
    ActorSpec, Child, Context, Names, Result, checkpoint, export, log, nursery, registrar, shield,
    sleep_forever,
};

/// Messages of an echo that is not cut.
const ALL: u32 = 1000;

/// Runs the scenario, if it is one of these.
pub(crate) async fn run(scenario: &str, arguments: &Arguments) -> Result<bool> {
    match scenario {
        "cut" => cut(arguments.number(1, ALL)?, arguments.text(2) == "closed").await?,
        "names-at-the-end" => names_at_the_end().await?,
        "log" => log_in_each().await?,
        "watch-ends" => watch_ends().await?,
        "write" => write_below(arguments.number(1, 1)?, arguments.number(2, 200_000)?).await?,
        _ => return Ok(false),
    }
    Ok(true)
}

/// Echoes so many messages with a peer, stops its stream or does not, says so, and waits for more: until the link is cut, if these are not
/// all.
async fn cut(count: u32, closed: bool) -> Result<()> {
    nursery(async |n| {
        let peer = n.start_actor(ActorSpec::new("self").name("peer")).await?;
        let end = peer
            .with_context("echo-and-wait", (), async |ctx, (): ()| {
                let mut stream = ctx.open_stream::<u32, u32>().await?;
                for number in 0..count {
                    stream.send(number).await?;
                    assert_eq!(stream.next().await?, Some(number), "in order, each once");
                }
                if closed {
                    stream.stop();
                }
                println!("echoed {count}");
                if count < ALL {
                    ctx.output::<()>().await
                } else {
                    ctx.cancel();
                    Ok(())
                }
            })
            .await;
        outcome("context", &end);
        end?;
        peer.cancel().await
    })
    .await
}

/// Sends back what comes; then waits, and says why it waits no more.
#[export]
async fn echo_and_wait(ctx: Context) -> Result<(), tractor_guest::Error> {
    ctx.started(()).await?;
    let mut stream = ctx.open_stream::<u32, u32>().await?;
    let noticed = loop {
        match stream.next().await {
            Ok(Some(number)) => stream.send(number).await?,
            Ok(None) => break sleep_forever::<()>().await,
            Err(error) => break Err(error),
        }
    };
    // What the task is told by its own scope: the stream may have said the same of the link.
    let told = checkpoint().await;
    for end in [noticed, told] {
        if let Err(error) = end {
            eprintln!("peer noticed: {}", describe(&error));
        }
    }
    checkpoint().await
}

/// Waits for an actor of that name, and asks it who it is.
#[export]
async fn meet(name: String) -> Result<String, tractor_guest::Error> {
    registrar::wait_for(&name).await?.call("own-name", ()).await
}

/// The name of this actor.
#[export]
fn own_name() -> String {
    tractor_guest::current_actor().name
}

/// Looks again and again for a name until it is gone, and then as often again. Gives how often it was there, and how often it came back.
#[export]
async fn watch_name(name: String) -> Result<(u32, u32), tractor_guest::Error> {
    let mut seen = 0;
    while registrar::find(&name).await?.is_some() {
        seen += 1;
    }
    let mut back = 0;
    for _ in 0..seen.max(100) {
        back += u32::from(registrar::find(&name).await?.is_some());
    }
    Ok((seen, back))
}

const ALL_NAMES: Names = Names {
    find: true,
    list: true,
    register: true,
};

/// Waits with a child that has a second name; once cancelled, looks for its names from within a shield.
async fn names_at_the_end() -> Result<()> {
    nursery(async |n| {
        let child = n.start_actor(actor("child").grant_names(ALL_NAMES)).await?;
        child.call::<()>("register", ("extra",)).await?;
        println!("before: {:?}", names_there().await?);
        println!("ready");
        let waited = sleep_forever::<()>().await;
        let after = shield(async || names_there().await).await;
        outcome("after", &after);
        waited
    })
    .await
}

/// Which of the names are found.
async fn names_there() -> Result<Vec<&'static str>> {
    let mut there = Vec::new();
    for name in ["main", "child", "extra"] {
        if registrar::find(name).await?.is_some() {
            there.push(name);
        }
    }
    Ok(there)
}

/// One actor was cancelled, one has trapped, and one is cancelled and does not end.
async fn watch_ends() -> Result<()> {
    let trapped: Result<()> = nursery(async |n| {
        n.start_actor(actor("asked")).await?.cancel().await?;
        n.run_in_actor(actor("trapped"), "trap", ()).await?.output().await
    })
    .await;
    outcome("trapped", &trapped.map_err(|_| "as it should".into()));
    nursery(async |n| {
        let stubborn = n.start_actor(actor("stubborn")).await?;
        stubborn.call::<u32>("add", (1, 2)).await?;
        let ignores = stubborn.call::<u32>("ignore-cancel-ms", (60_000u64,));
        let cancels = async {
            while stubborn.call::<u32>("count", ()).await? < 2 {}
            stubborn.cancel_because("enough").await
        };
        futures::future::join(ignores, cancels).await.1
    })
    .await
}

/// Logs at two levels here, in a child, and in a child of that.
async fn log_in_each() -> Result<()> {
    log_here("main");
    nursery(async |n| {
        let child = ActorSpec::new("self").name("child").grant_component("*");
        let child = n.start_actor(child).await?;
        child.call::<()>("log-below", (1u32,)).await?;
        child.cancel().await
    })
    .await
}

/// Logs here, and so many levels below.
#[export]
async fn log_below(depth: u32) -> Result<(), tractor_guest::Error> {
    log_here(&tractor_guest::current_actor().name);
    if depth == 0 {
        return Ok(());
    }
    nursery(async |n| {
        let grandchild = ActorSpec::new("self").name("grandchild");
        let grandchild = n.start_actor(grandchild).await?;
        grandchild.call::<()>("log-below", (depth - 1,)).await?;
        grandchild.cancel().await
    })
    .await
}

fn log_here(name: &str) {
    log::debug!("a step of {name}");
    log::info!("news of {name}");
    log::error!("trouble of {name}");
}

/// So many children write at once: each a long line, lines, and a last one without its end.
async fn write_below(children: u32, bytes: u32) -> Result<()> {
    nursery(async |n| {
        let mut writers: Vec<Child> = Vec::new();
        for index in 0..children {
            let writer = ActorSpec::new("self").name(format!("writer_{index}"));
            writers.push(n.run_in_actor(writer, "write", (index, bytes)).await?);
        }
        println!("ready");
        for writer in &writers {
            writer.output::<()>().await?;
        }
        Ok(())
    })
    .await
}

/// Writes 50 short lines between two long ones, the last without a newline, to its standard output.
#[export]
async fn write(index: u32, bytes: u32) -> Result<(), tractor_guest::Error> {
    let long = char::from(b'a' + index as u8).to_string().repeat(bytes as usize);
    println!("{long}");
    for line in 0..50 {
        println!("{index} {line}");
    }
    print!("{long}");
    let _ = std::io::stdout().flush();
    Ok(())
}
