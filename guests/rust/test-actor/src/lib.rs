//! What the tests call: one component with many functions, each of which does one thing that a test needs. `wit/world.wit` says what.
//!
//! It is written against a WIT world of its own, as a guest with records and interfaces is.

#![expect(missing_docs, reason = "the bindings are written by wit-bindgen")]

mod calls;
mod contexts;
mod shapes;

tractor_guest::generate!({
    path: "wit",
    world: "test:actor/test-actor",
    additional_derives: [serde::Serialize, serde::Deserialize],
});

/// The component.
struct TestActor;

export!(TestActor);

impl Guest for TestActor {
    fn add(a: u32, b: u32) -> u32 {
        a + b
    }

    fn greet(name: String) -> String {
        format!("hello, {name}")
    }

    fn divide(dividend: u32, divisor: u32) -> Result<u32, String> {
        dividend
            .checked_div(divisor)
            .ok_or_else(|| format!("{dividend} cannot be divided by {divisor}"))
    }

    fn echo_bool(value: bool) -> bool {
        value
    }

    fn echo_char(value: char) -> char {
        value
    }

    fn echo_string(value: String) -> String {
        value
    }

    fn echo_bytes(value: Vec<u8>) -> Vec<u8> {
        value
    }

    fn echo_u8(value: u8) -> u8 {
        value
    }

    fn echo_s8(value: i8) -> i8 {
        value
    }

    fn echo_u16(value: u16) -> u16 {
        value
    }

    fn echo_s16(value: i16) -> i16 {
        value
    }

    fn echo_u32(value: u32) -> u32 {
        value
    }

    fn echo_s32(value: i32) -> i32 {
        value
    }

    fn echo_u64(value: u64) -> u64 {
        value
    }

    fn echo_s64(value: i64) -> i64 {
        value
    }

    fn echo_f32(value: f32) -> f32 {
        value
    }

    fn echo_f64(value: f64) -> f64 {
        value
    }

    fn echo_option(value: Option<String>) -> Option<String> {
        value
    }

    fn echo_nested(value: Vec<Option<(u32, String)>>) -> Vec<Option<(u32, String)>> {
        value
    }

    fn echo_result(value: Result<u32, String>) -> (Result<u32, String>,) {
        (value,)
    }

    fn bytes_of(count: u32) -> Vec<u8> {
        vec![7; count as usize]
    }
}
