//! What the WIT package `tractor:actor` looks like from the host, generated from `wit/`.
#![expect(
    unreachable_pub,
    reason = "generated; the documentation is that of the WIT files"
)]

wasmtime::component::bindgen!({
    path: "../../../wit",
    world: "tractor:actor/actor",
    with: {
        "tractor:actor/task.scope": crate::host::ScopeHandle,
        "tractor:actor/nursery.nursery": tractor_runtime::worker::Nursery,
        "tractor:actor/nursery.child": crate::host::ChildHandle,
        "tractor:actor/portal.portal": tractor_runtime::worker::Portal,
        "tractor:actor/context.context": crate::host::ContextHandle,
        "tractor:actor/context.opened-context": crate::host::OpenedHandle,
        "tractor:actor/context.msg-stream": crate::host::StreamHandle,
    },
    imports: {
        // These look for the task that calls, so they are given the store.
        "tractor:actor/task.[static]scope.current": store | trappable,
        "tractor:actor/task.log": store | trappable,
        default: trappable,
    },
    // Errors that a guest returns are read off their encoded form.
    additional_derives: [serde::Deserialize],
});

pub use tractor::actor::{capability, context, nursery, portal, registrar, task, types};
