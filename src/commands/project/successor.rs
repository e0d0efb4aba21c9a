//! What will take the place of the process that serves a project. All that can fail before is done
//! first: the Engine, the relay's image, credentials, the record.

use std::sync::Arc;

use super::containers::Project;
use super::follow::{Caller, Followed};
use super::pid_file::{Note, PidFile};
use super::relays::{Common, Relays};
use super::serving::Serving;
use super::supplies::fetch_all;
use crate::cli::compose::{ComposeDelivery, ProviderArgs, ProviderOptions};
use crate::digest::sha256_hex;
use crate::engine::Engine;
use crate::live::{Event, Report};
use crate::messages::error::Error;
use crate::messages::notices::Notices;
use crate::relay::request::UsedImage;
use crate::run::calls::{Calls, Heard};
use crate::run::relay::load_image;
use crate::vars::Environment;

/// What will take the place of the process that serves now, if one does.
pub(in crate::commands) struct Successor<'a> {
    provider: &'a ProviderArgs,
    environment: &'a Environment,
    engine: Engine,
    project: Project,
    pid_file: PidFile,
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
        let pid_file = PidFile::of(environment, engine.endpoint(), &provider.project, service)?;
        Ok(Self {
            current: pid_file.current(),
            digest: digest_of(provider, environment),
            provider,
            environment,
            engine,
            project,
            pid_file,
        })
    }

    pub(in crate::commands) fn has_same_options(&self) -> bool {
        let current = self.current.as_ref();
        current.is_some_and(|current| current.options == self.digest)
    }

    /// Has the process that serves now wait for what this caller creates, too. `None` if it has ended:
    /// it may have been about to, so it is told first, and looked at again.
    pub(in crate::commands) fn told_of(&self, caller: &Caller) -> Result<Option<Note>, Error> {
        if let Some(process) = &caller.process {
            self.pid_file.wait_for(process)?;
        }
        let current = self.pid_file.current();
        if current.is_none() {
            self.pid_file.forget_caller();
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
        let found = self.project.containers(&self.engine).await?;
        let serves =
            current.options == self.digest && found.dependents.iter().any(|(_, runs)| *runs);
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
            pid_file,
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
        pid_file.end_current().await?;
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
            pid_file,
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
