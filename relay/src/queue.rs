//! Bytes that wait to be written or read, in the order in which they came. Both ends compile this
//! file.
//!
//! [`Queue::push`] takes no more memory than twice what waits, and [`Queue::trim`] gives back what has
//! become too much.

// Public for credrun, which also compiles this file; in the relay nothing is outside the crate.
#![allow(unreachable_pub)]

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

    /// Where more is appended, if there is one queue only.
    pub fn back(&mut self) -> &mut Vec<u8> {
        // Bytes are moved at most once for each time that as many have been written.
        if 2 * self.written >= self.bytes.len() {
            self.bytes.drain(..self.written);
            self.written = 0;
        }
        &mut self.bytes
    }

    /// Appends bytes.
    pub fn push(&mut self, bytes: &[u8]) {
        let twice = 2 * (self.len() + bytes.len());
        let all = self.back();
        if all.capacity() - all.len() < bytes.len() {
            // What has been written is less than what waits, so this is enough.
            all.reserve_exact(twice - all.len());
        }
        all.extend_from_slice(bytes);
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

    /// Has memory for no more than `most`, or what waits.
    pub fn trim(&mut self, most: usize) {
        if self.bytes.capacity() > most {
            self.bytes = self.front().to_vec();
            self.written = 0;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_has_been_written_takes_no_memory_once_it_is_trimmed() {
        let mut queue = Queue::default();
        for _ in 0..64 {
            queue.push(&[7; 1000]);
        }
        queue.advance(64_000 - 100);
        queue.trim(64_000);
        assert!(queue.capacity() <= 64_000);
        queue.trim(1000);
        assert_eq!(queue.front(), [7; 100]);
        assert!(queue.capacity() <= 1000);
        queue.push(b"more");
        assert_eq!(queue.len(), 104);
        assert_eq!(&queue.front()[100..], b"more");
        queue.advance(104);
        assert!(queue.is_empty());
    }

    #[test]
    fn bytes_come_out_as_they_went_in_however_they_are_taken() {
        let (mut queue, mut came, mut sent) = (Queue::default(), Vec::new(), 0_usize);
        let mut most = 0;
        for step in 1..2000_usize {
            let more = step * 7919 % 3000;
            let bytes: Vec<u8> = (sent..sent + more).map(|at| at as u8).collect();
            queue.push(&bytes);
            sent += more;
            most = most.max(queue.len());
            assert!(queue.capacity() <= 2 * most);
            let taken = (step * 104_729 % 3100).min(queue.len());
            came.extend_from_slice(&queue.front()[..taken]);
            queue.advance(taken);
            if step % 7 == 0 {
                queue.trim(2 * queue.len());
                most = queue.len();
            }
        }
        came.extend_from_slice(queue.front());
        assert_eq!(came.len(), sent);
        assert!(came.iter().enumerate().all(|(at, byte)| *byte == at as u8));
    }
}
