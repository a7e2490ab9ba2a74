//! Which `tractor:actor` a component was built against, and whether this host can serve it.

use super::error::ComponentError;

/// The version of the WIT package `tractor:actor` that this host serves.
pub const ACTOR_VERSION: &str = "0.1.0";

/// How the names of its interfaces begin.
const PACKAGE: &str = "tractor:actor/";

/// The version of `tractor:actor` among the names of a component's imports, if it is there and this host can serve it.
///
/// Before 1.0 a higher minor version is incompatible, from then on a higher major one. A higher version within the same
/// one may be served: only a function that this host lacks would be missed, and its linker names that one.
pub(crate) fn actor_version<'a>(
    component: &str,
    imports: impl IntoIterator<Item = &'a str>,
) -> Result<Option<String>, ComponentError> {
    let mut found = None;
    for import in imports {
        let interface = import.strip_prefix(PACKAGE);
        let Some((_, version)) = interface.and_then(|rest| rest.split_once('@')) else {
            continue;
        };
        check(component, version)?;
        found = Some(version.to_owned());
    }
    Ok(found)
}

fn check(component: &str, theirs: &str) -> Result<(), ComponentError> {
    let (name, ours) = (component.to_owned(), ACTOR_VERSION);
    let version = theirs.to_owned();
    match series(theirs).cmp(&series(ours)) {
        std::cmp::Ordering::Equal => Ok(()),
        std::cmp::Ordering::Greater => Err(ComponentError::NewerActor {
            name,
            theirs: version,
            ours,
        }),
        std::cmp::Ordering::Less => Err(ComponentError::OlderActor {
            name,
            theirs: version,
            ours,
        }),
    }
}

/// The parts of a version that must be equal: the major one, and before 1.0 the minor one.
fn series(version: &str) -> (u64, u64) {
    let mut parts = version.split(['.', '-', '+']);
    let mut next = || parts.next().and_then(|part| part.parse().ok()).unwrap_or(0);
    match next() {
        0 => (0, next()),
        major => (major, 0),
    }
}
