//! What an actor that waits for calls keeps to itself.
//!
//! Pages of the program and of the compiled code that only one process has touched count as its own until a second one touches them. So a
//! second actor of the same component stands beside the measured one, and a second process beside the limit.

use crate::peer::{Peer, Role};
use crate::report::{Aim, Figure, Report};
use crate::setting::Setting;
use anyhow::Context;
use tractor_host::{ActorSpec, Child, SpawnBackend};

static PRIVATE: Figure = Figure {
    name: "private memory of an idle actor",
    unit: "MB",
    limit: "this program, idle, without an actor",
    aim: Aim::AtMost(3.0),
};

static FORKED: Figure = Figure {
    name: "private memory of an idle forked actor",
    unit: "MB",
    limit: "this program, idle, without an actor",
    aim: Aim::AtMost(2.0),
};

static FORKED_PROPORTIONAL: Figure = Figure {
    name: "memory of a forked actor, shared pages in part (PSS)",
    unit: "MB",
    limit: "this program, idle, without an actor",
    aim: Aim::AtMost(4.0),
};

static ZYGOTE: Figure = Figure {
    name: "private memory of the process that actors are forked from",
    unit: "MB",
    limit: "this program, idle, without an actor",
    aim: Aim::AtMost(2.0),
};

static PROPORTIONAL: Figure = Figure {
    name: "memory, shared pages in part (PSS)",
    unit: "MB",
    limit: "this program, idle, without an actor",
    aim: Aim::None,
};

/// In MB.
pub(crate) struct Memory {
    pub(crate) private: f64,
    pub(crate) proportional: f64,
}

pub(crate) async fn run(setting: &Setting, report: &mut Report) -> anyhow::Result<()> {
    let limit = of_program()?;
    let (actor, _) = of_actor(setting, SpawnBackend::Exec).await?;
    report.add(&PRIVATE, actor.private, limit.private);
    report.add(&PROPORTIONAL, actor.proportional, limit.proportional);
    let (forked, zygote) = of_actor(setting, SpawnBackend::Fork).await?;
    report.add(&FORKED, forked.private, limit.private);
    report.add(
        &FORKED_PROPORTIONAL,
        forked.proportional,
        limit.proportional,
    );
    match zygote {
        Some(zygote) => report.add(&ZYGOTE, zygote.private, limit.private),
        None => report.notice("the process that actors are forked from, for there is none"),
    }
    Ok(())
}

pub(crate) fn of_program() -> anyhow::Result<Memory> {
    let (mut bare, mut second) = (Peer::start(Role::Idle)?, Peer::start(Role::Idle)?);
    bare.wait_until_idle()?;
    second.wait_until_idle()?;
    Memory::of(bare.pid())
}

/// Of an actor, and of what it was forked from.
pub(crate) async fn of_actor(
    setting: &Setting,
    backend: SpawnBackend,
) -> anyhow::Result<(Memory, Option<Memory>)> {
    let measured = setting.tree.nursery(async |n| {
        let spec = ActorSpec::new("bench").spawn_backend(backend);
        let child = n.start_actor(spec.clone()).await?;
        let second = n.start_actor(spec.name("second")).await?;
        child.call::<()>("noop", ()).await?;
        second.call::<()>("noop", ()).await?;
        let zygote = child_called("tractor-zygote bench\0").and_then(Memory::of);
        let memory = pid(&child).and_then(Memory::of);
        child.cancel().await?;
        second.cancel().await?;
        Ok(memory.map(|memory| (memory, zygote.ok())))
    });
    measured.await?
}

/// The one child of this process whose name is the actor's.
pub(crate) fn pid(child: &Child) -> anyhow::Result<u32> {
    child_called(&format!("tractor-worker {}\0", child.actor().name))
}

fn child_called(name: &str) -> anyhow::Result<u32> {
    for thread in std::fs::read_dir("/proc/self/task")? {
        let children = std::fs::read_to_string(thread?.path().join("children"))?;
        for pid in children.split_whitespace() {
            let line = std::fs::read(format!("/proc/{pid}/cmdline"))?;
            // Behind the name of one that was forked there is room for a longer one.
            if line.starts_with(name.as_bytes()) {
                return Ok(pid.parse()?);
            }
        }
    }
    anyhow::bail!("no child of this process is called {name:?}")
}

impl Memory {
    pub(crate) fn of(pid: u32) -> anyhow::Result<Self> {
        let file = format!("/proc/{pid}/smaps_rollup");
        let sums = std::fs::read_to_string(&file).with_context(|| file)?;
        Ok(Self {
            private: megabytes(&sums, "Private_Clean:") + megabytes(&sums, "Private_Dirty:"),
            proportional: megabytes(&sums, "Pss:"),
        })
    }
}

fn megabytes(sums: &str, key: &str) -> f64 {
    let line = sums.lines().find_map(|line| line.strip_prefix(key));
    let kibibytes = line.and_then(|line| line.trim().trim_end_matches(" kB").parse::<f64>().ok());
    kibibytes.map_or(f64::NAN, |kibibytes| kibibytes * 1024.0 / 1e6)
}
