//! What is seen while a component compiles: nothing if it is quick, or if nobody looks.

use indicatif::ProgressBar;
use std::io::IsTerminal;
use std::sync::mpsc::{RecvTimeoutError, Sender, channel};
use std::thread::JoinHandle;
use std::time::Duration;
use tractor_host::Progress;

/// Waits shorter than this are not worth a word.
const QUICK: Duration = Duration::from_millis(200);

/// Time between two pictures.
const TICK: Duration = Duration::from_millis(80);

/// Turns while something takes long. Dropped, it leaves the terminal as it was.
#[derive(Default)]
pub(crate) struct Spinner {
    thread: Option<(Sender<()>, JoinHandle<()>)>,
}

impl Spinner {
    /// Says what is going on with the component `name`.
    pub(crate) fn told(&mut self, name: &str, progress: Progress) {
        self.stop();
        if !std::io::stderr().is_terminal() {
            return;
        }
        let doing = match progress {
            Progress::Waiting => format!("waiting for another process that compiles {name}"),
            _ => format!("compiling {name}"),
        };
        let (stop, stopped) = channel();
        let turn = move || {
            let mut pause = QUICK;
            let bar = ProgressBar::new_spinner().with_message(doing);
            while let Err(RecvTimeoutError::Timeout) = stopped.recv_timeout(pause) {
                pause = TICK;
                bar.tick();
            }
            bar.finish_and_clear();
        };
        // Without a thread there is no spinner, which is no harm.
        let thread = std::thread::Builder::new()
            .name("spinner".into())
            .spawn(turn);
        self.thread = thread.ok().map(|thread| (stop, thread));
    }

    fn stop(&mut self) {
        if let Some((stop, thread)) = self.thread.take() {
            drop(stop);
            // A panic of it was reported, and harms nothing.
            let _ = thread.join();
        }
    }
}

impl Drop for Spinner {
    fn drop(&mut self) {
        self.stop();
    }
}
