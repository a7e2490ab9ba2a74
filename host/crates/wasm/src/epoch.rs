//! The ticks that let a guest share its thread, and the wish to stop it.
//!
//! 1. Epochs advance only while a guest is being polled, so an idle worker is not woken.
//! 2. A guest that gives way lets tokio look at sockets and timers before it goes on: that is how a stop gets here at all.
//! 3. A stop is seen within [`HURRY`] by a guest that computes; by one that waits in a blocking call of WASI through
//!    [`Stop::race`].

use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::{JoinHandle, Thread};
use std::time::Duration;
use tokio::sync::watch;
use wasmtime::{Engine, EngineWeak, Store, UpdateDeadline};

/// Time between ticks, 10 ms: how long a guest that computes may keep links and timers of its worker waiting.
const TICK: Duration = Duration::from_millis(10);

/// Time between ticks once a stop is asked for, 1 ms: a guest that has just given way runs on until the next tick, and the worker
/// of a guest that takes 20 ms to stop is killed before it can say where the guest was.
const HURRY: Duration = Duration::from_millis(1);

/// Ticks without a guest before the thread parks, 3: parking at once would cost a wake-up for each short call.
const IDLE_TICKS: u32 = 3;

/// What a guest is stopped with.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("stopped by the host")]
pub(crate) struct Stopped;

/// The wish that a guest be stopped. Cloning gives the same wish.
#[derive(Clone)]
pub(crate) struct Stop {
    asked: watch::Sender<bool>,
    shared: Arc<Shared>,
    ticker: Thread,
}

impl Stop {
    /// Asks for it. A second time has no effect.
    pub(crate) fn request(&self) {
        self.asked.send_replace(true);
        self.shared.hurried.store(true, Ordering::SeqCst);
        self.ticker.unpark();
    }

    pub(crate) fn is_requested(&self) -> bool {
        *self.asked.borrow()
    }

    /// Waits until it is asked for.
    pub(crate) async fn requested(&self) {
        let mut asked = self.asked.subscribe();
        // An error would mean that no sender is left, and this is one.
        let _ = asked.wait_for(|asked| *asked).await;
    }

    /// Waits for `work`, or fails as soon as the guest is to stop.
    pub(crate) async fn race<T>(&self, work: impl Future<Output = T>) -> Result<T, Stopped> {
        tokio::select! {
            biased;
            () = self.requested() => Err(Stopped),
            done = work => Ok(done),
        }
    }

    /// Makes the guest of `store` give way at every tick, and end once a stop is asked for.
    pub(crate) fn watch<T>(&self, store: &mut Store<T>) {
        let stop = self.clone();
        store.set_epoch_deadline(1);
        store.epoch_deadline_callback(move |_| match stop.is_requested() {
            true => Err(Stopped.into()),
            // tokio's own way of giving way: a task that merely wakes itself keeps tokio from its sockets.
            false => Ok(UpdateDeadline::YieldCustom(
                1,
                Box::pin(tokio::task::yield_now()),
            )),
        });
    }
}

/// The thread that advances an engine's epoch. Ends when dropped.
pub(crate) struct Ticker {
    shared: Arc<Shared>,
    thread: Option<JoinHandle<()>>,
    stop: Stop,
}

struct Shared {
    engine: EngineWeak,
    running: AtomicBool,
    parked: AtomicBool,
    hurried: AtomicBool,
    ended: AtomicBool,
}

impl Ticker {
    /// Starts the thread, parked.
    pub(crate) fn start(engine: &Engine) -> io::Result<Self> {
        let shared = Arc::new(Shared {
            engine: engine.weak(),
            running: AtomicBool::new(false),
            parked: AtomicBool::new(false),
            hurried: AtomicBool::new(false),
            ended: AtomicBool::new(false),
        });
        let in_thread = Arc::clone(&shared);
        let thread = std::thread::Builder::new()
            .name("epoch".to_owned())
            .spawn(move || in_thread.run())?;
        let stop = Stop {
            asked: watch::Sender::new(false),
            shared: Arc::clone(&shared),
            ticker: thread.thread().clone(),
        };
        Ok(Self {
            shared,
            thread: Some(thread),
            stop,
        })
    }

    /// The wish to stop the guests of the engine.
    pub(crate) fn stop(&self) -> &Stop {
        &self.stop
    }

    /// Ticks until the guard is dropped.
    pub(crate) fn enter(&self) -> Running<'_> {
        self.shared.running.store(true, Ordering::SeqCst);
        self.shared.wake(&self.stop.ticker);
        Running(&self.shared)
    }

    /// Ticks while `work` is polled.
    pub(crate) async fn during<F: Future>(&self, work: F) -> F::Output {
        let mut work = std::pin::pin!(work);
        std::future::poll_fn(|context| {
            let _running = self.enter();
            work.as_mut().poll(context)
        })
        .await
    }
}

impl Drop for Ticker {
    fn drop(&mut self) {
        self.shared.ended.store(true, Ordering::SeqCst);
        if let Some(thread) = self.thread.take() {
            thread.thread().unpark();
            // The thread cannot panic, and there would be nothing to do about it.
            let _ = thread.join();
        }
    }
}

/// A guest is being polled.
pub(crate) struct Running<'a>(&'a Shared);

impl Drop for Running<'_> {
    fn drop(&mut self) {
        self.0.running.store(false, Ordering::SeqCst);
    }
}

impl Shared {
    /// Unparks the thread if it may be parked; otherwise costs no system call.
    fn wake(&self, thread: &Thread) {
        if self.parked.swap(false, Ordering::SeqCst) {
            thread.unpark();
        }
    }

    fn run(&self) {
        let mut idle_ticks = 0;
        while !self.ended.load(Ordering::SeqCst) {
            if idle_ticks >= IDLE_TICKS {
                self.park();
                idle_ticks = 0;
            }
            std::thread::park_timeout(self.interval());
            idle_ticks = match self.tick() {
                true => 0,
                false => idle_ticks + 1,
            };
        }
    }

    fn interval(&self) -> Duration {
        match self.hurried.load(Ordering::SeqCst) {
            true => HURRY,
            false => TICK,
        }
    }

    /// Parks until a guest is polled, or the ticker ends.
    fn park(&self) {
        self.parked.store(true, Ordering::SeqCst);
        while self.parked.load(Ordering::SeqCst)
            && !self.running.load(Ordering::SeqCst)
            && !self.ended.load(Ordering::SeqCst)
        {
            std::thread::park();
        }
        self.parked.store(false, Ordering::SeqCst);
    }

    /// Advances the epoch if a guest runs, and says whether it did.
    fn tick(&self) -> bool {
        let running = self.running.load(Ordering::SeqCst);
        if running && let Some(engine) = self.engine.upgrade() {
            engine.increment_epoch();
        }
        running
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::{Purpose, engine};
    use std::time::Instant;

    fn until(condition: impl Fn() -> bool) {
        let deadline = Instant::now() + Duration::from_secs(5);
        while !condition() {
            assert!(Instant::now() < deadline, "condition never held");
            std::thread::yield_now();
        }
    }

    #[test]
    fn ticker_without_guest_parks_and_wakes_for_the_next() {
        let engine = engine(Purpose::Run).expect("engine");
        let ticker = Ticker::start(&engine).expect("thread");
        until(|| ticker.shared.parked.load(Ordering::SeqCst));
        let running = ticker.enter();
        until(|| !ticker.shared.parked.load(Ordering::SeqCst));
        drop(running);
        until(|| ticker.shared.parked.load(Ordering::SeqCst));
    }

    #[test]
    fn ticker_that_is_dropped_while_parked_ends() {
        let engine = engine(Purpose::Run).expect("engine");
        let ticker = Ticker::start(&engine).expect("thread");
        until(|| ticker.shared.parked.load(Ordering::SeqCst));
        drop(ticker);
    }

    #[tokio::test]
    async fn race_after_a_stop_fails_even_if_the_work_is_done() {
        let engine = engine(Purpose::Run).expect("engine");
        let ticker = Ticker::start(&engine).expect("thread");
        let stop = ticker.stop();
        assert_eq!(stop.race(std::future::ready(1)).await, Ok(1));
        stop.clone().request();
        assert_eq!(stop.race(std::future::ready(1)).await, Err(Stopped));
    }
}
