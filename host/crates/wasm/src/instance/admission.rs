//! When the next call may be started.
//!
//! What wasmtime was given it starts, sooner or later, though nobody wants it any more. So a call waits with us, where it can still be withdrawn, until the
//! guest can take it at once:
//!
//! 1. While a function that is no `async func` is under way, nothing is started: nothing could run beside it.
//! 2. Behind an `async func` the next is started once the guest has run as far as it can. It may block there, in WASI or by computing, and until
//!    it gives way nothing else can run either.

use std::future::Future;
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll, Wake, Waker};

/// Whether a call may be started.
#[derive(Default)]
pub(super) enum Gate {
    /// One may.
    #[default]
    Open,
    /// One was just given to the guest.
    Turning(Turn),
    /// One is under way that nothing can run beside.
    Shut,
}

impl Gate {
    /// What is so once a call has been given to the guest.
    pub(super) fn behind(is_async: bool) -> Self {
        match is_async {
            true => Self::Turning(Turn::default()),
            false => Self::Shut,
        }
    }

    pub(super) fn is_open(&self) -> bool {
        matches!(self, Self::Open)
    }

    /// Ready, and open, once the guest has had its turn. Never ready behind a call that nothing can run beside: its end opens.
    pub(super) fn poll_turn(&mut self, context: &mut Context<'_>) -> Poll<()> {
        match self {
            Self::Turning(turn) => {
                let turned = turn.poll(context);
                if turned.is_ready() {
                    *self = Self::Open;
                }
                turned
            }
            Self::Open | Self::Shut => Poll::Pending,
        }
    }
}

/// Over when tokio has come round to us again. wasmtime polls what it drives after each step of the guest, so being polled says nothing; tokio is given way
/// to only when the guest can go no further.
#[derive(Default)]
pub(super) struct Turn(Option<Arc<Round>>);

#[derive(Default)]
struct Round {
    is_over: AtomicBool,
    waker: std::sync::Mutex<Option<Waker>>,
}

impl Wake for Round {
    fn wake(self: Arc<Self>) {
        self.is_over.store(true, Ordering::Release);
        let waker = self.waker.lock().ok().and_then(|mut waker| waker.take());
        waker.into_iter().for_each(Waker::wake);
    }
}

impl Turn {
    fn poll(&mut self, context: &mut Context<'_>) -> Poll<()> {
        let round = self.0.get_or_insert_with(begin);
        if round.is_over.load(Ordering::Acquire) {
            return Poll::Ready(());
        }
        if let Ok(mut waker) = round.waker.lock() {
            *waker = Some(context.waker().clone());
        }
        match round.is_over.load(Ordering::Acquire) {
            true => Poll::Ready(()),
            false => Poll::Pending,
        }
    }
}

fn begin() -> Arc<Round> {
    let round = Arc::<Round>::default();
    let waker = Waker::from(Arc::clone(&round));
    // Its first poll leaves the waker with tokio, which wakes it when whoever is running has given way.
    let yielding: Pin<&mut dyn Future<Output = ()>> = pin!(tokio::task::yield_now());
    if yielding.poll(&mut Context::from_waker(&waker)).is_ready() {
        waker.wake();
    }
    round
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::future::poll_fn;

    #[tokio::test]
    async fn turn_is_not_over_by_being_polled_but_by_giving_way() {
        let mut gate = Gate::behind(true);
        let mut polls = 0;
        poll_fn(|context| {
            polls += 1;
            if polls == 1 {
                for _ in 0..3 {
                    assert!(gate.poll_turn(context).is_pending());
                }
            }
            gate.poll_turn(context)
        })
        .await;
        assert!(gate.is_open());
        assert_eq!(polls, 2);
    }

    #[tokio::test]
    async fn gate_behind_a_plain_function_does_not_open_by_itself() {
        let mut gate = Gate::behind(false);
        let turned = poll_fn(|context| gate.poll_turn(context));
        let other = async {
            for _ in 0..100 {
                tokio::task::yield_now().await;
            }
        };
        tokio::select! {
            () = turned => panic!("it opened"),
            () = other => {}
        }
        assert!(!gate.is_open());
    }
}
