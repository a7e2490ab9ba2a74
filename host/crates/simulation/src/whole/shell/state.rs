//! What one worker knows.

use super::scopes::Kin;
use crate::whole::books::{Books, Key};
use fastrand::Rng;
use std::cell::{Cell, RefCell};
use std::collections::{BTreeMap, BTreeSet};
use std::pin::Pin;
use std::rc::Rc;
use std::time::Duration;
use tractor_protocol::control::{Answer, FromWorker, Overdue, ToWorker};
use tractor_protocol::peer::PeerMessage;
use tractor_protocol::{
    ActorId, Cancellation, DialogId, Error, Failure, FailureId, Frame, NurseryId, Payload,
    RequestId, Restart, ScopeId, Side, Uuid,
};
use tractor_runtime::dialog::{Dialogs, Queues};
use tractor_runtime::scope::ScopeTable;
use tractor_runtime::time::Time;

/// A guest's task, or a part of it.
pub(crate) type Running = Pin<Box<dyn Future<Output = ()>>>;

/// What a worker is told.
pub(crate) enum Input {
    Control(ToWorker),
    Link {
        link: u64,
        peer: ActorId,
        side: Side,
    },
    Frame {
        link: u64,
        frame: Frame<PeerMessage>,
    },
    LinkEnd {
        link: u64,
    },
    Tick,
}

/// What a worker wants done.
#[derive(Default)]
pub(crate) struct Outputs {
    pub(crate) control: Vec<FromWorker>,
    pub(crate) frames: Vec<(u64, Frame<PeerMessage>)>,
    /// Links that it closed.
    pub(crate) closed: Vec<u64>,
}

/// One end of a peer link.
pub(in crate::whole) struct LinkEnd {
    pub(in crate::whole) id: u64,
    pub(in crate::whole) peer: ActorId,
    pub(in crate::whole) side: Side,
    pub(in crate::whole) dialogs: Dialogs,
    /// Since when it is at its end, and waits for the word why.
    pub(in crate::whole) ended: Option<Time>,
    /// What came on it before can still be received.
    pub(in crate::whole) lost: bool,
}

/// What a cancelled scope takes with it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::whole) enum Hook {
    Nursery(NurseryId),
    Dialog(u64, DialogId),
}

/// What is known of one dialog at this end.
#[derive(Default)]
pub(in crate::whole) struct Known {
    pub(in crate::whole) first: Option<Payload>,
    pub(in crate::whole) outcome: Option<Result<Payload, Error>>,
    pub(in crate::whole) scope: Option<ScopeId>,
    /// As opener: the scope of the task.
    pub(in crate::whole) opener: Option<ScopeId>,
}

/// A nursery of this worker.
pub(in crate::whole) struct NurseryRecord {
    pub(in crate::whole) scope: ScopeId,
    pub(in crate::whole) grace: Option<Duration>,
    pub(in crate::whole) members: BTreeSet<Uuid>,
    pub(in crate::whole) restart: Option<Restart>,
    /// How the body ended, as the first close has said.
    pub(in crate::whole) closing: Option<Option<Error>>,
    pub(in crate::whole) closed: Option<Vec<Failure>>,
}

/// What a worker knows of a child, until it has ended for good. After `worker/incarnation.rs`.
#[derive(Clone)]
pub(in crate::whole) struct ChildRecord {
    /// The request that started it.
    pub(in crate::whole) start: RequestId,
    /// Who it is now.
    pub(in crate::whole) reached: ActorId,
    pub(in crate::whole) restarts: u64,
    /// Nobody wants it to be started anew any more.
    pub(in crate::whole) done: bool,
    pub(in crate::whole) end: Option<Vec<Failure>>,
}

/// A task that a caller cancelled: until when it has time, and what its caller calls its being late.
pub(in crate::whole) struct Grace {
    pub(in crate::whole) until: Time,
    pub(in crate::whole) failure: FailureId,
}

/// The tables of a worker.
pub(in crate::whole) struct State {
    pub(in crate::whole) now: Time,
    pub(in crate::whole) rng: Rng,
    pub(in crate::whole) last_id: u64,
    pub(in crate::whole) scopes: ScopeTable,
    pub(in crate::whole) kin: BTreeMap<ScopeId, Kin>,
    pub(in crate::whole) hooks: BTreeMap<ScopeId, Vec<Hook>>,
    pub(in crate::whole) graces: BTreeMap<ScopeId, Grace>,
    pub(in crate::whole) wakes: BTreeSet<Time>,
    /// By number.
    pub(in crate::whole) links: BTreeMap<u64, LinkEnd>,
    pub(in crate::whole) link_of: BTreeMap<Uuid, u64>,
    pub(in crate::whole) known: BTreeMap<Key, Rc<RefCell<Known>>>,
    /// How often something was told of a dialog: who waits for it looks again then, and only then.
    pub(in crate::whole) told: BTreeMap<Key, u64>,
    /// Dialogs that were cancelled at this end, and until when they must be over.
    pub(in crate::whole) due: BTreeMap<Key, Time>,
    /// Contexts that are open at their opener, and may hold a buffer though they are over.
    pub(in crate::whole) held: BTreeSet<Key>,
    /// What waits on all links together.
    pub(in crate::whole) queues: Queues,
    pub(in crate::whole) nurseries: BTreeMap<NurseryId, NurseryRecord>,
    /// By the ids that their starts were answered with.
    pub(in crate::whole) children: BTreeMap<Uuid, ChildRecord>,
    pub(in crate::whole) ends: BTreeMap<Uuid, Vec<Failure>>,
    pub(in crate::whole) answers: BTreeMap<RequestId, Option<Answer>>,
    pub(in crate::whole) peers: Vec<Uuid>,
    pub(in crate::whole) cancelled: Option<(Cancellation, Time)>,
    /// Whether that is to start it anew.
    pub(in crate::whole) restarting: bool,
    pub(in crate::whole) one_shot: Option<Uuid>,
    pub(in crate::whole) shot: bool,
    pub(in crate::whole) out: Outputs,
    pub(in crate::whole) leaving: Option<Vec<Failure>>,
    /// The scopes of the tasks, and for those that serve, the dialog.
    pub(in crate::whole) tasks: BTreeMap<ScopeId, Option<Key>>,
    pub(in crate::whole) computing: Option<Time>,
}

pub(in crate::whole) struct Inner {
    pub(in crate::whole) id: ActorId,
    pub(in crate::whole) is_root: bool,
    pub(in crate::whole) grace: Duration,
    pub(in crate::whole) allowance: Duration,
    pub(in crate::whole) overdue: Overdue,
    /// The supervisor says what its end means to those who call it.
    pub(in crate::whole) restarts: bool,
    pub(in crate::whole) books: Books,
    pub(in crate::whole) state: RefCell<State>,
    pub(super) tasks: RefCell<Vec<Running>>,
    pub(super) dirty: Cell<bool>,
}

/// How a worker is made.
pub(crate) struct Birth {
    pub(crate) id: ActorId,
    pub(crate) is_root: bool,
    /// Its owner, for an actor that ends with the owner's first call.
    pub(crate) one_shot: Option<Uuid>,
    pub(crate) grace: Duration,
    pub(crate) allowance: Duration,
    pub(crate) overdue: Overdue,
    /// Whether its end may be answered by a restart.
    pub(crate) restarts: bool,
    pub(crate) now: Time,
    pub(crate) seed: u64,
}

/// One worker. Clones are the same one.
#[derive(Clone)]
pub(crate) struct Shell(pub(in crate::whole) Rc<Inner>);
