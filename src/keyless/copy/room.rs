//! How much of a body its copy has.

/// A body that is longer has no copy.
pub(super) const MOST: usize = 64 * 1024;
/// Longer texts are empty in the copy of a call's body: the code of a function has no names.
pub(super) const LONGEST_TEXT: usize = 2048;

/// One byte more than may be shows that the body is too long.
pub(super) fn push(byte: u8, copy: &mut Vec<u8>) {
    if copy.len() <= MOST {
        copy.push(byte);
    }
}
