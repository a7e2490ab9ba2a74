//! Tests of both readers, on components made of WIT text.

use super::{
    ACTOR_VERSION, Ask, ComponentError, Functions, Kind, ResolveError, Signatures, check_bytes,
};
use crate::testing::{actor_wit, component, component_bytes};

const CALC: &str = "
    package test:calc;
    world calc {
        export add: func(a: u32, b: u32) -> u32;
        export greet: func(name: string) -> string;
    }
";

const SHAPES: &str = "
    package test:shapes@1.2.0;
    interface draw {
        record point { x: s32, y: s32 }
        type points = list<point>;
        variant figure { dot, polygon(points) }
        resource pen { constructor(); move-to: func(to: point); }
        area: func(of: figure) -> result<f64, string>;
        lend: func(pen: borrow<pen>);
    }
    interface erase {
        use draw.{point};
        area: func(around: point);
        wipe-all: async func();
    }
    world shapes { export draw; export erase; }
";

const SERVER: &str = "
    package test:server;
    world server {
        include tractor:actor/program@0.1.0;
        import tractor:actor/context@0.1.0;
        use tractor:actor/context@0.1.0.{context};
        use tractor:actor/types@0.1.0.{payload};
        use tractor:actor/nursery@0.1.0.{child};
        export simple-rpc: async func(ctx: context, data: u32) -> result<u32, payload>;
        export only-context: async func(ctx: context);
        export adopt: async func(child: child);
        export plain: func() -> u32;
    }
";

fn calc() -> Functions {
    Functions::of("calc.wasm", &component(CALC, &[])).unwrap()
}

fn shapes() -> Functions {
    Functions::of("shapes.wasm", &component(SHAPES, &[])).unwrap()
}

fn refused(functions: &Functions, name: &str) -> String {
    functions.resolve(name).unwrap_err().to_string()
}

#[test]
fn unknown_function_lists_exports_and_the_near_one() {
    let expected = "\
calc.wasm exports no function `ad`
  it exports:  add(a: u32, b: u32) -> u32
               greet(name: string) -> string
  did you mean `add`?";
    assert_eq!(refused(&calc(), "ad"), expected);
}

#[test]
fn unknown_function_unlike_any_proposes_none() {
    let Err(ResolveError::Unknown(unknown)) = calc().resolve("quicksort").map(|_| ()) else {
        panic!("it was found")
    };
    assert_eq!(unknown.near, None);
    assert_eq!(unknown.exports.len(), 2);
}

#[test]
fn other_spelling_of_a_name_is_proposed() {
    for asked in [
        "wipe_all",
        "wipeAll",
        "Wipe-All",
        "test:shapes/draw#wipe-all",
    ] {
        let said = refused(&shapes(), asked);
        assert!(said.ends_with("did you mean `wipe-all`?"), "{said}");
    }
}

#[test]
fn every_form_of_a_name_resolves() {
    let functions = shapes();
    for name in [
        "draw#area",
        "draw@1.2.0#area",
        "test:shapes/draw#area",
        "test:shapes/draw@1.2.0#area",
    ] {
        let function = functions.resolve(name).unwrap();
        assert_eq!(function.interface(), Some("test:shapes/draw@1.2.0"));
        assert!(!function.is_async());
    }
    assert!(functions.resolve("wipe-all").unwrap().is_async());
    assert!(functions.resolve("test:shapes/draw@2.0.0#area").is_err());
}

#[test]
fn bare_name_of_two_functions_is_ambiguous() {
    let expected = "\
shapes.wasm exports 2 functions `area`
  name one in full:  test:shapes/draw@1.2.0#area
                     test:shapes/erase@1.2.0#area";
    assert_eq!(refused(&shapes(), "area"), expected);
}

#[test]
fn functions_of_resources_are_not_listed() {
    let names: Vec<_> = shapes()
        .iter()
        .map(|function| function.name().to_owned())
        .collect();
    assert_eq!(names, ["area", "lend", "area", "wipe-all"]);
}

#[test]
fn what_componentize_py_loads_programs_by_is_not_listed() {
    let wit = "package test:python; world python {
        export exports: interface { init: func(); other: func(); } export init: func(); }";
    let functions = Functions::of("x", &component(wit, &[])).unwrap();
    let names: Vec<_> = functions.iter().map(|f| f.full_name()).collect();
    assert_eq!(names, ["init", "exports#other"]);
    let signatures = Signatures::of("x", &component_bytes(wit, &[])).unwrap();
    let listed: Vec<_> = signatures.functions.iter().map(|f| &f.name).collect();
    assert_eq!(listed, ["init", "exports#other"]);
}

#[test]
fn index_of_a_function_leads_to_it() {
    let component = component(SHAPES, &[]);
    let functions = Functions::of("shapes.wasm", &component).unwrap();
    let function = functions.resolve("draw#area").unwrap();
    let instance = component
        .get_export_index(None, "test:shapes/draw@1.2.0")
        .unwrap();
    let expected = component.get_export_index(Some(&instance), "area").unwrap();
    assert_eq!(format!("{:?}", function.index()), format!("{expected:?}"));
}

#[test]
fn context_is_told_from_arguments() {
    let component = component(SERVER, &[&actor_wit()]);
    let functions = Functions::of("server.wasm", &component).unwrap();
    let rpc = functions.resolve("simple-rpc").unwrap();
    assert!(rpc.is_context() && rpc.is_async());
    assert_eq!(rpc.signature().parameters.len(), 1);
    assert!(
        rpc.to_string()
            .starts_with("simple-rpc(ctx: context, data: u32) -> result<u32, record")
    );
    let only = functions.resolve("only-context").unwrap();
    assert_eq!(only.to_string(), "only-context(ctx: context)");
    assert!(!functions.resolve("plain").unwrap().is_context());
    // Another resource is an argument, though one that nobody can pass.
    let adopt = functions.resolve("adopt").unwrap();
    assert!(!adopt.is_context());
    assert_eq!(adopt.to_string(), "adopt(child: own<resource>)");
    let run = functions.resolve("run").unwrap();
    assert_eq!(
        run.to_string(),
        "run(arguments: list<string>) -> result<_, error>"
    );
    assert_eq!(functions.kind(), Kind::Program);
    assert_eq!(functions.actor_version(), Some(ACTOR_VERSION));
}

#[test]
fn both_readers_agree() {
    let actor = actor_wit();
    for (wit, others) in [(CALC, &[][..]), (SHAPES, &[]), (SERVER, &[actor.as_str()])] {
        let signatures = Signatures::of("x", &component_bytes(wit, others)).unwrap();
        let functions = Functions::of("x", &component(wit, others)).unwrap();
        assert_eq!(signatures.kind, functions.kind());
        assert_eq!(signatures.asks, functions.asks());
        assert_eq!(
            signatures.actor_version.as_deref(),
            functions.actor_version()
        );
        let listed = signatures.functions.iter();
        let listed: Vec<_> = listed
            .map(|f| (f.name.clone(), f.is_async, f.is_context))
            .collect();
        let mine = functions.iter();
        let mine: Vec<_> = mine
            .map(|f| (f.full_name(), f.is_async(), f.is_context()))
            .collect();
        assert_eq!(listed, mine);
    }
}

#[test]
fn signatures_show_names_and_define_them() {
    let signatures = Signatures::of("shapes.wasm", &component_bytes(SHAPES, &[])).unwrap();
    let expected = "\
shapes.wasm: library
  exports:
    test:shapes/draw@1.2.0#area(of: figure) -> result<f64, string>
    test:shapes/draw@1.2.0#lend(pen: borrow<pen>)
    test:shapes/erase@1.2.0#area(around: point)
    async test:shapes/erase@1.2.0#wipe-all()
  types:
    variant figure { dot, polygon(points) }
    type points = list<point>
    record point { x: s32, y: s32 }
    resource pen";
    assert_eq!(signatures.to_string(), expected);
}

#[test]
fn signatures_of_an_actor_leave_known_types_out() {
    let bytes = component_bytes(SERVER, &[&actor_wit()]);
    let signatures = Signatures::of("server.wasm", &bytes).unwrap();
    let expected = "\
server.wasm: program, tractor:actor@0.1.0
  exports:
    async simple-rpc(ctx: context, data: u32) -> result<u32, payload>
    async only-context(ctx: context)
    async adopt(child: child)
    plain() -> u32
    async run(arguments: list<string>) -> result<_, error>
  asks for:
    names of other actors (--names)
  notes:
    `plain` is a plain func: to wait in tractor:actor it must be an `async func`";
    assert_eq!(signatures.to_string(), expected);
}

#[test]
fn wasi_command_is_known_by_its_export() {
    let wasi = "package wasi:cli@0.2.6; interface run { run: func() -> result; }
        interface environment { get: func() -> string; }";
    let wit = "package test:command; world w {
        import wasi:cli/environment@0.2.6; export wasi:cli/run@0.2.6; }";
    let functions = Functions::of("x", &component(wit, &[wasi])).unwrap();
    assert_eq!(functions.kind(), Kind::Command);
    assert_eq!(functions.asks(), [Ask::Environment]);
}

#[test]
fn asks_name_their_flags() {
    let imports = [
        "wasi:filesystem/types@0.2.6",
        "wasi:filesystem/preopens@0.2.6",
        "wasi:clocks/monotonic-clock@0.2.6",
        "wasi:sockets/tcp@0.2.6",
        "wasi:cli/stdin@0.2.6",
        "wasi:cli/stdout@0.2.6",
        "acme:db/query",
    ];
    let texts: Vec<_> = super::asks(imports)
        .iter()
        .map(ToString::to_string)
        .collect();
    assert_eq!(
        texts,
        [
            "files (--dir)",
            "the network (--connect)",
            "standard input (main only)",
            "acme:db/query, which another actor can give (--link)",
        ]
    );
}

#[test]
fn other_actor_version_is_refused_with_both() {
    for (version, advice) in [
        ("0.2.0", "update tractor-host"),
        ("0.0.9", "rebuild it against 0.1.0"),
    ] {
        let actor = format!("package tractor:actor@{version}; interface task {{ f: func(); }}");
        let wit = format!("package test:x; world w {{ import tractor:actor/task@{version}; }}");
        let component = component(&wit, &[&actor]);
        let error = Functions::of("x.wasm", &component).unwrap_err();
        let text =
            format!("x.wasm needs tractor:actor@{version}, and this host has 0.1.0\n  {advice}");
        assert_eq!(error.to_string(), text);
        let bytes = component_bytes(&wit, &[&actor]);
        assert_eq!(Signatures::of("x.wasm", &bytes), Err(error));
    }
}

#[test]
fn our_version_is_that_of_the_wit() {
    assert!(actor_wit().starts_with(&format!("package tractor:actor@{ACTOR_VERSION};")));
}

#[test]
fn what_is_no_component_is_named() {
    let seems = |bytes: &[u8]| match check_bytes("x", bytes) {
        Err(ComponentError::NotWasm { seems, .. }) => seems,
        other => panic!("{other:?}"),
    };
    assert_eq!(seems(b""), "an empty file");
    assert!(seems(b"\x7fELF\x02\x01").starts_with("an ELF file"));
    assert_eq!(seems(b"#!/bin/sh\n"), "a script");
    assert!(seems(b"(component)").starts_with("WebAssembly text"));
    assert_eq!(
        seems(b"fn main() {}\n"),
        "text that begins with `fn main() {}`"
    );
    assert_eq!(seems(b"\xff\xfe\0\0"), "an unknown binary format");
    assert_eq!(seems(b"\0\0\0\0"), "an unknown binary format");
}

#[test]
fn core_module_says_how_to_make_it_a_component() {
    let plain = wat::parse_str("(module)").unwrap();
    let preview1 = r#"(module (import "wasi_snapshot_preview1" "proc_exit" (func (param i32))))"#;
    let preview1 = wat::parse_str(preview1).unwrap();
    for (module, advice) in [(plain, "wasm32-wasip2"), (preview1, "--adapt")] {
        let error = check_bytes("x.wasm", &module).unwrap_err().to_string();
        assert!(error.starts_with("x.wasm is a core WebAssembly module, not a component\n  "));
        assert!(error.contains(advice), "{error}");
    }
}

proptest::proptest! {
    #![proptest_config(proptest::prelude::ProptestConfig::with_cases(200))]

    #[test]
    fn damaged_component_is_read_or_refused(
        place in proptest::prelude::any::<proptest::sample::Index>(), new in 0..=255_u8,
    ) {
        let mut bytes = component_bytes(SHAPES, &[]);
        let place = place.index(bytes.len());
        bytes[place] = new;
        let _either = Signatures::of("x", &bytes);
    }
}

#[test]
fn unknown_encoding_and_broken_bytes_are_refused() {
    let mut bytes = component_bytes(CALC, &[]);
    assert_eq!(check_bytes("x", &bytes), Ok(()));
    bytes[4] = 14;
    let unknown = check_bytes("x", &bytes);
    assert!(matches!(
        unknown,
        Err(ComponentError::UnknownEncoding {
            version: 14,
            layer: 1,
            ..
        })
    ));
    bytes[4] = 13;
    let error = Signatures::of("x", &bytes[..bytes.len() / 2]);
    assert!(
        matches!(error, Err(ComponentError::Damaged { .. })),
        "{error:?}"
    );
    assert!(matches!(
        check_bytes("x", b"\0asm\x0d"),
        Err(ComponentError::Incomplete { bytes: 5, .. })
    ));
}
