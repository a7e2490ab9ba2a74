//! WIT is documentation for the authors of guests: every item has some.

use super::{problem::Problem, source::Source};

/// Words that begin an item.
const ITEMS: [&str; 8] = [
    "interface ",
    "world ",
    "record ",
    "variant ",
    "enum ",
    "flags ",
    "resource ",
    "type ",
];

pub(super) fn check(source: &Source) -> Vec<Problem> {
    if !source.is("wit") || !source.path.starts_with("wit/") {
        return Vec::new();
    }
    let lines: Vec<&str> = source.text.lines().map(str::trim).collect();
    let bare = (0..lines.len()).filter(|&at| is_item(lines[at]) && !is_documented(&lines[..at]));
    bare.map(|at| undocumented(source, at, lines[at])).collect()
}

fn is_item(line: &str) -> bool {
    if line.starts_with("//") || line.starts_with("use ") {
        return false;
    }
    let function = line
        .split_once("func(")
        .is_some_and(|(name, _)| name.contains(':'));
    let named = ITEMS.iter().any(|item| line.starts_with(item));
    function || named || line.starts_with("constructor(")
}

/// Tells whether docs stand right above, but for attributes.
fn is_documented(above: &[&str]) -> bool {
    let mut above = above.iter().rev();
    let nearest = above.find(|line| !line.starts_with('@'));
    nearest.is_some_and(|line| line.starts_with("///"))
}

fn undocumented(source: &Source, at: usize, line: &str) -> Problem {
    let name = line.split(['{', '(', ';']).next().unwrap_or(line).trim();
    source.problem(
        Some(at + 1),
        format!("`{name}` has no docs"),
        "say what it does, when it waits, when it fails, what is dropped, in `///` lines above it",
    )
}

#[cfg(test)]
mod tests {
    use super::{super::source::tests::source, *};

    const FILE: &str = "package tractor:actor@0.1.0;

/// Docs.
interface a {
    use types.{b};
    enum bare { x, y }
    /// Docs.
    @since(version = 0.1.0)
    resource r {
        constructor(x: u32);
        bare: async func(
            x: u32,
        ) -> u32;
        /// Docs.
        fine: func();
    }
}
world bare {
    include a;
    export run: async func();
}
";

    #[test]
    fn item_without_docs_is_found() {
        let problems = check(&source("wit/a.wit", FILE));
        let lines: Vec<usize> = problems.iter().filter_map(|p| p.line).collect();
        assert_eq!(lines, [6, 10, 11, 18, 20]);
        assert_eq!(problems[2].what, "`bare: async func` has no docs");
    }

    #[test]
    fn wit_of_others_is_no_matter() {
        assert_eq!(check(&source("guests/a/wit/a.wit", FILE)), []);
    }
}
