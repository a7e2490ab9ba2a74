//! What an actor does for its owner, by its letter.

use crate::another;
use crate::data::{Message, Reply, checksum};
use crate::plan::Node;
use crate::tally::Tally;
use std::hint::black_box;
use std::time::Duration;
use tractor_guest::{
    Context, Error, Result, checkpoint, current_actor, nursery, shield, sleep, sleep_forever,
};

/// A clean-up that ends well within the usual grace.
const SHORT: Duration = Duration::from_millis(60);

/// Longer than any run.
const LONG: Duration = Duration::from_secs(3600);

/// Behaves until the task is cancelled, or for ever.
pub(crate) async fn behave(node: &Node<'_>, ctx: Context, tally: &Tally) -> Result<()> {
    match node.manner {
        'r' => answer(ctx, tally).await,
        'c' => churn(tally).await,
        'x' => spin(),
        'b' => block(),
        'g' => ignore().await,
        's' => clean_up(SHORT).await,
        'o' => clean_up(LONG).await,
        _ => sleep_forever().await,
    }
}

/// Answers each message, in order.
async fn answer(ctx: Context, tally: &Tally) -> Result<()> {
    let mut stream = ctx.open_stream::<Reply, Message>().await?;
    let mut expected = 0;
    while let Some((number, bytes, sum)) = stream.next().await? {
        let computed = checksum(&bytes);
        tally.check(number == expected && computed == sum, || {
            format!("{number} came with {sum:x} in the place of {expected}")
        });
        expected += 1;
        stream.send((number, computed, tally.told())).await?;
    }
    Err(Error::new("the messages ended"))
}

/// Has one-shots started, whose values it checks.
async fn churn(tally: &Tally) -> Result<()> {
    let name = current_actor().name;
    loop {
        let ended: Result<u64> = nursery(async |n| {
            let child = n
                .run_in_actor(another(format!("{name}.once")), "sum", (10u64,))
                .await?;
            child.output().await
        })
        .await;
        checkpoint().await?;
        match ended {
            Ok(sum) => tally.check(sum == 45, || format!("10 summed up to {sum}")),
            Err(_) => tally.lose(),
        }
        sleep(SHORT / 4).await?;
    }
}

fn spin() -> Result<()> {
    loop {
        black_box(());
    }
}

fn block() -> Result<()> {
    loop {
        std::thread::sleep(LONG);
    }
}

/// Waits anew each time it is told to stop.
async fn ignore() -> Result<()> {
    loop {
        let _ = sleep_forever::<()>().await;
        let _ = shield(async || sleep(LONG).await).await;
    }
}

/// Waits, and then takes its time to clean up.
async fn clean_up(time: Duration) -> Result<()> {
    let waited = sleep_forever().await;
    shield(async || sleep(time).await).await?;
    waited
}
