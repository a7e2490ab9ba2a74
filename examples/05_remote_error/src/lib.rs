//! An error crosses processes: three daemons idle, a fourth actor fails, the nursery raises its error, and all are gone.

use tractor_guest::{ActorSpec, Error, Result, bail, export, nursery, program};

#[program]
async fn run() -> Result<()> {
    let outcome = nursery(async |n| {
        for index in 0..3 {
            n.start_actor(ActorSpec::new("self").name(format!("daemon_{index}")))
                .await?;
        }
        let spec = ActorSpec::new("self").name("extra");
        n.run_in_actor(spec, "divide", (7u32, 0u32)).await?;
        Ok(())
    })
    .await;
    let Err(Error::Failed(failures)) = outcome else {
        bail!("a division by zero went well")
    };
    for failure in &failures {
        // The error that the function declares, typed again.
        if let Ok(error) = failure.value::<String>() {
            println!("{} failed: {error}", failure.origin.name);
        }
    }
    println!("and the three daemons are gone with it");
    Ok(())
}

/// Divides.
#[export]
fn divide(dividend: u32, divisor: u32) -> Result<u32, String> {
    dividend
        .checked_div(divisor)
        .ok_or_else(|| format!("{dividend} cannot be divided by {divisor}"))
}
