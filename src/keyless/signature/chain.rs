//! Signatures of a body's chunks, each made of the one before it.

use super::canonical::OF_NOTHING;
use super::secrets::{Signature, SigningKey};

/// Where a chain of signatures is. It starts with the signature of the head.
#[derive(Debug)]
pub(crate) struct Chain {
    key: SigningKey,
    date: String,
    scope: String,
    previous: Signature,
}

impl Chain {
    pub(super) fn new(key: SigningKey, date: &str, scope: String, head: Signature) -> Self {
        Self {
            key,
            date: date.to_owned(),
            scope,
            previous: head,
        }
    }

    /// The signature of the next chunk, whose data has this hash.
    pub(super) fn chunk(&mut self, sha256: &str) -> &Signature {
        let hashes = format!("{}\n{sha256}", OF_NOTHING);
        self.next("PAYLOAD", &hashes)
    }

    /// The signature of the trailer, after the last chunk.
    pub(super) fn trailer(&mut self, sha256: &str) -> &Signature {
        self.next("TRAILER", sha256)
    }

    fn next(&mut self, kind: &str, hashes: &str) -> &Signature {
        let (date, scope) = (&self.date, &self.scope);
        let previous = self.previous.as_str();
        let text = format!("AWS4-HMAC-SHA256-{kind}\n{date}\n{scope}\n{previous}\n{hashes}");
        self.previous = self.key.sign(&text);
        &self.previous
    }
}
