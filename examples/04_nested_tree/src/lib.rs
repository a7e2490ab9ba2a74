//! A tree of processes of any depth, and results that come up through it.
//!
//! The arguments are its depth and its width.
//!
//! ```console
//! $ tractor-host run nested_tree.wasm 2 2
//! main (pid <pid>)
//!   main.0 (pid <pid>)
//!     main.0.0 (pid <pid>)
//!     main.0.1 (pid <pid>)
//!   main.1 (pid <pid>)
//!     main.1.0 (pid <pid>)
//!     main.1.1 (pid <pid>)
//! tree torn down, what zombies?
//! ```

use tractor_guest::{ActorSpec, Result, current_actor, export, nursery, program};

#[program]
async fn run(args: Vec<String>) -> Result<()> {
    let number = |index: usize| args.get(index).map_or(Ok(2), |number| number.parse());
    for line in grow(number(0)?, number(1)?).await? {
        println!("{line}");
    }
    println!("tree torn down, what zombies?");
    Ok(())
}

/// Starts `width` actors that do the same one level less deep; gives a line for itself and for each actor below it.
#[export]
async fn grow(depth: u32, width: u32) -> Result<Vec<String>> {
    let me = current_actor();
    let below = nursery(async |n| {
        let mut children = Vec::new();
        for index in (0..width).filter(|_| depth > 0) {
            let spec = ActorSpec::new("self").name(format!("{}.{index}", me.name));
            let child = n.run_in_actor(spec, "grow", (depth - 1, width)).await?;
            children.push(child);
        }
        let mut lines = Vec::new();
        for child in children {
            lines.append(&mut child.output::<Vec<String>>().await?);
        }
        Ok(lines)
    })
    .await?;
    let below = below.iter().map(|line| format!("  {line}"));
    Ok([me.to_string()].into_iter().chain(below).collect())
}
