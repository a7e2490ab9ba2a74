//! Beside other ways to have processes that talk: Erlang's nodes and Python's `multiprocessing`, measured in the same run.
//!
//! Each is a program of `tests/peers`, which takes how much to do and prints one line of JSON. One that cannot be run for lack of its language is left
//! out with a notice. Ours is measured anew right after it, so that load on the machine meets both.

use crate::memory;
use crate::report::{Aim, Figure, Report};
use crate::setting::{OfPeers, Setting};
use crate::stream::{BUFFER, LARGE_BYTES, SMALL_BYTES};
use crate::{call, spawn, stream};
use anyhow::Context;
use serde_json::Value;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use tractor_host::SpawnBackend;

/// A peer that takes longer hangs: each takes some seconds.
const DEADLINE_SECONDS: &str = "300";

/// Another way to have processes that talk.
struct Peer {
    name: &'static str,
    /// What runs its program, and what Debian calls the package that brings it.
    runs_with: &'static str,
    package: &'static str,
    program: &'static str,
    spawn: Figure,
    call: Figure,
    small: Figure,
    large: Figure,
    memory: Figure,
}

/// The figures beside a peer, against which so many times as many small messages are to be moved.
macro_rules! peer {
    ($name:literal, $what:literal, $runs_with:literal, $package:literal, $program:literal, $small:expr) => {
        Peer {
            name: $name,
            runs_with: $runs_with,
            package: $package,
            program: $program,
            spawn: beside(
                concat!("spawn to first call, against ", $name),
                "ms",
                concat!($what, ", to first answer"),
                Aim::None,
            ),
            call: beside(
                concat!("call, against ", $name),
                "us",
                concat!("call, ", $what),
                Aim::None,
            ),
            small: beside(
                concat!("64 B one way, against ", $name),
                "/s",
                concat!("64 B to ", $what),
                $small,
            ),
            large: beside(
                concat!("64 KiB one way, against ", $name),
                "/s",
                concat!("64 KiB to ", $what),
                Aim::None,
            ),
            memory: beside(
                concat!("memory (PSS), against ", $name),
                "MB",
                concat!("PSS, ", $what),
                Aim::None,
            ),
        }
    };
}

static PEERS: [Peer; 2] = [
    peer!(
        "Erlang",
        "an Erlang node",
        "escript",
        "erlang-base",
        "erlang.escript",
        Aim::AtLeastTimes(5.0)
    ),
    peer!(
        "Python",
        "a multiprocessing worker",
        "python3",
        "python3",
        "multiprocessing_pool.py",
        Aim::None
    ),
];

const fn beside(name: &'static str, unit: &'static str, limit: &'static str, aim: Aim) -> Figure {
    Figure {
        name,
        unit,
        limit,
        aim,
    }
}

/// What a peer says of itself.
struct Found {
    spawn_ms: f64,
    call_us: f64,
    small_per_s: f64,
    large_per_s: f64,
    memory_mb: f64,
}

pub(crate) async fn run(setting: &Setting, report: &mut Report) -> anyhow::Result<()> {
    for peer in &PEERS {
        match is_installed(peer.runs_with) {
            true => one(setting, peer, report).await?,
            false => report.notice(&format!(
                "against {}, for there is no `{}` (Debian's package {})",
                peer.name, peer.runs_with, peer.package
            )),
        }
    }
    Ok(())
}

async fn one(setting: &Setting, peer: &'static Peer, report: &mut Report) -> anyhow::Result<()> {
    let found = peer.measure(&setting.effort.of_peers)?;
    let started = spawn::to_first_call(setting, SpawnBackend::Auto, setting.effort.spawns).await?;
    let started = started / 1e3;
    report.add_against(&peer.spawn, started, found.spawn_ms);
    let called = call::guest_to_guest(setting, setting.effort.calls).await?;
    report.add_against(&peer.call, called, found.call_us);
    let small = stream::streamed(setting, SMALL_BYTES, BUFFER).await?;
    report.add_against(&peer.small, small, found.small_per_s);
    let large = stream::streamed(setting, LARGE_BYTES, BUFFER).await?;
    report.add_against(&peer.large, large, found.large_per_s);
    let (actor, _) = memory::of_actor(setting, SpawnBackend::Auto).await?;
    report.add_against(&peer.memory, actor.proportional, found.memory_mb);
    Ok(())
}

impl Peer {
    /// Runs its program, and waits for it.
    fn measure(&self, effort: &OfPeers) -> anyhow::Result<Found> {
        let program = PathBuf::from(env!("CARGO_MANIFEST_DIR"))
            .join("tests/peers")
            .join(self.program);
        let output = self.command(&program, effort).output()?;
        let stderr = String::from_utf8_lossy(&output.stderr);
        let failed = || format!("{} gave {}: {}", program.display(), output.status, stderr);
        anyhow::ensure!(output.status.success(), failed());
        let stdout = String::from_utf8(output.stdout)?;
        Found::read(&stdout).with_context(failed)
    }

    fn command(&self, program: &Path, effort: &OfPeers) -> Command {
        #[expect(
            clippy::disallowed_methods,
            reason = "a peer runs beside us; it and all it started are waited for, and `timeout` ends it"
        )]
        let mut command = Command::new("timeout");
        command
            .args(["--kill-after=5", DEADLINE_SECONDS, self.runs_with])
            .arg(program)
            .args(effort.arguments())
            .stdin(Stdio::null());
        command
    }
}

impl OfPeers {
    /// In the order in which the programs take them.
    fn arguments(&self) -> [String; 4] {
        [self.spawns, self.calls, self.small, self.large].map(|number| number.to_string())
    }
}

impl Found {
    /// Reads the line that a peer prints.
    fn read(line: &str) -> anyhow::Result<Self> {
        let said: Value = serde_json::from_str(line.trim()).context("it printed no JSON")?;
        let number = |key: &str| {
            said[key]
                .as_f64()
                .with_context(|| format!("it said no number as `{key}`"))
        };
        Ok(Self {
            spawn_ms: number("spawn_ms")?,
            call_us: number("call_us")?,
            small_per_s: number("small_per_s")?,
            large_per_s: number("large_per_s")?,
            memory_mb: number("memory_mb")?,
        })
    }
}

fn is_installed(program: &str) -> bool {
    let path = std::env::var_os("PATH").unwrap_or_default();
    std::env::split_paths(&path).any(|folder| folder.join(program).is_file())
}
