//! What the supervisor says to a worker.

use super::golden;
use super::sample::{
    actor, cancellation, failure, native_spawn_spec, other_actor, plain_failure, spawn_spec, time,
    uuid,
};
use crate::control::{Answer, Carrier, ToWorker};
use crate::failure::Error;
use crate::id::{NurseryId, RequestId, Side};

golden! { to_worker_has_its_golden_bytes, ToWorker:
    ToWorker::Spec(_) => {
        "spec of a component": ToWorker::Spec(Box::new(spawn_spec())) => "c2000000 \
            007472616301ac0203616e6e101112131415161718191a1b1c1d1e01a01f03626f62101112131415 \
            161718191a1b1c1d1e0200010163dddddddddddddddddddddddddddddddddddddddddddddddddddd \
            dddddddddddd01022f73022f740101014b01760103683a3101000101012a01016903626f62101112 \
            131415161718191a1b1c1d1e020001808080801001808040010900010701ac020105000180808020 \
            016401080105010166010080cab5ee010080dac4090102010101690\
            2c1c201c301c4",
        "spec of native code": ToWorker::Spec(Box::new(native_spawn_spec())) => "5b000000 \
            007472616301ac0203616e6e101112131415161718191a1b1c1d1e01a01f03626f62101112131415 \
            161718191a1b1c1d1e020000016e000000000000000000000000000000000000000000010080cab5 \
            ee010080dac40900000000",
    }
    ToWorker::Answer { .. } => {
        "answer": ToWorker::Answer { request: RequestId(300), answer: Answer::Done } => "04000000 01ac0200",
    }
    ToWorker::Link { .. } => {
        "link": ToWorker::Link { peer: actor(), side: Side::Second, carrier: Carrier::SharedMemory } => "19000000 \
            0203616e6e101112131415161718191a1b1c1d1e01a01f0101",
    }
    ToWorker::ActorEnded { .. } => {
        "actor ended": ToWorker::ActorEnded { actor: uuid(3), failures: vec![failure()] } => "52000000 \
            03101112131415161718191a1b1c1d1e0301c80101046f6f707303616e6e10111213141516171819 \
            1a1b1c1d1e01a01f0103626f62101112131415161718191a1b1c1d1e0200016d010262740101035b \
            315d",
    }
    ToWorker::NurseryCancelled { .. } => {
        "nursery cancelled":
            ToWorker::NurseryCancelled { nursery: NurseryId(4), cancellation: cancellation() } => "1e000000 04040503626f62101112131415161718191a1b1c1d1e0200020103776879",
    }
    ToWorker::NurseryClosed { .. } => {
        "nursery closed": ToWorker::NurseryClosed {
            nursery: NurseryId(4),
            failures: vec![failure(), plain_failure()],
        } => "5f000000 \
            050402c80101046f6f707303616e6e101112131415161718191a1b1c1d1e01a01f0103626f621011 \
            12131415161718191a1b1c1d1e0200016d010262740101035b315d011003616e6e10111213141516 \
            1718191a1b1c1d1e01a01f00000000",
    }
    ToWorker::Cancel { .. } => {
        "cancel": ToWorker::Cancel { cancellation: cancellation(), time_left: time(), restart: true } => "21000000 \
            060503626f62101112131415161718191a1b1c1d1e020002010377687903900301",
    }
    ToWorker::Stop => {
        "stop": ToWorker::Stop => "01000000 07",
    }
    ToWorker::Report { .. } => {
        "report": ToWorker::Report { request: 1 << 40 } => "07000000 08808080808020",
    }
    ToWorker::Unlinked { .. } => {
        "unlinked": ToWorker::Unlinked { actor: uuid(3) } => "11000000 09101112131415161718191a1b1c1d1e03",
    }
    ToWorker::ChildRestarted { .. } => {
        "child restarted": ToWorker::ChildRestarted { child: uuid(3), actor: actor() } => "27000000 \
            0a101112131415161718191a1b1c1d1e0303616e6e101112131415161718191a1b1c1d1e01a01f",
    }
    ToWorker::ChildEnded { .. } => {
        "child ended": ToWorker::ChildEnded { child: uuid(3), failures: vec![plain_failure()] } => "2e000000 \
            0b101112131415161718191a1b1c1d1e0301011003616e6e101112131415161718191a1b1c1d1e01 \
            a01f00000000",
    }
    ToWorker::Reach { .. } => {
        "reach": ToWorker::Reach { actor: uuid(3), port: Some(8080) } => "14000000 0c101112131415161718191a1b1c1d1e0301903f",
        "reach nobody": ToWorker::Reach { actor: uuid(3), port: None } => "12000000 0c101112131415161718191a1b1c1d1e0300",
    }
}

golden! { carrier_has_its_golden_bytes, Carrier:
    Carrier::Socket => {
        "socket": Carrier::Socket => "01000000 00",
    }
    Carrier::SharedMemory => {
        "shared memory": Carrier::SharedMemory => "01000000 01",
    }
    Carrier::Tcp => {
        "tcp": Carrier::Tcp => "01000000 02",
    }
    Carrier::Quic => {
        "quic": Carrier::Quic => "01000000 03",
    }
}

golden! { answer_has_its_golden_bytes, Answer:
    Answer::Done => {
        "done": Answer::Done => "01000000 00",
    }
    Answer::Failed(_) => {
        "failed": Answer::Failed(Error::Closed) => "02000000 0102",
    }
    Answer::Started(_) => {
        "started": Answer::Started(actor()) => "17000000 0203616e6e101112131415161718191a1b1c1d1e01a01f",
    }
    Answer::Found(_) => {
        "found": Answer::Found(Some(actor())) => "18000000 030103616e6e101112131415161718191a1b1c1d1e01a01f",
        "found none": Answer::Found(None) => "02000000 0300",
    }
    Answer::Listed(_) => {
        "listed": Answer::Listed(vec![actor(), other_actor()]) => "2d000000 \
            040203616e6e101112131415161718191a1b1c1d1e01a01f03626f62101112131415161718191a1b \
            1c1d1e0200",
    }
    Answer::Connected(_) => {
        "connected": Answer::Connected(actor()) => "17000000 0503616e6e101112131415161718191a1b1c1d1e01a01f",
    }
}
