use super::harness::{Harness, N, spec};
use crate::tree::{Effect, ExitStatus};
use tractor_protocol::control::{ActorSpec, Answer, FromWorker};
use tractor_protocol::{ActorId, Error, FailureKind, Linked, Names, NurseryId, RequestId, Uuid};

impl Harness {
    fn find(&mut self, asker: Uuid, name: &str) -> Option<Uuid> {
        let request = self.request();
        let name = name.to_owned();
        self.say(asker, FromWorker::Find { request, name });
        match self.answer(asker, request) {
            Some(Answer::Found(found)) => found.as_ref().map(|id| id.uuid),
            other => panic!("{other:?}"),
        }
    }

    fn wait_for(&mut self, asker: Uuid, name: &str) -> RequestId {
        let request = self.request();
        let name = name.to_owned();
        self.say(asker, FromWorker::WaitFor { request, name });
        request
    }

    fn links(&self) -> usize {
        let effects = self.effects.iter();
        effects.filter(|e| matches!(e, Effect::Link { .. })).count()
    }
}

#[test]
fn row_059_name_is_found_until_its_actor_begins_to_end() {
    let mut h = Harness::new();
    let child = h.start(h.root(), "child");
    assert_eq!(h.find(h.root(), "child"), Some(child));
    h.cancel_actor(h.root(), child);
    assert_eq!(h.find(h.root(), "child"), None);
}

#[test]
fn row_061_name_of_a_killed_actor_is_not_handed_out() {
    let mut h = Harness::new();
    let child = h.start(h.root(), "child");
    let heir = h.start(child, "child");
    assert_eq!(h.find(h.root(), "child"), Some(child));
    h.exit(child, ExitStatus::Signal(9));
    assert_eq!(h.find(h.root(), "child"), None, "the heir is cancelled too");
    assert!(!h.cancelled(heir).is_empty());
}

#[test]
fn row_062_first_of_a_name_is_found_and_all_are_listed() {
    let mut h = Harness::new();
    let first = h.start(h.root(), "same");
    let second = h.start(h.root(), "same");
    assert_eq!(h.find(h.root(), "same"), Some(first));
    let request = h.request();
    h.say(h.root(), FromWorker::List { request });
    let Some(Answer::Listed(listed)) = h.answer(h.root(), request) else {
        panic!("not listed");
    };
    let listed: Vec<Uuid> = listed.iter().map(|id: &ActorId| id.uuid).collect();
    assert_eq!(listed, [first, second]);
    h.end(first, Vec::new());
    assert_eq!(h.find(h.root(), "same"), Some(second));
}

#[test]
fn wait_is_answered_by_ready_or_register_and_forgotten_when_withdrawn() {
    let mut h = Harness::new();
    let waiting = h.start(h.root(), "waiting");
    let for_actor = h.wait_for(waiting, "late");
    let for_name = h.wait_for(waiting, "other name");
    let withdrawn = h.wait_for(waiting, "late");
    h.say(waiting, FromWorker::Withdraw { request: withdrawn });
    assert_eq!(h.answer(waiting, for_actor), None);
    let late = h.start(h.root(), "late");
    assert!(
        matches!(h.answer(waiting, for_actor), Some(Answer::Found(Some(id))) if id.uuid == late)
    );
    let request = h.request();
    let name = "other name".to_owned();
    h.say(late, FromWorker::Register { request, name });
    assert_eq!(h.answer(late, request), Some(&Answer::Done));
    assert!(
        matches!(h.answer(waiting, for_name), Some(Answer::Found(Some(id))) if id.uuid == late)
    );
    assert_eq!(h.answer(waiting, withdrawn), None);
}

#[test]
fn names_without_the_grant_are_denied_naming_the_flag() {
    let mut h = Harness::new();
    let mut poor = spec("poor");
    poor.grants.names = Names::default();
    let (poor, _) = h.spawn_in(h.root(), N, poor);
    h.ready(poor);
    let name = || "x".to_owned();
    let request = h.request();
    let asks = [
        (
            FromWorker::Find {
                request,
                name: name(),
            },
            "names.find",
        ),
        (
            FromWorker::WaitFor {
                request,
                name: name(),
            },
            "names.find",
        ),
        (FromWorker::List { request }, "names.list"),
        (
            FromWorker::Register {
                request,
                name: name(),
            },
            "names.register",
        ),
        (
            FromWorker::Connect {
                request,
                actor: h.root(),
            },
            "names.find",
        ),
    ];
    h.effects.clear();
    for (ask, flag) in asks {
        h.effects.clear();
        h.say(poor, ask);
        let failure = h.refusal(poor, request);
        assert_eq!(failure.kind, FailureKind::Denied);
        assert!(failure.message.contains(flag), "{}", failure.message);
    }
    h.effects.clear();
    let other = h.start(h.root(), "other");
    let request = h.connect(poor, other);
    assert!(h.refusal(poor, request).message.contains("names.find"));
}

#[test]
fn connect_to_an_actor_of_ones_own_needs_no_grant_and_to_ones_owner_does() {
    let mut h = Harness::new();
    let mut poor = spec("poor");
    poor.grants.names = Names::default();
    let (poor, _) = h.spawn_in(h.root(), N, poor);
    h.ready(poor);
    h.open(poor);
    let mut spec = spec("child");
    spec.grants.names = Names::default();
    let (child, _) = h.spawn_in(poor, N, spec);
    h.ready(child);
    let request = h.connect(poor, child);
    let answer = h.answer(poor, request);
    assert!(matches!(answer, Some(Answer::Connected(_))), "{answer:?}");
    // They are linked, for the owner calls it; but it may not call its owner for that.
    let request = h.connect(poor, h.root());
    assert_eq!(h.refusal(poor, request).kind, FailureKind::Denied);
}

#[test]
fn connect_links_once_whoever_asks() {
    let mut h = Harness::new();
    let one = h.start(h.root(), "one");
    let other = h.start(h.root(), "other");
    let before = h.links();
    let requests = [(one, h.connect(one, other)), (other, h.connect(other, one))];
    let again = (one, h.connect(one, other));
    for (asker, request) in requests.into_iter().chain([again]) {
        let answer = h.answer(asker, request);
        assert!(matches!(answer, Some(Answer::Connected(_))), "{answer:?}");
    }
    assert_eq!(h.links(), before + 1);
}

#[test]
fn connect_to_who_does_not_serve_is_refused() {
    let mut h = Harness::new();
    let one = h.start(h.root(), "one");
    let other = h.start(h.root(), "other");
    let (starting, _) = h.spawn(h.root(), "starting");
    h.cancel_actor(h.root(), other);
    for (target, kind) in [
        (other, FailureKind::ConnectionLost),
        (starting, FailureKind::NotFound),
        (Uuid([1; 16]), FailureKind::NotFound),
    ] {
        let request = h.connect(one, target);
        assert_eq!(h.refusal(one, request).kind, kind);
    }
    let request = h.connect(one, one);
    assert_eq!(h.refusal(one, request).kind, FailureKind::Misuse);
}

/// A specification that links an import to `actor`, of an actor that may find nobody.
fn linked_spec(name: &str, actor: &ActorId) -> ActorSpec {
    let mut linked = spec(name);
    linked.grants.names = Names::default();
    linked.grants.links.push(Linked {
        interface: "a:b/c".to_owned(),
        actor: actor.clone(),
    });
    linked
}

/// Another nursery than the one that the harness opens.
const M: NurseryId = NurseryId(77);

fn serving(h: &mut Harness, owner: Uuid, spec: ActorSpec) -> Uuid {
    let (actor, _) = h.spawn_in(owner, N, spec);
    h.ready(actor);
    actor
}

fn id(name: &str, uuid: Uuid) -> ActorId {
    let name = name.to_owned();
    ActorId { name, uuid, pid: 0 }
}

#[test]
fn actor_may_call_what_satisfies_its_import_and_hand_that_on_and_nobody_else() {
    let mut h = Harness::new();
    let (exporter, stranger) = (h.start(h.root(), "exporter"), h.start(h.root(), "stranger"));
    let linked = linked_spec("importer", &id("exporter", exporter));
    let root = h.root();
    let importer = serving(&mut h, root, linked);
    let connect = |h: &mut Harness, asker, actor| {
        let request = h.connect(asker, actor);
        h.answer(asker, request).cloned()
    };
    let answer = connect(&mut h, importer, stranger);
    assert!(matches!(answer, Some(Answer::Failed(_))), "{answer:?}");
    let answer = connect(&mut h, importer, exporter);
    assert!(matches!(answer, Some(Answer::Connected(_))), "{answer:?}");
    h.open_with(importer, M, None);
    let (heir, _) = h.spawn_in(importer, M, linked_spec("heir", &id("exporter", exporter)));
    h.ready(heir);
    let answer = connect(&mut h, heir, exporter);
    assert!(matches!(answer, Some(Answer::Connected(_))), "{answer:?}");
}

#[test]
fn link_to_an_actor_that_its_owner_may_not_call_is_denied() {
    let mut h = Harness::new();
    let stranger = h.start(h.root(), "stranger");
    let mut poor = spec("poor");
    poor.grants.names = Names::default();
    let root = h.root();
    let poor = serving(&mut h, root, poor);
    h.open_with(poor, M, None);
    let request = h.ask_start(poor, M, linked_spec("child", &id("stranger", stranger)));
    let Some(Answer::Failed(error)) = h.answer(poor, request) else {
        panic!("it is not to be started");
    };
    let Error::Failed(failures) = error else {
        panic!("{error:?}");
    };
    assert_eq!(failures[0].kind, FailureKind::Denied);
}
