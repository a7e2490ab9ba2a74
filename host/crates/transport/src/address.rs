//! Where a peer is found, in one text form: `unix:/path`, `unix:@name`, `tcp:host:port`, `quic:host:port`.
//!
//! What is read is what is written: parsing and [`Display`](fmt::Display) are each other's inverse, but for the case of a scheme and for numbers of
//! a port written long. An address names a place and looks nothing up; whether a host name leads anywhere is found out by connecting.

use serde::{Deserialize, Serialize};
use std::fmt;
use std::path::PathBuf;
use std::str::FromStr;

/// The longest path or name of a Unix socket, in bytes: the system's own limit, less the zero behind it.
const UNIX_BYTES: usize = 107;

/// The longest host name, in bytes: that of DNS.
const HOST_BYTES: usize = 253;

/// Where a peer is found.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
#[non_exhaustive]
pub enum Address {
    /// `unix:/path`: a Unix socket that is a file.
    Unix(PathBuf),
    /// `unix:@name`: a Unix socket without a file, known by its name to this machine's network namespace.
    Abstract(String),
    /// `tcp:host:port`: TLS over TCP.
    Tcp(Host, u16),
    /// `quic:host:port`.
    Quic(Host, u16),
}

/// A machine: its name, or an IP address; IPv6 stands in brackets.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Host(String);

/// Why a text is no address.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{text:?} is no address: {problem}")]
pub struct AddressError {
    /// What was to be an address.
    pub text: String,
    /// What is wrong with it.
    pub problem: AddressProblem,
}

/// What is wrong with an address.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum AddressProblem {
    /// It begins with no known word and a colon.
    #[error("it must begin with unix:, tcp: or quic:")]
    Scheme,
    /// `unix:` with neither an absolute path nor a name.
    #[error("after unix: comes an absolute path, or @ and a name")]
    UnixPath,
    /// A path or name that the system does not take.
    #[error("a path or name is at most {UNIX_BYTES} bytes, and none of them zero")]
    UnixLength,
    /// No colon and number at the end.
    #[error("after the host comes a colon and a port, 0 to 65535")]
    Port,
    /// The host is no host name and no IP address.
    #[error(
        "{0:?} is neither a host name nor an IP address (IPv6 stands in brackets, as in [::1])"
    )]
    Host(String),
}

impl Host {
    /// As a resolver takes it: without brackets.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for Host {
    type Err = AddressProblem;

    fn from_str(text: &str) -> Result<Self, AddressProblem> {
        let refused = || AddressProblem::Host(text.to_owned());
        if let Some(inner) = text.strip_prefix('[') {
            let inner = inner.strip_suffix(']').ok_or_else(refused)?;
            let ip: std::net::Ipv6Addr = inner.parse().map_err(|_| refused())?;
            return Ok(Self(ip.to_string()));
        }
        let is_name = !text.is_empty()
            && text.len() <= HOST_BYTES
            && text.split('.').all(is_label)
            // Only digits and dots: an IPv4 address or nothing.
            && (text.bytes().any(|byte| byte.is_ascii_alphabetic())
                || text.parse::<std::net::Ipv4Addr>().is_ok());
        is_name.then(|| Self(text.to_owned())).ok_or_else(refused)
    }
}

fn is_label(label: &str) -> bool {
    (1..=63).contains(&label.len())
        && !label.starts_with('-')
        && !label.ends_with('-')
        && label
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_')
}

impl fmt::Display for Host {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.0.contains(':') {
            write!(f, "[{}]", self.0)
        } else {
            f.write_str(&self.0)
        }
    }
}

impl Address {
    /// Its port, if it has one.
    pub fn port(&self) -> Option<u16> {
        match self {
            Self::Tcp(_, port) | Self::Quic(_, port) => Some(*port),
            Self::Unix(_) | Self::Abstract(_) => None,
        }
    }

    /// Whether two machines can be at its ends, so that both prove who they are.
    pub fn is_network(&self) -> bool {
        matches!(self, Self::Tcp(..) | Self::Quic(..))
    }
}

impl FromStr for Address {
    type Err = AddressError;

    fn from_str(text: &str) -> Result<Self, AddressError> {
        parse(text).map_err(|problem| AddressError {
            text: text.to_owned(),
            problem,
        })
    }
}

fn parse(text: &str) -> Result<Address, AddressProblem> {
    let (scheme, rest) = text.split_once(':').ok_or(AddressProblem::Scheme)?;
    match scheme.to_ascii_lowercase().as_str() {
        "unix" => unix(rest),
        "tcp" => host_and_port(rest).map(|(host, port)| Address::Tcp(host, port)),
        "quic" => host_and_port(rest).map(|(host, port)| Address::Quic(host, port)),
        _ => Err(AddressProblem::Scheme),
    }
}

fn unix(place: &str) -> Result<Address, AddressProblem> {
    if place.len() > UNIX_BYTES || place.contains('\0') {
        return Err(AddressProblem::UnixLength);
    }
    match place.strip_prefix('@') {
        Some("") => Err(AddressProblem::UnixPath),
        Some(name) => Ok(Address::Abstract(name.to_owned())),
        None if place.starts_with('/') => Ok(Address::Unix(place.into())),
        None => Err(AddressProblem::UnixPath),
    }
}

fn host_and_port(rest: &str) -> Result<(Host, u16), AddressProblem> {
    let (host, port) = rest.rsplit_once(':').ok_or(AddressProblem::Port)?;
    // A sign is a number to `parse`, and none here.
    if !port.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err(AddressProblem::Port);
    }
    let port = port.parse().map_err(|_| AddressProblem::Port)?;
    Ok((host.parse()?, port))
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unix(path) => write!(f, "unix:{}", path.display()),
            Self::Abstract(name) => write!(f, "unix:@{name}"),
            Self::Tcp(host, port) => write!(f, "tcp:{host}:{port}"),
            Self::Quic(host, port) => write!(f, "quic:{host}:{port}"),
        }
    }
}

impl TryFrom<String> for Address {
    type Error = AddressError;

    fn try_from(text: String) -> Result<Self, AddressError> {
        text.parse()
    }
}

impl From<Address> for String {
    fn from(address: Address) -> Self {
        address.to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn problem(text: &str) -> AddressProblem {
        let error = text.parse::<Address>().expect_err(text);
        assert_eq!(error.text, text);
        error.problem
    }

    fn addresses() -> impl Strategy<Value = Address> {
        let host = prop_oneof![
            "[a-z][a-z0-9]{0,10}(\\.[a-z]{1,5}){0,3}",
            any::<std::net::Ipv4Addr>().prop_map(|ip| ip.to_string()),
            any::<std::net::Ipv6Addr>().prop_map(|ip| format!("[{ip}]")),
        ];
        let host = host.prop_map(|host| host.parse::<Host>().expect("it is a host"));
        let place = (host, any::<u16>());
        prop_oneof![
            "/[^\0]{0,25}".prop_map(|path| Address::Unix(path.into())),
            "[^\0]{1,25}".prop_map(Address::Abstract),
            place
                .clone()
                .prop_map(|(host, port)| Address::Tcp(host, port)),
            place.prop_map(|(host, port)| Address::Quic(host, port)),
        ]
    }

    proptest! {
        #[test]
        fn address_written_and_read_is_the_same(address in addresses()) {
            prop_assert_eq!(address.to_string().parse(), Ok(address));
        }

        #[test]
        fn any_text_is_an_address_or_an_error(text in "(unix|tcp|quic|)(:|)(\\[|)\\PC{0,20}(\\]|)(:[0-9+]{0,6}|)") {
            if let Ok(address) = text.parse::<Address>() {
                prop_assert_eq!(address.to_string().parse(), Ok(address));
            }
        }
    }

    #[test]
    fn each_form_is_read() {
        for (text, network) in [
            ("unix:/run/tractor.sock", false),
            ("unix:@tractor", false),
            ("tcp:localhost:7000", true),
            ("tcp:127.0.0.1:0", true),
            ("quic:[::1]:65535", true),
            ("quic:a-b.example:1", true),
        ] {
            let address: Address = text.parse().expect(text);
            assert_eq!(
                (address.to_string(), address.is_network()),
                (text.into(), network)
            );
        }
    }

    #[test]
    fn each_fault_is_named() {
        use AddressProblem::{Host, Port, Scheme, UnixLength, UnixPath};
        let long = "x".repeat(UNIX_BYTES);
        let host = |text: &str| Host(text.to_owned());
        for (text, wanted) in [
            ("", Scheme),
            ("localhost:1", Scheme),
            ("http://localhost", Scheme),
            ("unix:", UnixPath),
            ("unix:@", UnixPath),
            ("unix:run/x", UnixPath),
            ("unix:/a\0b", UnixLength),
            (&format!("unix:/{long}"), UnixLength),
            ("tcp:localhost", Port),
            ("tcp:localhost:", Port),
            ("tcp:localhost:+1", Port),
            ("tcp:localhost:65536", Port),
            ("tcp::1", host("")),
            ("tcp:::1:80", host("::1")),
            ("tcp:[::1:80", host("[::1")),
            ("tcp:[127.0.0.1]:80", host("[127.0.0.1]")),
            ("quic:1.2.3:80", host("1.2.3")),
            ("quic:-a:80", host("-a")),
            ("quic:a b:80", host("a b")),
        ] {
            assert_eq!(problem(text), wanted, "{text:?}");
        }
    }

    #[test]
    fn error_tells_what_was_said_and_what_is_wanted() {
        let error = "tcp:host".parse::<Address>().expect_err("no port");
        assert_eq!(
            error.to_string(),
            "\"tcp:host\" is no address: after the host comes a colon and a port, 0 to 65535"
        );
    }
}
