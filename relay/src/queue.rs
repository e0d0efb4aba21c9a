//! Bytes that wait to be written or read, in the order in which they came. Both ends compile this
//! file.
//!
//! Its memory grows with what waits. What of it is not used any more goes back with
//! [`Queue::trim`], which moves bytes, and is for when others may have what the window loses.

// Public for credrun, which also compiles this file; in the relay nothing is outside the crate.
#![allow(unreachable_pub)]

use super::credit::FLOOR;

/// See the module.
#[derive(Debug, Default)]
pub struct Queue {
    bytes: Vec<u8>,
    /// How many of them have been written.
    written: usize,
}

impl Queue {
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    pub fn len(&self) -> usize {
        self.bytes.len() - self.written
    }

    /// What comes next.
    pub fn front(&self) -> &[u8] {
        &self.bytes[self.written..]
    }

    /// Where more is appended.
    pub fn back(&mut self) -> &mut Vec<u8> {
        // Bytes are moved at most once for each time that as many have been written.
        if 2 * self.written >= self.bytes.len() {
            self.bytes.drain(..self.written);
            self.written = 0;
        }
        &mut self.bytes
    }

    /// So many were written, or read.
    pub fn advance(&mut self, count: usize) {
        self.written += count;
        if self.is_empty() {
            self.bytes.clear();
            self.written = 0;
        }
    }

    /// How many bytes it has memory for.
    #[cfg(test)]
    pub fn capacity(&self) -> usize {
        self.bytes.capacity()
    }

    /// Has no more memory than four times what waits, or [`FLOOR`].
    pub fn trim(&mut self) {
        if self.bytes.capacity() > FLOOR.max(4 * self.len()) {
            self.bytes = self.front().to_vec();
            self.written = 0;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_has_been_written_takes_no_memory_while_a_rest_waits() {
        let mut queue = Queue::default();
        for _ in 0..64 {
            queue.back().extend_from_slice(&[7; FLOOR]);
        }
        queue.advance(64 * FLOOR - 100);
        queue.trim();
        assert_eq!(queue.front(), [7; 100]);
        assert!(queue.bytes.capacity() <= FLOOR);
        queue.back().extend_from_slice(b"more");
        assert_eq!(queue.len(), 104);
        assert_eq!(&queue.front()[100..], b"more");
        queue.advance(104);
        assert!(queue.is_empty());
    }

    #[test]
    fn bytes_come_out_as_they_went_in_however_they_are_taken() {
        let (mut queue, mut came, mut sent) = (Queue::default(), Vec::new(), 0_usize);
        for step in 1..2000_usize {
            let more = step * 7919 % 3000;
            queue.back().extend((sent..sent + more).map(|at| at as u8));
            sent += more;
            let taken = (step * 104_729 % 3100).min(queue.len());
            came.extend_from_slice(&queue.front()[..taken]);
            queue.advance(taken);
            if step % 7 == 0 {
                queue.trim();
                assert!(queue.bytes.capacity() <= FLOOR.max(4 * queue.len()));
            }
        }
        came.extend_from_slice(queue.front());
        assert_eq!(came.len(), sent);
        assert!(came.iter().enumerate().all(|(at, byte)| *byte == at as u8));
    }
}
