//! A tree of processes of any depth, and results that come up through it.
//!
//! The arguments are the depth and the width, 3 and 2 if left out.

use tractor_guest::{ActorSpec, Result, current_actor, export, nursery, program};

#[program]
async fn run(args: Vec<String>) -> Result<()> {
    let depth: u32 = args.first().map_or(Ok(3), |depth| depth.parse())?;
    let width: u32 = args.get(1).map_or(Ok(2), |width| width.parse())?;
    for line in grow(depth, width, 0).await? {
        println!("{line}");
    }
    Ok(())
}

/// Starts as many actors as the tree is wide, each of which does the same one level lower; gives a line for itself and for each below it.
#[export]
async fn grow(depth: u32, width: u32, level: u32) -> Result<Vec<String>> {
    let mut lines = vec![format!(
        "{}{}",
        "  ".repeat(level as usize),
        current_actor().name
    )];
    if depth == 0 {
        return Ok(lines);
    }
    nursery(async |n| {
        let mut children = Vec::new();
        for index in 0..width {
            let spec = ActorSpec::new("self").name(format!("{}.{index}", current_actor().name));
            children.push(
                n.run_in_actor(spec, "grow", (depth - 1, width, level + 1))
                    .await?,
            );
        }
        for child in &children {
            lines.append(&mut child.output().await?);
        }
        Ok(lines)
    })
    .await
}
