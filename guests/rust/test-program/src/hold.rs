//! A tree whose actors are hard to end: each does what it is called.

use crate::{Arguments, actor};
use tractor_guest::{Access, Nursery, Result, bail, nursery, sleep_forever};

/// An hour, in milliseconds.
const LONG: u64 = 3_600_000;

/// Runs the scenario, if it is this: `hold`, and behind it what its children are to do.
pub(crate) async fn run(scenario: &str, arguments: &Arguments) -> Result<bool> {
    if scenario != "hold" {
        return Ok(false);
    }
    nursery(async |n| {
        for what in arguments.0.iter().skip(1) {
            start(n, what).await?;
        }
        println!("ready");
        sleep_forever().await
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
