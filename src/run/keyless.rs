//! What a `--keyless` run needs for its proxy, and what it says of the calls at the end.

use std::fmt;
use std::path::PathBuf;
use std::sync::Arc;

use crate::credentials::{CredentialsError, Fetched, Source};
use crate::environment::keyless::host_names;
use crate::files;
use crate::iam::lists::Lists;
use crate::iam::module::modules;
use crate::keyless::upstream::Upstreams;
use crate::messages::error::Error;
use crate::messages::notices::Notices;
use crate::plan::{Delivery, RunPlan};
use crate::record::{RecordFile, Recorder, Summary};

/// What the proxy needs beside keys.
pub(crate) struct Keyless {
    pub(super) lists: Lists,
    pub(super) upstreams: Arc<Upstreams>,
    pub(super) recorder: Arc<Recorder>,
    /// The account of the run's set, where that is known.
    pub(super) account: Option<String>,
    /// The names under which the container's SDKs may call the proxy.
    pub(super) host_names: Vec<String>,
    record: Option<PathBuf>,
}

impl fmt::Debug for Keyless {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Keyless").finish_non_exhaustive()
    }
}

/// `--keyless`, with the file of `--record` open.
pub(super) struct Opened {
    lists: Lists,
    recorder: Recorder,
    record: Option<PathBuf>,
}

/// Opens the file before anything is done that takes time. Nothing without `--keyless`; with
/// `--dry-run` the file is left alone.
///
/// # Errors
/// What the operating system says about the file.
pub(super) async fn open(plan: &RunPlan) -> Result<Option<Opened>, Error> {
    let Delivery::Keyless { lists, record, .. } = &plan.delivery else {
        return Ok(None);
    };
    let record = record.clone().filter(|_| !plan.dry_run);
    let path = record.clone();
    let recorder = files::off_thread(move || {
        let file = path.map(|path| RecordFile::open(&path)).transpose()?;
        Recorder::new(file)
    });
    let recorder = recorder.await.map_err(|source| Error::Local {
        action: match &record {
            Some(path) => format!("write the record to {}", path.display()),
            None => "count calls".to_owned(),
        },
        source,
    })?;
    Ok(Some(Opened {
        lists: lists.clone(),
        recorder,
        record,
    }))
}

impl Opened {
    /// Completes it, for a run in this region with this set.
    ///
    /// # Errors
    /// The endpoints that the user has configured for services, or the proxy, cannot be used.
    pub(super) async fn complete(
        self,
        source: &Source,
        region: Option<&str>,
        fetched: &Fetched,
    ) -> Result<Keyless, Error> {
        let ids = modules().iter().map(|module| module.service_id);
        let endpoints = source.service_endpoints(ids).await?;
        let account = account_of(fetched);
        let sts = endpoints.url("sts").map(str::to_owned);
        let upstreams = Upstreams::new(endpoints, region)?;
        let sts = sts.or_else(|| Some(format!("https://sts.{}.amazonaws.com", region?)));
        // A proxy that cannot be used would otherwise be told of at the first call.
        if let Some(url) = sts {
            let checked = source.http().check(&url);
            checked.map_err(CredentialsError::from)?;
        }
        Ok(Keyless {
            lists: self.lists,
            upstreams: Arc::new(upstreams),
            recorder: Arc::new(self.recorder),
            host_names: host_names(account.as_deref()),
            account,
            record: self.record,
        })
    }
}

fn account_of(fetched: &Fetched) -> Option<String> {
    let of_arn = |arn: &String| arn.split(':').nth(4).map(str::to_owned);
    let account = fetched.credentials.account_id.clone();
    account.or_else(|| fetched.identity.as_ref().and_then(of_arn))
}

impl Keyless {
    /// Says what the calls came to, once there are no more. That there were none says something only
    /// of a container that has run.
    pub(super) async fn end(&self, notices: Notices, has_run: bool) -> Summary {
        let finished = self.recorder.finish().await;
        let summary = self.recorder.summary();
        if has_run || summary.calls > 0 {
            notices.calls(&summary);
        }
        if let (Err(missing), Some(path)) = (finished, &self.record) {
            notices.calls_missing(path, &missing);
        }
        summary
    }
}

#[cfg(test)]
mod tests {
    use std::time::SystemTime;

    use super::*;
    use crate::credentials::{CredentialValues, Credentials, Origin};

    #[test]
    fn the_account_is_that_of_the_set_or_of_the_identity() {
        let fetched = |account: Option<&str>, identity: Option<&str>| Fetched {
            credentials: Credentials::new(CredentialValues {
                access_key_id: "ASIA".to_owned(),
                secret_access_key: "secret".into(),
                session_token: None,
                expiration: None,
                account_id: account.map(str::to_owned),
            })
            .expect("a set"),
            origin: Origin::Environment,
            identity: identity.map(str::to_owned),
            fetched_at: SystemTime::UNIX_EPOCH,
            clock: None,
        };
        let arn = Some("arn:aws:sts::111122223333:assumed-role/deploy/me");
        let account = |account, identity| account_of(&fetched(account, identity));
        assert_eq!(account(None, arn).as_deref(), Some("111122223333"));
        assert_eq!(
            account(Some("444455556666"), arn).as_deref(),
            Some("444455556666")
        );
        assert_eq!(account(None, None), None);
    }
}
