//! Flow control: how many bytes an end may send on a connection. Both ends compile this file.
//!
//! Whoever receives decides. The window of a connection is what the other end may send before the
//! receiver's reader has taken any of it; so it is also the most that the receiver keeps. It is
//! [`FLOOR`] at first, without a frame that says so. As the reader takes bytes, the receiver grants
//! them anew, half a window at a time, and lets the window grow with them.
//!
//! | bound | why it is what it is |
//! |---|---|
//! | [`FLOOR`], 16 KiB | five times the longest answer of the credential endpoint; a thousand connections that nobody reads cost 16 MiB |
//! | [`CEILING`], 1 MiB | keeps the pipes and sockets between the two ends busy while a grant is on its way; with 256 KiB a large body took a fifth longer |
//! | [`Pool`] | what all windows together may have beyond their floors |
//!
//! No window grows beyond what the pool then has left for others. So of a pool of 2 MiB one
//! connection gets half, and each of nine a tenth. A window that has more than that is granted less
//! than its reader took, until it has as much as the others.
//!
//! A sender that has no credit waits; nothing else does. What a connection does not use goes back to
//! the pool, for others: once in each [`INTERVAL`] its sender returns credit that it does not need,
//! and its receiver keeps what it need not grant. What a reader does not take cannot go back: its
//! connection keeps its part of the pool until it ends.

// Public for credrun, which also compiles this file; in the relay nothing is outside the crate.
#![allow(unreachable_pub)]

use std::time::Duration;

/// A connection's window when it is opened.
pub const FLOOR: usize = 16 * 1024;

/// The largest window.
pub const CEILING: usize = 1024 * 1024;

/// How long an end waits until it looks at what its connections do not use. So after twice as long
/// at the latest it goes to others.
pub const INTERVAL: Duration = Duration::from_secs(1);

/// The other end sent, allowed or returned more than it may.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Excess;

/// What this end may still send on a connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Credit {
    left: usize,
    /// How much was sent since the last [`Credit::give_back`].
    sent: usize,
}

impl Default for Credit {
    fn default() -> Self {
        Self {
            left: FLOOR,
            sent: 0,
        }
    }
}

impl Credit {
    /// How many bytes may be sent.
    pub fn left(self) -> usize {
        self.left
    }

    /// So many bytes are sent: no more than [`Credit::left`].
    pub fn spend(&mut self, count: usize) {
        debug_assert!(count <= self.left, "sent without credit");
        self.left = self.left.saturating_sub(count);
        self.sent = self.sent.saturating_add(count);
    }

    /// The receiver grants so many more.
    ///
    /// # Errors
    /// [`Excess`], where no window is that large.
    pub fn add(&mut self, granted: u32) -> Result<(), Excess> {
        let left = self.left.saturating_add(granted as usize);
        if left > CEILING {
            return Err(Excess);
        }
        self.left = left;
        Ok(())
    }

    /// Whether a part of it could be returned.
    pub fn is_large(self) -> bool {
        self.left > FLOOR
    }

    /// What to return, once in each [`INTERVAL`]: what is beyond the floor, and beyond twice of what
    /// was sent since the last time.
    pub fn give_back(&mut self) -> Option<u32> {
        let needed = std::mem::take(&mut self.sent).saturating_mul(2).max(FLOOR);
        let returned = self.left.saturating_sub(needed);
        self.left -= returned;
        u32::try_from(returned).ok().filter(|count| *count > 0)
    }
}

/// How many bytes all windows together may still grow by.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Pool(usize);

impl Pool {
    /// Windows may grow by `bytes` beyond their floors.
    pub fn new(bytes: usize) -> Self {
        Self(bytes)
    }
}

/// What the other end may send on a connection, and what has become of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Window {
    /// Granted, and not yet received.
    open: usize,
    /// Received, and not yet taken by the reader.
    held: usize,
    /// Taken, and not yet granted anew.
    taken: usize,
    /// How much was received since the last [`Window::give_back`].
    received: usize,
    /// The sender has ended.
    is_closed: bool,
}

impl Default for Window {
    fn default() -> Self {
        Self {
            open: FLOOR,
            held: 0,
            taken: 0,
            received: 0,
            is_closed: false,
        }
    }
}

impl Window {
    /// The most that may be held.
    pub fn size(self) -> usize {
        self.open + self.held + self.taken
    }

    /// What of it is from the pool.
    fn grown(self) -> usize {
        self.size().saturating_sub(FLOOR)
    }

    /// So many bytes came.
    ///
    /// # Errors
    /// [`Excess`], where they are more than were granted.
    pub fn receive(&mut self, count: usize) -> Result<(), Excess> {
        self.open = self.open.checked_sub(count).ok_or(Excess)?;
        self.held += count;
        self.received = self.received.saturating_add(count);
        Ok(())
    }

    /// The reader took so many of them. [`Window::grant`] comes next.
    pub fn take(&mut self, count: usize) {
        debug_assert!(count <= self.held, "took what had not come");
        let count = count.min(self.held);
        self.held -= count;
        self.taken += count;
    }

    /// What to grant now, if it is worth a frame.
    pub fn grant(&mut self, pool: &mut Pool) -> Option<u32> {
        if self.is_closed {
            self.close(pool);
            return None;
        }
        if 2 * self.taken < self.size() {
            return None;
        }
        let grown = self.grown();
        let granted = if grown <= pool.0 {
            let growth = self.taken.min((pool.0 - grown) / 2);
            let growth = growth.min(CEILING - self.size());
            pool.0 -= growth;
            self.taken + growth
        } else {
            let loss = self.taken.min((grown - pool.0).div_ceil(2));
            pool.0 += loss;
            self.taken - loss
        };
        self.taken = 0;
        self.open += granted;
        u32::try_from(granted).ok().filter(|granted| *granted > 0)
    }

    /// The sender returns so many of the bytes that it may send.
    ///
    /// # Errors
    /// [`Excess`], where that would leave it less than [`FLOOR`]: nothing is gained by it.
    pub fn take_back(&mut self, returned: u32, pool: &mut Pool) -> Result<(), Excess> {
        let open = self.open.checked_sub(returned as usize);
        let open = open.filter(|open| *open >= FLOOR).ok_or(Excess)?;
        let grown = self.grown();
        (self.open, self.taken) = (open, 0);
        pool.0 += grown - self.grown();
        Ok(())
    }

    /// Whether what was taken is kept from others, and not granted either.
    pub fn keeps_from_others(self) -> bool {
        self.taken.min(self.grown()) > 0
    }

    /// Gives it back, once in each [`INTERVAL`], if so little came that it would not soon be granted.
    pub fn give_back(&mut self, pool: &mut Pool) {
        if std::mem::take(&mut self.received) < FLOOR {
            let unneeded = self.taken.min(self.grown());
            self.taken -= unneeded;
            pool.0 += unneeded;
        }
    }

    /// The sender has ended: what it could still send, and what was taken, is for others.
    pub fn close(&mut self, pool: &mut Pool) {
        let grown = self.grown();
        (self.open, self.taken, self.is_closed) = (0, 0, true);
        pool.0 += grown - self.grown();
    }

    /// The connection is over: gives back what the window grew by.
    pub fn end(&mut self, pool: &mut Pool) {
        pool.0 += self.grown();
        *self = Self::default();
    }
}

#[cfg(test)]
#[path = "credit/tests.rs"]
mod tests;
