//! The name of a project.

use std::path::Path;

/// The longest name.
const LONGEST: usize = 64;

/// A name that every language's tools take: lower-case letters, digits and single hyphens, a letter first.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Name(String);

/// Why a folder does not give a name.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
pub(crate) enum NameError {
    /// It has no last part: `/`, `..`.
    #[error("`{0}` has no name to give to the project")]
    None(String),
    /// It has other characters, or in another order.
    #[error(
        "`{0}` is no name for a project: lower-case letters, digits and single hyphens, a letter first, at most {LONGEST}"
    )]
    Characters(String),
    /// It means something else to a language's tools.
    #[error(
        "`{0}` cannot be the name of a project: it is a word of Rust, C, Python or JavaScript, or one of their libraries"
    )]
    Taken(String),
}

/// Words that the tools of some language take for something else.
const TAKEN: &[&str] = &[
    "abstract",
    "and",
    "as",
    "assert",
    "async",
    "auto",
    "await",
    "become",
    "box",
    "break",
    "case",
    "catch",
    "char",
    "class",
    "const",
    "continue",
    "core",
    "crate",
    "def",
    "default",
    "del",
    "delete",
    "do",
    "double",
    "dyn",
    "elif",
    "else",
    "enum",
    "except",
    "export",
    "extern",
    "false",
    "final",
    "finally",
    "float",
    "fn",
    "for",
    "from",
    "function",
    "gen",
    "global",
    "goto",
    "if",
    "impl",
    "import",
    "in",
    "inline",
    "int",
    "interface",
    "is",
    "lambda",
    "let",
    "long",
    "loop",
    "macro",
    "match",
    "mod",
    "move",
    "mut",
    "new",
    "nonlocal",
    "not",
    "null",
    "or",
    "override",
    "pass",
    "priv",
    "proc-macro",
    "pub",
    "raise",
    "ref",
    "register",
    "return",
    "self",
    "short",
    "signed",
    "sizeof",
    "static",
    "std",
    "struct",
    "super",
    "switch",
    "test",
    "this",
    "throw",
    "tractor",
    "tractor-guest",
    "trait",
    "true",
    "try",
    "type",
    "typedef",
    "typeof",
    "union",
    "unsafe",
    "unsigned",
    "unsized",
    "use",
    "var",
    "virtual",
    "void",
    "volatile",
    "where",
    "while",
    "with",
    "yield",
];

impl Name {
    /// The name that the last part of a path gives.
    pub(crate) fn of(folder: &Path) -> Result<Self, NameError> {
        let Some(name) = folder.file_name() else {
            return Err(NameError::None(folder.display().to_string()));
        };
        let name = name.to_string_lossy().into_owned();
        let letters = name
            .chars()
            .all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-');
        let hyphens = name.split('-').all(|part| !part.is_empty());
        let first = name.starts_with(|c: char| c.is_ascii_lowercase());
        if !(letters && hyphens && first && name.len() <= LONGEST) {
            return Err(NameError::Characters(name));
        }
        if TAKEN.contains(&name.as_str()) {
            return Err(NameError::Taken(name));
        }
        Ok(Self(name))
    }

    /// Writes the name where a text asks for it.
    pub(crate) fn fill(&self, text: &str) -> String {
        text.replace("{{name}}", &self.0)
            .replace("{{file}}", &self.0.replace('-', "_"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn name_is_the_last_part_of_the_folder() {
        let name = Name::of(Path::new("some/where/my-actor2")).unwrap();
        assert_eq!(name.fill("{{name}} {{file}}"), "my-actor2 my_actor2");
    }

    #[test]
    fn name_that_a_tool_would_not_take_is_refused() {
        for bad in ["", "A", "2a", "a--b", "-a", "a-", "a_b", "a b", "ä", "a/.."] {
            assert!(Name::of(Path::new(bad)).is_err(), "{bad}");
        }
        assert!(Name::of(Path::new(&"a".repeat(64))).is_ok());
        assert!(Name::of(Path::new(&"a".repeat(65))).is_err());
        let taken = Name::of(Path::new("class")).unwrap_err();
        assert_eq!(taken, NameError::Taken("class".to_owned()));
        assert!(TAKEN.is_sorted());
    }
}
