//! Text that has no place in the code.

use super::{
    problem::Problem,
    source::{Line, Source, mentions},
};

struct Rule {
    text: &'static str,
    only_in_tests: bool,
    remedy: &'static str,
}

const fn everywhere(text: &'static str, remedy: &'static str) -> Rule {
    Rule {
        text,
        only_in_tests: false,
        remedy,
    }
}

const fn in_tests(text: &'static str, remedy: &'static str) -> Rule {
    Rule {
        text,
        only_in_tests: true,
        remedy,
    }
}

const POLL: &str = "poll a condition under a deadline, or use paused time";

const RULES: [Rule; 7] = [
    // tidy: the rules themselves
    everywhere("[allow(", "say #[expect(..., reason = \"...\")]"),
    // tidy: the rules themselves
    everywhere("todo!(", "do it, or open an issue"),
    // tidy: the rules themselves
    everywhere("unimplemented!(", "do it, or return an error"),
    // tidy: the rules themselves
    everywhere("#[ignore", "mend the test or remove it"),
    // tidy: the rules themselves
    in_tests("thread::sleep(", POLL),
    // tidy: the rules themselves
    in_tests("time::sleep(", POLL),
    // tidy: the rules themselves
    in_tests("sleep_ms(", POLL),
];

pub(super) fn check(source: &Source) -> Vec<Problem> {
    if !source.is("rs") {
        return Vec::new();
    }
    let breaks = source.code().flat_map(|line| breaks(&line));
    let problem = |(line, rule): (usize, &Rule)| {
        let what = format!("`{}`", rule.text);
        source.problem(Some(line), what, rule.remedy)
    };
    breaks.map(problem).collect()
}

fn breaks(line: &Line<'_>) -> Vec<(usize, &'static Rule)> {
    let rules = RULES.iter();
    rules
        .filter(|rule| line.in_test || !rule.only_in_tests)
        .filter(|rule| mentions(line.text, rule.text))
        .map(|rule| (line.number, rule))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::{super::source::tests::source, *};

    fn lines(path: &str, text: &str) -> Vec<usize> {
        let problems = check(&source(path, text));
        problems.iter().filter_map(|problem| problem.line).collect()
    }

    #[test]
    fn text_that_is_forbidden_is_found() {
        for rule in &RULES {
            let text = format!("fn a() {{}}\n{}\n", rule.text);
            assert_eq!(lines("tests/a.rs", &text), [2], "{}", rule.text);
        }
    }

    #[test]
    fn text_in_a_comment_is_no_matter() {
        for rule in &RULES {
            let text = format!("// never {}\n", rule.text);
            assert_eq!(lines("tests/a.rs", &text), [0; 0], "{}", rule.text);
        }
    }

    #[test]
    fn sleep_outside_tests_is_no_matter() {
        // tidy: the text under test
        let sleep = "thread::sleep(pause);\n";
        let text = format!("{sleep}#[cfg(test)]\nmod tests {{\n{sleep}}}\n");
        assert_eq!(lines("src/a.rs", &text), [4]);
    }

    #[test]
    fn other_languages_are_no_matter() {
        // tidy: the text under test
        assert_eq!(lines("a.c", "todo!()"), [0; 0]);
    }
}
