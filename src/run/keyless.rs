//! What a `--keyless` run needs for its proxy.

use std::fmt;
use std::sync::Arc;

use crate::credentials::{CredentialsError, Fetched, Source};
use crate::environment::keyless::host_names;
use crate::iam::arn::Arn;
use crate::iam::lists::Lists;
use crate::iam::module::modules;
use crate::keyless::account::Account;
use crate::keyless::upstream::Upstreams;
use crate::messages::error::Error;
use crate::plan::{Delivery, RunPlan};

/// What the proxy needs beside keys.
pub(crate) struct Keyless {
    pub(super) lists: Lists,
    pub(super) upstreams: Arc<Upstreams>,
    pub(super) account: Account,
    /// The names under which the container's SDKs may call the proxy.
    pub(super) host_names: Vec<String>,
}

impl fmt::Debug for Keyless {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Keyless").finish_non_exhaustive()
    }
}

impl Keyless {
    /// For a run in this region with this set. Nothing without `--keyless`.
    ///
    /// # Errors
    /// See [`Self::new`].
    pub(super) async fn of(
        plan: &RunPlan,
        source: &Source,
        region: Option<&str>,
        fetched: &Fetched,
    ) -> Result<Option<Self>, Error> {
        Ok(match &plan.delivery {
            Delivery::Keyless { lists, .. } => {
                Some(Self::new(lists.clone(), source, region, fetched).await?)
            }
            Delivery::Env | Delivery::Live { .. } => None,
        })
    }

    /// For calls that these lists let through.
    ///
    /// # Errors
    /// The endpoints that the user has configured for services, or the proxy, cannot be used.
    pub(crate) async fn new(
        lists: Lists,
        source: &Source,
        region: Option<&str>,
        fetched: &Fetched,
    ) -> Result<Self, Error> {
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
        Ok(Self {
            lists,
            upstreams: Arc::new(upstreams),
            host_names: host_names(account.as_deref()),
            account: Account::new(account),
        })
    }

    /// Asks beside the run whose account it is, where the record would not have it. Everybody may ask,
    /// and nothing waits for the answer or fails without one.
    pub(crate) fn ask_for_account(&self, records: bool, source: &Arc<Source>, set: &Fetched) {
        if !records || self.account.get().is_some() {
            return;
        }
        let (account, source, set) = (self.account.clone(), Arc::clone(source), set.clone());
        tokio::spawn(async move {
            match source.caller_identity(&set).await {
                Ok(identity) => account.learn(identity.account),
                Err(error) => tracing::debug!(%error, "the account is not known"),
            }
        });
    }
}

fn account_of(fetched: &Fetched) -> Option<String> {
    let of_arn = |arn: &String| Some(Arn::parse(arn)?.account.to_owned());
    let account = fetched.credentials.account_id.clone();
    account.or_else(|| fetched.identity.as_ref().and_then(of_arn))
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
