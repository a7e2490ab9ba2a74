//! From asking for an actor to its first answer.

use crate::limits::{self, microseconds};
use crate::report::{Aim, Figure, Report, median};
use crate::setting::Setting;
use std::time::Instant;
use tractor_host::{ActorSpec, SpawnBackend};

static FORK: Figure = Figure {
    name: "spawn to first completed call, fork",
    unit: "us",
    limit: "start and reap /bin/true",
    aim: Aim::Times(1.0),
};

static SPAWN: Figure = Figure {
    name: "spawn to first completed call, exec",
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
    for (figure, backend) in [(&FORK, SpawnBackend::Fork), (&SPAWN, SpawnBackend::Exec)] {
        let limit = limits::bin_true(spawns)?;
        // The process that is forked is there by then.
        to_first_call(setting, backend, 1).await?;
        report.add(
            figure,
            to_first_call(setting, backend, spawns).await?,
            limit,
        );
    }
    let limit = limits::bin_true(spawns)?;
    report.add(&PROGRAM, limits::this_program(spawns)?, limit);
    Ok(())
}

pub(crate) async fn to_first_call(
    setting: &Setting,
    backend: SpawnBackend,
    spawns: usize,
) -> anyhow::Result<f64> {
    let mut samples = Vec::new();
    for _ in 0..spawns {
        let spec = ActorSpec::new("bench").spawn_backend(backend);
        let sample = setting.tree.nursery(async |n| {
            let begun = Instant::now();
            let child = n.start_actor(spec).await?;
            child.call::<()>("noop", ()).await?;
            let sample = microseconds(begun);
            child.cancel().await?;
            Ok(sample)
        });
        samples.push(sample.await?);
    }
    Ok(median(&samples))
}
