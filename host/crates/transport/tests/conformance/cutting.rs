//! A link that ends in the middle of a frame is cut, and one that ends between two is not, at whichever byte.

use super::making::{LIMIT_BYTES, Note, Transport};
use super::on_every_transport;
use crate::io::{Carrier, Io};
use crate::{Link, ReceiveError, Receiver, Sender};
use bytes::BytesMut;
use std::io::IoSlice;
use tractor_protocol::frame;

on_every_transport!([link_cut_at_every_byte_gives_the_whole_frames_and_then_says_so]);

async fn link_cut_at_every_byte_gives_the_whole_frames_and_then_says_so(transport: Transport) {
    let mut bytes = BytesMut::new();
    let mut ends = vec![0];
    for (number, body) in [(1, &b""[..]), (2, b"body"), (3, b"x")] {
        frame::encode(&Note::Plain(number), body, LIMIT_BYTES, &mut bytes).unwrap();
        ends.push(bytes.len());
    }
    for cut in 0..=bytes.len() {
        let whole = ends.iter().filter(|end| **end <= cut).count() - 1;
        cut_at(transport, &bytes[..cut], whole, ends.contains(&cut)).await;
    }
}

/// Writes these bytes past the sender, and then the end of the process that wrote them.
async fn cut_at(transport: Transport, bytes: &[u8], whole: usize, between: bool) {
    let (first, second) = transport.links().await;
    let (_back, mut receiver): (Sender<Note>, Receiver<Note>) = second.split();
    let first = written(first, bytes).await;
    for number in 1..=whole {
        let received = receiver.receive().await.unwrap().unwrap();
        assert_eq!(received.frame.message.number() as usize, number);
    }
    // Not before: QUIC gives what it was handed to the network in a task of its own, and forgets it when the link is dropped.
    drop(first);
    let end = receiver.receive().await;
    // A network could have been cut by anyone: there an end is one only if the peer has said so.
    let says = matches!(transport.carrier(), "tcp" | "quic");
    match between && !says {
        true => assert!(matches!(end, Ok(None)), "{end:?} after {}", bytes.len()),
        false => assert!(
            matches!(end, Err(ReceiveError::Cut)),
            "{end:?} after {} bytes",
            bytes.len()
        ),
    }
}

async fn written(link: Link, bytes: &[u8]) -> Io {
    let io = link.into_io();
    let mut left = bytes;
    io.write_with(|| {
        while !left.is_empty() {
            let written = io.try_write(&[IoSlice::new(left)], &mut Vec::new())?;
            left = &left[written..];
        }
        io.try_flush()
    })
    .await
    .unwrap();
    io
}
