//! Starting an actor: whether it may be, its record, and its way to `Ready`.

use super::actor::{Actor, Cause, Home, Request, State};
use super::event::{Effect, SpawnRequest};
use super::grants::{self, SELF};
use super::limits::Bounds;
use super::machine::Tree;
use super::names::LONGEST_NAME_BYTES;
use super::nursery::Phase;
use super::timer::Timer;
use super::turns::Waiting;
use crate::time::Time;
use tractor_protocol::control::{ActorSpec, Answer, Overdue, SpawnBackend};
use tractor_protocol::handshake::Hello;
use tractor_protocol::{
    ActorId, Error, Failure, FailureId, FailureKind, Grants, Linked, NurseryId, RequestId, Uuid,
};

/// Why an actor may not be started: what is told to who asked.
type Refusal = (FailureKind, String);

/// What the texts of one actor's grants may have, 256 KiB: as an environment, more than programs take; and the supervisor keeps them for
/// each actor, and for each start that waits.
const GRANTS_BYTES: usize = 256 << 10;

/// A start that may go ahead.
struct Approved {
    component: String,
    grants: Grants,
    bounds: Bounds,
    overdue: Option<Overdue>,
    spawn_backend: Option<SpawnBackend>,
}

impl Tree {
    /// An actor wants to own another one.
    pub(super) fn on_start_actor(
        &mut self,
        now: Time,
        owner: Uuid,
        request: RequestId,
        nursery: NurseryId,
        spec: ActorSpec,
        one_shot: Option<String>,
    ) {
        let waiting = Waiting {
            owner,
            request,
            nursery,
            spec,
            one_shot,
        };
        if self.admit(now, &waiting).is_none() {
            return;
        }
        match self.reserve_start(now, owner) {
            Some(turn) if turn <= now => self.start(now, waiting),
            Some(turn) => self.wait_for_turn(turn, waiting),
            None => {
                let text = "limit spawn-rate: one is asked for, and 0 in a second may be started";
                let kind = FailureKind::Limit("spawn-rate".to_owned());
                self.refuse(owner, request, kind, text.to_owned());
            }
        }
    }

    /// Starts an actor whose turn has come.
    pub(super) fn start(&mut self, now: Time, waiting: Waiting) {
        let Some(approved) = self.admit(now, &waiting) else {
            return;
        };
        let home = Home {
            owner: waiting.owner,
            nursery: waiting.nursery,
        };
        let (name, one_shot) = (waiting.spec.name, waiting.one_shot);
        self.make(now, home, waiting.request, name, one_shot, approved);
    }

    /// Looks whether a start may be now; answers it if not.
    fn admit(&mut self, now: Time, waiting: &Waiting) -> Option<Approved> {
        let (owner, request) = (waiting.owner, waiting.request);
        let record = self.actors.get(&owner)?;
        let error = match record.nurseries.get(&waiting.nursery) {
            None if record.closed.get(waiting.nursery).is_some() => Some(Error::Closed),
            None => {
                let what = "started an actor in a nursery that it does not have";
                self.on_violation(now, owner, what);
                return None;
            }
            Some(nursery) => match &nursery.cancelled {
                Some(over) => Some(Error::Cancelled(over.cancellation.clone())),
                None => (nursery.phase == Phase::Closing).then_some(Error::Closed),
            },
        };
        if let Some(error) = error {
            self.answer(owner, request, Answer::Failed(error));
            return None;
        }
        match self.approve(record, &waiting.spec) {
            Ok(approved) => Some(approved),
            Err((kind, message)) => {
                self.refuse(owner, request, kind, message);
                None
            }
        }
    }

    fn approve(&self, owner: &Actor, spec: &ActorSpec) -> Result<Approved, Refusal> {
        if spec.name.len() > LONGEST_NAME_BYTES {
            let text = format!("a name has {LONGEST_NAME_BYTES} bytes at most");
            return Err((FailureKind::Misuse, text));
        }
        let component = self.resolve(owner, &spec.component)?;
        let denied = |message| (FailureKind::Denied, message);
        check_size(&spec.grants)?;
        let granted = grants::check(&owner.grants, &spec.grants).map_err(denied)?;
        let bounds = owner
            .bounds
            .for_child(&spec.limits, &self.defaults)
            .map_err(denied)?;
        self.check_links(owner, &granted.links)?;
        self.check_room(owner)?;
        Ok(Approved {
            component,
            grants: granted,
            bounds,
            overdue: spec.overdue,
            spawn_backend: spec.spawn_backend,
        })
    }

    /// An actor hands on the way to those that it may call itself.
    fn check_links(&self, owner: &Actor, links: &[Linked]) -> Result<(), Refusal> {
        let mut links = links.iter();
        match links.find(|link| !self.may_call(owner, link.actor.uuid)) {
            None => Ok(()),
            Some(link) => {
                let (interface, actor) = (&link.interface, &link.actor.name);
                let text = format!(
                    "linking `{interface}` to `{actor}`: the owner itself may not call that actor"
                );
                Err((FailureKind::Denied, text))
            }
        }
    }

    /// The bundle's name of the component that the owner names.
    fn resolve(&self, owner: &Actor, component: &str) -> Result<String, Refusal> {
        if component == SELF {
            return owner.component.clone().ok_or_else(|| {
                let text = "the root runs no component, so it has no `self`".to_owned();
                (FailureKind::NotFound, text)
            });
        }
        let held = &owner.grants.components;
        let mut may: Vec<String> = self.config.bundle.iter().cloned().collect();
        may.retain(|name| grants::may_start(held, name));
        if !self.config.bundle.contains(component) {
            let text = format!(
                "no component `{component}`; this actor may start {}",
                grants::list(&may)
            );
            return Err((FailureKind::NotFound, text));
        }
        if !grants::may_start(held, component) {
            let text = format!(
                "component `{component}` is not granted; this actor may start {}",
                grants::list(&may)
            );
            return Err((FailureKind::Denied, text));
        }
        Ok(component.to_owned())
    }

    /// The limits on number and depth hold for everyone above the new actor.
    fn check_room(&self, owner: &Actor) -> Result<(), Refusal> {
        let limit = |name: &str| FailureKind::Limit(name.to_owned());
        let mut above = Some(owner);
        let mut levels: u32 = 0;
        while let Some(record) = above {
            levels = levels.saturating_add(1);
            // Those that wait for their turn will be there too.
            let below = record.below.saturating_add(record.waiting_starts());
            if below >= record.bounds.actors {
                let text = format!(
                    "limit actors: one more is asked for, and `{}` has {below} of {} below it",
                    record.id.name, record.bounds.actors
                );
                return Err((limit("actors"), text));
            }
            if levels > record.bounds.depth {
                let text = format!(
                    "limit depth: {levels} levels are asked for, and `{}` may have {} below it",
                    record.id.name, record.bounds.depth
                );
                return Err((limit("depth"), text));
            }
            above = record.home.and_then(|home| self.actors.get(&home.owner));
        }
        Ok(())
    }

    fn make(
        &mut self,
        now: Time,
        home: Home,
        request: RequestId,
        name: String,
        one_shot: Option<String>,
        approved: Approved,
    ) {
        self.births += 1;
        let uuid = self.fresh_uuid();
        let name = match name.is_empty() {
            true => approved.component.clone(),
            false => name,
        };
        let id = ActorId { name, uuid, pid: 0 };
        let state = State::Starting {
            request: Some(request),
        };
        let record = Actor {
            component: Some(approved.component),
            grants: approved.grants,
            overdue: approved.overdue.unwrap_or(match &one_shot {
                Some(_) => Overdue::EndActor,
                None => Overdue::ServeOn,
            }),
            spawn_backend: approved.spawn_backend,
            one_shot,
            home: Some(home),
            started_by: request,
            ..Actor::new(id, self.births, now, approved.bounds, state)
        };
        self.enter(home, &record);
        self.actors.insert(uuid, record);
        self.begin_start(now, uuid);
    }

    /// Asks for the process of a record that is starting.
    pub(super) fn begin_start(&mut self, now: Time, actor: Uuid) {
        self.request_spawn(actor);
        let at = now + self.config.start_allowance;
        self.timers.set(actor, Timer::Start, at);
    }

    /// Notes the new actor with its owner, and in the counts of everyone above.
    fn enter(&mut self, home: Home, child: &Actor) {
        if let Some(nursery) = self.nursery_mut(home.owner, home.nursery) {
            nursery.members.insert(child.birth, child.id.uuid);
        }
        if let Some(owner) = self.actors.get_mut(&home.owner) {
            owner
                .requests
                .insert(child.started_by, Request::Start(child.id.uuid));
        }
        let mut above = Some(home.owner);
        while let Some(record) = above.and_then(|uuid| self.actors.get_mut(&uuid)) {
            record.below += 1;
            above = record.home.map(|home| home.owner);
        }
    }

    fn request_spawn(&mut self, actor: Uuid) {
        let Some((child, home)) = self.actors.get(&actor).and_then(|c| Some((c, c.home?))) else {
            return;
        };
        let Some(owner) = self.actors.get(&home.owner) else {
            return;
        };
        let Some(nursery) = owner.nurseries.get(&home.nursery) else {
            return;
        };
        let terminal = home.owner == self.root.uuid
            && child.component.is_some()
            && child.component == self.config.terminal_component;
        let spawn = SpawnRequest {
            actor: child.id.clone(),
            owner: owner.id.clone(),
            component: child.component.clone().unwrap_or_default(),
            grants: child.grants.clone(),
            limits: child.bounds.to_limits(),
            one_shot: child.one_shot.clone(),
            overdue: child.overdue,
            grace: nursery.grace,
            allowance: self.config.allowance,
            terminal,
            log: self.config.log,
            restarts: nursery.restarts.is_some(),
            backend: child.spawn_backend,
        };
        self.push(Effect::Spawn(Box::new(spawn)));
    }

    pub(super) fn fresh_uuid(&mut self) -> Uuid {
        loop {
            let uuid = Uuid::from_random(self.random.u128(..));
            if !self.actors.contains_key(&uuid) && !self.successors.contains_key(&uuid) {
                return uuid;
            }
        }
    }

    /// The process runs.
    pub(super) fn on_spawned(&mut self, now: Time, actor: Uuid, pid: u32) {
        let Some(record) = self.actors.get_mut(&actor) else {
            return;
        };
        record.id.pid = pid;
        if matches!(record.state, State::Killed { .. }) {
            return self.push(Effect::Kill { actor });
        }
        if let Some(hello) = record.early.take() {
            self.on_ready(now, actor, hello);
        }
    }

    /// The worker can be called.
    pub(super) fn on_ready(&mut self, now: Time, actor: Uuid, hello: Hello) {
        if let Err(error) = Hello::OURS.answer(hello) {
            return self.on_violation(now, actor, &format!("cannot be understood: {error}"));
        }
        let Some(record) = self.actors.get_mut(&actor) else {
            return;
        };
        let (State::Starting { request }, Some(home)) = (&mut record.state, record.home) else {
            return;
        };
        if record.id.pid == 0 {
            // Its word was faster than that of whoever spawned it. Nobody is to know it without its process id.
            if record.early.replace(hello).is_some() {
                self.on_violation(now, actor, "was ready twice");
            }
            return;
        }
        let request = request.take();
        record.state = State::Serving;
        let id = record.id.clone();
        self.timers.clear(actor);
        self.link(home.owner, actor);
        if let Some(request) = request {
            self.answer(home.owner, request, Answer::Started(id.clone()));
        }
        self.register(actor, &id.name);
        self.on_serving(now, actor, home);
    }

    /// The worker loads for ever.
    pub(super) fn on_start_overdue(&mut self, now: Time, actor: Uuid) {
        let Some(record) = self.actors.get(&actor) else {
            return;
        };
        let failure = Failure::new(
            FailureId::of_end(actor),
            FailureKind::Limit("start".to_owned()),
            record.id.clone(),
            format!("was not ready within {:?}", self.config.start_allowance),
        );
        self.kill(actor, Cause::Judged);
        self.fail_start(actor, &failure);
        self.record(now, actor, vec![failure]);
    }
}

fn check_size(grants: &Grants) -> Result<(), Refusal> {
    let directories = grants.directories.iter();
    let directories = directories.map(|one| one.source.len() + one.target.len());
    let variables = grants.environment.iter();
    let variables = variables.map(|(name, value)| name.len() + value.len());
    let names = grants.connect.iter().chain(&grants.components);
    let links = grants.links.iter();
    let links = links.map(|link| link.interface.len() + link.actor.name.len());
    let each = directories
        .chain(variables)
        .chain(names.map(String::len))
        .chain(links);
    // What an empty one takes counts too.
    let bytes: usize = each.map(|bytes| bytes + size_of::<String>()).sum();
    if bytes <= GRANTS_BYTES {
        return Ok(());
    }
    let text = format!("limit grants-bytes: {bytes} are asked for, and {GRANTS_BYTES} may be");
    Err((FailureKind::Limit("grants-bytes".to_owned()), text))
}
