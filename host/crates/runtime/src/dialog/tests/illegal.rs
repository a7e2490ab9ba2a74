//! Each message that a peer must not send, in the state in which it must not; and that nothing it says can harm us.

use super::*;
use crate::dialog::{DialogEvent, Overrun};
use bytes::Bytes;
use proptest::prelude::*;
use tractor_protocol::frame::Frame;
use tractor_protocol::handshake::Hello;
use tractor_protocol::peer::DialogKind::{Call, Context};
use tractor_protocol::peer::{DialogKind, MessageHead, PeerMessage, Start};
use tractor_protocol::{DialogId, Error};

/// How far a dialog is when the illegal message comes. We are at the end named.
#[derive(Clone, Copy, Debug)]
enum State {
    /// We are its callee; it was never opened.
    Unknown,
    /// We are its callee.
    Served(DialogKind),
    /// We are its callee, and our stream is open for 2 messages.
    ServedStream,
    /// We opened it, and the peer cannot know yet.
    Unsent,
    /// We opened it.
    Opened(DialogKind),
    /// We opened it, and it is started.
    Started,
    /// We opened it, it is started, and our stream is open for 2 messages.
    Stream,
    /// We opened it, and it is over at our end only, not started.
    Overdue(DialogKind),
    /// We opened it, and it is over.
    Over,
    /// We opened it, and it is over, but something waits to be received.
    OverAndKept,
}

const OURS: DialogId = DialogId::new(Side::First, 0);
const THEIRS: DialogId = DialogId::new(Side::Second, 0);

fn started(dialog: DialogId) -> Frame<PeerMessage> {
    let codec = Codec::Json;
    PeerMessage::Started { dialog, codec }.into()
}

fn returned(dialog: DialogId) -> Frame<PeerMessage> {
    let codec = Codec::Json;
    PeerMessage::Return { dialog, codec }.into()
}

fn failed(dialog: DialogId, count: usize) -> Frame<PeerMessage> {
    let failures = vec![failure(FailureKind::Other, &callee()); count];
    PeerMessage::Failed { dialog, failures }.into()
}

fn cancel(dialog: DialogId) -> Frame<PeerMessage> {
    PeerMessage::Cancel {
        dialog,
        cancellation: by(&callee()),
        time_left: GRACE,
    }
    .into()
}

fn credit(dialog: DialogId, messages: u32) -> Frame<PeerMessage> {
    let bytes = u64::from(messages) * 1000;
    PeerMessage::Credit {
        dialog,
        messages,
        bytes,
    }
    .into()
}

fn stop(dialog: DialogId) -> Frame<PeerMessage> {
    PeerMessage::Stop { dialog }.into()
}

fn start(dialog: DialogId, kind: DialogKind) -> Frame<PeerMessage> {
    PeerMessage::Start(Start {
        dialog,
        kind,
        function: "work".to_owned(),
        codec: Codec::Json,
        time_left: None,
    })
    .into()
}

/// A batch of messages whose heads say `sizes`, and a body of `bytes`.
fn batch(dialog: DialogId, sizes: &[u32], bytes: usize) -> Frame<PeerMessage> {
    let head = |bytes: &u32| MessageHead {
        codec: Codec::Json,
        bytes: *bytes,
    };
    let messages = sizes.iter().map(head).collect();
    Frame {
        message: PeerMessage::Yield { dialog, messages },
        body: Bytes::from(vec![0; bytes]),
    }
}

fn with_body(mut frame: Frame<PeerMessage>) -> Frame<PeerMessage> {
    frame.body = Bytes::from_static(b"x");
    frame
}

fn legal(end: &mut Dialogs, frame: Frame<PeerMessage>) {
    end.handle(frame).expect("it is legal so far");
}

fn open(end: &mut Dialogs, kind: DialogKind) {
    let id = end.start(kind, "work".to_owned(), value("[]"), None);
    assert_eq!(id, Ok(OURS));
}

/// Drives a fresh end, with the lower side, into a state.
fn end_in(state: State) -> Dialogs {
    let mut end = opener_end(DialogLimits::default());
    match state {
        State::Unknown => {}
        State::Served(kind) => legal(&mut end, start(THEIRS, kind)),
        State::ServedStream => {
            legal(&mut end, start(THEIRS, Context));
            end.started(THEIRS, value("1")).expect("once");
            end.open_stream(THEIRS, 2, Overrun::Wait).expect("once");
        }
        State::Unsent => open(&mut end, Call),
        State::Opened(kind) => open(&mut end, kind),
        State::Started | State::Stream | State::OverAndKept => open(&mut end, Context),
        State::Overdue(kind) => {
            open(&mut end, kind);
            end.cancel(at(0), OURS, by(&opener()), Duration::ZERO);
            end.handle_timeout(at(0));
        }
        State::Over => open(&mut end, Call),
    }
    if !matches!(state, State::Unsent) {
        while end.poll_transmit().is_some() {}
    }
    match state {
        State::Started => legal(&mut end, started(OURS)),
        State::Stream | State::OverAndKept => {
            legal(&mut end, started(OURS));
            end.open_stream(OURS, 2, Overrun::Wait).expect("once");
        }
        State::Over => legal(&mut end, returned(OURS)),
        _ => {}
    }
    if matches!(state, State::OverAndKept) {
        legal(&mut end, batch(OURS, &[1], 1));
        legal(&mut end, returned(OURS));
    }
    end
}

/// A state, what is illegal in it after what is legal, and a word of what is said about it.
type Row = (State, Vec<Frame<PeerMessage>>, &'static str);

/// What is illegal of a dialog that the peer opened, or said that it did.
#[expect(clippy::too_many_lines, reason = "a table of one row each")]
fn illegal_at_the_callee() -> Vec<Row> {
    use State::*;
    vec![
        (
            Unknown,
            vec![PeerMessage::Hello(Hello::OURS).into()],
            "hello",
        ),
        (Unknown, vec![start(OURS, Call)], "number of ours"),
        (Served(Call), vec![start(THEIRS, Call)], "used before"),
        (Unknown, vec![credit(THEIRS, 1)], "never opened"),
        (Unknown, vec![stop(THEIRS)], "never opened"),
        (Unknown, vec![cancel(THEIRS)], "never opened"),
        (Unknown, vec![batch(THEIRS, &[1], 1)], "never opened"),
        (Served(Call), vec![started(THEIRS)], "by its opener"),
        (Served(Call), vec![returned(THEIRS)], "by its opener"),
        (Served(Call), vec![failed(THEIRS, 1)], "by its opener"),
        (Served(Call), vec![credit(THEIRS, 1)], "no stream"),
        (Served(Call), vec![stop(THEIRS)], "no stream"),
        (Served(Call), vec![batch(THEIRS, &[1], 1)], "no stream"),
        (
            Served(Call),
            vec![with_body(cancel(THEIRS))],
            "value behind",
        ),
        (Served(Context), vec![batch(THEIRS, &[1], 1)], "than credit"),
        (Served(Context), vec![credit(THEIRS, 0)], "of nothing"),
        (
            Served(Context),
            vec![with_body(credit(THEIRS, 1))],
            "value behind",
        ),
        (
            Served(Context),
            vec![credit(THEIRS, u32::MAX), credit(THEIRS, 1)],
            "be counted",
        ),
        (
            Served(Context),
            vec![stop(THEIRS), stop(THEIRS)],
            "second stop",
        ),
        (
            ServedStream,
            vec![batch(THEIRS, &[1, 1, 1], 3)],
            "than credit",
        ),
        (
            ServedStream,
            vec![batch(THEIRS, &[1, 1], 2), batch(THEIRS, &[0], 0)],
            "than credit",
        ),
        (
            ServedStream,
            vec![stop(THEIRS), batch(THEIRS, &[1], 1)],
            "after the stop",
        ),
        (
            ServedStream,
            vec![batch(THEIRS, &[], 0)],
            "no stream messages",
        ),
        (ServedStream, vec![batch(THEIRS, &[2], 1)], "cut off"),
        (
            ServedStream,
            vec![batch(THEIRS, &[u32::MAX, u32::MAX], 1)],
            "cut off",
        ),
        (ServedStream, vec![batch(THEIRS, &[1], 2)], "bytes behind"),
        (Unknown, vec![failed(OURS, 1)], "never opened"),
    ]
}

/// What is illegal of a dialog that we opened.
fn illegal_at_the_opener() -> Vec<Row> {
    use State::*;
    vec![
        (Unsent, vec![returned(OURS)], "never opened"),
        (Opened(Call), vec![cancel(OURS)], "by its callee"),
        (Opened(Call), vec![started(OURS)], "call was started"),
        (Opened(Call), vec![credit(OURS, 1)], "no stream"),
        (Opened(Call), vec![batch(OURS, &[1], 1)], "no stream"),
        (Opened(Call), vec![stop(OURS)], "no stream"),
        (Opened(Call), vec![failed(OURS, 0)], "without a failure"),
        (
            Opened(Call),
            vec![with_body(failed(OURS, 1))],
            "value behind",
        ),
        (Opened(Context), vec![returned(OURS)], "without started"),
        (Opened(Context), vec![credit(OURS, 1)], "before started"),
        (Opened(Context), vec![stop(OURS)], "before started"),
        (
            Opened(Context),
            vec![batch(OURS, &[1], 1)],
            "before started",
        ),
        (Started, vec![started(OURS)], "started twice"),
        (Started, vec![batch(OURS, &[1], 1)], "than credit"),
        (Stream, vec![batch(OURS, &[0, 0, 0], 0)], "than credit"),
        (
            Stream,
            vec![stop(OURS), batch(OURS, &[1], 1)],
            "after the stop",
        ),
    ]
}

/// What is illegal of a dialog that we opened and that is over for us.
fn illegal_after_the_end() -> Vec<Row> {
    use State::*;
    vec![
        (Overdue(Call), vec![started(OURS)], "call was started"),
        (Overdue(Context), vec![returned(OURS)], "without started"),
        (Overdue(Context), vec![credit(OURS, 1)], "before started"),
        (
            Overdue(Context),
            vec![started(OURS), started(OURS)],
            "started twice",
        ),
        (
            Overdue(Call),
            vec![returned(OURS), returned(OURS)],
            "after its end",
        ),
        (Over, vec![returned(OURS)], "after its end"),
        (Over, vec![failed(OURS, 1)], "after its end"),
        (Over, vec![started(OURS)], "after its end"),
        (Over, vec![credit(OURS, 1)], "after its end"),
        (OverAndKept, vec![returned(OURS)], "after its end"),
        (OverAndKept, vec![batch(OURS, &[1], 1)], "after its end"),
        (OverAndKept, vec![stop(OURS)], "after its end"),
    ]
}

#[test]
fn row_056_illegal_message_is_a_violation_that_says_which_rule() {
    let rows = [
        illegal_at_the_callee(),
        illegal_at_the_opener(),
        illegal_after_the_end(),
    ];
    for (state, mut frames, word) in rows.into_iter().flatten() {
        let mut end = end_in(state);
        let last = frames.pop().expect("each row has a frame");
        for frame in frames {
            legal(&mut end, frame);
        }
        let said = format!("{last:?}");
        let violation = end.handle(last).expect_err(&said);
        assert!(
            violation.message.contains(word),
            "{state:?}: {said}: {violation}"
        );
    }
}

#[test]
fn message_that_crossed_the_end_is_ignored() {
    for kind in [Call, Context] {
        let mut end = end_in(State::Served(kind));
        end.finish(THEIRS, Err(Error::Closed));
        while end.poll_event().is_some() {}
        while end.poll_transmit().is_some() {}
        for frame in [
            cancel(THEIRS),
            credit(THEIRS, 1),
            batch(THEIRS, &[1], 1),
            stop(THEIRS),
            stop(THEIRS),
        ] {
            legal(&mut end, frame);
        }
        assert!(end.is_idle());
    }
}

#[test]
fn second_cancel_of_a_peer_is_ignored() {
    let mut end = end_in(State::Served(Call));
    while end.poll_event().is_some() {}
    legal(&mut end, cancel(THEIRS));
    legal(&mut end, cancel(THEIRS));
    legal(&mut end, cancel(THEIRS));
    let events = std::iter::from_fn(|| end.poll_event());
    assert_eq!(events.count(), 1);
}

#[test]
fn number_that_was_passed_over_stays_unused() {
    let mut end = opener_end(DialogLimits::default());
    legal(&mut end, start(DialogId::new(Side::Second, 7), Call));
    legal(&mut end, cancel(DialogId::new(Side::Second, 3)));
    let again = end.handle(start(DialogId::new(Side::Second, 3), Call));
    assert!(again.is_err());
}

#[test]
fn ping_is_answered_and_pong_ignored() {
    let mut end = opener_end(DialogLimits::default());
    legal(&mut end, PeerMessage::Ping(5).into());
    legal(&mut end, PeerMessage::Pong(6).into());
    assert_eq!(end.poll_transmit(), Some(PeerMessage::Pong(5).into()));
    assert!(end.is_idle());
}

fn any_id() -> impl Strategy<Value = DialogId> {
    prop_oneof![9 => 0..8_u64, 1 => any::<u64>()].prop_map(DialogId)
}

fn any_kind() -> impl Strategy<Value = DialogKind> {
    prop_oneof![Just(Call), Just(Context)]
}

fn any_frame() -> impl Strategy<Value = Frame<PeerMessage>> {
    let count = prop_oneof![9 => 0..4_u32, 1 => any::<u32>()];
    prop_oneof![
        4 => (any_id(), any_kind()).prop_map(|(id, kind)| start(id, kind)),
        2 => any_id().prop_map(started),
        1 => any_id().prop_map(returned),
        1 => (any_id(), 0..3_usize).prop_map(|(id, count)| failed(id, count)),
        2 => any_id().prop_map(cancel),
        3 => (any_id(), count).prop_map(|(id, count)| credit(id, count)),
        1 => any_id().prop_map(stop),
        3 => (any_id(), prop::collection::vec(0..3_u32, 0..4), 0..6_usize)
            .prop_map(|(id, sizes, bytes)| batch(id, &sizes, bytes)),
        1 => any::<u64>().prop_map(|number| PeerMessage::Ping(number).into()),
        1 => any::<u64>().prop_map(|number| PeerMessage::Pong(number).into()),
    ]
}

/// What our own side does meanwhile.
#[derive(Clone, Debug)]
enum Local {
    Hear(Frame<PeerMessage>),
    Start(DialogKind),
    Cancel(DialogId),
    Release(DialogId),
    Started(DialogId),
    Finish(DialogId),
    OpenStream(DialogId, u32),
    Send(DialogId),
    Receive(DialogId, u32),
    Stop(DialogId),
    Transmit,
    Wait,
}

fn any_local() -> impl Strategy<Value = Local> {
    prop_oneof![
        12 => any_frame().prop_map(Local::Hear),
        3 => any_kind().prop_map(Local::Start),
        1 => any_id().prop_map(Local::Cancel),
        1 => any_id().prop_map(Local::Release),
        2 => any_id().prop_map(Local::Started),
        1 => any_id().prop_map(Local::Finish),
        3 => (any_id(), any::<u32>()).prop_map(|(id, buffer)| Local::OpenStream(id, buffer)),
        2 => any_id().prop_map(Local::Send),
        2 => (any_id(), any::<u32>()).prop_map(|(id, max)| Local::Receive(id, max)),
        1 => any_id().prop_map(Local::Stop),
        3 => Just(Local::Transmit),
        1 => Just(Local::Wait),
    ]
}

/// Goes on after a violation, as no shell does: not even that may harm us.
fn act(end: &mut Dialogs, step: Local) {
    match step {
        Local::Hear(frame) => drop(end.handle(frame)),
        Local::Start(kind) => drop(end.start(kind, "f".to_owned(), value("[]"), None)),
        Local::Cancel(id) => end.cancel(at(0), id, by(&opener()), GRACE),
        Local::Release(id) => end.release(id),
        Local::Started(id) => drop(end.started(id, value("1"))),
        Local::Finish(id) => end.finish(id, Ok(value("1"))),
        Local::OpenStream(id, buffer) => drop(end.open_stream(id, buffer, Overrun::Wait)),
        Local::Send(id) => drop(end.send(id, &mut values(0..3).into())),
        Local::Receive(id, max) => drop(end.receive(id, max)),
        Local::Stop(id) => end.stop(id),
        Local::Transmit => while end.poll_transmit().is_some() {},
        Local::Wait => end.handle_timeout(Time(GRACE)),
    }
}

proptest! {
    #[test]
    fn whatever_a_peer_says_never_panics_and_all_ends_once(
        steps in prop::collection::vec(any_local(), 0..200),
    ) {
        let mut end = opener_end(DialogLimits::default());
        for step in steps {
            act(&mut end, step);
        }
        end.lost(failure(FailureKind::ProtocolViolation, &callee()));
        let events = Vec::from_iter(std::iter::from_fn(|| end.poll_event()));
        let mut ended = Vec::new();
        for event in events {
            match event {
                DialogEvent::Incoming { dialog, .. } => end.finish(dialog, Err(Error::Closed)),
                DialogEvent::Ended { dialog, .. } => ended.push(dialog.index()),
                _ => {}
            }
        }
        ended.sort_unstable();
        prop_assert_eq!(&ended, &Vec::from_iter(0..ended.len() as u64));
        for index in 0..ended.len() as u64 {
            end.release(DialogId::new(Side::First, index));
        }
        prop_assert!(end.is_idle(), "{:?}", end);
        prop_assert_eq!(end.next_timeout(), None);
    }
}
