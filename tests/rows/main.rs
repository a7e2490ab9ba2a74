//! Rows 1 to 30 of the scenarios that the semantics must pass (`CONFORMANCE.md`): nurseries 1 to 18, contexts 19 to 30. Each has at least one
//! test named after it; variants are cases.
//!
//! Where the design answers a row otherwise than it is written:
//!
//! | row | what is otherwise | why |
//! | --- | --- | --- |
//! | 1, 15 | an `exit` code other than 0 and 1 | WASI 0.2 knows those two only |
//! | 2, 7 | the second to fail does so while it is cancelled on account of the first | the first failure cancels the others at once, so two fail only if both are under way |
//! | 19 | the second `open-stream` is `closed`, not `misuse` | it is no breach: the stream was opened, and WIT says `closed` |
//! | 22 | the output that is asked for after a cancel is `cancelled` by the opener itself | there is no value, and no failure either |
//! | 25 | a body that leaves lets the callee send on into the void | a linked task is not failed because nobody reads |

#[path = "../support/mod.rs"]
mod support;

mod cancellation;
mod contexts;
mod nurseries;
mod program;
mod resources;
mod streams;
mod table;

use support::{in_tree, program};
use tractor_host::Names;

/// Runs a scenario of the test program, which ends well; gives the lines that it printed.
fn scenario(arguments: &[&str]) -> Vec<String> {
    let mut lines = Vec::new();
    in_tree(async |tree| {
        let ended = tree.scenario(arguments).await;
        assert!(ended.is_ok(), "{arguments:?}: {ended:?}");
        lines = tree.stdout.lines();
    });
    lines
}

/// As [`scenario`], of a program that may find and list actors, and lets its children find them.
fn scenario_with_names(arguments: &[&str]) -> Vec<String> {
    let names = Names {
        find: true,
        list: true,
        register: true,
    };
    let mut lines = Vec::new();
    in_tree(async |tree| {
        let ended = tree
            .nursery(async |n| {
                let main = program("main").names(names);
                let main = n.run_in_actor(main, "run", (arguments,)).await?;
                main.output::<()>().await
            })
            .await;
        assert!(ended.is_ok(), "{arguments:?}: {ended:?}");
        lines = tree.stdout.lines();
    });
    lines
}
