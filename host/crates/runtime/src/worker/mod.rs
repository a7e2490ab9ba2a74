//! skeleton: signatures only, bodies follow
#![expect(missing_docs, clippy::todo, unused_variables, reason = "skeleton, replaced within the hour")]
use crate::code::*;
use std::time::Duration;
use tractor_protocol::control::{ActorSpec, Level};
use tractor_protocol::*;

#[derive(Clone)]
pub struct Worker(std::sync::Arc<()>);
impl Worker {
    pub fn actor(&self) -> &ActorId { todo!() }
    pub fn log(&self, level: Level, task: Option<&Task>, message: String) { todo!() }
    pub async fn find(&self, within: &Scope, name: &str) -> Result<Option<Portal>, Error> { todo!() }
    pub async fn wait_for(&self, within: &Scope, name: &str) -> Result<Portal, Error> { todo!() }
    pub async fn list(&self, within: &Scope) -> Result<Vec<ActorId>, Error> { todo!() }
    pub async fn register(&self, within: &Scope, name: &str) -> Result<(), Error> { todo!() }
    /// A new failure that originates here.
    pub fn failure(&self, kind: FailureKind, message: impl Into<String>) -> Failure { todo!() }
}
#[derive(Clone)]
pub struct Task(std::sync::Arc<()>);
impl Task {
    pub fn scope(&self) -> Scope { todo!() }
    pub fn worker(&self) -> &Worker { todo!() }
    pub fn function(&self) -> &str { todo!() }
    pub fn caller(&self) -> &ActorId { todo!() }
}
#[derive(Clone, Copy, Debug, Default)]
pub struct ScopeOptions { pub deadline: Option<Duration>, pub shield: bool }
#[derive(Clone)]
pub struct Scope(std::sync::Arc<()>);
impl Scope {
    pub fn child(&self, options: ScopeOptions) -> Scope { todo!() }
    pub fn id(&self) -> ScopeId { todo!() }
    pub async fn sleep(&self, time: Duration) -> Result<(), Cancellation> { todo!() }
    pub async fn checkpoint(&self) -> Result<(), Cancellation> { todo!() }
    pub async fn cancelled(&self) -> Cancellation { todo!() }
    pub fn cancellation(&self) -> Option<Cancellation> { todo!() }
    pub fn cancel(&self, message: Option<String>) { todo!() }
    pub fn time_left(&self) -> Option<Duration> { todo!() }
    pub fn close(&self) { todo!() }
}
#[derive(Clone, Copy, Debug, Default)]
pub struct NurseryOptions { pub grace: Option<Duration> }
#[derive(Clone)]
pub struct Nursery(std::sync::Arc<()>);
impl Nursery {
    pub fn open(within: &Scope, options: NurseryOptions) -> Nursery { todo!() }
    pub fn scope(&self) -> Scope { todo!() }
    pub async fn start_actor(&self, spec: ActorSpec) -> Result<Child, Error> { todo!() }
    pub async fn run_in_actor(&self, spec: ActorSpec, function: String, arguments: Payload) -> Result<Child, Error> { todo!() }
    pub fn cancel(&self, message: Option<String>) { todo!() }
    pub async fn close(&self, body: Option<Error>) -> Result<(), Error> { todo!() }
    pub fn abandon(&self) { todo!() }
}
#[derive(Clone)]
pub struct Child(std::sync::Arc<()>);
impl Child {
    pub fn actor(&self) -> &ActorId { todo!() }
    pub fn portal(&self) -> Portal { todo!() }
    pub async fn output(&self, within: &Scope) -> Result<Payload, Error> { todo!() }
    pub async fn cancel(&self, message: Option<String>) -> Result<(), Error> { todo!() }
    pub async fn ended(&self, within: &Scope) -> Result<(), Error> { todo!() }
}
#[derive(Clone)]
pub struct Portal(std::sync::Arc<()>);
impl Portal {
    pub fn actor(&self) -> &ActorId { todo!() }
    pub async fn call(&self, within: &Scope, function: &str, arguments: Payload) -> Result<Payload, Error> { todo!() }
    pub async fn open_context(&self, within: &Scope, function: &str, arguments: Payload) -> Result<OpenedContext, Error> { todo!() }
}
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Overrun { Wait, Fail, DropOldest }
#[derive(Clone, Copy, Debug)]
pub struct StreamOptions { pub buffer: u32, pub overrun: Overrun }
#[derive(Clone)]
pub struct Context(std::sync::Arc<()>);
impl Context {
    pub fn caller(&self) -> &ActorId { todo!() }
    pub fn scope(&self) -> Scope { todo!() }
    pub async fn started(&self, within: &Scope, value: Payload) -> Result<(), Error> { todo!() }
    pub async fn open_stream(&self, within: &Scope, options: StreamOptions) -> Result<MsgStream, Error> { todo!() }
    pub fn cancel(&self, message: Option<String>) { todo!() }
}
#[derive(Clone)]
pub struct OpenedContext(std::sync::Arc<()>);
impl OpenedContext {
    pub fn callee(&self) -> &ActorId { todo!() }
    pub fn scope(&self) -> Scope { todo!() }
    pub fn first(&self) -> Payload { todo!() }
    pub async fn open_stream(&self, within: &Scope, options: StreamOptions) -> Result<MsgStream, Error> { todo!() }
    pub async fn output(&self, within: &Scope) -> Result<Payload, Error> { todo!() }
    pub fn cancel(&self, message: Option<String>) { todo!() }
    pub async fn close(&self, body: Option<Error>) -> Result<(), Error> { todo!() }
    pub fn abandon(&self) { todo!() }
}
#[derive(Clone)]
pub struct MsgStream(std::sync::Arc<()>);
impl MsgStream {
    pub async fn send(&self, within: &Scope, messages: Vec<Payload>) -> (u32, Result<(), Error>) { todo!() }
    pub async fn receive(&self, within: &Scope, max: u32) -> Result<Vec<Payload>, Error> { todo!() }
    pub fn stop(&self) { todo!() }
}
