//! How dialogs end: the two tables of `outcome.rs`, row by row, and what crosses the end.

use super::pair::{CALLEE, OPENER, Pair};
use super::*;
use crate::dialog::DialogEvent;
use tractor_protocol::Error;
use tractor_protocol::peer::DialogKind::{self, Call, Context};

/// What a failed outcome is expected to be.
#[derive(Clone, Debug)]
enum Expected {
    Value,
    Own,
    Kinds(Vec<FailureKind>),
}

struct Row {
    name: &'static str,
    result: Result<Payload, Error>,
    expected: Expected,
    /// The same if the opener had cancelled.
    expected_if_asked: Expected,
}

fn rows() -> Vec<Row> {
    use Expected::{Kinds, Own, Value};
    let third = actor("third");
    let seen = from_outside(&by(&third));
    let of = |kind: FailureKind, origin: &ActorId| failure(kind, origin);
    let returned = of(FailureKind::Returned, &callee());
    let relayed = of(FailureKind::ContextCancelled(by(&third)), &third);
    let member = of(FailureKind::Cancelled(by(&third)), &third);
    let same = |name, result, expected: Expected| Row {
        name,
        result,
        expected_if_asked: expected.clone(),
        expected,
    };
    vec![
        same("a value", Ok(value("1")), Value),
        Row {
            name: "cancelled",
            result: Err(by(&third).into()),
            expected: Kinds(vec![FailureKind::ContextCancelled(seen.clone())]),
            expected_if_asked: Own,
        },
        same(
            "a failure of its own",
            Err(returned.clone().into()),
            Kinds(vec![FailureKind::Returned]),
        ),
        same(
            "a failure beside a cancelled member",
            Err(Error::Failed(vec![returned, member.clone()])),
            Kinds(vec![
                FailureKind::Returned,
                FailureKind::Cancelled(seen.clone()),
            ]),
        ),
        Row {
            name: "nothing but cancelled members",
            result: Err(member.into()),
            expected: Kinds(vec![FailureKind::Cancelled(seen.clone())]),
            expected_if_asked: Own,
        },
        same(
            "a cancelled context with a third actor",
            Err(relayed.into()),
            Kinds(vec![FailureKind::ContextCancelled(seen)]),
        ),
        same(
            "closed",
            Err(Error::Closed),
            Kinds(vec![FailureKind::Other]),
        ),
        same(
            "failures, but none",
            Err(Error::Failed(vec![])),
            Kinds(vec![FailureKind::Other]),
        ),
    ]
}

fn check(name: &str, outcome: &Result<Payload, Error>, expected: &Expected) {
    match (outcome, expected) {
        (Ok(got), Expected::Value) => assert_eq!(got, &value("1"), "{name}"),
        (Err(Error::Cancelled(got)), Expected::Own) => assert_eq!(got, &by(&opener()), "{name}"),
        (Err(Error::Failed(got)), Expected::Kinds(kinds)) => {
            let got = Vec::from_iter(got.iter().map(|failure| failure.kind.clone()));
            assert_eq!(&got, kinds, "{name}");
        }
        other => panic!("{name}: {other:?}"),
    }
}

fn open(pair: &mut Pair, kind: DialogKind) -> tractor_protocol::DialogId {
    match kind {
        Call => pair.open(Call),
        Context => pair.open_started(),
    }
}

#[test]
fn outcome_is_the_callees_word_as_the_table_says() {
    for kind in [Call, Context] {
        for row in rows() {
            let mut pair = Pair::new(DialogLimits::default());
            let id = open(&mut pair, kind);
            pair.ends[CALLEE].finish(id, row.result);
            pair.settle();
            let outcomes = pair.outcomes();
            assert_eq!(outcomes.len(), 1, "{}", row.name);
            check(row.name, &outcomes[0], &row.expected);
            pair.assert_empty();
        }
    }
}

#[test]
fn outcome_of_a_cancelled_dialog_is_the_callees_word_as_the_table_says() {
    for kind in [Call, Context] {
        for row in rows() {
            let mut pair = Pair::new(DialogLimits::default());
            let id = open(&mut pair, kind);
            pair.ends[OPENER].cancel(pair.now, id, by(&opener()), GRACE);
            pair.settle();
            pair.ends[CALLEE].finish(id, row.result);
            pair.settle();
            let outcomes = pair.outcomes();
            assert_eq!(outcomes.len(), 1, "{}", row.name);
            check(row.name, &outcomes[0], &row.expected_if_asked);
            pair.assert_empty();
        }
    }
}

#[test]
fn row_052_cancel_and_end_that_cross_give_one_outcome_the_callees() {
    for kind in [Call, Context] {
        for row in rows() {
            let mut pair = Pair::new(DialogLimits::default());
            let id = open(&mut pair, kind);
            pair.ends[CALLEE].finish(id, row.result);
            pair.ends[OPENER].cancel(pair.now, id, by(&opener()), GRACE);
            pair.settle();
            assert_eq!(pair.events(CALLEE), [], "the cancel came too late for it");
            let outcomes = pair.outcomes();
            assert_eq!(outcomes.len(), 1, "{}", row.name);
            check(row.name, &outcomes[0], &row.expected_if_asked);
            pair.wait(1000);
            assert_eq!(pair.outcomes(), []);
            pair.assert_empty();
        }
    }
}

#[test]
fn row_048_cancel_a_second_time_or_after_the_end_has_no_effect() {
    let mut pair = Pair::new(DialogLimits::default());
    let id = pair.open(Call);
    pair.ends[OPENER].cancel(pair.now, id, by(&opener()), GRACE);
    pair.ends[OPENER].cancel(pair.now, id, by(&actor("late")), GRACE * 9);
    pair.settle();
    let told = DialogEvent::Cancelled {
        dialog: id,
        cancellation: from_outside(&by(&opener())),
        time_left: GRACE,
    };
    assert_eq!(pair.events(CALLEE), [told]);
    pair.ends[CALLEE].finish(id, Ok(value("1")));
    pair.settle();
    pair.ends[OPENER].cancel(pair.now, id, by(&opener()), GRACE);
    assert_eq!(pair.ends[OPENER].poll_transmit(), None);
    assert_eq!(pair.outcomes(), [Ok(value("1"))]);
    pair.assert_empty();
}

#[test]
fn finish_a_second_time_has_no_effect() {
    let mut pair = Pair::new(DialogLimits::default());
    let id = pair.open(Call);
    pair.ends[CALLEE].finish(id, Ok(value("1")));
    pair.ends[CALLEE].finish(id, Ok(value("2")));
    pair.settle();
    assert_eq!(pair.outcomes(), [Ok(value("1"))]);
    pair.assert_empty();
}

#[test]
fn row_079_callee_that_ignores_a_cancel_is_overdue_and_ends_unheard() {
    for last_word in [
        Ok(value("1")),
        Err(by(&opener()).into()),
        Err(Error::Closed),
    ] {
        for kind in [Call, Context] {
            let mut pair = Pair::new(DialogLimits::default());
            let id = open(&mut pair, kind);
            pair.ends[OPENER].cancel(pair.now, id, by(&opener()), GRACE);
            pair.settle();
            assert_eq!(pair.ends[OPENER].next_timeout(), Some(Time(GRACE)));
            pair.wait(499);
            assert_eq!(pair.outcomes(), []);
            pair.wait(1);
            let outcomes = pair.outcomes();
            let [Err(Error::Failed(failures))] = outcomes.as_slice() else {
                panic!("{outcomes:?}");
            };
            assert_eq!(failures[0].kind, FailureKind::Overdue(by(&opener())));
            assert_eq!(failures[0].origin, callee());
            assert_eq!(pair.ends[OPENER].overdue(), 1);
            assert_eq!(pair.ends[OPENER].next_timeout(), None);
            pair.ends[CALLEE].finish(id, last_word.clone());
            pair.settle();
            assert_eq!(pair.outcomes(), []);
            pair.assert_empty();
        }
    }
}

#[test]
fn time_of_a_cancelled_callee_shrinks_and_never_grows() {
    let mut pair = Pair::new(DialogLimits::default());
    let id = pair.open(Call);
    let at = |millis| Some(Time(Duration::from_millis(millis)));
    // Who was not cancelled has no time to lose.
    pair.ends[OPENER].hasten(pair.now, id, Duration::ZERO);
    assert_eq!(pair.ends[OPENER].next_timeout(), None);
    pair.ends[OPENER].cancel(pair.now, id, by(&opener()), GRACE);
    pair.wait(100);
    pair.ends[OPENER].hasten(pair.now, id, GRACE);
    assert_eq!(pair.ends[OPENER].next_timeout(), at(500));
    pair.ends[OPENER].hasten(pair.now, id, Duration::from_millis(50));
    assert_eq!(pair.ends[OPENER].next_timeout(), at(150));
    pair.wait(50);
    let outcomes = pair.outcomes();
    let [Err(Error::Failed(failures))] = outcomes.as_slice() else {
        panic!("{outcomes:?}");
    };
    assert!(failures[0].message.ends_with("150 ms"), "{failures:?}");
    pair.ends[OPENER].hasten(pair.now, id, Duration::ZERO);
    pair.ends[CALLEE].finish(id, Ok(value("1")));
    pair.settle();
    pair.assert_empty();
}

#[test]
fn overdue_context_may_still_start_stream_and_end() {
    let mut pair = Pair::new(DialogLimits::default());
    let id = pair.open(Context);
    pair.ends[OPENER].cancel(pair.now, id, by(&opener()), Duration::ZERO);
    pair.wait(0);
    assert_eq!(pair.outcomes().len(), 1);
    let callee = &mut pair.ends[CALLEE];
    callee.started(id, value("11")).expect("once");
    callee.open_stream(id, 4, Default::default()).expect("once");
    callee.stop(id);
    callee.finish(id, Ok(value("1")));
    pair.settle();
    assert_eq!(pair.events(OPENER), []);
    pair.assert_empty();
}

#[test]
fn row_020_context_that_returns_without_started_is_a_misuse() {
    let mut pair = Pair::new(DialogLimits::default());
    let id = pair.open(Context);
    pair.ends[CALLEE].finish(id, Ok(value("1")));
    pair.settle();
    check(
        "misuse",
        &pair.outcomes()[0],
        &Expected::Kinds(vec![FailureKind::Misuse]),
    );
    pair.assert_empty();
}

#[test]
fn row_019_started_twice_or_a_stream_before_it_is_raised_at_both_ends() {
    for is_stream in [false, true] {
        let mut pair = Pair::new(DialogLimits::default());
        let id = pair.open(Context);
        let callee = &mut pair.ends[CALLEE];
        let refused = if is_stream {
            callee.open_stream(id, 1, Default::default())
        } else {
            callee.started(id, value("1")).expect("once");
            callee.started(id, value("2"))
        };
        let Err(Error::Failed(refused)) = refused else {
            panic!("{refused:?}");
        };
        assert_eq!(refused[0].kind, FailureKind::Misuse);
        let _ = callee.started(id, value("1"));
        callee.finish(id, Ok(value("1")));
        pair.settle();
        assert_eq!(pair.outcomes(), [Err(Error::Failed(refused))]);
        pair.assert_empty();
    }
}

#[test]
fn call_has_neither_first_value_nor_stream() {
    let mut pair = Pair::new(DialogLimits::default());
    let id = pair.open(Call);
    let is_misuse = |result: Result<(), Error>| matches!(result, Err(Error::Failed(f)) if f[0].kind == FailureKind::Misuse);
    assert!(is_misuse(pair.ends[CALLEE].started(id, value("1"))));
    for end in &mut pair.ends {
        assert!(is_misuse(end.open_stream(id, 1, Default::default())));
    }
}

#[test]
fn relayed_failure_names_the_callee_in_its_path_once() {
    let mut pair = Pair::new(DialogLimits::default());
    let helper = failure(FailureKind::Returned, &actor("helper"));
    let own = failure(FailureKind::Returned, &callee());
    let id = pair.open(Call);
    let both = Error::Failed(vec![helper.clone(), own.clone()]);
    pair.ends[CALLEE].finish(id, Err(both));
    pair.settle();
    let relayed = Failure {
        path: vec![callee()],
        ..helper
    };
    assert_eq!(pair.outcomes(), [Err(Error::Failed(vec![relayed, own]))]);
}

#[test]
fn failure_that_a_task_raises_twice_is_told_once() {
    let mut pair = Pair::new(DialogLimits::default());
    let failures = [1, 2, 1, 3, 2].map(|id| Failure {
        id: FailureId(id),
        ..failure(FailureKind::Other, &callee())
    });
    let id = pair.open(Call);
    pair.ends[CALLEE].finish(id, Err(Error::Failed(failures.to_vec())));
    pair.settle();
    let [Err(Error::Failed(told))] = &*pair.outcomes() else {
        panic!("one failed outcome");
    };
    let ids = told.iter().map(|failure| failure.id.0);
    assert_eq!(Vec::from_iter(ids), [1, 2, 3]);
}

#[test]
fn value_too_large_is_an_error_at_whoever_sends_it() {
    let limits = DialogLimits {
        message_bytes: 4,
        ..Default::default()
    };
    let is_limit = |error: &Error| {
        let Error::Failed(failures) = error else {
            return false;
        };
        failures[0].kind == FailureKind::Limit("message-bytes".to_owned())
    };
    let mut pair = Pair::new(limits);
    let refused = pair.ends[OPENER].start(Call, "f".to_owned(), value("12345"), None);
    assert!(is_limit(&refused.expect_err("too large")));
    let id = pair.open(Context);
    let refused = pair.ends[CALLEE].started(id, value("12345"));
    assert!(is_limit(&refused.expect_err("too large")));
    pair.ends[CALLEE]
        .started(id, value("1234"))
        .expect("it fits");
    pair.ends[CALLEE].finish(id, Ok(value("12345")));
    pair.settle();
    let outcomes = pair.outcomes();
    assert!(is_limit(outcomes[0].as_ref().expect_err("too large")));
    pair.assert_empty();
}
