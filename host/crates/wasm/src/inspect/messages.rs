//! The types of a context's messages. WIT gives a function a type for what it takes and gives, and none for what it receives and sends meanwhile; so
//! they are named beside it: for a context function `join` of an interface, the types `join-receives`, `join-sends` and `join-started` of
//! that interface, whatever they stand for. A function of the world itself has none: the engine does not tell types of the world.
//!
//! A component keeps the types of the interfaces that it exports, used or not, and those that its world `use`s. So whoever opens a
//! context may know its types too: it exports the interface as well, or has `use ns:pkg/iface.{join-sends};` in its world.

use super::functions::Functions;
use super::imports::is_ours;
use super::names::{is_interface, matches};
use crate::value::{Direction, Messages, Shape};
use std::sync::{Arc, OnceLock};
use wasmtime::component::Component;
use wasmtime::component::types::{ComponentInstance, ComponentItem, Type};

/// The types that are named for the messages of one function; taken apart when they are first used.
#[derive(Debug, Default)]
pub(crate) struct Named {
    types: [Option<Type>; 3],
    messages: OnceLock<Arc<Messages>>,
}

impl Named {
    /// Those of the function `name`, where `find` gives a type by its name.
    pub(crate) fn of(name: &str, find: impl Fn(&str) -> Option<ComponentItem>) -> Self {
        let named = |direction: Direction| match find(&format!("{name}-{}", direction.suffix())) {
            Some(ComponentItem::Type(ty)) => Some(ty),
            _ => None,
        };
        Self {
            types: Direction::ALL.map(named),
            messages: OnceLock::new(),
        }
    }

    /// The types; `None` where none is named.
    pub(crate) fn messages(&self) -> Option<&Arc<Messages>> {
        let messages = self.messages.get_or_init(|| {
            let ty = |direction: Direction| self.types[direction as usize].as_ref();
            Arc::new(Messages::new(|direction| ty(direction).map(Shape::of)))
        });
        (!messages.is_empty()).then_some(messages)
    }
}

/// A function of another component, of whose messages this one knows.
#[derive(Debug)]
pub(crate) struct Foreign {
    interface: String,
    name: String,
    named: Named,
}

/// What `component` imports of the messages of other components' functions.
pub(crate) fn foreign(component: &Component) -> Vec<Foreign> {
    let engine = component.engine();
    let ty = component.component_type();
    let mut found = Vec::new();
    let imports = ty.imports(engine);
    for (interface, item) in imports.filter(|(interface, _)| !is_ours(interface)) {
        let ComponentItem::ComponentInstance(instance) = item.ty else {
            continue;
        };
        for name in stems(&instance, component) {
            let find = |name: &str| Some(instance.get_export(engine, name)?.ty);
            found.push(Foreign {
                interface: interface.to_owned(),
                named: Named::of(&name, find),
                name,
            });
        }
    }
    found
}

/// What may be functions whose messages have types in `instance`.
fn stems(instance: &ComponentInstance, component: &Component) -> Vec<String> {
    let mut stems = Vec::new();
    for (name, item) in instance.exports(component.engine()) {
        let stem = name.rsplit_once('-');
        let is_suffix = |end| Direction::ALL.iter().any(|way| way.suffix() == end);
        match (stem, item.ty) {
            (Some((stem, end)), ComponentItem::Type(_)) if is_suffix(end) => {
                stems.push(stem.to_owned());
            }
            _ => {}
        }
    }
    stems.sort();
    stems.dedup();
    stems
}

/// What an opener's component knows of the messages of a function.
pub(crate) struct Known {
    /// The function, without its interface.
    pub(crate) function: String,
    pub(crate) messages: Arc<Messages>,
    asked: String,
}

/// The most bytes of a function's name with the types of its messages, 4 KiB: what a peer is told at each opening. Longer types go unsaid, and
/// each host looks by its own.
const TYPED_NAME_BYTES: usize = 4 << 10;

impl Known {
    /// The function, as the other actor's host is asked for it: `ns:pkg/iface#join{receives string; sends u32}`.
    pub(crate) fn asked(&self) -> &str {
        &self.asked
    }
}

impl Functions {
    /// What this component knows of the messages of a function that it is about to open a context of. Only a name with a package says whose function is
    /// meant: what is called `join` here need not be what is called so there.
    pub(crate) fn known(&self, asked: &str) -> Option<Known> {
        let (interface, name) = asked.rsplit_once('#')?;
        interface.contains(':').then_some(())?;
        let mut own = self.iter();
        let own = own.find(|function| matches(asked, function.interface(), function.name()));
        let own = own.and_then(|function| function.messages());
        let mut foreign = self.foreign_messages().iter();
        let messages = own.or_else(|| {
            let is_it = |foreign: &&Foreign| {
                foreign.name == name && is_interface(interface, &foreign.interface)
            };
            foreign.find(is_it)?.named.messages()
        })?;
        Some(Known {
            function: name.to_owned(),
            messages: Arc::clone(messages),
            asked: with_types(asked, messages),
        })
    }
}

fn with_types(name: &str, messages: &Messages) -> String {
    let text = format!("{name}{{{messages}}}");
    match text.len() <= TYPED_NAME_BYTES {
        true => text,
        false => name.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::inspect::{ResolveError, Signatures};
    use crate::testing::{actor_wit, component, component_bytes};
    use crate::value::Direction;

    const ROOM: &str = "
        package test:chat@0.1.0;
        interface room {
            use tractor:actor/context@0.1.0.{context};
            record line { text: string }
            type nick = string;
            type join-receives = line;
            record join-sends { nick: nick, line: line }
            type join-started = nick;
            join: async func(ctx: context);
            type watch-sends = list<line>;
            watch: async func(ctx: context);
            type plain-sends = u8;
            plain: func();
            listen: async func(ctx: context);
        }
        interface desk {
            use tractor:actor/context@0.1.0.{context};
            use tractor:actor/portal@0.1.0.{portal};
            record mine-sends { to: portal }
            mine: async func(ctx: context);
        }
        interface words {
            record word { text: string }
        }
    ";

    const JOIN: &str = "receives record { text: string }; \
        sends record { nick: string, line: record { text: string } }; starts with string";

    /// A package of one world, and the packages that it uses.
    fn package(world: &str) -> (String, [String; 2]) {
        let wit = format!("package test:side; world w {{ {world} }}");
        (wit, [actor_wit(), ROOM.to_owned()])
    }

    fn functions(world: &str) -> Functions {
        let (wit, others) = package(world);
        let component = component(&wit, &others.each_ref().map(String::as_str));
        Functions::of("room", &component).expect("sound")
    }

    fn signatures(world: &str) -> Signatures {
        let (wit, others) = package(world);
        let bytes = component_bytes(&wit, &others.each_ref().map(String::as_str));
        Signatures::of("room", &bytes).expect("sound")
    }

    fn server() -> Functions {
        functions("export test:chat/room@0.1.0;")
    }

    fn messages(functions: &Functions, name: &str) -> Option<String> {
        let function = functions.resolve(name).expect("it is there");
        function.messages().map(ToString::to_string)
    }

    #[test]
    fn types_beside_a_context_function_are_those_of_its_messages() {
        let server = server();
        assert_eq!(messages(&server, "join").as_deref(), Some(JOIN));
        let watch = "sends list<record { text: string }>";
        assert_eq!(messages(&server, "watch").as_deref(), Some(watch));
        assert_eq!(messages(&server, "listen"), None);
        assert_eq!(messages(&server, "plain"), None, "it takes no context");
    }

    #[test]
    fn signatures_show_them_by_their_names() {
        let server = signatures("export test:chat/room@0.1.0;");
        let expected = "\
room: library, tractor:actor@0.1.0
  exports:
    async test:chat/room@0.1.0#join(ctx: context)
      receives line; sends join-sends; starts with string
    async test:chat/room@0.1.0#watch(ctx: context)
      sends list<line>
    test:chat/room@0.1.0#plain()
    async test:chat/room@0.1.0#listen(ctx: context)
  types:
    record line { text: string }
    record join-sends { nick: nick, line: line }
    type nick = string
  notes:
    `test:chat/room@0.1.0#plain` is a plain func: to wait in tractor:actor it must be an `async func`";
        assert_eq!(server.to_string(), expected);
    }

    #[test]
    fn opener_that_exports_the_interface_knows_its_messages_by_the_full_name() {
        let server = server();
        for name in ["test:chat/room#join", "test:chat/room@0.1.0#join"] {
            let known = server.known(name).expect("known");
            assert_eq!(known.function, "join");
            assert_eq!(known.asked(), format!("{name}{{{JOIN}}}"));
            assert_eq!(server.resolve_typed(known.asked()).unwrap().name(), "join");
        }
        for name in [
            "join",
            "room#join",
            "other:chat/room#join",
            "test:chat/room#listen",
        ] {
            assert!(server.known(name).is_none(), "{name}");
        }
    }

    #[test]
    fn opener_that_uses_the_types_in_its_world_knows_them_and_asks_for_nothing() {
        let world = "use test:chat/room@0.1.0.{join-sends, watch-sends};";
        let opener = functions(world);
        let known = opener.known("test:chat/room#join").expect("known");
        let sends = "sends record { nick: string, line: record { text: string } }";
        assert_eq!(known.asked(), format!("test:chat/room#join{{{sends}}}"));
        assert!(known.messages.shape(Direction::Receives).is_none());
        assert!(opener.known("test:chat/room#watch").is_some());
        let world = "use test:chat/words@0.1.0.{word};";
        let opener = functions(world);
        assert_eq!((opener.asks(), opener.imports().len()), (&[][..], 0));
        assert_eq!(signatures(world).asks, []);
    }

    #[test]
    fn opener_that_means_other_types_is_told_both() {
        let server = server();
        let asked = "test:chat/room#watch{sends list<string>}";
        let error = server.resolve_typed(asked).expect_err("it differs");
        assert!(matches!(error, ResolveError::MistypedMessages(_)));
        assert_eq!(
            error.to_string(),
            "room: `test:chat/room@0.1.0#watch` sends list<record { text: string }>, \
             and whoever opens it takes that for list<string>"
        );
        for agrees in ["watch{receives u8}", "listen{sends u8}", "watch{"] {
            assert!(server.resolve_typed(agrees).is_ok(), "{agrees}");
        }
    }

    #[test]
    fn types_of_names_that_are_too_long_go_unsaid() {
        let text = with_types(
            "f",
            &Messages::new(|_| Some(Shape::Enum(vec!["a".repeat(5000)]))),
        );
        assert_eq!(text, "f");
    }

    #[test]
    fn message_that_cannot_leave_its_component_is_refused_with_its_direction() {
        let world = "export test:chat/desk@0.1.0;";
        let refused = functions(world).resolve("mine").unwrap().check_messages();
        let expected = "mine: what it sends holds own<resource>, which cannot leave its component: only plain values go between actors";
        assert_eq!(refused.unwrap_err(), expected);
        assert_eq!(server().resolve("join").unwrap().check_messages(), Ok(()));
    }
}
