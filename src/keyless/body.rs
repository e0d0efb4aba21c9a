//! Bodies: held where their content says what a call is, else passed on as they come, and counted.

use std::error::Error as StdError;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::task::{Context, Poll, ready};
use std::time::Duration;

use bytes::{Bytes, BytesMut};
use http::HeaderMap;
use http_body_util::combinators::UnsyncBoxBody;
use http_body_util::{BodyExt as _, Full};
use hyper::body::{Body, Frame, Incoming, SizeHint};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::{Instant, Sleep, sleep, timeout};

use super::trailers::{self, Misplaced};
use super::turn::Turns;
use crate::digest::sha256_hex;
use crate::files::off_thread;

/// What goes wrong with a body.
pub(super) type BodyError = Box<dyn StdError + Send + Sync>;

/// The body of an answer.
pub(super) type AnswerBody = UnsyncBoxBody<Bytes, BodyError>;

/// A body that is in memory.
pub(super) fn whole(bytes: Bytes) -> AnswerBody {
    Full::new(bytes)
        .map_err(|never| match never {})
        .boxed_unsync()
}

/// The largest body that is held: code of 50 MB for Lambda, in JSON. The services that say in a body what
/// a call is take less.
pub(super) const MAX_HELD: usize = 72 * 1024 * 1024;
/// S3 deletes a thousand keys in one call. Each may have 1 KiB, and each byte of it six letters in XML.
pub(super) const MAX_HELD_OF_S3: usize = 8 * 1024 * 1024;
/// All bodies of calls that are held at a time, in KiB, but for the first [`SMALL`] bytes of each.
const ROOM: usize = 144 * 1024;
/// The same for answers.
const ROOM_FOR_ANSWERS: usize = 64 * 1024;
/// Bodies up to here are held whatever others hold: most calls are no larger, and the number of
/// connections is limited.
pub(super) const SMALL: usize = 64 * 1024;
/// Milliseconds are needed to hash or read as much.
const LARGE: usize = 1024 * 1024;
/// A client that sends nothing for so long has gone, or wants to hold a place.
const IDLE: Duration = Duration::from_secs(60);
/// The whole of a body that is held.
const HELD_DEADLINE: Duration = Duration::from_secs(300);
/// What is read of the body of a call that is refused, so that the client reads the answer. Some
/// write on, and would see a broken connection.
const MAX_DROPPED: usize = 1024 * 1024;
const DROPPED_DEADLINE: Duration = Duration::from_secs(5);

/// The memory for bodies of all calls of a container. No other container takes part in it: what one holds
/// must not refuse the calls of another.
#[derive(Clone)]
pub(super) struct Room(Arc<Semaphore>);

/// Bytes in a room, which is free again when they are dropped.
struct InRoom {
    bytes: Vec<u8>,
    _room: Option<OwnedSemaphorePermit>,
}

impl AsRef<[u8]> for InRoom {
    fn as_ref(&self) -> &[u8] {
        &self.bytes
    }
}

/// Why a body is not held.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Unheld {
    /// Larger than so many bytes.
    TooLarge(usize),
    /// Others hold all memory.
    NoRoom,
    /// The client stopped sending.
    Idle,
    /// The connection broke, or the body is not framed as HTTP wants it.
    Broken,
    /// It has trailers that must not be any.
    Misplaced,
}

/// A body in memory.
pub(super) struct Held {
    pub(super) bytes: Bytes,
    pub(super) sha256: String,
    _room: Taken,
}

/// Room that is free again when all who have a part of it are done.
type Taken = Option<Arc<OwnedSemaphorePermit>>;

impl Held {
    fn new(bytes: Bytes, room: Taken) -> Self {
        Self {
            sha256: sha256_hex(&bytes),
            bytes,
            _room: room,
        }
    }

    /// Hashes a large body on another thread, as the one that serves all calls would stand still.
    async fn hashed(bytes: Bytes, room: Option<OwnedSemaphorePermit>) -> Self {
        let room = room.map(Arc::new);
        match bytes.len() < LARGE {
            true => Self::new(bytes, room),
            false => off_thread(move || Self::new(bytes, room)).await,
        }
    }

    /// Whether it takes long to look into it.
    pub(super) fn is_large(&self) -> bool {
        self.bytes.len() >= LARGE
    }

    /// The same bytes again, in the same room.
    pub(super) fn content(&self) -> Self {
        Self {
            bytes: self.bytes.clone(),
            sha256: self.sha256.clone(),
            _room: self._room.clone(),
        }
    }

    pub(super) fn empty() -> Self {
        Self::new(Bytes::new(), None)
    }

    /// The same room, with other bytes in it.
    pub(super) fn with(self, bytes: Vec<u8>) -> Self {
        Self::new(bytes.into(), self._room)
    }
}

impl Room {
    pub(super) fn for_calls() -> Self {
        Self(Arc::new(Semaphore::new(ROOM)))
    }

    pub(super) fn for_answers() -> Self {
        Self(Arc::new(Semaphore::new(ROOM_FOR_ANSWERS)))
    }

    /// The whole of an answer's body, for as long as the client takes to read it. None where it is
    /// longer than `most`, or there is no room.
    pub(super) async fn collect(
        &self,
        mut body: Incoming,
        most: usize,
    ) -> Result<Option<Bytes>, Unheld> {
        let mut held = InRoom {
            bytes: Vec::new(),
            _room: None,
        };
        loop {
            let frame = timeout(IDLE, body.frame()).await;
            let Some(frame) = frame.map_err(|_| Unheld::Idle)? else {
                return Ok(Some(Bytes::from_owner(held)));
            };
            let Ok(data) = frame.map_err(|_| Unheld::Broken)?.into_data() else {
                continue;
            };
            let length = held.bytes.len() + data.len();
            if length > most || !self.grow(&mut held._room, length) {
                return Ok(None);
            }
            held.bytes.extend_from_slice(&data);
        }
    }

    /// Makes room for as many bytes in all.
    fn grow(&self, room: &mut Option<OwnedSemaphorePermit>, length: usize) -> bool {
        let taken = room.as_ref().map_or(0, OwnedSemaphorePermit::num_permits);
        let large = length.saturating_sub(SMALL);
        let wanted = large.div_ceil(1024).saturating_sub(taken);
        let Some(more) = self.take(wanted) else {
            return false;
        };
        match room {
            Some(room) => room.merge(more),
            None => *room = Some(more),
        }
        true
    }

    /// Reads a body to its end.
    pub(super) async fn hold(
        &self,
        body: &mut Incoming,
        max: usize,
        turns: &Turns,
    ) -> Result<Held, Unheld> {
        let reading = self.read(body, max, turns);
        timeout(HELD_DEADLINE, reading)
            .await
            .unwrap_or(Err(Unheld::Idle))
    }

    async fn read(&self, body: &mut Incoming, max: usize, turns: &Turns) -> Result<Held, Unheld> {
        if body.size_hint().lower() > max as u64 {
            return Err(Unheld::TooLarge(max));
        }
        let mut bytes = BytesMut::new();
        let mut room: Option<OwnedSemaphorePermit> = None;
        loop {
            let frame = timeout(IDLE, body.frame())
                .await
                .map_err(|_| Unheld::Idle)?;
            let Some(frame) = frame else { break };
            let data = match frame.map_err(|_| Unheld::Broken)?.into_data() {
                Ok(data) => data,
                Err(frame) => {
                    // A body with a length has nothing behind it.
                    trailers_of(frame)?;
                    continue;
                }
            };
            turns.moves();
            if bytes.len() + data.len() > max {
                return Err(Unheld::TooLarge(max));
            }
            if !self.grow(&mut room, bytes.len() + data.len()) {
                return Err(Unheld::NoRoom);
            }
            bytes.extend_from_slice(&data);
        }
        Ok(Held::hashed(bytes.freeze(), room).await)
    }

    fn take(&self, kibibytes: usize) -> Option<OwnedSemaphorePermit> {
        let kibibytes = u32::try_from(kibibytes).ok()?;
        Arc::clone(&self.0).try_acquire_many_owned(kibibytes).ok()
    }
}

/// Reads what a client still sends of a call that is refused, within limits.
pub(super) async fn drop_body(mut body: Incoming) {
    let dropping = async {
        let mut dropped = 0;
        while let Some(Ok(frame)) = body.frame().await {
            dropped += frame.data_ref().map_or(0, Bytes::len);
            if dropped > MAX_DROPPED {
                return;
            }
        }
    };
    let _ = timeout(DROPPED_DEADLINE, dropping).await;
}

/// A body did not come to its end. [`crate::causes::find`] finds it in the error of the client that
/// sent it on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the body of the call did not come to its end")]
pub(super) struct UploadFailed(pub(super) Unheld);

/// A body on its way to AWS. It counts, and does not wait for ever.
pub(super) struct Upload {
    inner: Incoming,
    count: Arc<AtomicU64>,
    turns: Turns,
    /// Runs while credrun waits for the client, and not while AWS takes its time to read.
    idle: Pin<Box<Sleep>>,
    is_waiting: bool,
}

impl Upload {
    pub(super) fn new(inner: Incoming, count: Arc<AtomicU64>, turns: Turns) -> Self {
        Self {
            inner,
            count,
            turns,
            idle: Box::pin(sleep(IDLE)),
            is_waiting: false,
        }
    }
}

impl Body for Upload {
    type Data = Bytes;
    type Error = BodyError;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, BodyError>>> {
        let polled = Pin::new(&mut self.inner).poll_frame(context);
        if polled.is_ready() {
            self.is_waiting = false;
        }
        match polled {
            Poll::Ready(Some(Ok(frame))) => match frame.into_data() {
                Ok(data) => {
                    self.count.fetch_add(data.len() as u64, Ordering::Relaxed);
                    self.turns.moves();
                    Poll::Ready(Some(Ok(Frame::data(data))))
                }
                Err(frame) => match trailers_of(frame) {
                    Ok(trailers) => Poll::Ready(Some(Ok(Frame::trailers(trailers)))),
                    Err(why) => failed(why),
                },
            },
            Poll::Ready(Some(Err(_))) => failed(Unheld::Broken),
            Poll::Ready(None) => Poll::Ready(None),
            Poll::Pending => {
                if !std::mem::replace(&mut self.is_waiting, true) {
                    self.idle.as_mut().reset(Instant::now() + IDLE);
                }
                ready!(self.idle.as_mut().poll(context));
                failed(Unheld::Idle)
            }
        }
    }

    fn is_end_stream(&self) -> bool {
        self.inner.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.inner.size_hint()
    }
}

fn trailers_of(frame: Frame<Bytes>) -> Result<HeaderMap, Unheld> {
    let trailers = frame.into_trailers().unwrap_or_default();
    trailers::of_call(trailers).map_err(|Misplaced| Unheld::Misplaced)
}

fn failed(why: Unheld) -> Poll<Option<Result<Frame<Bytes>, BodyError>>> {
    Poll::Ready(Some(Err(UploadFailed(why).into())))
}

/// A body on its way to the container. What notes the call, and its place, are dropped with it.
pub(super) struct Download<B, N> {
    inner: B,
    count: Arc<AtomicU64>,
    turns: Turns,
    _with_body: N,
}

impl<B, N> Download<B, N> {
    pub(super) fn new(inner: B, count: Arc<AtomicU64>, turns: Turns, with_body: N) -> Self {
        Self {
            inner,
            count,
            turns,
            _with_body: with_body,
        }
    }
}

impl<B, N> Body for Download<B, N>
where
    B: Body<Data = Bytes> + Unpin,
    B::Error: Into<BodyError>,
    N: Unpin,
{
    type Data = Bytes;
    type Error = BodyError;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, BodyError>>> {
        let polled = ready!(Pin::new(&mut self.inner).poll_frame(context));
        if let Some(Ok(frame)) = &polled {
            let length = frame.data_ref().map_or(0, Bytes::len);
            self.count.fetch_add(length as u64, Ordering::Relaxed);
            self.turns.moves();
        }
        Poll::Ready(polled.map(|frame| frame.map_err(Into::into)))
    }

    fn is_end_stream(&self) -> bool {
        self.inner.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.inner.size_hint()
    }
}
