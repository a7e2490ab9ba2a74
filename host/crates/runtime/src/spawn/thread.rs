//! The one thread that starts workers, for the life of the supervisor.

use super::stuck::{STUCK_AFTER, kill_stopped_children};
use super::{Backend, Launch, Process};
use rustix::process::Pid;
use std::io;
use std::sync::mpsc::{self, RecvTimeoutError};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::thread::JoinHandle;
use tokio::sync::oneshot;

/// Takes a process that was started, or why none was.
pub(crate) type Answer = Box<dyn FnOnce(io::Result<Process>) + Send>;

/// A handle to the spawning thread. The thread ends when this is dropped.
pub(crate) struct Spawner {
    jobs: Option<mpsc::Sender<(Launch, Answer)>>,
    thread: Option<JoinHandle<()>>,
    /// Nothing is said here: it ends with the thread.
    ended: Mutex<mpsc::Receiver<()>>,
    id: Arc<OnceLock<Pid>>,
}

impl Spawner {
    pub(crate) fn start(backend: Arc<dyn Backend>) -> io::Result<Self> {
        let (jobs, todo) = mpsc::channel::<(Launch, Answer)>();
        let (ends, ended) = mpsc::channel();
        let id = Arc::<OnceLock<Pid>>::default();
        let own = Arc::clone(&id);
        let thread = std::thread::Builder::new()
            .name("tractor-spawner".into())
            .spawn(move || {
                let _ends: mpsc::Sender<()> = ends;
                let _ = own.set(rustix::thread::gettid());
                while let Ok((launch, answer)) = todo.recv() {
                    answer(backend.spawn(launch));
                }
            })?;
        Ok(Self {
            jobs: Some(jobs),
            thread: Some(thread),
            ended: Mutex::new(ended),
            id,
        })
    }

    /// Starts a worker on the thread; `answer` is called there. The future watches over the start, and ends with it.
    pub(crate) fn spawn(
        &self,
        launch: Launch,
        answer: Answer,
    ) -> impl Future<Output = ()> + Send + use<> {
        let (started, is_started) = oneshot::channel::<()>();
        let job: (Launch, Answer) = (
            launch,
            Box::new(move |result| {
                drop(started);
                answer(result);
            }),
        );
        let sent = self.jobs.as_ref().map(|jobs| jobs.send(job));
        if let Some(Err(mpsc::SendError((_, answer)))) = sent {
            answer(Err(io::Error::other("the spawning thread has ended")));
        }
        watch_over(is_started, Arc::clone(&self.id))
    }
}

/// Starts are done one after another: this one may wait for its turn, behind one that hangs.
async fn watch_over(mut is_started: oneshot::Receiver<()>, thread: Arc<OnceLock<Pid>>) {
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
        // It ends after the spawn that is under way; a panic of it was reported by then.
        let ended = self.ended.get_mut().unwrap_or_else(PoisonError::into_inner);
        while ended.recv_timeout(STUCK_AFTER) == Err(RecvTimeoutError::Timeout) {
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
    use crate::spawn::{End, Exec};
    use rustix::process::{PidfdFlags, Signal, pidfd_open, pidfd_send_signal};
    use std::fs;
    use std::os::unix::net::UnixStream;
    use std::sync::atomic::{AtomicBool, Ordering};
    use std::time::Instant;

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
            };
            let (told, process) = oneshot::channel();
            let watch = spawner.spawn(launch, Box::new(move |result| drop(told.send(result))));
            watch.await;
            if let Ok(Ok(process)) = process.await {
                end(process.end);
            }
        }
        over.store(true, Ordering::Relaxed);
        stopper.join().expect("it ends")
    }

    fn end(end: End) {
        drop(end);
    }

    #[tokio::test]
    async fn child_that_is_stopped_before_it_runs_its_program_holds_up_nobody() {
        let spawner = Spawner::start(Arc::new(Exec::program("/bin/true"))).expect("a thread");
        assert!(start_one_that_is_stopped(&spawner).await);
    }
}
