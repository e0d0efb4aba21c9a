//! SHA-256 in hexadecimal: what docker's contexts, image layouts and kept sessions are named by.

use sha2::{Digest as _, Sha256};

/// The digest of `content`, as 64 digits.
pub(crate) fn sha256_hex(content: impl AsRef<[u8]>) -> String {
    let digest = Sha256::digest(content);
    digest.iter().map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_digest_has_64_digits() {
        let of_nothing = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
        assert_eq!(sha256_hex(""), of_nothing);
    }
}
