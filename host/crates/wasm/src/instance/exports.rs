//! The functions of one instance, each with what wasmtime calls it by.

use crate::inspect::{Function, Functions, ResolveError};
use std::sync::Arc;
use wasmtime::AsContextMut;
use wasmtime::component::{Func, Instance};

/// The functions of one instance.
pub(super) struct Exports {
    functions: Arc<Functions>,
    /// In the order of `functions`.
    funcs: Vec<Func>,
}

/// One of them.
#[derive(Clone)]
pub(super) struct Callee {
    functions: Arc<Functions>,
    index: usize,
    pub(super) func: Func,
}

impl Exports {
    /// Finds the `functions` of a component in an instance of it.
    pub(super) fn of(
        functions: Arc<Functions>,
        instance: Instance,
        mut store: impl AsContextMut,
    ) -> Self {
        let mut func = |function: &Function| {
            instance
                .get_func(&mut store, function.index())
                .expect("the index is that of a function of the component")
        };
        let funcs = functions.iter().map(&mut func).collect();
        Self { functions, funcs }
    }

    /// Finds the function that is called `name`.
    pub(super) fn find(&self, name: &str) -> Result<Callee, ResolveError> {
        let found = self.functions.resolve_typed(name)?;
        let mut functions = self.functions.iter();
        let index = functions
            .position(|function| std::ptr::eq(function, found))
            .expect("it is one of these functions");
        Ok(Callee {
            functions: Arc::clone(&self.functions),
            index,
            func: self.funcs[index],
        })
    }
}

impl Callee {
    /// What is known of it.
    pub(super) fn function(&self) -> &Function {
        &self.functions.iter().as_slice()[self.index]
    }
}
