//! Copies of bodies that pass: a call's, for what it names, and an answer's, for what it says was
//! created. Nothing waits for a copy, and a copy is small.

mod cbor;
mod room;

use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, ready};

use bytes::Bytes;
use hyper::body::{Body, Frame, SizeHint};

use self::cbor::Cbor;
use self::room::{LONGEST_TEXT, MOST, push};

/// The copy of a body, which grows while that passes.
#[derive(Clone, Default)]
pub(super) struct BodyCopy(Arc<Mutex<Copied>>);

#[derive(Default)]
struct Copied {
    bytes: Vec<u8>,
    is_too_long: bool,
    left_out: LeftOut,
}

/// What is not copied.
#[derive(Default)]
enum LeftOut {
    #[default]
    Nothing,
    /// Long texts of JSON.
    OfJson(Text),
    /// Long texts and bytes of CBOR.
    OfCbor(Cbor),
}

/// Where in JSON the copy is.
#[derive(Default)]
struct Text {
    /// Where in the copy the text began that is open.
    from: Option<usize>,
    is_escaped: bool,
    is_long: bool,
}

impl BodyCopy {
    /// Of JSON, without its long texts.
    pub(super) fn of_json() -> Self {
        Self::without(LeftOut::OfJson(Text::default()))
    }

    /// Of CBOR, without its long texts and bytes.
    pub(super) fn of_cbor() -> Self {
        Self::without(LeftOut::OfCbor(Cbor::default()))
    }

    fn without(left_out: LeftOut) -> Self {
        Self(Arc::new(Mutex::new(Copied {
            left_out,
            ..Copied::default()
        })))
    }

    /// The copy so far. None of a body that is too long.
    pub(super) fn take(&self) -> Option<Vec<u8>> {
        let mut copied = self.locked();
        let bytes = std::mem::take(&mut copied.bytes);
        (!copied.is_too_long).then_some(bytes)
    }

    pub(super) fn add(&self, data: &[u8]) {
        self.locked().add(data);
    }

    fn locked(&self) -> MutexGuard<'_, Copied> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Copied {
    fn add(&mut self, data: &[u8]) {
        if self.is_too_long {
            return;
        }
        let copy = &mut self.bytes;
        match &mut self.left_out {
            LeftOut::OfJson(text) => data.iter().for_each(|byte| text.add(*byte, copy)),
            LeftOut::OfCbor(cbor) => data.iter().for_each(|byte| cbor.add(*byte, copy)),
            // What is too long is not kept first.
            LeftOut::Nothing => copy.extend(data.iter().take(MOST + 1 - copy.len())),
        }
        if self.bytes.len() > MOST {
            self.is_too_long = true;
            self.bytes = Vec::new();
        }
    }
}

impl Text {
    fn add(&mut self, byte: u8, copy: &mut Vec<u8>) {
        let Some(from) = self.from else {
            if byte == b'"' {
                self.from = Some(copy.len());
            }
            return push(byte, copy);
        };
        let is_end = byte == b'"' && !self.is_escaped;
        self.is_escaped = byte == b'\\' && !self.is_escaped;
        if !self.is_long && copy.len() - from > LONGEST_TEXT {
            copy.truncate(from + 1);
            self.is_long = true;
        }
        if !self.is_long || is_end {
            push(byte, copy);
        }
        if is_end {
            *self = Self::default();
        }
    }
}

/// A body of which a copy is made.
pub(super) struct WithCopy<B> {
    inner: B,
    copy: BodyCopy,
}

impl<B> WithCopy<B> {
    pub(super) fn new(inner: B, copy: BodyCopy) -> Self {
        Self { inner, copy }
    }
}

impl<B: Body<Data = Bytes> + Unpin> Body for WithCopy<B> {
    type Data = Bytes;
    type Error = B::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, B::Error>>> {
        let polled = ready!(Pin::new(&mut self.inner).poll_frame(context));
        if let Some(Ok(frame)) = &polled
            && let Some(data) = frame.data_ref()
        {
            self.copy.add(data);
        }
        Poll::Ready(polled)
    }

    fn is_end_stream(&self) -> bool {
        self.inner.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.inner.size_hint()
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn copied(copy: &BodyCopy, pieces: &[&[u8]]) -> Option<String> {
        pieces.iter().for_each(|piece| copy.add(piece));
        let bytes = copy.take()?;
        Some(String::from_utf8(bytes).expect("UTF-8"))
    }

    #[test]
    fn a_copy_is_what_has_passed() {
        let copy = BodyCopy::default();
        assert_eq!(
            copied(&copy, &[b"{\"a\":", b"1}"]).as_deref(),
            Some("{\"a\":1}")
        );
    }

    #[test]
    fn a_body_that_is_too_long_has_no_copy() {
        for copy in [BodyCopy::default(), BodyCopy::of_json()] {
            assert_eq!(
                copied(&copy, &[&[b' '; MOST]]).map(|all| all.len()),
                Some(MOST)
            );
        }
        for copy in [BodyCopy::default(), BodyCopy::of_json()] {
            assert_eq!(copied(&copy, &[&[b' '; MOST], b" "]), None);
            assert_eq!(copied(&copy, &[&[b' '; 10]]), None);
            assert!(copy.locked().bytes.capacity() == 0);
        }
    }

    #[test]
    fn a_long_text_in_the_json_of_a_call_is_empty_in_the_copy() {
        let long = "\\\"x".repeat(100_000);
        let body = format!("{{\"Code\":{{\"ZipFile\":\"{long}\"}},\"Role\":\"a\\\\\",\"N\":\"\"}}");
        let (first, second) = body.as_bytes().split_at(77_777);
        assert_eq!(
            copied(&BodyCopy::of_json(), &[first, second]).as_deref(),
            Some("{\"Code\":{\"ZipFile\":\"\"},\"Role\":\"a\\\\\",\"N\":\"\"}")
        );
    }

    proptest! {
        #[test]
        fn json_stays_json(name in "\\PC{0,20}", length in 0_usize..5000, cut in 0_usize..100) {
            let long = "\u{e9}\"\\".repeat(length / 3);
            let value = serde_json::json!({ "a": name, "b": long, "c": [name, 1] });
            let text = value.to_string();
            let (first, second) = text.as_bytes().split_at(cut.min(text.len()));
            let copy = copied(&BodyCopy::of_json(), &[first, second]).expect("a copy");
            let copy: serde_json::Value = serde_json::from_str(&copy).expect("JSON");
            prop_assert_eq!(&copy["a"], &value["a"]);
            prop_assert_eq!(&copy["c"], &value["c"]);
        }

        #[test]
        fn no_body_panics(pieces in prop::collection::vec(prop::collection::vec(any::<u8>(), 0..50), 0..20)) {
            let copy = BodyCopy::of_json();
            pieces.iter().for_each(|piece| copy.add(piece));
            let _ = copy.take();
        }
    }
}
