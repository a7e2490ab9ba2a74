//! Many dialogs in both directions, with everything done to them at random, over wires that are slow at random. What must come
//! out is worked out here a second time, from what was done.

use super::pair::Pair;
use super::*;
use crate::dialog::{DialogEvent, Overrun, ReceiveState};
use std::collections::{BTreeMap, VecDeque};
use tractor_protocol::peer::DialogKind::{self, Call, Context};
use tractor_protocol::{DialogId, Error};

/// Dialogs of one run: few, so that much happens to each.
const DIALOGS: usize = 8;

/// Runs of each test.
const SEEDS: u64 = 300;

type Outcome = Result<Payload, Error>;

/// What was done to a dialog, and what was seen of it. Arrays are by end.
#[derive(Debug)]
struct Record {
    kind: DialogKind,
    asked: Option<(Time, Cancellation)>,
    is_known: bool,
    is_started: bool,
    first_seen: bool,
    last_word: Option<Outcome>,
    outcome: Option<Outcome>,
    open: [Option<(u32, Overrun)>; 2],
    stopped: [bool; 2],
    released: bool,
    sent: [Vec<u32>; 2],
    received: [Vec<u32>; 2],
    ended: [Option<ReceiveState>; 2],
}

impl Record {
    fn new(kind: DialogKind) -> Self {
        Self {
            kind,
            asked: None,
            is_known: false,
            is_started: false,
            first_seen: false,
            last_word: None,
            outcome: None,
            open: [None; 2],
            stopped: [false; 2],
            released: false,
            sent: Default::default(),
            received: Default::default(),
            ended: Default::default(),
        }
    }
}

struct Run {
    pair: Pair,
    rng: fastrand::Rng,
    records: BTreeMap<DialogId, Record>,
    is_lost: bool,
}

fn us(end: usize) -> ActorId {
    [opener(), callee()][end].clone()
}

fn opener_of(id: DialogId) -> usize {
    match id.opener() {
        Side::First => 0,
        Side::Second => 1,
    }
}

fn gone() -> Failure {
    failure(FailureKind::ConnectionLost, &actor("link"))
}

fn number(payload: &Payload) -> u32 {
    let text = std::str::from_utf8(&payload.bytes).expect("it is text");
    text.parse().expect("it is a number")
}

impl Run {
    fn new(seed: u64) -> Self {
        let mut rng = fastrand::Rng::with_seed(seed);
        let limits = DialogLimits {
            frame_bytes: rng.usize(10..60),
            outbox_bytes: rng.usize(10..120),
            buffer_messages: rng.u32(2..20),
            drain_messages: rng.u32(1..5),
            queue_bytes: rng.u64(1..6000),
            ..Default::default()
        };
        Self {
            pair: Pair::with_delays(limits, rng.u64(0..30), seed),
            rng,
            records: BTreeMap::new(),
            is_lost: false,
        }
    }

    fn step(&mut self) {
        match self.rng.u32(0..31) {
            0 if self.records.len() < DIALOGS => self.open(),
            0..5 => {
                let end = self.rng.usize(0..2);
                self.pair.write(end);
            }
            5..12 => {
                let end = self.rng.usize(0..2);
                self.pair.read(end);
            }
            12..15 => {
                let time = self.pair.now + Duration::from_millis(self.rng.u64(0..8));
                self.pair.advance_to(time);
            }
            _ => self.touch(),
        }
        self.take_events();
        self.check_bounds();
    }

    fn open(&mut self) {
        let end = self.rng.usize(0..2);
        let kind = if self.rng.u8(0..4) == 0 {
            Call
        } else {
            Context
        };
        let id = self.pair.ends[end].start(kind, "f".to_owned(), value("[]"), None);
        match id {
            Ok(id) => drop(self.records.insert(id, Record::new(kind))),
            Err(error) => assert_eq!((error, self.is_lost), (gone().into(), true)),
        }
    }

    /// Does something to a random dialog.
    fn touch(&mut self) {
        let count = self.records.len();
        let Some(index) = (count > 0).then(|| self.rng.usize(0..count)) else {
            return;
        };
        let id = *self.records.keys().nth(index).expect("it is one of them");
        match self.rng.u32(0..200) {
            0 => self.cancel(id),
            1 => self.finish(id, None),
            2..9 if self.records[&id].asked.is_some() => self.finish(id, None),
            9 => self.stop(id),
            10 => self.release(id),
            11..40 => self.start_context(id),
            40..80 => self.open_stream(id),
            80..130 => self.send(id),
            _ => self.receive(id),
        }
    }

    fn cancel(&mut self, id: DialogId) {
        let end = opener_of(id);
        let longest = if self.rng.u8(0..3) == 0 { 100 } else { 5000 };
        let grace = Duration::from_millis(self.rng.u64(0..longest));
        let cancellation = by(&us(end));
        self.pair.ends[end].cancel(self.pair.now, id, cancellation.clone(), grace);
        let record = self.records.get_mut(&id).expect("it is known");
        if record.outcome.is_none() {
            record
                .asked
                .get_or_insert((self.pair.now + grace, cancellation));
        }
    }

    fn start_context(&mut self, id: DialogId) {
        let record = self.records.get_mut(&id).expect("it is known");
        let is_legal = record.is_known && record.kind == Context && !record.is_started;
        if is_legal && record.last_word.is_none() && !self.is_lost {
            let first = value("11");
            let done = self.pair.ends[1 - opener_of(id)].started(id, first);
            assert_eq!(done, Ok(()));
            record.is_started = true;
        }
    }

    fn finish(&mut self, id: DialogId, result: Option<Outcome>) {
        let end = 1 - opener_of(id);
        let result = result.unwrap_or_else(|| match self.rng.u8(0..4) {
            0 => Ok(value("1")),
            1 => Err(by(&actor("third")).into()),
            2 => Err(failure(FailureKind::Returned, &us(end)).into()),
            _ => Err(failure(FailureKind::ContextCancelled(by(&us(end))), &actor("far")).into()),
        });
        let record = self.records.get_mut(&id).expect("it is known");
        if record.is_known {
            self.pair.ends[end].finish(id, result.clone());
            record.last_word.get_or_insert(result);
        }
    }

    fn open_stream(&mut self, id: DialogId) {
        let end = self.rng.usize(0..2);
        let buffer = self.rng.u32(0..9);
        let overrun = match self.rng.u8(0..6) {
            0 => Overrun::Fail,
            1 => Overrun::DropOldest,
            _ => Overrun::Wait,
        };
        let record = self.records.get_mut(&id).expect("it is known");
        let is_opener = end == opener_of(id);
        if record.kind == Call || !(is_opener || record.is_started) {
            return;
        }
        let opened = self.pair.ends[end].open_stream(id, buffer, overrun);
        if opened.is_ok() {
            assert!(record.open[end].is_none() && !record.stopped[end]);
            record.open[end] = Some((buffer.max(1), overrun));
        }
    }

    fn send(&mut self, id: DialogId) {
        let end = self.rng.usize(0..2);
        let record = self.records.get_mut(&id).expect("it is known");
        let Some((_, overrun)) = record.open[end] else {
            return;
        };
        let next = record.sent[end].last().map_or(0, |last| last + 1);
        let count = self.rng.u32(0..7);
        let mut waiting = VecDeque::from(values(next..next + count));
        let (taken, result) = self.pair.ends[end].send(id, &mut waiting);
        record.sent[end].extend(next..next + taken);
        assert_eq!(waiting.len(), (count - taken) as usize);
        let is_over = record.stopped[end] || record.outcome.is_some() || record.last_word.is_some();
        if !is_over && !self.is_lost && overrun != Overrun::Fail {
            assert_eq!(result, Ok(()));
        }
        if overrun == Overrun::DropOldest && result.is_ok() {
            assert_eq!(taken, count);
        }
    }

    fn receive(&mut self, id: DialogId) {
        let (end, max) = (self.rng.usize(0..2), self.rng.u32(0..9));
        let record = self.records.get_mut(&id).expect("it is known");
        let is_finished = end != opener_of(id) && record.last_word.is_some();
        if record.open[end].is_none() || record.released || is_finished {
            return;
        }
        match self.pair.ends[end].receive(id, max) {
            Ok(messages) => {
                assert!((1..=max.max(1) as usize).contains(&messages.len()));
                assert_eq!(record.ended[end], None, "messages after the end");
                record.received[end].extend(messages.iter().map(number));
            }
            Err(ReceiveState::Empty) => assert_eq!(record.ended[end], None),
            Err(state) => {
                let first = record.ended[end].get_or_insert_with(|| state.clone());
                assert_eq!(first, &state, "the end of a stream changed");
                check_end_of_stream(record, end, &state);
            }
        }
        check_order(record, end);
    }

    fn stop(&mut self, id: DialogId) {
        let end = self.rng.usize(0..2);
        let record = self.records.get_mut(&id).expect("it is known");
        if record.open[end].is_some() {
            self.pair.ends[end].stop(id);
            record.stopped[end] = true;
        }
    }

    fn release(&mut self, id: DialogId) {
        let end = opener_of(id);
        let record = self.records.get_mut(&id).expect("it is known");
        if record.kind == Context {
            self.pair.ends[end].release(id);
            record.released = true;
            record.stopped[end] = true;
        }
    }

    fn take_events(&mut self) {
        for end in 0..2 {
            for event in self.pair.events(end) {
                self.on_event(end, event);
            }
        }
    }

    fn on_event(&mut self, end: usize, event: DialogEvent) {
        let (now, is_lost) = (self.pair.now, self.is_lost);
        let mut record = |id: DialogId| self.records.remove(&id).expect("someone opened it");
        let (id, record) = match event {
            DialogEvent::Incoming { dialog, kind, .. } => {
                let mut record = record(dialog);
                assert_eq!((record.is_known, record.kind), (false, kind));
                assert_eq!(opener_of(dialog), 1 - end);
                record.is_known = true;
                (dialog, record)
            }
            DialogEvent::Started { dialog, first } => {
                let mut record = record(dialog);
                assert!(record.is_started && !record.first_seen && first == value("11"));
                record.first_seen = true;
                (dialog, record)
            }
            DialogEvent::Cancelled { dialog, .. } => {
                let record = record(dialog);
                assert!(record.asked.is_some() || is_lost);
                (dialog, record)
            }
            DialogEvent::Ended { dialog, outcome } => {
                let mut record = record(dialog);
                check_outcome(&record, &outcome, &us(1 - end), now, is_lost);
                let before = record.outcome.replace(outcome);
                assert_eq!(before, None, "a second outcome");
                (dialog, record)
            }
            DialogEvent::Readable(dialog) | DialogEvent::Writable(dialog) => {
                let record = record(dialog);
                assert!(
                    record.open[end].is_some(),
                    "{event:?} of a stream that is not open"
                );
                (dialog, record)
            }
        };
        self.records.insert(id, record);
    }

    /// No end holds more messages than the buffers that it opened.
    fn check_bounds(&self) {
        for end in 0..2 {
            let buffers = self.records.values().filter_map(|record| record.open[end]);
            let room: usize = buffers.map(|(buffer, _)| buffer as usize).sum();
            assert!(self.pair.ends[end].queued_messages() <= room);
        }
    }

    fn lose(&mut self) {
        self.is_lost = true;
        self.pair.cut();
        for end in &mut self.pair.ends {
            end.lost(gone());
        }
        self.take_events();
    }

    /// Lets everything come to its end, and checks that nothing is left.
    fn wind_down(&mut self) {
        while self.settle_all() {
            for id in Vec::from_iter(self.records.keys().copied()) {
                if self.records[&id].is_known && self.records[&id].last_word.is_none() {
                    self.finish(id, Some(Ok(value("1"))));
                }
            }
        }
        for (&id, record) in &self.records {
            assert!(
                record.outcome.is_some(),
                "{id:?} has no outcome: {record:?}"
            );
            self.pair.ends[opener_of(id)].release(id);
        }
        self.pair.assert_empty();
    }

    /// Lets time pass until nothing happens any more. Gives whether anything is open.
    fn settle_all(&mut self) -> bool {
        self.pair.settle();
        while let Some(moment) = self.pair.next_moment() {
            self.pair.advance_to(moment);
            self.pair.settle();
            self.take_events();
        }
        self.take_events();
        self.pair.ends.iter().any(|end| end.open_dialogs() > 0)
    }
}

/// Messages arrive in order and at most once; none is left out unless the sender drops the oldest.
fn check_order(record: &Record, end: usize) {
    let (sent, received) = (&record.sent[1 - end], &record.received[end]);
    assert!(
        received
            .iter()
            .zip(received.iter().skip(1))
            .all(|(a, b)| a < b)
    );
    assert!(received.iter().all(|number| sent.contains(number)));
    if !matches!(record.open[1 - end], Some((_, Overrun::DropOldest))) {
        assert!(sent.starts_with(received), "{sent:?} {received:?}");
    }
}

/// A stop that was read comes after everything that was sent.
fn check_end_of_stream(record: &Record, end: usize, state: &ReceiveState) {
    let is_dropping = matches!(record.open[1 - end], Some((_, Overrun::DropOldest)));
    let is_whole = record.stopped[1 - end] && record.outcome.is_none();
    if *state == ReceiveState::Ended && is_whole && !is_dropping {
        assert_eq!(record.sent[1 - end], record.received[end]);
    }
}

/// The second table of `outcome.rs`, worked out from what was done.
fn check_outcome(record: &Record, outcome: &Outcome, callee: &ActorId, now: Time, is_lost: bool) {
    if is_lost {
        assert_eq!(*outcome, Err(gone().into()));
        return;
    }
    if let Err(Error::Failed(failures)) = outcome
        && let FailureKind::Overdue(cancellation) = &failures[0].kind
    {
        let (until, own) = record
            .asked
            .as_ref()
            .expect("only what is cancelled is overdue");
        assert_eq!((cancellation, now >= *until), (own, true));
        return;
    }
    let own = record.asked.as_ref().map(|(_, cancellation)| cancellation);
    let last_word = record.last_word.as_ref().expect("the callee has ended");
    match (last_word, own, outcome) {
        (Ok(_), _, Err(Error::Failed(failures))) => {
            assert_eq!(failures[0].kind, FailureKind::Misuse);
            assert!(record.kind == Context && !record.is_started);
        }
        (Ok(value), _, got) => assert_eq!(got.as_ref(), Ok(value)),
        (Err(Error::Cancelled(_)), Some(own), got) => assert_eq!(*got, Err(own.clone().into())),
        (Err(Error::Cancelled(c)), None, Err(Error::Failed(failures))) => {
            let kind = FailureKind::ContextCancelled(from_outside(c));
            assert_eq!((&failures[0].kind, &failures[0].origin), (&kind, callee));
        }
        (Err(Error::Failed(said)), _, Err(Error::Failed(got))) => {
            assert_eq!((said[0].id, &said[0].origin), (got[0].id, &got[0].origin));
        }
        other => panic!("{other:?}"),
    }
}

/// What came to pass in the runs, to see that they are about something.
#[derive(Debug, Default)]
struct Seen {
    values: usize,
    silent: usize,
    overdue: usize,
    failures: usize,
    messages: usize,
    stops: usize,
}

impl Seen {
    fn add(&mut self, record: &Record) {
        let is_overdue = |f: &Failure| matches!(f.kind, FailureKind::Overdue(_));
        let count = match &record.outcome {
            Some(Ok(_)) => &mut self.values,
            Some(Err(Error::Cancelled(_))) => &mut self.silent,
            Some(Err(Error::Failed(failures))) if is_overdue(&failures[0]) => &mut self.overdue,
            _ => &mut self.failures,
        };
        *count += 1;
        self.messages += record.received.iter().map(Vec::len).sum::<usize>();
        let is_stop = |state: &&ReceiveState| **state == ReceiveState::Ended;
        self.stops += record.ended.iter().flatten().filter(is_stop).count();
    }
}

fn run(seed: u64, loses_link: bool) -> Run {
    let mut run = Run::new(seed);
    let steps = run.rng.usize(50..2000);
    for _ in 0..steps {
        run.step();
    }
    if loses_link {
        run.lose();
        for _ in 0..20 {
            run.step();
        }
    }
    run.wind_down();
    run
}

/// Runs many seeds, or the one in `DIALOG_SEED`.
fn run_seeds(loses_link: bool) {
    let replayed = std::env::var("DIALOG_SEED").ok();
    let replayed = replayed.and_then(|seed| seed.parse::<u64>().ok());
    let seeds = replayed.map_or(0..SEEDS, |seed| seed..seed + 1);
    let mut seen = Seen::default();
    for seed in seeds {
        match std::panic::catch_unwind(|| run(seed, loses_link)) {
            Ok(run) => run.records.values().for_each(|record| seen.add(record)),
            Err(_) => panic!("to be replayed with DIALOG_SEED={seed}"),
        }
    }
    let counts = [
        seen.values,
        seen.silent,
        seen.overdue,
        seen.failures,
        seen.stops,
    ];
    let is_rich = counts.iter().all(|count| *count > 50) && seen.messages > 5_000;
    assert!(
        replayed.is_some() || is_rich,
        "the runs are about little: {seen:?}"
    );
}

#[test]
fn random_dialogs_have_one_outcome_each_and_leave_nothing() {
    run_seeds(false);
}

#[test]
fn random_dialogs_whose_link_is_lost_have_one_outcome_each_and_leave_nothing() {
    run_seeds(true);
}
