//! `tractor:actor/registrar`: finding actors by name.

use super::convert::{from_wit, to_wit};
use super::state::{Host, ScopeHandle, State, give, scope};
use crate::bindings::registrar::{Host as RegistrarInterface, HostWithStore};
use crate::bindings::types::{ActorId, Error};
use tractor_protocol::FailureKind;
use tractor_runtime::worker::{Portal, Worker};
use wasmtime::Result;
use wasmtime::component::{Accessor, Resource};

impl RegistrarInterface for State {}

impl<T: Send + 'static> HostWithStore<T> for Host {
    async fn find(
        accessor: &Accessor<T, Self>,
        within: Resource<ScopeHandle>,
        name: String,
    ) -> Result<Result<Option<Resource<Portal>>, Error>> {
        let (worker, within) = (worker(accessor), scope(accessor, &within)?);
        match worker.find(&within, &name).await {
            Ok(Some(portal)) => Ok(Ok(Some(give(accessor, portal)?))),
            Ok(None) => Ok(Ok(None)),
            Err(error) => Ok(Err(to_wit::error(error))),
        }
    }

    async fn wait_for(
        accessor: &Accessor<T, Self>,
        within: Resource<ScopeHandle>,
        name: String,
    ) -> Result<Result<Resource<Portal>, Error>> {
        let (worker, within) = (worker(accessor), scope(accessor, &within)?);
        match worker.wait_for(&within, &name).await {
            Ok(portal) => Ok(Ok(give(accessor, portal)?)),
            Err(error) => Ok(Err(to_wit::error(error))),
        }
    }

    async fn connect(
        accessor: &Accessor<T, Self>,
        within: Resource<ScopeHandle>,
        actor: ActorId,
    ) -> Result<Result<Resource<Portal>, Error>> {
        let (worker, within) = (worker(accessor), scope(accessor, &within)?);
        let connected = match from_wit::uuid(&actor.uuid) {
            Ok(uuid) => worker.connect(&within, uuid).await,
            Err(malformed) => {
                let failure = worker.failure(FailureKind::Misuse, malformed.to_string());
                Err(failure.into())
            }
        };
        match connected {
            Ok(portal) => Ok(Ok(give(accessor, portal)?)),
            Err(error) => Ok(Err(to_wit::error(error))),
        }
    }

    async fn list(
        accessor: &Accessor<T, Self>,
        within: Resource<ScopeHandle>,
    ) -> Result<Result<Vec<ActorId>, Error>> {
        let (worker, within) = (worker(accessor), scope(accessor, &within)?);
        let listed = worker.list(&within).await;
        Ok(listed
            .map(|actors| actors.iter().map(to_wit::actor).collect())
            .map_err(to_wit::error))
    }

    async fn register(
        accessor: &Accessor<T, Self>,
        within: Resource<ScopeHandle>,
        name: String,
    ) -> Result<Result<(), Error>> {
        let (worker, within) = (worker(accessor), scope(accessor, &within)?);
        Ok(worker.register(&within, &name).await.map_err(to_wit::error))
    }
}

fn worker<T>(accessor: &Accessor<T, Host>) -> Worker {
    accessor.with(|mut access| access.get().worker.clone())
}
