//! Where the code of a tree's actors comes from.

use std::collections::BTreeMap;
use std::os::fd::OwnedFd;
use std::path::{Path, PathBuf};
use tractor_protocol::control::Code;
use tractor_runtime::supervisor::CodeSource;
use tractor_wasm::Prepared;

/// A component: a file, or its bytes.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum ComponentSource {
    /// A `.wasm` file.
    File(PathBuf),
    /// The bytes of a component.
    Bytes(Vec<u8>),
    /// One that is compiled already: for this crate's own program, which shows how that goes.
    #[doc(hidden)]
    Prepared(Prepared),
}

impl From<Prepared> for ComponentSource {
    fn from(prepared: Prepared) -> Self {
        Self::Prepared(prepared)
    }
}

impl From<&str> for ComponentSource {
    fn from(path: &str) -> Self {
        Self::File(path.into())
    }
}

impl From<&Path> for ComponentSource {
    fn from(path: &Path) -> Self {
        Self::File(path.into())
    }
}

impl From<PathBuf> for ComponentSource {
    fn from(path: PathBuf) -> Self {
        Self::File(path)
    }
}

impl From<Vec<u8>> for ComponentSource {
    fn from(bytes: Vec<u8>) -> Self {
        Self::Bytes(bytes)
    }
}

/// The bundle of a tree: name to code.
#[derive(Default)]
pub(crate) struct Bundle {
    pub(crate) components: BTreeMap<String, Prepared>,
    pub(crate) native: Vec<String>,
}

impl Bundle {
    pub(crate) fn names(&self) -> impl Iterator<Item = String> + '_ {
        self.components.keys().chain(&self.native).cloned()
    }
}

impl CodeSource for Bundle {
    fn code(&self, component: &str) -> Result<(Code, Vec<OwnedFd>), String> {
        let Some(prepared) = self.components.get(component) else {
            return Ok((Code::Native(component.to_owned()), Vec::new()));
        };
        let file = prepared
            .clone_file()
            .map_err(|error| format!("its code cannot be passed on: {error}"))?;
        let code = Code::Component {
            name: prepared.name().to_owned(),
            digest: prepared.digest(),
        };
        Ok((code, vec![file]))
    }
}
