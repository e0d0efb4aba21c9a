//! One connection, as its server has it.

use std::io::{self, IoSlice};
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

use super::shared::Shared;

/// A connection that the relay accepted.
///
/// It works as a socket: reading ends where the client shuts down its sending half, and fails where
/// the client is gone; writing waits while the client does not read; [`AsyncWrite::poll_shutdown`]
/// ends this half only. Dropping it closes the connection after what was written.
#[derive(Debug)]
pub struct Stream {
    number: u64,
    shared: Arc<Shared>,
}

impl Stream {
    pub(super) fn new(number: u64, shared: Arc<Shared>) -> Self {
        Self { number, shared }
    }
}

impl AsyncRead for Stream {
    fn poll_read(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        self.shared
            .with(|table| table.read(self.number, context, buffer))
    }
}

impl AsyncWrite for Stream {
    fn poll_write(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        self.poll_write_vectored(context, &[IoSlice::new(bytes)])
    }

    fn poll_write_vectored(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
        pieces: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        self.shared
            .with(|table| table.write(self.number, context, pieces))
    }

    fn is_write_vectored(&self) -> bool {
        true
    }

    /// What was written is sent in its turn; there is nothing to hurry.
    fn poll_flush(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }

    fn poll_shutdown(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(self.shared.with(|table| table.end(self.number)))
    }
}

impl Drop for Stream {
    fn drop(&mut self) {
        self.shared.with(|table| table.close(self.number));
    }
}
