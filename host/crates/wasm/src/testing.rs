//! Components without code, made of WIT text, for tests of what components say of themselves.

use std::fs;
use std::path::Path;
use wasmtime::component::Component;
use wasmtime::{Config, Engine};
use wit_component::{ComponentEncoder, StringEncoding, dummy_module, embed_component_metadata};
use wit_parser::{LiftLowerAbi, ManglingAndAbi, Resolve};

/// Our WIT package, as one text.
pub(crate) fn actor_wit() -> String {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../wit");
    let mut files: Vec<_> = fs::read_dir(folder)
        .expect("the folder `wit` is there")
        .map(|entry| entry.expect("it can be listed").path())
        .filter(|path| path.extension().is_some_and(|end| end == "wit"))
        .collect();
    files.sort();
    let texts = files.iter().map(|path| fs::read_to_string(path).unwrap());
    let all: String = texts.collect::<Vec<_>>().join("\n");
    let header = "package tractor:actor@0.1.0;";
    format!("{header}\n{}", all.replace(header, ""))
}

/// The bytes of a component of the only world in `wit`, which may use the packages in `others`.
pub(crate) fn component_bytes(wit: &str, others: &[&str]) -> Vec<u8> {
    let mut resolve = Resolve::default();
    for (index, other) in others.iter().enumerate() {
        resolve
            .push_str(format!("other{index}.wit"), other)
            .unwrap();
    }
    let package = resolve.push_str("test.wit", wit).unwrap();
    let world = resolve.select_world(&[package], None).unwrap();
    let abi = ManglingAndAbi::Legacy(LiftLowerAbi::Sync);
    let mut module = dummy_module(&resolve, world, abi);
    embed_component_metadata(&mut module, &resolve, world, StringEncoding::UTF8).unwrap();
    let encoder = ComponentEncoder::default().validate(true);
    encoder.module(&module).unwrap().encode().unwrap()
}

/// The same, compiled.
pub(crate) fn component(wit: &str, others: &[&str]) -> Component {
    let mut config = Config::new();
    config.wasm_component_model_async(true);
    let engine = Engine::new(&config).unwrap();
    Component::new(&engine, component_bytes(wit, others)).unwrap()
}
