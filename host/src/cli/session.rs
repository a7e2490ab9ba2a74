//! One actor, main, in a supervised tree: what `run` and `call` have in common.

use super::args::Flags;
use super::component::{directory, with_causes};
use super::exit::{self, Exit};
use super::links;
use super::output::{Beside, complain};
use super::signals::Signals;
use std::cell::OnceCell;
use std::time::Duration;
use tractor_host::look::{duration, log_line, tell};
use tractor_host::{
    ActorId, ActorSpec, CancelReason, Child, Error, Failure, FailureKind, Grants, NurseryOptions,
    Payload, Restart, Scope, ScopeOptions, StartError, Tree,
};
use tractor_wasm::Prepared;

/// The name of main's component in the bundle.
const MAIN: &str = "main";

/// A tree that is to run one function of one component.
pub(crate) struct Session<'a> {
    pub(crate) flags: &'a Flags,
    /// Main's component.
    pub(crate) main: Prepared,
    /// Those that main may start, by name.
    pub(crate) bundle: Vec<(String, Prepared)>,
    /// Main's name as an actor.
    pub(crate) actor: String,
    pub(crate) function: String,
    pub(crate) arguments: Payload,
    /// When main is started anew.
    pub(crate) restart: Option<Restart>,
}

/// How it ended.
pub(crate) enum Ended {
    /// With this value.
    Value(Payload),
    /// Main could not be started.
    NotStarted(Failure),
    /// Main failed, or others did.
    Failed { error: Error, main: ActorId },
    /// It was cut short.
    Cut(Exit),
}

impl Session<'_> {
    /// Runs it to its end: no process is left.
    pub(crate) fn run(self) -> Result<Ended, Exit> {
        let _beside = Beside::begin().map_err(|error| system(&error))?;
        // One thread is enough: what blocks has threads of its own.
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .map_err(|error| system(&error))?;
        let ended = runtime.block_on(self.supervise());
        // Threads that wait in a system call are not waited for.
        runtime.shutdown_background();
        ended
    }

    async fn supervise(self) -> Result<Ended, Exit> {
        let signals = Signals::listen().map_err(|error| system(&error))?;
        let spec = self.spec()?;
        let timeout = self.flags.bounds.timeout;
        let name = self.main.name().to_owned();
        let tree = self.start().await?;
        let scope = tree.scope().child(ScopeOptions {
            deadline: timeout,
            shield: false,
        });
        let options = NurseryOptions {
            restart: self.restart,
            ..NurseryOptions::default()
        };
        let main = OnceCell::<Child>::new();
        let run = async |scope: &Scope, spec: ActorSpec| {
            tree.nursery_within_with(scope, options, async |nursery| {
                let arguments = self.arguments.clone();
                let child = nursery
                    .run_in_actor_payload(spec, &self.function, arguments)
                    .await?;
                let _ = main.set(child.clone());
                child.output_payload().await
            })
            .await
        };
        let work = async {
            match &self.flags.grants.links[..] {
                [] => run(&scope, spec).await,
                links => {
                    tree.nursery_within(&scope, async |nursery| {
                        let spec = links::start(nursery, links, spec).await?;
                        let ended = run(&nursery.scope(), spec).await;
                        // Those that served main have nobody to serve any more.
                        nursery.cancel();
                        ended
                    })
                    .await
                }
            }
        };
        let (result, ended_by) = signals.during(&tree, work).await;
        let late = scope
            .cancellation()
            .is_some_and(|cancellation| cancellation.reason == CancelReason::Deadline);
        Ok(match (result, ended_by, timeout.filter(|_| late)) {
            (result, Some(code), _) => Ended::Cut(interrupted(code, result.err())),
            (Err(error), None, Some(timeout)) => Ended::Cut(late_exit(&name, timeout, &error)),
            (Ok(value), None, _) => Ended::Value(value),
            // Which incarnation of main it was last.
            (Err(error), None, None) => not_cut(error, main.into_inner().map(|main| main.actor())),
        })
    }

    async fn start(&self) -> Result<Tree, Exit> {
        let mut builder = Tree::builder()
            .component(MAIN, self.main.clone())
            .terminal(MAIN)
            .grace(self.flags.bounds.grace)
            .limits(self.flags.bounds.limits())
            .spawn_backend(self.flags.spawn_backend.into())
            .transport(self.flags.transport.into())
            .log(self.flags.log.into(), |line| complain(&log_line(&line)));
        for (name, prepared) in &self.bundle {
            builder = builder.component(name, prepared.clone());
        }
        builder.start().await.map_err(|error| match error {
            StartError::System(error) => system(&error),
            other => Exit::new(exit::INTERNAL, with_causes(&other)),
        })
    }

    fn spec(&self) -> Result<ActorSpec, Exit> {
        let given = &self.flags.grants;
        let grants = Grants {
            environment: given.environment.clone(),
            connect: given.connect.clone(),
            names: given.names,
            components: vec!["*".to_owned()],
            ..Grants::default()
        };
        let mut spec = ActorSpec::new(MAIN).name(&self.actor).grants(grants);
        for dir in &given.directories {
            spec = spec.directory(directory(&dir.host)?, &dir.guest, dir.access);
        }
        Ok(spec)
    }
}

fn not_cut(error: Error, main: Option<ActorId>) -> Ended {
    match (main, error.failures().first()) {
        (Some(main), _) => Ended::Failed { error, main },
        (None, Some(failure)) => Ended::NotStarted(failure.clone()),
        (None, None) => Ended::Cut(Exit::new(exit::INTERNAL, error.story())),
    }
}

fn interrupted(code: u8, error: Option<Error>) -> Exit {
    let overdue = error.as_ref().map(stopped).unwrap_or_default();
    match overdue.is_empty() {
        true => Exit::quiet(code),
        false => Exit::new(code, format!("interrupted{overdue}")),
    }
}

fn late_exit(name: &str, timeout: Duration, error: &Error) -> Exit {
    let time = duration(timeout);
    let verb = if time.starts_with("1 ") {
        "was"
    } else {
        "were"
    };
    let overdue = stopped(error);
    Exit::new(
        exit::TIMEOUT,
        format!("{name} was cancelled: {time} {verb} up{overdue}"),
    )
}

/// Those that failed while they were to clean up, or did not: indented lines, each after a newline.
fn stopped(error: &Error) -> String {
    let failures = error
        .failures()
        .iter()
        .filter(|failure| !failure.is_cancelled());
    let lines = failures.flat_map(|failure| {
        let told = tell(failure);
        told.lines()
            .map(|line| format!("\n  {line}"))
            .collect::<Vec<_>>()
    });
    lines.collect()
}

/// What an actor that could not be started says, as an end.
pub(crate) fn not_started(failure: &Failure, flags: &Flags) -> Exit {
    let code = match failure.kind {
        FailureKind::Denied => exit::DENIED,
        FailureKind::NotFound => exit::BAD_COMPONENT,
        FailureKind::Limit(_) | FailureKind::Trap(_) => exit::TRAPPED,
        FailureKind::Cancelled(_) if flags.bounds.timeout.is_some() => exit::TIMEOUT,
        _ => exit::SYSTEM,
    };
    Exit::new(code, tell(failure))
}

fn system(error: &std::io::Error) -> Exit {
    Exit::new(
        exit::SYSTEM,
        format!("the supervisor cannot be started: {error}"),
    )
}
