//! What an owner does with a child: it starts it, keeps it busy, checks what it says, and starts it again when it is lost.

use crate::another;
use crate::data::{Message, Reply, message, sum_of};
use crate::plan::Node;
use crate::tally::Tally;
use futures::future::try_join;
use std::time::Duration;
use tractor_guest::{
    Child, Error, FailureKind, MsgStream, OpenedContext, Result, checkpoint, nursery, sleep,
    sleep_forever,
};

/// How long an owner waits before it starts a lost child again.
const PAUSE: Duration = Duration::from_millis(10);

/// Messages that are sent at once, and the pause behind them: the machine is to be full of actors, not of messages.
const BURST: u64 = 16;
const BURST_PAUSE: Duration = Duration::from_millis(8);

/// Numbers up to which a child is asked for the sum.
const MOST_SUMMED: u64 = 100;

/// Keeps one child until the ambient scope is cancelled.
pub(crate) async fn keep(plan: &str, tally: &Tally, name: String) -> Result<()> {
    loop {
        let ended: Result<()> = nursery(async |n| {
            let child = n.start_actor(another(&name)).await?;
            attend(&child, plan, tally).await
        })
        .await;
        checkpoint().await?;
        tally.lose();
        judge(&name, &ended, tally);
        sleep(PAUSE).await?;
    }
}

/// A child may be killed, cut off, or not be started for want of files; nothing that it says may be taken amiss.
fn judge(name: &str, ended: &Result<()>, tally: &Tally) {
    let Err(error) = ended else {
        return tally.wrong(&format!("{name} returned"));
    };
    // Not data, but what whoever looks for the cause of a failed round wants to know.
    println!("lost {name}: {error}");
    let failures = error.failures().iter();
    let mut strange = failures.filter(|failure| {
        !matches!(
            failure.kind,
            FailureKind::Killed(_)
                | FailureKind::ConnectionLost
                | FailureKind::Overdue(_)
                | FailureKind::Cancelled(_)
                | FailureKind::Exit(_)
                | FailureKind::Limit(_)
                | FailureKind::Other
        )
    });
    if let Some(failure) = strange.next() {
        tally.wrong(&format!("{name} was lost so: {failure:?}"));
    }
}

async fn attend(child: &Child, plan: &str, tally: &Tally) -> Result<()> {
    let manner = Node::parse(plan).manner;
    child
        .with_context("serve", (plan,), async |ctx, (): ()| match manner {
            'r' => exchange(ctx, tally).await,
            'k' => call(child, tally).await,
            _ => sleep_forever().await,
        })
        .await
}

/// Calls it again and again.
async fn call(child: &Child, tally: &Tally) -> Result<()> {
    for number in (0..MOST_SUMMED).cycle() {
        let sum: u64 = child.call("sum", (number,)).await?;
        let right = sum == number * number.saturating_sub(1) / 2;
        tally.check(right, || format!("{number} summed up to {sum}"));
        sleep(BURST_PAUSE / 2).await?;
    }
    Ok(())
}

/// Sends numbered messages without end, and checks that each is answered once, in order.
async fn exchange(ctx: &OpenedContext, tally: &Tally) -> Result<()> {
    let stream: MsgStream<Message, Reply> = ctx.open_stream().await?;
    let (sender, mut receiver) = stream.split();
    let send = async {
        for burst in 0.. {
            let numbers = burst * BURST..(burst + 1) * BURST;
            sender.send_all(numbers.map(message)).await?;
            sleep(BURST_PAUSE).await?;
        }
        Result::<()>::Ok(())
    };
    let receive = async {
        let mut before = (0, 0, 0);
        for number in 0.. {
            let Some((answered, sum, told)) = receiver.next().await? else {
                return Err(Error::new("the answers ended"));
            };
            tally.check(answered == number && sum == sum_of(number), || {
                format!("{answered} came with {sum:x} in the place of {number}")
            });
            tally.add(before, told);
            before = told;
        }
        Ok(())
    };
    try_join(send, receive).await.map(drop)
}
