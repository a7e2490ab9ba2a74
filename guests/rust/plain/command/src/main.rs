//! A command as anybody writes it: the standard library and nothing else. The first argument says what to do.

use std::io::{self, BufRead, Read, Write};
use std::process::ExitCode;

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let words: Vec<&str> = arguments.iter().map(String::as_str).collect();
    match words.as_slice() {
        ["echo", words @ ..] => print(&words.join(" ")),
        ["count"] => count(),
        ["shout"] => shout(),
        ["flood", lines] => flood(lines),
        ["cat", path] => cat(path),
        ["env", name] => print(&std::env::var(name).unwrap_or_default()),
        ["fail"] => {
            eprintln!("it will not do");
            ExitCode::FAILURE
        }
        ["exit", code] => std::process::exit(code.parse().unwrap_or(2)),
        ["panic"] => panic!("the command fell over"),
        ["spin"] => spin(),
        ["sleep"] => sleep(),
        _ => {
            eprintln!(
                "usage: echo WORDS | count | shout | flood LINES | cat PATH | env NAME | fail | exit CODE | panic | spin | sleep"
            );
            ExitCode::FAILURE
        }
    }
}

fn print(text: &str) -> ExitCode {
    println!("{text}");
    ExitCode::SUCCESS
}

/// Says how much stands on its input, once that has ended.
fn count() -> ExitCode {
    let mut bytes = Vec::new();
    match io::stdin().read_to_end(&mut bytes) {
        Ok(length) => print(&format!("{length} bytes")),
        Err(error) => print(&error.to_string()),
    }
}

/// Answers each line when it comes.
fn shout() -> ExitCode {
    for line in io::stdin().lock().lines().map_while(Result::ok) {
        println!("{}!", line.to_uppercase());
    }
    ExitCode::SUCCESS
}

fn flood(lines: &str) -> ExitCode {
    let mut to = io::stdout().lock();
    for line in 0..lines.parse().unwrap_or(0_u64) {
        if writeln!(to, "line {line}").is_err() {
            return ExitCode::FAILURE;
        }
    }
    ExitCode::SUCCESS
}

fn cat(path: &str) -> ExitCode {
    match std::fs::read_to_string(path) {
        Ok(text) => print(text.trim_end()),
        Err(error) => {
            eprintln!("{path}: {error}");
            ExitCode::FAILURE
        }
    }
}

fn spin() -> ExitCode {
    println!("spinning");
    loop {
        std::hint::spin_loop();
    }
}

fn sleep() -> ExitCode {
    println!("sleeping");
    loop {
        std::thread::sleep(std::time::Duration::from_secs(3600));
    }
}
