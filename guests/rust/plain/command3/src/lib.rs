//! A command of WASI 0.3: an `async func run`, and streams of the component model for what it reads and writes.

#![expect(missing_docs, reason = "the bindings are written by wit-bindgen")]

use exports::wasi::cli::run::Guest;
use wasi::cli::{environment, exit, stdin, stdout};

wit_bindgen::generate!({
    path: "wit",
    world: "plain:command3/command3",
    generate_all,
});

struct Command;

export!(Command);

impl Guest for Command {
    async fn run() -> Result<(), ()> {
        let arguments = environment::get_arguments();
        let words: Vec<&str> = arguments.iter().skip(1).map(String::as_str).collect();
        match words.as_slice() {
            ["echo", words @ ..] => print(format!("{}\n", words.join(" ")).into_bytes()).await,
            ["shout"] => shout().await,
            ["exit", code] => {
                exit::exit_with_code(code.parse().unwrap_or(2));
                Err(())
            }
            _ => Err(()),
        }
    }
}

async fn print(text: Vec<u8>) -> Result<(), ()> {
    let (mut writer, reader) = wit_stream::new();
    let written = stdout::write_via_stream(reader);
    let left = writer.write_all(text).await;
    drop(writer);
    match left.is_empty() {
        true => written.await.map_err(drop),
        false => Err(()),
    }
}

/// Gives back what it reads, louder, as it comes.
async fn shout() -> Result<(), ()> {
    let (mut input, end) = stdin::read_via_stream();
    let (mut writer, reader) = wit_stream::new();
    let written = stdout::write_via_stream(reader);
    loop {
        let (status, bytes) = input.read(Vec::with_capacity(1024)).await;
        if !bytes.is_empty() {
            let left = writer.write_all(bytes.to_ascii_uppercase()).await;
            if !left.is_empty() {
                return Err(());
            }
        }
        if status == wit_bindgen::StreamResult::Dropped {
            break;
        }
    }
    drop(writer);
    end.await.map_err(drop)?;
    written.await.map_err(drop)
}
