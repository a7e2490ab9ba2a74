//! The files that the program carries: the SDKs, the WIT package, the templates. `list` names them; a test sees that it names all.

/// Names files, and takes what is in them.
macro_rules! carried {
    ($($path:literal,)*) => {
        /// All, by their paths in the repository.
        pub(super) static FILES: &[(&str, &[u8])] = &[
            $(($path, include_bytes!(concat!(env!("CARGO_MANIFEST_DIR"), "/", $path))),)*
        ];
    };
}

use carried;

mod list;
#[cfg(test)]
mod tests;

/// Those below a folder, by their paths in it; or the file of that name, as the empty path.
pub(crate) fn below(folder: &str) -> impl Iterator<Item = (&'static str, &'static [u8])> {
    list::FILES.iter().filter_map(move |(path, bytes)| {
        let rest = path.strip_prefix(folder)?;
        match rest.strip_prefix('/') {
            Some(inner) => Some((inner, *bytes)),
            None => rest.is_empty().then_some((rest, *bytes)),
        }
    })
}

/// The text of a file.
pub(crate) fn text(path: &str) -> &'static str {
    let (_, bytes) = below(path).next().unwrap_or_default();
    std::str::from_utf8(bytes).unwrap_or_default()
}
