//! Calls as people type them.
//!
//! The first byte chooses a function, the others are the text. It is refused, or its arguments are typed as text again and mean the same.

use crate::value::{Call, Shape, Signature};
use tractor_protocol::{Codec, Payload};
use wasmtime::component::Val;

/// Reads a call in both of its codecs.
pub(crate) fn run(bytes: &[u8]) {
    let Some((first, text)) = bytes.split_first() else {
        return;
    };
    let Some(call) = std::str::from_utf8(text).ok().and_then(Call::parse) else {
        return;
    };
    assert!(!call.function().is_empty() && !call.function().contains('('));
    let signatures = signatures();
    let signature = &signatures[usize::from(*first) % signatures.len()];
    for codec in [Codec::Wave, Codec::Json] {
        let arguments = call.arguments(codec);
        match signature.decode_arguments(call.function(), &arguments) {
            Ok(values) => assert_typed_again(signature, call.function(), &values, codec),
            Err(error) => assert!(!error.to_string().is_empty()),
        }
    }
}

fn assert_typed_again(signature: &Signature, function: &str, values: &[Val], codec: Codec) {
    let written = signature.encode_arguments(function, values, codec);
    let Payload { bytes, .. } = written.expect("they are of their types");
    let text = std::str::from_utf8(&bytes).expect("it is text");
    let inner = &text[1..text.len() - 1];
    let call = format!("{function}({inner})");
    let call = Call::parse(&call).expect("it is a call");
    assert_eq!(call.function(), function);
    let again = signature.decode_arguments(function, &call.arguments(codec));
    assert_eq!(again.as_deref(), Ok(values), "{text}");
}

fn signatures() -> Vec<Signature> {
    let names = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect();
    let list = |shape| Shape::List(Box::new(shape));
    let option = |shape| Shape::Option(Box::new(shape));
    let point = Shape::Record(vec![
        ("x".to_owned(), Shape::S32),
        ("none".to_owned(), option(Shape::F64)),
    ]);
    let figure = Shape::Variant(vec![
        ("dot".to_owned(), None),
        ("some".to_owned(), Some(point.clone())),
        ("ok".to_owned(), Some(list(Shape::String))),
    ]);
    let result = Shape::Result(Some(Box::new(Shape::U64)), Some(Box::new(figure.clone())));
    let map = Shape::Map(Box::new((Shape::Char, option(option(Shape::Bool)))));
    [
        vec![],
        vec![Shape::U32, Shape::U32],
        vec![Shape::String, option(Shape::Char)],
        vec![point, list(Shape::F32)],
        vec![figure, Shape::Enum(names(&["inf", "red", "true"]))],
        vec![result, Shape::Flags(names(&["a", "nan", "false"]))],
        vec![Shape::Tuple(vec![Shape::S8, map]), list(list(Shape::U8))],
    ]
    .map(signature)
    .into()
}

fn signature(shapes: Vec<Shape>) -> Signature {
    let named = shapes.into_iter().enumerate();
    Signature {
        parameters: named.map(|(i, shape)| (format!("p{i}"), shape)).collect(),
        result: None,
    }
}
