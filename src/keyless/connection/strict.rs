//! What hyper gets to read of a connection of HTTP/1.1: whole heads of requests that all servers read
//! in the same way, and their bodies.

use std::io;
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use bytes::{Buf as _, Bytes, BytesMut};
use tokio::io::{AsyncRead, ReadBuf};
use tokio::time::{Instant, Sleep, sleep};

use super::super::heads::Head;
use super::framing::{Body, MAX_HEAD, Malformed, body_after, end_of_head};

/// From the first byte of a head to its end. SDKs send it in one piece.
const HEAD_DEADLINE: Duration = Duration::from_secs(10);
/// No request: hyper answers it with 400 and closes the connection.
const REFUSED: &[u8] = b"\0\r\n\r\n";

/// A reader that gives a head on when it is complete and sound.
pub(super) struct Strict<R> {
    inner: R,
    next: Next,
    /// What may be given on.
    sound: Bytes,
    /// What came after that, and is still to be looked at.
    rest: BytesMut,
    /// As much of a head as has been looked at.
    looked_at: usize,
    /// The length of the head, so far as it has come.
    head_length: usize,
    head: Head,
    /// Runs from the first byte of a head.
    deadline: Pin<Box<Sleep>>,
}

enum Next {
    Head,
    Body(Body),
    /// Nothing. Where the request that was refused ends is not known.
    Nothing,
}

impl<R> Strict<R> {
    pub(super) fn new(inner: R, head: Head) -> Self {
        Self {
            inner,
            next: Next::Head,
            sound: Bytes::new(),
            rest: BytesMut::new(),
            looked_at: 0,
            head_length: 0,
            head,
            deadline: Box::pin(sleep(HEAD_DEADLINE)),
        }
    }

    /// Moves what is sound of the rest.
    fn look(&mut self) -> Result<(), Malformed> {
        match &mut self.next {
            Next::Head => {
                if self.looked_at == 0 {
                    self.head.begin();
                }
                let end = end_of_head(&self.rest, self.looked_at)?;
                self.head_length = end.unwrap_or(self.rest.len());
                if self.head_length > MAX_HEAD {
                    return Err(Malformed);
                }
                let Some(end) = end else {
                    self.looked_at = self.rest.len();
                    return Ok(());
                };
                self.sound = self.rest.split_to(end).freeze();
                self.next = Next::Body(body_after(&self.sound)?);
                self.looked_at = 0;
            }
            Next::Body(body) => {
                let taken = body.take(&self.rest)?;
                self.sound = self.rest.split_to(taken).freeze();
            }
            Next::Nothing => self.rest.clear(),
        }
        self.begin_if_over();
        Ok(())
    }

    /// After a body comes another head.
    fn begin_if_over(&mut self) {
        if let Next::Body(body) = &self.next
            && body.is_over()
        {
            self.next = Next::Head;
            self.deadline.as_mut().reset(Instant::now() + HEAD_DEADLINE);
        }
    }

    fn refuse(&mut self) {
        self.next = Next::Nothing;
        self.head_length = 0;
        self.rest.clear();
        self.sound = Bytes::from_static(REFUSED);
    }

    /// Gives on what is sound.
    fn give(&mut self, buffer: &mut ReadBuf<'_>) {
        let count = self.sound.len().min(buffer.remaining());
        if let Some(given) = self.sound.get(..count) {
            buffer.put_slice(given);
        }
        self.sound.advance(count);
    }
}

impl<R: AsyncRead + Unpin> AsyncRead for Strict<R> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let this = &mut *self;
        loop {
            if this.sound.is_empty() && !this.rest.is_empty() {
                let in_body = matches!(this.next, Next::Body(_));
                match this.look() {
                    Ok(()) => {}
                    Err(Malformed) if in_body => return malformed(),
                    Err(Malformed) => this.refuse(),
                }
            }
            if this.head.poll_room(this.head_length, context).is_pending() {
                ready!(this.deadline.as_mut().poll(context));
                return Poll::Ready(Err(io::ErrorKind::TimedOut.into()));
            }
            if !this.sound.is_empty() {
                this.give(buffer);
                return Poll::Ready(Ok(()));
            }
            if matches!(this.next, Next::Nothing) {
                return Poll::Ready(Ok(()));
            }
            let before = buffer.filled().len();
            let Poll::Ready(read) = Pin::new(&mut this.inner).poll_read(context, buffer) else {
                if this.rest.is_empty() {
                    return Poll::Pending;
                }
                ready!(this.deadline.as_mut().poll(context));
                return Poll::Ready(Err(io::ErrorKind::TimedOut.into()));
            };
            read?;
            let Some(read) = buffer
                .filled()
                .get(before..)
                .filter(|read| !read.is_empty())
            else {
                return Poll::Ready(Ok(()));
            };
            let taken = match &mut this.next {
                Next::Body(body) => match body.take(read) {
                    Ok(taken) => taken,
                    Err(Malformed) => {
                        buffer.set_filled(before);
                        return malformed();
                    }
                },
                Next::Head | Next::Nothing => 0,
            };
            if this.rest.is_empty() && matches!(this.next, Next::Head) {
                this.deadline.as_mut().reset(Instant::now() + HEAD_DEADLINE);
            }
            this.rest.extend_from_slice(&read[taken..]);
            buffer.set_filled(before + taken);
            this.begin_if_over();
            if taken > 0 {
                return Poll::Ready(Ok(()));
            }
        }
    }
}

/// Within a body, hyper has the request already, and its service answers.
fn malformed() -> Poll<io::Result<()>> {
    Poll::Ready(Err(io::Error::new(io::ErrorKind::InvalidData, Malformed)))
}

#[cfg(test)]
mod tests {
    use std::future::poll_fn;

    use futures_util::FutureExt as _;
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

    use super::*;
    use crate::keyless::heads::LongHeads;

    fn strict<R>(from: R) -> Strict<R> {
        Strict::new(from, LongHeads::default().of_connection())
    }

    /// What is given on of these pieces, and whether that ends with an error.
    async fn given(pieces: &[&[u8]]) -> (String, bool) {
        let (mut to, from) = tokio::io::duplex(1 << 20);
        let mut strict = strict(from);
        let mut given = Vec::new();
        for piece in pieces {
            to.write_all(piece).await.expect("room");
        }
        drop(to);
        let ended = strict.read_to_end(&mut given).await;
        let given = String::from_utf8(given).expect("text");
        (given, ended.is_err())
    }

    #[tokio::test]
    async fn sound_requests_are_given_on_as_they_are() {
        let requests = "GET / HTTP/1.1\r\nA: b\r\n\r\n\
                        PUT / HTTP/1.1\r\nContent-Length: 5\r\n\r\n\n\n\n\n\n\
                        PUT / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n2\r\n\n\n\r\n0\r\nA: b\r\n\r\n\
                        GET / HTTP/1.1\r\n\r\n";
        let whole = requests.as_bytes();
        assert_eq!(given(&[whole]).await, (requests.to_owned(), false));
        let bytes: Vec<_> = whole.chunks(1).collect();
        assert_eq!(given(&bytes).await, (requests.to_owned(), false));
    }

    #[tokio::test]
    async fn of_a_request_that_is_refused_nothing_is_given_on() {
        let sound = "PUT / HTTP/1.1\r\nContent-Length: 2\r\n\r\nab";
        for wrong in [
            "PUT / HTTP/1.1\r\nContent-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
            "PUT / HTTP/1.1\nContent-Length: 2\n\nab",
            &format!("GET / HTTP/1.1\r\nA: {}\r\n\r\n", "b".repeat(MAX_HEAD)),
        ] {
            let sent = format!("{sound}{wrong}{sound}");
            let refused = std::str::from_utf8(REFUSED).expect("ASCII");
            let expected = (format!("{sound}{refused}"), false);
            assert_eq!(given(&[sent.as_bytes()]).await, expected, "{wrong:.80}");
        }
    }

    #[tokio::test]
    async fn a_head_without_its_end_is_not_given_on() {
        let (read, failed) = given(&[b"GET / HTTP/1.1\r\nA: b\r\n"]).await;
        assert_eq!((read.as_str(), failed), ("", false));
    }

    #[tokio::test]
    async fn wrong_chunks_are_an_error() {
        let head = "PUT / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n";
        let (read, failed) = given(&[head.as_bytes(), b"2\nab"]).await;
        assert_eq!((read.as_str(), failed), (head, true));
    }

    #[tokio::test(start_paused = true)]
    async fn a_head_has_ten_seconds_from_its_first_byte_and_silence_before_it_is_not_counted() {
        let (mut to, from) = tokio::io::duplex(100);
        let mut strict = strict(from);
        let mut buffer = [0; 100];
        let silence = tokio::time::timeout(2 * HEAD_DEADLINE, strict.read(&mut buffer)).await;
        assert!(silence.is_err());
        to.write_all(b"G").await.expect("room");
        let began = Instant::now();
        let ended = strict.read(&mut buffer).await.map_err(|error| error.kind());
        assert_eq!(ended, Err(io::ErrorKind::TimedOut));
        assert!(began.elapsed() >= HEAD_DEADLINE && began.elapsed() < 2 * HEAD_DEADLINE);
    }

    #[tokio::test(start_paused = true)]
    async fn a_long_head_for_which_there_is_no_room_is_not_waited_for_longer() {
        let heads = LongHeads::default();
        let mut others = Vec::new();
        loop {
            let mut other = heads.of_connection();
            let room = poll_fn(|context| other.poll_room(MAX_HEAD, context));
            if room.now_or_never().is_none() {
                break;
            }
            others.push(other);
        }
        let long = format!("GET / HTTP/1.1\r\nA: {}\r\n\r\n", "b".repeat(MAX_HEAD / 2));
        let mut buffer = vec![0; MAX_HEAD];
        let mut read = async |sent: &str| {
            let (mut to, from) = tokio::io::duplex(MAX_HEAD);
            to.write_all(sent.as_bytes()).await.expect("room");
            let mut strict = Strict::new(from, heads.of_connection());
            let read = strict.read(&mut buffer).await;
            read.map_err(|error| error.kind())
        };
        let began = Instant::now();
        assert!(read("GET / HTTP/1.1\r\n\r\n").await.is_ok());
        assert!(began.elapsed() < HEAD_DEADLINE);
        assert_eq!(read(&long).await, Err(io::ErrorKind::TimedOut));
        assert!(began.elapsed() < 2 * HEAD_DEADLINE);
        others.pop();
        assert!(read(&long).await.is_ok());
    }
}
