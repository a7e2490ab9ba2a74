//! The command line.

use super::exit;
use super::units::{Dir, Link, Named, duration, names, size};
use clap::{Args, Parser, Subcommand, ValueEnum};
use std::ffi::OsString;
use std::path::PathBuf;
use std::time::Duration;
use tractor_host::{Backoff, Level, Limits, Names, Restart, RestartPolicy, Transport};

/// Runs trees of actors: each is a process of its own that runs one WebAssembly component, and none outlives its owner.
#[derive(Debug, Parser)]
#[command(name = "tractor-host", version, after_help = exit::HELP, max_term_width = 100)]
pub(crate) struct CommandLine {
    #[command(subcommand)]
    pub(crate) command: Command,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Run a program: a component that exports `run: async func(list<string>) -> result<_, error>`, or any WASI command
    Run(Run),
    /// Call one function of a component, in a process of its own
    Call(Call),
    /// Say what a component exports, and what it asks to be granted
    Inspect(Inspect),
    /// Show the trees that run on this machine
    Tree(Tree),
    /// Say why an actor is as it is: what it does, what it waits for, who cancelled it, what it failed with
    Why(Why),
    /// Show or clear the cache of compiled components
    Cache(Cache),
    /// Make a project in some language, which builds and runs with the two commands that this prints
    New(New),
}

#[derive(Debug, Args)]
#[command(override_usage = "tractor-host run [OPTIONS] FILE [ARGUMENTS]...", after_help = exit::HELP)]
pub(crate) struct Run {
    #[command(flatten)]
    pub(crate) flags: Flags,
    #[command(flatten)]
    pub(crate) restarts: Restarts,
    /// The component, and the program's own arguments: all that stands behind FILE is the program's
    #[arg(required = true, trailing_var_arg = true, value_names = ["FILE", "ARGUMENTS"])]
    pub(crate) program: Vec<OsString>,
}

#[derive(Debug, Args)]
#[command(after_help = exit::HELP)]
pub(crate) struct Call {
    #[command(flatten)]
    pub(crate) flags: Flags,
    /// Read the arguments and print the result as JSON rather than WAVE
    #[arg(help_heading = "Options", long)]
    pub(crate) json: bool,
    /// The component
    pub(crate) file: PathBuf,
    /// The function and its arguments: `add(1, 2)`, `greet("you")`, `ns:pkg/iface#move({x: 1, y: 2})`
    pub(crate) call: String,
}

#[derive(Debug, Args)]
pub(crate) struct Inspect {
    /// Print JSON
    #[arg(long)]
    pub(crate) json: bool,
    /// The component
    pub(crate) file: PathBuf,
}

#[derive(Debug, Args)]
pub(crate) struct Tree {
    /// The process whose tree is shown; all of yours without it
    pub(crate) pid: Option<u32>,
}

#[derive(Debug, Args)]
#[command(after_help = exit::WHY_HELP)]
pub(crate) struct Why {
    /// The name or process id of an actor that runs, or that ended lately in a tree that runs
    #[arg(value_name = "NAME|PID")]
    pub(crate) actor: String,
    /// Look only at the tree of this process; at all of yours without it
    #[arg(long, value_name = "PID")]
    pub(crate) tree: Option<u32>,
}

#[derive(Debug, Args)]
pub(crate) struct New {
    /// The folder to make; its last part is the project's name
    #[arg(value_name = "NAME")]
    pub(crate) folder: PathBuf,
    /// The language
    #[arg(long, value_enum)]
    pub(crate) lang: Lang,
}

/// A language of projects.
#[derive(Clone, Copy, Debug, ValueEnum)]
pub(crate) enum Lang {
    Rust,
    Python,
    Js,
    C,
}

#[derive(Debug, Args)]
pub(crate) struct Cache {
    /// What to do
    #[arg(value_enum, default_value_t = CacheAction::List)]
    pub(crate) action: CacheAction,
    /// The folder, if it is not the usual one
    #[arg(long, value_name = "DIR")]
    pub(crate) cache_dir: Option<PathBuf>,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
pub(crate) enum CacheAction {
    /// Names, sizes and ages of the entries
    List,
    /// Remove all entries; actors that run are not disturbed
    Clear,
    /// Where it is
    Path,
}

/// What `run` and `call` have in common.
#[derive(Debug, Args)]
pub(crate) struct Flags {
    #[command(flatten)]
    pub(crate) grants: Grants,
    #[command(flatten)]
    pub(crate) bounds: Bounds,
    /// Log from this level on
    #[arg(help_heading = "Options", long, value_enum, default_value_t = LogLevel::Warn, value_name = "LEVEL")]
    pub(crate) log: LogLevel,
    /// How processes of actors are started
    #[arg(help_heading = "Options", long, value_enum, default_value_t = SpawnBackend::Auto, value_name = "HOW")]
    pub(crate) spawn_backend: SpawnBackend,
    /// What carries the links between actors
    #[arg(help_heading = "Options", long, value_enum, default_value_t = LinkKind::Auto, value_name = "KIND")]
    pub(crate) transport: LinkKind,
    /// Keep compiled code in this folder [default: $TRACTOR_CACHE_DIR, $XDG_CACHE_HOME/tractor-host or ~/.cache/tractor-host]
    #[arg(
        help_heading = "Options",
        long,
        value_name = "DIR",
        conflicts_with = "no_cache"
    )]
    pub(crate) cache_dir: Option<PathBuf>,
    /// Compile anew, and keep nothing
    #[arg(help_heading = "Options", long)]
    pub(crate) no_cache: bool,
}

/// What carries links.
#[derive(Clone, Copy, Debug, ValueEnum)]
pub(crate) enum LinkKind {
    /// Shared memory, or sockets where the system gives none
    Auto,
    /// Unix sockets
    Unix,
    /// Shared memory, and nothing else
    SharedMemory,
    /// TLS over TCP within this machine, with certificates of the tree's own authority
    Tcp,
    /// QUIC, in the same way
    Quic,
}

impl From<LinkKind> for Transport {
    fn from(kind: LinkKind) -> Self {
        match kind {
            LinkKind::Auto => Self::Auto,
            LinkKind::Unix => Self::Unix,
            LinkKind::SharedMemory => Self::SharedMemory,
            LinkKind::Tcp => Self::Tcp,
            LinkKind::Quic => Self::Quic,
        }
    }
}

/// What main may touch, and hand on to its children.
#[derive(Debug, Args)]
#[command(next_help_heading = "Grants: nothing is granted but by these")]
pub(crate) struct Grants {
    /// Let it open a directory, seen as GUEST (default: as HOST); with `::ro` behind GUEST it may only read
    #[arg(long = "dir", value_name = "HOST[::GUEST[::ro]]", value_parser = Dir::parse)]
    pub(crate) directories: Vec<Dir>,
    /// Give it an environment variable; without a value, the one that is set here
    #[arg(long = "env", value_name = "NAME[=VALUE]", value_parser = super::units::variable)]
    pub(crate) environment: Vec<(String, String)>,
    /// Let it connect to an address; `*` for any host, any port, or both
    #[arg(long, value_name = "HOST:PORT", value_parser = super::units::address)]
    pub(crate) connect: Vec<String>,
    /// Add a component that it may start, by that name
    #[arg(long = "actor", value_name = "NAME=FILE", value_parser = Named::parse)]
    pub(crate) actors: Vec<Named>,
    /// Satisfy an import of its component by an actor of the component NAME, which is started for it with no grants
    #[arg(long = "link", value_name = "NS:PKG/IFACE=NAME", value_parser = Link::parse)]
    pub(crate) links: Vec<Link>,
    /// What it may do with names of actors: `all`, `none`, or some of find,list,register
    #[arg(long, value_name = "WHAT", default_value = "all", value_parser = names)]
    pub(crate) names: Names,
}

/// How much it may use.
#[derive(Debug, Args)]
#[command(next_help_heading = "Limits")]
pub(crate) struct Bounds {
    /// Cancel the whole tree after so long: 500ms, 2s, 1.5m, 1h
    #[arg(long, value_name = "TIME", value_parser = duration)]
    pub(crate) timeout: Option<Duration>,
    /// How long cancelled actors have to clean up
    #[arg(long, value_name = "TIME", value_parser = duration, default_value = "500ms")]
    pub(crate) grace: Duration,
    /// Memory of each actor: 64M, 1G [default: 1G]
    #[arg(long, value_name = "SIZE", value_parser = size)]
    pub(crate) max_memory: Option<u64>,
    /// The largest value that an actor may send or receive [default: 16M]
    #[arg(long, value_name = "SIZE", value_parser = super::units::message_size)]
    pub(crate) max_message: Option<u32>,
    /// Actors below main, at any depth [default: 1023]
    #[arg(long, value_name = "N")]
    pub(crate) max_actors: Option<u32>,
    /// Levels of actors below main [default: 63]
    #[arg(long, value_name = "N")]
    pub(crate) max_depth: Option<u32>,
    /// Calls and contexts that an actor may have open at once [default: 4096]
    #[arg(long, value_name = "N")]
    pub(crate) max_dialogs: Option<u32>,
    /// Handles that an actor may hold at once, those of calls that wait among them [default: 65536]
    #[arg(long, value_name = "N")]
    pub(crate) max_handles: Option<u32>,
    /// What may wait in the queues of an actor, in each direction [default: 64M]
    #[arg(long, value_name = "SIZE", value_parser = size)]
    pub(crate) max_queue: Option<u64>,
    /// Lines that an actor but main may print, and any may log, in a second; more are dropped [default: 10000]
    #[arg(long, value_name = "LINES")]
    pub(crate) max_log_rate: Option<u32>,
    /// Actors that may be started in a second; more wait for their turn [default: 200]
    #[arg(long, value_name = "N")]
    pub(crate) max_spawn_rate: Option<u32>,
    /// Elements over all tables of an actor [default: 1048576]
    #[arg(long, value_name = "N")]
    pub(crate) max_table: Option<u32>,
    /// Core instances that an actor's component may be made of [default: 1000]
    #[arg(long, value_name = "N")]
    pub(crate) max_instances: Option<u32>,
    /// Tasks of an actor that may run on although they were cancelled and their time to clean up is over [default: 64]
    #[arg(long, value_name = "N")]
    pub(crate) max_overdue_tasks: Option<u32>,
}

/// When main is started anew, with what it started gone. Ctrl-C, `--timeout` and a first start that fails are the end in any case.
#[derive(Debug, Args)]
#[command(next_help_heading = "Restarts of main, each of which is logged")]
pub(crate) struct Restarts {
    /// Start main anew when it has failed (an exit with code 0 is no failure), or whenever it has ended
    #[arg(long, value_enum, default_value_t = RestartWhen::Never, value_name = "WHEN")]
    pub(crate) restart: RestartWhen,
    /// Give up at one more than so many within `--restart-window`, and end as main did last; over 4096 is no bound
    #[arg(long, value_name = "N", default_value_t = 3)]
    pub(crate) max_restarts: u32,
    /// Count restarts within so long
    #[arg(long, value_name = "TIME", value_parser = duration, default_value = "5s")]
    pub(crate) restart_window: Duration,
    /// Wait so long before the first restart; doubles each time up to 10s, and a fifth more or less at random
    #[arg(long, value_name = "TIME", value_parser = duration, default_value = "100ms")]
    pub(crate) restart_delay: Duration,
}

/// Which ends of main are answered by a restart.
#[derive(Clone, Copy, Debug, ValueEnum)]
pub(crate) enum RestartWhen {
    /// None: the end of main is the end
    Never,
    /// A failure, a trap, a kill, an exit with another code than 0
    OnFailure,
    /// Any; a main that has nothing to do comes to `--max-restarts` soon, and that is a limit that it met
    Always,
}

impl Restarts {
    /// As the nursery of main is told.
    pub(crate) fn restart(&self) -> Option<Restart> {
        let policy = match self.restart {
            RestartWhen::Never => return None,
            RestartWhen::OnFailure => RestartPolicy::OnFailure,
            RestartWhen::Always => RestartPolicy::Always,
        };
        let restart = Restart::new(policy).intensity(self.max_restarts, self.restart_window);
        Some(restart.backoff(self.restart_delay, Backoff::default().most))
    }
}

impl Bounds {
    /// The limits of the root, which has main below it.
    pub(crate) fn limits(&self) -> Limits {
        Limits {
            memory_bytes: self.max_memory,
            message_bytes: self.max_message,
            actors: self.max_actors.map(|actors| actors.saturating_add(1)),
            depth: self.max_depth.map(|depth| depth.saturating_add(1)),
            dialogs: self.max_dialogs,
            table_elements: self.max_table,
            instances: self.max_instances,
            handles: self.max_handles,
            queue_bytes: self.max_queue,
            log_rate: self.max_log_rate,
            spawn_rate: self.max_spawn_rate,
            overdue_tasks: self.max_overdue_tasks,
        }
    }
}

/// How processes of actors are started.
#[derive(Clone, Copy, Debug, ValueEnum)]
pub(crate) enum SpawnBackend {
    /// By fork where actors of a component come often, else by exec
    Auto,
    /// By running the program anew
    Exec,
    /// By fork of a process that has the component ready
    Fork,
}

impl From<SpawnBackend> for tractor_host::SpawnBackend {
    fn from(backend: SpawnBackend) -> Self {
        match backend {
            SpawnBackend::Auto => Self::Auto,
            SpawnBackend::Exec => Self::Exec,
            SpawnBackend::Fork => Self::Fork,
        }
    }
}

#[derive(Clone, Copy, Debug, ValueEnum)]
pub(crate) enum LogLevel {
    Trace,
    Debug,
    Info,
    Warn,
    Error,
}

impl From<LogLevel> for Level {
    fn from(level: LogLevel) -> Self {
        match level {
            LogLevel::Trace => Self::Trace,
            LogLevel::Debug => Self::Debug,
            LogLevel::Info => Self::Info,
            LogLevel::Warn => Self::Warn,
            LogLevel::Error => Self::Error,
        }
    }
}
