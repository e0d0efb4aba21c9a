//! All that can fail before a project is served: the Engine, the relay's image, credentials, the
//! record. And whether another process serves it already.

use std::collections::BTreeMap;
use std::sync::Arc;

use futures_util::future::try_join_all;
use tokio::task::JoinHandle;

use super::follow::{Caller, Followed};
use super::place::{Note, Place};
use super::project::{Dependent, Key, Project, Whose};
use super::relays::{Common, Relays, Supplies, Supply};
use super::{protocol, variables};
use crate::cli::compose::{ComposeDelivery, ProviderArgs, ProviderOptions, ServiceOptions};
use crate::cli::engine::EngineArgs;
use crate::credentials::{Fetched, Source, fetch_fitting};
use crate::digest::sha256_hex;
use crate::engine::Engine;
use crate::iam::lists::Lists;
use crate::live::countdown::count_down;
use crate::live::renewal::Renewal;
use crate::live::renewal::current::CurrentSet;
use crate::live::{Event, Report};
use crate::messages::error::Error;
use crate::messages::notices::Notices;
use crate::relay::request::UsedImage;
use crate::run::calls::{Calls, Heard};
use crate::run::keyless::Keyless;
use crate::run::relay::{fetch, load_image};
use crate::vars::Environment;
use crate::waits::Waits;

pub(super) enum Prepared {
    /// A process serves the project already; the lines for Compose.
    Served(String),
    New {
        serving: Box<Serving>,
        lines: String,
    },
}

/// What is about to serve.
pub(in crate::commands) struct Serving {
    pub(super) place: Place,
    pub(super) note: Note,
    pub(super) followed: Followed,
    pub(super) renewals: Vec<Renewing>,
}

pub(super) async fn prepare(
    provider: &ProviderArgs,
    environment: &Environment,
    caller: &Caller,
) -> Result<Prepared, Error> {
    let options = &provider.options;
    let project = Project {
        whose: Whose::Project(provider.project.clone()),
        delivery: options.delivery,
        port: options.port,
    };
    let engine =
        super::super::engine(&EngineArgs::default(), environment, Notices::new(true)).await?;
    let dependents = project.dependents(&engine).await?;
    let key = match dependents.first() {
        // Another would make Compose create the containers anew.
        Some((dependent, _)) => dependent.key.clone(),
        None => Key::random(options.delivery)?,
    };
    let lines = |region: Option<&str>| lines(provider, &key, region, &dependents);
    let successor = Successor::new(provider, environment, engine, project)?;
    // Without containers it may be about to end.
    if !dependents.is_empty()
        && successor.has_same_options()
        && let Some(current) = successor.told_of(caller)?
    {
        return Ok(Prepared::Served(lines(current.region.as_deref())));
    }
    let serving = successor.take_over(|_| Ok(())).await?;
    Ok(Prepared::New {
        lines: lines(serving.note.region.as_deref()),
        serving: Box::new(serving),
    })
}

/// What will take the place of the process that serves now, if one does.
pub(in crate::commands) struct Successor<'a> {
    provider: &'a ProviderArgs,
    environment: &'a Environment,
    engine: Engine,
    project: Project,
    place: Place,
    current: Option<Note>,
    digest: String,
}

impl<'a> Successor<'a> {
    /// # Errors
    /// There is no place for state.
    pub(in crate::commands) fn new(
        provider: &'a ProviderArgs,
        environment: &'a Environment,
        engine: Engine,
        project: Project,
    ) -> Result<Self, Error> {
        let service = &provider.service;
        let place = Place::of(environment, engine.endpoint(), &provider.project, service)?;
        Ok(Self {
            current: place.current(),
            digest: digest_of(provider, environment),
            provider,
            environment,
            engine,
            project,
            place,
        })
    }

    fn has_same_options(&self) -> bool {
        let current = self.current.as_ref();
        current.is_some_and(|current| current.options == self.digest)
    }

    /// Has the process that serves now wait for what this caller creates, too. `None` if it has ended:
    /// it may have been about to, so it is told first, and looked at again.
    fn told_of(&self, caller: &Caller) -> Result<Option<Note>, Error> {
        if let Some(process) = &caller.process {
            self.place.wait_for(process)?;
        }
        let current = self.place.current();
        if current.is_none() {
            self.place.forget_caller();
        }
        Ok(current)
    }

    /// The process that serves now, if it goes on: it runs with the same options, and serves a
    /// container. It then waits for what this caller creates, too.
    ///
    /// # Errors
    /// The Engine's.
    pub(in crate::commands) async fn not_needed(
        &self,
        caller: &Caller,
    ) -> Result<Option<u32>, Error> {
        if caller.process.is_none() || self.current.is_none() {
            return Ok(None);
        }
        let Some(current) = self.told_of(caller)? else {
            return Ok(None);
        };
        let dependents = self.project.dependents(&self.engine).await?;
        let serves = current.options == self.digest && dependents.iter().any(|(_, runs)| *runs);
        Ok(serves.then(|| current.process.unsigned_abs()))
    }

    /// Ends the process that serves now, once nothing can fail any more. `last` is what remains to be
    /// done before; it gets the region.
    ///
    /// # Errors
    /// The Engine's, no credentials, or those of `last`; the process that is there serves on.
    pub(in crate::commands) async fn take_over(
        self,
        last: impl FnOnce(Option<&str>) -> Result<(), Error>,
    ) -> Result<Serving, Error> {
        let Self {
            provider,
            environment,
            engine,
            project,
            place,
            current,
            digest,
        } = self;
        let options = &provider.options;
        let calls = early_calls(options, current.as_ref()).await?;
        let report: Report = Arc::new(|event: Event| Notices::new(false).live(&event));
        let image = async { Ok(UsedImage::Own(load_image(&engine).await?)) };
        let fetched = fetch_all(provider, environment, &report);
        let (image, (supplies, renewals)) = futures_util::try_join!(image, fetched)?;
        let region = supplies.common.region();
        last(region.as_deref())?;
        place.end_current().await?;
        let calls = match calls {
            Some(calls) => calls,
            None => open_calls(options).await?,
        };
        let relays = Relays::new(Common {
            engine,
            image,
            port: options.port,
            supplies,
            calls,
            environment: environment.clone(),
            report,
        });
        Ok(Serving {
            place,
            note: Note::of_this_process(digest, region, options.record.clone()),
            followed: Followed::new(project, relays),
            renewals,
        })
    }
}

/// What a process was started with, so far as it makes a difference.
fn digest_of(provider: &ProviderArgs, environment: &Environment) -> String {
    let is_secret = |name: &String| name.contains("SECRET") || name.ends_with("TOKEN");
    let mut names = environment.names_with("AWS_");
    names.retain(|name| !is_secret(name));
    names.sort_unstable();
    let variables = names.iter().map(|name| {
        let value = environment.get(name).unwrap_or_default();
        format!("{name}={value}")
    });
    let all: Vec<String> = provider.typed.iter().cloned().chain(variables).collect();
    sha256_hex(all.join("\0"))
}

/// The variables, and what stands in their way in containers that are there already.
fn lines(
    provider: &ProviderArgs,
    key: &Key,
    region: Option<&str>,
    dependents: &[(Dependent, bool)],
) -> String {
    let options = &provider.options;
    let variables = variables::behind_relay(options.port, key.as_relay_key(), region);
    let warnings = dependents.iter().flat_map(|(one, _)| one.warnings());
    let warnings = warnings.map(|warning| protocol::info_line(&format!("warning: {warning}")));
    warnings.collect::<String>() + &protocol::setenv_lines(&provider.service, &variables)
}

/// Opens the record before anything is done that takes time, unless the process that is there writes
/// to it.
async fn early_calls(
    options: &ProviderOptions,
    current: Option<&Note>,
) -> Result<Option<Calls>, Error> {
    let is_in_use = |current: &Note| current.record.is_some() && current.record == options.record;
    match current.is_some_and(is_in_use) {
        true => Ok(None),
        false => open_calls(options).await.map(Some),
    }
}

async fn open_calls(options: &ProviderOptions) -> Result<Calls, Error> {
    let heard = match options.delivery {
        ComposeDelivery::Keyless => Heard::All,
        ComposeDelivery::Live | ComposeDelivery::Env => Heard::Told,
    };
    Calls::open(heard, options.record.clone()).await
}

async fn fetch_all(
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

/// A set that is kept fresh.
pub(super) struct Renewing {
    _renewal: Renewal,
    countdown: JoinHandle<()>,
}

impl Drop for Renewing {
    fn drop(&mut self) {
        self.countdown.abort();
    }
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
    let (renewal, renewing) = renewing(&source, first, report);
    let supply = Supply {
        set: renewal,
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

fn renewing(source: &Arc<Source>, first: Fetched, report: &Report) -> (CurrentSet, Renewing) {
    let of_fetch = Arc::clone(source);
    let again = move || fetch(Arc::clone(&of_fetch));
    let renewal = match first.is_in_a_file() {
        true => Renewal::start_from_file(first, again, Arc::clone(report)),
        false => Renewal::start(first, again, Arc::clone(report)),
    };
    let current = renewal.current();
    let of_limit = Arc::clone(source);
    let limit = async move || of_limit.renewal_limit().await;
    let countdown = count_down(current.clone(), limit, Arc::clone(report));
    let renewing = Renewing {
        _renewal: renewal,
        countdown: tokio::spawn(countdown),
    };
    (current, renewing)
}
