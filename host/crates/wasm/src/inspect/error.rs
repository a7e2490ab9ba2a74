//! Why a file cannot be run as an actor's component: what it is, and what to do.

/// Why bytes are no component that this host can run. Texts may have a second, indented line with what to do.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ComponentError {
    /// No WebAssembly at all.
    #[error(
        "{name} is not a WebAssembly component: it seems to be {seems}\n  give it a component, as `cargo build --target wasm32-wasip2` makes one"
    )]
    NotWasm {
        /// The component's name or file.
        name: String,
        /// What it looks like.
        seems: String,
    },
    /// WebAssembly that stops within its first eight bytes.
    #[error("{name} ends after {bytes} bytes: the file is incomplete")]
    Incomplete {
        /// The component's name or file.
        name: String,
        /// Its size.
        bytes: usize,
    },
    /// A core module.
    #[error("{name} is a core WebAssembly module, not a component\n  {advice}")]
    CoreModule {
        /// The component's name or file.
        name: String,
        /// How to make it one.
        advice: &'static str,
    },
    /// A component, or something else, of an encoding that this host does not know.
    #[error(
        "{name} is encoded as WebAssembly version {version} of layer {layer}, which this host does not know\n  rebuild it with current tools, or update tractor-host"
    )]
    UnknownEncoding {
        /// The component's name or file.
        name: String,
        /// Its version; components have 13.
        version: u16,
        /// Its layer; components have 1.
        layer: u16,
    },
    /// A WIT package in its binary form.
    #[error("{name} is a WIT package, not a component: it declares interfaces and has no code")]
    WitPackage {
        /// The component's name or file.
        name: String,
    },
    /// It was built against a newer `tractor:actor`.
    #[error("{name} needs tractor:actor@{theirs}, and this host has {ours}\n  update tractor-host")]
    NewerActor {
        /// The component's name or file.
        name: String,
        /// The version it imports.
        theirs: String,
        /// The version of this host.
        ours: &'static str,
    },
    /// It was built against a `tractor:actor` that this host has no more.
    #[error(
        "{name} needs tractor:actor@{theirs}, and this host has {ours}\n  rebuild it against {ours}"
    )]
    OlderActor {
        /// The component's name or file.
        name: String,
        /// The version it imports.
        theirs: String,
        /// The version of this host.
        ours: &'static str,
    },
    /// It begins as a component, and then makes no sense.
    #[error("{name} is damaged: {message}")]
    Damaged {
        /// The component's name or file.
        name: String,
        /// What its reader says.
        message: String,
    },
}
