//! Calling components that know nothing of actors: `plain-calc`, and the command `plain-command`.

use crate::Arguments;
use crate::report::describe;
use tractor_guest::{Error, OpenedContext, Result, nursery};

/// What a command exports.
const RUN: &str = "wasi:cli/run#run";

pub(crate) async fn run(scenario: &str, arguments: &Arguments) -> Result<bool> {
    match scenario {
        "plugin-called" => plugin_called().await?,
        "command-opened" => command_opened(arguments.text(1)).await?,
        "plugin-linked" => plugin_linked().await?,
        "command-run" => command_run(arguments.text(1)).await?,
        _ => return Ok(false),
    }
    Ok(true)
}

/// Calls functions of a plugin in a process that serves, and one in a process of its own; and one that cannot be called.
async fn plugin_called() -> Result<()> {
    nursery(async |n| {
        let calc = n.start_actor("plain-calc").await?;
        let sum: u32 = calc.portal().call("sums#add", (1u32, 2u32)).await?;
        println!("sum {sum}");
        let later = n
            .run_in_actor("plain-calc", "plain:calc/sums#later", ("soon",))
            .await?;
        println!("later {}", later.output::<String>().await?);
        let file: Result<()> = calc.portal().call("files#open", ("a",)).await;
        if let Err(error) = file {
            println!("open {}", error.failures()[0].message);
        }
        calc.cancel().await
    })
    .await
}

/// Starts a plugin whose import another one satisfies.
async fn plugin_linked() -> Result<()> {
    nursery(async |n| {
        let calc = n.start_actor("plain-calc").await?;
        n.link("plain:calc/sums", &calc.portal());
        let user = n.start_actor("plain-user").await?;
        let more: u32 = user.portal().call("more", (1u32, 2u32)).await?;
        println!("more {more}");
        user.cancel().await?;
        calc.cancel().await
    })
    .await
}

/// Opens a command: what it says to what it hears, and its exit code.
async fn command_opened(word: &str) -> Result<()> {
    nursery(async |n| {
        let command = n.start_actor("plain-command").await?;
        let arguments = (vec![word],);
        let code = command
            .portal()
            .with_context(RUN, arguments, async |ctx, (): ()| {
                // A command that has ended hears nothing more. What came of it its exit code says.
                match speak(ctx).await {
                    Ok(()) | Err(Error::Closed) => ctx.output::<u8>().await,
                    Err(error) => Err(error),
                }
            })
            .await?;
        println!("code {code}");
        command.cancel().await
    })
    .await
}

/// Gives a command two lines, and prints what it answers.
async fn speak(ctx: &OpenedContext) -> Result<()> {
    let mut stream = ctx.open_stream::<Vec<u8>, Vec<u8>>().await?;
    for part in [&b"one\ntw"[..], b"o\n"] {
        match stream.send(part.to_vec()).await {
            Err(Error::Closed) => break,
            sent => sent?,
        }
    }
    stream.stop();
    let mut heard = Vec::new();
    while let Some(bytes) = stream.next().await? {
        heard.extend(bytes);
    }
    print!("{}", String::from_utf8_lossy(&heard));
    Ok(())
}

/// Runs a command for its exit code alone; what it prints goes where an actor's output goes.
async fn command_run(code: &str) -> Result<()> {
    let ended: Result<()> = nursery(async |n| {
        let arguments = (vec!["exit", code],);
        let command = n.run_in_actor("plain-command", RUN, arguments).await?;
        command.output().await
    })
    .await;
    println!(
        "{}",
        ended
            .as_ref()
            .map_or_else(describe, |()| "ended well".to_owned())
    );
    Ok(())
}
