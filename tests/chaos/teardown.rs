//! How long teardowns take: what `cargo xtask teardown` prints. Judges nothing but that each tree is torn down.

use crate::account::{self, Account};
use crate::arguments::Arguments;
use crate::cache;
use crate::figures::{Times, ms};
use crate::machine::{cores, load};
use crate::process::Program;
use crate::shape::{Shape, Wishes};
use crate::{DEADLINE, guest, say};
use fastrand::Rng;
use std::io::{self, Write};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};
use tractor_host::{ActorSpec, Error, Level, Tree};

/// The component.
const GUEST: &str = "test-chaos";

/// Idle children that an error ends, and how often that is measured.
const IDLE: usize = 32;
const REPEATED: u32 = 20;

/// A tree in which this program is the root, and how many actors said that they are up.
struct Measured {
    tree: Tree,
    up: Arc<AtomicUsize>,
    program: Program,
}

/// Runs all measurements. A few trees only means that it is a test, and the rest is done few times too.
pub(crate) fn run(arguments: &Arguments) -> bool {
    account::keep();
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .expect("a runtime");
    runtime.block_on(async {
        let measured = Measured::start().await;
        let few = arguments.trees < 100;
        random_trees(&measured, arguments).await;
        idle_children(&measured, if few { 2 } else { REPEATED }).await;
        if !few {
            number_and_depth(&measured).await;
        }
        measured.tree.shutdown(None).await;
        assert_eq!(measured.program.everything(), [], "processes are left");
    });
    true
}

async fn random_trees(measured: &Measured, arguments: &Arguments) {
    let mut rng = Rng::with_seed(arguments.seed);
    let (mut all, mut stubborn, mut total) = (Times::default(), Times::default(), Times::default());
    let (mut processes, mut deepest, mut spinning, mut kills) = (0, 0, 0, 0);
    let mut loads = Vec::new();
    let mut worst = (Duration::ZERO, String::new());
    for _ in 0..arguments.trees {
        let shape = random_shape(&mut rng);
        let settle = Duration::from_millis(rng.u64(..60));
        let account = measured.tear_down(&shape, settle).await;
        loads.push(load());
        processes += account.processes;
        kills += account.kills;
        deepest = deepest.max(shape.depth());
        spinning += u32::from(shape.has('x'));
        all.add(account.over());
        total.add(account.reaped);
        if account.stops > 0 {
            stubborn.add(account.over());
        }
        if account.over() >= worst.0 {
            worst = (account.over(), shape.text());
        }
    }
    let mean = loads.iter().sum::<f64>() / loads.len().max(1) as f64;
    say(&format!(
        "teardown: seed {}, {} random trees of {processes} processes in all, up to {deepest} levels, {spinning} of them with one that spins; {kills} processes had to be killed",
        arguments.seed, arguments.trees
    ));
    say(&format!("  over what was asked: {}", all.text()));
    say(&format!(
        "  where somebody had to be stopped: {}",
        stubborn.text()
    ));
    say(&format!(
        "  from the asking to the last reaping: {}",
        total.text()
    ));
    say(&format!("  the longest over: {} {}", ms(worst.0), worst.1));
    let most = loads.iter().fold(0.0, |most: f64, load| most.max(*load));
    say(&format!(
        "  load of the machine: {mean:.1} on average, {most:.1} at most, on {} processors",
        cores()
    ));
}

fn random_shape(rng: &mut Rng) -> Shape {
    // As many small trees as large ones.
    let largest = 1usize << rng.u32(1..=6);
    let wishes = Wishes {
        processes: rng.usize(1..=largest).max(2),
        depth: rng.usize(2..=8),
        spinning: 2,
        letters: "iiirrrkccssobbg",
    };
    Shape::random(rng, &wishes)
}

/// An error, and how long it takes until as many idle children are gone.
async fn idle_children(measured: &Measured, times: u32) {
    let mut gone = Times::default();
    for _ in 0..times {
        gone.add(measured.idle(IDLE).await);
    }
    say(&format!(
        "  {IDLE} idle children after an error, until the nursery raises: {}; load {:.1}",
        gone.text(),
        load()
    ));
}

/// What a teardown costs by the number of processes, and by how deep they stand.
async fn number_and_depth(measured: &Measured) {
    say(
        "  idle processes below main, by number and levels; median of 5, from asked to the last reaped:",
    );
    say("  | processes | 1 level | 2 levels | 4 levels | 8 levels |");
    say("  | --- | --- | --- | --- | --- |");
    for number in [8, 16, 32, 64] {
        let mut row = format!("  | {number} |");
        for depth in [1, 2, 4, 8] {
            let mut times = Times::default();
            for _ in 0..5 {
                let shape = Shape::chains(number, depth);
                let account = measured.tear_down(&shape, Duration::ZERO).await;
                times.add(account.reaped);
            }
            row.push_str(&format!(" {} |", ms(times.percentile(50))));
        }
        say(&row);
    }
}

impl Measured {
    async fn start() -> Self {
        let (program, up) = (Program::link(), Arc::new(AtomicUsize::new(0)));
        let lines = Lines(Arc::clone(&up));
        let tree = Tree::builder()
            .component(GUEST, guest())
            .worker_program(program.file())
            .cache_folder(cache::kept())
            .output(lines, io::sink())
            .log(Level::Warn, |_| {})
            .start()
            .await
            .expect("the tree starts");
        Self { tree, up, program }
    }

    /// Starts a tree of actors, cancels it when all are up, and gives the account of how it went.
    async fn tear_down(&self, shape: &Shape, settle: Duration) -> Account {
        self.up.store(0, Ordering::Relaxed);
        account::take();
        let begun = Instant::now();
        let plan = shape.text();
        // What is raised is that some had to be stopped.
        let _: Result<(), Error> = self
            .tree
            .nursery(async |n| {
                let main = ActorSpec::new(GUEST).name("main");
                n.run_in_actor(main, "run", ([&plan],)).await?;
                self.wait_for(shape.processes(), &plan).await;
                // tidy: a moment of life, so that some are caught in the middle of something
                tokio::time::sleep(settle).await;
                n.cancel();
                Ok(())
            })
            .await;
        assert!(begun.elapsed() < 3 * DEADLINE, "{plan} took too long");
        let accounts = account::take();
        let whole = accounts
            .into_iter()
            .rev()
            .find(|account| account.actor == "main");
        whole.unwrap_or_else(|| panic!("{plan} left no account"))
    }

    async fn wait_for(&self, processes: usize, plan: &str) {
        let end = Instant::now() + 2 * DEADLINE;
        while self.up.load(Ordering::Relaxed) < processes {
            assert!(Instant::now() < end, "{plan} does not come up");
            // tidy: the pause of a poll under a deadline
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
    }

    async fn idle(&self, number: usize) -> Duration {
        let mut failed = Instant::now();
        let ended: Result<(), Error> = self
            .tree
            .nursery(async |n| {
                for _ in 0..number {
                    n.start_actor(ActorSpec::new(GUEST).name("idle")).await?;
                }
                failed = Instant::now();
                n.start_actor(ActorSpec::new("nothing")).await.map(drop)
            })
            .await;
        assert!(ended.is_err());
        failed.elapsed()
    }
}

/// Counts the lines `up`.
struct Lines(Arc<AtomicUsize>);

impl Write for Lines {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let text = String::from_utf8_lossy(bytes);
        let up = text.lines().filter(|line| *line == "up").count();
        self.0.fetch_add(up, Ordering::Relaxed);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
