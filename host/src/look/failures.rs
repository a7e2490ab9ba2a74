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
    let message = message_of(failure);
    match &failure.kind {
        FailureKind::Returned => format!("{who} returned an error: {message}"),
        FailureKind::Trap(trap) => format!("{who} trapped: {}", visible(trap)),
        FailureKind::Limit(_) => format!("{who} met a limit: {message}"),
        FailureKind::Exit(code) => format!("{who} exited with code {code}{}", early(failure)),
        FailureKind::Killed(signal) => {
            let name = signal_name(*signal);
            format!("{who} was ended by signal {signal}{name}{}", early(failure))
        }
        FailureKind::Cancelled(cancellation) => {
            format!("{who} was cancelled: {}", why_it(failure, cancellation))
        }
        FailureKind::ProtocolViolation => format!("{who} broke the protocol: {message}"),
        FailureKind::Overdue(_) => format!("{who} {message}"),
        _ => format!("{who} failed: {message}"),
    }
}

fn message_of(failure: &Failure) -> String {
    lines_of(&failure.message).join("\n  ")
}

/// Why an actor was cancelled. A cancellation goes down whole subtrees, and its canceller may stand far above or beside.
fn why_it(failure: &Failure, cancellation: &Cancellation) -> String {
    let by = &cancellation.canceller;
    let owner = failure.path.first();
    let told = match cancellation.reason {
        CancelReason::SiblingFailed => format!("its sibling {} failed", visible(&by.name)),
        CancelReason::OwnerEnded if owner.is_some_and(|owner| owner != by) => {
            format!("its owner was, because of {}", visible(&by.name))
        }
        _ => return why(cancellation),
    };
    match &cancellation.message {
        Some(message) => format!("{told} ({})", visible(message)),
        None => told,
    }
}

/// What the supervisor puts between what happened to a process and what that printed last.
const LAST_WORDS: &str = "; its last words: ";

fn early(failure: &Failure) -> &'static str {
    let happened = failure.message.split(LAST_WORDS).next();
    match happened.is_some_and(|text| text.ends_with(" before it was ready")) {
        true => " before it was ready",
        false => "",
    }
}

/// The last lines of an actor that died, which its headline does not tell.
fn last_words(failure: &Failure) -> Vec<String> {
    let told = matches!(failure.kind, FailureKind::Exit(_) | FailureKind::Killed(_));
    let words = failure.message.split_once(LAST_WORDS).filter(|_| told);
    let lines = words.into_iter().flat_map(|(_, words)| words.split(" | "));
    lines.map(|line| format!("| {}", visible(line))).collect()
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
        FailureKind::Returned => vec![format!("returned an error: {}", message_of(failure))],
        FailureKind::Limit(_) => vec![format!("limit: {}", message_of(failure))],
        FailureKind::Exit(_) | FailureKind::Killed(_) => {
            let happened = failure.message.split(LAST_WORDS).next();
            lines_of(happened.unwrap_or_default())
        }
        _ => lines_of(&failure.message),
    }
}

/// Where it happened, and how it came here: indented lines.
fn details(failure: &Failure) -> Vec<String> {
    let mut lines = last_words(failure);
    lines.extend(frames(failure.backtrace.as_deref().unwrap_or_default()));
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
            canceller: actor("worker_1", 412),
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
        └─ worker_0 (pid 411) was cancelled: its sibling worker_1 failed
        ");
    }

    #[test]
    fn story_tells_on_whose_account_those_below_were_cancelled() {
        let below = |reason, path: &[ActorId]| Failure {
            path: path.to_vec(),
            ..failure(
                "leaf",
                414,
                FailureKind::Cancelled(Cancellation {
                    scope: ScopeId(0),
                    canceller: actor("worker_1", 412),
                    reason,
                    message: Some("no use".into()),
                }),
                "",
            )
        };
        let (owner, other) = (actor("worker_1", 412), actor("worker_0", 411));
        let told = [
            below(CancelReason::OwnerEnded, &[owner]),
            below(CancelReason::OwnerEnded, &[other]),
            below(CancelReason::SiblingFailed, &[]),
        ];
        insta::assert_snapshot!(told.map(|failure| tell(&failure)).join("\n"), @"
        leaf (pid 414) was cancelled: its owner worker_1 ended (no use)
        leaf (pid 414) was cancelled: its owner was, because of worker_1 (no use)
        leaf (pid 414) was cancelled: its sibling worker_1 failed (no use)
        ");
    }

    #[test]
    fn last_words_of_an_actor_that_died_stand_below_it() {
        let message = "exited with code 3 before it was ready; its last words: no\x1b luck | bye";
        let early = failure("a", 7, FailureKind::Exit(3), message);
        let late = failure("b", 8, FailureKind::Killed(9), "was ended by signal 9");
        insta::assert_snapshot!(tell(&early), @r"
        a (pid 7) exited with code 3 before it was ready
          | no\u{1b} luck
          | bye
        ");
        insta::assert_snapshot!(group(&[&early, &late]), @r"
        2 of 2 actors failed
        ├─ a (pid 7) failed first
        │    exited with code 3 before it was ready
        │      | no\u{1b} luck
        │      | bye
        └─ b (pid 8) was ended by signal 9 (SIGKILL)
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
