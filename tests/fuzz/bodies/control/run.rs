//! Drives a tree from the fuzzer's bytes.

use super::book::{Book, Process};
use super::words;
use arbitrary::{Result, Unstructured};
use std::time::Duration;
use tractor_protocol::control::FromWorker;
use tractor_protocol::{CancelReason, Limits, Uuid};
use tractor_runtime::time::Time;
use tractor_runtime::tree::{ActorSnapshot, Effect, ExitStatus, Tree, TreeConfig, TreeEvent};

struct Run {
    tree: Tree,
    book: Book,
    now: Time,
}

/// Drives a tree, and brings it to its end.
pub(crate) fn run(bytes: &[u8]) {
    let bundle = ["a".to_owned(), "b".to_owned()];
    let config = TreeConfig {
        start_allowance: Duration::from_secs(2),
        limits: Limits {
            actors: Some(24),
            depth: Some(6),
            spawn_rate: Some(5),
            ..Limits::default()
        },
        ..TreeConfig::permissive(bundle)
    };
    let tree = Tree::new(config, Time::ZERO);
    let mut run = Run {
        book: Book::new(tree.root().uuid),
        tree,
        now: Time::ZERO,
    };
    let mut input = Unstructured::new(bytes);
    while !input.is_empty() {
        // Bytes that make no step are passed over.
        let _ = run.step(&mut input);
    }
    run.wind_down();
}

impl Run {
    fn step(&mut self, input: &mut Unstructured<'_>) -> Result<()> {
        let actor = words::actor(input, &self.book)?;
        match input.int_in_range(0..=15_u8)? {
            0..=8 => {
                let message = words::message(input, &self.book)?;
                if self.book.speaks(actor) {
                    self.say(actor, message);
                }
            }
            9..=11 => self.live(actor),
            12 => self.die(input, actor)?,
            13 => self.pass(words::duration(input)?.min(Duration::from_secs(3))),
            14 => self.shut_down(input)?,
            _ => self.kills_land(),
        }
        Ok(())
    }

    fn say(&mut self, actor: Uuid, message: FromWorker) {
        let event = TreeEvent::Message {
            actor,
            message: message.clone(),
        };
        self.tree.handle(self.now, event);
        self.take(Some((actor, &message)));
    }

    fn tell(&mut self, event: TreeEvent) {
        self.tree.handle(self.now, event);
        self.take(None);
    }

    fn take(&mut self, said: Option<(Uuid, &FromWorker)>) {
        let effects = Vec::from_iter(std::iter::from_fn(|| self.tree.poll_effect()));
        self.book.after(said, &effects);
        assert_eq!(self.tree.audit(), Vec::<String>::new());
        // Those that are reaped stand there too while there is someone below them.
        let living = count(&self.tree.snapshot(self.now).root);
        assert!(living > self.book.workers.len());
        let is_kill = |effect: &&Effect| matches!(effect, Effect::Kill { .. });
        assert!(effects.iter().filter(is_kill).count() <= 2 * living + 24);
    }

    /// A process comes to be.
    fn live(&mut self, actor: Uuid) {
        let Some(worker) = self.book.workers.get_mut(&actor) else {
            return;
        };
        if worker.process == Process::Asked {
            worker.process = Process::Running;
            self.tell(TreeEvent::Spawned { actor, pid: 7 });
        }
    }

    fn die(&mut self, input: &mut Unstructured<'_>, actor: Uuid) -> Result<()> {
        let status = match input.int_in_range(0..=3_u8)? {
            0 => ExitStatus::Signal(input.arbitrary()?),
            1 => ExitStatus::Code(input.arbitrary()?),
            2 => ExitStatus::Code(0),
            _ => {
                self.go_silent(actor);
                return Ok(());
            }
        };
        self.end(actor, status);
        Ok(())
    }

    fn go_silent(&mut self, actor: Uuid) {
        let Some(worker) = self.book.workers.get_mut(&actor) else {
            return;
        };
        if worker.process == Process::Running {
            worker.process = Process::Silent;
            self.tell(TreeEvent::LinkLost { actor });
        }
    }

    /// A process ends, or never comes to be.
    fn end(&mut self, actor: Uuid, status: ExitStatus) {
        let Some(worker) = self.book.workers.get(&actor) else {
            return;
        };
        if worker.process == Process::Asked {
            let message = "no such file".to_owned();
            return self.tell(TreeEvent::SpawnFailed { actor, message });
        }
        self.go_silent(actor);
        let stderr = vec!["its last line".to_owned()];
        self.tell(TreeEvent::Exited {
            actor,
            status,
            stderr,
        });
    }

    fn kills_land(&mut self) {
        let workers = self.book.workers.iter();
        let killed = workers.filter(|(_, worker)| worker.killed);
        for actor in Vec::from_iter(killed.map(|(actor, _)| *actor)) {
            self.end(actor, ExitStatus::Signal(9));
        }
    }

    /// Lets time pass, timers firing on the way.
    fn pass(&mut self, time: Duration) {
        let end = self.now + time;
        while let Some(at) = self.tree.next_timeout().filter(|at| *at <= end) {
            self.now = self.now.max(at);
            self.tree.handle_timeout(self.now);
            self.take(None);
            assert!(self.tree.next_timeout().is_none_or(|next| next > self.now));
        }
        self.now = end;
    }

    fn shut_down(&mut self, input: &mut Unstructured<'_>) -> Result<()> {
        match input.int_in_range(0..=15_u8)? {
            0 => self.tell(TreeEvent::ShutdownNow),
            1 => {
                let grace = words::duration(input)?;
                self.tell(shutdown(input.ratio(1, 2)?.then_some(grace)));
            }
            _ => {}
        }
        Ok(())
    }

    /// Nobody does what it is told: all are killed within the grace and what it takes to stop, kill and reap.
    fn wind_down(&mut self) {
        self.tell(shutdown(Some(Duration::from_millis(100))));
        for _ in 0..4 {
            self.pass(Duration::from_millis(700));
            self.kills_land();
        }
        assert!(self.book.finished, "{:?}", self.book);
        assert_eq!(self.tree.next_timeout(), None);
    }
}

fn shutdown(grace: Option<Duration>) -> TreeEvent {
    TreeEvent::Shutdown {
        reason: CancelReason::Shutdown,
        message: None,
        grace,
    }
}

fn count(actor: &ActorSnapshot) -> usize {
    1 + actor.children.iter().map(count).sum::<usize>()
}
