//! Enums within messages: each variant keeps its number.

use super::golden;
use super::sample::{cancellation, failure};
use crate::capability::Access;
use crate::control::{Code, Level};
use crate::failure::{CancelReason, Error, FailureKind};
use crate::id::Side;
use crate::payload::Codec;
use crate::peer::DialogKind;

golden! { failure_kind_has_its_golden_bytes, FailureKind:
    FailureKind::Returned => { "returned": FailureKind::Returned => "01000000 00", }
    FailureKind::Trap(_) => { "trap": FailureKind::Trap("t".into()) => "03000000 010174", }
    FailureKind::Limit(_) => { "limit": FailureKind::Limit("l".into()) => "03000000 02016c", }
    FailureKind::Exit(_) => { "exit": FailureKind::Exit(3) => "02000000 0303", }
    FailureKind::Killed(_) => { "killed": FailureKind::Killed(9) => "02000000 0409", }
    FailureKind::Overdue(_) => { "overdue": FailureKind::Overdue(cancellation()) => "1d000000 050503626f62101112131415161718191a1b1c1d1e0200020103776879", }
    FailureKind::Cancelled(_) => { "cancelled": FailureKind::Cancelled(cancellation()) => "1d000000 060503626f62101112131415161718191a1b1c1d1e0200020103776879", }
    FailureKind::ContextCancelled(_) => {
        "context cancelled": FailureKind::ContextCancelled(cancellation()) => "1d000000 070503626f62101112131415161718191a1b1c1d1e0200020103776879",
    }
    FailureKind::Restarted => { "restarted": FailureKind::Restarted => "01000000 08", }
    FailureKind::Misuse => { "misuse": FailureKind::Misuse => "01000000 09", }
    FailureKind::NotFound => { "not found": FailureKind::NotFound => "01000000 0a", }
    FailureKind::IllTyped => { "ill-typed": FailureKind::IllTyped => "01000000 0b", }
    FailureKind::Denied => { "denied": FailureKind::Denied => "01000000 0c", }
    FailureKind::ProtocolViolation => {
        "protocol violation": FailureKind::ProtocolViolation => "01000000 0d",
    }
    FailureKind::ConnectionLost => { "connection lost": FailureKind::ConnectionLost => "01000000 0e", }
    FailureKind::Overrun => { "overrun": FailureKind::Overrun => "01000000 0f", }
    FailureKind::Other => { "other": FailureKind::Other => "01000000 10", }
}

golden! { error_has_its_golden_bytes, Error:
    Error::Cancelled(_) => { "cancelled": Error::Cancelled(cancellation()) => "1d000000 000503626f62101112131415161718191a1b1c1d1e0200020103776879", }
    Error::Failed(_) => { "failed": Error::Failed(vec![failure()]) => "42000000 \
            0101c80101046f6f707303616e6e101112131415161718191a1b1c1d1e01a01f0103626f62101112 \
            131415161718191a1b1c1d1e0200016d010262740101035b315d", }
    Error::Closed => { "closed": Error::Closed => "01000000 02", }
}

golden! { cancel_reason_has_its_golden_bytes, CancelReason:
    CancelReason::Requested => { "requested": CancelReason::Requested => "01000000 00", }
    CancelReason::Deadline => { "deadline": CancelReason::Deadline => "01000000 01", }
    CancelReason::SiblingFailed => { "sibling failed": CancelReason::SiblingFailed => "01000000 02", }
    CancelReason::OwnerEnded => { "owner ended": CancelReason::OwnerEnded => "01000000 03", }
    CancelReason::ConnectionLost => { "connection lost": CancelReason::ConnectionLost => "01000000 04", }
    CancelReason::Shutdown => { "shutdown": CancelReason::Shutdown => "01000000 05", }
}

golden! { code_has_its_golden_bytes, Code:
    Code::Native(_) => { "native": Code::Native("n".into()) => "03000000 00016e", }
    Code::Component { .. } => {
        "component": Code::Component { name: "c".into(), digest: [7; 32] } => "23000000 0101630707070707070707070707070707070707070707070707070707070707070707",
    }
}

golden! { level_has_its_golden_bytes, Level:
    Level::Trace => { "trace": Level::Trace => "01000000 00", }
    Level::Debug => { "debug": Level::Debug => "01000000 01", }
    Level::Info => { "info": Level::Info => "01000000 02", }
    Level::Warn => { "warn": Level::Warn => "01000000 03", }
    Level::Error => { "error": Level::Error => "01000000 04", }
}

golden! { codec_has_its_golden_bytes, Codec:
    Codec::Postcard => { "postcard": Codec::Postcard => "01000000 00", }
    Codec::Json => { "json": Codec::Json => "01000000 01", }
    Codec::Wave => { "wave": Codec::Wave => "01000000 02", }
}

golden! { dialog_kind_has_its_golden_bytes, DialogKind:
    DialogKind::Call => { "call": DialogKind::Call => "01000000 00", }
    DialogKind::Context => { "context": DialogKind::Context => "01000000 01", }
}

golden! { side_has_its_golden_bytes, Side:
    Side::First => { "first": Side::First => "01000000 00", }
    Side::Second => { "second": Side::Second => "01000000 01", }
}

golden! { access_has_its_golden_bytes, Access:
    Access::Read => { "read": Access::Read => "01000000 00", }
    Access::ReadWrite => { "read and write": Access::ReadWrite => "01000000 01", }
}
