//! A daemon and a portal to it: an actor that is started once, called twice, and cancelled.
//!
//! ```console
//! $ tractor-host run movie.wasm
//! have you ever seen a portal?
//! have you ever seen a portal?
//! ```

use tractor_guest::{ActorSpec, Result, export, nursery, program};

#[program]
async fn run() -> Result<()> {
    nursery(async |n| {
        let frank = n.start_actor(ActorSpec::new("self").name("frank")).await?;
        for _ in 0..2 {
            let question: String = frank.call("movie-theatre-question", ()).await?;
            println!("{question}");
        }
        frank.cancel().await // or the nursery would wait for it
    })
    .await
}

/// A question that just came to mind.
#[export]
fn movie_theatre_question() -> String {
    "have you ever seen a portal?".to_owned()
}
