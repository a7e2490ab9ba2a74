//! Many actors at once: up, down, what each costs, and how soon a tree is gone after an error.

use crate::limits::{self, microseconds};
use crate::report::{Aim, Figure, Report, median};
use crate::setting::Setting;
use futures::future::try_join_all;
use std::sync::OnceLock;
use std::time::Instant;

/// Small trees are started so often that in all as many actors are up as in the largest, but not more often than this.
const MOST_ROUNDS: usize = 10;

static UP: Figure = Figure {
    name: "1,000 actors up",
    unit: "ms",
    limit: "start and reap /bin/true as often",
    aim: Aim::AtMost(2000.0),
};

static DOWN: Figure = Figure {
    name: "1,000 actors down",
    unit: "ms",
    limit: "end and reap as many idle processes",
    aim: Aim::AtMost(500.0),
};

/// What an actor costs in trees of these sizes. That it is the same in all is the aim of the larger two.
static COSTS: [Figure; 3] = [
    Figure {
        name: "cost of one of 10 actors",
        unit: "us",
        limit: "start and reap /bin/true",
        aim: Aim::None,
    },
    Figure {
        name: "cost of one of 100 actors",
        unit: "us",
        limit: "cost of one of 10 actors",
        aim: Aim::Times(1.25),
    },
    Figure {
        name: "cost of one of 1,000 actors",
        unit: "us",
        limit: "cost of one of 10 actors",
        aim: Aim::Times(1.25),
    },
];

static TEARDOWN: Figure = Figure {
    name: "teardown of 32 actors after an error",
    unit: "ms",
    limit: "end and reap as many idle processes",
    aim: Aim::AtMost(20.0),
};

/// Microseconds from the first request to the last actor that can be called, and from there to the last that is reaped.
struct Times {
    up: f64,
    down: f64,
}

pub(crate) async fn run(setting: &Setting, report: &mut Report) -> anyhow::Result<()> {
    trees(setting, report).await?;
    let siblings = setting.effort.siblings;
    let limit = limits::end_idle(siblings)? / 1e3;
    let mut samples = Vec::new();
    for _ in 0..MOST_ROUNDS {
        samples.push(teardown(setting, siblings).await? / 1e3);
    }
    report.add(&TEARDOWN, median(&samples), limit);
    Ok(())
}

async fn trees(setting: &Setting, report: &mut Report) -> anyhow::Result<()> {
    let [.., most] = setting.effort.trees;
    let one = limits::bin_true(setting.effort.spawns)?;
    let mut costs = Vec::new();
    let mut last = None;
    for actors in setting.effort.trees {
        let times = often(setting, actors, (most / actors).min(MOST_ROUNDS)).await?;
        costs.push(times.up / actors as f64);
        last = Some(times);
    }
    for (figure, cost) in COSTS.iter().zip(&costs) {
        let first = std::ptr::eq(figure, &COSTS[0]);
        report.add(figure, *cost, if first { one } else { costs[0] });
    }
    if let Some(Times { up, down }) = last {
        report.add(&UP, up / 1e3, one * most as f64 / 1e3);
        report.add(&DOWN, down / 1e3, limits::end_idle(most)? / 1e3);
    }
    Ok(())
}

/// The medians of some rounds.
async fn often(setting: &Setting, actors: usize, rounds: usize) -> anyhow::Result<Times> {
    let (mut up, mut down) = (Vec::new(), Vec::new());
    for _ in 0..rounds {
        let times = up_and_down(setting, actors).await?;
        up.push(times.up);
        down.push(times.down);
    }
    Ok(Times {
        up: median(&up),
        down: median(&down),
    })
}

async fn up_and_down(setting: &Setting, actors: usize) -> anyhow::Result<Times> {
    let begun = Instant::now();
    let body = setting.tree.nursery(async |n| {
        try_join_all((0..actors).map(|_| n.start_actor("bench"))).await?;
        let up = microseconds(begun);
        n.cancel();
        Ok((up, Instant::now()))
    });
    let (up, cancelled) = body.await?;
    let down = microseconds(cancelled);
    Ok(Times { up, down })
}

/// Microseconds from the call that fails to the end of the nursery, in which each actor has served before.
async fn teardown(setting: &Setting, siblings: usize) -> anyhow::Result<f64> {
    let begun = OnceLock::new();
    let body = setting.tree.nursery(async |n| {
        let started = (0..siblings).map(|_| n.start_actor("bench"));
        let children = try_join_all(started).await?;
        try_join_all(children.iter().map(|child| child.call::<()>("noop", ()))).await?;
        begun.get_or_init(Instant::now);
        children[0].call::<()>("fail", ()).await
    });
    let failed = body.await;
    let begun = begun.get().copied();
    match (failed, begun) {
        (Err(_), Some(begun)) => Ok(microseconds(begun)),
        (Err(error), None) => Err(error.into()),
        (Ok(()), _) => anyhow::bail!("what should have failed gave a value"),
    }
}
