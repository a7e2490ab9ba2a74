//! The running task and its actor.

use crate::error::{Error, Result};
use crate::scope::Scope;
use crate::types::ActorId;

/// Runs the body of an exported function: its ambient scope is that of the task.
///
/// The attributes do it by themselves. Where a function is exported by bindings of one's own, it should be the first thing: the host knows best
/// which task is asking when the function has just begun.
///
/// ```no_run
/// # use tractor_guest::{sleep, task, Result};
/// # use std::time::Duration;
/// async fn slow() -> Result<()> {
///     task(async { sleep(Duration::from_secs(1)).await }).await
/// }
/// ```
pub async fn task<T>(body: impl Future<Output = T>) -> T {
    Scope::of_task().run(body).await
}

/// Gives the actor that is running.
pub fn current_actor() -> ActorId {
    #[cfg(target_arch = "wasm32")]
    return crate::wit::task::current_actor();
    // On a native target there is no host to ask: this is for unit tests of guests.
    #[cfg(not(target_arch = "wasm32"))]
    ActorId {
        name: "native".to_owned(),
        uuid: "0".repeat(32),
        pid: std::process::id(),
    }
}

/// What a program may give: nothing, or a result whose error becomes one of ours.
pub trait Outcome {
    /// Gives it as the result that is exported.
    fn into_result(self) -> Result<()>;
}

impl Outcome for () {
    fn into_result(self) -> Result<()> {
        Ok(())
    }
}

impl<E: Into<Error>> Outcome for Result<(), E> {
    fn into_result(self) -> Result<()> {
        self.map_err(Into::into)
    }
}
