//! A call that does nothing, there and back.

use crate::affinity::Pinned;
use crate::limits::{self, microseconds};
use crate::report::{Aim, Figure, Report, median};
use crate::setting::Setting;
use std::time::Instant;
use tractor_host::{Codec, Native, Payload};

/// The name of an actor that is a Rust function.
pub(crate) const NATIVE: &str = "native";

/// About what the frames of a call of `noop` and of its answer have.
const MESSAGE_BYTES: usize = 32;

/// Calls that are made before any is timed.
const WARM_UP: u32 = 200;

static GUESTS: Figure = Figure {
    name: "call, guest to guest",
    unit: "us",
    limit: "round trip through a socket",
    aim: Aim::Times(1.3),
};

static GUESTS_PINNED: Figure = Figure {
    name: "call, guest to guest, one core",
    unit: "us",
    limit: "round trip through a socket, one core",
    aim: Aim::Times(1.3),
};

static ROOT: Figure = Figure {
    name: "call, root to guest",
    unit: "us",
    limit: "round trip through a socket",
    aim: Aim::Times(1.3),
};

/// What runtime and links take of it; the rest is the guest's engine.
static ROOT_NATIVE_PINNED: Figure = Figure {
    name: "call, root to native, one core",
    unit: "us",
    limit: "round trip through a socket, one core",
    aim: Aim::None,
};

static ROOT_PINNED: Figure = Figure {
    name: "call, root to guest, one core",
    unit: "us",
    limit: "round trip through a socket, one core",
    aim: Aim::Times(1.3),
};

/// The actor that does nothing, natively.
pub(crate) fn native() -> (String, Native) {
    let noop = async |_| Ok(Payload::new(Codec::Json, "null"));
    (
        NATIVE.to_owned(),
        Native::new().function_payload("noop", noop),
    )
}

pub(crate) async fn run(setting: &Setting, report: &mut Report) -> anyhow::Result<()> {
    placed(setting, report, &GUESTS, &ROOT).await?;
    let _pinned = Pinned::to_one_core()?;
    placed(setting, report, &GUESTS_PINNED, &ROOT_PINNED).await?;
    let calls = setting.effort.calls;
    let limit = limits::round_trip(calls, MESSAGE_BYTES)?;
    let native = from_root(setting, calls, NATIVE).await?;
    report.add(&ROOT_NATIVE_PINNED, native, limit);
    Ok(())
}

async fn placed(
    setting: &Setting,
    report: &mut Report,
    guests: &'static Figure,
    root: &'static Figure,
) -> anyhow::Result<()> {
    let calls = setting.effort.calls;
    let limit = limits::round_trip(calls, MESSAGE_BYTES)?;
    report.add(guests, guest_to_guest(setting, calls).await?, limit);
    report.add(root, from_root(setting, calls, "bench").await?, limit);
    Ok(())
}

/// Timed by the guest that calls.
pub(crate) async fn guest_to_guest(setting: &Setting, calls: u32) -> anyhow::Result<f64> {
    let times: Vec<u32> = setting
        .tree
        .nursery(async |n| {
            let caller = n.run_in_actor("bench", "time-calls", (calls,)).await?;
            caller.output().await
        })
        .await?;
    let times: Vec<_> = times
        .into_iter()
        .map(|nanoseconds| f64::from(nanoseconds) / 1e3)
        .collect();
    Ok(median(&times))
}

async fn from_root(setting: &Setting, calls: u32, callee: &str) -> anyhow::Result<f64> {
    let body = setting.tree.nursery(async |n| {
        let child = n.start_actor(callee).await?;
        let mut samples = Vec::new();
        for call in 0..WARM_UP + calls {
            let begun = Instant::now();
            child.call::<()>("noop", ()).await?;
            if call >= WARM_UP {
                samples.push(microseconds(begun));
            }
        }
        child.cancel().await?;
        Ok(median(&samples))
    });
    Ok(body.await?)
}
