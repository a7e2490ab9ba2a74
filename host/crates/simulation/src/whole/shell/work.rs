//! A step of a worker: an input, its tasks, what it says; and what must hold then.

use super::state::{Birth, Inner, Input, Outputs, Running, Shell, State};
use super::{links, scopes};
use crate::whole::books::{Books, Key};
use crate::whole::task::Task;
use fastrand::Rng;
use std::cell::{Cell, RefCell};
use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;
use std::task::{Context, Poll, Waker};
use tractor_protocol::control::FromWorker;
use tractor_protocol::{ActorId, Error, Failure, FailureId, FailureKind};
use tractor_runtime::dialog::Queues;
use tractor_runtime::scope::ScopeTable;
use tractor_runtime::time::Time;

/// What may wait in the queues of one worker, in each direction: little enough to be met.
const QUEUE_BYTES: u64 = 4096;

/// How often tasks of one worker are polled in one step, at most. Far more than programs need; more is a livelock.
const MOST_ROUNDS: usize = 10_000;

impl Shell {
    pub(crate) fn new(birth: Birth, books: Books) -> Self {
        let state = State {
            now: birth.now,
            rng: Rng::with_seed(birth.seed),
            last_id: 0,
            scopes: ScopeTable::new(birth.id.clone()),
            kin: BTreeMap::new(),
            hooks: BTreeMap::new(),
            graces: BTreeMap::new(),
            wakes: BTreeSet::new(),
            links: BTreeMap::new(),
            link_of: BTreeMap::new(),
            known: BTreeMap::new(),
            told: BTreeMap::new(),
            due: BTreeMap::new(),
            held: BTreeSet::new(),
            queues: Queues::new(QUEUE_BYTES),
            nurseries: BTreeMap::new(),
            children: BTreeMap::new(),
            ends: BTreeMap::new(),
            answers: BTreeMap::new(),
            peers: Vec::new(),
            cancelled: None,
            restarting: false,
            one_shot: birth.one_shot,
            shot: false,
            out: Outputs::default(),
            leaving: None,
            tasks: BTreeMap::new(),
            computing: None,
        };
        Self(Rc::new(Inner {
            id: birth.id,
            is_root: birth.is_root,
            grace: birth.grace,
            allowance: birth.allowance,
            overdue: birth.overdue,
            restarts: birth.restarts,
            books,
            state: RefCell::new(state),
            tasks: RefCell::default(),
            dirty: Cell::new(false),
        }))
    }

    pub(crate) fn id(&self) -> &ActorId {
        &self.0.id
    }

    pub(in crate::whole) fn is_root(&self) -> bool {
        self.0.is_root
    }

    /// Works with the tables.
    pub(in crate::whole) fn with<R>(&self, work: impl FnOnce(&mut State) -> R) -> R {
        work(&mut self.0.state.borrow_mut())
    }

    /// Something changed that a task may wait for.
    pub(in crate::whole) fn touch(&self) {
        self.0.dirty.set(true);
    }

    pub(in crate::whole) fn books(&self) -> &Books {
        &self.0.books
    }

    pub(in crate::whole) fn next_id(&self) -> u64 {
        self.with(|state| {
            state.last_id += 1;
            state.last_id
        })
    }

    pub(in crate::whole) fn failure(&self, kind: FailureKind, message: &str) -> Failure {
        let id = FailureId(self.with(|state| state.rng.u64(..)));
        Failure::new(id, kind, self.0.id.clone(), message)
    }

    pub(in crate::whole) fn tell(&self, message: FromWorker) {
        self.with(|state| state.out.control.push(message));
    }

    /// Begins a task.
    pub(in crate::whole) fn spawn(&self, task: Running) {
        self.0.tasks.borrow_mut().push(task);
        self.touch();
    }

    /// Begins the program of the root.
    pub(crate) fn begin(&self, program: impl FnOnce(Task) -> Running) {
        let task = Task::begin(self, None, None);
        self.spawn(program(task));
    }

    /// Takes an input, lets the tasks go on, and gives what is to be done.
    pub(crate) fn step(&self, now: Time, input: Input) -> Outputs {
        self.with(|state| state.now = now);
        self.touch();
        self.fire();
        match input {
            Input::Control(message) => self.obey(message),
            Input::Link { link, peer, side } => self.open_link(link, peer, side),
            Input::Frame { link, frame } => self.take(link, frame),
            Input::LinkEnd { link } => self.link_ends(link),
            Input::Tick => {}
        }
        self.work();
        self.audit();
        self.with(|state| std::mem::take(&mut state.out))
    }

    fn work(&self) {
        for _ in 0..MOST_ROUNDS {
            self.pump();
            if self.with(|state| state.leaving.is_some()) {
                // What has left does nothing more: its futures are dropped as a process's memory is.
                return self.drop_tasks();
            }
            if !self.0.dirty.replace(false) || self.is_computing() {
                return;
            }
            self.poll_all();
        }
        let name = &self.0.id.name;
        self.books()
            .expect(false, || format!("{name} never comes to rest"));
    }

    fn is_computing(&self) -> bool {
        self.with(|state| state.computing.is_some_and(|until| state.now < until))
    }

    fn poll_all(&self) {
        let mut tasks = std::mem::take(&mut *self.0.tasks.borrow_mut());
        let mut context = Context::from_waker(Waker::noop());
        tasks.retain_mut(|task| match self.is_computing() {
            true => true,
            false => task.as_mut().poll(&mut context) == Poll::Pending,
        });
        if self.is_computing() {
            // Those that were not polled may have something to see afterwards.
            self.touch();
        }
        let mut all = self.0.tasks.borrow_mut();
        tasks.append(&mut all);
        *all = tasks;
    }

    /// Its process is gone, with all that was in it.
    pub(crate) fn die(&self) {
        self.with(|state| {
            state.leaving = Some(Vec::new());
            state.out = Outputs::default();
        });
        self.drop_tasks();
    }

    /// Drops all that runs. What that would say is said by nobody.
    fn drop_tasks(&self) {
        let (out, links) = self.with(|state| {
            let links = std::mem::take(&mut state.links);
            (std::mem::take(&mut state.out), links)
        });
        drop(links);
        let tasks = std::mem::take(&mut *self.0.tasks.borrow_mut());
        drop(tasks);
        self.with(|state| {
            state.out = out;
            state.tasks.clear();
            state.known.clear();
        });
    }

    /// Its last words, once it leaves.
    pub(crate) fn leaves(&self) -> Option<Vec<Failure>> {
        self.with(|state| state.leaving.clone())
    }

    /// When it is to be woken.
    pub(crate) fn next_timeout(&self) -> Option<Time> {
        self.with(|state| {
            let graces = state.graces.values().map(|grace| grace.until).min();
            let dialogs = state
                .links
                .values()
                .filter_map(|l| l.dialogs.next_timeout());
            let ended = state.links.values().filter(|link| !link.lost);
            let words = ended.filter_map(|link| link.ended);
            let words = words.map(|at| at + links::WORD_OF_END).min();
            [
                state.scopes.next_timeout(),
                graces,
                dialogs.min(),
                words,
                state.wakes.first().copied(),
                state.computing,
            ]
            .into_iter()
            .flatten()
            .min()
        })
    }

    pub(in crate::whole) fn leave(&self, failures: Vec<Failure>) {
        if self.0.is_root {
            return;
        }
        self.with(|state| {
            state.leaving.get_or_insert(failures);
        });
        self.touch();
    }

    /// Whether no task of it goes on.
    pub(crate) fn is_at_rest(&self) -> bool {
        self.with(|state| state.tasks.is_empty())
    }

    /// The code can run no more: every open dialog is answered with the reason, and the worker leaves. Where that may mean a restart, the
    /// supervisor answers them.
    pub(in crate::whole) fn break_down(&self, failure: &Failure) {
        self.books().seen("break down");
        let served: Vec<Key> = self.with(|state| {
            let links = state.links.values();
            links
                .filter(|_| !self.0.restarts)
                .flat_map(|link| link.dialogs.served().map(|dialog| (link.id, dialog)))
                .collect()
        });
        for key in served {
            self.finish(key, Err(Error::from(failure.clone())));
        }
        self.pump();
        self.leave(vec![failure.clone()]);
    }

    /// What must hold whenever nothing moves.
    fn audit(&self) {
        let name = &self.0.id.name;
        let wrong = self.with(|state| {
            let mut wrong = scopes::audit(state);
            wrong.extend(left_over(state));
            for (scope, key) in &state.tasks {
                let lost =
                    key.is_some_and(|(link, _)| state.links.get(&link).is_none_or(|l| l.lost));
                if lost && state.scopes.cancellation(*scope).is_none() {
                    wrong.push(format!("task {scope:?} goes on without its caller"));
                }
            }
            for (key, until) in &state.due {
                let lost = state.links.get(&key.0).is_none_or(|link| link.lost);
                if *until <= state.now && !lost {
                    wrong.push(format!("{key:?} is cancelled and not over in its grace"));
                }
            }
            for link in state.links.values() {
                let (queued, open) = (link.dialogs.queued_messages(), link.dialogs.open_dialogs());
                let held = state.held.iter().filter(|(id, _)| *id == link.id).count();
                if queued > 4 * (open + held) {
                    wrong.push(format!("{queued} messages wait in {open} dialogs"));
                }
            }
            wrong
        });
        for text in wrong {
            self.books().expect(false, || format!("{name}: {text}"));
        }
    }
}

/// What is left when no task goes on: nothing.
fn left_over(state: &State) -> Vec<String> {
    let mut wrong = Vec::new();
    for link in state.links.values() {
        let timer = link.dialogs.next_timeout();
        if link.dialogs.open_dialogs() == 0 && timer.is_some() {
            wrong.push(format!("link {} has a timer and no dialog", link.id));
        }
    }
    if !state.tasks.is_empty() || state.leaving.is_some() {
        return wrong;
    }
    let (incoming, outgoing) = (&state.queues.incoming, &state.queues.outgoing);
    let (incoming, outgoing) = (incoming.used_bytes(), outgoing.used_bytes());
    if state.known.is_empty() && incoming + outgoing > 0 {
        wrong.push(format!(
            "{incoming} and {outgoing} bytes of room in queues are held, and nothing waits"
        ));
    }
    let scopes = state.scopes.len() + state.kin.len() + state.hooks.len() + state.graces.len();
    if scopes > 0 {
        wrong.push(format!("{scopes} scopes are left without a task"));
    }
    for link in state.links.values().filter(|_| state.known.is_empty()) {
        if !link.dialogs.is_idle() && link.dialogs.overdue() == 0 {
            wrong.push(format!("dialogs are left on link {}", link.id));
        }
    }
    wrong
}
