//! One peer link: two directions, each in order, delayed, and cut at any frame.

use std::collections::VecDeque;
use tractor_protocol::peer::PeerMessage;
use tractor_protocol::{Frame, Side, Uuid};
use tractor_runtime::time::Time;

/// What arrives at an end.
pub(crate) enum Item {
    Frame(Frame<PeerMessage>),
    /// Nothing more comes.
    End,
}

/// One link.
pub(crate) struct Wire {
    /// The first and the second end.
    pub(crate) ends: [Uuid; 2],
    /// Whether each end was handed to its worker.
    pub(crate) open: [bool; 2],
    /// What arrived before that.
    pub(crate) early: [VecDeque<Item>; 2],
    /// When the last item arrives at each end.
    pub(crate) last: [Time; 2],
    /// Whether each end was told that it is over.
    pub(crate) ended: [bool; 2],
    /// It is cut: frames under way are lost.
    pub(crate) is_cut: bool,
}

impl Wire {
    pub(crate) fn new(ends: [Uuid; 2], now: Time) -> Self {
        Self {
            ends,
            open: [false; 2],
            early: Default::default(),
            last: [now; 2],
            ended: [false; 2],
            is_cut: false,
        }
    }

    /// Which end that actor has.
    pub(crate) fn end_of(&self, actor: Uuid) -> Option<usize> {
        self.ends.iter().position(|end| *end == actor)
    }
}

/// The side of an end.
pub(crate) fn side(end: usize) -> Side {
    match end {
        0 => Side::First,
        _ => Side::Second,
    }
}
