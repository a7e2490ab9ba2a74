//! The one thread that starts workers, for the life of the supervisor.

use super::stuck::{STUCK_AFTER, kill_stopped_children};
use super::{Backend, Launch, Process};
use rustix::event::{EventfdFlags, PollFd, PollFlags, Timespec};
use rustix::process::Pid;
use std::io;
use std::os::fd::OwnedFd;
use std::sync::mpsc::{self, RecvTimeoutError, TryRecvError};
use std::sync::{Arc, OnceLock};
use std::thread::JoinHandle;
use tokio::sync::oneshot;

/// Takes a process that was started, or why none was.
pub(crate) type Answer = Box<dyn FnOnce(io::Result<Process>) + Send>;

enum Job {
    Spawn {
        launch: Launch,
        /// Dropped when its turn has come.
        waits: oneshot::Sender<()>,
        answer: Answer,
    },
    Rest(Box<dyn FnOnce() + Send>),
}

/// A handle to the spawning thread. The thread ends when this is dropped.
pub(crate) struct Spawner {
    jobs: Option<mpsc::Sender<Job>>,
    /// Rung when there is a job, or will be none any more: the thread waits for that, and for what the backend waits for.
    bell: Arc<OwnedFd>,
    thread: Option<JoinHandle<()>>,
    /// Nothing is said here: it ends with the thread.
    ended: mpsc::Receiver<()>,
    id: Arc<OnceLock<Pid>>,
}

impl Spawner {
    pub(crate) fn start(mut backend: Box<dyn Backend>) -> io::Result<Self> {
        let (jobs, todo) = mpsc::channel::<Job>();
        let (ends, ended) = mpsc::channel();
        let id = Arc::<OnceLock<Pid>>::default();
        let own = Arc::clone(&id);
        let flags = EventfdFlags::CLOEXEC | EventfdFlags::NONBLOCK;
        let bell = Arc::new(rustix::event::eventfd(0, flags)?);
        let rung = Arc::clone(&bell);
        let thread = std::thread::Builder::new()
            .name("tractor-spawner".into())
            .spawn(move || {
                let _ends: mpsc::Sender<()> = ends;
                let _ = own.set(rustix::thread::gettid());
                work(&mut *backend, &todo, &rung);
                drop(backend);
            })?;
        Ok(Self {
            jobs: Some(jobs),
            bell,
            thread: Some(thread),
            ended,
            id,
        })
    }

    /// Starts a worker on the thread; `answer` is called there. The future watches over the start, and ends with it.
    pub(crate) fn spawn(
        &self,
        launch: Launch,
        answer: Answer,
    ) -> impl Future<Output = ()> + Send + use<> {
        let (waits, is_its_turn) = oneshot::channel::<()>();
        let (started, is_started) = oneshot::channel::<()>();
        let answer: Answer = Box::new(move |result| {
            drop(started);
            answer(result);
        });
        let job = Job::Spawn {
            launch,
            waits,
            answer,
        };
        if let Some(Job::Spawn { answer, .. }) = self.give(job) {
            answer(Err(io::Error::other("the spawning thread has ended")));
        }
        watch_over(is_its_turn, is_started, Arc::clone(&self.id))
    }

    /// Ends what the backend keeps beside workers, after the spawns that were asked for; `answer` is called on the thread when that is done.
    pub(crate) fn rest(&self, answer: impl FnOnce() + Send + 'static) {
        if let Some(Job::Rest(answer)) = self.give(Job::Rest(Box::new(answer))) {
            answer();
        }
    }

    /// Gives the job back if there is nobody to do it.
    fn give(&self, job: Job) -> Option<Job> {
        let sent = match &self.jobs {
            Some(jobs) => jobs.send(job),
            None => Err(mpsc::SendError(job)),
        };
        self.ring();
        sent.err().map(|mpsc::SendError(job)| job)
    }

    fn ring(&self) {
        // It fails only if it was rung 2^64 times.
        let _ = rustix::io::write(&self.bell, &1_u64.to_ne_bytes());
    }
}

/// Does jobs in order, and between them what the backend has to do by itself, until there is nobody who could give more.
fn work(backend: &mut dyn Backend, todo: &mpsc::Receiver<Job>, bell: &OwnedFd) {
    loop {
        match todo.try_recv() {
            Ok(Job::Spawn {
                launch,
                waits,
                answer,
            }) => {
                drop(waits);
                answer(backend.spawn(launch));
            }
            Ok(Job::Rest(answer)) => {
                backend.rest();
                answer();
            }
            Err(TryRecvError::Empty) => {
                wait(backend, bell);
                backend.tend();
            }
            Err(TryRecvError::Disconnected) => return,
        }
    }
}

/// Waits for the bell, and for what the backend waits for.
fn wait(backend: &dyn Backend, bell: &OwnedFd) {
    let watched = backend.watched();
    let mut all = vec![PollFd::new(bell, PollFlags::IN)];
    all.extend(watched.iter().map(|fd| PollFd::new(fd, PollFlags::IN)));
    // One that cannot be told is far off.
    let time = backend.patience();
    let time = time.and_then(|time| Timespec::try_from(time).ok());
    // Interrupted, it is looked at what there is to do.
    let _ = rustix::event::poll(&mut all, time.as_ref());
    // What was rung is looked for now. It is empty if nobody rang.
    let _ = rustix::io::read(bell, &mut [0; 8]);
}

/// Looks after one start once its turn has come: of the many that may wait, only one is looked after at a time.
async fn watch_over(
    is_its_turn: oneshot::Receiver<()>,
    mut is_started: oneshot::Receiver<()>,
    thread: Arc<OnceLock<Pid>>,
) {
    let _ = is_its_turn.await;
    while tokio::time::timeout(STUCK_AFTER, &mut is_started)
        .await
        .is_err()
    {
        thread
            .get()
            .copied()
            .into_iter()
            .for_each(kill_stopped_children);
    }
}

impl Drop for Spawner {
    fn drop(&mut self) {
        drop(self.jobs.take());
        self.ring();
        // It ends after the spawn that is under way; a panic of it was reported by then.
        while self.ended.recv_timeout(STUCK_AFTER) == Err(RecvTimeoutError::Timeout) {
            self.id
                .get()
                .copied()
                .into_iter()
                .for_each(kill_stopped_children);
        }
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::spawn::Exec;
    use rustix::process::{PidfdFlags, Signal, pidfd_open, pidfd_send_signal};
    use std::fs;
    use std::os::unix::net::UnixStream;
    use std::sync::atomic::{AtomicBool, Ordering};
    use std::time::Instant;
    use tractor_protocol::control::Code;

    /// Stops the first process that it sees between fork and exec; gives whether it did.
    fn stop_one(spawner: Pid, over: &AtomicBool) -> bool {
        let list = format!("/proc/self/task/{}/children", spawner.as_raw_nonzero());
        let ours = fs::read("/proc/self/cmdline").expect("it has a command line");
        while !over.load(Ordering::Relaxed) {
            let children = fs::read_to_string(&list).expect("it has a list of children");
            let pids = children
                .split_whitespace()
                .filter_map(|pid| pid.parse().ok());
            for pid in pids.filter_map(Pid::from_raw) {
                let stopped = pidfd_open(pid, PidfdFlags::empty())
                    .and_then(|child| pidfd_send_signal(&child, Signal::STOP));
                let theirs = fs::read(format!("/proc/{}/cmdline", pid.as_raw_nonzero()));
                if stopped.is_ok() && theirs.is_ok_and(|theirs| theirs == ours) {
                    return true;
                }
            }
        }
        false
    }

    /// Starts processes until one is stopped on its way, and gives what became of that one.
    async fn start_one_that_is_stopped(spawner: &Spawner) -> bool {
        let id = loop {
            if let Some(id) = spawner.id.get() {
                break *id;
            }
            tokio::task::yield_now().await;
        };
        let over = Arc::new(AtomicBool::new(false));
        let stopper = {
            let over = Arc::clone(&over);
            std::thread::spawn(move || stop_one(id, &over))
        };
        let deadline = Instant::now() + std::time::Duration::from_secs(60);
        while !stopper.is_finished() && Instant::now() < deadline {
            let (control, _ours) = UnixStream::pair().expect("a pair");
            let launch = Launch {
                name: "stopped".to_owned(),
                control: control.into(),
                terminal: false,
                code: Code::Native("none".to_owned()),
                file: None,
                backend: None,
            };
            let (told, process) = oneshot::channel();
            let watch = spawner.spawn(launch, Box::new(move |result| drop(told.send(result))));
            watch.await;
            // Dropped, it is ended.
            let _process = process.await;
        }
        over.store(true, Ordering::Relaxed);
        stopper.join().expect("it ends")
    }

    #[tokio::test]
    async fn child_that_is_stopped_before_it_runs_its_program_holds_up_nobody() {
        let spawner = Spawner::start(Box::new(Exec::program("/bin/true"))).expect("a thread");
        assert!(start_one_that_is_stopped(&spawner).await);
    }
}
