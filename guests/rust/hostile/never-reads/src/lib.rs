//! Opens its end of a stream with much room, and never receives.

use tractor_guest::{Context, Result, StreamOptions, export, sleep_forever};

/// Waits until it is cancelled.
#[export]
async fn go(ctx: Context) -> Result<()> {
    ctx.started(()).await?;
    let options = StreamOptions::new().buffer(u32::MAX);
    let _stream = ctx.open_stream_with::<(), Vec<u8>>(options).await?;
    sleep_forever().await
}
