//! What a worker says to the supervisor.

use super::golden;
use super::sample::{actor_spec, cancellation, failure, hello, report, time, uuid};
use crate::control::{Body, FromWorker, Level, Report};
use crate::id::{NurseryId, RequestId};
use crate::restart::{Restart, RestartStrategy};

golden! { from_worker_has_its_golden_bytes, FromWorker:
    FromWorker::Ready(_) => {
        "ready": FromWorker::Ready(hello()) => "08000000 007472616301ac02",
    }
    FromWorker::OpenNursery { restart: None, .. } => {
        "open nursery":
            FromWorker::OpenNursery { nursery: NurseryId(4), grace: Some(time()), restart: None } => "07000000 01040103900300",
        "open nursery with the tree's grace":
            FromWorker::OpenNursery { nursery: NurseryId(4), grace: None, restart: None } => "04000000 01040000",
    }
    FromWorker::OpenNursery { restart: Some(_), .. } => {
        "open nursery that restarts": FromWorker::OpenNursery {
            nursery: NurseryId(4),
            grace: None,
            restart: Some(Restart::always().strategy(RestartStrategy::RestForOne)),
        } => "10000000 0104000101020305000080c2d72f0a00",
        "open nursery that restarts what failed": FromWorker::OpenNursery {
            nursery: NurseryId(4),
            grace: None,
            restart: Some(Restart::on_failure().strategy(RestartStrategy::OneForAll).intensity(300, time())),
        } => "12000000 010400010001ac020390030080c2d72f0a00",
    }
    FromWorker::StartActor { .. } => {
        "start actor": FromWorker::StartActor {
            request: RequestId(300),
            nursery: NurseryId(4),
            spec: actor_spec(),
            one_shot: Some("f".into()),
        } => "5f000000 \
            02ac02040163016e01022f73022f740101014b01760103683a3101000101012a01016903626f6210 \
            1112131415161718191a1b1c1d1e020001808080801001808040010900010701ac02010500018080 \
            802001640108010501000102010166",
    }
    FromWorker::CancelActor { .. } => {
        "cancel actor": FromWorker::CancelActor {
            request: RequestId(300),
            actor: uuid(3),
            message: Some("why".into()),
        } => "18000000 03ac02101112131415161718191a1b1c1d1e030103776879",
    }
    FromWorker::CancelNursery { .. } => {
        "cancel nursery": FromWorker::CancelNursery {
            nursery: NurseryId(4),
            cancellation: cancellation(),
        } => "1e000000 04040503626f62101112131415161718191a1b1c1d1e0200020103776879",
    }
    FromWorker::CloseNursery { .. } => {
        "close nursery": FromWorker::CloseNursery { nursery: NurseryId(4), body: Body::Ended } => "03000000 050400",
    }
    FromWorker::Connect { .. } => {
        "connect": FromWorker::Connect { request: RequestId(300), actor: uuid(3) } => "13000000 06ac02101112131415161718191a1b1c1d1e03",
    }
    FromWorker::Find { .. } => {
        "find": FromWorker::Find { request: RequestId(300), name: "ann".into() } => "07000000 07ac0203616e6e",
    }
    FromWorker::WaitFor { .. } => {
        "wait for": FromWorker::WaitFor { request: RequestId(300), name: "ann".into() } => "07000000 08ac0203616e6e",
    }
    FromWorker::List { .. } => {
        "list": FromWorker::List { request: RequestId(300) } => "03000000 09ac02",
    }
    FromWorker::Register { .. } => {
        "register": FromWorker::Register { request: RequestId(300), name: "ann".into() } => "07000000 0aac0203616e6e",
    }
    FromWorker::Withdraw { .. } => {
        "withdraw": FromWorker::Withdraw { request: RequestId(300) } => "03000000 0bac02",
    }
    FromWorker::Log { .. } => {
        "log": FromWorker::Log {
            level: Level::Warn,
            task: Some("f".into()),
            message: "m".into(),
        } => "07000000 0c03010166016d",
    }
    FromWorker::Report { .. } => {
        "report": FromWorker::Report { request: 1, report: report() } => "75000000 \
            0d0101016603616e6e101112131415161718191a1b1c1d1e01a01f039003010503626f6210111213 \
            1415161718191a1b1c1d1e020002010377687980010280800403010177\
            0203626f62101112131415161718191a1b1c1d1e020001017403616e6e101112131415161718191a1b1c1d1e01a01f00",
        "report of nothing": FromWorker::Report { request: 1, report: Report::default() } => "09000000 0d0100000000000000",
    }
    FromWorker::Ended { .. } => {
        "ended": FromWorker::Ended { failures: vec![] } => "02000000 0e00",
        "ended with a failure": FromWorker::Ended { failures: vec![failure()] } => "42000000 \
            0e01c80101046f6f707303616e6e101112131415161718191a1b1c1d1e01a01f0103626f62101112 \
            131415161718191a1b1c1d1e0200016d010262740101035b315d",
    }
    FromWorker::Unlinked { .. } => {
        "unlinked": FromWorker::Unlinked { actor: uuid(3) } => "11000000 0f101112131415161718191a1b1c1d1e03",
    }
    FromWorker::Stopping => {
        "stopping": FromWorker::Stopping => "01000000 10",
    }
    FromWorker::Listening { .. } => {
        "listening": FromWorker::Listening { actor: uuid(3), port: Some(8080) } => "14000000 11101112131415161718191a1b1c1d1e0301903f",
        "not listening": FromWorker::Listening { actor: uuid(3), port: None } => "12000000 11101112131415161718191a1b1c1d1e0300",
    }
}

golden! { body_has_its_golden_bytes, Body:
    Body::Ended => {
        "ended": Body::Ended => "01000000 00",
    }
    Body::Failed(_) => {
        "failed": Body::Failed(vec![failure()]) => "42000000 \
            0101c80101046f6f707303616e6e101112131415161718191a1b1c1d1e01a01f0103626f62101112 \
            131415161718191a1b1c1d1e0200016d010262740101035b315d",
    }
    Body::Cancelled(_) => {
        "cancelled": Body::Cancelled(cancellation()) => "1d000000 020503626f62101112131415161718191a1b1c1d1e0200020103776879",
    }
}
