//! Failures as people read them: who failed first, where in its source, who was cancelled because of it.

use super::text::visible;
use crate::error::Error;
use tractor_protocol::{ActorId, CancelReason, Cancellation, Failure, FailureKind};

/// Frames shown of one backtrace; a recursion has thousands.
const MOST_FRAMES: usize = 16;

/// Tells an error in full, as lines without a final newline.
pub(crate) fn story(error: &Error) -> String {
    let told = telling(error.failures());
    match told[..] {
        [] => lines_of(&error.to_string()).join("\n"),
        [failure] => tell(failure),
        _ => group(&told),
    }
}

/// That an actor which failed was then cancelled tells nothing more.
fn telling(failures: &[Failure]) -> Vec<&Failure> {
    let failed = |origin: &ActorId| {
        failures
            .iter()
            .any(|one| !one.is_cancelled() && one.origin == *origin)
    };
    let tells = |failure: &&Failure| !failure.is_cancelled() || !failed(&failure.origin);
    failures.iter().filter(tells).collect()
}

/// Tells one failure in full, as lines without a final newline: what happened to whom, and below it, indented, where. What the guest said is
/// shown with its control characters escaped.
pub fn tell(failure: &Failure) -> String {
    let mut text = headline(failure);
    for line in details(failure) {
        text.push('\n');
        text.push_str(&line);
    }
    text
}

/// An actor, by name and process.
pub(crate) fn who(actor: &ActorId) -> String {
    match actor.pid {
        0 => visible(&actor.name),
        pid => format!("{} (pid {pid})", visible(&actor.name)),
    }
}

/// Why something was cancelled, as the end of a sentence: `deadline, by main`.
pub(crate) fn why(cancellation: &Cancellation) -> String {
    let by = visible(&cancellation.canceller.name);
    let why = match cancellation.reason {
        CancelReason::Requested => format!("requested, by {by}"),
        CancelReason::Deadline => format!("deadline, by {by}"),
        CancelReason::SiblingFailed => "a sibling failed".to_owned(),
        CancelReason::OwnerEnded => format!("its owner {by} ended"),
        CancelReason::ConnectionLost => format!("connection to {by} lost"),
        CancelReason::Shutdown => "the tree goes down".to_owned(),
    };
    match &cancellation.message {
        Some(message) => format!("{why} ({})", visible(message)),
        None => why,
    }
}

fn group(failures: &[&Failure]) -> String {
    let mut text = heading(failures);
    let several = failures.iter().filter(|one| !one.is_cancelled()).count() > 1;
    for (index, failure) in failures.iter().enumerate() {
        let last = index + 1 == failures.len();
        let (branch, below) = if last {
            ("└─ ", "     ")
        } else {
            ("├─ ", "│    ")
        };
        let first = several && index == 0;
        let head = if first {
            format!("{} failed first", who(&failure.origin))
        } else {
            headline(failure)
        };
        text.push_str(&format!("\n{branch}{head}"));
        let what = first.then(|| what(failure)).into_iter().flatten();
        for line in what.chain(details(failure)) {
            text.push_str(&format!("\n{below}{line}"));
        }
    }
    text
}

fn heading(failures: &[&Failure]) -> String {
    let failed = failures
        .iter()
        .copied()
        .filter(|failure| !failure.is_cancelled());
    let (count, actors, all) = (
        failed.clone().count(),
        distinct(failed),
        distinct(failures.iter().copied()),
    );
    match count == actors {
        true => format!("{actors} of {all} actors failed"),
        false => format!("{count} failures in {actors} of {all} actors"),
    }
}

fn distinct<'a>(failures: impl Iterator<Item = &'a Failure>) -> usize {
    let mut origins: Vec<_> = failures.map(|failure| failure.origin.uuid).collect();
    origins.sort_unstable();
    origins.dedup();
    origins.len()
}

/// What happened to whom, in one line.
fn headline(failure: &Failure) -> String {
    let who = who(&failure.origin);
    let message = lines_of(&failure.message).join("\n  ");
    match &failure.kind {
        FailureKind::Returned => format!("{who} returned an error: {message}"),
        FailureKind::Trap(trap) => format!("{who} trapped: {}", visible(trap)),
        FailureKind::Limit(_) => format!("{who} met a limit: {message}"),
        FailureKind::Exit(code) => format!("{who} exited with code {code}"),
        FailureKind::Killed(signal) => {
            format!("{who} was ended by signal {signal}{}", signal_name(*signal))
        }
        FailureKind::Cancelled(cancellation) => {
            format!("{who} was cancelled: {}", why(cancellation))
        }
        FailureKind::Overdue(_) => format!("{who} {message}"),
        _ => format!("{who} failed: {message}"),
    }
}

fn signal_name(signal: u8) -> &'static str {
    match signal {
        4 => " (SIGILL)",
        6 => " (SIGABRT)",
        7 => " (SIGBUS)",
        9 => " (SIGKILL)",
        11 => " (SIGSEGV)",
        15 => " (SIGTERM)",
        _ => "",
    }
}

/// What happened, when who it was is said above.
fn what(failure: &Failure) -> Vec<String> {
    match &failure.kind {
        FailureKind::Trap(trap) => vec![format!("trap: {}", visible(trap))],
        _ => lines_of(&failure.message),
    }
}

/// Where it happened, and how it came here: indented lines.
fn details(failure: &Failure) -> Vec<String> {
    let mut lines = frames(failure.backtrace.as_deref().unwrap_or_default());
    let hidden = lines.len().saturating_sub(MOST_FRAMES);
    if hidden > 0 {
        lines.truncate(MOST_FRAMES);
        lines.push(format!("and {hidden} more"));
    }
    let us = std::process::id();
    // Of one that was cancelled the reason is said already.
    let relays = failure
        .path
        .iter()
        .filter(|actor| actor.pid != us && !failure.is_cancelled());
    lines.extend(relays.map(|actor| format!("passed on by {}", who(actor))));
    lines.iter_mut().for_each(|line| line.insert_str(0, "  "));
    lines
}

/// The frames of a backtrace; one that comes again at once, as in a recursion, is shown with its count.
fn frames(backtrace: &str) -> Vec<String> {
    let mut frames: Vec<(String, usize)> = Vec::new();
    for line in lines_of(backtrace) {
        match frames.last_mut() {
            _ if line.trim().is_empty() => {}
            Some((last, count)) if *last == line => *count += 1,
            _ => frames.push((line, 1)),
        }
    }
    let shown = frames.into_iter().map(|(line, count)| match count {
        1 => line,
        count => format!("{line}, {count} times"),
    });
    shown.collect()
}

/// The lines of a guest's text, without what steers a terminal.
fn lines_of(text: &str) -> Vec<String> {
    text.lines().map(visible).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use tractor_protocol::{FailureId, ScopeId, Uuid};

    fn actor(name: &str, pid: u32) -> ActorId {
        ActorId {
            name: name.into(),
            uuid: Uuid::from_random(u128::from(pid)),
            pid,
        }
    }

    fn failure(name: &str, pid: u32, kind: FailureKind, message: &str) -> Failure {
        Failure::new(FailureId(u64::from(pid)), kind, actor(name, pid), message)
    }

    fn cancelled() -> FailureKind {
        FailureKind::Cancelled(Cancellation {
            scope: ScopeId(0),
            canceller: actor("main", 410),
            reason: CancelReason::SiblingFailed,
            message: None,
        })
    }

    #[test]
    fn story_of_several_failures_is_a_tree() {
        let trap = Failure {
            backtrace: Some("at primes::is_prime (src/lib.rs:14)".into()),
            path: vec![actor("main", 410)],
            ..failure(
                "worker_1",
                412,
                FailureKind::Trap("integer divide by zero".into()),
                "",
            )
        };
        let failures = [
            trap,
            failure(
                "worker_2",
                413,
                FailureKind::Returned,
                "too-slow({after: 3})",
            ),
            failure("worker_0", 411, cancelled(), ""),
        ];
        insta::assert_snapshot!(group(&Vec::from_iter(&failures)), @"
        2 of 3 actors failed
        ├─ worker_1 (pid 412) failed first
        │    trap: integer divide by zero
        │      at primes::is_prime (src/lib.rs:14)
        │      passed on by main (pid 410)
        ├─ worker_2 (pid 413) returned an error: too-slow({after: 3})
        └─ worker_0 (pid 411) was cancelled: a sibling failed
        ");
    }

    #[test]
    fn story_of_one_failure_escapes_the_words_of_the_guest() {
        let told = tell(&failure("a\x1b]0;", 7, FailureKind::Other, "one\x07\ntwo"));
        insta::assert_snapshot!(told, @r"
        a\u{1b}]0; (pid 7) failed: one\u{7}
          two
        ");
    }

    #[test]
    fn frame_that_repeats_is_counted() {
        assert_eq!(frames("at f\nat f\nat g"), ["at f, 2 times", "at g"]);
    }

    #[test]
    fn backtrace_of_a_recursion_is_cut() {
        let deep = Failure {
            backtrace: Some("at f (a.rs:1)\nat g (a.rs:2)\n".repeat(1000)),
            ..failure("a", 1, FailureKind::Trap("call stack exhausted".into()), "")
        };
        assert_eq!(tell(&deep).lines().count(), 1 + MOST_FRAMES + 1);
    }
}
