//! The log, for people.

use super::text::visible;
use tractor_protocol::control::Level;
use tractor_runtime::supervisor::LogLine;

/// One line of the log: level, actor, the function of the task, and what it says.
pub fn log_line(line: &LogLine) -> String {
    let level = match line.level {
        Level::Trace => "trace",
        Level::Debug => "debug",
        Level::Info => "info",
        Level::Warn => "warn",
        Level::Error => "error",
    };
    let task = line
        .task
        .as_deref()
        .map(|task| format!(" {}", visible(task)));
    let name = visible(&line.actor.name);
    let message = visible(&line.message);
    format!(
        "{level} {name} (pid {}){}: {message}",
        line.actor.pid,
        task.unwrap_or_default()
    )
}
