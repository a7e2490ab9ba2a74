//! From asking for an actor to its first answer.

use crate::limits::{self, microseconds};
use crate::report::{Aim, Figure, Report, median};
use crate::setting::Setting;
use std::time::Instant;

static SPAWN: Figure = Figure {
    name: "spawn to first completed call",
    unit: "us",
    limit: "start and reap /bin/true",
    aim: Aim::Times(4.0),
};

/// What the system does before `main`, and at the end of the process.
static PROGRAM: Figure = Figure {
    name: "start and reap this program",
    unit: "us",
    limit: "start and reap /bin/true",
    aim: Aim::None,
};

pub(crate) async fn run(setting: &Setting, report: &mut Report) -> anyhow::Result<()> {
    let spawns = setting.effort.spawns;
    let limit = limits::bin_true(spawns)?;
    report.add(&SPAWN, to_first_call(setting, spawns).await?, limit);
    report.add(&PROGRAM, limits::this_program(spawns)?, limit);
    Ok(())
}

pub(crate) async fn to_first_call(setting: &Setting, spawns: usize) -> anyhow::Result<f64> {
    let mut samples = Vec::new();
    for _ in 0..spawns {
        let sample = setting.tree.nursery(async |n| {
            let begun = Instant::now();
            let child = n.start_actor("bench").await?;
            child.call::<()>("noop", ()).await?;
            let sample = microseconds(begun);
            child.cancel().await?;
            Ok(sample)
        });
        samples.push(sample.await?);
    }
    Ok(median(&samples))
}
