//! Opens byte streams to an Engine.
//!
//! Every kind of stream keeps two promises: shutting it down closes the writing half only, and each
//! step of opening it takes at most [`CONNECT_TIMEOUT`].

use std::future::Future;
use std::io;
use std::path::PathBuf;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::{TcpStream, UnixStream};
use tokio::time::timeout;
use tokio_rustls::client::TlsStream;

use super::ssh::{SshDialer, SshStream};
use super::tls::TlsClient;

/// How long a connection may take, and then a TLS handshake. docker's client allows each ten
/// seconds too; ssh has its own limit of 30.
pub const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);

/// How to open a byte stream to the Engine. Each connection gets its own.
#[derive(Debug, Clone)]
pub enum Connector {
    Unix(PathBuf),
    /// Plain TCP, `host:port`.
    Tcp(String),
    /// TLS over TCP, `host:port`.
    Tls(String, TlsClient),
    /// `ssh` and `docker system dial-stdio` on the other machine.
    Ssh(SshDialer),
}

impl Connector {
    /// Opens one stream.
    ///
    /// # Errors
    /// What the operating system or TLS says. A failure of `ssh` shows at the first read.
    pub async fn connect(&self) -> io::Result<EngineStream> {
        Ok(match self {
            Self::Unix(path) => EngineStream::Unix(in_time(UnixStream::connect(path)).await?),
            Self::Tcp(address) => EngineStream::Tcp(tcp(address).await?),
            Self::Tls(address, client) => {
                let stream = tcp(address).await?;
                EngineStream::Tls(Box::new(in_time(client.handshake(stream)).await?))
            }
            Self::Ssh(dialer) => EngineStream::Ssh(dialer.connect()?),
        })
    }
}

async fn tcp(address: &str) -> io::Result<TcpStream> {
    let stream = in_time(TcpStream::connect(address)).await?;
    // Keys are typed one at a time. It is also Go's default.
    stream.set_nodelay(true)?;
    Ok(stream)
}

async fn in_time<T>(opening: impl Future<Output = io::Result<T>>) -> io::Result<T> {
    timeout(CONNECT_TIMEOUT, opening)
        .await
        .unwrap_or_else(|_| Err(io::ErrorKind::TimedOut.into()))
}

/// One open stream to the Engine.
#[derive(Debug)]
pub enum EngineStream {
    /// Over a Unix socket.
    Unix(UnixStream),
    Tcp(TcpStream),
    Tls(Box<TlsStream<TcpStream>>),
    Ssh(SshStream),
}

macro_rules! each {
    ($stream:expr, $inner:ident => $call:expr) => {
        match $stream {
            EngineStream::Unix($inner) => $call,
            EngineStream::Tcp($inner) => $call,
            EngineStream::Tls($inner) => $call,
            EngineStream::Ssh($inner) => $call,
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

    /// Closes the writing half only: the Engine reads end of file, and continues to send.
    fn poll_shutdown(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        each!(self.get_mut(), inner => Pin::new(inner).poll_shutdown(cx))
    }
}
