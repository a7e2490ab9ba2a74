//! Messages one way, from guest to guest.

use crate::limits;
use crate::report::{Aim, Figure, Report};
use crate::setting::Setting;

/// Messages that may wait at the receiving guest: what the SDK asks for, unless it is told otherwise.
pub(crate) const BUFFER: u32 = 256;

/// For small messages, which are worth more of them.
const DEEP_BUFFER: u32 = 1024;

/// Small messages, at most: each is paid for by the message and not by the byte.
const MOST_MESSAGES: u32 = 200_000;

pub(crate) const SMALL_BYTES: u32 = 64;
pub(crate) const LARGE_BYTES: u32 = 64 << 10;

/// What the socket of a stream carries, with nothing around it.
const SOCKET: &str = "through a socket, in batches";
const COPIED: &str = "copied in one process";

static SMALL: Figure = figure("64 B, guest to guest", SOCKET, Aim::AtLeast(1e6));
static SMALL_DEEP: Figure = figure(
    "64 B, guest to guest, buffer 1024",
    SOCKET,
    Aim::AtLeast(1e6),
);
static LARGE: Figure = figure("64 KiB, guest to guest", SOCKET, Aim::AtLeastTimes(0.7));
static SMALL_SOCKET: Figure = figure("64 B through a socket", COPIED, Aim::None);
static LARGE_SOCKET: Figure = figure("64 KiB through a socket", COPIED, Aim::None);

const fn figure(name: &'static str, limit: &'static str, aim: Aim) -> Figure {
    Figure {
        name,
        unit: "/s",
        limit,
        aim,
    }
}

pub(crate) async fn run(setting: &Setting, report: &mut Report) -> anyhow::Result<()> {
    let bytes = setting.effort.stream_bytes as usize;
    let socket = limits::socket_messages(bytes, SMALL_BYTES as usize)?;
    let copied = limits::copied_messages(bytes, SMALL_BYTES as usize);
    report.add(
        &SMALL,
        streamed(setting, SMALL_BYTES, BUFFER).await?,
        socket,
    );
    let deep = streamed(setting, SMALL_BYTES, DEEP_BUFFER).await?;
    report.add(&SMALL_DEEP, deep, socket);
    report.add(&SMALL_SOCKET, socket, copied);
    let socket = limits::socket_messages(bytes, LARGE_BYTES as usize)?;
    let copied = limits::copied_messages(bytes, LARGE_BYTES as usize);
    report.add(
        &LARGE,
        streamed(setting, LARGE_BYTES, BUFFER).await?,
        socket,
    );
    report.add(&LARGE_SOCKET, socket, copied);
    Ok(())
}

/// Messages in a second, timed by the guest that receives.
pub(crate) async fn streamed(setting: &Setting, bytes: u32, buffer: u32) -> anyhow::Result<f64> {
    let messages = (setting.effort.stream_bytes / bytes).clamp(2, MOST_MESSAGES);
    let nanoseconds: u64 = setting
        .tree
        .nursery(async |n| {
            let arguments = (messages, bytes, buffer);
            let receiver = n.run_in_actor("bench", "time-stream", arguments).await?;
            receiver.output().await
        })
        .await?;
    Ok(f64::from(messages - 1) * 1e9 / nanoseconds as f64)
}
