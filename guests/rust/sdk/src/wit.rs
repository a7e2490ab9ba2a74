//! The WIT package `tractor:actor` as it is, for bindings of one's own to share: [`generate!`](crate::generate) maps to these modules.

pub use bindings::tractor::actor::{capability, context, nursery, portal, registrar, task};

/// The interface `types`.
pub mod types {
    pub use crate::error::Error;
    pub use crate::types::{
        ActorId, CancelReason, Cancellation, Codec, Failure, FailureKind, Payload,
    };

    /// Nanoseconds.
    pub type Duration = u64;
}

#[expect(missing_docs, reason = "written by wit-bindgen")]
mod bindings {
    wit_bindgen::generate!({
        path: "wit",
        world: "tractor:actor/actor",
        with: { "tractor:actor/types@0.1.0": crate::wit::types },
        generate_all,
    });
}
