//! Chaos on real processes, and how long teardowns take.
//!
//! `cargo xtask chaos` and `cargo xtask teardown` run it; `cargo test` runs a minute of chaos and a few teardowns.
//!
//! 1. **The driver is no part of what it drives.** It runs the real program again and again and reaches into its processes from outside:
//!    signals, limits, sockets that it shuts down. It makes itself the subreaper, so nobody else reaps what a killed supervisor leaves.
//! 2. **A round follows from its seed**: the tree, the strokes and the end. Which process is struck depends on who runs then, so a
//!    failing round is run again by its number, and mostly fails again.
//! 3. After each round nothing is left: no process, zombie, socket, file or mount. The deadline is four times what is promised, as the
//!    machine is shared; what it really took is printed.
//! 4. What survives must have its data right: the guests check every message, and main must go on counting after the last stroke.
//! 5. The measurement of teardowns judges nothing. Its figures come from the supervisor's own account.

mod account;
mod arguments;
mod cache;
mod chaos;
mod figures;
mod left;
mod machine;
#[path = "../support/process.rs"]
mod process;
mod reach;
mod round;
mod shape;
mod stage;
mod stroke;
mod teardown;

use arguments::{Arguments, Mode};
use std::process::ExitCode;
use std::time::{Duration, Instant};

/// Nothing that a round waits for takes longer, however busy the machine is.
const DEADLINE: Duration = Duration::from_secs(40);

fn main() -> ExitCode {
    let words: Vec<String> = std::env::args().skip(1).collect();
    if let [flag, pid, word, most] = &words[..]
        && flag == "--limit"
        && let (Ok(pid), Ok(most)) = (pid.parse(), most.parse())
    {
        return ExitCode::from(u8::from(!reach::set_limit(pid, word, most)));
    }
    let arguments = match Arguments::parse(words.into_iter()) {
        Ok(arguments) => arguments,
        Err(error) => {
            say(&error);
            return ExitCode::from(2);
        }
    };
    rustix::process::set_child_subreaper(Some(rustix::process::getpid())).expect("Linux");
    let sound = match arguments.mode {
        Mode::Nothing => true,
        Mode::List => {
            say("chaos: test");
            true
        }
        Mode::Chaos => chaos::run(&arguments),
        Mode::Teardown => teardown::run(&arguments),
        Mode::Both => chaos::run(&arguments) && teardown::run(&arguments),
    };
    ExitCode::from(u8::from(!sound))
}

/// Prints a line.
#[expect(
    clippy::print_stdout,
    reason = "the one place where this program prints"
)]
fn say(line: &str) {
    println!("{line}");
}

/// Polls until `condition` holds, for at most `time`; gives whether it does.
fn within(time: Duration, mut condition: impl FnMut() -> bool) -> bool {
    let end = Instant::now() + time;
    while !condition() {
        if Instant::now() > end {
            return false;
        }
        // tidy: the pause of a poll under a deadline
        std::thread::sleep(Duration::from_millis(2));
    }
    true
}

/// The component of the guest.
fn guest() -> std::path::PathBuf {
    let folder = std::env::var_os("TRACTOR_GUESTS").map_or_else(
        || {
            std::path::Path::new(env!("CARGO_MANIFEST_DIR"))
                .join("guests/target/wasm32-wasip2/release")
        },
        std::path::PathBuf::from,
    );
    let file = folder.join("test_chaos.wasm");
    let shown = file.display();
    assert!(
        file.is_file(),
        "{shown} is not built: run `cargo xtask guests`"
    );
    file
}
