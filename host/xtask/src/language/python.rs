//! Python: componentize-py in a venv of its own, which makes components with a CPython inside.

use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};

use super::{Finding, sources::Sources, tools::Tools};
use crate::{command::Tool, job::Heading, repository::root};

/// The tool, pinned: the SDK's event loop meets private parts of just this version (`guests/python/tractor_guest/_loop.py`).
const VERSION: &str = "0.25.1";

/// The least Python that the tool and `tractor_build` run on. What runs inside a component is the tool's own, 3.14.
const LEAST: (u32, u32) = (3, 10);

/// Sets up the venv.
pub(super) fn provide(heading: &Heading) -> Result<()> {
    tools()?.provide(heading, |venv| {
        let python = Interpreter::find()?;
        if !python.does() {
            bail!(
                "{} is too old: at least {}.{} is needed",
                python.name,
                LEAST.0,
                LEAST.1
            );
        }
        let made = Tool::new("python3").args(["-m", "venv"]).arg(venv).text();
        made.with_context(|| format!("cannot make a venv: {REMEDY_VENV}"))?;
        heading.say(format_args!("installing componentize-py {VERSION}"));
        pip(venv)?;
        let installed = installed(venv)?;
        if installed != VERSION {
            bail!("componentize-py {installed} came, and not {VERSION}");
        }
        Ok(())
    })
}

/// Looks for Python, for its module venv, and for the tool.
pub(super) fn findings() -> Vec<Finding> {
    let remedy = "cargo xtask setup --lang python";
    let tool = format!("componentize-py {VERSION}");
    let tool = match tools() {
        Ok(tools) if !tools.are_there() => Finding::missing(tool, remedy),
        Ok(tools) => match installed(tools.folder()) {
            Ok(version) if version == VERSION => Finding::there(tool),
            Ok(other) => Finding::missing(
                format_args!("{tool}: {other} is there"),
                anew(tools.folder()),
            ),
            Err(error) => Finding::missing(
                format_args!("{tool} that works ({error:#})"),
                anew(tools.folder()),
            ),
        },
        Err(error) => Finding::missing(format_args!("{tool}: {error:#}"), remedy),
    };
    vec![python(), venv(), tool]
}

/// Builds the components of `guests/python`.
pub(super) fn build(heading: &Heading) -> Result<()> {
    let tools = tools()?;
    let folder = root().join("guests/python");
    let conformance = folder.join("conformance");
    let world = root().join("tests/conformance/wit");
    let of_all = ["tractor_guest", "tractor_build"].map(|name| folder.join(name));
    let mut paths = vec![root().join("wit"), world, conformance.clone()];
    paths.extend(of_all);
    paths.push(folder.join("examples"));
    let sources = Sources::new(paths, &format!("componentize-py {VERSION}"));
    sources.build(heading, "conformance_python", |component| {
        heading.say("conformance_python, which takes half a minute");
        Tool::new(python_of(tools.folder()))
            .args(["-m", "tractor_build"])
            .arg(conformance.join("conformance.py"))
            .arg("--wit")
            .arg(conformance.join("wit"))
            .arg("--path")
            .arg(folder.join("examples"))
            .arg("-o")
            .arg(component)
            .env("PYTHONPATH", &folder)
            .env("PYTHONDONTWRITEBYTECODE", "1")
            .text()
            .map(drop)
    })?;
    build_plain(heading, &tools)
}

/// Builds the script that knows nothing of actors, as componentize-py's own documentation has it.
fn build_plain(heading: &Heading, tools: &Tools) -> Result<()> {
    let folder = root().join("guests/python/plain");
    let sources = Sources::new([folder.clone()], &format!("componentize-py {VERSION}"));
    sources.build(heading, "plain_command_python", |component| {
        Tool::new(tools.folder().join("bin/componentize-py"))
            .arg("-d")
            .arg(folder.join("wit"))
            .args(["-w", "command", "componentize", "command", "-p"])
            .arg(&folder)
            .arg("-o")
            .arg(component)
            .env("PYTHONDONTWRITEBYTECODE", "1")
            .text()
            .map(drop)
    })
}

const REMEDY_PYTHON: &str = "install python3, at least 3.10 (Debian: `apt install python3`)";
const REMEDY_VENV: &str = "install Python's module venv (Debian: `apt install python3-venv`)";

fn tools() -> Result<Tools> {
    Tools::named(&format!("python-componentize-py-{VERSION}"))
}

fn python_of(venv: &Path) -> PathBuf {
    venv.join("bin/python")
}

fn anew(venv: &Path) -> String {
    let venv = venv.display();
    format!("rm -r {venv} && cargo xtask setup --lang python")
}

/// Installs the tool; what pip says is kept in a file, of which an error quotes the end.
fn pip(venv: &Path) -> Result<()> {
    Tool::new(python_of(venv))
        .args(["-m", "pip", "install", "--no-input"])
        .arg("--disable-pip-version-check")
        .arg(format!("componentize-py=={VERSION}"))
        .text()
        .map(drop)
        .context("a package index has to be in reach, once; pip's own configuration says which")
}

fn installed(venv: &Path) -> Result<String> {
    let said = Tool::new(venv.join("bin/componentize-py"))
        .arg("--version")
        .text()?;
    Ok(version_in(&said).to_owned())
}

/// The version in `componentize-py (0.25.1)` or `Python 3.11.7`.
fn version_in(said: &str) -> &str {
    let last = said.split_whitespace().last().unwrap_or_default();
    last.trim_matches(['(', ')'])
}

/// The Python of this machine.
struct Interpreter {
    name: String,
    version: (u32, u32),
}

impl Interpreter {
    fn find() -> Result<Self> {
        let said = Tool::new("python3").arg("--version").text();
        let said = said.context(REMEDY_PYTHON)?;
        let mut numbers = version_in(&said).split('.').map(|n| n.parse().unwrap_or(0));
        Ok(Self {
            name: said.trim().to_owned(),
            version: (numbers.next().unwrap_or(0), numbers.next().unwrap_or(0)),
        })
    }

    fn does(&self) -> bool {
        self.version >= LEAST
    }
}

fn python() -> Finding {
    match Interpreter::find() {
        Ok(python) if python.does() => Finding::there(python.name),
        Ok(python) => Finding::missing(
            format_args!("Python 3.10 or newer: {} is there", python.name),
            REMEDY_PYTHON,
        ),
        Err(_) => Finding::missing("python3", REMEDY_PYTHON),
    }
}

fn venv() -> Finding {
    match Tool::new("python3")
        .args(["-c", "import ensurepip, venv"])
        .text()
    {
        Ok(_) => Finding::there("Python's module venv"),
        Err(_) => Finding::missing("Python's module venv", REMEDY_VENV),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn version_is_the_last_word_without_brackets() {
        assert_eq!(version_in("componentize-py (0.25.1)\n"), "0.25.1");
        assert_eq!(version_in("Python 3.11.7"), "3.11.7");
        assert_eq!(version_in(""), "");
    }

    #[test]
    fn version_is_the_one_that_the_sdk_is_made_for() {
        let said = |path| std::fs::read_to_string(root().join("guests/python").join(path)).unwrap();
        let version = format!("\"{VERSION}\"");
        assert!(said("tractor_build/__init__.py").contains(&version));
        assert!(said("tractor_guest/_loop.py").contains(VERSION));
        assert!(said("template/build.py").contains(VERSION));
    }

    #[test]
    fn python_of_the_build_does_what_its_own_tests_say() {
        let tests = Tool::new("python3")
            .args(["-m", "unittest", "tests/signatures.py", "tests/tools.py"])
            .env("PYTHONDONTWRITEBYTECODE", "1")
            .dir(&root().join("guests/python"));
        tests.text().unwrap();
    }

    #[test]
    fn interpreter_that_is_older_does_not_do() {
        let python = |version| Interpreter {
            name: String::new(),
            version,
        };
        assert!(python((3, 10)).does());
        assert!(!python((3, 9)).does());
        assert!(python((4, 0)).does());
    }
}
