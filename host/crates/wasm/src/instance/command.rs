//! A stock command as an actor: a component that exports `wasi:cli/run`, and knows nothing of us. So the host speaks for it.
//!
//! 1. Called, it gets the arguments of the call; an exit code other than 0 is the call's failure, of kind `exit`.
//! 2. Opened as a context, its standard output are the messages to the opener, and its input those that come, chunks of bytes
//!    (`list<u8>`) in the codec of the arguments; the value is its exit code, and none is a failure. `stop` of the opener is the end of its input.
//! 3. It runs once: what a program leaves in memory after `main` is not made for another one.
//! 4. It cannot be asked to end, so a cancellation ends it at once, as a signal would; that is no failure.

use super::call::{Answer, Request, Ticket};
use super::closing::Closed;
use super::code::Calls;
use super::exports::Callee;
use super::outcome::{exit, exit_code};
use crate::grants::{Machine, Pipes, Start};
use crate::value::{Shape, ValueError, unit};
use futures::future::join;
use std::sync::Arc;
use tractor_protocol::{Codec, Error, FailureKind, Payload};
use tractor_runtime::code::Invocation;
use tractor_runtime::worker::{Context, MsgStream, Scope, StreamOptions, Task, Worker};
use wasmtime::component::Val;

/// The most bytes of one message, 8 KiB: far below any limit on messages, in JSON too.
const CHUNK_BYTES: usize = 8 << 10;

/// Messages taken at once; each has a chunk, and together they are a pipe full.
const BATCH: u32 = 8;

/// Runs the command to its end.
pub(super) async fn run(
    calls: Arc<Calls>,
    machine: Arc<Machine>,
    callee: Callee,
    invocation: Invocation,
) -> Result<Payload, Error> {
    let scope = invocation.task.scope();
    let closing = calls.closing().clone();
    let command = Command::new(&calls, callee, &invocation)?;
    let running = async {
        match invocation.context {
            None => command.call(&machine).await,
            Some(context) => command.open(&machine, context).await,
        }
    };
    tokio::select! {
        biased;
        ended = running => ended,
        cancellation = scope.cancelled() => {
            let cancelled = Error::Cancelled(cancellation);
            closing.cut(cancelled.clone());
            closing.closed().await;
            Err(cancelled)
        }
    }
}

/// A command that is about to run.
struct Command<'a> {
    calls: &'a Calls,
    callee: Callee,
    task: Task,
    arguments: Vec<String>,
    codec: Codec,
}

impl<'a> Command<'a> {
    fn new(calls: &'a Calls, callee: Callee, invocation: &Invocation) -> Result<Self, Error> {
        let worker = invocation.task.worker();
        let arguments = callee
            .function()
            .decode_arguments(&invocation.arguments)
            .map_err(|error| worker.failure(FailureKind::IllTyped, error.to_string()))?;
        if !calls.closing().claim_command() {
            let message = "a command runs once: start another actor to run it again";
            return Err(worker.failure(FailureKind::Misuse, message).into());
        }
        Ok(Self {
            calls,
            callee,
            task: invocation.task.clone(),
            arguments: texts(arguments),
            codec: invocation.arguments.codec,
        })
    }

    async fn call(self, machine: &Machine) -> Result<Payload, Error> {
        let (worker, codec) = (self.task.worker().clone(), self.codec);
        let code = code(self.start(machine, None)?).await?;
        exit(code, codec, &worker)
    }

    async fn open(self, machine: &Machine, context: Context) -> Result<Payload, Error> {
        let (codec, scope) = (self.codec, context.scope());
        context.started(&scope, unit(codec)).await?;
        let options = StreamOptions::default();
        let ends = Ends {
            stream: context.open_stream(&scope, options).await?,
            worker: self.task.worker().clone(),
            pipes: Pipes::default(),
            scope,
            codec,
        };
        let ticket = self.start(machine, Some(ends.pipes.clone()))?;
        let running = async {
            let code = code(ticket).await;
            ends.pipes.output.end();
            code
        };
        let (code, forwarded) = tokio::select! {
            biased;
            done = join(running, ends.forward()) => done,
            error = ends.feed() => {
                self.calls.closing().cut(error.clone());
                self.calls.closing().closed().await;
                return Err(error);
            }
        };
        forwarded?;
        exit_code(code?, codec).map_err(|error| ends.ill_typed(&error))
    }

    fn start(&self, machine: &Machine, pipes: Option<Pipes>) -> Result<Ticket, Error> {
        let arguments = self.arguments.clone();
        let start = Start { arguments, pipes };
        let wasi = machine.build(start).map_err(|error| {
            let worker = self.task.worker();
            worker.failure(FailureKind::Denied, error.to_string())
        })?;
        Ok(self.calls.queue(Request {
            callee: self.callee.clone(),
            task: self.task.clone(),
            arguments: Vec::new(),
            room: None,
            context: None,
            wasi: Some(wasi),
            codec: self.codec,
        }))
    }
}

/// What a command reads and writes, and where it comes from and goes.
struct Ends {
    stream: MsgStream,
    scope: Scope,
    pipes: Pipes,
    codec: Codec,
    worker: Worker,
}

impl Ends {
    /// Sends what the command writes, until it has ended. If the opener takes no more, the command is told as by a closed pipe.
    async fn forward(&self) -> Result<(), Error> {
        let output = &self.pipes.output;
        loop {
            let bytes = output.read(CHUNK_BYTES).await;
            if bytes.is_empty() {
                return Ok(());
            }
            let chunk = Val::List(bytes.iter().copied().map(Val::U8).collect());
            let message = chunk_shape().encode(&chunk, self.codec);
            let message = message.map_err(|error| self.ill_typed(&error))?;
            if let (_, Err(error)) = self.stream.send(&self.scope, vec![message]).await {
                output.close();
                return match error {
                    // It has what it wanted.
                    Error::Closed => Ok(()),
                    error => Err(error),
                };
            }
        }
    }

    /// Gives the command what the opener sends. Ends only with a message that is no chunk of bytes.
    async fn feed(&self) -> Error {
        let input = &self.pipes.input;
        while let Ok(messages) = self.stream.receive(&self.scope, BATCH).await {
            if messages.is_empty() {
                break;
            }
            for message in &messages {
                match self.bytes(message) {
                    Ok(bytes) => drop(input.write(&bytes).await),
                    Err(error) => return error,
                }
            }
        }
        input.end();
        std::future::pending().await
    }

    fn bytes(&self, message: &Payload) -> Result<Vec<u8>, Error> {
        let value = chunk_shape().decode(message);
        let Val::List(bytes) = value.map_err(|error| self.ill_typed(&error))? else {
            return Ok(Vec::new());
        };
        let bytes = bytes.iter().filter_map(|byte| match byte {
            Val::U8(byte) => Some(*byte),
            _ => None,
        });
        Ok(bytes.collect())
    }

    fn ill_typed(&self, error: &ValueError) -> Error {
        let message = format!("the input of a command is chunks of bytes: {error}");
        self.worker.failure(FailureKind::IllTyped, message).into()
    }
}

/// The type of what is read and written.
fn chunk_shape() -> Shape {
    Shape::List(Box::new(Shape::U8))
}

/// The exit code of a command, once it has ended.
async fn code(ticket: Ticket) -> Result<u8, Error> {
    match ticket.answer().await {
        Answer::Given(Ok(_)) => Ok(0),
        Answer::Given(Err(Error::Failed(failures)))
            if failures.iter().all(|f| f.kind == FailureKind::Returned) =>
        {
            // `run` gave `err`, of which WASI says no more.
            Ok(1)
        }
        Answer::Given(Err(error)) => Err(error),
        Answer::Closed(Closed::Exited(code)) => Ok(code),
        Answer::Closed(Closed::Cut(reason)) => Err(reason),
    }
}

fn texts(arguments: Vec<Val>) -> Vec<String> {
    let lists = arguments.into_iter().flat_map(|argument| match argument {
        Val::List(texts) => texts,
        _ => Vec::new(),
    });
    let texts = lists.filter_map(|text| match text {
        Val::String(text) => Some(text),
        _ => None,
    });
    texts.collect()
}
