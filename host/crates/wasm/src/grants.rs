//! What an actor may touch, as WASI shows it to the guest.

use crate::last_words::LastWords;
use crate::lines::Admit;
use crate::output::Output;
use crate::pipe::Pipe;
use crate::terminal::TerminalOutput;
use rustix::fs::{Mode, OFlags, ResolveFlags};
use std::net::{IpAddr, SocketAddr};
use std::os::fd::{AsRawFd, OwnedFd};
use std::pin::Pin;
use std::sync::Arc;
use tractor_protocol::{Access, Directory, Grants};
use wasmtime_wasi::sockets::SocketAddrUse;
use wasmtime_wasi::{FsPerms, WasiCtx, WasiCtxBuilder};

/// A directory was granted that cannot be opened.
#[derive(Debug, thiserror::Error)]
#[error("the granted directory `{path}` cannot be opened: {message}")]
pub(crate) struct GrantError {
    path: String,
    message: String,
}

/// What an actor may see of the machine: the directories, variables and addresses that it was granted, clocks, random numbers, and its
/// output, which goes to this process's as far as its lines are admitted. It reads this process's stdin only if it has the terminal.
#[derive(Clone)]
pub(crate) struct Machine {
    grants: Grants,
    name: String,
    terminal: bool,
    admit: Admit,
    last_words: LastWords,
}

/// What a command is started with.
#[derive(Clone, Default)]
pub(crate) struct Start {
    /// Its arguments, behind its own name.
    pub(crate) arguments: Vec<String>,
    /// What it reads and writes instead of what its process does.
    pub(crate) pipes: Option<Pipes>,
}

/// The standard input and output of a command.
#[derive(Clone, Default)]
pub(crate) struct Pipes {
    pub(crate) input: Pipe,
    pub(crate) output: Pipe,
}

impl Machine {
    /// What `grants` say, for a program that is called `name`. `last_words` keeps the end of what it says as errors.
    pub(crate) fn new(
        grants: Grants,
        name: &str,
        terminal: bool,
        admit: Admit,
        last_words: &LastWords,
    ) -> Self {
        Self {
            grants,
            name: name.to_owned(),
            terminal,
            admit,
            last_words: last_words.clone(),
        }
    }

    /// Builds what a guest sees that is started with `start`.
    ///
    /// # Errors
    ///
    /// If a directory cannot be opened.
    pub(crate) fn build(&self, start: Start) -> Result<WasiCtx, GrantError> {
        let mut wasi = WasiCtx::builder();
        let admit = (!self.terminal).then_some(&self.admit);
        wasi.stdout(Output::stdout(admit.cloned()))
            .stderr(Output::stderr(admit.cloned(), self.last_words.clone()));
        if self.terminal {
            wasi.inherit_stdin().stdout(TerminalOutput);
        }
        if let Some(pipes) = start.pipes {
            wasi.stdin(pipes.input).stdout(pipes.output);
        }
        // Programs expect to be told what they are called.
        wasi.arg(&self.name)
            .args(&start.arguments)
            .envs(&self.grants.environment);
        for directory in &self.grants.directories {
            open(&mut wasi, directory)?;
        }
        allow_addresses(&mut wasi, &self.grants.connect);
        Ok(wasi.build())
    }
}

fn open(wasi: &mut WasiCtxBuilder, directory: &Directory) -> Result<(), GrantError> {
    let permissions = match directory.access {
        Access::Read => FsPerms::ReadOnly,
        Access::ReadWrite => FsPerms::ReadWrite,
    };
    let refused = |message: String| GrantError {
        path: directory.source.clone(),
        message,
    };
    let opened =
        open_without_links(&directory.source).map_err(|error| refused(error.to_string()))?;
    let path = format!("/proc/self/fd/{}", opened.as_raw_fd());
    wasi.preopened_dir(path, &directory.target, permissions)
        .map(drop)
        .map_err(|error| refused(error.root_cause().to_string()))
}

/// Opens a directory on whose path no symbolic link stands. What the root grants has none, and what stands below it may have been
/// planted: an owner that may write could otherwise grant its child a way out.
fn open_without_links(path: &str) -> rustix::io::Result<OwnedFd> {
    rustix::fs::openat2(
        rustix::fs::CWD,
        path,
        OFlags::PATH | OFlags::DIRECTORY | OFlags::CLOEXEC,
        Mode::empty(),
        ResolveFlags::NO_SYMLINKS,
    )
}

/// Lets the guest connect to `granted`, and to nothing else; names may be looked up if anything is granted.
fn allow_addresses(wasi: &mut WasiCtxBuilder, granted: &[String]) {
    let granted: Arc<[Address]> = granted.iter().map(|text| Address::parse(text)).collect();
    wasi.allow_ip_name_lookup(!granted.is_empty());
    wasi.socket_addr_check(
        move |address, usage| -> Pin<Box<dyn Future<Output = bool> + Send + Sync>> {
            let granted = Arc::clone(&granted);
            Box::pin(async move {
                match usage {
                    // What a socket is bound to before it connects: no port of its own choice.
                    SocketAddrUse::TcpBind | SocketAddrUse::UdpBind => {
                        address.port() == 0 && address.ip().is_unspecified()
                    }
                    SocketAddrUse::TcpConnect
                    | SocketAddrUse::UdpSend
                    | SocketAddrUse::UdpReceive => is_granted(&granted, address).await,
                    SocketAddrUse::TcpListen | SocketAddrUse::TcpAccept => false,
                }
            })
        },
    );
}

async fn is_granted(granted: &[Address], address: SocketAddr) -> bool {
    for candidate in granted {
        if candidate.matches(address).await {
            return true;
        }
    }
    false
}

/// A granted `host:port`; `*` stands for any host, any port, or both.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Address {
    host: Host,
    port: Option<u16>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Host {
    Any,
    Ip(IpAddr),
    Name(String),
}

impl Address {
    /// Reads a grant. One that is malformed names a host that no lookup finds, and so grants nothing.
    fn parse(text: &str) -> Self {
        let (host, port) = match text {
            "*" => ("*", "*"),
            _ => text.rsplit_once(':').unwrap_or((text, "")),
        };
        let bare = host.trim_start_matches('[').trim_end_matches(']');
        let (host, port) = match (port, port.parse()) {
            ("*", _) => (Host::parse(bare), None),
            (_, Ok(port)) => (Host::parse(bare), Some(port)),
            _ => (Host::Name(String::new()), None),
        };
        Self { host, port }
    }

    async fn matches(&self, address: SocketAddr) -> bool {
        if self.port.is_some_and(|port| port != address.port()) {
            return false;
        }
        match &self.host {
            Host::Any => true,
            Host::Ip(ip) => *ip == address.ip().to_canonical(),
            Host::Name(name) => resolves_to(name.clone(), address).await,
        }
    }
}

impl Host {
    fn parse(text: &str) -> Self {
        match text.parse::<IpAddr>() {
            _ if text == "*" => Self::Any,
            Ok(ip) => Self::Ip(ip.to_canonical()),
            Err(_) => Self::Name(text.to_owned()),
        }
    }
}

/// Whether `name` stands for `address` now. It is asked at each connection, as addresses of names change.
async fn resolves_to(name: String, address: SocketAddr) -> bool {
    if name.is_empty() {
        return false;
    }
    tokio::net::lookup_host((name, address.port()))
        .await
        .is_ok_and(|mut found| {
            found.any(|one| one.ip().to_canonical() == address.ip().to_canonical())
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn build(grants: Grants) -> Result<(), GrantError> {
        let machine = Machine::new(grants, "a", false, Arc::new(|| true), &LastWords::default());
        machine.build(Start::default()).map(drop)
    }

    async fn granted(grant: &str, address: &str) -> bool {
        let address = address.parse().expect("address");
        is_granted(&[Address::parse(grant)], address).await
    }

    #[tokio::test]
    async fn address_is_granted_by_its_number_its_port_and_any() {
        assert!(granted("*", "1.2.3.4:80").await);
        assert!(granted("1.2.3.4:80", "1.2.3.4:80").await);
        assert!(granted("1.2.3.4:*", "1.2.3.4:81").await);
        assert!(granted("*:80", "1.2.3.4:80").await);
        assert!(granted("[::1]:80", "[::1]:80").await);
        assert!(!granted("1.2.3.4:80", "1.2.3.4:81").await);
        assert!(!granted("1.2.3.4:80", "1.2.3.5:80").await);
    }

    #[tokio::test]
    async fn grant_that_is_malformed_grants_nothing() {
        for grant in ["", "1.2.3.4", "1.2.3.4:", "1.2.3.4:http", ":80"] {
            assert!(!granted(grant, "1.2.3.4:80").await, "{grant}");
        }
    }

    #[test]
    fn directory_that_is_missing_is_named() {
        let grants = Grants {
            directories: vec![Directory {
                source: "/no/such/place".into(),
                target: "/data".into(),
                access: Access::Read,
            }],
            ..Grants::default()
        };
        let error = build(grants).expect_err("missing");
        assert!(error.to_string().contains("`/no/such/place`"), "{error}");
    }

    #[test]
    fn symbolic_link_on_the_way_to_a_directory_is_refused() {
        let folder = tempfile::tempdir().expect("a folder");
        let real = folder.path().canonicalize().expect("it is there");
        std::os::unix::fs::symlink("/", real.join("planted")).expect("a link");
        let open = |source: &std::path::Path| {
            let source = source.to_string_lossy().into_owned();
            let directory = Directory {
                source,
                target: "/d".into(),
                access: Access::Read,
            };
            let grants = Grants {
                directories: vec![directory],
                ..Grants::default()
            };
            build(grants)
        };
        assert!(open(&real).is_ok());
        assert!(open(&real.join("planted")).is_err(), "the way out itself");
        assert!(
            open(&real.join("planted/etc")).is_err(),
            "and what is behind it"
        );
    }
}
