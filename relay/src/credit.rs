//! Flow control: how many bytes an end may send on a connection. Both ends compile this file.
//!
//! Whoever receives decides. The window of a connection is what the other end may send before the
//! receiver's reader has taken any of it; so it is also the most that the receiver keeps. It is
//! [`FLOOR`] at first, without a frame that says so. As the reader takes bytes, the receiver grants
//! them anew, half a window at a time, and lets the window grow with them, up to [`CEILING`]. No window
//! has more beyond its floor than the [`Pool`] has left for others: one alone gets half of the pool,
//! and of nine each gets a tenth. A window that has more than that now is granted less than its reader
//! took, until it has as much as the others.
//!
//! | bound | why it is what it is |
//! |---|---|
//! | [`FLOOR`], 16 KiB | five times the longest answer of the credential endpoint; a thousand connections that nobody reads cost 16 MiB |
//! | [`CEILING`], 1 MiB | what the pipes and sockets of an attached container hold between the two ends, and as much again while a grant is on its way |
//! | [`Pool`] | what large windows may cost, all together |
//!
//! A sender that has no credit waits; nothing else does. A sender that has sent nothing for
//! [`SILENCE`] returns what it may send beyond the floor, so that a connection which is kept open
//! takes nothing from others. What a reader does not take cannot be returned: its connection keeps its
//! part of the pool until it ends.

// Public for credrun, which also compiles this file; in the relay nothing is outside the crate.
#![allow(unreachable_pub)]

use std::time::Duration;

/// A connection's window when it is opened.
pub const FLOOR: usize = 16 * 1024;

/// The largest window.
pub const CEILING: usize = 1024 * 1024;

/// After so long without a byte of its own, a sender returns credit; after twice as long at the
/// latest.
pub const SILENCE: Duration = Duration::from_secs(1);

/// The other end sent, or allowed, more than it may.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Excess;

/// What this end may still send on a connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Credit {
    left: usize,
    /// Something was sent since the last [`Credit::look`].
    was_used: bool,
}

impl Default for Credit {
    fn default() -> Self {
        Self {
            left: FLOOR,
            was_used: false,
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
        self.was_used = true;
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

    /// Whether there is more than others could use.
    pub fn is_large(self) -> bool {
        self.left > FLOOR
    }

    /// Looks whether the sender is silent, once in each [`SILENCE`]: what to return where nothing was
    /// sent since the last look.
    pub fn look(&mut self) -> Option<u32> {
        if std::mem::take(&mut self.was_used) || !self.is_large() {
            return None;
        }
        let returned = self.left - FLOOR;
        self.left = FLOOR;
        u32::try_from(returned).ok()
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
}

impl Default for Window {
    fn default() -> Self {
        Self {
            open: FLOOR,
            held: 0,
            taken: 0,
        }
    }
}

impl Window {
    /// The most that may be held.
    pub fn size(self) -> usize {
        self.open + self.held + self.taken
    }

    /// So many bytes came.
    ///
    /// # Errors
    /// [`Excess`], where they are more than were granted.
    pub fn receive(&mut self, count: usize) -> Result<(), Excess> {
        self.open = self.open.checked_sub(count).ok_or(Excess)?;
        self.held += count;
        Ok(())
    }

    /// The reader took so many of them.
    pub fn take(&mut self, count: usize) {
        debug_assert!(count <= self.held, "took what had not come");
        let count = count.min(self.held);
        self.held -= count;
        self.taken += count;
    }

    /// What to grant now, if it is worth a frame.
    pub fn grant(&mut self, pool: &mut Pool) -> Option<u32> {
        if 2 * self.taken < self.size() {
            return None;
        }
        let grown = self.size() - FLOOR;
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
    /// [`Excess`], where it keeps less than [`FLOOR`]. No sender needs to.
    pub fn take_back(&mut self, returned: u32, pool: &mut Pool) -> Result<(), Excess> {
        let open = self.open.checked_sub(returned as usize);
        self.open = open.filter(|open| *open >= FLOOR).ok_or(Excess)?;
        pool.0 += returned as usize + self.taken;
        self.taken = 0;
        Ok(())
    }

    /// The sender has ended: what it could still send is nobody's.
    pub fn close(&mut self, pool: &mut Pool) {
        let unused = self.open.saturating_sub(FLOOR);
        self.open -= unused;
        pool.0 += unused;
    }

    /// The connection is over: gives back what the window grew by.
    pub fn end(&mut self, pool: &mut Pool) {
        pool.0 += self.size() - FLOOR;
        *self = Self::default();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_window_takes_what_it_granted_and_no_more() {
        let mut window = Window::default();
        assert_eq!(window.receive(FLOOR), Ok(()));
        assert_eq!(window.receive(1), Err(Excess));
        window.take(FLOOR);
        assert_eq!(window.receive(1), Err(Excess));
        assert_eq!(window.grant(&mut Pool::new(0)), Some(FLOOR as u32));
        assert_eq!(window.receive(FLOOR), Ok(()));
    }

    #[test]
    fn less_than_half_a_window_is_not_worth_a_frame() {
        let mut window = Window::default();
        let mut pool = Pool::new(CEILING);
        window.receive(FLOOR / 2).expect("credit");
        window.take(FLOOR / 2 - 1);
        assert_eq!(window.grant(&mut pool), None);
        window.take(1);
        assert_eq!(window.grant(&mut pool), Some(FLOOR as u32));
    }

    /// A connection whose sender always has more to say, and whose reader takes it at once.
    #[derive(Default)]
    struct Busy {
        window: Window,
        credit: Credit,
    }

    impl Busy {
        fn transfer(&mut self, pool: &mut Pool) {
            let all = self.credit.left();
            self.credit.spend(all);
            self.window.receive(all).expect("credit");
            self.window.take(all);
            if let Some(granted) = self.window.grant(pool) {
                self.credit.add(granted).expect("a window's credit");
            }
        }
    }

    #[test]
    fn a_window_grows_to_the_ceiling_and_gives_back_what_it_grew_by() {
        let mut pool = Pool::new(2 * CEILING);
        let mut one = Busy::default();
        for _ in 0..100 {
            one.transfer(&mut pool);
        }
        assert_eq!((one.window.size(), one.credit.left()), (CEILING, CEILING));
        assert_eq!(pool, Pool::new(CEILING + FLOOR));
        one.window.end(&mut pool);
        assert_eq!(pool, Pool::new(2 * CEILING));
    }

    #[test]
    fn windows_that_are_used_share_the_pool_with_those_that_come_later() {
        let mut pool = Pool::new(2 * CEILING);
        let mut all: Vec<Busy> = Vec::new();
        for count in [1, 2, 9] {
            all.resize_with(count, Busy::default);
            for _ in 0..100 {
                all.iter_mut().for_each(|one| one.transfer(&mut pool));
            }
            let fair = (FLOOR + 2 * CEILING / (count + 1)).min(CEILING);
            for one in &all {
                let size = one.window.size();
                assert!(
                    size.abs_diff(fair) <= FLOOR,
                    "{size} of {fair} with {count}"
                );
            }
        }
        all.iter_mut().for_each(|one| one.window.end(&mut pool));
        assert_eq!(pool, Pool::new(2 * CEILING));
    }

    #[test]
    fn a_sender_that_is_silent_returns_what_it_has_beyond_the_floor() {
        let mut pool = Pool::new(2 * CEILING);
        let mut one = Busy::default();
        for _ in 0..100 {
            one.transfer(&mut pool);
        }
        // Some of it was taken, and not granted anew.
        one.credit.spend(100);
        one.window.receive(100).expect("credit");
        one.window.take(100);
        assert_eq!(one.credit.look(), None, "it has just sent");
        let returned = one.credit.look().expect("much");
        assert_eq!(one.credit.left(), FLOOR);
        assert_eq!(one.window.take_back(returned, &mut pool), Ok(()));
        assert_eq!(one.window, Window::default());
        assert_eq!(pool, Pool::new(2 * CEILING));
        assert_eq!(one.credit.look(), None);
    }

    #[test]
    fn more_than_is_open_beyond_the_floor_is_not_taken_back() {
        let mut pool = Pool::new(2 * CEILING);
        let mut window = Window::default();
        assert_eq!(window.take_back(1, &mut pool), Err(Excess));
        let mut window = Window::default();
        window.receive(FLOOR).expect("credit");
        window.take(FLOOR);
        assert_eq!(window.grant(&mut pool), Some(2 * FLOOR as u32));
        assert_eq!(window.take_back(FLOOR as u32, &mut pool), Ok(()));
        assert_eq!(pool, Pool::new(2 * CEILING));
        assert_eq!(window.take_back(u32::MAX, &mut pool), Err(Excess));
    }

    #[test]
    fn what_a_sender_that_has_ended_could_still_send_is_for_others() {
        let mut pool = Pool::new(2 * CEILING);
        let mut one = Busy::default();
        for _ in 0..100 {
            one.transfer(&mut pool);
        }
        one.window.receive(FLOOR).expect("credit");
        one.window.close(&mut pool);
        assert_eq!(one.window.size(), 2 * FLOOR, "what is held, and the floor");
        one.window.end(&mut pool);
        assert_eq!(pool, Pool::new(2 * CEILING));
    }

    #[test]
    fn a_window_has_16_kib_at_first_and_1_mib_at_most() {
        let mut credit = Credit::default();
        assert_eq!(credit.left(), 16_384);
        assert_eq!(credit.add(1_048_576 - 16_384), Ok(()));
        assert_eq!(credit.left(), 1_048_576);
        assert_eq!(credit.add(1), Err(Excess));
    }

    #[test]
    fn credit_beyond_the_largest_window_is_refused() {
        let mut credit = Credit::default();
        assert_eq!(credit.add((CEILING - FLOOR) as u32), Ok(()));
        assert_eq!(credit.add(1), Err(Excess));
        assert_eq!(credit.left(), CEILING);
    }
}
