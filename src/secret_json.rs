//! JSON that holds secrets, in memory that is wiped.
//!
//! The buffer has the right size from the start: a growing buffer is moved, and the old memory is
//! not wiped. What happens to the bytes later is up to the caller: a connection, a pipe and the
//! operating system copy them, and wipe nothing.

use std::io::{self, Write};

use serde::Serialize;
use zeroize::Zeroizing;

/// As [`serde_json::to_vec`].
///
/// # Errors
/// The value cannot be written as JSON.
pub(crate) fn to_vec(value: &impl Serialize) -> serde_json::Result<Zeroizing<Vec<u8>>> {
    let mut size = Size(0);
    serde_json::to_writer(&mut size, value)?;
    let mut json = Zeroizing::new(Vec::with_capacity(size.0));
    serde_json::to_writer(&mut *json, value)?;
    Ok(json)
}

/// A writer that only counts.
struct Size(usize);

impl Write for Size {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0 += bytes.len();
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_memory_has_the_right_size_from_the_start() {
        for length in [0, 1, 100, 200, 5000, 100_001] {
            let value = serde_json::json!({ "a\"b": ["x".repeat(length), 1.5, null] });
            let json = to_vec(&value).unwrap();
            assert_eq!(*json, serde_json::to_vec(&value).unwrap());
            assert_eq!(json.capacity(), json.len());
        }
    }
}
