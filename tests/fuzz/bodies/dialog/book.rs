//! What one end of a link was told, and what it said.

use std::collections::{BTreeMap, VecDeque};
use tractor_protocol::frame::Frame;
use tractor_protocol::peer::{DialogKind, MESSAGE_COST_BYTES, MessageHead, PeerMessage, Start};
use tractor_protocol::{DialogId, Payload, Side};
use tractor_runtime::dialog::{DialogEvent, DialogLimits};

/// One dialog, whoever opened it.
#[derive(Debug)]
pub(super) struct Entry {
    pub(super) kind: DialogKind,
    /// Its `Start` has crossed the link.
    begun: bool,
    /// `Started` has crossed the link.
    started: bool,
    /// The callee's last word has crossed the link.
    over: bool,
    /// Events that told its outcome.
    outcomes: usize,
    cancels: usize,
    stops: usize,
    /// Whether the peer has said `Stop`.
    peer_stopped: bool,
    /// Credit from the peer that is not used: messages, and bytes.
    credit: u64,
    window: i128,
    /// Credit of ours that crossed the link and is not used: messages, and bytes.
    held: i64,
    held_bytes: i128,
    /// Our code has said its last word, which may not have crossed the link.
    finished: bool,
    /// What comes in is dropped, or may be.
    dropping: bool,
    /// What the peer sent and nobody has received.
    arrived: VecDeque<Payload>,
}

impl Entry {
    pub(super) fn new(kind: DialogKind, begun: bool) -> Self {
        Self {
            kind,
            begun,
            started: false,
            over: false,
            outcomes: 0,
            cancels: 0,
            stops: 0,
            peer_stopped: false,
            credit: 0,
            window: 0,
            held: 0,
            held_bytes: 0,
            finished: false,
            dropping: false,
            arrived: VecDeque::new(),
        }
    }
}

impl Entry {
    /// Whether the peer holds credit for these messages.
    fn has_room(&self, messages: &[MessageHead]) -> bool {
        let mut left = self.held_bytes;
        let mut fits = |head| {
            let is_room = left > 0;
            left -= cost(head);
            is_room
        };
        messages.len() as i64 <= self.held && messages.iter().all(&mut fits)
    }
}

/// What a stream message takes of the bytes that its sender may send.
fn cost(head: &MessageHead) -> i128 {
    i128::from(head.bytes) + i128::from(MESSAGE_COST_BYTES)
}

fn messages_cost(messages: &VecDeque<Payload>) -> i128 {
    let costs = messages.iter().map(|message| message.bytes.len() as i128);
    costs
        .map(|bytes| bytes + i128::from(MESSAGE_COST_BYTES))
        .sum()
}

/// What a stream whose messages are dropped lets its peer send; all others have less.
const DRAIN_BYTES: i128 = 256 << 10;

#[derive(Debug)]
pub(super) struct Book {
    pub(super) limits: DialogLimits,
    pub(super) entries: BTreeMap<DialogId, Entry>,
    /// Dialogs of the peer that were not let in: each is answered once.
    refused: BTreeMap<DialogId, usize>,
    /// The index after the highest that the peer has opened.
    pub(super) seen: u64,
}

/// Whose side the fuzzed end has.
pub(super) const OURS: Side = Side::First;

impl Book {
    pub(super) fn new(limits: DialogLimits) -> Self {
        Self {
            limits,
            entries: BTreeMap::new(),
            refused: BTreeMap::new(),
            seen: 0,
        }
    }

    /// Whether the peer may say this now, as far as this book tells.
    pub(super) fn is_legal(&self, frame: &Frame<PeerMessage>) -> Option<bool> {
        let has_value = matches!(
            frame.message,
            PeerMessage::Start(_)
                | PeerMessage::Started { .. }
                | PeerMessage::Yield { .. }
                | PeerMessage::Return { .. }
        );
        if !has_value && !frame.body.is_empty() {
            return Some(false);
        }
        match &frame.message {
            PeerMessage::Hello(_) => Some(false),
            PeerMessage::Ping(_) | PeerMessage::Pong(_) => Some(true),
            PeerMessage::Start(start) => self.is_legal_start(start),
            PeerMessage::Cancel { dialog, .. } => {
                Some(dialog.opener() != OURS && dialog.index() < self.seen)
            }
            PeerMessage::Started { dialog, .. } => Some(self.is_running(*dialog, |entry| {
                entry.kind == DialogKind::Context && !entry.started
            })),
            PeerMessage::Return { dialog, .. } => Some(self.is_running(*dialog, |entry| {
                entry.kind == DialogKind::Call || entry.started
            })),
            PeerMessage::Failed { dialog, failures } => {
                Some(self.is_running(*dialog, |_| !failures.is_empty()))
            }
            PeerMessage::Stop { dialog } => {
                self.is_legal_on_stream(*dialog, |entry| Some(!entry.peer_stopped))
            }
            PeerMessage::Credit {
                dialog,
                messages,
                bytes,
            } => self.is_legal_on_stream(*dialog, |entry| {
                // What this end has used of the credit is not known to the last message.
                let sure = entry.credit + u64::from(*messages) <= u64::from(u32::MAX)
                    && entry.window + i128::from(*bytes) <= i128::from(i64::MAX);
                match (*messages, *bytes) {
                    (0, 0) => Some(false),
                    _ => sure.then_some(true),
                }
            }),
            PeerMessage::Yield { dialog, messages } => {
                let bytes: u64 = messages.iter().map(|head| u64::from(head.bytes)).sum();
                if messages.is_empty() || bytes != frame.body.len() as u64 {
                    return Some(false);
                }
                // Credit that is granted and still waits to be written counts already, so that more than is held may pass.
                self.is_legal_on_stream(*dialog, |entry| match entry.peer_stopped {
                    true => Some(false),
                    false => entry.has_room(messages).then_some(true),
                })
            }
            _ => None,
        }
    }

    fn is_legal_start(&self, start: &Start) -> Option<bool> {
        let is_fresh = start.dialog.opener() != OURS && start.dialog.index() >= self.seen;
        // A peer that opens on and on is cut off at some time.
        match is_fresh {
            false => Some(false),
            true => (self.refused.len() < self.limits.dialogs).then_some(true),
        }
    }

    /// Whether a dialog of ours waits for its callee's word, and `rule` holds.
    fn is_running(&self, id: DialogId, rule: impl Fn(&Entry) -> bool) -> bool {
        let entry = self.entries.get(&id).filter(|_| id.opener() == OURS);
        entry.is_some_and(|entry| entry.begun && !entry.over && rule(entry))
    }

    fn is_legal_on_stream(
        &self,
        id: DialogId,
        rule: impl Fn(&Entry) -> Option<bool>,
    ) -> Option<bool> {
        let is_ours = id.opener() == OURS;
        if !is_ours && id.index() >= self.seen {
            return Some(false);
        }
        let Some(entry) = self.entries.get(&id) else {
            // One of the peer's that was refused or never opened has crossed its end.
            return (!is_ours).then_some(true).or(Some(false));
        };
        if is_ours && !(entry.begun && !entry.over && entry.started) {
            return Some(false);
        }
        if !is_ours && entry.finished {
            return Some(true);
        }
        match entry.kind {
            DialogKind::Call => Some(false),
            DialogKind::Context => rule(entry),
        }
    }

    /// Notes what the peer said, and was allowed to say.
    pub(super) fn took(&mut self, frame: Frame<PeerMessage>, is_let_in: bool) {
        let Frame { message, mut body } = frame;
        let share_bytes = i128::from(self.limits.queue_bytes / 8);
        match message {
            PeerMessage::Start(start) => {
                self.seen = start.dialog.index() + 1;
                if !is_let_in {
                    self.refused.insert(start.dialog, 0);
                }
            }
            PeerMessage::Started { dialog, .. } => self.entry(dialog).started = true,
            PeerMessage::Return { dialog, .. } | PeerMessage::Failed { dialog, .. } => {
                self.entry(dialog).over = true;
            }
            PeerMessage::Stop { dialog } => self.with(dialog, |entry| entry.peer_stopped = true),
            PeerMessage::Credit {
                dialog,
                messages,
                bytes,
            } => self.with(dialog, |entry| {
                entry.credit += u64::from(messages);
                entry.window += i128::from(bytes);
            }),
            PeerMessage::Yield { dialog, messages } => self.with(dialog, |entry| {
                entry.held -= messages.len() as i64;
                for head in &messages {
                    entry.held_bytes -= cost(head);
                    let bytes = body.split_to(head.bytes as usize);
                    entry.arrived.push_back(Payload::new(head.codec, bytes));
                }
                let waiting: i128 = messages_cost(&entry.arrived);
                // The last one may be larger than what is left.
                let most = share_bytes + messages.last().map_or(0, cost);
                assert!(entry.dropping || waiting < most, "{waiting} bytes wait");
            }),
            _ => {}
        }
    }

    /// Checks what this end says.
    pub(super) fn said(&mut self, frame: &Frame<PeerMessage>) {
        match &frame.message {
            PeerMessage::Start(start) => {
                let entry = self.entry(start.dialog);
                assert!(!std::mem::replace(&mut entry.begun, true), "begun twice");
            }
            PeerMessage::Started { dialog, .. } => {
                let entry = self.speaking(*dialog);
                assert!(entry.kind == DialogKind::Context);
                assert!(!std::mem::replace(&mut entry.started, true));
            }
            PeerMessage::Return { dialog, .. } => {
                let entry = self.speaking(*dialog);
                assert!(entry.kind == DialogKind::Call || entry.started);
                entry.over = true;
            }
            PeerMessage::Failed { dialog, failures } => {
                assert!(!failures.is_empty());
                match self.refused.get_mut(dialog) {
                    Some(answers) => {
                        assert_eq!(std::mem::replace(answers, 1), 0, "refused twice");
                    }
                    None => self.speaking(*dialog).over = true,
                }
            }
            PeerMessage::Cancel { dialog, .. } => {
                let entry = self.entry(*dialog);
                assert!(entry.begun && dialog.opener() == OURS);
                entry.cancels += 1;
                assert_eq!(entry.cancels, 1, "cancelled twice");
            }
            PeerMessage::Stop { dialog } => {
                let entry = self.speaking(*dialog);
                entry.stops += 1;
                assert_eq!((entry.kind, entry.stops), (DialogKind::Context, 1));
            }
            PeerMessage::Credit {
                dialog,
                messages,
                bytes,
            } => self.gave(*dialog, *messages, *bytes),
            PeerMessage::Yield { dialog, messages } => {
                let entry = self.speaking(*dialog);
                assert_eq!(entry.stops, 0, "messages after the stop");
                let left = entry.credit.checked_sub(messages.len() as u64);
                entry.credit = left.expect("messages without credit");
                for head in messages {
                    assert!(entry.window > 0, "bytes without credit");
                    entry.window -= cost(head);
                }
            }
            PeerMessage::Pong(_) => {}
            other => panic!("it said {other:?}"),
        }
    }

    fn gave(&mut self, id: DialogId, messages: u32, bytes: u64) {
        let most = i64::from(self.limits.buffer_messages.max(self.limits.drain_messages));
        let entry = self.speaking(id);
        entry.held += i64::from(messages);
        entry.held_bytes += i128::from(bytes);
        assert!((messages, bytes) != (0, 0));
        assert!(entry.held <= most, "too much credit");
        assert!(entry.held_bytes <= DRAIN_BYTES, "too many bytes of credit");
    }

    /// Checks what this end tells its shell.
    pub(super) fn told(&mut self, event: &DialogEvent, is_lost: bool) {
        match event {
            DialogEvent::Incoming { dialog, kind, .. } => {
                assert!(dialog.opener() != OURS && !is_lost);
                let before = self.entries.insert(*dialog, Entry::new(*kind, true));
                assert!(before.is_none(), "a dialog came twice");
            }
            DialogEvent::Started { dialog, .. } => {
                let entry = self.entry(*dialog);
                assert!(entry.started && entry.outcomes == 0 && entry.kind == DialogKind::Context);
            }
            DialogEvent::Ended { dialog, .. } => {
                let entry = self.entry(*dialog);
                entry.outcomes += 1;
                entry.dropping = true;
                assert!(
                    dialog.opener() == OURS && entry.outcomes == 1,
                    "two outcomes"
                );
            }
            DialogEvent::Cancelled { dialog, .. } => {
                let entry = self.entry(*dialog);
                entry.cancels += 1;
                assert!(dialog.opener() != OURS && entry.cancels <= 1 + usize::from(is_lost));
            }
            DialogEvent::Readable(dialog) | DialogEvent::Writable(dialog) => {
                assert_eq!(self.entry(*dialog).kind, DialogKind::Context);
            }
        }
    }

    /// Checks what a receiver got: all that arrived, in order, from the first on.
    pub(super) fn received(&mut self, id: DialogId, messages: &[Payload]) {
        let entry = self.entry(id);
        for message in messages {
            assert_eq!(entry.arrived.pop_front().as_ref(), Some(message));
        }
    }

    /// Notes that this end's code said its last word.
    pub(super) fn finished(&mut self, id: DialogId) {
        self.with(id, |entry| entry.finished = true);
        self.dropped(id);
    }

    /// Notes that nobody receives from a dialog any more.
    pub(super) fn dropped(&mut self, id: DialogId) {
        self.with(id, |entry| entry.dropping = true);
    }

    pub(super) fn assert_one_outcome_each(&self) {
        for (id, entry) in self.entries.iter().filter(|(id, _)| id.opener() == OURS) {
            assert_eq!(entry.outcomes, 1, "{id:?} {entry:?}");
        }
    }

    pub(super) fn entry(&mut self, id: DialogId) -> &mut Entry {
        self.entries.get_mut(&id).expect("the dialog is known")
    }

    /// A dialog in which this end may speak: if it is the callee, it has not said its last word.
    fn speaking(&mut self, id: DialogId) -> &mut Entry {
        let entry = self.entry(id);
        assert!(
            entry.begun && (id.opener() == OURS || !entry.over),
            "it goes on after its end"
        );
        entry
    }

    fn with(&mut self, id: DialogId, note: impl FnOnce(&mut Entry)) {
        if let Some(entry) = self.entries.get_mut(&id) {
            note(entry);
        }
    }
}
