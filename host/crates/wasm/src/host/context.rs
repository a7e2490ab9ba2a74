//! `tractor:actor/context`: two linked tasks, and the stream between them.

use super::convert::{from_wit, to_wit};
use super::state::{self, Host, ScopeHandle, State, give, handle, scope};
use super::typing::{ContextHandle, OpenedHandle, StreamHandle, Typing, end_of};
use crate::bindings::context::{
    Host as ContextInterface, HostContext, HostContextWithStore, HostMsgStream,
    HostMsgStreamWithStore, HostOpenedContext, HostOpenedContextWithStore, StreamOptions,
};
use crate::bindings::types::{ActorId, Error, Payload};
use tractor_runtime::worker::MsgStream;
use wasmtime::Result;
use wasmtime::component::{Accessor, Resource};

impl ContextInterface for State {}

impl HostContext for State {
    fn caller(&mut self, context: Resource<ContextHandle>) -> Result<ActorId> {
        Ok(to_wit::actor(self.table.get(&context)?.context.caller()))
    }

    fn scope(&mut self, context: Resource<ContextHandle>) -> Result<Resource<ScopeHandle>> {
        let scope = self.table.get(&context)?.context.scope();
        Ok(self.table.push(ScopeHandle::of(scope))?)
    }

    fn cancel(&mut self, context: Resource<ContextHandle>, message: Option<String>) -> Result<()> {
        self.table.get(&context)?.context.cancel(message);
        Ok(())
    }

    fn drop(&mut self, context: Resource<ContextHandle>) -> Result<()> {
        self.table.delete(context)?;
        Ok(())
    }
}

impl<T: Send + 'static> HostContextWithStore<T> for Host {
    async fn started(
        accessor: &Accessor<T, Self>,
        context: Resource<ContextHandle>,
        within: Resource<ScopeHandle>,
        value: Payload,
    ) -> Result<Result<(), Error>> {
        let (context, within) = (handle(accessor, &context)?, scope(accessor, &within)?);
        let value = from_wit::payload(value);
        let value = match &context.typing {
            None => Ok(value),
            Some(typing) => typing.start(value),
        };
        let started = match value {
            Ok(value) => context.context.started(&within, value).await,
            Err(error) => Err(error),
        };
        Ok(started.map_err(to_wit::error))
    }

    async fn open_stream(
        accessor: &Accessor<T, Self>,
        context: Resource<ContextHandle>,
        within: Resource<ScopeHandle>,
        options: StreamOptions,
    ) -> Result<Result<Resource<StreamHandle>, Error>> {
        let (context, within) = (handle(accessor, &context)?, scope(accessor, &within)?);
        let options = from_wit::stream_options(options);
        let opened = context.context.open_stream(&within, options).await;
        stream(accessor, opened, context.typing)
    }
}

impl HostOpenedContext for State {
    fn callee(&mut self, context: Resource<OpenedHandle>) -> Result<ActorId> {
        Ok(to_wit::actor(self.table.get(&context)?.context.callee()))
    }

    fn scope(&mut self, context: Resource<OpenedHandle>) -> Result<Resource<ScopeHandle>> {
        let scope = self.table.get(&context)?.context.scope();
        Ok(self.table.push(ScopeHandle::of(scope))?)
    }

    fn first(&mut self, context: Resource<OpenedHandle>) -> Result<Payload> {
        Ok(to_wit::payload(self.table.get(&context)?.context.first()))
    }

    fn cancel(&mut self, context: Resource<OpenedHandle>, message: Option<String>) -> Result<()> {
        self.table.get(&context)?.context.cancel(message);
        Ok(())
    }

    fn drop(&mut self, context: Resource<OpenedHandle>) -> Result<()> {
        self.table.delete(context)?.context.abandon();
        Ok(())
    }
}

impl<T: Send + 'static> HostOpenedContextWithStore<T> for Host {
    async fn open_stream(
        accessor: &Accessor<T, Self>,
        context: Resource<OpenedHandle>,
        within: Resource<ScopeHandle>,
        options: StreamOptions,
    ) -> Result<Result<Resource<StreamHandle>, Error>> {
        let (context, within) = (handle(accessor, &context)?, scope(accessor, &within)?);
        let options = from_wit::stream_options(options);
        let opened = context.context.open_stream(&within, options).await;
        stream(accessor, opened, context.typing)
    }

    async fn output(
        accessor: &Accessor<T, Self>,
        context: Resource<OpenedHandle>,
        within: Resource<ScopeHandle>,
    ) -> Result<Result<Payload, Error>> {
        let (context, within) = (handle(accessor, &context)?, scope(accessor, &within)?);
        let output = context.context.output(&within).await;
        Ok(to_wit::answer(end_of(context.typing.as_ref(), output)))
    }

    async fn close(
        accessor: &Accessor<T, Self>,
        context: Resource<OpenedHandle>,
        body: Option<Error>,
    ) -> Result<Result<(), Error>> {
        let context = handle(accessor, &context)?;
        let body = state::body(accessor, body).map_or(Ok(()), Err);
        let body = end_of(context.typing.as_ref(), body).err();
        Ok(context.context.close(body).await.map_err(to_wit::error))
    }
}

/// Gives the guest the stream that it opened.
fn stream<T>(
    accessor: &Accessor<T, Host>,
    opened: Result<MsgStream, tractor_protocol::Error>,
    typing: Option<Typing>,
) -> Result<Result<Resource<StreamHandle>, Error>> {
    match opened {
        Ok(stream) => Ok(Ok(give(accessor, StreamHandle { stream, typing })?)),
        Err(error) => Ok(Err(to_wit::error(error))),
    }
}

impl HostMsgStream for State {
    fn stop(&mut self, stream: Resource<StreamHandle>) -> Result<()> {
        self.table.get(&stream)?.stream.stop();
        Ok(())
    }

    fn drop(&mut self, stream: Resource<StreamHandle>) -> Result<()> {
        self.table.delete(stream)?.stream.abandon();
        Ok(())
    }
}

impl<T: Send + 'static> HostMsgStreamWithStore<T> for Host {
    async fn send(
        accessor: &Accessor<T, Self>,
        stream: Resource<StreamHandle>,
        within: Resource<ScopeHandle>,
        messages: Vec<Payload>,
    ) -> Result<(u32, Result<(), Error>)> {
        let (stream, within) = (handle(accessor, &stream)?, scope(accessor, &within)?);
        let messages = messages.into_iter().map(from_wit::payload).collect();
        let (fitting, checked) = stream.outgoing(messages);
        let (taken, sent) = stream.stream.send(&within, fitting).await;
        Ok((taken, sent.and(checked).map_err(to_wit::error)))
    }

    async fn receive(
        accessor: &Accessor<T, Self>,
        stream: Resource<StreamHandle>,
        within: Resource<ScopeHandle>,
        max: u32,
    ) -> Result<Result<Vec<Payload>, Error>> {
        let (stream, within) = (handle(accessor, &stream)?, scope(accessor, &within)?);
        let received = match stream.typing.as_ref().and_then(Typing::violation) {
            None => stream.stream.receive(&within, max).await,
            Some(violation) => Err(violation),
        };
        Ok(received
            .and_then(|messages| stream.incoming(messages))
            .map(|messages| messages.into_iter().map(to_wit::payload).collect())
            .map_err(to_wit::error))
    }
}
