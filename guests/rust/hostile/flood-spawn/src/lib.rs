//! Starts actors without end.

use std::time::Duration;
use tractor_guest::{ActorSpec, Error, Result, checkpoint, export, move_on_after, nursery};

fn again() -> ActorSpec {
    ActorSpec::new("self").name("spawned")
}

/// Starts itself over and over, and all those do the same, until one is refused: that failure is everyone's.
#[export]
async fn bomb() -> Result<()> {
    nursery(async |n| {
        loop {
            n.run_in_actor(again(), "bomb", ()).await?;
        }
    })
    .await
}

/// Starts actors that stay, until one is refused; gives how many there were, and why there were no more.
#[export]
async fn hoard() -> Result<String> {
    nursery(async |n| {
        let mut count = 0;
        let refused: Error = loop {
            match n.start_actor(again()).await {
                Ok(_) => count += 1,
                Err(error) => break error,
            }
        };
        n.cancel();
        let why = refused
            .failures()
            .first()
            .map(|failure| failure.message.clone());
        println!("{count} started; {}", why.unwrap_or_default());
        Ok(())
    })
    .await?;
    Ok(String::new())
}

/// Starts actors that end at once, for so long; gives how many there were.
#[export]
async fn churn(ms: u64) -> Result<u32> {
    let mut count = 0;
    nursery(async |n| {
        move_on_after(Duration::from_millis(ms), async || {
            loop {
                // A start waits in its nursery's scope, not in this one.
                checkpoint().await?;
                n.run_in_actor(again(), "nothing", ()).await?;
                count += 1;
            }
            #[expect(unreachable_code, reason = "it says what the body gives")]
            Ok(())
        })
        .await
    })
    .await?;
    Ok(count)
}

/// Is done.
#[export]
fn nothing() {}
