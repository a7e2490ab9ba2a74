//! Trees that the machine is hard on: of actors that are hard to end, and with a machine that is out of files.

use crate::report::outcome;
use crate::{Arguments, actor};
use std::path::Path;
use std::time::Duration;
use tractor_guest::{
    Access, ActorSpec, Names, Nursery, Result, bail, nursery, sleep, sleep_forever,
};

/// An hour, in milliseconds.
const LONG: u64 = 3_600_000;

/// Runs the scenario, if it is one of these.
pub(crate) async fn run(scenario: &str, arguments: &Arguments) -> Result<bool> {
    match scenario {
        "hold" => hold(arguments).await?,
        "call-when-told" => call_when_told().await?,
        _ => return Ok(false),
    }
    Ok(true)
}

/// One child for each argument, which does what its name says, for ever.
async fn hold(arguments: &Arguments) -> Result<()> {
    nursery(async |n| {
        for what in arguments.0.iter().skip(1) {
            start(n, what).await?;
        }
        println!("ready");
        sleep_forever().await
    })
    .await
}

/// Two siblings, of whom one calls the other whenever another file is there in the directory that main was granted as `/held`: `1`, and
/// then `2`.
async fn call_when_told() -> Result<()> {
    nursery(async |n| {
        let names = Names {
            find: true,
            list: false,
            register: false,
        };
        let caller = ActorSpec::new("self").name("caller").grant_names(names);
        let caller = n.start_actor(caller).await?;
        n.start_actor(actor("callee")).await?;
        println!("ready");
        for file in ["/held/1", "/held/2"] {
            while !Path::new(file).exists() {
                sleep(Duration::from_millis(5)).await?;
            }
            let called = caller
                .call::<()>("call-named", ("callee", "sleep-ms"))
                .await;
            outcome(file, &called);
        }
        n.cancel();
        Ok(())
    })
    .await
}

/// Starts one. The file that it may read is the one that main was granted as `/held`.
async fn start(n: &Nursery, what: &str) -> Result<()> {
    let child = actor(what);
    match what {
        "spins" => n.run_in_actor(child, "spin", ()).await,
        "blocks" => n.run_in_actor(child, "block-ms", (LONG,)).await,
        "ignores" => n.run_in_actor(child, "ignore-cancel-ms", (LONG,)).await,
        "opens" => {
            let child = child.grant_dir("/held", "/held", Access::Read);
            n.run_in_actor(child, "read-file", ("/held/pipe",)).await
        }
        _ => bail!("nobody {what}"),
    }
    .map(drop)
}
