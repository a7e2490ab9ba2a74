//! The languages that guests are written in: what each needs on this machine, and how its guests are built.
//!
//! One file per language, with the same three functions, which [`Language`] hands on to:
//! * `provide` sets up what is missing: idempotent, says what it does, leaves nothing half done;
//! * `findings` says what is there and what is not, and changes nothing;
//! * `build` builds the components of `guests/LANGUAGE` into the folder in which tests find them, if their sources changed.
//!
//! [`tools`] is where the tools of a language are kept, [`sources`] tells whether a component is as its sources are.

mod c;
mod finding;
mod js;
mod python;
mod rust;
mod sources;
mod tools;

use anyhow::Result;
use clap::ValueEnum;

pub(crate) use self::finding::Finding;

use crate::job::Heading;

/// A language with an SDK in `guests/`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Language {
    /// By rustc and its target `wasm32-wasip2`.
    Rust,
    /// By clang and wasi-libc, with bindings by wit-bindgen-c.
    C,
    /// By componentize-py.
    Python,
    /// By componentize-qjs.
    Js,
}

impl Language {
    /// All of them, in the order in which they are told of.
    pub(crate) const ALL: [Self; 4] = [Self::Rust, Self::Python, Self::Js, Self::C];

    /// Its name, as people write it.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Rust => "Rust",
            Self::Python => "Python",
            Self::Js => "JavaScript",
            Self::C => "C",
        }
    }

    /// What the job that builds its guests is called.
    pub(crate) fn guests(self) -> &'static str {
        match self {
            Self::Rust => "guests",
            Self::Python => "guests in Python",
            Self::Js => "guests in JavaScript",
            Self::C => "guests in C",
        }
    }

    /// How many minutes that job may take on a machine that has none of its tools.
    pub(crate) fn budget_minutes(self) -> u64 {
        match self {
            Self::Rust => 4,
            Self::Python => 2,
            Self::Js => 15,
            Self::C => 4,
        }
    }

    /// Sets up what is missing to build its guests.
    pub(crate) fn provide(self, heading: &Heading) -> Result<()> {
        match self {
            Self::Rust => rust::provide(heading),
            Self::Python => python::provide(heading),
            Self::Js => js::provide(heading),
            Self::C => c::provide(heading),
        }
    }

    /// Says what is there and what is missing.
    pub(crate) fn findings(self) -> Vec<Finding> {
        match self {
            Self::Rust => rust::findings(),
            Self::Python => python::findings(),
            Self::Js => js::findings(),
            Self::C => c::findings(),
        }
    }

    /// Builds its guests; what `provide` sets up must be there.
    pub(crate) fn build(self, heading: &Heading) -> Result<()> {
        match self {
            Self::Rust => rust::build(heading),
            Self::Python => python::build(heading),
            Self::Js => js::build(heading),
            Self::C => c::build(heading),
        }
    }
}
