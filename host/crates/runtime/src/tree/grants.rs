//! Whether a child may have what its owner names for it: never more than the owner has.
//!
//! * Directories: a source is a path as the owner sees it, and must be one of the owner's targets or below one. It is translated to the
//!   machine's path by name alone; `..` is refused. What symbolic links do is up to whoever opens the path.
//! * Environment is data that the owner makes up, as arguments are, not a capability: any name and value may be given.
//! * Connections: `host:port`, either of which may be `*`, or `*` for any.
//! * Names: no flag that the owner lacks. Components: those of the owner, or all if it has `*`; `self` is always among them.

use tractor_protocol::{Access, Directory, Grants, Names};

/// The component that every actor may start: its own.
pub(super) const SELF: &str = "self";

/// What stands for all.
const ALL: &str = "*";

/// Checks `asked` against what the owner holds, and gives it with the machine's paths. `Err` names what is asked for and what is held.
pub(super) fn check(held: &Grants, asked: &Grants) -> Result<Grants, String> {
    check_names(held.names, asked.names)?;
    for place in &asked.connect {
        check_connect(&held.connect, place)?;
    }
    for component in &asked.components {
        check_component(&held.components, component)?;
    }
    let directories = asked
        .directories
        .iter()
        .map(|asked| translate(&held.directories, asked))
        .collect::<Result<_, _>>()?;
    Ok(Grants {
        directories,
        ..asked.clone()
    })
}

/// Whether an actor with these components may start `component`.
pub(super) fn may_start(held: &[String], component: &str) -> bool {
    component == SELF || held.iter().any(|name| name == ALL || name == component)
}

fn check_names(held: Names, asked: Names) -> Result<(), String> {
    let flags = [
        ("find", asked.find, held.find),
        ("list", asked.list, held.list),
        ("register", asked.register, held.register),
    ];
    match flags.iter().find(|(_, asked, held)| *asked && !held) {
        Some((flag, ..)) => Err(format!("the owner itself does not hold names.{flag}")),
        None => Ok(()),
    }
}

fn check_component(held: &[String], asked: &str) -> Result<(), String> {
    if may_start(held, asked) {
        return Ok(());
    }
    Err(format!(
        "component `{asked}`: the owner itself may start {}",
        list(held)
    ))
}

fn check_connect(held: &[String], asked: &str) -> Result<(), String> {
    if held.iter().any(|pattern| covers(pattern, asked)) {
        return Ok(());
    }
    Err(format!(
        "connect to `{asked}`: the owner itself holds {}",
        list(held)
    ))
}

fn covers(held: &str, asked: &str) -> bool {
    if held == ALL || held == asked {
        return true;
    }
    let (Some((held_host, held_port)), Some((host, port))) =
        (held.rsplit_once(':'), asked.rsplit_once(':'))
    else {
        return false;
    };
    let fits = |held: &str, asked: &str| held == ALL || held == asked;
    fits(held_host, host) && fits(held_port, port)
}

fn translate(held: &[Directory], asked: &Directory) -> Result<Directory, String> {
    let wanted = parts(&asked.source)?;
    parts(&asked.target)?;
    let (depth, owner) = held
        .iter()
        .filter_map(|directory| Some((below(directory, &wanted)?, directory)))
        .max_by_key(|(depth, _)| *depth)
        .ok_or_else(|| not_held(held, asked))?;
    if asked.access == Access::ReadWrite && owner.access == Access::Read {
        return Err(format!(
            "writing in directory `{}`: the owner itself may only read there",
            asked.source
        ));
    }
    let mut source = owner.source.trim_end_matches('/').to_owned();
    for part in &wanted.1[depth..] {
        source.push('/');
        source.push_str(part);
    }
    if source.is_empty() {
        source.push('/');
    }
    Ok(Directory {
        source,
        ..asked.clone()
    })
}

fn not_held(held: &[Directory], asked: &Directory) -> String {
    let targets: Vec<String> = held.iter().map(|d| d.target.clone()).collect();
    format!(
        "directory `{}`: the owner itself holds {}",
        asked.source,
        list(&targets)
    )
}

/// How many parts of the wanted path the target of `directory` covers, if it does.
fn below(directory: &Directory, wanted: &(bool, Vec<&str>)) -> Option<usize> {
    let (absolute, target) = parts(&directory.target).ok()?;
    (absolute == wanted.0 && wanted.1.starts_with(&target)).then_some(target.len())
}

/// Whether a path is absolute, and its parts. `Err` if it may lead upwards.
fn parts(path: &str) -> Result<(bool, Vec<&str>), String> {
    if path.is_empty() || path.contains('\0') {
        return Err(format!("directory `{}`: not a path", path.escape_debug()));
    }
    let parts: Vec<&str> = path
        .split('/')
        .filter(|part| !part.is_empty() && *part != ".")
        .collect();
    if parts.contains(&"..") {
        return Err(format!("directory `{path}`: `..` leads out"));
    }
    Ok((path.starts_with('/'), parts))
}

/// Names for people, at most 20 of them.
pub(super) fn list(names: &[String]) -> String {
    const SHOWN: usize = 20;
    if names.is_empty() {
        return "none".to_owned();
    }
    let mut text = names
        .iter()
        .take(SHOWN)
        .map(|name| format!("`{name}`"))
        .collect::<Vec<_>>()
        .join(", ");
    if names.len() > SHOWN {
        text.push_str(&format!(" and {} more", names.len() - SHOWN));
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    fn directory(source: &str, target: &str, access: Access) -> Directory {
        Directory {
            source: source.to_owned(),
            target: target.to_owned(),
            access,
        }
    }

    fn held() -> Vec<Directory> {
        vec![
            directory("/srv/data", "/data", Access::Read),
            directory("/srv/scratch/", "/data/tmp", Access::ReadWrite),
            directory("/home/u/here", ".", Access::Read),
        ]
    }

    fn source_of(source: &str, access: Access) -> Result<String, String> {
        translate(&held(), &directory(source, "/x", access)).map(|d| d.source)
    }

    #[test]
    fn directory_below_a_target_is_translated_to_the_machines_path() {
        let translated = |source| source_of(source, Access::Read).expect("held");
        assert_eq!(translated("/data"), "/srv/data");
        assert_eq!(translated("/data//a/./b/"), "/srv/data/a/b");
        assert_eq!(translated("/data/tmp/t"), "/srv/scratch/t");
        assert_eq!(translated("sub"), "/home/u/here/sub");
    }

    #[test]
    fn directory_not_below_a_target_is_refused() {
        for source in [
            "/",
            "/dat",
            "/database",
            "/srv/data",
            "/data/../etc",
            "",
            "../x",
        ] {
            assert!(source_of(source, Access::Read).is_err(), "{source}");
        }
    }

    #[test]
    fn directory_with_wider_access_is_refused() {
        assert!(source_of("/data/a", Access::ReadWrite).is_err());
        assert!(source_of("/data/tmp/a", Access::ReadWrite).is_ok());
    }

    #[test]
    fn directory_of_the_whole_machine_translates_to_itself() {
        let all = [directory("/", "/", Access::ReadWrite)];
        let translated =
            |source| translate(&all, &directory(source, "/x", Access::Read)).map(|d| d.source);
        assert_eq!(translated("/"), Ok("/".to_owned()));
        assert_eq!(translated("/etc"), Ok("/etc".to_owned()));
    }

    #[test]
    fn connection_is_covered_by_equal_or_star_parts_only() {
        assert!(covers("*", "a:1") && covers("*", "*"));
        assert!(covers("a:*", "a:1") && covers("*:1", "a:1") && covers("a:1", "a:1"));
        assert!(!covers("a:1", "a:*") && !covers("a:*", "*") && !covers("a:1", "b:1"));
        assert!(!covers("a:*", "*:1"));
    }

    #[test]
    fn names_and_components_are_no_wider_than_the_owners() {
        let mut held = Grants::default();
        held.components.push("a".to_owned());
        held.names.find = true;
        let mut asked = held.clone();
        asked.components.push(SELF.to_owned());
        assert_eq!(check(&held, &asked).as_ref(), Ok(&asked));
        asked.names.list = true;
        assert!(check(&held, &asked).is_err_and(|m| m.contains("names.list")));
        asked.names.list = false;
        asked.components.push(ALL.to_owned());
        assert!(check(&held, &asked).is_err_and(|m| m.contains("`*`")));
    }

    #[test]
    fn environment_is_data_and_always_allowed() {
        let asked = Grants {
            environment: vec![("NAME".to_owned(), "value".to_owned())],
            ..Grants::default()
        };
        assert_eq!(check(&Grants::default(), &asked), Ok(asked));
    }
}
