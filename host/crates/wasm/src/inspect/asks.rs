//! What a component asks to be granted, read off the names of its imports.
//!
//! An import says what a component may use, not what it will: Rust's and Python's standard libraries import files and the
//! environment whether the program touches them or not.

use std::fmt;

/// Something that must be granted before a component can use it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[non_exhaustive]
pub enum Ask {
    /// To open files: `wasi:filesystem`.
    Files,
    /// To read environment variables: `wasi:cli/environment`.
    Environment,
    /// To connect to other machines: `wasi:sockets`.
    Network,
    /// To speak HTTP: `wasi:http`.
    Http,
    /// To read the terminal or a pipe: `wasi:cli/stdin`. Only main can.
    Stdin,
    /// To find and register actors by name: `tractor:actor/registrar`.
    Names,
    /// An interface that this host does not have, but another component may.
    Unknown(String),
}

impl Ask {
    /// What `import` asks for. None for what every actor has: its output, clocks, random numbers, and owning actors.
    pub fn of(import: &str) -> Option<Self> {
        let unversioned = import.split_once('@').map_or(import, |(name, _)| name);
        let (package, interface) = unversioned.split_once('/').unwrap_or((unversioned, ""));
        match (package, interface) {
            ("wasi:filesystem", _) => Some(Self::Files),
            ("wasi:sockets", _) => Some(Self::Network),
            ("wasi:http", _) => Some(Self::Http),
            ("wasi:cli", "environment") => Some(Self::Environment),
            ("wasi:cli", "stdin" | "terminal-stdin") => Some(Self::Stdin),
            ("wasi:cli" | "wasi:io" | "wasi:clocks" | "wasi:random", _) => None,
            ("tractor:actor", "registrar") => Some(Self::Names),
            ("tractor:actor", _) => None,
            _ => Some(Self::Unknown(import.to_owned())),
        }
    }

    /// The flag of `run` that grants it; none for what no flag grants.
    pub fn flag(&self) -> Option<&'static str> {
        match self {
            Self::Files => Some("--dir"),
            Self::Environment => Some("--env"),
            Self::Network | Self::Http => Some("--connect"),
            Self::Names => Some("--names"),
            Self::Unknown(_) => Some("--link"),
            Self::Stdin => None,
        }
    }
}

impl fmt::Display for Ask {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let what = match self {
            Self::Files => "files",
            Self::Environment => "environment variables",
            Self::Network => "the network",
            Self::Http => "HTTP",
            Self::Stdin => "standard input (main only)",
            Self::Names => "names of other actors",
            Self::Unknown(import) => {
                return write!(f, "{import}, which another actor can give (--link)");
            }
        };
        f.write_str(what)?;
        self.flag().map_or(Ok(()), |flag| write!(f, " ({flag})"))
    }
}

/// What `imports` ask for, each once, in a fixed order.
pub fn asks<'a>(imports: impl IntoIterator<Item = &'a str>) -> Vec<Ask> {
    let mut asks: Vec<_> = imports.into_iter().filter_map(Ask::of).collect();
    asks.sort();
    asks.dedup();
    asks
}
