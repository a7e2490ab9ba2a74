//! Values of flags, from how people write them. Errors say what would be right.

use std::path::PathBuf;
use std::time::Duration;
use tractor_protocol::{Access, Names};

/// A directory to grant.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Dir {
    pub(crate) host: PathBuf,
    pub(crate) guest: String,
    pub(crate) access: Access,
}

impl Dir {
    pub(crate) fn parse(text: &str) -> Result<Self, String> {
        let mut parts = text.split("::");
        let host = parts.next().filter(|host| !host.is_empty());
        let host = host.ok_or("name the directory first: HOST::GUEST")?;
        let guest = parts.next().filter(|guest| !guest.is_empty());
        let access = match (parts.next(), parts.next()) {
            (None, _) => Access::ReadWrite,
            (Some("ro"), None) => Access::Read,
            _ => return Err("only `ro` may stand behind HOST::GUEST".to_owned()),
        };
        let guest = guest.unwrap_or(host);
        if guest.split('/').any(|part| part == "..") {
            return Err(format!("say how the guest is to see it: {host}::NAME"));
        }
        Ok(Self {
            host: host.into(),
            guest: guest.to_owned(),
            access,
        })
    }
}

/// A component and the name by which it is started.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Named {
    pub(crate) name: String,
    pub(crate) file: PathBuf,
}

impl Named {
    pub(crate) fn parse(text: &str) -> Result<Self, String> {
        match text.split_once('=') {
            Some(("self" | "main", _)) => {
                Err("`self` and `main` are names of the program itself".to_owned())
            }
            Some((name, file)) if !name.is_empty() && !file.is_empty() => Ok(Self {
                name: name.to_owned(),
                file: file.into(),
            }),
            _ => Err("write NAME=FILE, such as worker=worker.wasm".to_owned()),
        }
    }
}

/// An imported interface, and the name of the component that exports it.
#[derive(Clone, Debug)]
pub(crate) struct Link {
    pub(crate) interface: String,
    pub(crate) name: String,
}

impl Link {
    pub(crate) fn parse(text: &str) -> Result<Self, String> {
        match text.split_once('=') {
            Some((interface, name)) if interface.contains('/') && !name.is_empty() => Ok(Self {
                interface: interface.to_owned(),
                name: name.to_owned(),
            }),
            _ => Err("write NS:PKG/IFACE=NAME, such as acme:calc/sums=calc".to_owned()),
        }
    }
}

/// A variable with its value, or with the one that it has here.
pub(crate) fn variable(text: &str) -> Result<(String, String), String> {
    match text.split_once('=') {
        Some(("", _)) => Err("write NAME=VALUE".to_owned()),
        Some((name, value)) => Ok((name.to_owned(), value.to_owned())),
        None => match std::env::var(text) {
            Ok(value) => Ok((text.to_owned(), value)),
            Err(_) => Err(format!("it is not set here; give it a value: {text}=VALUE")),
        },
    }
}

/// `host:port`, either of which may be `*`, or `*` alone.
pub(crate) fn address(text: &str) -> Result<String, String> {
    let port_is_right = |port: &str| port == "*" || port.parse::<u16>().is_ok();
    match text.rsplit_once(':') {
        _ if text == "*" => Ok(text.to_owned()),
        Some((host, port)) if !host.is_empty() && port_is_right(port) => Ok(text.to_owned()),
        _ => Err("write HOST:PORT, such as localhost:8080 or *:443".to_owned()),
    }
}

/// `all`, `none`, or some of `find`, `list`, `register`.
pub(crate) fn names(text: &str) -> Result<Names, String> {
    let mut names = Names::default();
    for word in text.split(',') {
        match word.trim() {
            "none" => {}
            "find" => names.find = true,
            "list" => names.list = true,
            "register" => names.register = true,
            "all" => {
                names = Names {
                    find: true,
                    list: true,
                    register: true,
                };
            }
            _ => return Err("write `all`, `none`, or some of find,list,register".to_owned()),
        }
    }
    Ok(names)
}

/// A number and a unit of time.
pub(crate) fn duration(text: &str) -> Result<Duration, String> {
    let wrong = || "write a time with its unit: 500ms, 2s, 1.5m or 1h".to_owned();
    let (number, unit) = split(text).ok_or_else(wrong)?;
    let seconds = match unit {
        "ms" => number / 1000.0,
        "s" => number,
        "m" | "min" => number * 60.0,
        "h" => number * 3600.0,
        _ => return Err(wrong()),
    };
    Duration::try_from_secs_f64(seconds).map_err(|_| wrong())
}

/// A number and a unit of size; units are binary.
pub(crate) fn size(text: &str) -> Result<u64, String> {
    let wrong = || "write a size: 65536, 64K, 512M or 2G".to_owned();
    let (number, unit) = split(text).ok_or_else(wrong)?;
    let scale: u64 = match unit
        .to_ascii_lowercase()
        .trim_end_matches('b')
        .trim_end_matches('i')
    {
        "" => 1,
        "k" => 1 << 10,
        "m" => 1 << 20,
        "g" => 1 << 30,
        _ => return Err(wrong()),
    };
    let bytes = number * scale as f64;
    // Beyond 2^53 a float has no room for each number, nor a machine for so many bytes.
    (bytes < (1u64 << 53) as f64)
        .then_some(bytes as u64)
        .ok_or_else(wrong)
}

/// As [`size`], for what travels in one frame.
pub(crate) fn message_size(text: &str) -> Result<u32, String> {
    u32::try_from(size(text)?).map_err(|_| "a message has less than 4G".to_owned())
}

/// A number that is not negative, and what stands behind it.
fn split(text: &str) -> Option<(f64, &str)> {
    let end = text.find(|char: char| !char.is_ascii_digit() && char != '.');
    let (number, unit) = text.split_at(end.unwrap_or(text.len()));
    Some((number.parse().ok()?, unit.trim_start()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_and_sizes_are_read_with_their_units() {
        assert_eq!(duration("500ms"), Ok(Duration::from_millis(500)));
        assert_eq!(duration("1.5m"), Ok(Duration::from_secs(90)));
        assert_eq!(
            ["65536", "64K", "1MiB", "2g"].map(size),
            [Ok(65536), Ok(65536), Ok(1 << 20), Ok(2 << 30)]
        );
        for wrong in ["", "2", "-1s", "s", "1d", "1e400s"] {
            assert!(duration(wrong).is_err(), "{wrong}");
        }
        assert!(size("1T").is_err() && size("9999999999G").is_err());
    }

    #[test]
    fn directory_is_seen_as_it_is_called_unless_said() {
        let dir = |text| Dir::parse(text).map(|dir| (dir.guest, dir.access));
        assert_eq!(dir("data"), Ok(("data".into(), Access::ReadWrite)));
        assert_eq!(dir("/srv::/data"), Ok(("/data".into(), Access::ReadWrite)));
        assert_eq!(dir("/srv::/data::ro"), Ok(("/data".into(), Access::Read)));
        assert_eq!(dir("/srv::::ro"), Ok(("/srv".into(), Access::Read)));
        for wrong in ["", "::a", "a::b::rw", "../up", "a::b::ro::c"] {
            assert!(Dir::parse(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn name_of_the_program_cannot_be_given_to_another() {
        assert!(Named::parse("main=a.wasm").is_err());
        assert!(Named::parse("worker=a=b.wasm").is_ok_and(|named| *named.file == *"a=b.wasm"));
    }
}
