//! Names of exported functions, as callers may write them.
//!
//! A function of the world itself is called by its bare name. One of an interface is called `ns:pkg/iface@0.1.0#func`,
//! without the version, by the interface's own name, or bare where no other has that name.

/// Whether `asked` names the function `name` of `interface`.
pub(crate) fn matches(asked: &str, interface: Option<&str>, name: &str) -> bool {
    match (asked.rsplit_once('#'), interface) {
        (None, _) => asked == name,
        (Some(_), None) => false,
        (Some((of, asked)), Some(interface)) => asked == name && is_interface(of, interface),
    }
}

/// The name of a function in full.
pub(crate) fn full(interface: Option<&str>, name: &str) -> String {
    match interface {
        None => name.to_owned(),
        Some(interface) => format!("{interface}#{name}"),
    }
}

/// The name without its interface.
pub(crate) fn bare(name: &str) -> &str {
    name.rsplit_once('#').map_or(name, |(_, name)| name)
}

/// `ns:pkg/iface@0.1.0#func` without the version.
pub(crate) fn unversioned(name: &str) -> String {
    let (interface, function) = name.split_once('#').unwrap_or((name, ""));
    let interface = interface
        .split_once('@')
        .map_or(interface, |(name, _)| name);
    full(Some(interface), function)
}

/// Whether a function can be called: what belongs to a resource cannot; nor can `exports#init`, by which componentize-py loads the program while
/// the component is built, and which stays behind. To call it would do nothing but break the actor.
pub(crate) fn is_callable(interface: Option<&str>, name: &str) -> bool {
    !name.starts_with('[') && (interface, name) != (Some("exports"), "init")
}

/// Whether `asked` names the interface `full`.
pub(crate) fn is_interface(asked: &str, full: &str) -> bool {
    let unversioned = full.split_once('@').map_or(full, |(name, _)| name);
    let after_package = |name: &str| name.rsplit_once('/').map(|(_, own)| own.to_owned());
    asked == full
        || asked == unversioned
        || after_package(unversioned).is_some_and(|own| own == asked)
        || after_package(full).is_some_and(|own| own == asked)
}
