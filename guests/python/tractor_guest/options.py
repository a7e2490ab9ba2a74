"""What to start, with what it may touch and use, and how a nursery treats its children. Nothing is inherited but what is named here."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from wit_world.imports import capability as wit
from wit_world.imports import context as wit_context
from wit_world.imports import nursery as wit_nursery

from .scope import nanoseconds

Access = wit.Access
Overdue = wit_nursery.Overdue
Overrun = wit_context.Overrun
RestartStrategy = wit_nursery.RestartStrategy


@dataclass(frozen=True)
class Directory:
    """A directory that an actor may open: `source` as its owner sees it, `target` as it will."""

    source: str
    target: str
    access: Access = Access.READ


@dataclass(frozen=True)
class Names:
    """What an actor may do with the names of the tree."""

    find: bool = False
    list: bool = False
    register: bool = False

    @classmethod
    def all(cls) -> Names:
        """All of it."""
        return cls(True, True, True)


@dataclass(frozen=True)
class Grants:
    """What an actor may touch. By default: its output, clocks and random numbers, and `self` to start."""

    directories: Sequence[Directory] = ()
    environment: Mapping[str, str] = field(default_factory=dict)
    connect: Sequence[str] = ()
    """Hosts and ports, as `host:port`; `*` for any."""
    names: Names = Names()
    components: Sequence[str] = ()
    """Components of the bundle that it may start, `*` for all."""

    def _wit(self) -> wit.Grants:
        return wit.Grants(
            [wit.Directory(d.source, d.target, d.access) for d in self.directories],
            list(self.environment.items()),
            list(self.connect),
            wit.Names(self.names.find, self.names.list, self.names.register),
            list(self.components),
        )


@dataclass(frozen=True)
class Limits:
    """How much an actor may use. `None` asks for what its owner has or the default, whichever is less."""

    memory_bytes: int | None = None
    message_bytes: int | None = None
    actors: int | None = None
    depth: int | None = None
    dialogs: int | None = None
    table_elements: int | None = None
    instances: int | None = None
    handles: int | None = None
    queue_bytes: int | None = None
    log_rate: int | None = None
    spawn_rate: int | None = None
    overdue_tasks: int | None = None

    def _wit(self) -> wit.Limits:
        return wit.Limits(**{f.name: getattr(self, f.name) for f in dataclasses.fields(self)})


@dataclass(frozen=True)
class ActorSpec:
    """An actor to be started. Where one is asked for, the name of the component does too."""

    component: str
    """A component of the bundle, or `self`."""
    name: str = ""
    """Need not be unique. Empty: the name of the component."""
    grants: Grants = Grants()
    limits: Limits = Limits()
    overdue: Overdue | None = None
    """What becomes of it when a task of it is overdue. `None`: one that ends with its function ends, one that serves goes on."""

    def _wit(self) -> wit_nursery.ActorSpec:
        return wit_nursery.ActorSpec(
            self.component, self.name, self.grants._wit(), self.limits._wit(), self.overdue
        )


def spec(of: ActorSpec | str) -> wit_nursery.ActorSpec:
    """Makes the specification of an actor that was given as one or as the name of a component."""
    return (ActorSpec(of) if isinstance(of, str) else of)._wit()


@dataclass(frozen=True)
class Restart:
    """How children are started anew when they end, rather than failing the nursery."""

    always: bool = False
    """Whether those are started anew too that ended well."""
    strategy: RestartStrategy = RestartStrategy.ONE_FOR_ONE
    restarts: int = 3
    """So many, of all children together, within `within` seconds; one more fails the nursery."""
    within: float = 5.0
    first: float = 0.1
    """Seconds before the first restart, doubling up to `most`."""
    most: float = 10.0

    def _wit(self) -> wit_nursery.RestartOptions:
        policy = wit_nursery.RestartPolicy
        return wit_nursery.RestartOptions(
            policy.ALWAYS if self.always else policy.ON_FAILURE,
            self.strategy,
            wit_nursery.RestartIntensity(self.restarts, nanoseconds(self.within)),
            wit_nursery.RestartBackoff(nanoseconds(self.first), nanoseconds(self.most)),
        )
