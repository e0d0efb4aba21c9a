//! The keys that detach from a container and leave it running.

/// Finds the detach keys in what is typed.
///
/// A partial sequence is held back until the next key decides; if the sequence is not completed, it
/// is passed on unchanged.
#[derive(Debug, Clone)]
pub(crate) struct DetachKeys {
    keys: Vec<u8>,
    matched: usize,
}

impl DetachKeys {
    /// Looks for this sequence. An empty one is never found.
    #[must_use]
    pub(crate) fn new(keys: Vec<u8>) -> Self {
        Self { keys, matched: 0 }
    }

    /// Passes `typed` on to `out`. True when the sequence is complete; what follows it is dropped.
    pub(crate) fn pass(&mut self, typed: &[u8], out: &mut Vec<u8>) -> bool {
        if self.keys.is_empty() {
            out.extend_from_slice(typed);
            return false;
        }
        for &key in typed {
            while self.matched > 0 && key != self.keys[self.matched] {
                self.release_one(out);
            }
            if key == self.keys[self.matched] {
                self.matched += 1;
            } else {
                out.push(key);
            }
            if self.matched == self.keys.len() {
                self.matched = 0;
                return true;
            }
        }
        false
    }

    /// Releases held keys until the rest can begin the sequence again.
    fn release_one(&mut self, out: &mut Vec<u8>) {
        let held = self.matched;
        self.matched = (0..held)
            .rev()
            .find(|&shorter| self.keys[..shorter] == self.keys[held - shorter..held])
            .unwrap_or(0);
        out.extend_from_slice(&self.keys[..held - self.matched]);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn typed(keys: &[u8], chunks: &[&[u8]]) -> (Vec<u8>, bool) {
        let mut detach = DetachKeys::new(keys.to_vec());
        let mut out = Vec::new();
        let found = chunks.iter().any(|chunk| detach.pass(chunk, &mut out));
        (out, found)
    }

    #[test]
    fn the_sequence_detaches_and_is_not_passed_on() {
        assert_eq!(
            typed(b"\x10\x11", &[b"ls\n\x10", b"\x11rest"]),
            (b"ls\n".to_vec(), true)
        );
    }

    #[test]
    fn a_beginning_that_goes_on_otherwise_is_passed_on() {
        assert_eq!(
            typed(b"\x10\x11", &[b"\x10", b"x"]),
            (b"\x10x".to_vec(), false)
        );
    }

    #[test]
    fn a_beginning_inside_a_beginning_still_detaches() {
        assert_eq!(typed(b"aab", &[b"aaab"]), (b"a".to_vec(), true));
        assert_eq!(
            typed(b"\x10\x11", &[b"\x10\x10\x11"]),
            (b"\x10".to_vec(), true)
        );
    }

    #[test]
    fn without_keys_everything_is_passed_on() {
        assert_eq!(typed(b"", &[b"\x10\x11"]), (b"\x10\x11".to_vec(), false));
    }
}
