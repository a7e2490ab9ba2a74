//! What the code that the attributes write refers to. No part of the interface.

use crate::error::{Error, Result};

pub use wit_bindgen;

/// What a program may give.
pub trait Outcome {
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
