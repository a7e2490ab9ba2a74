//! Calls another actor without end.

use futures::future::join_all;
use futures::stream::{FuturesUnordered, StreamExt};
use std::time::Duration;
use tractor_guest::{Error, FailureKind, Portal, Result, export, move_on_after, registrar};

async fn victim() -> Result<Portal> {
    registrar::wait_for("sibling").await
}

/// So many calls at once, each of which waits for so long. Gives how many were refused for the limit `dialogs`.
#[export]
async fn at_once(count: u32, ms: u64) -> Result<u32> {
    let victim = victim().await?;
    let calls = (0..count).map(|_| victim.call::<()>("sleep-ms", (ms,)));
    let calls: Vec<Result<()>> = join_all(calls).await;
    let refused = calls.iter().filter(|call| is_limit(call, "dialogs"));
    Ok(refused.count() as u32)
}

/// Calls with so many bytes each, at once; gives how many were refused for the limit `queue-bytes`.
#[export]
async fn heavy(count: u32, bytes: u32) -> Result<u32> {
    let victim = victim().await?;
    let value = vec![7u8; bytes as usize];
    let calls = (0..count).map(|_| victim.call::<Vec<u8>>("echo-bytes", (&value,)));
    let calls: Vec<Result<Vec<u8>>> = join_all(calls).await;
    let refused = calls.iter().filter(|call| is_limit(call, "queue-bytes"));
    Ok(refused.count() as u32)
}

/// One call after another for so long, eight at a time; gives how many there were.
#[export]
async fn for_ms(ms: u64) -> Result<u32> {
    let victim = victim().await?;
    let mut count = 0;
    move_on_after(Duration::from_millis(ms), async || {
        let call = || victim.call::<u32>("add", (1u32, 2u32));
        let mut calls: FuturesUnordered<_> = (0..8).map(|_| call()).collect();
        while let Some(sum) = calls.next().await {
            sum?;
            count += 1;
            calls.push(call());
        }
        Ok(())
    })
    .await?;
    Ok(count)
}

/// Begins calls and drops them at once, so many.
#[export]
async fn dropped(count: u32) -> Result<u32> {
    let victim = victim().await?;
    for _ in 0..count {
        let call = victim.call::<()>("sleep-ms", (1u64,));
        let _ = futures::poll!(Box::pin(call).as_mut());
    }
    Ok(count)
}

fn is_limit<T>(result: &Result<T>, name: &str) -> bool {
    let limit = |kind: &FailureKind| matches!(kind, FailureKind::Limit(limit) if limit == name);
    matches!(result, Err(Error::Failed(failures)) if limit(&failures[0].kind))
}
