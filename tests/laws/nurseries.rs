//! Laws 1 to 3: who owns whom, who fails with whom, who is waited for.

use crate::support::in_tree;

#[test]
fn law_01_ownership_nursery_closes_only_when_its_actors_are_reaped() {
    in_tree(async |tree| {
        let closed = tree
            .nursery(async |n| {
                n.start_actor("test-actor").await?;
                n.start_actor("test-actor").await?;
                assert_eq!(tree.program.processes().len(), 2);
                n.cancel();
                Ok(())
            })
            .await;
        assert!(closed.is_ok(), "{closed:?}");
        assert_eq!(tree.program.processes(), []);
    });
}

#[test]
fn scen() {
    let args = std::env::var("SCEN").unwrap_or("say hi".into());
    in_tree(async |tree| {
        let begin = std::time::Instant::now();
        let args: Vec<_> = args.split(' ').collect();
        let end = tree.scenario(&args).await;
        eprintln!(
            "{end:#?} {:?}\n{:#?}\n{:#?}",
            begin.elapsed(),
            tree.stdout.lines(),
            tree.stderr.lines()
        );
    });
}
