//! The pure parts stay pure: protocol has no async and no clock, runtime's core does no I/O and never reads a clock.

use super::{
    problem::Problem,
    source::{Source, mentions},
};

struct Rule {
    folder: &'static str,
    forbidden: &'static [&'static str],
    remedy: &'static str,
}

const CORE: &[&str] = &[
    "tokio",
    "Instant",
    "SystemTime",
    "std::fs",
    "std::net",
    "std::process",
    "std::thread",
    "rustix",
];

const CORE_REMEDY: &str =
    "the core decides and the shell acts: take time as an argument, give effects as data";

const RULES: [Rule; 4] = [
    Rule {
        folder: "host/crates/protocol/src/",
        forbidden: &["tokio", "futures", "async fn", "Instant", "SystemTime"],
        remedy: "protocol is pure data: move it to transport or runtime",
    },
    Rule {
        folder: "host/crates/runtime/src/tree/",
        forbidden: CORE,
        remedy: CORE_REMEDY,
    },
    Rule {
        folder: "host/crates/runtime/src/dialog/",
        forbidden: CORE,
        remedy: CORE_REMEDY,
    },
    Rule {
        folder: "host/crates/runtime/src/scope/",
        forbidden: CORE,
        remedy: CORE_REMEDY,
    },
];

pub(super) fn check(source: &Source) -> Vec<Problem> {
    let rules = RULES.iter();
    rules
        .filter(|rule| source.is("rs") && source.path.starts_with(rule.folder))
        .flat_map(|rule| breaks(source, rule))
        .collect()
}

fn breaks(source: &Source, rule: &Rule) -> Vec<Problem> {
    let mut problems = Vec::new();
    for line in source.code() {
        let words = rule.forbidden.iter();
        for word in words.filter(|word| mentions(line.text, word)) {
            let what = format!("`{word}` in {}", rule.folder);
            problems.push(source.problem(Some(line.number), what, rule.remedy));
        }
    }
    problems
}

#[cfg(test)]
mod tests {
    use super::{super::source::tests::source, *};

    #[test]
    fn clock_in_the_core_is_found() {
        let text = "use std::time::Duration;\nlet now = std::time::Instant::now();\n";
        for part in ["tree", "dialog", "scope"] {
            let path = format!("host/crates/runtime/src/{part}/a/b.rs");
            let problems = check(&source(&path, text));
            assert_eq!(problems.len(), 1, "{part}");
            assert_eq!(problems[0].line, Some(2));
        }
    }

    #[test]
    fn async_in_the_protocol_is_found() {
        let problems = check(&source("host/crates/protocol/src/a.rs", "async fn a() {}"));
        assert_eq!(problems.len(), 1);
    }

    #[test]
    fn clock_in_the_shell_is_no_matter() {
        let path = "host/crates/runtime/src/worker/a.rs";
        assert_eq!(check(&source(path, "tokio::time::Instant::now()")), []);
    }

    #[test]
    fn clock_in_a_comment_of_the_core_is_no_matter() {
        let path = "host/crates/runtime/src/tree/a.rs";
        assert_eq!(check(&source(path, "//! Never calls `Instant::now`.")), []);
    }
}
