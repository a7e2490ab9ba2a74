//! What dialogs and streams must come to: kept by both ends of each, and compared.
//!
//! 1. Whoever opened a dialog is told of exactly one end. It is what the callee said last, unless the link was lost or a grace was over.
//! 2. A stream's messages arrive in order and exactly once; all that a sender gave before its stop arrives before the end.

use crate::Coverage;
use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;
use tractor_protocol::{ActorId, DialogId, Error, Failure, FailureId, FailureKind, Payload, Side};
use tractor_runtime::time::Time;

/// A dialog, by the number of its link.
pub(crate) type Key = (u64, DialogId);

/// What a callee said last.
#[derive(Clone, Debug)]
enum Word {
    Value(Payload),
    Failed {
        ids: BTreeSet<FailureId>,
        /// Nothing but its own being cancelled.
        is_end_by_cancel: bool,
    },
    Cancelled,
    Closed,
}

#[derive(Default)]
struct Dialog {
    /// Its opener cancelled it before the end.
    asked: bool,
    word: Option<Word>,
    over: bool,
    /// Its callee broke a rule of the dialog.
    misused: bool,
}

/// One direction of a stream.
#[derive(Default)]
struct Flow {
    given: u64,
    taken: u64,
    /// Its sender drops the oldest.
    lossy: bool,
    /// Its sender has stopped it.
    stopped: bool,
}

#[derive(Default)]
struct Inner {
    now: Time,
    dialogs: BTreeMap<Key, Dialog>,
    /// By who sends: whether it is the first side.
    flows: BTreeMap<(Key, bool), Flow>,
    lost: BTreeSet<u64>,
    wrong: Vec<String>,
    seen: Coverage,
    trace: Option<Vec<String>>,
    is_fair: bool,
}

/// The books of one world, shared by all in it.
#[derive(Clone, Default)]
pub(crate) struct Books(Rc<RefCell<Inner>>);

impl Books {
    pub(crate) fn new(traced: bool, is_fair: bool) -> Self {
        let books = Self::default();
        let mut inner = books.0.borrow_mut();
        inner.trace = traced.then(Vec::new);
        inner.is_fair = is_fair;
        drop(inner);
        books
    }

    /// Whether programs do nothing that may wait for ever, so that each must come to its end by itself.
    pub(crate) fn is_fair(&self) -> bool {
        self.0.borrow().is_fair
    }

    pub(crate) fn set_now(&self, now: Time) {
        self.0.borrow_mut().now = now;
    }

    pub(crate) fn note(&self, text: impl FnOnce() -> String) {
        let mut inner = self.0.borrow_mut();
        let at = inner.now.0.as_secs_f64() * 1000.0;
        if let Some(trace) = &mut inner.trace {
            trace.push(format!("{at:>9.3} {}", text()));
        }
    }

    pub(crate) fn seen(&self, what: &'static str) {
        self.0.borrow_mut().seen.note(what);
    }

    pub(crate) fn expect(&self, holds: bool, text: impl FnOnce() -> String) {
        if !holds {
            self.0.borrow_mut().wrong.push(text());
        }
    }

    pub(crate) fn is_fine(&self) -> bool {
        self.0.borrow().wrong.is_empty()
    }

    /// What is wrong, the trace, and what happened.
    pub(crate) fn take(&self) -> (Vec<String>, Vec<String>, Coverage) {
        let mut inner = self.0.borrow_mut();
        (
            std::mem::take(&mut inner.wrong),
            inner.trace.take().unwrap_or_default(),
            std::mem::take(&mut inner.seen),
        )
    }

    pub(crate) fn opened(&self, key: Key) {
        let twice = self.0.borrow_mut().dialogs.insert(key, Dialog::default());
        self.expect(twice.is_none(), || format!("{key:?} is opened twice"));
    }

    /// The opener cancels it.
    pub(crate) fn asked(&self, key: Key) {
        if let Some(dialog) = self.0.borrow_mut().dialogs.get_mut(&key) {
            dialog.asked |= !dialog.over;
        }
    }

    /// The link is cut, or one of its ends has died.
    pub(crate) fn lost(&self, link: u64) {
        self.0.borrow_mut().lost.insert(link);
    }

    /// The callee broke a rule.
    pub(crate) fn misused(&self, key: Key) {
        self.0.borrow_mut().dialogs.entry(key).or_default().misused = true;
    }

    /// The task of `callee` is done.
    pub(crate) fn finished(&self, key: Key, callee: &ActorId, result: &Result<Payload, Error>) {
        let by_cancel = |failure: &Failure| match failure.kind {
            FailureKind::ContextCancelled(_) => failure.origin == *callee,
            _ => failure.is_cancelled(),
        };
        let word = match result {
            Ok(value) => Word::Value(value.clone()),
            Err(Error::Failed(failures)) => Word::Failed {
                ids: failures.iter().map(|failure| failure.id).collect(),
                is_end_by_cancel: failures.iter().all(by_cancel),
            },
            Err(Error::Cancelled(_)) => Word::Cancelled,
            Err(Error::Closed) => Word::Closed,
        };
        let mut inner = self.0.borrow_mut();
        let dialog = inner.dialogs.entry(key).or_default();
        let twice = dialog.word.replace(word).is_some();
        drop(inner);
        self.expect(!twice, || format!("{key:?} is finished twice"));
    }

    /// The opener is told of the end.
    pub(crate) fn ended(&self, key: Key, outcome: &Result<Payload, Error>) {
        let mut inner = self.0.borrow_mut();
        let is_lost = inner.lost.contains(&key.0);
        let dialog = inner.dialogs.entry(key).or_default();
        let twice = std::mem::replace(&mut dialog.over, true);
        let fine = !twice && agrees(dialog, outcome, is_lost);
        let text = (!fine).then(|| {
            let (word, asked) = (&dialog.word, dialog.asked);
            format!("{key:?} ends as {outcome:?}, asked {asked}, the callee said {word:?}, again {twice}")
        });
        inner.wrong.extend(text);
        inner.seen.note(match outcome {
            Ok(_) => "dialog gives a value",
            Err(Error::Cancelled(_)) => "dialog is cancelled",
            Err(Error::Failed(failures)) => kind_of(failures),
            Err(Error::Closed) => "dialog is closed",
        });
    }

    pub(crate) fn is_over(&self, key: Key) -> bool {
        let inner = self.0.borrow();
        inner.dialogs.get(&key).is_none_or(|dialog| dialog.over)
    }

    /// A sender opened its stream.
    pub(crate) fn stream(&self, key: Key, sender: Side, lossy: bool) {
        let mut inner = self.0.borrow_mut();
        inner
            .flows
            .entry((key, sender == Side::First))
            .or_default()
            .lossy = lossy;
    }

    /// The next messages of a sender.
    pub(crate) fn next(&self, key: Key, sender: Side, count: u64) -> Vec<u64> {
        let inner = self.0.borrow();
        let given = inner
            .flows
            .get(&(key, sender == Side::First))
            .map_or(0, |flow| flow.given);
        (given..given + count).collect()
    }

    /// So many of them were taken.
    pub(crate) fn sent(&self, key: Key, sender: Side, count: u64) {
        let mut inner = self.0.borrow_mut();
        inner
            .flows
            .entry((key, sender == Side::First))
            .or_default()
            .given += count;
    }

    /// These were received from that side.
    pub(crate) fn received(&self, key: Key, sender: Side, messages: &[Payload]) {
        let mut inner = self.0.borrow_mut();
        let flow = inner.flows.entry((key, sender == Side::First)).or_default();
        let mut wrong = Vec::new();
        for message in messages {
            let number = number_of(message);
            let fine = match flow.lossy {
                true => number >= flow.taken && number < flow.given,
                false => number == flow.taken && number < flow.given,
            };
            if !fine {
                wrong.push(format!(
                    "{key:?} from {sender:?}: {number} comes when {} is due of {}",
                    flow.taken, flow.given
                ));
            }
            flow.taken = number + 1;
        }
        inner.wrong.extend(wrong);
        inner.seen.note("stream message received");
    }

    /// The sender stops.
    pub(crate) fn stops(&self, key: Key, sender: Side) {
        let mut inner = self.0.borrow_mut();
        let flow = inner.flows.entry((key, sender == Side::First)).or_default();
        flow.stopped = true;
    }

    /// The receiver was told that the sender has stopped, and the link lives.
    pub(crate) fn stopped(&self, key: Key, sender: Side) {
        let mut inner = self.0.borrow_mut();
        let is_lost = inner.lost.contains(&key.0);
        let is_over = inner
            .dialogs
            .get(&key)
            .is_none_or(|d| d.over || d.word.is_some());
        let flow = inner.flows.entry((key, sender == Side::First)).or_default();
        // What is kept to be sent later is dropped at the end of the dialog, but the newest is kept until then.
        let may_lack = flow.lossy && (is_over || !flow.stopped);
        let fine = is_lost || may_lack || flow.taken == flow.given;
        let (taken, given) = (flow.taken, flow.given);
        inner.seen.note("stream ended");
        drop(inner);
        self.expect(fine, || {
            format!("{key:?} from {sender:?} ends after {taken} of {given} messages")
        });
    }
}

/// Whether an end is what the callee's last word, the opener's wish and the faults allow.
fn agrees(dialog: &Dialog, outcome: &Result<Payload, Error>, is_lost: bool) -> bool {
    match (&dialog.word, outcome) {
        (Some(Word::Value(said)), Ok(got)) => said == got && !dialog.misused,
        (_, Ok(_)) => false,
        // The opener's own cancellation: only if it asked, and the callee gave nothing.
        (
            Some(
                Word::Cancelled
                | Word::Failed {
                    is_end_by_cancel: true,
                    ..
                },
            ),
            Err(Error::Cancelled(_)),
        ) => dialog.asked,
        (_, Err(Error::Cancelled(_))) => dialog.asked && is_lost,
        (word, Err(Error::Failed(failures))) => failures.iter().all(|failure| {
            let is_said = match word {
                Some(Word::Failed { ids, .. }) => ids.contains(&failure.id),
                Some(Word::Cancelled) => {
                    matches!(failure.kind, FailureKind::ContextCancelled(_)) && !dialog.asked
                }
                Some(Word::Closed) => true,
                Some(Word::Value(_)) | None => false,
            };
            is_said || may_be_added(failure, dialog, is_lost)
        }),
        (_, Err(Error::Closed)) => is_lost,
    }
}

/// Failures that no callee said.
fn may_be_added(failure: &Failure, dialog: &Dialog, is_lost: bool) -> bool {
    match &failure.kind {
        FailureKind::Overdue(_) => dialog.asked || is_lost,
        // A value without `started`, or after a broken rule.
        FailureKind::Misuse => dialog.word.is_some() || is_lost,
        // A value for which there was no room.
        FailureKind::Limit(_) => dialog.word.is_some() || is_lost,
        _ => is_lost,
    }
}

fn kind_of(failures: &[Failure]) -> &'static str {
    match failures.first().map(|failure| &failure.kind) {
        Some(FailureKind::Overdue(_)) => "dialog is overdue",
        Some(FailureKind::ContextCancelled(_)) => "dialog is cancelled by its callee",
        Some(FailureKind::ConnectionLost) => "dialog is lost",
        Some(FailureKind::Misuse) => "dialog is misused",
        Some(FailureKind::Killed(_)) => "dialog is killed",
        _ => "dialog fails",
    }
}

/// The message with a number.
pub(crate) fn message(number: u64) -> Payload {
    Payload::new(
        tractor_protocol::Codec::Postcard,
        number.to_le_bytes().to_vec(),
    )
}

/// The number of a message.
pub(crate) fn number_of(message: &Payload) -> u64 {
    let bytes = message.bytes.first_chunk().copied();
    u64::from_le_bytes(bytes.unwrap_or([0xff; 8]))
}
