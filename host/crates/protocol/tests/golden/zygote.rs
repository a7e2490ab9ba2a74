//! What the supervisor and a zygote say to each other.

use super::golden;
use crate::control::{Code, SpawnBackend};
use crate::zygote::{FromZygote, ToZygote};

golden! { to_zygote_has_its_golden_bytes, ToZygote:
    ToZygote::Prepare(_) => {
        "prepare native code": ToZygote::Prepare(Code::Native("n".into())) => "04000000 0000016e",
    }
    ToZygote::Fork { .. } => {
        "fork": ToZygote::Fork { name: "ann".into() } => "05000000 0103616e6e",
    }
}

golden! { from_zygote_has_its_golden_bytes, FromZygote:
    FromZygote::Ready => {
        "ready": FromZygote::Ready => "01000000 00",
    }
    FromZygote::Unready(_) => {
        "unready": FromZygote::Unready("why".into()) => "05000000 0103776879",
    }
    FromZygote::Forked { .. } => {
        "forked": FromZygote::Forked { pid: 300 } => "03000000 02ac02",
    }
    FromZygote::Refused { .. } => {
        "refused": FromZygote::Refused { errno: 11, why: "why".into() } => "06000000 031603776879",
    }
}

golden! { spawn_backend_has_its_golden_bytes, SpawnBackend:
    SpawnBackend::Auto => {
        "auto": SpawnBackend::Auto => "01000000 00",
    }
    SpawnBackend::Exec => {
        "exec": SpawnBackend::Exec => "01000000 01",
    }
    SpawnBackend::Fork => {
        "fork": SpawnBackend::Fork => "01000000 02",
    }
}
