//! `new`: projects that build and run with the commands that it prints, with nothing of this repository.

use crate::guests::guest;
use crate::program::run;
use insta::assert_snapshot;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// No build takes longer, however busy the machine is.
const BUILD_SECONDS: &str = "900";

/// Makes a project of that name in a folder; gives its folder and the commands that were printed.
fn project(folder: &Path, name: &str, lang: &str) -> (PathBuf, Vec<String>) {
    let project = folder.join(name);
    let ran = run(&[
        "new".as_ref(),
        project.as_os_str(),
        "--lang".as_ref(),
        lang.as_ref(),
    ]);
    let commands = ran.prints().lines();
    let commands = commands.filter_map(|line| line.strip_prefix("    "));
    (project, commands.map(str::to_owned).collect())
}

/// Runs a command as people would, in a folder, and gives what it prints.
#[expect(
    clippy::disallowed_methods,
    reason = "a command of the user's, waited for here"
)]
fn in_folder(folder: &Path, command: &str) -> String {
    let program = Path::new(env!("CARGO_BIN_EXE_tractor-host"));
    let own = program.parent().expect("a folder").display();
    let path = std::env::var("PATH").unwrap_or_default();
    let output = Command::new("timeout")
        .args([BUILD_SECONDS, "sh", "-c", command])
        .current_dir(folder)
        .env("PATH", format!("{own}:{path}"))
        .env("TRACTOR_CACHE_DIR", crate::guests::cache_folder())
        // What cargo tells its tests is no business of another project's build.
        .env_remove("CARGO_MANIFEST_DIR")
        .env_remove("CARGO_TARGET_DIR")
        .stdin(Stdio::null())
        .output()
        .expect("there is a shell");
    let err = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "`{command}`: {err}");
    String::from_utf8_lossy(&output.stdout).into_owned()
}

/// What the two commands of every template print, and its README says: a greeting from another process.
fn greets(folder: &Path, commands: &[String]) {
    let [build, run] = commands else {
        panic!("two commands are printed: {commands:?}")
    };
    in_folder(folder, build);
    assert_eq!(in_folder(folder, run), "hello, world\n");
    assert_eq!(in_folder(folder, &format!("{run} you")), "hello, you\n");
}

/// Makes a project, lets its tools be those that are set up already, and runs the two commands.
fn builds_and_runs(lang: &str, shared: &[(&str, PathBuf)]) {
    let folder = tempfile::tempdir().expect("a folder");
    let (project, commands) = project(folder.path(), "made-by-new", lang);
    for (link, tool) in shared {
        let link = project.join(link);
        fs::create_dir_all(link.parent().expect("it is in the project")).expect("a folder");
        std::os::unix::fs::symlink(tool, link).expect("a link");
    }
    greets(&project, &commands);
}

/// What `cargo xtask setup` set up, by the beginning of its name.
fn tool(name: &str) -> PathBuf {
    let cache = std::env::var_os("XDG_CACHE_HOME").filter(|folder| !folder.is_empty());
    let cache = cache.map_or_else(
        || std::env::home_dir().expect("a home").join(".cache"),
        PathBuf::from,
    );
    let tools = cache.join("tractor-host/tools");
    let entries = fs::read_dir(&tools).into_iter().flatten().flatten();
    let mut folders = entries
        .map(|entry| entry.path())
        .filter(|path| path.is_dir());
    let found = folders.find(|path| {
        let file = path.file_name().unwrap_or_default().to_string_lossy();
        file.starts_with(name)
    });
    found.unwrap_or_else(|| {
        panic!(
            "there is no {name} in {}: run `cargo xtask setup`",
            tools.display()
        )
    })
}

#[test]
fn project_in_rust_builds_and_runs_with_the_two_commands() {
    // Where the guests are built, the crates that it needs are compiled already.
    let hello = guest("hello");
    let target = hello.ancestors().nth(3).expect("cargo's folders");
    builds_and_runs("rust", &[("target", target.to_owned())]);
    for end in ["wasm", "d"] {
        let made = hello.with_file_name("made_by_new").with_extension(end);
        let _ = fs::remove_file(made);
    }
}

#[test]
fn project_in_python_builds_and_runs_with_the_two_commands() {
    builds_and_runs("python", &[(".venv", tool("python-componentize-py-"))]);
}

#[test]
fn project_in_javascript_builds_and_runs_with_the_two_commands() {
    builds_and_runs("js", &[]);
}

#[test]
fn project_in_c_builds_and_runs_with_the_two_commands() {
    builds_and_runs("c", &[("build/tool", tool("c-tractor-c-target"))]);
}

#[test]
fn folder_that_is_not_empty_is_left_as_it_is() {
    let folder = tempfile::tempdir().expect("a folder");
    let (project, _) = project(folder.path(), "twice", "rust");
    let readme = project.join("README.md");
    fs::write(&readme, "mine").expect("it is written");
    let again = run(&[
        "new".as_ref(),
        project.as_os_str(),
        "--lang".as_ref(),
        "rust".as_ref(),
    ]);
    let said = again.says(2);
    assert!(
        said.contains("twice` is there already, and not empty"),
        "{said}"
    );
    assert_eq!(fs::read_to_string(readme).expect("it is there"), "mine");
}

#[test]
fn folder_that_is_a_file_is_refused() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("file");
    fs::write(&file, "").expect("it is written");
    let ran = run(&[
        "new".as_ref(),
        file.as_os_str(),
        "--lang".as_ref(),
        "rust".as_ref(),
    ]);
    let said = ran.says(2);
    assert!(said.contains("is there already, and no folder"), "{said}");
}

#[test]
fn name_that_tools_would_not_take_is_refused_and_nothing_is_made() {
    assert_snapshot!(run(&["new", "Bad_Name", "--lang", "rust"]).says(2), @"error: `Bad_Name` is no name for a project: lower-case letters, digits and single hyphens, a letter first, at most 64");
    assert!(!Path::new("Bad_Name").exists());
}
