//! The rows of the scenarios that the semantics must pass (`CONFORMANCE.md`): nurseries 1 to 18, contexts 19 to 30, streams 31 to 42, cancellation
//! between peers 43 to 52, transport 53 to 58, discovery 59 to 62 and 64, signals and tools 65 to 68, what the seed lacks 79 to 88. Each has at least
//! one test named after it; variants are cases.
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
//! | 32 | what `drop-oldest` drops it drops at the sender's end | the receiver gives room: what is on its way is not lost |
//! | 46 | what is handed out is the helper's id, of which whoever may find names makes a portal | an id is a name, and no right to call |
//! | 46 | the path of a helper's own end is by its server, too | its owner tells the same failure, which counts once |
//! | 47 | the body of a context that another branch cancels swallows that itself | a body that fails has no value to give, and Rust wants one |
//! | 48 | a cancel of a dialog that never was breaks the protocol (`dialog/tests/illegal.rs`) | numbers only grow, so nobody sends one by mistake |
//! | 49 | a task that outlasts its grace, whose actor serves others, is told as overdue and goes on | law 6: only the actor's own cancel stops its guest |
//! | 50 | the deadline is 800 ms | four times over for a busy machine |
//! | 56 | what is malformed on a *control* link ends its worker | it is the worker's own link: who speaks nonsense to the supervisor is not believed any more |
//! | 57 | silence, certificates, and times of network transports | there are none yet (issue 6); here the versions of a control link are tested. A worker that never says it is ready is ended after 60 s (`tree/tests/starting.rs`, in virtual time) |
//! | 58 | another user is tested where the tests run as root | no one else can become another user |
//! | 60 | the two actors are in Rust, whose calls are not blocking | blocking C belongs to the issue on languages |
//! | 72 | is in `tests/examples.rs` | each example is a test there |
//! | 85 | the instance blocks in WASI, or computes; one that waits in a sync-lowered call of `tractor:actor` (blocking C) takes what is queued into wasmtime, one call a turn, where it can no longer be withdrawn | wasmtime 48 does not say that such an instance is busy, nor a component's type how a function is lifted |
//! | 86 | a call of `wasi:filesystem` is seen as that, not by its function | all of them wait in the same way |
//! | 87 | whoever is late on a busy machine is told as `overdue` | the bound is on being gone |
//! | 88 | that an actor is ended by one that does not own it is tried below the guests (`tree/tests/cancelling.rs`): no handle that a guest has can ask for it | only a `child` has `cancel`, and cannot be handed on |

#[path = "../support/large.rs"]
mod large;
#[path = "../support/mod.rs"]
mod support;

mod beyond;
mod blocking;
mod cancellation;
mod contexts;
mod discovery;
mod handshake;
mod imports;
mod in_c;
mod nurseries;
mod plugins;
mod program;
mod resources;
mod signals;
mod streams;
mod subtrees;
mod table;
mod tracebacks;
mod transport;
mod window;
mod wire;

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
