//! The smallest program: it says who it is.

use tractor_guest::{Error, current_actor, program};

#[program]
async fn run(args: Vec<String>) -> Result<(), Error> {
    let name = args.first().map_or("world", String::as_str);
    println!("hello, {name}, from {}", current_actor().name);
    Ok(())
}
