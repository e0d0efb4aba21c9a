//! The relay's stdout alone, without the Engine's framing. Its stderr is logged.

use std::io;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use tokio::io::{AsyncRead, ReadBuf};

use crate::streams::{Collector, Demultiplexer};

/// As much as the longest frame of the relay.
const BUFFER: usize = 64 * 1024;

pub(super) struct Stdout<R> {
    reader: R,
    buffer: Box<[u8]>,
    demultiplexer: Demultiplexer,
    output: Collector,
    /// How many bytes of the stdout in `output` have been read.
    read: usize,
    ended: bool,
}

impl<R: AsyncRead + Unpin> Stdout<R> {
    /// `first` are the bytes that came before what `reader` reads.
    pub(super) fn new(reader: R, first: &[u8]) -> Self {
        let mut stdout = Self {
            reader,
            buffer: vec![0; BUFFER].into_boxed_slice(),
            demultiplexer: Demultiplexer::default(),
            output: Collector::default(),
            read: 0,
            ended: false,
        };
        stdout.ended = stdout.demultiplex(first).is_err();
        stdout
    }

    fn demultiplex(&mut self, bytes: &[u8]) -> io::Result<()> {
        let passed = self.demultiplexer.pass(bytes, &mut self.output);
        if !self.output.stderr.is_empty() {
            tracing::warn!(relay = %String::from_utf8_lossy(&self.output.stderr).trim());
            self.output.stderr.clear();
        }
        passed.map_err(io::Error::other)
    }

    /// Reads from the Engine into an empty `output`; false at the end.
    fn fill(&mut self, context: &mut Context<'_>) -> Poll<io::Result<bool>> {
        let mut buffer = std::mem::take(&mut self.buffer);
        let mut chunk = ReadBuf::new(&mut buffer);
        let polled = Pin::new(&mut self.reader).poll_read(context, &mut chunk);
        let result = match polled {
            Poll::Pending => Poll::Pending,
            Poll::Ready(Err(error)) => Poll::Ready(Err(error)),
            Poll::Ready(Ok(())) if chunk.filled().is_empty() => Poll::Ready(Ok(false)),
            Poll::Ready(Ok(())) => Poll::Ready(self.demultiplex(chunk.filled()).map(|()| true)),
        };
        self.buffer = buffer;
        result
    }
}

impl<R: AsyncRead + Unpin> AsyncRead for Stdout<R> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        loop {
            let rest = &self.output.stdout[self.read..];
            if !rest.is_empty() {
                let count = rest.len().min(buffer.remaining());
                buffer.put_slice(&rest[..count]);
                self.read += count;
                return Poll::Ready(Ok(()));
            }
            self.output.stdout.clear();
            self.read = 0;
            if self.ended {
                return Poll::Ready(Ok(()));
            }
            self.ended = !ready!(self.fill(context))?;
        }
    }
}

#[cfg(test)]
mod tests {
    use tokio::io::AsyncReadExt as _;

    use super::*;

    /// What the Engine sends of one piece of output.
    fn piece(stream: u8, bytes: &[u8]) -> Vec<u8> {
        let length = u32::try_from(bytes.len()).expect("a short piece");
        let header = [&[stream, 0, 0, 0][..], &length.to_be_bytes()].concat();
        [&header, bytes].concat()
    }

    #[tokio::test]
    async fn stdout_comes_whole_however_it_is_cut_and_stderr_not_at_all() {
        let long = vec![7; 3 * BUFFER];
        let sent = [
            piece(1, b"one "),
            piece(2, b"what is logged"),
            piece(1, b"two"),
            piece(1, &long),
        ]
        .concat();
        for cut in [0, 1, 9, 30, sent.len()] {
            let (first, rest) = sent.split_at(cut);
            let mut read = Vec::new();
            let mut stdout = Stdout::new(rest, first);
            stdout.read_to_end(&mut read).await.expect("an end");
            assert_eq!(read, [b"one two", &long[..]].concat(), "{cut}");
        }
    }

    #[tokio::test]
    async fn what_the_engine_does_not_frame_ends_it() {
        for cut in [0, 9] {
            let (first, rest) = b"\x09no frame at all".split_at(cut);
            let mut stdout = Stdout::new(rest, first);
            let read = stdout.read_to_end(&mut Vec::new()).await;
            assert!(matches!(read, Ok(0) | Err(_)), "{read:?}");
        }
    }
}
