//! The proxy behind the relay: takes its connections and answers the calls on them.

use std::sync::Arc;
use std::sync::atomic::AtomicU64;

use tokio::io::{AsyncRead, AsyncWrite};
use tokio::task::JoinSet;

use super::account::Account;
use super::body::Room;
use super::event::{Report, Reports};
use super::heads::LongHeads;
use super::keys::Keys;
use super::shared::Shared;
use super::turn::Turns;
use super::upstream::Upstreams;
use super::{call, connection, file_limit};
use crate::credentials::{HttpClient, StreamingClient};
use crate::iam::lists::Lists;
use crate::record::Recorder;
use crate::relay::mux::{Accepted, Mux, RelayError};

/// What a run's proxy needs.
pub(crate) struct Settings {
    /// On the container's loopback.
    pub(crate) port: u16,
    pub(crate) lists: Lists,
    pub(crate) account: Account,
    pub(crate) upstreams: Arc<Upstreams>,
    pub(crate) recorder: Arc<Recorder>,
}

/// Answers the calls of one run.
pub(crate) struct Proxy {
    shared: Arc<Shared>,
}

impl Proxy {
    /// A proxy that takes what is signed with `keys`.
    pub(crate) fn new(
        settings: Settings,
        keys: Arc<Keys>,
        http: &HttpClient,
        report: Report,
    ) -> Self {
        let Settings {
            port,
            lists,
            account,
            upstreams,
            recorder,
        } = settings;
        let shared = Shared {
            port,
            keys,
            lists,
            upstreams,
            client: StreamingClient::new(http),
            recorder,
            reports: Reports::new(report),
            long_heads: LongHeads::default(),
            room: Room::for_calls(),
            answers: Room::for_answers(),
            account,
            own_answers: AtomicU64::default(),
            http2_connections: Shared::http2_connections(),
            http2_calls: Shared::http2_calls(),
            at_aws: Shared::at_aws(),
        };
        Self {
            shared: Arc::new(shared),
        }
    }

    /// Serves one connection, of whatever kind.
    pub(super) async fn serve_connection<S>(&self, stream: S)
    where
        S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
    {
        serve(&self.shared, stream, Turns::new(None)).await;
    }

    /// Serves the relay's connections until the relay ends.
    ///
    /// # Errors
    /// [`RelayError`], where credrun ended it.
    pub(crate) async fn serve(self: Arc<Self>, mut relay: Mux) -> Result<(), RelayError> {
        file_limit::raise();
        let mut served = JoinSet::new();
        while let Some(accepted) = relay.accept().await? {
            served.spawn(serve_accepted(Arc::clone(&self.shared), accepted));
            while served.try_join_next().is_some() {}
        }
        Ok(())
    }
}

/// Serves one connection, until its place is needed for another.
async fn serve_accepted(shared: Arc<Shared>, accepted: Accepted) {
    let Accepted {
        stream,
        place,
        ended,
    } = accepted;
    tokio::select! {
        () = serve(&shared, stream, Turns::new(Some(place))) => {}
        Ok(()) = ended => {}
    }
}

async fn serve<S>(shared: &Arc<Shared>, stream: S, turns: Turns)
where
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    let answer = |request| {
        let (shared, turns) = (Arc::clone(shared), turns.clone());
        async move { call::answer(&shared, request, turns).await }
    };
    let head = shared.long_heads.of_connection();
    connection::serve(stream, head, &shared.http2_connections, answer).await;
}
