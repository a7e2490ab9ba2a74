//! The supervisor's end of one worker: its control link, its process, its output.

use super::CodeSource;
use super::output::{self, Places};
use super::shell::{self, Event};
use crate::spawn::{End, Launch, Process};
use crate::tree::{SpawnRequest, TreeEvent};
use bytes::Bytes;
use std::io;
use std::os::fd::{AsFd, OwnedFd};
use std::time::Duration;
use tokio::sync::mpsc;
use tokio::task::JoinSet;
use tractor_protocol::control::{FRAME_LIMIT_BYTES, FromWorker, SpawnSpec, ToWorker};
use tractor_protocol::handshake::Hello;
use tractor_protocol::{Identity, Uuid};
use tractor_transport::{Link, ReceiveError, Receiver, SendError, Sender};

/// How long a dead worker's output and link are read on. They end with the process; this bound is for a pipe that someone else holds.
const LAST_OUTPUT: Duration = Duration::from_millis(500);

pub(super) struct WorkerEnd {
    control: Sender<ToWorker>,
    process: Option<Ends>,
    read: tokio::sync::watch::Receiver<bool>,
}

/// How a process is ended.
struct Ends {
    kill: Box<dyn Fn() + Send + Sync>,
    end: End,
}

/// A worker that is about to be started.
pub(super) struct Prepared {
    pub(super) link: Link,
    pub(super) spec: ToWorker,
    pub(super) files: Vec<OwnedFd>,
    pub(super) launch: Launch,
}

pub(super) fn prepare(
    request: SpawnRequest,
    identity: io::Result<Option<Identity>>,
    source: &dyn CodeSource,
) -> Result<Prepared, String> {
    let identity =
        identity.map_err(|error| format!("no certificate for it could be made: {error}"))?;
    let (code, mut files) = source.code(&request.component)?;
    let out_of_files = |error: std::io::Error| format!("no link to it could be made: {error}");
    let (near, control) = tractor_transport::pair().map_err(out_of_files)?;
    let link = Link::from_fd(near, FRAME_LIMIT_BYTES).map_err(out_of_files)?;
    let launch = Launch {
        name: request.actor.name.clone(),
        control,
        terminal: request.terminal,
        code: code.clone(),
        // Without it the actor is started all the same.
        file: files.first().and_then(|file| file.try_clone().ok()),
        backend: request.backend,
    };
    if request.terminal {
        files.push(
            std::io::stdin()
                .as_fd()
                .try_clone_to_owned()
                .map_err(out_of_files)?,
        );
    }
    let spec = SpawnSpec {
        hello: Hello::OURS,
        actor: request.actor,
        owner: request.owner,
        code,
        grants: request.grants,
        limits: request.limits,
        one_shot: request.one_shot,
        overdue: request.overdue,
        grace: request.grace,
        allowance: request.allowance,
        terminal: request.terminal,
        log: request.log,
        restarts: request.restarts,
        identity,
    };
    Ok(Prepared {
        link,
        spec: ToWorker::Spec(Box::new(spec)),
        files,
        launch,
    })
}

/// Reads a control link, and reports what is said on it.
pub(super) fn serve_link(
    tasks: &mut JoinSet<()>,
    actor: Uuid,
    link: Link,
    events: mpsc::Sender<Event>,
) -> WorkerEnd {
    let (control, receiver) = link.split::<ToWorker, FromWorker>();
    let (done, read) = tokio::sync::watch::channel(false);
    let writer = control.clone();
    tasks.spawn(async move {
        // The reader of the same link sees the worker's end.
        let _ = writer.drive().await;
    });
    tasks.spawn(async move {
        listen(actor, receiver, &events).await;
        let _ = done.send(true);
    });
    WorkerEnd {
        control,
        process: None,
        read,
    }
}

async fn listen(actor: Uuid, mut receiver: Receiver<FromWorker>, events: &mpsc::Sender<Event>) {
    let end = loop {
        match receiver.receive().await {
            Ok(Some(received)) => {
                let said = shell::said(actor, received.frame.message);
                if events.send(said).await.is_err() {
                    return;
                }
            }
            Ok(None) | Err(ReceiveError::Cut | ReceiveError::Io(_)) => {
                break TreeEvent::LinkLost { actor };
            }
            Err(error) => {
                let message = with_cause(&error);
                break TreeEvent::Malformed { actor, message };
            }
        }
    };
    let _ = events.send(Event::Tree(end)).await;
}

fn with_cause(error: &ReceiveError) -> String {
    match std::error::Error::source(error) {
        Some(cause) => format!("{error}: {cause}"),
        None => error.to_string(),
    }
}

impl WorkerEnd {
    pub(super) fn send(&self, message: &ToWorker, files: Vec<OwnedFd>) {
        if let Err(SendError::Frame(error)) =
            self.control.push_with_files(message, &Bytes::new(), files)
        {
            match message.slim() {
                Some(slim) => drop(self.control.push(&slim, &Bytes::new())),
                None => tracing::warn!(%error, "a message to a worker was not sent"),
            }
        }
    }

    pub(super) fn kill(&self) {
        self.process.as_ref().inspect(|process| (process.kill)());
    }

    /// Watches the process, and reports its end once its link and output are read.
    pub(super) fn watch(
        &mut self,
        tasks: &mut JoinSet<()>,
        actor: Uuid,
        process: Process,
        output: &Places,
        events: mpsc::Sender<Event>,
    ) {
        self.process = Some(Ends {
            kill: process.kill,
            end: process.end,
        });
        let stdout = process
            .stdout
            .map(|pipe| output::relay(pipe, output.stdout.clone()));
        let stderr = process
            .stderr
            .map(|pipe| output::relay(pipe, output.stderr.clone()));
        let (exited, mut read) = (process.exited, self.read.clone());
        tasks.spawn(async move {
            let relays = async { tokio::join!(output::maybe(stdout), output::maybe(stderr)).1 };
            tokio::pin!(relays);
            // The output is read all the while; at the end of the process, what is left of it.
            let mut last_lines = None;
            tokio::pin!(exited);
            let status = loop {
                tokio::select! {
                    lines = &mut relays, if last_lines.is_none() => last_lines = Some(lines),
                    status = &mut exited => break status,
                }
            };
            let link = async { drop(read.wait_for(|read| *read).await) };
            let rest = async {
                if last_lines.is_none() {
                    last_lines = Some(relays.await);
                }
            };
            // Nothing is lost if the time runs out but the last lines.
            let _ = tokio::time::timeout(LAST_OUTPUT, async { tokio::join!(link, rest) }).await;
            let _ = events
                .send(shell::exited(actor, status, last_lines.unwrap_or_default()))
                .await;
        });
    }
}

impl WorkerEnd {
    /// Lets go of a process that is reaped.
    pub(super) fn forget(mut self) {
        if let Some(process) = self.process.take() {
            process.end.forget();
        }
    }
}

impl Drop for WorkerEnd {
    /// The supervisor is dropped with its workers running: none may stay, not even as a zombie.
    fn drop(&mut self) {
        self.control.close();
    }
}
