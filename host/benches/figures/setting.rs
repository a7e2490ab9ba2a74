//! What all figures are measured with: the arguments, the effort, and one running tree.

use crate::lang::Language;
use anyhow::{Context, bail};
use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
use std::path::PathBuf;
use std::time::Duration;
use tractor_host::{Limits, Tree};

/// Runs, unless it is said: enough for a median and a spread.
const RUNS: usize = 5;

/// What the command line says.
pub(crate) struct Arguments {
    runs: Option<usize>,
    smoke: bool,
    words: Vec<String>,
}

impl Arguments {
    pub(crate) fn parse(arguments: impl Iterator<Item = String>) -> anyhow::Result<Self> {
        let mut parsed = Self {
            runs: None,
            smoke: false,
            words: Vec::new(),
        };
        let mut arguments = arguments;
        while let Some(argument) = arguments.next() {
            match argument.as_str() {
                // Cargo's own.
                "--bench" => {}
                "--smoke" => parsed.smoke = true,
                // That group alone.
                "--lang" => parsed.words.push("lang".to_owned()),
                "--runs" => {
                    let runs = arguments.next().context("--runs needs a number")?;
                    parsed.runs = Some(runs.parse().context("--runs needs a number")?);
                }
                other if other.starts_with('-') => bail!("unknown option {other}"),
                word => parsed.words.push(word.to_owned()),
            }
        }
        Ok(parsed)
    }

    /// Whether a group is to be measured.
    pub(crate) fn wants(&self, group: &str) -> bool {
        self.words.is_empty() || self.words.iter().any(|word| group.contains(word))
    }
}

/// How much is done for one run of a figure.
pub(crate) struct Effort {
    /// Processes that are started.
    pub(crate) spawns: usize,
    /// Calls and round trips.
    pub(crate) calls: u32,
    /// Bytes that stream.
    pub(crate) stream_bytes: u32,
    /// Actors that are up at once, from few to many.
    pub(crate) trees: [usize; 3],
    /// Actors of a tree that fails.
    pub(crate) siblings: usize,
    pub(crate) of_peers: OfPeers,
}

/// How much a program of `tests/peers` does. Its languages are slow: so it is less than ours.
pub(crate) struct OfPeers {
    pub(crate) spawns: u32,
    pub(crate) calls: u32,
    /// Messages of 64 B and of 64 KiB.
    pub(crate) small: u32,
    pub(crate) large: u32,
}

/// What all figures are measured with.
pub(crate) struct Setting {
    pub(crate) runs: usize,
    pub(crate) smoke: bool,
    pub(crate) effort: Effort,
    pub(crate) guests: PathBuf,
    /// Knows the component `bench`, and the native actor.
    pub(crate) tree: Tree,
}

impl Setting {
    pub(crate) async fn prepare(arguments: &Arguments) -> anyhow::Result<Self> {
        open_many_files()?;
        let guests = guests()?;
        let bench = guests.join("bench.wasm");
        let mut tree = Tree::builder()
            .limits(limits())
            // A thousand actors that end on a slow machine are a figure, and not a failure of some of them.
            .grace(Duration::from_secs(10))
            .component("bench", bench)
            .native(crate::call::NATIVE);
        if arguments.wants("lang") {
            let languages = Language::all(&guests).filter(|(_, file)| file.is_file());
            tree = languages.fold(tree, |tree, (language, file)| {
                tree.component(language.name, file)
            });
        }
        let tree = tree.start().await?;
        Ok(Self {
            runs: arguments
                .runs
                .unwrap_or(if arguments.smoke { 1 } else { RUNS }),
            smoke: arguments.smoke,
            effort: effort(arguments.smoke),
            guests,
            tree,
        })
    }
}

/// The tree's own, but that starts are not held back: how long they take is measured.
fn limits() -> Limits {
    Limits {
        spawn_rate: Some(1_000_000),
        ..Limits::default()
    }
}

/// As many files as this process may open: a worker takes a few of its supervisor's, and 1024 is what shells give.
fn open_many_files() -> anyhow::Result<()> {
    let limit = getrlimit(Resource::Nofile);
    let most = Rlimit {
        current: limit.maximum,
        ..limit
    };
    setrlimit(Resource::Nofile, most).context("the limit on open files cannot be raised")
}

fn effort(smoke: bool) -> Effort {
    match smoke {
        true => Effort {
            spawns: 2,
            calls: 100,
            stream_bytes: 1 << 20,
            trees: [2, 3, 4],
            siblings: 3,
            of_peers: OfPeers {
                spawns: 1,
                calls: 20,
                small: 500,
                large: 20,
            },
        },
        false => Effort {
            spawns: 40,
            calls: 10_000,
            stream_bytes: 1 << 30,
            trees: [10, 100, 1000],
            siblings: 32,
            of_peers: OfPeers {
                spawns: 5,
                calls: 3_000,
                small: 100_000,
                large: 4_000,
            },
        },
    }
}

/// The folder of the guests' components: what `TRACTOR_GUESTS` names, else where `cargo xtask guests` builds them.
fn guests() -> anyhow::Result<PathBuf> {
    let folder = std::env::var_os("TRACTOR_GUESTS").map_or_else(
        || PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("guests/target/wasm32-wasip2/release"),
        PathBuf::from,
    );
    if !folder.join("bench.wasm").is_file() {
        bail!(
            "{} holds no bench.wasm: `cargo xtask bench` builds it",
            folder.display()
        );
    }
    Ok(folder)
}
