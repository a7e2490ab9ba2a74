//! What goes wrong in a guest is told with its own language's traceback, down to the line: what it raises or throws, and what it dies of.

use crate::large;
use crate::support::guests::cache_folder;
use crate::support::{guest, in_tree_with, one_failure};
use tractor_host::{Error, FailureKind};

/// A guest of the conformance suite, and how its language names a line.
struct Peer {
    component: &'static str,
    source: &'static str,
    /// The file, up to the number of the line.
    place: &'static str,
}

const RUST: Peer = Peer {
    component: "conformance-rust",
    source: include_str!("../../guests/rust/conformance/src/peer.rs"),
    place: "src/peer.rs:",
};
const C: Peer = Peer {
    component: "conformance-c",
    source: include_str!("../../guests/c/conformance/peer.c"),
    place: "conformance/peer.c:",
};
const PYTHON: Peer = Peer {
    component: "conformance-python",
    source: include_str!("../../guests/python/conformance/peer.py"),
    place: "peer.py\", line ",
};
const JS: Peer = Peer {
    component: "conformance-js",
    source: include_str!("../../guests/js/conformance/peer.js"),
    place: "peer.js:",
};

impl Peer {
    /// Calls a function that ends badly; gives its failure's kind, and all that it tells.
    fn told_by(&self, function: &str) -> (FailureKind, String) {
        let (mut told, file) = (None, guest(self.component));
        large::compile(&file, &cache_folder());
        in_tree_with(
            |builder| builder.component("peer", file),
            async |tree| {
                let ended: Result<(), Error> = tree
                    .nursery(async |n| {
                        let run = n.run_in_actor("peer", function, ("so it ends",)).await?;
                        run.output().await
                    })
                    .await;
                let failure = one_failure(&ended);
                let backtrace = failure.backtrace.unwrap_or_default();
                told = Some((failure.kind, format!("{}\n{backtrace}", failure.message)));
            },
        );
        told.expect("the tree was run")
    }

    /// The place of `statement` behind `function` in its source.
    fn place_of(&self, function: &str, statement: &str) -> String {
        let lines = self.source.lines().enumerate();
        let mut behind = lines.skip_while(|(_, line)| !line.contains(function));
        let found = behind.find(|(_, line)| line.contains(statement));
        let (index, _) = found.expect("it is in the source");
        format!("{}{}", self.place, index + 1)
    }
}

#[test]
fn guest_that_breaks_down_is_told_with_the_line() {
    let breaks = [
        (RUST, "fn break_down", "panic!"),
        (C, "PEER(break_down)", "abort()"),
        (PYTHON, "def break_down", "raise"),
        (JS, "breakDown", "throw"),
    ];
    for (peer, function, statement) in breaks {
        let (kind, told) = peer.told_by("break-down");
        assert!(matches!(kind, FailureKind::Trap(_)), "{kind:?}: {told}");
        assert!(told.contains("so it ends"), "{told}");
        let place = peer.place_of(function, statement);
        assert!(told.contains(&place), "{place} in: {told}");
    }
}

#[test]
fn exception_that_a_guest_fails_with_is_told_with_the_line() {
    for (peer, function, statement) in [(PYTHON, "def fail(", "raise"), (JS, " fail(", "throw")] {
        let (kind, told) = peer.told_by("fail");
        assert_eq!(kind, FailureKind::Other, "{told}");
        let place = peer.place_of(function, statement);
        assert!(told.contains(&place), "{place} in: {told}");
    }
}
