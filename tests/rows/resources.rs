//! Row 18: what a tree makes has no names.

use crate::support::{TestTree, actor, in_tree};
use rustix::process::{Pid, Signal, kill_process};
use std::collections::BTreeSet;
use std::fs;
use tractor_host::{Child, Error, Nursery};

/// The descriptors of all workers that anyone else could find by a name.
fn named(tree: &TestTree) -> BTreeSet<String> {
    let table = fs::read_to_string("/proc/net/unix").expect("Linux");
    let bound: BTreeSet<_> = table.lines().skip(1).filter_map(inode_of_bound).collect();
    let processes = tree.program.processes().into_iter();
    let descriptors = processes.flat_map(|process| {
        let folder = fs::read_dir(format!("/proc/{}/fd", process.pid));
        folder.into_iter().flatten().flatten()
    });
    descriptors
        .filter_map(|entry| fs::read_link(entry.path()).ok())
        .map(|target| target.to_string_lossy().into_owned())
        .filter(|target| match target.strip_prefix("socket:[") {
            Some(inode) => bound.contains(inode.trim_end_matches(']')),
            None => !is_nameless(target),
        })
        .collect()
}

/// The inode of a Unix socket that has a path or an abstract name.
fn inode_of_bound(line: &str) -> Option<String> {
    let fields: Vec<_> = line.split_whitespace().collect();
    (fields.len() > 7).then(|| fields[6].to_owned())
}

fn is_nameless(target: &str) -> bool {
    let cache = concat!(env!("CARGO_TARGET_TMPDIR"), "/cache/");
    target.starts_with("pipe:[")
        || target.starts_with("anon_inode:")
        || target.starts_with("/memfd:")
        || target == "/dev/null"
        || target.starts_with(cache)
}

#[test]
fn row_18_nothing_named_exists_however_an_actor_ends() {
    in_tree(async |tree| {
        for end in ["return", "failure", "cancel", "kill"] {
            // What it raises is told by other rows.
            let _ = tree
                .nursery(async |n| {
                    let idle = n.start_actor(actor("idle")).await?;
                    end_one(tree, n, &idle, end).await?;
                    assert_eq!(named(tree), BTreeSet::new(), "{end}");
                    n.cancel();
                    Ok(())
                })
                .await;
            assert_eq!(tree.program.processes(), [], "{end}");
        }
    });
}

async fn end_one(tree: &TestTree, n: &Nursery, idle: &Child, end: &str) -> Result<(), Error> {
    let looked = async |ended: Result<(), Error>| {
        // In the middle of a context with a stream, all that an actor ever has is there.
        assert_eq!(named(tree), BTreeSet::new(), "{end}");
        ended
    };
    idle.with_context("serve-echo", (), async |context, (): ()| {
        let mut stream = context.open_stream::<u32, u32>().await?;
        stream.send(1).await?;
        assert_eq!(stream.next().await?, Some(1));
        stream.stop();
        looked(Ok(())).await
    })
    .await?;
    match end {
        "return" => {
            n.run_in_actor("test-actor", "add", (1, 2))
                .await?
                .ended()
                .await
        }
        "failure" => {
            looked(
                n.run_in_actor("test-actor", "trap", ())
                    .await?
                    .ended()
                    .await,
            )
            .await
        }
        "cancel" => n.start_actor("test-actor").await?.cancel().await,
        _ => {
            let victim = n.start_actor("test-actor").await?;
            let pid = Pid::from_raw(victim.actor().pid.cast_signed()).expect("a process");
            kill_process(pid, Signal::KILL).expect("it runs");
            looked(victim.ended().await).await
        }
    }
}
