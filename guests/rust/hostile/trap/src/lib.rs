//! Traps while others wait.

use tractor_guest::{Context, Result, export, sleep_forever};

/// Waits until it is cancelled.
#[export]
async fn wait() -> Result<()> {
    sleep_forever().await
}

/// The same, as a context.
#[export]
async fn wait_in_context(ctx: Context) -> Result<()> {
    ctx.started(()).await?;
    sleep_forever().await
}

/// Traps.
#[export]
fn go() {
    core::arch::wasm32::unreachable()
}
