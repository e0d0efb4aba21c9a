//! A body of signed chunks: each is verified with the container's chain, gets the signature of the
//! real one in its place, and goes on. Lengths stay the same.

use std::error::Error as StdError;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use bytes::{Bytes, BytesMut};
use hyper::body::{Body, Frame, SizeHint};

use super::canonical::OF_NOTHING;
use super::chain::Chain;
use super::claim::{Claim, Payload};
use super::coding::{END_OF_LINE, Line, Trailer, WrongChunk};
use super::secrets::Signature;
use crate::digest::sha256_hex;
use crate::keyless::keys::IssuedSet;

/// The chunks of a body, signed again.
pub(crate) struct Resigned<B> {
    body: B,
    chunks: Chunks,
    /// Whether nothing more may be asked of the body.
    has_ended: bool,
}

impl<B> Resigned<B> {
    /// The body of a request with this claim, which `issued` signed. `real` is the chain of
    /// [`super::sign::Signed`].
    pub(crate) fn new(body: B, claim: &Claim, issued: &IssuedSet, real: Chain) -> Self {
        Self {
            body,
            chunks: Chunks {
                claimed: claim.chain(issued),
                real,
                has_trailer: matches!(claim.payload, Payload::Chunked { trailer: true, .. }),
                length: claim.decoded_length,
                decoded: 0,
                held: BytesMut::new(),
                state: State::Line,
            },
            has_ended: false,
        }
    }
}

impl<B> Body for Resigned<B>
where
    B: Body<Data = Bytes> + Unpin,
    B::Error: Into<Box<dyn StdError + Send + Sync>>,
{
    type Data = Bytes;
    type Error = Box<dyn StdError + Send + Sync>;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Self::Error>>> {
        let this = &mut *self;
        while !this.has_ended {
            match this.chunks.next() {
                Ok(Some(chunk)) => return Poll::Ready(Some(Ok(Frame::data(chunk)))),
                Ok(None) => {}
                Err(wrong) => return this.fail(wrong.into()),
            }
            match ready!(Pin::new(&mut this.body).poll_frame(context)) {
                // Trailers of HTTP are no part of the body, and S3 knows none.
                Some(Ok(frame)) => {
                    if let Ok(data) = frame.into_data() {
                        this.chunks.held.extend_from_slice(&data);
                    }
                }
                Some(Err(error)) => return this.fail(error.into()),
                None if this.chunks.state == State::End => this.has_ended = true,
                None => return this.fail(WrongChunk::Incomplete.into()),
            }
        }
        Poll::Ready(None)
    }

    fn is_end_stream(&self) -> bool {
        let is_read = self.chunks.state == State::End && self.chunks.held.is_empty();
        self.has_ended || (is_read && self.body.is_end_stream())
    }

    fn size_hint(&self) -> SizeHint {
        let held = self.chunks.held.len() as u64;
        let rest = self.body.size_hint();
        let mut hint = SizeHint::new();
        hint.set_lower(rest.lower().saturating_add(held));
        if let Some(upper) = rest.upper() {
            hint.set_upper(upper.saturating_add(held));
        }
        hint
    }
}

impl<B> Resigned<B> {
    fn fail<T>(
        &mut self,
        error: Box<dyn StdError + Send + Sync>,
    ) -> Poll<Option<Result<T, Box<dyn StdError + Send + Sync>>>> {
        self.has_ended = true;
        Poll::Ready(Some(Err(error)))
    }
}

/// What the held bytes start with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    /// The line of a chunk.
    Line,
    /// A chunk with this line, and with data.
    Chunk(Line),
    /// The last chunk, whose line has this length, and the trailer.
    Last(usize),
    /// Nothing more.
    End,
}

/// The bytes of a body, on their way from one chain to the other.
#[derive(Debug)]
struct Chunks {
    claimed: Chain,
    real: Chain,
    has_trailer: bool,
    /// How many bytes of data there are, as the head says.
    length: Option<u64>,
    /// How many have been announced.
    decoded: u64,
    held: BytesMut,
    state: State,
}

impl Chunks {
    /// The next chunk, signed again. None where more bytes are needed.
    fn next(&mut self) -> Result<Option<Bytes>, WrongChunk> {
        if self.state == State::Line {
            match Line::parse(&self.held)? {
                None => return Ok(None),
                Some(line) => self.enter(line)?,
            }
        }
        match self.state {
            State::Line => Ok(None),
            State::Chunk(line) => self.chunk(line),
            State::Last(length) => self.last(length),
            State::End if self.held.is_empty() => Ok(None),
            State::End => Err(WrongChunk::Form),
        }
    }

    /// Counts before anything is held for the chunk.
    fn enter(&mut self, line: Line) -> Result<(), WrongChunk> {
        self.decoded = self.decoded.saturating_add(line.data as u64);
        let is_last = line.data == 0;
        let is_right = match self.length {
            Some(length) if is_last => self.decoded == length,
            Some(length) => self.decoded <= length,
            None => true,
        };
        if !is_right {
            return Err(WrongChunk::Length);
        }
        self.state = if is_last {
            State::Last(line.length)
        } else {
            State::Chunk(line)
        };
        Ok(())
    }

    fn chunk(&mut self, line: Line) -> Result<Option<Bytes>, WrongChunk> {
        let end = line.length + line.data;
        let whole = end + END_OF_LINE.len();
        let Some(bytes) = self.held.get(line.length..whole) else {
            return Ok(None);
        };
        let data = bytes.strip_suffix(END_OF_LINE).ok_or(WrongChunk::Form)?;
        let hash = sha256_hex(data);
        self.resign_chunk(line.length, &hash)?;
        self.state = State::Line;
        Ok(Some(self.held.split_to(whole).freeze()))
    }

    fn resign_chunk(&mut self, length: usize, hash: &str) -> Result<(), WrongChunk> {
        let place = Line::signature(length);
        let claimed = self.claimed.chunk(hash).clone();
        self.check(place, &claimed, WrongChunk::Signature)?;
        let real = self.real.chunk(hash).clone();
        self.write(place, &real);
        Ok(())
    }

    /// The last chunk goes on with its trailer, when both are right.
    fn last(&mut self, length: usize) -> Result<Option<Bytes>, WrongChunk> {
        let rest = self.held.get(length..).unwrap_or_default();
        let Some(trailer) = Trailer::parse(rest, self.has_trailer)? else {
            return Ok(None);
        };
        self.resign_chunk(length, OF_NOTHING)?;
        if let Some(signature) = trailer.signature {
            let place = length + signature;
            let claimed = self.claimed.trailer(&trailer.hash).clone();
            self.check(place, &claimed, WrongChunk::TrailerSignature)?;
            let real = self.real.trailer(&trailer.hash).clone();
            self.write(place, &real);
        }
        self.state = State::End;
        Ok(Some(self.held.split_to(length + trailer.length).freeze()))
    }

    fn check(&self, place: usize, right: &Signature, wrong: WrongChunk) -> Result<(), WrongChunk> {
        let bytes = self.held.get(place..place + Signature::LENGTH);
        let text = bytes.and_then(|bytes| std::str::from_utf8(bytes).ok());
        let found = text.and_then(Signature::parse);
        let is_right = found.is_some_and(|found| found.is(right));
        is_right.then_some(()).ok_or(wrong)
    }

    fn write(&mut self, place: usize, signature: &Signature) {
        if let Some(bytes) = self.held.get_mut(place..place + Signature::LENGTH) {
            bytes.copy_from_slice(signature.as_str().as_bytes());
        }
    }
}
