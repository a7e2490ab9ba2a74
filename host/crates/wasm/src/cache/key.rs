//! What an entry is named by.

use std::fmt;
use std::hash::{Hash, Hasher};
use wasmtime::Engine;

/// Raised with every change of the form of an entry.
const FORMAT_VERSION: u8 = 1;

/// The version of wasmtime whose code is in the cache, as the root `Cargo.toml` pins it (a test compares). wasmtime itself
/// tells only major versions apart.
const WASMTIME_VERSION: &str = "48.0.8";

/// The name of an entry: a digest of everything that decides what is in it.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Key(pub(super) [u8; 32]);

impl Key {
    /// The key of the component with `digest`, compiled by `engine`.
    pub(super) fn new(engine: &Engine, digest: &[u8; 32]) -> Self {
        let mut hasher = Blake3(blake3::Hasher::new());
        hasher.write(&[FORMAT_VERSION]);
        WASMTIME_VERSION.hash(&mut hasher);
        engine.precompile_compatibility_hash().hash(&mut hasher);
        hasher.write(digest);
        Self(*hasher.0.finalize().as_bytes())
    }

    /// Reads a key from its 64 digits.
    pub(super) fn parse(digits: &str) -> Option<Self> {
        let hash = blake3::Hash::from_hex(digits).ok()?;
        Some(Self(*hash.as_bytes()))
    }
}

impl fmt::Display for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl fmt::Debug for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// Lets the settings of an engine, which only implement [`Hash`], be part of a digest that stays the same between runs.
struct Blake3(blake3::Hasher);

impl Hasher for Blake3 {
    fn write(&mut self, bytes: &[u8]) {
        self.0.update(bytes);
    }

    fn finish(&self) -> u64 {
        let digest = self.0.finalize();
        let (head, _) = digest
            .as_bytes()
            .split_first_chunk::<8>()
            .expect("a digest has 32 bytes");
        u64::from_le_bytes(*head)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::{Purpose, engine};

    #[test]
    fn wasmtime_version_is_the_one_that_is_pinned() {
        let manifest = include_str!("../../../../../Cargo.toml");
        let pinned = format!("wasmtime = {{ version = \"={WASMTIME_VERSION}\"");
        assert!(manifest.contains(&pinned), "{pinned}");
    }

    #[test]
    fn key_is_the_same_for_two_engines_and_differs_by_component() {
        let (one, two) = (engine(Purpose::Compile), engine(Purpose::Compile));
        let (one, two) = (one.expect("engine"), two.expect("engine"));
        let key = Key::new(&one, &[1; 32]);
        assert_eq!(key, Key::new(&two, &[1; 32]));
        assert_ne!(key, Key::new(&one, &[2; 32]));
        assert_eq!(Key::parse(&key.to_string()), Some(key));
    }
}
