//! What is decided about a call before anything of it goes to AWS: is it signed with a key of this
//! run, which operation is it, may it pass, and where to?

use std::sync::Arc;
use std::time::SystemTime;

use http::Method;
use http::header::CONTENT_ENCODING;
use http::request::Parts;
use hyper::body::{Body as _, Incoming};
use percent_encoding::percent_decode_str;

use super::answer::form::Form;
use super::answer::treatment::{Treatment, treatment};
use super::authorize::authorize;
use super::body::{Held, MAX_HELD, MAX_HELD_OF_S3, SMALL};
use super::event::Event;
use super::keys::Key;
use super::note::Note;
use super::shared::Shared;
use super::signature::claim::{Claim, Payload};
use super::signature::unacceptable::Unacceptable;
use super::signature::verify::Wrong;
use super::stop::{Shape, Stop};
use super::turn::Turns;
use super::upstream::{Called, Upstream};
use crate::files::off_thread;
use crate::iam::lookup::lookup;
use crate::iam::module::Module;
use crate::iam::operation::{Meaning, Operation};
use crate::iam::request::{Request, Scope};

/// A call that may go to AWS.
pub(super) struct Checked {
    /// None for a call that AWS takes without a signature.
    pub(super) claim: Option<Claim>,
    pub(super) key: Arc<Key>,
    pub(super) module: &'static Module,
    /// Where credrun knows it. Where it can be several, the one at whose host it is sent.
    pub(super) operation: Option<Operation>,
    pub(super) treatment: Treatment,
    pub(super) upstream: Upstream,
    /// `/path?query`, as AWS gets it.
    pub(super) target: String,
    /// The bucket that it is for.
    pub(super) bucket: Option<String>,
    /// The body, where it is held.
    pub(super) held: Option<Held>,
}

/// The body of a call, until it is held.
struct Body<'a> {
    body: &'a mut Option<Incoming>,
    turns: &'a Turns,
}

impl Shared {
    /// Takes a call through all steps that come before AWS. A body that is held is taken out of
    /// `body`.
    pub(super) async fn check(
        self: &Arc<Self>,
        parts: &Parts,
        body: &mut Option<Incoming>,
        turns: &Turns,
        shape: &mut Shape,
        note: &mut Note,
    ) -> Result<Checked, Stop> {
        if [Method::GET, Method::HEAD].contains(&parts.method) && !is_empty(body.as_ref()) {
            // Servers differ in whether they read it.
            return Err(Stop::malformed("a request with this method has no body"));
        }
        let body = &mut Body { body, turns };
        let claim = match Claim::read(parts) {
            Err(Unacceptable::Anonymous) => {
                return self.check_unsigned(parts, body, shape, note).await;
            }
            read => read?,
        };
        note.region(&claim.region);
        shape.form = Form::guess(&parts.headers, Some(&claim.service));
        let key = self.key_of(&claim)?;
        let held = self.verify(parts, &claim, &key, body, note).await?;
        let held = self.hold_if_wanted(parts, &claim, held, body, note).await?;
        let readable = held.as_ref().filter(|_| !is_coded(parts, &claim));
        let found = match readable.filter(|held| held.is_large()) {
            Some(large) => {
                let large = large.content();
                self.find_beside(parts, (&claim, &key), large, shape, note)
                    .await?
            }
            None => self.find(parts, Some((&claim, &key)), readable, shape, note)?,
        };
        Ok(found.checked(Some(claim), key, held))
    }

    /// A few operations are sent without a signature: their body has a proof of its own. They pass
    /// where `--allow` has them, and no other call passes so.
    async fn check_unsigned(
        &self,
        parts: &Parts,
        body: &mut Body<'_>,
        shape: &mut Shape,
        note: &mut Note,
    ) -> Result<Checked, Stop> {
        if self.lists.allow.is_empty() {
            return Err(Unacceptable::Anonymous.into());
        }
        let held = self.hold(body, SMALL, note).await?;
        let readable = Some(&held).filter(|_| !parts.headers.contains_key(CONTENT_ENCODING));
        let found = self.find(parts, None, readable, shape, note)?;
        match found.operation.is_some_and(|one| one.is_unsigned()) {
            true => Ok(found.checked(None, self.keys.of_the_run(), Some(held))),
            false => Err(Unacceptable::Anonymous.into()),
        }
    }

    fn key_of(&self, claim: &Claim) -> Result<Arc<Key>, Stop> {
        let id = &claim.access_key_id;
        self.keys.find(id).ok_or_else(|| {
            self.reports.once(Event::ForeignKey {
                access_key_id: id.clone(),
            });
            Stop::unsigned(
                "InvalidClientTokenId",
                "the access key ID is not the one of this container's environment",
            )
        })
    }

    /// Verifies the signature. Where it says nothing of the body, that is held and hashed first.
    async fn verify(
        &self,
        parts: &Parts,
        claim: &Claim,
        key: &Key,
        body: &mut Body<'_>,
        note: &Note,
    ) -> Result<Option<Held>, Stop> {
        let held = match (is_empty(body.body.as_ref()), &claim.payload) {
            (true, _) => Some(Held::empty()),
            (false, Payload::Unstated) => Some(self.hold(body, most_held(claim), note).await?),
            (false, _) => None,
        };
        let hash = match &claim.payload {
            Payload::Unstated => held.as_ref().map(|held| held.sha256.as_str()),
            _ => None,
        };
        let now = SystemTime::now();
        match claim.verify(parts, &key.issued, hash, now) {
            // A client that AWS told the time signs by AWS's clock.
            Err(Wrong::Skewed { .. }) => {
                claim.verify(parts, &key.issued, hash, key.now(now))?;
            }
            verified => verified?,
        }
        Ok(held)
    }

    /// Holds the body if it says what the call is.
    async fn hold_if_wanted(
        &self,
        parts: &Parts,
        claim: &Claim,
        held: Option<Held>,
        body: &mut Body<'_>,
        note: &Note,
    ) -> Result<Option<Held>, Stop> {
        let asked = request(parts, Some(claim), None)?;
        let is_wanted = asked.wants_body() || self.lists.ask_for_body(&asked);
        let held = match held {
            None if is_wanted && !is_coded(parts, claim) => {
                Some(self.hold(body, most_held(claim), note).await?)
            }
            held => held,
        };
        // AWS compares them, too. Here it must be so before anything is decided by the body.
        if let (Payload::Sha256(stated), Some(held)) = (&claim.payload, &held)
            && *stated != held.sha256
        {
            return Err(Stop::unsigned(
                "XAmzContentSHA256Mismatch",
                "the body is not the one that is signed",
            ));
        }
        Ok(held)
    }

    async fn hold(&self, from: &mut Body<'_>, max: usize, note: &Note) -> Result<Held, Stop> {
        let Some(body) = from.body.as_mut() else {
            return Ok(Held::empty());
        };
        let held = self.room.hold(body, max, from.turns).await?;
        *from.body = None;
        note.sent(held.bytes.len());
        Ok(held)
    }

    /// [`Self::find`] on another thread, as the one that serves all calls would stand still.
    async fn find_beside(
        self: &Arc<Self>,
        parts: &Parts,
        (claim, key): (&Claim, &Arc<Key>),
        held: Held,
        shape: &mut Shape,
        note: &mut Note,
    ) -> Result<Found, Stop> {
        let (shared, parts) = (Arc::clone(self), copy(parts));
        let (claim, key) = (claim.clone(), Arc::clone(key));
        let (mut own_shape, mut own_note) = (*shape, note.lend());
        let found;
        (found, *shape, *note) = off_thread(move || {
            let signed = Some((&claim, &*key));
            let found = shared.find(&parts, signed, Some(&held), &mut own_shape, &mut own_note);
            (found, own_shape, own_note)
        })
        .await;
        found
    }

    /// Which operation it is, whether it may pass, and where to.
    fn find(
        &self,
        parts: &Parts,
        signed: Option<(&Claim, &Key)>,
        held: Option<&Held>,
        shape: &mut Shape,
        note: &mut Note,
    ) -> Result<Found, Stop> {
        let claim = signed.map(|(claim, _)| claim);
        let body = held.map(|held| held.bytes.as_ref());
        let request = request(parts, claim, body)?;
        let region = claim.map(|claim| claim.region.as_str());
        let region = region.unwrap_or_else(|| self.upstreams.own_region());
        let meaning = lookup(&request)?;
        if let Meaning::Known(operation, _) = &meaning {
            let module = operation.module.name;
            *shape = Shape::new(
                Form::of(operation.protocol, module),
                Some(module),
                &parts.method,
            );
        }
        let place = self.place(region, signed.map(|(_, key)| key));
        note.meaning(&meaning, &request, &place);
        let treatments = treatments(&meaning);
        let resource = |action| note.resource(action);
        authorize(
            &self.lists,
            &meaning,
            &request,
            &place,
            &treatments,
            resource,
        )?;
        self.way(&meaning, &request, region, &treatments)
    }

    fn way(
        &self,
        meaning: &Meaning,
        request: &Request<'_>,
        region: &str,
        treatments: &[(Operation, Treatment)],
    ) -> Result<Found, Stop> {
        let operation;
        let called = match meaning {
            Meaning::Known(first, _) => {
                operation = *first;
                Called::Operation(&operation)
            }
            Meaning::Unknown(Some(module)) => Called::Module(module),
            Meaning::Unknown(None) => return Err(super::upstream::NoWay::Service.into()),
        };
        let module = called.module();
        let bucket = (module.name == "s3").then(|| request.bucket()).flatten();
        let learned = bucket.and_then(|bucket| self.upstreams.region_of(bucket));
        let region = learned.as_deref().unwrap_or(region);
        let upstream = self.upstreams.find(called, request, region)?;
        let strictest = treatments.iter().map(|(_, treatment)| *treatment).max();
        Ok(Found {
            module,
            operation: meaning.first(),
            treatment: strictest.unwrap_or(Treatment::Pass),
            target: request.target(upstream.bucket_in_host),
            bucket: bucket.map(str::to_owned),
            upstream,
        })
    }
}

/// What was found out about a verified call.
struct Found {
    module: &'static Module,
    operation: Option<Operation>,
    treatment: Treatment,
    upstream: Upstream,
    target: String,
    bucket: Option<String>,
}

impl Found {
    fn checked(self, claim: Option<Claim>, key: Arc<Key>, held: Option<Held>) -> Checked {
        let Self {
            module,
            operation,
            treatment,
            upstream,
            target,
            bucket,
        } = self;
        Checked {
            claim,
            key,
            module,
            operation,
            treatment,
            upstream,
            target,
            bucket,
            held,
        }
    }
}

/// Without the extensions, which are the server's.
fn copy(parts: &Parts) -> Parts {
    let (mut copy, ()) = http::Request::new(()).into_parts();
    copy.method = parts.method.clone();
    copy.uri = parts.uri.clone();
    copy.version = parts.version;
    copy.headers = parts.headers.clone();
    copy
}

fn is_empty(body: Option<&Incoming>) -> bool {
    body.is_none_or(|body| body.is_end_stream() || body.size_hint().exact() == Some(0))
}

fn most_held(claim: &Claim) -> usize {
    match claim.service.as_str() {
        "s3" | "s3express" => MAX_HELD_OF_S3,
        _ => MAX_HELD,
    }
}

/// Whether the bytes of the body are not yet what the service reads.
fn is_coded(parts: &Parts, claim: &Claim) -> bool {
    let is_chunked = matches!(claim.payload, Payload::Chunked { .. });
    is_chunked || parts.headers.contains_key(CONTENT_ENCODING)
}

/// The request, as the look-up of its operation sees it.
pub(super) fn request<'a>(
    parts: &'a Parts,
    claim: Option<&'a Claim>,
    body: Option<&'a [u8]>,
) -> Result<Request<'a>, Stop> {
    let target = parts
        .uri
        .path_and_query()
        .map_or("/", |target| target.as_str());
    let scope = claim.map(|claim| Scope {
        service: &claim.service,
        region: &claim.region,
    });
    if claim.is_some_and(|claim| claim.service.starts_with("s3")) && has_older_signature(target) {
        // S3's error for two signatures repeats the one that credrun makes.
        return Err(Stop::malformed(
            "the query has a signature of another version",
        ));
    }
    let request = Request::new(parts.method.as_str(), target, &parts.headers, scope, body)?;
    Ok(request)
}

/// Whether the query has parameters of Signature Version 2.
fn has_older_signature(target: &str) -> bool {
    let query = target.split_once('?').map_or("", |(_, query)| query);
    query.split('&').any(|parameter| {
        let name = parameter.split('=').next().unwrap_or_default();
        let name = percent_decode_str(name).decode_utf8_lossy();
        ["Signature", "AWSAccessKeyId", "Expires"]
            .iter()
            .any(|older| older.eq_ignore_ascii_case(&name))
    })
}

/// What becomes of the answer, for each operation that the call can be.
fn treatments(meaning: &Meaning) -> Vec<(Operation, Treatment)> {
    let Meaning::Known(first, others) = meaning else {
        return Vec::new();
    };
    let operations = std::iter::once(first).chain(others);
    operations.map(|one| (*one, treatment(one))).collect()
}
