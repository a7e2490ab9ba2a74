//! The one thread that starts workers, for the life of the supervisor.

use super::{Backend, Launch, Process};
use std::io;
use std::sync::{Arc, mpsc};
use std::thread::JoinHandle;

type Answer = Box<dyn FnOnce(io::Result<Process>) + Send>;

/// A handle to the spawning thread. The thread ends when this is dropped.
pub(crate) struct Spawner {
    jobs: Option<mpsc::Sender<(Launch, Answer)>>,
    thread: Option<JoinHandle<()>>,
}

impl Spawner {
    pub(crate) fn start(backend: Arc<dyn Backend>) -> io::Result<Self> {
        let (jobs, todo) = mpsc::channel::<(Launch, Answer)>();
        let thread = std::thread::Builder::new()
            .name("tractor-spawner".into())
            .spawn(move || {
                while let Ok((launch, answer)) = todo.recv() {
                    answer(backend.spawn(launch));
                }
            })?;
        Ok(Self {
            jobs: Some(jobs),
            thread: Some(thread),
        })
    }

    /// Starts a worker on the thread; `answer` is called there.
    pub(crate) fn spawn(
        &self,
        launch: Launch,
        answer: impl FnOnce(io::Result<Process>) + Send + 'static,
    ) {
        let job: (Launch, Answer) = (launch, Box::new(answer));
        let sent = self.jobs.as_ref().map(|jobs| jobs.send(job));
        if let Some(Err(mpsc::SendError((_, answer)))) = sent {
            answer(Err(io::Error::other("the spawning thread has ended")));
        }
    }
}

impl Drop for Spawner {
    fn drop(&mut self) {
        drop(self.jobs.take());
        if let Some(thread) = self.thread.take() {
            // It ends after the spawn that is under way; a panic of it was reported by then.
            let _ = thread.join();
        }
    }
}
