//! What the chaos runs and the measurements of teardown run: a tree of actors whose shape and manners a plan says.
//!
//! Each owner keeps its children: one that is lost is started again. It sends each that listens numbered messages with checksums and
//! checks what comes back, so that whoever survives can say that its data is right; what is not is printed as a line that begins with
//! `wrong`. Every actor prints `up` when it is about to do what it is for. `plan` has the words of a plan.

mod data;
mod keep;
mod manner;
mod plan;
mod tally;

use futures::future::{join, join_all};
use plan::Node;
use std::time::Duration;
use tally::Tally;
use tractor_guest::{ActorSpec, Context, Result, current_actor, export, program, shield, sleep};

/// How often main says how far it is.
const BEAT: Duration = Duration::from_millis(50);

/// Runs the tree of the plan, which is the first argument, until it is cancelled; then prints what was checked in all.
#[program]
async fn run(args: Vec<String>) -> Result<()> {
    let plan = args.first().map_or("r", String::as_str);
    let node = Node::parse(plan);
    let tally = Tally::default();
    let (ended, ()) = join(keep_all(&node, &tally, "main"), beat(&tally)).await;
    shield(async || {
        println!("end {tally}");
        Ok(())
    })
    .await?;
    ended
}

/// Says how far it is whenever that has changed, until it is cancelled.
async fn beat(tally: &Tally) {
    println!("up");
    let mut last = 0;
    while sleep(BEAT).await.is_ok() {
        if tally.checked() != last {
            last = tally.checked();
            println!("beat {tally}");
        }
    }
}

/// Serves its owner as the plan says.
#[export]
async fn serve(ctx: Context, plan: String) -> Result<()> {
    let node = Node::parse(&plan);
    let tally = Tally::default();
    ctx.started(()).await?;
    println!("up");
    let name = current_actor().name;
    let (ended, kept) = join(
        manner::behave(&node, ctx, &tally),
        keep_all(&node, &tally, &name),
    )
    .await;
    kept.and(ended)
}

/// Keeps a child for each of the node's.
async fn keep_all(node: &Node<'_>, tally: &Tally, name: &str) -> Result<()> {
    let keepers = node.children().enumerate().map(|(index, plan)| {
        let name = format!("{name}.{index}");
        keep::keep(plan, tally, name)
    });
    join_all(keepers).await.into_iter().collect()
}

/// The sum of the numbers below, for owners that check their calls.
#[export]
fn sum(below: u64) -> u64 {
    (0..below).sum()
}

/// An actor of this component.
fn another(name: impl Into<String>) -> ActorSpec {
    ActorSpec::new("self").name(name)
}
