//! The list of scenarios: `SCENARIOS.md` says what happens in each.

/// A scenario.
pub(crate) struct Scenario {
    /// As drivers know it.
    pub(crate) name: &'static str,
    /// What it is about, for the table.
    pub(crate) about: &'static str,
    /// What blocking C cannot do of it, so that its component uses the callback style there.
    pub(crate) callback: Option<Side>,
}

/// A side of a scenario.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Side {
    Driver,
    Peer,
}

/// One that blocking C can do.
const fn plain(name: &'static str, about: &'static str) -> Scenario {
    Scenario {
        name,
        about,
        callback: None,
    }
}

/// One that needs several things at once.
const fn at_once(name: &'static str, about: &'static str, side: Side) -> Scenario {
    Scenario {
        name,
        about,
        callback: Some(side),
    }
}

/// All, in the order in which they run.
pub(crate) const SCENARIOS: &[Scenario] = &[
    plain("calls", "calls"),
    plain("values_integers", "values: all integers"),
    plain(
        "values_floats",
        "values: floats, NaN, infinities, minus zero",
    ),
    plain("values_texts", "values: bool, char, string"),
    plain(
        "values_compounds",
        "values: list, tuple, record, enum, variant",
    ),
    plain(
        "values_options",
        "values: option, nested option, result, flags",
    ),
    plain("bad_calls", "unknown function, ill-typed arguments"),
    plain("declared_errors", "errors with values"),
    plain("failures", "failures: raised, thrown, returned"),
    plain("started", "a context's first value and output"),
    plain("never_started", "a context that never starts"),
    plain("context_fails", "a context that fails"),
    plain("ping_pong", "a stream both ways, in turns"),
    plain("batches", "a stream both ways, in batches"),
    plain("slow_receiver", "a stream to a slow receiver"),
    plain(
        "slow_sender",
        "a stream from a fast sender to a slow driver",
    ),
    plain("stop", "one direction of a stream stops"),
    plain("typed_stream", "a stream of typed messages, and wrong ones"),
    plain("opener_cancels", "the opener cancels"),
    plain("callee_cancels", "the callee cancels"),
    plain("third_cancels", "a third cancels"),
    plain("deadline", "a deadline passes"),
    plain("time_left", "a deadline goes along"),
    plain("one_fails_all", "a nursery: one fails, all are cancelled"),
    plain("nested_spawn", "nested actors"),
    plain("nested_failure", "a failure from below"),
    plain("breaks_down", "a trap, with its own words"),
    plain("killed_at_timeout", "a loop is ended when its time is up"),
    plain("registrar", "names"),
    at_once(
        "served_at_once",
        "two calls at once in one actor",
        Side::Peer,
    ),
    at_once(
        "overdue_task",
        "a task that ignores cancellation",
        Side::Peer,
    ),
    at_once("calls_at_once", "calls in branches", Side::Driver),
    at_once(
        "both_ways_at_once",
        "sending and receiving in branches",
        Side::Driver,
    ),
];
