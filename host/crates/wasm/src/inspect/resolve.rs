//! From the name in a call to one exported function.

use super::functions::{Function, Functions};
use super::names::{bare, unversioned};
use crate::value::{ALIKE, Direction, excerpt, likeness};
use std::fmt;

/// Exports listed in an error; more would hide the rest of it.
const MOST_LISTED: usize = 20;

/// Why a name is not the name of one function.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ResolveError {
    /// No function has it.
    #[error(transparent)]
    Unknown(#[from] UnknownFunction),
    /// Several have it.
    #[error(transparent)]
    Ambiguous(#[from] AmbiguousFunction),
    /// It has other types than those that whoever imports it knows.
    #[error(transparent)]
    Mistyped(#[from] MistypedFunction),
    /// Its messages have other types than those that whoever opens it knows.
    #[error(transparent)]
    MistypedMessages(#[from] MistypedMessages),
}

/// A function has other types than those that whoever imports it knows.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "{component} exports `{name}` as {}, and it is imported as {}",
    excerpt(actual),
    excerpt(imported)
)]
pub struct MistypedFunction {
    /// The component's name or file.
    pub component: String,
    /// The function, by its full name.
    pub name: String,
    /// Its types.
    pub actual: String,
    /// The types with which it is imported.
    pub imported: String,
}

/// The messages of a context function have other types than those that whoever opens it knows.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "{component}: `{name}` {direction} {}, and whoever opens it takes that for {}",
    excerpt(actual),
    excerpt(named)
)]
pub struct MistypedMessages {
    /// The component's name or file.
    pub component: String,
    /// The function, by its full name.
    pub name: String,
    /// Which way the messages go.
    pub direction: Direction,
    /// Their type.
    pub actual: String,
    /// The type that the opener's component names.
    pub named: String,
}

/// No exported function has this name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UnknownFunction {
    /// The component's name or file.
    pub component: String,
    /// The name that was asked for.
    pub name: String,
    /// What the component exports, each with its types.
    pub exports: Vec<String>,
    /// The export that was perhaps meant, by the name to call it.
    pub near: Option<String>,
}

impl std::error::Error for UnknownFunction {}

impl fmt::Display for UnknownFunction {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} exports no function `{}`", self.component, self.name)?;
        if self.exports.is_empty() {
            return f.write_str("\n  it exports no functions");
        }
        list(f, "it exports:", &self.exports)?;
        match &self.near {
            None => Ok(()),
            Some(near) => write!(f, "\n  did you mean `{near}`?"),
        }
    }
}

/// Several exported functions have this name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AmbiguousFunction {
    /// The component's name or file.
    pub component: String,
    /// The name that was asked for.
    pub name: String,
    /// The functions that have it, by their full names.
    pub candidates: Vec<String>,
}

impl std::error::Error for AmbiguousFunction {}

impl fmt::Display for AmbiguousFunction {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let count = self.candidates.len();
        let (component, name) = (&self.component, &self.name);
        write!(f, "{component} exports {count} functions `{name}`")?;
        list(f, "name one in full:", &self.candidates)
    }
}

/// Lines under a heading, aligned.
fn list(f: &mut fmt::Formatter<'_>, heading: &str, lines: &[String]) -> fmt::Result {
    let indent = heading.len();
    for (index, line) in lines.iter().take(MOST_LISTED).enumerate() {
        let heading = if index == 0 { heading } else { "" };
        write!(f, "\n  {heading:indent$}  {line}")?;
    }
    match lines.len().saturating_sub(MOST_LISTED) {
        0 => Ok(()),
        more => write!(f, "\n  {:indent$}  and {more} more", ""),
    }
}

impl Functions {
    /// The function that `name` means: `func`, `iface#func`, `ns:pkg/iface#func` or `ns:pkg/iface@0.1.0#func`. A name in full
    /// wins over the same name in short.
    ///
    /// # Errors
    ///
    /// Says what there is when no function has that name, and what to write when several have.
    pub fn resolve(&self, name: &str) -> Result<&Function, ResolveError> {
        if let Some(function) = self.iter().find(|function| function.full_name() == name) {
            return Ok(function);
        }
        let found: Vec<_> = self
            .iter()
            .filter(|function| function.is_called(name))
            .collect();
        match found[..] {
            [function] => Ok(function),
            [] => Err(self.unknown(name).into()),
            _ => Err(self.ambiguous(name, &found).into()),
        }
    }

    /// The function that `asked` means, a name with what its caller knows of it behind: `iface#add(u32, u32) -> u32` if it is imported,
    /// `iface#join{receives string}` if a context of it is opened. A name without types is one that is merely called.
    ///
    /// # Errors
    ///
    /// As [`resolve`](Self::resolve); and if its types are others.
    pub fn resolve_typed(&self, asked: &str) -> Result<&Function, ResolveError> {
        let Some(at) = asked.find(['(', '{']) else {
            return self.resolve(asked);
        };
        let (name, types) = asked.split_at(at);
        match types.strip_prefix('{') {
            None => self.resolve_imported(name, types),
            Some(named) => self.resolve_opened(name, named.strip_suffix('}').unwrap_or(named)),
        }
    }

    /// The function of the interface and version in `name`, or of the only version there is.
    fn resolve_imported(&self, name: &str, imported: &str) -> Result<&Function, ResolveError> {
        let exact = self.iter().find(|function| function.full_name() == name);
        let function = match exact {
            Some(function) => function,
            None => self.resolve(&unversioned(name))?,
        };
        let actual = function.signature().types();
        if actual == imported {
            return Ok(function);
        }
        Err(MistypedFunction {
            component: self.component().to_owned(),
            name: function.full_name(),
            actual,
            imported: imported.to_owned(),
        }
        .into())
    }

    /// The function `name`, whose messages have the types that are `named`.
    fn resolve_opened(&self, name: &str, named: &str) -> Result<&Function, ResolveError> {
        let function = self.resolve(name)?;
        let messages = function.messages();
        let Some(conflict) = messages.and_then(|messages| messages.conflict(named)) else {
            return Ok(function);
        };
        Err(MistypedMessages {
            component: self.component().to_owned(),
            name: function.full_name(),
            direction: conflict.direction,
            actual: conflict.actual,
            named: conflict.named,
        }
        .into())
    }

    fn unknown(&self, name: &str) -> UnknownFunction {
        UnknownFunction {
            component: self.component().to_owned(),
            name: name.to_owned(),
            exports: self.iter().map(|function| self.listed(function)).collect(),
            near: self.near(name).map(|function| self.shortest(function)),
        }
    }

    fn ambiguous(&self, name: &str, found: &[&Function]) -> AmbiguousFunction {
        let found = found.iter();
        AmbiguousFunction {
            component: self.component().to_owned(),
            name: name.to_owned(),
            candidates: found.map(|function| function.full_name()).collect(),
        }
    }

    fn listed(&self, function: &Function) -> String {
        let text = format!("{}{}", self.shortest(function), function.types_text());
        crate::value::excerpt(&text)
    }

    /// The shortest name that means `function` alone.
    fn shortest(&self, function: &Function) -> String {
        let alike = self.iter().filter(|other| other.name() == function.name());
        match alike.count() {
            1 => function.name().to_owned(),
            _ => function.full_name(),
        }
    }

    fn near(&self, name: &str) -> Option<&Function> {
        let asked = bare(name);
        let alike = |function: &&Function| likeness(asked, function.name());
        let best = self.iter().max_by(|a, b| alike(a).total_cmp(&alike(b)));
        best.filter(|function| alike(function) >= ALIKE)
    }
}
