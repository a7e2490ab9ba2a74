//! Every kind of value, there and back.

use super::expect::{equal, function, holds};
use super::with_peer;
use crate::exports::test::conformance::peer::{Color, Point, Shape, Style};
use serde::de::DeserializeOwned;
use std::fmt::Debug;
use tractor_guest::{Arguments, Result};

/// What `echo-integers` takes.
type Integers = (u8, i8, u16, i16, u32, i32, u64, i64);

/// What `echo-options` takes; flags have no form of serde's own, and are their bits.
type Options = (
    Option<String>,
    Option<Option<u32>>,
    Result<u32, String>,
    Result<(), ()>,
    u8,
);

/// Calls `name` with each row, and expects it back.
async fn echo<T>(peer: &str, name: &str, rows: impl IntoIterator<Item = T>) -> Result<()>
where
    T: Arguments + DeserializeOwned + PartialEq + Debug,
{
    with_peer(peer, async |peer| {
        for row in rows {
            let came: T = peer.call(&function(name), Row(&row)).await?;
            equal(name, &came, &row)?;
        }
        Ok(())
    })
    .await
}

/// A row as arguments.
#[derive(serde::Serialize)]
#[serde(transparent)]
struct Row<'a, T>(&'a T);

impl<T: Arguments> Arguments for Row<'_, T> {}

pub(super) async fn integers(peer: &str) -> Result<()> {
    let rows: [Integers; 3] = [
        (0, i8::MIN, 0, i16::MIN, 0, i32::MIN, 0, i64::MIN),
        (
            u8::MAX,
            i8::MAX,
            u16::MAX,
            i16::MAX,
            u32::MAX,
            i32::MAX,
            u64::MAX,
            i64::MAX,
        ),
        // Beyond what a double can say.
        (
            1,
            -1,
            256,
            -256,
            65_536,
            -65_536,
            9_007_199_254_740_993,
            -9_007_199_254_740_993,
        ),
    ];
    echo(peer, "echo-integers", rows).await
}

pub(super) async fn floats(peer: &str) -> Result<()> {
    let rows = [
        (0.1, 0.1),
        (-0.0, -0.0),
        (1.5, -2.25),
        (f32::NAN, f64::NAN),
        (f32::INFINITY, f64::NEG_INFINITY),
        (f32::NEG_INFINITY, f64::INFINITY),
        (f32::MAX, f64::MAX),
        (1e-45, 5e-324),
    ];
    with_peer(peer, async |peer| {
        for row @ (a, b) in rows {
            let came: (f32, f64) = peer.call(&function("echo-floats"), row).await?;
            // Bits, to tell the zeros apart; of NaN they may change.
            let same = (came.0.to_bits() == a.to_bits() || came.0.is_nan() && a.is_nan())
                && (came.1.to_bits() == b.to_bits() || came.1.is_nan() && b.is_nan());
            holds(&format!("{row:?}"), same, &came)?;
        }
        Ok(())
    })
    .await
}

pub(super) async fn texts(peer: &str) -> Result<()> {
    let rows = [
        (true, 'a', String::new()),
        (false, 'é', "grüße\n\t\"quoted\" \\ /".to_owned()),
        (true, '🦀', "🦀 and a NUL \0 within".to_owned()),
        (false, char::MAX, "x".repeat(10_000)),
    ];
    echo(peer, "echo-texts", rows).await
}

pub(super) async fn compounds(peer: &str) -> Result<()> {
    let texts = |texts: &[&str]| Vec::from_iter(texts.iter().map(|text| (*text).to_owned()));
    let point = |x, y| Point { x, y };
    let rows = [
        (
            Vec::from_iter(0..=u8::MAX),
            texts(&["", "one", "zwei"]),
            (7u8, "seven".to_owned()),
            point(-1, 2),
            Color::Red,
            Shape::Nothing,
        ),
        (
            vec![],
            vec![],
            (0, String::new()),
            point(i32::MIN, i32::MAX),
            Color::DarkGreen,
            Shape::Dot(point(3, 4)),
        ),
        (
            vec![1],
            texts(&["only"]),
            (255, "x".to_owned()),
            point(0, 0),
            Color::Red,
            Shape::Circle((point(1, 1), 2.5)),
        ),
    ];
    echo(peer, "echo-compounds", rows).await
}

pub(super) async fn options(peer: &str) -> Result<()> {
    let bits = |style: Style| style.bits();
    let rows: [Options; 3] = [
        (None, None, Ok(7), Ok(()), 0),
        (
            Some(String::new()),
            Some(None),
            Err("no".to_owned()),
            Err(()),
            bits(Style::BOLD),
        ),
        (
            Some("x".to_owned()),
            Some(Some(3)),
            Ok(0),
            Ok(()),
            bits(Style::all()),
        ),
    ];
    echo(peer, "echo-options", rows).await
}
