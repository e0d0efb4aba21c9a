//! What the calls of a run share.

use std::sync::Arc;
use std::sync::atomic::AtomicU64;

use tokio::sync::Semaphore;

use super::account::Account;
use super::body::Room;
use super::event::Reports;
use super::heads::LongHeads;
use super::keys::{Key, Keys};
use super::upstream::Upstreams;
use crate::credentials::StreamingClient;
use crate::iam::lists::Lists;
use crate::iam::partition::partition_of;
use crate::iam::place::Place;
use crate::record::Recorder;

/// As many connections speak HTTP/2 at a time. The last piece of each answer on them may wait in memory for a
/// client that does not read.
const HTTP2_CONNECTIONS: usize = 32;

/// As many calls at a time come over HTTP/2, where one connection can have many, until all but that piece has
/// gone. Over HTTP/1.1 the relay's places are the limit.
const HTTP2_CALLS: usize = 256;

/// As many calls wait for AWS at a time. The relay has places for others then.
const AT_AWS: usize = 512;

/// All that a call needs beside itself.
pub(super) struct Shared {
    pub(super) port: u16,
    pub(super) keys: Arc<Keys>,
    pub(super) lists: Lists,
    pub(super) upstreams: Arc<Upstreams>,
    pub(super) client: StreamingClient,
    pub(super) recorder: Arc<Recorder>,
    pub(super) reports: Reports,
    pub(super) long_heads: LongHeads,
    /// For bodies of calls.
    pub(super) room: Room,
    /// For answers.
    pub(super) answers: Room,
    pub(super) account: Account,
    /// The answers that credrun has given itself.
    pub(super) own_answers: AtomicU64,
    pub(super) http2_connections: Semaphore,
    pub(super) http2_calls: Arc<Semaphore>,
    pub(super) at_aws: Semaphore,
}

impl Shared {
    pub(super) fn http2_connections() -> Semaphore {
        Semaphore::new(HTTP2_CONNECTIONS)
    }

    pub(super) fn http2_calls() -> Arc<Semaphore> {
        Arc::new(Semaphore::new(HTTP2_CALLS))
    }

    pub(super) fn at_aws() -> Semaphore {
        Semaphore::new(AT_AWS)
    }

    /// The address that the container has.
    pub(super) fn address(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }

    /// Where resources are that a request names which is signed with `key`.
    pub(super) fn place<'a>(&'a self, region: &'a str, key: Option<&Key>) -> Place<'a> {
        let is_own = key.is_some_and(Key::is_of_the_run);
        Place {
            partition: partition(region),
            region,
            account: self.account.get().filter(|_| is_own),
        }
    }
}

/// The partition of a region; the largest, for one that is not known.
pub(super) fn partition(region: &str) -> &'static str {
    partition_of(region).map_or("aws", |partition| partition.name)
}
