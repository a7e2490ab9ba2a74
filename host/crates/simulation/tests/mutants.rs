//! Bugs that are planted in the machines, one at a time: the simulation must find each.
//!
//! The sources are copied, the bugs written into the copy behind a switch, and the copy is built once. A bug whose place is not there any
//! more fails the test: then it is to be planted anew.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

/// A bug: what it breaks, where it stands, and what becomes of that place. `planted!()` says whether it is to act.
struct Bug {
    breaks: &'static str,
    file: &'static str,
    old: &'static str,
    new: &'static str,
}

const BUGS: [Bug; 10] = [
    Bug {
        breaks: "law 1: a nursery closes before its members are reaped",
        file: "tree/nursery.rs",
        old: "self.phase == Phase::Closing && self.members.is_empty()",
        new: "self.phase == Phase::Closing && (self.members.is_empty() || planted!())",
    },
    Bug {
        breaks: "law 2: the siblings of one that failed go on",
        file: "tree/end.rs",
        old: "if nursery.cancelled.is_none() {\n            self.cancel_siblings",
        new: "if nursery.cancelled.is_none() && !planted!() {\n            self.cancel_siblings",
    },
    Bug {
        breaks: "law 2: a failure is told twice, once as a cancelled member",
        file: "tree/nursery.rs",
        old: "!self.places.contains_key(&member.id)",
        new: "planted!() || !self.places.contains_key(&member.id)",
    },
    Bug {
        breaks: "law 4: who opened a dialog is told twice of its end",
        file: "dialog/open.rs",
        old: "let is_told = end.is_some();",
        new: "let is_told = end.is_some() && !planted!();",
    },
    Bug {
        breaks: "law 5: a later canceller takes the first one's place",
        file: "scope/table.rs",
        old: "let is_new = entry.cancellation.is_none();",
        new: "let is_new = entry.cancellation.is_none() || (planted!() && id == top);",
    },
    Bug {
        breaks: "law 5: what is in a cancelled scope goes on",
        file: "scope/table.rs",
        old: "if is_new || through_shields {",
        new: "if (is_new && !planted!()) || through_shields {",
    },
    Bug {
        breaks: "law 6: who does not answer the stop is killed too late",
        file: "tree/cancel.rs",
        old: ".set(actor, Timer::Stop, now + self.config.allowance);",
        new: ".set(actor, Timer::Stop, now + self.config.allowance * if planted!() { 20 } else { 1 });",
    },
    Bug {
        breaks: "law 7: a timer outlives its actor",
        file: "tree/end.rs",
        old: "self.leave(actor);\n        self.timers.clear(actor);",
        new: "self.leave(actor);\n        if !planted!() { self.timers.clear(actor); }",
    },
    Bug {
        breaks: "law 8: more is sent than there is room for",
        file: "dialog/stream.rs",
        old: "self.credit -= 1;",
        new: "if !planted!() { self.credit -= 1; }",
    },
    Bug {
        breaks: "law 8: messages are lost that wait when the stop arrives",
        file: "dialog/exchange.rs",
        old: "if stream.inbox.queued() > 0 {",
        new: "if stream.inbox.queued() > 0 && !(planted!() && stream.inbox.ends_with_stop) {",
    },
];

/// Seeds within which each is found; in practice it takes hundreds at most.
const SEEDS: &str = "5000";

/// The switch, as it stands in the copy.
const SWITCH: &str = r#"
pub(crate) fn planted(bug: usize) -> bool {
    static BUG: std::sync::OnceLock<Option<usize>> = std::sync::OnceLock::new();
    *BUG.get_or_init(|| std::env::var("PLANTED").ok()?.parse().ok()) == Some(bug)
}
"#;

#[test]
fn simulation_finds_every_planted_bug() {
    let program = build(&copy());
    assert!(
        is_clean(&program, None),
        "without a bug there is nothing to find"
    );
    let survivors: Vec<&str> = BUGS
        .iter()
        .enumerate()
        .filter(|(bug, _)| is_clean(&program, Some(*bug)))
        .map(|(_, bug)| bug.breaks)
        .collect();
    assert!(survivors.is_empty(), "not found: {survivors:#?}");
}

/// Whether the simulation finds nothing.
fn is_clean(program: &Path, bug: Option<usize>) -> bool {
    #[expect(clippy::disallowed_methods, reason = "it is waited for")]
    let mut simulation = Command::new(program);
    simulation.args([
        "--jobs",
        "2",
        "--seeds",
        if bug.is_some() { SEEDS } else { "200" },
    ]);
    if let Some(bug) = bug {
        simulation.env("PLANTED", bug.to_string());
    }
    let output = simulation.output().expect("the simulation runs");
    output.status.success()
}

/// Copies the crates into a workspace of their own, with the bugs in them.
fn copy() -> PathBuf {
    let crates = Path::new(env!("CARGO_MANIFEST_DIR"))
        .parent()
        .expect("host/crates");
    let root = crates
        .parent()
        .and_then(Path::parent)
        .expect("the repository");
    let copy = Path::new(env!("CARGO_TARGET_TMPDIR")).join("mutants");
    for name in ["protocol", "transport", "runtime", "simulation"] {
        let to = copy.join("host/crates").join(name);
        copy_folder(&crates.join(name).join("src"), &to.join("src"));
        let manifest = fs::read_to_string(crates.join(name).join("Cargo.toml")).expect("read");
        write(&to.join("Cargo.toml"), without_tests(&manifest));
    }
    let manifest = fs::read_to_string(root.join("Cargo.toml")).expect("read");
    write(&copy.join("Cargo.toml"), workspace(&manifest));
    let lock = fs::read_to_string(root.join("Cargo.lock")).expect("read");
    write(&copy.join("Cargo.lock"), lock);
    plant(&copy.join("host/crates/runtime/src"));
    copy
}

fn copy_folder(from: &Path, to: &Path) {
    for entry in fs::read_dir(from).expect("a folder") {
        let path = entry.expect("an entry").path();
        let to = to.join(path.file_name().expect("a name"));
        match path.is_dir() {
            true => copy_folder(&path, &to),
            false => write(&to, fs::read_to_string(&path).expect("text")),
        }
    }
}

/// Writes a file unless it is there already: what did not change is not built again.
fn write(path: &Path, text: String) {
    if fs::read_to_string(path).is_ok_and(|known| known == text) {
        return;
    }
    fs::create_dir_all(path.parent().expect("a folder")).expect("made");
    fs::write(path, text).expect("written");
}

/// Without what only tests need, and the copy has not got.
fn without_tests(manifest: &str) -> String {
    manifest
        .split("[dev-dependencies]")
        .next()
        .unwrap_or_default()
        .to_owned()
}

/// The repository's workspace, with only the crates that are copied.
fn workspace(manifest: &str) -> String {
    let shared = manifest.find("[workspace.package]").expect("the workspace");
    format!(
        "[workspace]\nmembers = [\"host/crates/*\"]\nresolver = \"3\"\n\n{}",
        &manifest[shared..]
    )
}

fn plant(sources: &Path) {
    let lib = sources.join("lib.rs");
    let text = fs::read_to_string(&lib).expect("read");
    fs::write(&lib, text + SWITCH).expect("written");
    for (number, bug) in BUGS.iter().enumerate() {
        let file = sources.join(bug.file);
        let text = fs::read_to_string(&file).expect("read");
        let places = text.matches(bug.old).count();
        assert_eq!(
            places, 1,
            "`{}` stands {places} times in {}",
            bug.old, bug.file
        );
        let new = bug
            .new
            .replace("planted!()", &format!("crate::planted({number})"));
        fs::write(&file, text.replace(bug.old, &new)).expect("written");
    }
}

/// Builds the copy beside the crates that are built already.
fn build(copy: &Path) -> PathBuf {
    let target = Path::new(env!("CARGO_BIN_EXE_tractor-simulation"));
    let target = target
        .parent()
        .and_then(Path::parent)
        .expect("the target folder");
    #[expect(clippy::disallowed_methods, reason = "it is waited for")]
    let built = Command::new(env!("CARGO"))
        .args([
            "build",
            "--offline",
            "--quiet",
            "--package",
            "tractor-simulation",
        ])
        .arg("--target-dir")
        .arg(target.join("mutants"))
        .current_dir(copy)
        .env_remove("RUSTFLAGS")
        .env("CARGO_PROFILE_DEV_OPT_LEVEL", "1")
        .status()
        .expect("cargo runs");
    assert!(built.success(), "the copy is not built");
    target.join("mutants/debug/tractor-simulation")
}
