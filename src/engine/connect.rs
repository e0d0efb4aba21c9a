//! Opens byte streams to an Engine.

use std::io;
use std::path::PathBuf;
use std::pin::Pin;
use std::task::{Context, Poll};

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::{TcpStream, UnixStream};

/// How a byte stream to the Engine is opened. One is opened for each connection.
#[derive(Debug, Clone)]
pub enum Connector {
    /// A Unix socket.
    Unix(PathBuf),
    /// Plain TCP, `host:port`.
    Tcp(String),
}

impl Connector {
    /// Opens one stream.
    ///
    /// # Errors
    /// What the operating system says.
    pub async fn connect(&self) -> io::Result<EngineStream> {
        Ok(match self {
            Self::Unix(path) => EngineStream::Unix(UnixStream::connect(path).await?),
            Self::Tcp(address) => EngineStream::Tcp(TcpStream::connect(address).await?),
        })
    }
}

/// One open stream to the Engine.
#[derive(Debug)]
pub enum EngineStream {
    /// Over a Unix socket.
    Unix(UnixStream),
    /// Over TCP.
    Tcp(TcpStream),
}

macro_rules! each {
    ($stream:expr, $inner:ident => $call:expr) => {
        match $stream {
            EngineStream::Unix($inner) => $call,
            EngineStream::Tcp($inner) => $call,
        }
    };
}

impl AsyncRead for EngineStream {
    fn poll_read(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        each!(self.get_mut(), inner => Pin::new(inner).poll_read(cx, buf))
    }
}

impl AsyncWrite for EngineStream {
    fn poll_write(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &[u8],
    ) -> Poll<io::Result<usize>> {
        each!(self.get_mut(), inner => Pin::new(inner).poll_write(cx, buf))
    }

    fn poll_flush(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        each!(self.get_mut(), inner => Pin::new(inner).poll_flush(cx))
    }

    /// Closes the writing half only: the Engine reads end of file, and goes on sending.
    fn poll_shutdown(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        each!(self.get_mut(), inner => Pin::new(inner).poll_shutdown(cx))
    }
}
