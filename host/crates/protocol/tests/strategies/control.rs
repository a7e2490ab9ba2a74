//! Messages between the supervisor and a worker.

use super::{actor, cancellation, error, failures, hello, text, time, uuid};
use proptest::collection::vec;
use proptest::option;
use proptest::prelude::*;
use tractor_protocol::control::{
    ActorSpec, Answer, Body, Carrier, Code, FromWorker, Level, LinkReport, Overdue, Report,
    SpawnBackend, SpawnSpec, TaskReport, ToWorker,
};
use tractor_protocol::{
    Access, Directory, Grants, Identity, Limits, Linked, Names, NurseryId, RequestId, Restart,
    RestartPolicy, RestartStrategy, Side,
};

fn request() -> impl Strategy<Value = RequestId> {
    any::<u64>().prop_map(RequestId)
}

fn nursery() -> impl Strategy<Value = NurseryId> {
    any::<u64>().prop_map(NurseryId)
}

fn level() -> impl Strategy<Value = Level> {
    prop::sample::select(vec![
        Level::Trace,
        Level::Debug,
        Level::Info,
        Level::Warn,
        Level::Error,
    ])
}

fn code() -> impl Strategy<Value = Code> {
    prop_oneof![
        text().prop_map(Code::Native),
        (text(), any::<[u8; 32]>()).prop_map(|(name, digest)| Code::Component { name, digest }),
    ]
}

prop_compose! {
    fn directory()(source in text(), target in text(), write: bool) -> Directory {
        let access = if write { Access::ReadWrite } else { Access::Read };
        Directory { source, target, access }
    }
}

prop_compose! {
    fn names()(find: bool, list: bool, register: bool) -> Names {
        Names { find, list, register }
    }
}

prop_compose! {
    fn linked()(interface in text(), actor in actor()) -> Linked {
        Linked { interface, actor }
    }
}

prop_compose! {
    fn grants()(
        directories in vec(directory(), 0..3),
        environment in vec((text(), text()), 0..3),
        connect in vec(text(), 0..3),
        names in names(),
        components in vec(text(), 0..3),
        links in vec(linked(), 0..3),
    ) -> Grants {
        Grants { directories, environment, connect, names, components, links }
    }
}

prop_compose! {
    fn limits()(
        memory_bytes: Option<u64>,
        message_bytes: Option<u32>,
        actors: Option<u32>,
        depth: Option<u32>,
        dialogs: Option<u32>,
        table_elements: Option<u32>,
        instances: Option<u32>,
        handles: Option<u32>,
        queue_bytes: Option<u64>,
        log_rate: Option<u32>,
        spawn_rate: Option<u32>,
        overdue_tasks: Option<u32>,
    ) -> Limits {
        Limits {
            memory_bytes, message_bytes, actors, depth, dialogs,
            table_elements, instances, handles, queue_bytes, log_rate, spawn_rate, overdue_tasks,
        }
    }
}

prop_compose! {
    fn spawn_spec()(
        (hello, actor, owner, code) in (hello(), actor(), actor(), code()),
        grants in grants(),
        limits in limits(),
        one_shot in option::of(text()),
        overdue in overdue(),
        (grace, allowance) in (time(), time()),
        terminal: bool,
        log in level(),
        (restarts, identity) in (any::<bool>(), option::of(identity())),
    ) -> SpawnSpec {
        SpawnSpec { hello, actor, owner, code, grants, limits, one_shot, overdue, grace, allowance, terminal, log, restarts, identity }
    }
}

prop_compose! {
    fn identity()(
        name in text(),
        [certificate, key, authority] in [(); 3].map(|()| vec(any::<u8>(), 0..5)),
    ) -> Identity {
        Identity { name, certificate, key, authority }
    }
}

fn carrier() -> impl Strategy<Value = Carrier> {
    prop::sample::select(vec![
        Carrier::Socket,
        Carrier::SharedMemory,
        Carrier::Tcp,
        Carrier::Quic,
    ])
}

fn overdue() -> impl Strategy<Value = Overdue> {
    prop::sample::select(vec![Overdue::ServeOn, Overdue::EndActor])
}

fn answer() -> impl Strategy<Value = Answer> {
    prop_oneof![
        Just(Answer::Done),
        error().prop_map(Answer::Failed),
        actor().prop_map(Answer::Started),
        option::of(actor()).prop_map(Answer::Found),
        vec(actor(), 0..3).prop_map(Answer::Listed),
        actor().prop_map(Answer::Connected),
    ]
}

/// Whatever the supervisor says.
pub(crate) fn to_worker() -> BoxedStrategy<ToWorker> {
    let side = prop::sample::select(vec![Side::First, Side::Second]);
    prop_oneof![
        spawn_spec().prop_map(|spec| ToWorker::Spec(Box::new(spec))),
        (request(), answer()).prop_map(|(request, answer)| ToWorker::Answer { request, answer }),
        (actor(), side, carrier()).prop_map(|(peer, side, carrier)| ToWorker::Link {
            peer,
            side,
            carrier
        }),
        (uuid(), failures()).prop_map(|(actor, failures)| ToWorker::ActorEnded { actor, failures }),
        (nursery(), cancellation()).prop_map(|(nursery, cancellation)| {
            ToWorker::NurseryCancelled {
                nursery,
                cancellation,
            }
        }),
        (nursery(), failures())
            .prop_map(|(nursery, failures)| ToWorker::NurseryClosed { nursery, failures }),
        (cancellation(), time(), any::<bool>()).prop_map(|(cancellation, time_left, restart)| {
            ToWorker::Cancel {
                cancellation,
                time_left,
                restart,
            }
        }),
        Just(ToWorker::Stop),
        any::<u64>().prop_map(|request| ToWorker::Report { request }),
        (uuid(), actor()).prop_map(|(child, actor)| ToWorker::ChildRestarted { child, actor }),
        (uuid(), failures()).prop_map(|(child, failures)| ToWorker::ChildEnded { child, failures }),
        uuid().prop_map(|actor| ToWorker::Unlinked { actor }),
        (uuid(), any::<Option<u16>>()).prop_map(|(actor, port)| ToWorker::Reach { actor, port }),
    ]
    .boxed()
}

prop_compose! {
    fn actor_spec()(
        component in text(),
        name in text(),
        grants in grants(),
        limits in limits(),
        overdue in option::of(overdue()),
        spawn_backend in option::of(prop::sample::select(vec![SpawnBackend::Auto, SpawnBackend::Exec, SpawnBackend::Fork])),
    ) -> ActorSpec {
        ActorSpec { component, name, grants, limits, overdue, spawn_backend }
    }
}

prop_compose! {
    fn restart()(
        policy in prop::sample::select(vec![RestartPolicy::OnFailure, RestartPolicy::Always]),
        strategy in prop::sample::select(vec![
            RestartStrategy::OneForOne,
            RestartStrategy::OneForAll,
            RestartStrategy::RestForOne,
        ]),
        restarts: u32,
        (within, first, most) in (time(), time(), time()),
    ) -> Restart {
        Restart::new(policy).strategy(strategy).intensity(restarts, within).backoff(first, most)
    }
}

fn nursery_body() -> impl Strategy<Value = Body> {
    prop_oneof![
        Just(Body::Ended),
        failures().prop_map(Body::Failed),
        cancellation().prop_map(Body::Cancelled),
    ]
}

prop_compose! {
    fn task_report()(
        function in text(),
        caller in actor(),
        age in time(),
        cancelled in option::of(cancellation()),
    ) -> TaskReport {
        TaskReport { function, caller, age, cancelled }
    }
}

prop_compose! {
    fn link_report()(peer in actor(), transport in option::of(text())) -> LinkReport {
        LinkReport { peer, transport }
    }
}

prop_compose! {
    fn report()(
        tasks in vec(task_report(), 0..3),
        queued_messages: u64,
        dialogs: u32,
        memory_bytes: u64,
        overdue_tasks: u32,
        blocked in option::of(text()),
        links in vec(link_report(), 0..3),
    ) -> Report {
        Report { tasks, queued_messages, dialogs, memory_bytes, overdue_tasks, blocked, links }
    }
}

/// Whatever a worker says.
pub(crate) fn from_worker() -> impl Strategy<Value = FromWorker> {
    prop_oneof![
        about_itself(),
        about_nurseries(),
        about_actors(),
        about_names()
    ]
}

fn about_itself() -> BoxedStrategy<FromWorker> {
    prop_oneof![
        hello().prop_map(FromWorker::Ready),
        (level(), option::of(text()), text()).prop_map(|(level, task, message)| {
            FromWorker::Log {
                level,
                task,
                message,
            }
        }),
        (any::<u64>(), report())
            .prop_map(|(request, report)| FromWorker::Report { request, report }),
        failures().prop_map(|failures| FromWorker::Ended { failures }),
        request().prop_map(|request| FromWorker::Withdraw { request }),
        uuid().prop_map(|actor| FromWorker::Unlinked { actor }),
        (uuid(), any::<Option<u16>>())
            .prop_map(|(actor, port)| FromWorker::Listening { actor, port }),
        Just(FromWorker::Stopping),
    ]
    .boxed()
}

fn about_nurseries() -> BoxedStrategy<FromWorker> {
    prop_oneof![
        (nursery(), option::of(time()), option::of(restart())).prop_map(
            |(nursery, grace, restart)| FromWorker::OpenNursery {
                nursery,
                grace,
                restart
            }
        ),
        (nursery(), cancellation()).prop_map(|(nursery, cancellation)| {
            FromWorker::CancelNursery {
                nursery,
                cancellation,
            }
        }),
        (nursery(), nursery_body())
            .prop_map(|(nursery, body)| FromWorker::CloseNursery { nursery, body }),
    ]
    .boxed()
}

fn about_actors() -> BoxedStrategy<FromWorker> {
    prop_oneof![
        (request(), nursery(), actor_spec(), option::of(text())).prop_map(
            |(request, nursery, spec, one_shot)| FromWorker::StartActor {
                request,
                nursery,
                spec,
                one_shot
            }
        ),
        (request(), uuid(), option::of(text())).prop_map(|(request, actor, message)| {
            FromWorker::CancelActor {
                request,
                actor,
                message,
            }
        }),
        (request(), uuid()).prop_map(|(request, actor)| FromWorker::Connect { request, actor }),
    ]
    .boxed()
}

fn about_names() -> BoxedStrategy<FromWorker> {
    prop_oneof![
        (request(), text()).prop_map(|(request, name)| FromWorker::Find { request, name }),
        (request(), text()).prop_map(|(request, name)| FromWorker::WaitFor { request, name }),
        (request(), text()).prop_map(|(request, name)| FromWorker::Register { request, name }),
        request().prop_map(|request| FromWorker::List { request }),
    ]
    .boxed()
}
