//! The streams of a QUIC link as the receiver sees them.
//!
//! Invariants: lanes that the peer opened are taken in one by one, the next when the first frame of the last has come, so openings
//! keep their order; beyond that each lane goes on by itself. What the lanes hold of unfinished frames is bounded by [`PARKED_BYTES`] and the limit for frames.

use super::outgoing::{ACCEPT, Pending, QuicEnd, lost, unreadable};
use super::ready::{Bell, Ready};
use crate::block::Block;
use crate::lane::Lane;
use bytes::BytesMut;
use quinn::{ConnectionError, RecvStream, SendStream};
use std::collections::HashMap;
use std::io::{Error, ErrorKind, Result};
use std::sync::Arc;
use std::task::{Context, Poll, Wake};
use tractor_protocol::frame;

/// What unfinished frames of all lanes may take together, beside one of the largest. A peer that respects its own high water
/// has no more under way.
pub(super) const PARKED_BYTES: usize = 32 << 20;

/// The control lane's number; others count from there.
const CONTROL: u64 = 0;

/// The streams that are open towards this end.
pub(crate) struct LanesIn {
    ready: Arc<Ready>,
    lanes: HashMap<u64, LaneIn>,
    next: u64,
    /// Whose block the receiver has.
    current: u64,
    /// The lane whose first frame is waited for before another is taken in.
    opening: Option<u64>,
    accepting: Option<Pending<std::result::Result<(SendStream, RecvStream), ConnectionError>>>,
    /// Lanes of the peer's that were taken in, and how many there are once it has said so.
    accepted: u64,
    farewell: Option<u64>,
    parked_bytes: usize,
    limit_bytes: usize,
}

struct LaneIn {
    stream: RecvStream,
    /// This end's half, until the lane's first frame tells its number.
    answers: Option<SendStream>,
    block: Block,
    bell: Arc<Bell>,
}

impl LanesIn {
    pub(crate) fn new(end: &QuicEnd, limit_bytes: usize) -> Self {
        let mut lanes = Self {
            ready: Arc::clone(&end.ready),
            lanes: HashMap::new(),
            next: CONTROL,
            current: CONTROL,
            opening: None,
            accepting: None,
            accepted: 0,
            farewell: None,
            parked_bytes: 0,
            limit_bytes,
        };
        if let Some(control) = end.take_control() {
            lanes.add(control, None);
        }
        lanes
    }

    fn add(&mut self, stream: RecvStream, answers: Option<SendStream>) -> u64 {
        let number = self.next;
        self.next += 1;
        let lane = LaneIn {
            stream,
            answers,
            block: Block::default(),
            bell: self.ready.bell(number),
        };
        self.lanes.insert(number, lane);
        number
    }

    /// Waits until a stream wants to be looked at.
    pub(crate) async fn rung(&self) {
        self.ready.rung.notified().await;
    }

    /// Reads once, on some lane, into its block. `false` at the end of the link.
    pub(crate) fn try_fill(&mut self, end: &QuicEnd, block: &mut Block) -> Result<bool> {
        self.park(block)?;
        loop {
            if self.is_over() {
                return Ok(false);
            }
            let Some(number) = self.ready.next() else {
                return Err(ErrorKind::WouldBlock.into());
            };
            if number == ACCEPT {
                self.accept(end)?;
            } else if self.read(number)? {
                self.take_up(number, block);
                return Ok(true);
            }
        }
    }

    /// What the receiver learned of the current lane from a frame of it.
    pub(crate) fn decoded(&mut self, end: &QuicEnd, lane: Lane) {
        let (Lane::Opens(key) | Lane::Within(key) | Lane::Ends(key)) = lane else {
            return;
        };
        let answers = self.lanes.get_mut(&self.current);
        if let Some(stream) = answers.and_then(|lane| lane.answers.take()) {
            end.answer_on(key, stream);
        }
        if self.opening == Some(self.current) {
            self.opening = None;
            Arc::clone(&end.accept).wake();
        }
        if matches!(lane, Lane::Ends(_)) {
            end.finish_lane(key);
        }
    }

    /// Whether this is the beginning of the farewell, and no frame.
    pub(crate) fn is_farewell(&self, data: &[u8]) -> bool {
        self.current == CONTROL && frame::wanted_bytes(data) == Some(frame::PREFIX_BYTES)
    }

    /// Everything the peer has said is received.
    fn is_over(&self) -> bool {
        self.lanes.is_empty() && self.farewell == Some(self.accepted)
    }

    /// Puts the block of the current lane back to it.
    fn park(&mut self, block: &mut Block) -> Result<()> {
        let Some(lane) = self.lanes.get_mut(&self.current) else {
            return Ok(());
        };
        std::mem::swap(&mut lane.block, block);
        self.parked_bytes += lane.block.data.len();
        if self.parked_bytes > PARKED_BYTES + self.limit_bytes {
            return Err(Error::new(
                ErrorKind::InvalidData,
                "the peer has too many large frames under way",
            ));
        }
        // Until a lane is taken up, there is no current one to put back.
        self.current = ACCEPT;
        Ok(())
    }

    fn take_up(&mut self, number: u64, block: &mut Block) {
        if let Some(lane) = self.lanes.get_mut(&number) {
            std::mem::swap(&mut lane.block, block);
            self.current = number;
        }
    }

    /// Reads once on a lane. `false` if there was nothing, or its end.
    fn read(&mut self, number: u64) -> Result<bool> {
        let Some(lane) = self.lanes.get_mut(&number) else {
            return Ok(false);
        };
        let known = lane.block.data.len();
        let missing = frame::wanted_bytes(&lane.block.data).map_or(0, |whole| {
            // The claim of a peer is room only up to the limit; what is over it is refused when it is decoded.
            whole.min(self.limit_bytes).saturating_sub(known)
        });
        let waker = lane.bell.waker();
        let context = &mut Context::from_waker(&waker);
        match lane.stream.poll_read(context, lane.block.room(missing)) {
            Poll::Pending => Ok(false),
            Poll::Ready(Err(error)) => Err(unreadable(&error)),
            Poll::Ready(Ok(0)) => self.ended(number).map(|()| false),
            Poll::Ready(Ok(bytes)) => {
                lane.block.filled(bytes);
                // Behind the others: there may be more.
                Arc::clone(&lane.bell).wake();
                self.parked_bytes -= known;
                Ok(true)
            }
        }
    }

    /// A lane has ended, and must not have done so inside a frame.
    fn ended(&mut self, number: u64) -> Result<()> {
        let Some(lane) = self.lanes.remove(&number) else {
            return Ok(());
        };
        let data = lane.block.data;
        self.parked_bytes -= data.len();
        if number == CONTROL {
            self.farewell = Some(farewell(&data)?);
            return Ok(());
        }
        match data.is_empty() && self.opening != Some(number) {
            true => Ok(()),
            false => Err(ErrorKind::UnexpectedEof.into()),
        }
    }

    /// Takes in lanes: the halves of our own, and the next of the peer's if it is its turn.
    fn accept(&mut self, end: &QuicEnd) -> Result<()> {
        for half in end.take_halves() {
            self.add(half, None);
        }
        if self.opening.is_some() {
            return Ok(());
        }
        let waker = end.accept.waker();
        let accepting = self.accepting.get_or_insert_with(|| {
            let connection = end.connection.clone();
            Box::pin(async move { connection.accept_bi().await })
        });
        match accepting.as_mut().poll(&mut Context::from_waker(&waker)) {
            Poll::Pending => Ok(()),
            Poll::Ready(accepted) => {
                self.accepting = None;
                self.accepted_as(accepted)
            }
        }
    }

    fn accepted_as(
        &mut self,
        accepted: std::result::Result<(SendStream, RecvStream), ConnectionError>,
    ) -> Result<()> {
        match accepted {
            Ok((answers, stream)) => {
                self.accepted += 1;
                self.opening = Some(self.add(stream, Some(answers)));
                Ok(())
            }
            // What has arrived is read to its end; whether that is all, the lanes will tell.
            Err(_) if !self.lanes.is_empty() => Ok(()),
            Err(error) => Err(lost(&error)),
        }
    }
}

/// How many lanes the peer has opened, by its last words on the control lane.
fn farewell(data: &BytesMut) -> Result<u64> {
    match data.split_first_chunk::<{ frame::PREFIX_BYTES }>() {
        Some(([0, 0, 0, 0], count)) => count.try_into().ok().map(u64::from_le_bytes),
        _ => None,
    }
    .ok_or_else(|| ErrorKind::UnexpectedEof.into())
}
