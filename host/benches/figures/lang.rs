//! What each language's runtime costs: warm start to the first call, a call there and back, memory. Measured on the components of the conformance suite, which hold
//! all that a guest may use.

use crate::limits::{self, microseconds};
use crate::memory::{self, Memory};
use crate::report::{Aim, Figure, Report, median};
use crate::setting::Setting;
use std::path::PathBuf;
use std::time::Instant;
use tractor_host::{ActorSpec, Child, SpawnBackend};

/// The function that is called: of every language, and short.
const FUNCTION: &str = "test:conformance/peer#add";

/// Calls that are made before any is timed.
const WARM_UP: u32 = 50;

/// About what the frames of a call of `add` and of its answer have.
const MESSAGE_BYTES: usize = 48;

/// A language, and what is measured of it.
pub(crate) struct Language {
    /// As its component is called.
    pub(crate) name: &'static str,
    start: Figure,
    forked: Figure,
    call: Figure,
    private: Figure,
    proportional: Figure,
}

/// The figures of a language, whose warm start is to take at most so many milliseconds.
macro_rules! language {
    ($name:literal, $title:literal, $start:expr) => {
        Language {
            name: $name,
            start: Figure {
                name: concat!($title, ": warm start to first call, exec"),
                unit: "ms",
                limit: "start and reap /bin/true",
                aim: $start,
            },
            forked: Figure {
                name: concat!($title, ": warm start to first call, fork"),
                unit: "ms",
                limit: "start and reap /bin/true",
                aim: $start,
            },
            call: Figure {
                name: concat!($title, ": call, root to guest"),
                unit: "us",
                limit: "round trip through a socket",
                aim: Aim::None,
            },
            private: Figure {
                name: concat!($title, ": private memory, idle"),
                unit: "MB",
                limit: "this program, idle, without an actor",
                aim: Aim::None,
            },
            proportional: Figure {
                name: concat!($title, ": memory, idle (PSS)"),
                unit: "MB",
                limit: "this program, idle, without an actor",
                aim: Aim::None,
            },
        }
    };
}

static LANGUAGES: [Language; 4] = [
    language!("rust", "Rust", Aim::None),
    language!("c", "C", Aim::AtMost(6.0)),
    language!("js", "JavaScript", Aim::AtMost(25.0)),
    language!("python", "Python", Aim::AtMost(60.0)),
];

impl Language {
    /// All, each with its component's file.
    pub(crate) fn all(guests: &std::path::Path) -> impl Iterator<Item = (&'static Self, PathBuf)> {
        LANGUAGES.iter().map(move |language| {
            let file = format!("conformance_{}.wasm", language.name);
            (language, guests.join(file))
        })
    }
}

pub(crate) async fn run(setting: &Setting, report: &mut Report) -> anyhow::Result<()> {
    for (language, file) in Language::all(&setting.guests) {
        if file.is_file() {
            one(setting, language, report).await?;
        } else {
            report.notice(&format!(
                "{}, for there is no {}",
                language.name,
                file.display()
            ));
        }
    }
    Ok(())
}

async fn one(
    setting: &Setting,
    language: &'static Language,
    report: &mut Report,
) -> anyhow::Result<()> {
    let spawns = setting.effort.spawns;
    let starts = [
        (&language.start, SpawnBackend::Exec),
        (&language.forked, SpawnBackend::Fork),
    ];
    for (figure, backend) in starts {
        let limit = limits::bin_true(spawns)? / 1e3;
        let started = to_first_call(setting, language, backend, spawns).await?;
        report.add(figure, started, limit);
    }
    // A runtime may take a thousand times what a socket takes.
    let calls = setting.effort.calls / 10;
    let limit = limits::round_trip(calls, MESSAGE_BYTES)?;
    report.add(
        &language.call,
        calls_of(setting, language, calls).await?,
        limit,
    );
    let (actor, program) = (memory_of(setting, language).await?, memory::of_program()?);
    report.add(&language.private, actor.private, program.private);
    report.add(
        &language.proportional,
        actor.proportional,
        program.proportional,
    );
    Ok(())
}

async fn add(child: &Child) -> Result<u32, tractor_host::Error> {
    child.call(FUNCTION, (2_u32, 3_u32)).await
}

/// Milliseconds, of code that is in the cache.
async fn to_first_call(
    setting: &Setting,
    language: &Language,
    backend: SpawnBackend,
    spawns: usize,
) -> anyhow::Result<f64> {
    let mut samples = Vec::new();
    for _ in 0..spawns {
        let spec = ActorSpec::new(language.name).spawn_backend(backend);
        let sample = setting.tree.nursery(async |n| {
            let begun = Instant::now();
            let child = n.start_actor(spec).await?;
            add(&child).await?;
            let sample = microseconds(begun) / 1e3;
            child.cancel().await?;
            Ok(sample)
        });
        samples.push(sample.await?);
    }
    Ok(median(&samples))
}

async fn calls_of(setting: &Setting, language: &Language, calls: u32) -> anyhow::Result<f64> {
    let body = setting.tree.nursery(async |n| {
        let child = n.start_actor(language.name).await?;
        let mut samples = Vec::new();
        for call in 0..WARM_UP + calls {
            let begun = Instant::now();
            add(&child).await?;
            if call >= WARM_UP {
                samples.push(microseconds(begun));
            }
        }
        child.cancel().await?;
        Ok(median(&samples))
    });
    Ok(body.await?)
}

/// With a second actor beside it, so that what both touch counts as shared.
async fn memory_of(setting: &Setting, language: &Language) -> anyhow::Result<Memory> {
    let measured = setting.tree.nursery(async |n| {
        let (child, second) = (
            n.start_actor(language.name).await?,
            n.start_actor(ActorSpec::new(language.name).name("second"))
                .await?,
        );
        add(&child).await?;
        add(&second).await?;
        let memory = memory::pid(&child).and_then(Memory::of);
        child.cancel().await?;
        second.cancel().await?;
        Ok(memory)
    });
    measured.await?
}
