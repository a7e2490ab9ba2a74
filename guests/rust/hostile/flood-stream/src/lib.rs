//! Sends without end.

use futures::stream::{FuturesUnordered, StreamExt};
use tractor_guest::wit::context::{Context as Raw, MsgStream, Overrun, StreamOptions};
use tractor_guest::wit::task::Scope;
use tractor_guest::{Codec, Context, Error, Payload, Result, export};

/// A text of so many bytes, as postcard has it.
fn message(length: u32) -> Payload {
    let mut bytes = Vec::with_capacity(length as usize + 5);
    let mut left = length;
    while left > 0x7f {
        bytes.push(left as u8 | 0x80);
        left >>= 7;
    }
    bytes.push(left as u8);
    bytes.resize(bytes.len() + length as usize, b'x');
    Payload {
        codec: Codec::Postcard,
        bytes,
    }
}

const NOTHING: Payload = Payload {
    codec: Codec::Postcard,
    bytes: Vec::new(),
};

async fn open(ctx: &Raw, scope: &Scope, overrun: Overrun) -> Result<MsgStream> {
    ctx.started(scope, NOTHING).await?;
    let options = StreamOptions {
        buffer: u32::MAX,
        overrun,
    };
    ctx.open_stream(scope, options).await
}

/// One message after another, each of so many bytes, until an error.
#[export]
async fn go(ctx: Context, bytes: u32) -> Result<()> {
    let (ctx, scope) = (Raw::from(ctx), Scope::current());
    let stream = open(&ctx, &scope, Overrun::Wait).await?;
    loop {
        let batch = (0..8).map(|_| message(bytes)).collect();
        stream.send(&scope, batch).await.1?;
    }
}

/// The same, at an end that drops the oldest.
#[export]
async fn drop_oldest(ctx: Context, bytes: u32) -> Result<()> {
    let (ctx, scope) = (Raw::from(ctx), Scope::current());
    let stream = open(&ctx, &scope, Overrun::DropOldest).await?;
    for _ in 0..1000 {
        stream.send(&scope, vec![message(bytes)]).await.1?;
        scope.checkpoint().await.map_err(Error::Cancelled)?;
    }
    scope.cancelled().await;
    Ok(())
}

/// A thousand sends that wait beside each other; fails with the first failure.
#[export]
async fn all_at_once(ctx: Context, bytes: u32) -> Result<()> {
    let (ctx, scope) = (Raw::from(ctx), Scope::current());
    let stream = open(&ctx, &scope, Overrun::Wait).await?;
    let sends = (0..1000).map(|_| async {
        let sent = stream.send(&scope, vec![message(bytes)]).await;
        sent.1
    });
    let mut sends: FuturesUnordered<_> = sends.collect();
    while let Some(sent) = sends.next().await {
        sent?;
    }
    Ok(())
}
