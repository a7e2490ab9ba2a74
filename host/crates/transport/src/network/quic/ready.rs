//! Which streams have something to be looked at: so that one wake-up among a thousand lanes costs one look.

use std::collections::VecDeque;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Wake, Waker};
use tokio::sync::Notify;

/// Streams that were woken, in order, each once.
#[derive(Default)]
pub(super) struct Ready {
    queue: Mutex<VecDeque<Arc<Bell>>>,
    pub(super) rung: Notify,
}

/// What a stream wakes.
pub(super) struct Bell {
    ready: Arc<Ready>,
    stream: u64,
    queued: AtomicBool,
}

impl Ready {
    /// The bell of a stream, which rings at once.
    pub(super) fn bell(self: &Arc<Self>, stream: u64) -> Arc<Bell> {
        let bell = Arc::new(Bell {
            ready: Arc::clone(self),
            stream,
            queued: AtomicBool::new(false),
        });
        Arc::clone(&bell).wake();
        bell
    }

    /// The next stream to look at.
    pub(super) fn next(&self) -> Option<u64> {
        let bell = self.lock().pop_front()?;
        // Before the look, so that what comes during it rings again.
        bell.queued.store(false, Ordering::SeqCst);
        Some(bell.stream)
    }

    fn lock(&self) -> MutexGuard<'_, VecDeque<Arc<Bell>>> {
        self.queue.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Bell {
    pub(super) fn waker(self: &Arc<Self>) -> Waker {
        Arc::clone(self).into()
    }
}

impl Wake for Bell {
    fn wake(self: Arc<Self>) {
        if !self.queued.swap(true, Ordering::SeqCst) {
            let ready = Arc::clone(&self.ready);
            ready.lock().push_back(self);
            ready.rung.notify_one();
        }
    }
}
