//! Bytes that wait to be written, in the order in which they came.

#[derive(Default)]
pub(crate) struct Queue {
    bytes: Vec<u8>,
    /// How many of them have been written.
    written: usize,
}

impl Queue {
    pub(crate) fn is_empty(&self) -> bool {
        self.len() == 0
    }

    pub(crate) fn len(&self) -> usize {
        self.bytes.len() - self.written
    }

    /// What comes next.
    pub(crate) fn front(&self) -> &[u8] {
        &self.bytes[self.written..]
    }

    /// Where more is appended.
    pub(crate) fn back(&mut self) -> &mut Vec<u8> {
        // Bytes are moved at most once for each time that as many have been written.
        if 2 * self.written >= self.bytes.len() {
            self.bytes.drain(..self.written);
            self.written = 0;
        }
        &mut self.bytes
    }

    /// So many were written.
    pub(crate) fn advance(&mut self, count: usize) {
        self.written += count;
        if self.is_empty() {
            self.bytes.clear();
            self.written = 0;
        }
    }
}
