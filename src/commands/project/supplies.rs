//! What the containers of a project are served with: sets of credentials, kept fresh, and with
//! `delivery: keyless` the proxy's own knowledge.

use std::collections::BTreeMap;
use std::sync::Arc;

use futures_util::future::try_join_all;

use crate::cli::compose::{ComposeDelivery, ProviderArgs, ServiceOptions};
use crate::credentials::{Fetched, Source, fetch_fitting};
use crate::iam::lists::Lists;
use crate::live::Report;
use crate::live::renewal::current::CurrentSet;
use crate::messages::error::Error;
use crate::messages::notices::Notices;
use crate::run::keyless::Keyless;
use crate::run::renewing::Renewing;
use crate::vars::Environment;
use crate::waits::Waits;

/// What a service's containers are served with.
pub(super) struct Supply {
    pub(super) set: CurrentSet,
    pub(super) source: Arc<Source>,
    /// With `delivery: keyless`.
    pub(super) keyless: Option<Keyless>,
}

/// One for all services, and those of services with options of their own.
pub(super) struct Supplies {
    pub(super) common: Supply,
    pub(super) of_services: BTreeMap<String, Supply>,
}

impl Supply {
    pub(super) fn region(&self) -> Option<String> {
        self.source.region().map(|region| region.name.clone())
    }
}

impl Supplies {
    pub(super) fn of(&self, service: &str) -> &Supply {
        self.of_services.get(service).unwrap_or(&self.common)
    }
}

/// A first set for each service, and the tasks that renew them.
///
/// # Errors
/// One has none.
pub(super) async fn fetch_all(
    provider: &ProviderArgs,
    environment: &Environment,
    report: &Report,
) -> Result<(Supplies, Vec<Renewing>), Error> {
    let common = supply(&provider.options.common, provider, environment, report);
    let of_services = provider.of_services.iter().map(|(service, options)| {
        let supply = supply(options, provider, environment, report);
        async { Ok::<_, Error>((service.clone(), supply.await?)) }
    });
    let (common, of_services) = futures_util::try_join!(common, try_join_all(of_services))?;
    let (common, renewing) = common;
    let mut renewals = vec![renewing];
    let mut supplies = Supplies {
        common,
        of_services: BTreeMap::new(),
    };
    for (service, (supply, renewing)) in of_services {
        supplies.of_services.insert(service, supply);
        renewals.push(renewing);
    }
    Ok((supplies, renewals))
}

async fn supply(
    options: &ServiceOptions,
    provider: &ProviderArgs,
    environment: &Environment,
    report: &Report,
) -> Result<(Supply, Renewing), Error> {
    let source = Source::of_args(&options.aws, environment, &Waits::default()).await?;
    let source = Arc::new(source.for_a_long_run());
    let min_ttl = provider.options.min_ttl;
    let notices = Notices::new(true);
    let first = fetch_fitting(&source, min_ttl, |wait| notices.waiting(wait)).await?;
    source.stop_asking();
    let keyless = match provider.options.delivery {
        ComposeDelivery::Keyless => Some(keyless(options, provider, &source, &first).await?),
        ComposeDelivery::Live | ComposeDelivery::Env => None,
    };
    let renewing = Renewing::start(&source, first, report);
    let supply = Supply {
        set: renewing.current(),
        source,
        keyless,
    };
    Ok((supply, renewing))
}

async fn keyless(
    options: &ServiceOptions,
    provider: &ProviderArgs,
    source: &Arc<Source>,
    first: &Fetched,
) -> Result<Keyless, Error> {
    let lists = Lists {
        allow: options.allow.clone(),
        deny: options.deny.clone(),
    };
    let region = source.region().map(|region| region.name.as_str());
    let keyless = Keyless::new(lists, source, region, first).await?;
    keyless.ask_for_account(provider.options.record.is_some(), source, first);
    Ok(keyless)
}
