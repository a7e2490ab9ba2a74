//! The two namespaces, and what runs in them.

use crate::PLAYER;
use crate::peer::Told;
use std::io::{BufRead, BufReader, Write};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};

/// Two namespaces and a cable between them. Dropping it removes all of it.
pub(crate) struct Cable {
    first: String,
    second: String,
}

/// A process in a namespace, and what it says.
pub(crate) struct Process {
    child: Child,
    keys: ChildStdin,
    lines: BufReader<ChildStdout>,
}

#[expect(
    clippy::disallowed_methods,
    reason = "the one place where this test starts programs, and each is waited for"
)]
fn command(program: &str) -> Command {
    Command::new(program)
}

/// Runs `ip` or `tc`; what it said against it otherwise.
fn run(program: &str, words: &str) -> Result<(), String> {
    let output = command(program)
        .args(words.split_whitespace())
        .output()
        .map_err(|error| format!("{program} cannot be run: {error}"))?;
    match output.status.success() {
        true => Ok(()),
        false => Err(format!(
            "{program} {words}: {}",
            String::from_utf8_lossy(&output.stderr).trim()
        )),
    }
}

impl Cable {
    pub(crate) fn lay(name: &str) -> Result<Self, String> {
        if !rustix::process::geteuid().is_root() {
            return Err("namespaces need root".to_owned());
        }
        let id = std::process::id();
        let cable = Self {
            first: format!("tr{id}{name}a"),
            second: format!("tr{id}{name}b"),
        };
        let (a, b) = (&cable.first, &cable.second);
        run("ip", &format!("netns add {a}"))?;
        run("ip", &format!("netns add {b}"))?;
        run(
            "ip",
            &format!("-n {a} link add near type veth peer name far netns {b}"),
        )?;
        for (space, end, place) in [(a, "near", "10.0.0.1/24"), (b, "far", "10.0.0.2/24")] {
            run("ip", &format!("-n {space} addr add {place} dev {end}"))?;
            run("ip", &format!("-n {space} link set lo up"))?;
            run("ip", &format!("-n {space} link set {end} up"))?;
        }
        Ok(cable)
    }

    /// Adds delay and loss, if the kernel can; says what there is.
    pub(crate) fn worsen(&self) -> String {
        let words = |space: &str, end: &str| {
            format!("netns exec {space} tc qdisc add dev {end} root netem delay 10ms 2ms loss 1%")
        };
        let near = run("ip", &words(&self.first, "near"));
        let both = near.and_then(|()| run("ip", &words(&self.second, "far")));
        match both {
            Ok(()) => "10 ms of delay and 1 % of loss each way".to_owned(),
            Err(why) => format!("neither delay nor loss ({why})"),
        }
    }

    /// Nothing passes any more, and nobody is told.
    pub(crate) fn cut(&self) {
        let blackhole = |space: &str, place: &str| {
            run("ip", &format!("-n {space} route add blackhole {place}/32"))
        };
        blackhole(&self.first, "10.0.0.2").expect("a route can be added");
        blackhole(&self.second, "10.0.0.1").expect("a route can be added");
        // Whatever was on its way, and neighbours that are known, go with the cable.
        run("ip", &format!("-n {} link set far down", self.second)).expect("a link can be set");
    }

    /// From now on packets larger than this vanish on their way to the second namespace, and nobody is told: a black hole, as a tunnel is whose
    /// owner forbids ICMP.
    pub(crate) fn narrow(&self, bytes: u32) {
        let (a, b) = (&self.first, &self.second);
        // Else the kernel passes many packets as one, of any size.
        run("ip", &format!("-n {a} link set near gso_max_segs 1")).expect("a link can be set");
        run("ip", &format!("-n {b} link set far mtu {bytes}")).expect("a link can be set");
    }

    pub(crate) fn first(&self, told: Told) -> Process {
        Process::start(&self.first, told)
    }

    pub(crate) fn second(&self, told: Told) -> Process {
        Process::start(&self.second, told)
    }
}

impl Drop for Cable {
    fn drop(&mut self) {
        // The cable goes with the namespaces.
        let _ = run("ip", &format!("netns del {}", self.first));
        let _ = run("ip", &format!("netns del {}", self.second));
    }
}

impl Process {
    fn start(space: &str, told: Told) -> Self {
        let ourselves = std::env::current_exe().expect("this program has a file");
        let mut child = command("ip")
            .args(["netns", "exec", space])
            .arg(ourselves)
            .args(["--exact", PLAYER, "--nocapture", "--quiet"])
            .envs(told.environment)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .expect("ip can be run");
        let mut keys = child.stdin.take().expect("it is piped");
        writeln!(keys, "{}", told.identity).expect("it reads");
        let lines = BufReader::new(child.stdout.take().expect("it is piped"));
        Self { child, keys, lines }
    }

    /// The next line that its part says; those of the test harness begin otherwise.
    pub(crate) fn line(&mut self) -> String {
        loop {
            let mut line = String::new();
            let read = self.lines.read_line(&mut line).expect("it can be read");
            assert!(read > 0, "the peer has ended without a word");
            if let Some(said) = line.trim().strip_prefix("peer: ") {
                return said.to_owned();
            }
        }
    }

    /// Lets it go on, where its part waits for that.
    pub(crate) fn go_on(&mut self) {
        writeln!(self.keys, "on").expect("it reads");
    }

    pub(crate) fn wait(&mut self) {
        self.child.wait().expect("it can be waited for");
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        // It has ended already where all went well.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
