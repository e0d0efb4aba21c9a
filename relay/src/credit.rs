//! Flow control: how many bytes an end may send on a connection. Both ends compile this file.
//!
//! Whoever receives decides. The window of a connection is what the other end may send before the
//! receiver's reader has taken any of it; so it is also the most that the receiver keeps. It is
//! [`FLOOR`] at first, without a frame that says so. As the reader takes bytes, the receiver grants
//! them anew, half a window at a time, and lets the window grow with them: up to [`CEILING`], and as
//! long as all windows together have not grown by more than the [`Pool`].
//!
//! | bound | why it is what it is |
//! |---|---|
//! | [`FLOOR`], 16 KiB | five times the longest answer of the credential endpoint; a thousand connections that nobody reads cost 16 MiB |
//! | [`CEILING`], 256 KiB | what the pipes and sockets of an attached container hold between the two ends, so that one connection keeps them all busy |
//! | [`Pool`] | what large windows may cost; where it is used up, connections go on with the windows that they have |
//!
//! A sender that has no credit waits; nothing else does. A window cannot be taken back, so a reader
//! that stops keeps its part of the pool until its connection ends.

// Public for credrun, which also compiles this file; in the relay nothing is outside the crate.
#![allow(unreachable_pub)]

/// A connection's window when it is opened.
pub const FLOOR: usize = 16 * 1024;

/// The largest window.
pub const CEILING: usize = 256 * 1024;

/// The other end sent, or allowed, more than it may.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Excess;

/// What this end may still send on a connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Credit(usize);

impl Default for Credit {
    fn default() -> Self {
        Self(FLOOR)
    }
}

impl Credit {
    /// How many bytes may be sent.
    pub fn left(self) -> usize {
        self.0
    }

    /// So many bytes are sent: no more than [`Credit::left`].
    pub fn spend(&mut self, count: usize) {
        debug_assert!(count <= self.0, "sent without credit");
        self.0 = self.0.saturating_sub(count);
    }

    /// The receiver grants so many more.
    ///
    /// # Errors
    /// [`Excess`], where no window is that large.
    pub fn add(&mut self, granted: u32) -> Result<(), Excess> {
        let left = self.0.saturating_add(granted as usize);
        if left > CEILING {
            return Err(Excess);
        }
        self.0 = left;
        Ok(())
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
        let growth = self.taken.min(CEILING - self.size()).min(pool.0);
        pool.0 -= growth;
        let granted = self.taken + growth;
        self.open += granted;
        self.taken = 0;
        u32::try_from(granted).ok()
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

    #[test]
    fn a_window_grows_to_the_ceiling_and_gives_back_what_it_grew_by() {
        let mut window = Window::default();
        let mut pool = Pool::new(CEILING);
        let mut credit = Credit::default();
        for _ in 0..100 {
            let all = credit.left();
            credit.spend(all);
            window.receive(all).expect("credit");
            window.take(all);
            if let Some(granted) = window.grant(&mut pool) {
                credit.add(granted).expect("a window's credit");
            }
        }
        assert_eq!((window.size(), credit.left()), (CEILING, CEILING));
        assert_eq!(pool, Pool::new(FLOOR));
        window.end(&mut pool);
        assert_eq!(pool, Pool::new(CEILING));
    }

    #[test]
    fn a_window_has_16_kib_at_first_and_256_kib_at_most() {
        let mut credit = Credit::default();
        assert_eq!(credit.left(), 16_384);
        assert_eq!(credit.add(262_144 - 16_384), Ok(()));
        assert_eq!(credit.left(), 262_144);
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
