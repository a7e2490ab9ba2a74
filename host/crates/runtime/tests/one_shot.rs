//! A worker alone, with the test as its supervisor: what an actor does that is to end with its first call.

use bytes::Bytes;
use std::time::Duration;
use tractor_protocol::control::{
    Code, FRAME_LIMIT_BYTES, FromWorker, Level, Overdue, SpawnSpec, ToWorker,
};
use tractor_protocol::handshake::Hello;
use tractor_protocol::{ActorId, FailureKind, Grants, Limits, Uuid};
use tractor_runtime::native::{Native, NativeLoad};
use tractor_runtime::worker;
use tractor_transport::Link;

/// Far above what anything here takes.
const DEADLINE: Duration = Duration::from_secs(20);

fn actor(name: &str, uuid: u128) -> ActorId {
    ActorId {
        name: name.to_owned(),
        uuid: Uuid::from_random(uuid),
        pid: 1,
    }
}

fn spec(owner: &ActorId) -> ToWorker {
    ToWorker::Spec(Box::new(SpawnSpec {
        hello: Hello::OURS,
        actor: actor("child", 2),
        owner: owner.clone(),
        code: Code::Native("idle".to_owned()),
        grants: Grants::default(),
        limits: Limits::default(),
        one_shot: Some("f".to_owned()),
        overdue: Overdue::EndActor,
        grace: Duration::from_millis(500),
        allowance: Duration::from_millis(20),
        terminal: false,
        log: Level::Error,
        restarts: false,
        identity: None,
    }))
}

/// Simulated trees whose links are cut found it: the call was lost with the link, and the nursery waited for ever.
#[tokio::test]
async fn one_shot_whose_link_is_cut_before_its_call_comes_fails_instead_of_waiting() {
    let owner = actor("owner", 1);
    let (ours, theirs) = Link::memory_pair(FRAME_LIMIT_BYTES);
    let (orders, mut words) = ours.split::<ToWorker, FromWorker>();
    let load = NativeLoad::new([("idle".to_owned(), Native::new())]);
    let test = async {
        let say = |message: &ToWorker| orders.push(message, &Bytes::new()).expect("it is sent");
        say(&spec(&owner));
        let ready = words.receive().await.expect("whole").expect("a word");
        assert!(matches!(ready.frame.message, FromWorker::Ready(_)));
        say(&ToWorker::Unlinked { actor: owner.uuid });
        loop {
            let word = words.receive().await.expect("whole").expect("its last");
            if let FromWorker::Ended { failures } = word.frame.message {
                return failures;
            }
        }
    };
    let run = async {
        worker::run(theirs, Box::new(load), drop).await;
        // Its last word may still be on its way.
        std::future::pending().await
    };
    let all = async {
        tokio::select! {
            failures = test => failures,
            _ = orders.drive() => panic!("the link is gone"),
            () = run => unreachable!(),
        }
    };
    let failures = tokio::time::timeout(DEADLINE, all).await.expect("it ends");
    assert_eq!(failures[0].kind, FailureKind::ConnectionLost);
}
