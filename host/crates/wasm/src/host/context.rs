//! `tractor:actor/context`: two linked tasks, and the stream between them.

use super::convert::{from_wit, to_wit};
use super::state::{self, Host, ScopeHandle, State, give, handle, scope};
use crate::bindings::context::{
    Host as ContextInterface, HostContext, HostContextWithStore, HostMsgStream,
    HostMsgStreamWithStore, HostOpenedContext, HostOpenedContextWithStore, StreamOptions,
};
use crate::bindings::types::{ActorId, Error, Payload};
use tractor_runtime::worker::{Context, MsgStream, OpenedContext};
use wasmtime::Result;
use wasmtime::component::{Accessor, Resource};

impl ContextInterface for State {}

impl HostContext for State {
    fn caller(&mut self, context: Resource<Context>) -> Result<ActorId> {
        Ok(to_wit::actor(self.table.get(&context)?.caller()))
    }

    fn scope(&mut self, context: Resource<Context>) -> Result<Resource<ScopeHandle>> {
        let scope = self.table.get(&context)?.scope();
        Ok(self.table.push(ScopeHandle::of(scope))?)
    }

    fn cancel(&mut self, context: Resource<Context>, message: Option<String>) -> Result<()> {
        self.table.get(&context)?.cancel(message);
        Ok(())
    }

    fn drop(&mut self, context: Resource<Context>) -> Result<()> {
        self.table.delete(context)?;
        Ok(())
    }
}

impl<T: Send + 'static> HostContextWithStore<T> for Host {
    async fn started(
        accessor: &Accessor<T, Self>,
        context: Resource<Context>,
        within: Resource<ScopeHandle>,
        value: Payload,
    ) -> Result<Result<(), Error>> {
        let (context, within) = (handle(accessor, &context)?, scope(accessor, &within)?);
        let started = context.started(&within, from_wit::payload(value)).await;
        Ok(started.map_err(to_wit::error))
    }

    async fn open_stream(
        accessor: &Accessor<T, Self>,
        context: Resource<Context>,
        within: Resource<ScopeHandle>,
        options: StreamOptions,
    ) -> Result<Result<Resource<MsgStream>, Error>> {
        let (context, within) = (handle(accessor, &context)?, scope(accessor, &within)?);
        match context
            .open_stream(&within, from_wit::stream_options(options))
            .await
        {
            Ok(stream) => Ok(Ok(give(accessor, stream)?)),
            Err(error) => Ok(Err(to_wit::error(error))),
        }
    }
}

impl HostOpenedContext for State {
    fn callee(&mut self, context: Resource<OpenedContext>) -> Result<ActorId> {
        Ok(to_wit::actor(self.table.get(&context)?.callee()))
    }

    fn scope(&mut self, context: Resource<OpenedContext>) -> Result<Resource<ScopeHandle>> {
        let scope = self.table.get(&context)?.scope();
        Ok(self.table.push(ScopeHandle::of(scope))?)
    }

    fn first(&mut self, context: Resource<OpenedContext>) -> Result<Payload> {
        Ok(to_wit::payload(self.table.get(&context)?.first()))
    }

    fn cancel(&mut self, context: Resource<OpenedContext>, message: Option<String>) -> Result<()> {
        self.table.get(&context)?.cancel(message);
        Ok(())
    }

    fn drop(&mut self, context: Resource<OpenedContext>) -> Result<()> {
        self.table.delete(context)?.abandon();
        Ok(())
    }
}

impl<T: Send + 'static> HostOpenedContextWithStore<T> for Host {
    async fn open_stream(
        accessor: &Accessor<T, Self>,
        context: Resource<OpenedContext>,
        within: Resource<ScopeHandle>,
        options: StreamOptions,
    ) -> Result<Result<Resource<MsgStream>, Error>> {
        let (context, within) = (handle(accessor, &context)?, scope(accessor, &within)?);
        match context
            .open_stream(&within, from_wit::stream_options(options))
            .await
        {
            Ok(stream) => Ok(Ok(give(accessor, stream)?)),
            Err(error) => Ok(Err(to_wit::error(error))),
        }
    }

    async fn output(
        accessor: &Accessor<T, Self>,
        context: Resource<OpenedContext>,
        within: Resource<ScopeHandle>,
    ) -> Result<Result<Payload, Error>> {
        let (context, within) = (handle(accessor, &context)?, scope(accessor, &within)?);
        Ok(to_wit::answer(context.output(&within).await))
    }

    async fn close(
        accessor: &Accessor<T, Self>,
        context: Resource<OpenedContext>,
        body: Option<Error>,
    ) -> Result<Result<(), Error>> {
        let context = handle(accessor, &context)?;
        let body = state::body(accessor, body);
        Ok(context.close(body).await.map_err(to_wit::error))
    }
}

impl HostMsgStream for State {
    fn stop(&mut self, stream: Resource<MsgStream>) -> Result<()> {
        self.table.get(&stream)?.stop();
        Ok(())
    }

    fn drop(&mut self, stream: Resource<MsgStream>) -> Result<()> {
        self.table.delete(stream)?.abandon();
        Ok(())
    }
}

impl<T: Send + 'static> HostMsgStreamWithStore<T> for Host {
    async fn send(
        accessor: &Accessor<T, Self>,
        stream: Resource<MsgStream>,
        within: Resource<ScopeHandle>,
        messages: Vec<Payload>,
    ) -> Result<(u32, Result<(), Error>)> {
        let (stream, within) = (handle(accessor, &stream)?, scope(accessor, &within)?);
        let messages = messages.into_iter().map(from_wit::payload).collect();
        let (taken, sent) = stream.send(&within, messages).await;
        Ok((taken, sent.map_err(to_wit::error)))
    }

    async fn receive(
        accessor: &Accessor<T, Self>,
        stream: Resource<MsgStream>,
        within: Resource<ScopeHandle>,
        max: u32,
    ) -> Result<Result<Vec<Payload>, Error>> {
        let (stream, within) = (handle(accessor, &stream)?, scope(accessor, &within)?);
        let received = stream.receive(&within, max).await;
        Ok(received
            .map(|messages| messages.into_iter().map(to_wit::payload).collect())
            .map_err(to_wit::error))
    }
}
