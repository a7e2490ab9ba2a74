//! A call as people type it.

use tractor_protocol::{Codec, Payload};

/// A call as people type it, taken apart: `add(1, 2)`, `ns:pkg/iface#move({x: 1})`, or a bare name for no arguments.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Call<'a> {
    function: &'a str,
    values: &'a str,
}

impl<'a> Call<'a> {
    /// Takes `text` apart; `None` if it has no name, or its brackets do not close at its end. What stands between them is not looked at.
    pub fn parse(text: &'a str) -> Option<Self> {
        let text = text.trim();
        let (function, values) = match text.split_once('(') {
            None => (text, ""),
            Some((name, rest)) => (name.trim(), rest.strip_suffix(')')?),
        };
        (!function.is_empty()).then_some(Self { function, values })
    }

    /// The function's name.
    pub fn function(&self) -> &'a str {
        self.function
    }

    /// What stands between the brackets, as arguments in a text codec.
    pub fn arguments(&self, codec: Codec) -> Payload {
        let values = self.values;
        let text = match codec {
            Codec::Json => format!("[{values}]"),
            _ if values.trim().is_empty() => String::new(),
            _ => format!("({values})"),
        };
        Payload::new(codec, text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parsed(text: &str) -> Option<(&str, &str)> {
        Call::parse(text).map(|call| (call.function, call.values))
    }

    #[test]
    fn call_is_a_name_and_what_stands_between_the_outer_brackets() {
        assert_eq!(parsed("add(1, 2)"), Some(("add", "1, 2")));
        assert_eq!(parsed(" add ((1), (2)) "), Some(("add", "(1), (2)")));
        assert_eq!(parsed("a:b/c#d"), Some(("a:b/c#d", "")));
        for text in ["", "(1)", "add(1", "add(1) 2"] {
            assert_eq!(parsed(text), None, "{text}");
        }
    }

    #[test]
    fn arguments_are_text_of_their_codec() {
        let bytes = |text, codec| Call::parse(text).unwrap().arguments(codec).bytes;
        assert_eq!(bytes("f(1, 2)", Codec::Wave), "(1, 2)");
        assert_eq!(bytes("f(1, 2)", Codec::Json), "[1, 2]");
        assert_eq!(bytes("f( )", Codec::Wave), "");
        assert_eq!(bytes("f", Codec::Json), "[]");
    }
}
