//! Where a call goes: AWS's own host for its operation, or an endpoint of the user's. Nothing of it
//! is taken from the request but labels that are checked.

use std::collections::HashMap;
use std::fmt;
use std::sync::{Mutex, MutexGuard, PoisonError};

use http::Uri;

use crate::credentials::ServiceEndpoints;
use crate::iam::hosts::{self, Kind, NoUpstream};
use crate::iam::module::{Module, modules};
use crate::iam::operation::Operation;
use crate::iam::partition::{Partition, partition_of};
use crate::iam::request::Request;

/// As many buckets' regions are remembered.
const MOST_BUCKETS: usize = 10_000;

/// The host, and how a call to it is signed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Upstream {
    /// `https://s3.eu-west-1.amazonaws.com`, with the path of a configured endpoint.
    pub(crate) base: String,
    pub(crate) signing_name: String,
    pub(crate) signing_region: String,
    /// Whether the bucket is in the host, and has to be left out of the path.
    pub(crate) bucket_in_host: bool,
}

/// Why a call cannot be sent anywhere.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum NoWay {
    /// AWS has no such host.
    Host(NoUpstream),
    /// The service is none that credrun knows.
    Service,
}

impl fmt::Display for NoWay {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Host(none) => none.fmt(f),
            Self::Service => f.write_str("credrun does not know this service"),
        }
    }
}

/// A URL that is configured cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{by} is not of the form http://HOST or https://HOST")]
pub struct UnusableUrl {
    /// The variable, or the setting of the profile.
    pub by: String,
}

/// What a call is, as far as its host depends on it.
#[derive(Clone, Copy)]
pub(crate) enum Called<'a> {
    Operation(&'a Operation),
    /// An operation that the tables do not have.
    Module(&'static Module),
}

impl Called<'_> {
    pub(crate) fn module(self) -> &'static Module {
        match self {
            Self::Operation(operation) => operation.module,
            Self::Module(module) => module,
        }
    }
}

/// Finds hosts.
#[derive(Debug)]
pub(crate) struct Upstreams {
    endpoints: ServiceEndpoints,
    kind: Kind,
    /// The partition of the run's own region: its credentials are valid nowhere else.
    partition: Option<&'static Partition>,
    region: Option<String>,
    buckets: Mutex<HashMap<String, String>>,
}

impl Upstreams {
    /// `region` is that of the run.
    ///
    /// # Errors
    /// The module whose configured URL cannot be used.
    pub(crate) fn new(
        endpoints: ServiceEndpoints,
        region: Option<&str>,
    ) -> Result<Self, UnusableUrl> {
        for module in modules() {
            if let Some(url) = endpoints.url(module.service_id) {
                base(url).ok_or_else(|| UnusableUrl {
                    by: endpoints
                        .configured_by(module.service_id)
                        .unwrap_or_default()
                        .to_owned(),
                })?;
            }
        }
        let variant = endpoints.variant;
        Ok(Self {
            endpoints,
            kind: Kind {
                fips: variant.fips,
                dual_stack: variant.dual_stack,
            },
            partition: region.and_then(partition_of),
            region: region.map(str::to_owned),
            buckets: Mutex::default(),
        })
    }

    /// The region for a call that names none. Without one of the run's, it is the one that stands for
    /// all of the partition.
    pub(crate) fn own_region(&self) -> &str {
        self.region.as_deref().unwrap_or("aws-global")
    }

    /// Where a call goes that was signed for `region`.
    pub(crate) fn find(
        &self,
        called: Called<'_>,
        request: &Request<'_>,
        region: &str,
    ) -> Result<Upstream, NoWay> {
        let module = called.module();
        let configured = self.endpoints.url(module.service_id).and_then(base);
        let found = self.of_aws(called, request, region);
        match (configured, found) {
            (None, found) => found,
            (Some(base), found) => {
                // AWS's rules for names and regions hold there too. A region of the endpoint's own
                // passes as it is.
                let upstream = found.unwrap_or_else(|_| Upstream {
                    base: String::new(),
                    signing_name: module.signing_name.to_owned(),
                    signing_region: region.to_owned(),
                    bucket_in_host: false,
                });
                Ok(Upstream {
                    base,
                    bucket_in_host: false,
                    ..upstream
                })
            }
        }
    }

    fn of_aws(
        &self,
        called: Called<'_>,
        request: &Request<'_>,
        region: &str,
    ) -> Result<Upstream, NoWay> {
        let default = || partition_of("us-east-1");
        let partition = self.partition.or_else(default).ok_or(NoWay::Service)?;
        let found = match called {
            Called::Operation(operation) => {
                hosts::upstream(operation, request, partition, region, self.kind)
            }
            Called::Module(module) => hosts::of_module(module, partition, region, self.kind),
        }
        .map_err(NoWay::Host)?;
        Ok(Upstream {
            base: format!("https://{}", found.host),
            signing_name: found.signing_name,
            signing_region: found.signing_region,
            bucket_in_host: found.bucket_in_host,
        })
    }

    /// Where a bucket of another region is reached. None for one whose host names its zone.
    pub(crate) fn elsewhere(
        &self,
        module: &'static Module,
        upstream: &Upstream,
        region: &str,
    ) -> Option<Upstream> {
        if self.endpoints.url(module.service_id).is_some() {
            // Only the signature names the region there.
            return Some(Upstream {
                signing_region: region.to_owned(),
                ..upstream.clone()
            });
        }
        let partition = partition_of(region)?;
        let found = hosts::of_module(module, partition, region, self.kind).ok()?;
        (!upstream.bucket_in_host).then(|| Upstream {
            base: format!("https://{}", found.host),
            signing_name: found.signing_name,
            signing_region: found.signing_region,
            bucket_in_host: false,
        })
    }

    /// The region where the bucket is, where that has been learned.
    pub(crate) fn region_of(&self, bucket: &str) -> Option<String> {
        lock(&self.buckets).get(bucket).cloned()
    }

    /// Remembers where a bucket is. Answers say it; it must be a region of the partition.
    pub(crate) fn learn(&self, bucket: &str, region: &str) -> bool {
        let is_region = partition_of(region)
            .is_some_and(|found| self.partition.is_none_or(|own| own.name == found.name));
        if !is_region {
            return false;
        }
        let mut buckets = lock(&self.buckets);
        if buckets.len() >= MOST_BUCKETS {
            buckets.clear();
        }
        buckets.insert(bucket.to_owned(), region.to_owned());
        true
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// A URL without the slash at its end and without what only a request has.
fn base(url: &str) -> Option<String> {
    let uri: Uri = url.parse().ok()?;
    let scheme = uri
        .scheme_str()
        .filter(|one| ["http", "https"].contains(one))?;
    let authority = uri.authority()?;
    let path = uri.path().trim_end_matches('/');
    (uri.query().is_none() && !authority.as_str().contains('@'))
        .then(|| format!("{scheme}://{authority}{path}"))
}

#[cfg(test)]
mod tests;
