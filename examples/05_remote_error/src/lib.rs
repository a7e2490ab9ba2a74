//! An error crosses processes: three daemons idle, a fourth actor fails, the nursery raises its error, and all are gone.
//!
//! ```console
//! $ tractor-host run remote_error.wasm
//! extra failed: 7 cannot be divided by 0
//! look Maa, that actor failed hard, and the daemons went with it
//! ```

use tractor_guest::{ActorSpec, Result, bail, export, nursery, program};

#[program]
async fn run() -> Result<()> {
    let outcome = nursery(async |n| {
        for index in 0..3 {
            let daemon = ActorSpec::new("self").name(format!("daemon_{index}"));
            n.start_actor(daemon).await?;
        }
        let extra = ActorSpec::new("self").name("extra");
        n.run_in_actor(extra, "divide", (7, 0)).await
    })
    .await;
    let Err(error) = outcome else {
        bail!("a division by zero went well")
    };
    for failure in error.failures() {
        // What the function declares as its error is a value, with its type. Those that were merely cancelled have none.
        if let Ok(reason) = failure.value::<String>() {
            println!("{} failed: {reason}", failure.origin.name);
        }
    }
    println!("look Maa, that actor failed hard, and the daemons went with it");
    Ok(())
}

/// Divides.
#[export]
fn divide(dividend: u32, divisor: u32) -> Result<u32, String> {
    dividend
        .checked_div(divisor)
        .ok_or_else(|| format!("{dividend} cannot be divided by {divisor}"))
}
