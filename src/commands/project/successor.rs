//! What will take the place of the process that serves a project. All that can fail before is done
//! first: the Engine, the relay's image, credentials, the record.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::containers::Project;
use super::follow::Caller;
use super::pid_file::{Note, PidFile};
use super::relays::Common;
use super::serving::{Noting, Serving};
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

    /// Has the process that serves now with the same options wait for what this caller creates, too. `None`
    /// if it has ended: it may have been about to, so it is told first, and looked at again.
    pub(in crate::commands) fn told_of(&self, caller: &Caller) -> Result<Option<Note>, Error> {
        if let Some(process) = &caller.process {
            self.pid_file.wait_for(process)?;
        }
        let current = self.pid_file.current();
        let current = current.filter(|current| current.options == self.digest);
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
        let found = self.project.containers(&self.engine).await?.all_told()?;
        let serves = found.dependents.iter().any(|(_, runs)| *runs);
        Ok(serves.then(|| current.process.unsigned_abs()))
    }

    /// Gets all that serving takes. The process that is there serves on.
    ///
    /// # Errors
    /// The Engine's, or no credentials.
    pub(in crate::commands) async fn prepare(self) -> Result<Serving, Error> {
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
        let record = options.record.as_deref().map(place_of);
        let noting = noting(options, record.as_deref(), current.as_ref()).await?;
        let report: Report = Arc::new(|event: Event| Notices::new(false).live(&event));
        let image = async { Ok(UsedImage::Own(load_image(&engine).await?)) };
        let fetched = fetch_all(provider, environment, &report);
        let (image, (supplies, renewals)) = futures_util::try_join!(image, fetched)?;
        Ok(Serving {
            pid_file,
            note: Note::of_this_process(digest, supplies.common.region(), record),
            project,
            common: Common {
                engine,
                image,
                port: options.port,
                supplies,
                environment: environment.clone(),
                report,
            },
            noting,
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
async fn noting(
    options: &ProviderOptions,
    place: Option<&Path>,
    current: Option<&Note>,
) -> Result<Noting, Error> {
    let heard = match options.delivery {
        ComposeDelivery::Keyless => Heard::All,
        ComposeDelivery::Live | ComposeDelivery::Env => Heard::Told,
    };
    let record = options.record.clone();
    let in_use = current.and_then(|current| current.record.as_deref());
    Ok(match place.is_some() && place == in_use {
        true => Noting::RecordInUse(heard, record),
        false => Noting::Begun(Calls::open(heard, record).await?),
    })
}

/// The file's own path, however it was typed.
fn place_of(file: &Path) -> PathBuf {
    let whole = std::path::absolute(file).unwrap_or_else(|_| file.to_owned());
    let directory = whole.parent().and_then(|parent| parent.canonicalize().ok());
    match (directory, whole.file_name()) {
        (Some(directory), Some(name)) => directory.join(name),
        _ => whole,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_has_one_place_however_it_is_typed() {
        let here = tempfile::tempdir().expect("a directory");
        let [file, other] =
            ["calls.jsonl", "./x/../calls.jsonl"].map(|name| here.path().join(name));
        std::fs::create_dir(here.path().join("x")).expect("made");
        assert_eq!(place_of(&file), place_of(&other));
        let link = here.path().join("link");
        std::os::unix::fs::symlink(here.path(), &link).expect("a link");
        assert_eq!(place_of(&file), place_of(&link.join("calls.jsonl")));
        assert_ne!(place_of(&file), place_of(&here.path().join("other")));
    }
}
