//! Rounds, one after the other, until the time is up; and what is said of them.

use crate::arguments::Arguments;
use crate::figures::{Times, ms};
use crate::left;
use crate::machine::{cores, load};
use crate::round::{End, Round};
use crate::stage::Stage;
use crate::stroke::{Done, Striker};
use crate::{DEADLINE, say, within};
use rustix::process::Signal;
use std::os::unix::process::ExitStatusExt;
use std::process::ExitStatus;
use std::time::{Duration, Instant};

/// So many rounds may fail before it is clear that something is broken.
const MOST_FAILED: usize = 8;

/// All rounds.
#[derive(Default)]
struct Report {
    rounds: u64,
    done: Done,
    /// Workers that ran when their supervisor was killed.
    orphaned: u64,
    checked: u64,
    /// From the killing of a supervisor until nothing was left.
    after_kill: Times,
    /// From asking the program to end until nothing was left.
    after_asking: Times,
    /// The longest of both, and of which round.
    slowest: (Duration, String),
    loads: Vec<f64>,
    failed: Vec<String>,
}

/// Runs rounds; gives whether all were sound.
pub(crate) fn run(arguments: &Arguments) -> bool {
    let begun = Instant::now();
    let time = Duration::from_secs_f64(arguments.minutes * 60.0);
    let mut report = Report::default();
    if let Err(fault) = warm_up(&mut report) {
        say(&format!("chaos: the program does not even run: {fault}"));
        return false;
    }
    let first = arguments.round.unwrap_or(0);
    for number in first.. {
        let round = Round::new(arguments.seed, number);
        report.play(&round);
        let over = begun.elapsed() >= time || report.done.kills >= arguments.kills;
        if over || arguments.round.is_some() || report.failed.len() >= MOST_FAILED {
            break;
        }
    }
    report.tell(arguments.seed, begun.elapsed());
    report.failed.is_empty()
}

/// Compiles the guest once, into the cache that rounds get a copy of.
fn warm_up(report: &mut Report) -> Result<(), String> {
    let kept = tractor_host::Tree::builder()
        .component("test-chaos", crate::guest())
        .cache_folder(crate::cache::kept());
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build();
    let runtime = runtime.map_err(|error| error.to_string())?;
    let tree = runtime
        .block_on(kept.start())
        .map_err(|error| error.to_string())?;
    runtime.block_on(tree.shutdown(None));
    drop((tree, runtime));
    report.loads.push(load());
    Ok(())
}

impl Report {
    fn play(&mut self, round: &Round) {
        let before = left::own_descriptors();
        let mut result = self.try_play(round);
        if result.is_ok() && left::own_descriptors() > before {
            result = Err("this driver has more descriptors than before".to_owned());
        }
        self.rounds += 1;
        self.loads.push(load());
        if let Err(fault) = result {
            say(&format!(
                "chaos: FAILED: {fault}\n{}\nagain: {}",
                round.text(),
                round.command()
            ));
            self.failed.push(round.command());
        }
    }

    fn try_play(&mut self, round: &Round) -> Result<(), String> {
        let mut stage =
            Stage::open(round).map_err(|error| format!("it does not start: {error}"))?;
        let mut striker = Striker::default();
        let outcome = self.acts(round, &mut stage, &mut striker);
        striker.calm();
        self.done.add(&striker.done);
        self.checked += stage.checked();
        outcome.map_err(|fault| with_output(&fault, &mut stage))
    }

    /// The strokes, the survivors, the end, and what is left.
    fn acts(
        &mut self,
        round: &Round,
        stage: &mut Stage,
        striker: &mut Striker,
    ) -> Result<(), String> {
        let begun = within(DEADLINE, || {
            stage.stdout().contains(&"up".to_owned()) || stage.status().is_some()
        });
        if !begun || stage.status().is_some() {
            return Err(format!("main does not come up: {:?}", stage.status()));
        }
        wait(round.head_start, striker);
        for (stroke, pause) in &round.strokes {
            striker.strike(stage, *stroke);
            wait(*pause, striker);
        }
        striker.calm();
        survivors_go_on(stage)?;
        left::zombies_are_reaped(stage)?;
        left::links_of_the_dead_are_closed(stage)?;
        for pick in &round.frozen {
            striker.freeze_for_good(stage, *pick);
        }
        self.end(round, stage, striker)?;
        left::nothing_is_named(stage)?;
        nothing_was_wrong(stage)
    }

    fn end(
        &mut self,
        round: &Round,
        stage: &mut Stage,
        striker: &mut Striker,
    ) -> Result<(), String> {
        let end = round.end;
        let workers = stage.workers();
        let asked = Instant::now();
        match end {
            End::KillSupervisor | End::KillFrozenSupervisor => {
                if end == End::KillFrozenSupervisor {
                    stage.supervisor.signal(Signal::STOP);
                }
                stage.supervisor.signal(Signal::KILL);
                striker.done.kills += 1;
                self.orphaned += workers.len() as u64;
            }
            End::KillMain => {
                let main = stage.program.actors("main");
                let main = main.first().and_then(|pid| crate::reach::Reach::open(*pid));
                main.ok_or("there is no main")?.signal(Signal::KILL);
                striker.done.kills += 1;
            }
            End::Terminate => drop(stage.supervisor.signal(Signal::TERM)),
            End::Interrupt => drop(stage.supervisor.signal(Signal::INT)),
            End::HangUp => drop(stage.supervisor.signal(Signal::HUP)),
            End::InterruptTwice => interrupt_twice(stage),
        }
        let took = left::nothing_runs(stage, asked)?;
        match end {
            End::KillSupervisor | End::KillFrozenSupervisor => self.after_kill.add(took),
            _ => self.after_asking.add(took),
        }
        if took > self.slowest.0 {
            self.slowest = (took, format!("{end:?}, {}", round.command()));
        }
        let status = stage.status().ok_or("it has not exited")?;
        match is_right(end, status) {
            true => Ok(()),
            false => Err(format!("{end:?} ended it with {status}")),
        }
    }

    fn tell(&self, seed: u64, time: Duration) {
        let done = &self.done;
        say(&format!(
            "chaos: seed {seed}, {} rounds in {:.0} s: {} kills, {} freezes, {} zygotes struck, {} SIGTERMs to workers, {} links cut, {} limits on files or processes, {} caches lost; {} workers ran when their supervisor was killed",
            self.rounds,
            time.as_secs_f64(),
            done.kills,
            done.freezes,
            done.zygotes,
            done.terminations,
            done.cuts,
            done.limits,
            done.caches,
            self.orphaned
        ));
        say(&format!(
            "  {} messages and values checked by the guests",
            self.checked
        ));
        say(&format!(
            "  nothing left after a killed supervisor: {}",
            self.after_kill.text()
        ));
        say(&format!(
            "  nothing left after an end that was asked for: {}",
            self.after_asking.text()
        ));
        let (slowest, which) = &self.slowest;
        say(&format!("  the slowest: {}, {which}", ms(*slowest)));
        let mean = self.loads.iter().sum::<f64>() / self.loads.len().max(1) as f64;
        say(&format!(
            "  load of the machine: {mean:.1} on average, on {} processors",
            cores()
        ));
        match self.failed.as_slice() {
            [] => say("  all sound"),
            failed => say(&format!(
                "  {} failed:\n    {}",
                failed.len(),
                failed.join("\n    ")
            )),
        }
    }
}

/// Waits, and takes back on the way what has lasted long enough.
fn wait(time: Duration, striker: &mut Striker) {
    let end = Instant::now() + time;
    loop {
        striker.pass();
        let left = end.saturating_duration_since(Instant::now());
        if left.is_zero() {
            return;
        }
        // tidy: what passes between two strokes is what is tested
        std::thread::sleep(left.min(Duration::from_millis(5)));
    }
}

/// Two that come too close are seen as one: so it is done again until it is gone.
fn interrupt_twice(stage: &mut Stage) {
    within(DEADLINE, || {
        stage.supervisor.signal(Signal::INT);
        stage.status().is_some()
    });
}

/// Main must go on hearing of messages that were checked.
fn survivors_go_on(stage: &mut Stage) -> Result<(), String> {
    let before = stage.checked();
    let mut status = None;
    let on = within(DEADLINE, || {
        status = stage.status();
        status.is_some() || stage.checked() > before
    });
    match (on, status) {
        (_, Some(status)) => Err(format!("it ended by itself: {status}")),
        (false, None) => Err("the survivors are stuck".to_owned()),
        (true, None) => Ok(()),
    }
}

fn nothing_was_wrong(stage: &Stage) -> Result<(), String> {
    let lines = stage.stdout();
    if let Some(wrong) = lines.iter().find(|line| line.starts_with("wrong")) {
        return Err(format!("data: {wrong}"));
    }
    let lines = stage.stderr();
    match lines.iter().find(|line| line.contains("panicked")) {
        Some(panic) => Err(panic.clone()),
        None => Ok(()),
    }
}

fn is_right(end: End, status: ExitStatus) -> bool {
    match end {
        End::KillSupervisor | End::KillFrozenSupervisor => status.signal() == Some(9),
        End::KillMain => status.code() == Some(137),
        End::Terminate => status.code() == Some(143),
        End::Interrupt | End::InterruptTwice => status.code() == Some(130),
        End::HangUp => status.code() == Some(129),
    }
}

/// How much is shown of what the program said.
const SHOWN: usize = 25;

/// A fault, and the last that the program said; of a panic also the first, for its backtrace may be long.
fn with_output(fault: &str, stage: &mut Stage) -> String {
    let (stdout, stderr) = (stage.stdout(), stage.stderr());
    let last = |lines: &[String]| lines[lines.len().saturating_sub(SHOWN)..].join("\n    ");
    let panic = stderr.iter().position(|line| line.contains("panicked"));
    let panic = panic.map_or_else(String::new, |at| {
        let lines: Vec<_> = stderr[at..].iter().take(SHOWN).cloned().collect();
        format!("\n  its panic:\n    {}", lines.join("\n    "))
    });
    format!(
        "{fault}{panic}\n  its stdout:\n    {}\n  its stderr:\n    {}",
        last(&stdout),
        last(&stderr)
    )
}
