//! What a rule found, and what to do about it.

use std::fmt::{self, Display};

/// One break of one rule.
#[derive(Debug, PartialEq)]
pub(super) struct Problem {
    /// From the top of the repository.
    pub(super) file: String,
    /// From 1; `None` if the whole file is meant.
    pub(super) line: Option<usize>,
    pub(super) what: String,
    pub(super) remedy: &'static str,
}

impl Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.file)?;
        if let Some(line) = self.line {
            write!(f, ":{line}")?;
        }
        write!(f, ": {}; {}", self.what, self.remedy)
    }
}
