//! The one thread that starts workers, for the life of the supervisor.

use super::{Backend, Launch, Process};
use rustix::event::{EventfdFlags, PollFd, PollFlags, Timespec};
use std::io;
use std::os::fd::OwnedFd;
use std::sync::mpsc::{self, TryRecvError};
use std::sync::Arc;
use std::thread::JoinHandle;

type Answer = Box<dyn FnOnce(io::Result<Process>) + Send>;

enum Job {
    Spawn(Launch, Answer),
    Rest(Box<dyn FnOnce() + Send>),
}

/// A handle to the spawning thread. The thread ends when this is dropped.
pub(crate) struct Spawner {
    jobs: Option<mpsc::Sender<Job>>,
    /// Rung when there is a job, or will be none any more: the thread waits for that, and for what the backend waits for.
    bell: Arc<OwnedFd>,
    thread: Option<JoinHandle<()>>,
}

impl Spawner {
    pub(crate) fn start(mut backend: Box<dyn Backend>) -> io::Result<Self> {
        let (jobs, todo) = mpsc::channel();
        let flags = EventfdFlags::CLOEXEC | EventfdFlags::NONBLOCK;
        let bell = Arc::new(rustix::event::eventfd(0, flags)?);
        let rung = Arc::clone(&bell);
        let thread = std::thread::Builder::new()
            .name("tractor-spawner".into())
            .spawn(move || work(&mut *backend, &todo, &rung))?;
        Ok(Self {
            jobs: Some(jobs),
            bell,
            thread: Some(thread),
        })
    }

    /// Starts a worker on the thread; `answer` is called there.
    pub(crate) fn spawn(
        &self,
        launch: Launch,
        answer: impl FnOnce(io::Result<Process>) + Send + 'static,
    ) {
        if let Some(Job::Spawn(_, answer)) = self.give(Job::Spawn(launch, Box::new(answer))) {
            answer(Err(io::Error::other("the spawning thread has ended")));
        }
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
            Ok(Job::Spawn(launch, answer)) => answer(backend.spawn(launch)),
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

impl Drop for Spawner {
    fn drop(&mut self) {
        drop(self.jobs.take());
        self.ring();
        if let Some(thread) = self.thread.take() {
            // It ends after the spawn that is under way; a panic of it was reported by then.
            let _ = thread.join();
        }
    }
}
