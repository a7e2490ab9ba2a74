//! A private apt: its own state in a folder that it is given, and its own list of sources or the machine's; the machine's are only read.
//!
//! Packages are verified with Debian's archive keys as on any Debian machine.

use std::{
    fs,
    path::{Path, PathBuf},
    time::Duration,
};

use anyhow::{Context, Result};

use crate::command::Tool;

/// Where the packages are that this needs: of Rust every recent version, of wasi-libc the one with the second preview.
const SUITES: [&str; 2] = ["trixie-backports", "sid"];

/// If the machine names no mirror of its own.
const MIRROR: &str = "http://deb.debian.org/debian";

const KEYS: &str = "/usr/share/keyrings/debian-archive-keyring.gpg";

const DEADLINE: Duration = Duration::from_secs(180);

/// Unpacks the package `$0` into the folder `$1`, with the options after them. If dpkg breaks off, tar fails.
const UNPACK: &str =
    r#"folder=$1; shift; dpkg-deb --fsys-tarfile "$0" | tar -xf - -C "$folder" "$@""#;

/// Nine tenths of Rust's sources are the compiler and its tools: 33,000 files that take longer to write than std to build.
const UNWANTED: [&str; 4] = [
    "--anchored",
    "--no-wildcards-match-slash",
    "--exclude=./usr/src/*/compiler",
    "--exclude=./usr/src/*/src",
];

/// apt with everything it writes in one folder.
pub(crate) struct Apt {
    folder: PathBuf,
    configuration: PathBuf,
    /// Where it asks, for people.
    pub(crate) mirror: String,
}

impl Apt {
    /// An apt that looks in the suites of Debian which have what is newer than the machine itself. Downloads nothing yet.
    pub(crate) fn of_recent_suites(folder: &Path) -> Result<Self> {
        let mirror = mirror();
        let sources = folder.join("sources.list");
        let text = source_lines(&mirror);
        fs::create_dir_all(folder)
            .and_then(|()| fs::write(&sources, text))
            .with_context(|| format!("cannot write {}", sources.display()))?;
        Self::new(folder, mirror, &own_sources(&sources))
    }

    /// An apt that looks where the machine itself does: for what has to fit its libraries. Downloads nothing yet.
    pub(crate) fn of_this_machine(folder: &Path) -> Result<Self> {
        Self::new(folder, "the machine's own sources".to_owned(), "")
    }

    fn new(folder: &Path, mirror: String, sources: &str) -> Result<Self> {
        let (lists, cache) = (folder.join("lists"), folder.join("cache"));
        let configuration = folder.join("apt.conf");
        fs::create_dir_all(lists.join("partial"))
            .and_then(|()| fs::create_dir_all(cache.join("archives/partial")))
            .and_then(|()| {
                let settings = settings(&lists, &cache);
                fs::write(&configuration, settings + sources)
            })
            .with_context(|| format!("cannot write into {}", folder.display()))?;
        Ok(Self {
            folder: folder.to_owned(),
            configuration,
            mirror,
        })
    }

    /// Fetches the lists of packages.
    pub(crate) fn update(&self) -> Result<()> {
        self.tool("apt-get")
            .args(["update", "-q"])
            .logged(&self.log(), DEADLINE)
    }

    /// Lists the versions of a package, newest first.
    pub(crate) fn versions(&self, package: &str) -> Result<Vec<String>> {
        let table = self.tool("apt-cache").args(["madison", package]).text()?;
        Ok(versions(&table))
    }

    /// Lists what would have to be installed for a package to work here, itself among it.
    pub(crate) fn missing_for(&self, package: &str) -> Result<Vec<String>> {
        let steps = self
            .tool("apt-get")
            .args(["install", "--simulate", "--no-install-recommends", package])
            .text()?;
        Ok(installed(&steps))
    }

    /// Downloads packages, each as `name=version`, and unpacks them into one folder, which it gives.
    /// What [`UNWANTED`] names is left out.
    pub(crate) fn unpack(&self, packages: &[String]) -> Result<PathBuf> {
        let (debs, unpacked) = (self.folder.join("debs"), self.folder.join("unpacked"));
        fs::create_dir_all(&debs).and_then(|()| fs::create_dir_all(&unpacked))?;
        self.tool("apt-get")
            .args(["download", "-q"])
            .args(packages)
            .dir(&debs)
            .logged(&self.log(), DEADLINE)?;
        for entry in fs::read_dir(&debs)? {
            Tool::new("sh")
                .args(["-c", UNPACK])
                .arg(entry?.path())
                .arg(&unpacked)
                .args(UNWANTED)
                .logged(&self.log(), DEADLINE)?;
        }
        Ok(unpacked)
    }

    /// The file for the output of the tool in use.
    fn log(&self) -> PathBuf {
        self.folder.join("log")
    }

    fn tool(&self, name: &str) -> Tool {
        let tool = Tool::new(name).env("LC_ALL", "C").arg("-c");
        tool.arg(&self.configuration)
    }
}

/// Writes apt's settings. They are read after the machine's own, and win.
fn settings(lists: &Path, cache: &Path) -> String {
    let [lists, cache] = [lists, cache].map(Path::display);
    format!(
        "Dir::State::Lists \"{lists}\";
Dir::Cache \"{cache}\";
// apt's own user for downloads cannot write into the home folder of root.
APT::Sandbox::User \"\";
// Nothing is installed: so the machine's lock is nobody's business here.
Debug::NoLocking \"true\";
// Not needed here, and a third of the download.
Acquire::Languages \"none\";
Acquire::IndexTargets::deb::DEP-11::DefaultEnabled \"false\";
"
    )
}

/// The settings that make apt look in our sources and in no others.
fn own_sources(sources: &Path) -> String {
    format!(
        "Dir::Etc::sourcelist \"{}\";
Dir::Etc::sourceparts \"-\";
// A list that cannot be fetched is an error here, not a warning. The machine's own may have some that have long been gone.
APT::Update::Error-Mode \"any\";
",
        sources.display()
    )
}

/// Reads what `apt-get install --simulate` would do: `Inst name (version where)`.
fn installed(steps: &str) -> Vec<String> {
    let lines = steps.lines().filter_map(|line| line.strip_prefix("Inst "));
    let names = lines.filter_map(|line| line.split_whitespace().next());
    names.map(str::to_owned).collect()
}

fn source_lines(mirror: &str) -> String {
    let keys = match Path::new(KEYS).exists() {
        true => format!("[signed-by={KEYS}] "),
        false => String::new(),
    };
    let lines = SUITES.map(|suite| format!("deb {keys}{mirror} {suite} main\n"));
    lines.concat()
}

/// Finds the machine's own Debian mirror; it may be the only one that can be reached.
fn mirror() -> String {
    let parts = fs::read_dir("/etc/apt/sources.list.d")
        .into_iter()
        .flatten();
    let mut files: Vec<PathBuf> = parts.filter_map(|e| Some(e.ok()?.path())).collect();
    files.sort();
    files.push("/etc/apt/sources.list".into());
    let mut texts = files
        .iter()
        .filter_map(|file| fs::read_to_string(file).ok());
    let found = texts.find_map(|text| debian_mirror(&text));
    found.unwrap_or_else(|| MIRROR.to_owned())
}

/// Finds the first address of a Debian archive in a file of apt sources, of either form. Comments do not count.
fn debian_mirror(sources: &str) -> Option<String> {
    let addresses = sources.lines().flat_map(addresses);
    let mut trimmed = addresses.map(|address| address.trim_end_matches('/'));
    trimmed
        .find(|address| address.ends_with("/debian"))
        .map(str::to_owned)
}

fn addresses(line: &str) -> impl Iterator<Item = &str> {
    let is_source = line.starts_with("URIs:") || line.starts_with("deb ");
    let words = line.split_whitespace().filter(move |_| is_source);
    words.filter(|word| word.contains("://"))
}

/// Reads the table that `apt-cache madison` prints: `name | version | where`.
fn versions(table: &str) -> Vec<String> {
    let rows = table.lines();
    rows.filter_map(|row| Some(row.split('|').nth(1)?.trim().to_owned()))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn mirror_in_deb822_form_is_found() {
        let text = "Types: deb\n# http://snapshot.debian.org/archive/debian/2025\nURIs: http://mirror.local/debian/\n";
        assert_eq!(debian_mirror(text).unwrap(), "http://mirror.local/debian");
    }

    #[test]
    fn mirror_in_one_line_form_is_found() {
        let text =
            "# deb http://old/debian sid main\ndeb [arch=amd64] https://new/debian bookworm main\n";
        assert_eq!(debian_mirror(text).unwrap(), "https://new/debian");
    }

    #[test]
    fn mirror_of_another_archive_is_passed_over() {
        let text =
            "URIs: http://deb.debian.org/debian-security\nURIs: http://archive.ubuntu.com/ubuntu\n";
        assert_eq!(debian_mirror(text), None);
    }

    #[test]
    fn packages_to_install_are_the_first_word() {
        let steps = "NOTE: This is only a simulation!\nInst libgc1 (1:8.2.2-3 Debian:12.11/stable [amd64])\nInst clang-14 (1:14.0.6-12 Debian [amd64])\nConf libgc1 (1:8.2.2-3 Debian:12.11/stable [amd64])\n";
        assert_eq!(installed(steps), ["libgc1", "clang-14"]);
    }

    #[test]
    fn versions_are_the_second_column() {
        let table = "  rust-src | 1.97.1+dfsg1-1 | http://deb.debian.org/debian sid/main amd64 Packages\n  rust-src | 1.95.0+dfsg1-2~bpo13+1 | http://deb.debian.org/debian trixie-backports/main amd64 Packages\n";
        assert_eq!(
            versions(table),
            ["1.97.1+dfsg1-1", "1.95.0+dfsg1-2~bpo13+1"]
        );
    }
}
