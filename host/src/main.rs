//! The program `tractor-host`.

mod cli;

fn main() -> std::process::ExitCode {
    tractor_host::init();
    cli::main()
}
