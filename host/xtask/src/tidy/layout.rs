//! The top of the repository tells a newcomer the story: nothing else is there.

use super::problem::Problem;

const ALLOWED: [&str; 14] = [
    "ARCHITECTURE.md",
    "CHANGELOG.md",
    "CONTRIBUTING.md",
    "Cargo.lock",
    "Cargo.toml",
    "LICENSE-APACHE",
    "LICENSE-MIT",
    "README.md",
    "examples",
    "guests",
    "host",
    "target",
    "tests",
    "wit",
];

/// Looks at the names at the top; those that begin with a dot are free.
pub(super) fn check(names: &[String]) -> Vec<Problem> {
    let names = names.iter().filter(|name| !name.starts_with('.'));
    let strange = names.filter(|name| !ALLOWED.contains(&name.as_str()));
    let problem = |name: &String| Problem {
        file: name.clone(),
        line: None,
        what: "not one of the things at the top of the repository".to_owned(),
        remedy: "move it below host, guests, examples or tests",
    };
    strange.map(problem).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn name_that_is_strange_is_found() {
        let names = ["Cargo.toml", ".ci", "host", "scripts"].map(str::to_owned);
        let problems = check(&names);
        assert_eq!(problems.len(), 1);
        assert_eq!(problems[0].file, "scripts");
    }
}
