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
        "`{0}` cannot be the name of a project: it means something else in Rust, C, Python, JavaScript or WIT"
    )]
    Taken(String),
}

/// Words that the tools of some language take for something else.
const TAKEN: &[&str] = &[
    "abstract",
    "actor",
    "and",
    "as",
    "assert",
    "async",
    "auto",
    "await",
    "become",
    "bool",
    "box",
    "break",
    "case",
    "catch",
    "char",
    "class",
    "const",
    "constructor",
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
    "err",
    "except",
    "export",
    "extern",
    "f32",
    "f64",
    "false",
    "final",
    "finally",
    "flags",
    "float",
    "fn",
    "for",
    "from",
    "func",
    "function",
    "future",
    "gen",
    "global",
    "goto",
    "if",
    "impl",
    "import",
    "in",
    "include",
    "inline",
    "int",
    "interface",
    "is",
    "lambda",
    "let",
    "list",
    "long",
    "loop",
    "macro",
    "match",
    "mod",
    "move",
    "mut",
    "new",
    "none",
    "nonlocal",
    "not",
    "null",
    "ok",
    "option",
    "or",
    "override",
    "package",
    "pass",
    "priv",
    "proc-macro",
    "pub",
    "raise",
    "record",
    "ref",
    "register",
    "resource",
    "result",
    "return",
    "s16",
    "s32",
    "s64",
    "s8",
    "self",
    "short",
    "signed",
    "sizeof",
    "some",
    "static",
    "std",
    "stream",
    "string",
    "struct",
    "super",
    "switch",
    "test",
    "this",
    "throw",
    "tractor",
    "tractor-build",
    "tractor-c",
    "tractor-guest",
    "tractor-js",
    "trait",
    "true",
    "try",
    "tuple",
    "type",
    "typedef",
    "typeof",
    "u16",
    "u32",
    "u64",
    "u8",
    "union",
    "unsafe",
    "unsigned",
    "unsized",
    "use",
    "var",
    "variant",
    "virtual",
    "void",
    "volatile",
    "where",
    "while",
    "with",
    "world",
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
