//! What to start.

use crate::portal::Portal;
use std::path::Path;
use tractor_protocol::control::{self, Overdue, SpawnBackend};
use tractor_protocol::{Access, Directory, Grants, Limits, Linked, Names};

/// An actor to start: a component of the bundle, and what it is granted. Nothing is inherited but what is named here.
#[derive(Clone, Debug)]
pub struct ActorSpec(control::ActorSpec);

impl ActorSpec {
    /// An actor of this component. Defaults: named as the component is, no grants, may start every component of the bundle, the tree's limits.
    pub fn new(component: impl Into<String>) -> Self {
        let component = component.into();
        let grants = Grants {
            components: vec!["*".to_owned()],
            ..Grants::default()
        };
        Self(control::ActorSpec {
            name: component.clone(),
            component,
            grants,
            limits: Limits::default(),
            overdue: None,
            spawn_backend: None,
        })
    }

    /// Names it; names need not be unique.
    #[must_use]
    pub fn name(mut self, name: impl Into<String>) -> Self {
        self.0.name = name.into();
        self
    }

    /// Lets it open a directory, which it sees as `target`. Symbolic links on the way to `source` are followed now, and never again:
    /// a link that is put there later makes the start fail.
    #[must_use]
    pub fn directory(
        mut self,
        source: impl AsRef<Path>,
        target: impl Into<String>,
        access: Access,
    ) -> Self {
        let source = source.as_ref();
        // One that is not there is refused by name when the actor starts.
        let real = source.canonicalize().unwrap_or_else(|_| source.to_owned());
        let source = real.to_string_lossy().into_owned();
        self.0.grants.directories.push(Directory {
            source,
            target: target.into(),
            access,
        });
        self
    }

    /// Gives it an environment variable.
    #[must_use]
    pub fn environment(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.0.grants.environment.push((name.into(), value.into()));
        self
    }

    /// Lets it connect to `host:port`; `*` for any.
    #[must_use]
    pub fn connect(mut self, address: impl Into<String>) -> Self {
        self.0.grants.connect.push(address.into());
        self
    }

    /// Satisfies an import of its component by an actor: `ns:pkg/iface`, with or without a version. The imported functions are then
    /// calls of that actor, whose component exports them with the same types. An error that a function declares is what the caller gets; whatever
    /// else goes wrong in the linked actor is a trap of the caller, as an ordinary function has no other way to say it. The linked
    /// actor must be one that this program may call, and is owned by whoever started it.
    #[must_use]
    pub fn link(mut self, interface: impl Into<String>, to: &Portal) -> Self {
        self.0.grants.links.push(Linked {
            interface: interface.into(),
            actor: to.actor(),
        });
        self
    }

    /// Says what it may do with names. Default: nothing.
    #[must_use]
    pub fn names(mut self, names: Names) -> Self {
        self.0.grants.names = names;
        self
    }

    /// Says what it is granted, in full.
    #[must_use]
    pub fn grants(mut self, grants: Grants) -> Self {
        self.0.grants = grants;
        self
    }

    /// Bounds it. Default: the tree's limits.
    #[must_use]
    pub fn limits(mut self, limits: Limits) -> Self {
        self.0.limits = limits;
        self
    }

    /// Says what becomes of it when a task of it, cancelled by its caller, does not end within its grace period. Default:
    /// [`Overdue::EndActor`] for an actor that ends with its first call, [`Overdue::ServeOn`] for others.
    #[must_use]
    pub fn overdue(mut self, overdue: Overdue) -> Self {
        self.0.overdue = Some(overdue);
        self
    }

    /// Says how its process is started. Default: as the tree's builder says.
    #[must_use]
    pub fn spawn_backend(mut self, backend: SpawnBackend) -> Self {
        self.0.spawn_backend = Some(backend);
        self
    }

    pub(crate) fn into_raw(self) -> control::ActorSpec {
        self.0
    }
}

impl From<&str> for ActorSpec {
    fn from(component: &str) -> Self {
        Self::new(component)
    }
}
