//! What a round is to be: made of its seed alone.

use crate::shape::{Shape, Wishes};
use fastrand::Rng;
use std::time::Duration;

/// One stroke. `pick` in 0..1 says which of the workers that run then is struck.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Stroke {
    /// SIGKILL.
    Kill {
        pick: f64,
    },
    /// SIGKILL, to a process that workers are forked from.
    KillZygote {
        pick: f64,
    },
    /// SIGSTOP to one, and after so many milliseconds SIGCONT; the supervisor may kill it before.
    FreezeZygote {
        pick: f64,
        ms: u64,
    },
    /// SIGTERM, which a worker is not to heed.
    Terminate {
        pick: f64,
    },
    /// SIGSTOP, and after so many milliseconds SIGCONT.
    Freeze {
        pick: f64,
        ms: u64,
    },
    /// The same to the supervisor.
    FreezeSupervisor {
        ms: u64,
    },
    /// A link is shut down; of several the one that `link` says. Main keeps its control link.
    Cut {
        pick: f64,
        link: f64,
    },
    /// Room for so many more descriptors, for so long.
    WorkerFiles {
        pick: f64,
        room: u64,
        ms: u64,
    },
    SupervisorFiles {
        room: u64,
        ms: u64,
    },
    /// Room for so many more threads and processes of the user, for so long.
    Processes {
        room: u64,
        ms: u64,
    },
    /// The cache's folder is removed.
    LoseCache,
}

/// How a round is ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum End {
    KillSupervisor,
    KillFrozenSupervisor,
    KillMain,
    Terminate,
    Interrupt,
    /// Again and again: the second kills at once.
    InterruptTwice,
    HangUp,
}

/// One round.
pub(crate) struct Round {
    pub(crate) seed: u64,
    pub(crate) number: u64,
    pub(crate) shape: Shape,
    /// How processes are started.
    pub(crate) backend: &'static str,
    /// Whether there is no room in the cache.
    pub(crate) full_cache: bool,
    /// When the first stroke falls: often before all are started.
    pub(crate) head_start: Duration,
    /// Each with the pause behind it.
    pub(crate) strokes: Vec<(Stroke, Duration)>,
    /// Workers that are frozen before the end, for good.
    pub(crate) frozen: Vec<f64>,
    pub(crate) end: End,
}

/// Rounds between those whose cache is full: each of those compiles.
const FULL_CACHES: u64 = 40;

impl Round {
    pub(crate) fn new(seed: u64, number: u64) -> Self {
        let mut rng = Rng::with_seed(seed ^ (number + 1).wrapping_mul(0x9e37_79b9_7f4a_7c15));
        let wishes = Wishes {
            processes: rng.usize(6..=26),
            depth: rng.usize(2..=8),
            spinning: usize::from(rng.u8(..3) == 0),
            letters: "rrrrrkkiiccsbgo",
        };
        let shape = Shape::random(&mut rng, &wishes);
        let strokes = (0..rng.usize(25..45)).map(|_| (stroke(&mut rng), pause(&mut rng)));
        let strokes = strokes.collect();
        let frozen = (0..rng.usize(..3)).map(|_| rng.f64()).collect();
        Self {
            seed,
            number,
            shape,
            backend: ["fork", "auto", "exec"][(number % 3) as usize],
            full_cache: number % FULL_CACHES == 7,
            head_start: Duration::from_millis(rng.u64(..400)),
            strokes,
            frozen,
            end: end(&mut rng),
        }
    }

    /// How it is run again.
    pub(crate) fn command(&self) -> String {
        let Self { seed, number, .. } = self;
        format!("cargo xtask chaos --seed {seed} --round {number}")
    }

    pub(crate) fn text(&self) -> String {
        format!(
            "tree {}\nstarted by {}\nfull cache: {}\nhead start {:?}\n{}\nfrozen {:?}\nend {:?}",
            self.shape.text(),
            self.backend,
            self.full_cache,
            self.head_start,
            self.strokes
                .iter()
                .map(|(stroke, pause)| format!("{stroke:?}, then {pause:?}"))
                .collect::<Vec<_>>()
                .join("\n"),
            self.frozen,
            self.end
        )
    }
}

fn stroke(rng: &mut Rng) -> Stroke {
    let pick = rng.f64();
    match rng.u8(..100) {
        0..60 => Stroke::Kill { pick },
        60..64 => Stroke::KillZygote { pick },
        64..66 => Stroke::FreezeZygote {
            pick,
            ms: rng.u64(1..900),
        },
        66..70 => Stroke::Terminate { pick },
        70..77 => Stroke::Freeze {
            pick,
            ms: rng.u64(1..300),
        },
        77..79 => Stroke::FreezeSupervisor {
            ms: rng.u64(1..200),
        },
        79..89 => Stroke::Cut {
            pick,
            link: rng.f64(),
        },
        89..92 => Stroke::WorkerFiles {
            pick,
            room: rng.u64(..4),
            ms: rng.u64(1..300),
        },
        92..95 => Stroke::SupervisorFiles {
            room: rng.u64(..8),
            ms: rng.u64(1..300),
        },
        95..98 => Stroke::Processes {
            room: rng.u64(..4),
            ms: rng.u64(1..300),
        },
        _ => Stroke::LoseCache,
    }
}

fn pause(rng: &mut Rng) -> Duration {
    match rng.u8(..3) {
        0 => Duration::ZERO,
        _ => Duration::from_millis(rng.u64(..50)),
    }
}

fn end(rng: &mut Rng) -> End {
    match rng.u8(..10) {
        0..3 => End::KillSupervisor,
        3 => End::KillFrozenSupervisor,
        4 => End::KillMain,
        5 => End::Interrupt,
        6 => End::InterruptTwice,
        7 => End::HangUp,
        _ => End::Terminate,
    }
}
