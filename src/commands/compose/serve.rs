//! `delivery: live`: the process that stays behind and serves a project.
//!
//! It follows what happens to the project's containers. Where one starts that expects the endpoint,
//! a relay joins its namespace; where it ends, the relay does. A container keeps its own token, so a
//! later process serves containers that an earlier one has left.

use std::collections::{BTreeMap, HashSet};
use std::sync::Arc;
use std::time::Duration;

use futures_util::future::try_join_all;
use tokio::task::JoinHandle;
use tokio::time::{Instant, sleep};

use super::doors::{Doors, Sets};
use super::place::{Note, Place};
use super::project::{Dependent, Project};
use super::{protocol, variables};
use crate::cli::aws::AwsArgs;
use crate::cli::compose::ProviderArgs;
use crate::cli::engine::EngineArgs;
use crate::credentials::{Source, fetch_fitting};
use crate::digest::sha256_hex;
use crate::engine::{ContainerEvent, Engine, EngineError};
use crate::exit::ExitStatus;
use crate::live::countdown::count_down;
use crate::live::endpoint::random_token;
use crate::live::renewal::Renewal;
use crate::live::{Event, Report};
use crate::messages::error::Error;
use crate::messages::notices::Notices;
use crate::relay::owner::Owner;
use crate::relay::request::UsedImage;
use crate::run::relay::{fetch, load_image};
use crate::run::supervisor::Supervisor;
use crate::run::supervisor::log::Served;
use crate::signals::Signals;
use crate::signals::interruption::{no_signals, unless_interrupted};
use crate::vars::{self, Environment};
use crate::waits::Waits;

/// How often to check whether the project is still wanted, and the pause after the Engine is lost.
const LOOK: Duration = Duration::from_secs(2);
/// An Engine that is gone for longer does not come back for this project.
const ENGINE_LIMIT: Duration = Duration::from_secs(600);
/// Where the calling Compose cannot be watched, it is given this long to create a container.
const COMPOSE_LIMIT: Duration = Duration::from_secs(1800);

/// Runs until the project is over.
pub(super) async fn serve(
    provider: &ProviderArgs,
    environment: &Environment,
    supervisor: &Supervisor,
) -> Result<ExitStatus, Error> {
    supervisor.end_with_caller()?;
    variables::refuse_name(&provider.options.service)?;
    let compose = Compose {
        process: Owner::of_caller(),
        since: Instant::now(),
    };
    let mut signals = Signals::ending().map_err(no_signals)?;
    let prepare = prepare(provider, environment);
    let serving = match unless_interrupted(&mut signals, prepare).await? {
        Prepared::Served(lines) => return crate::stdout::print(&lines),
        Prepared::New(serving) => *serving,
    };
    let Serving {
        place,
        note,
        lines,
        mut project,
        renewals,
    } = serving;
    crate::stdout::print(&lines)?;
    let Some(_held) = place.claim(&note)? else {
        // Another `up` was faster. It serves these containers as well.
        return Ok(ExitStatus::SUCCESS);
    };
    supervisor.settle(&Served {
        name: format!("{}/{}", provider.project, provider.options.service),
        id: note.options.clone(),
    })?;
    let outcome = project.follow(&compose, &mut signals).await;
    project.doors.close_all().await;
    drop(renewals);
    project.doors.forget().await;
    place.leave();
    outcome
}

enum Prepared {
    /// A process serves the project already; the lines for Compose.
    Served(String),
    New(Box<Serving>),
}

struct Serving {
    place: Place,
    note: Note,
    /// For Compose.
    lines: String,
    project: Followed,
    renewals: Vec<Renewing>,
}

async fn prepare(provider: &ProviderArgs, environment: &Environment) -> Result<Prepared, Error> {
    let options = &provider.options;
    let project = Project {
        name: provider.project.clone(),
        port: options.port,
    };
    let engine =
        super::super::engine(&EngineArgs::default(), environment, Notices::new(true)).await?;
    let endpoint = engine.endpoint();
    let place = Place::of(environment, endpoint, &project.name, &options.service)?;
    let dependents = project.dependents(&engine).await?;
    let digest = digest_of(provider, environment);
    let token = match dependents.first() {
        // Another would make Compose create the containers anew.
        Some((dependent, _)) => dependent.token.clone(),
        None => random_token()?,
    };
    let lines = |region: Option<&str>| {
        let entries = variables::of_endpoint(options.port, &token, region);
        protocol::setenv_lines(&options.service, &entries)
    };
    if let Some(current) = place.current() {
        // Without containers it may be about to end.
        if current.options == digest && !dependents.is_empty() {
            return Ok(Prepared::Served(lines(current.region.as_deref())));
        }
    }

    let report: Report = Arc::new(|event: Event| Notices::new(false).live(&event));
    let image = async { Ok(UsedImage::Own(load_image(&engine).await?)) };
    let common = renewing(&options.aws, provider, environment, &report);
    let of_services = provider.of_services.iter().map(|(service, aws)| {
        let renewing = renewing(aws, provider, environment, &report);
        async { Ok::<_, Error>((service.clone(), renewing.await?)) }
    });
    let (image, common, of_services) =
        futures_util::try_join!(image, common, try_join_all(of_services))?;
    // Only now: until here, the process that is there serves on.
    place.end_current().await?;
    let region = common.region.clone();
    let sets = Sets {
        common: common.renewal.current(),
        of_services: of_services
            .iter()
            .map(|(service, renewing)| (service.clone(), renewing.renewal.current()))
            .collect::<BTreeMap<_, _>>(),
    };
    let renewals = std::iter::once(common)
        .chain(of_services.into_iter().map(|(_, renewing)| renewing))
        .collect();
    let doors = Doors::new(
        engine,
        image,
        options.port,
        sets,
        environment.clone(),
        report,
    );
    Ok(Prepared::New(Box::new(Serving {
        place,
        note: Note::of_this_process(digest, region.clone()),
        lines: lines(region.as_deref()),
        project: Followed {
            project,
            doors,
            known: HashSet::new(),
        },
        renewals,
    })))
}

/// What a process was started with, so far as it makes a difference.
fn digest_of(provider: &ProviderArgs, environment: &Environment) -> String {
    let names = [
        vars::AWS_PROFILE,
        vars::AWS_DEFAULT_PROFILE,
        vars::AWS_ACCESS_KEY_ID,
        vars::AWS_REGION,
        vars::AWS_DEFAULT_REGION,
        vars::AWS_CONFIG_FILE,
        vars::AWS_SHARED_CREDENTIALS_FILE,
    ];
    let variables = names.map(|name| {
        let value = environment.non_empty(name).unwrap_or_default();
        format!("{name}={value}")
    });
    sha256_hex([&provider.typed[..], &variables].concat().join("\0"))
}

/// A set that is kept fresh.
struct Renewing {
    renewal: Renewal,
    countdown: JoinHandle<()>,
    region: Option<String>,
}

impl Drop for Renewing {
    fn drop(&mut self) {
        self.countdown.abort();
    }
}

async fn renewing(
    aws: &AwsArgs,
    provider: &ProviderArgs,
    environment: &Environment,
    report: &Report,
) -> Result<Renewing, Error> {
    let source = Source::of_args(aws, environment, &Waits::default()).await?;
    let source = Arc::new(source.for_a_long_run());
    let notices = Notices::new(true);
    let first = fetch_fitting(&source, provider.options.min_ttl, |wait| {
        notices.waiting(wait)
    })
    .await?;
    source.stop_asking();
    let region = source.region().map(|region| region.name.clone());
    let of_fetch = Arc::clone(&source);
    let again = move || fetch(Arc::clone(&of_fetch));
    let is_in_a_file = first.is_in_a_file();
    let renewal = match is_in_a_file {
        true => Renewal::start_from_file(first, again, Arc::clone(report)),
        false => Renewal::start(first, again, Arc::clone(report)),
    };
    let limit = async move || source.renewal_limit().await;
    let countdown = count_down(renewal.current(), limit, Arc::clone(report));
    Ok(Renewing {
        countdown: tokio::spawn(countdown),
        renewal,
        region,
    })
}

/// The Compose that has called.
struct Compose {
    process: Option<Owner>,
    since: Instant,
}

impl Compose {
    /// Whether it may still create containers.
    fn may_create(&self) -> bool {
        match &self.process {
            Some(process) => !process.is_gone(),
            None => self.since.elapsed() < COMPOSE_LIMIT,
        }
    }
}

/// A project, and the doors of its containers.
struct Followed {
    project: Project,
    doors: Doors,
    /// Its containers that expect the endpoint, in any state.
    known: HashSet<String>,
}

impl Followed {
    /// Until the project is over, or a signal asks to end.
    async fn follow(
        &mut self,
        compose: &Compose,
        signals: &mut Signals,
    ) -> Result<ExitStatus, Error> {
        let mut lost_since = None;
        loop {
            let ended = tokio::select! {
                biased;
                () = asked_to_end(signals) => return Ok(ExitStatus::SUCCESS),
                ended = self.follow_engine(compose, &mut lost_since) => ended,
            };
            let Err(error) = ended else {
                return Ok(ExitStatus::SUCCESS);
            };
            let since: Instant = *lost_since.get_or_insert_with(Instant::now);
            if since.elapsed() > ENGINE_LIMIT {
                return Err(error.into());
            }
            tracing::debug!(%error, "the Engine is lost");
            self.doors.close_all().await;
            tokio::select! {
                biased;
                () = asked_to_end(signals) => return Ok(ExitStatus::SUCCESS),
                () = sleep(LOOK) => {}
            }
        }
    }

    /// Until the project is over.
    ///
    /// # Errors
    /// The Engine is lost.
    async fn follow_engine(
        &mut self,
        compose: &Compose,
        lost_since: &mut Option<Instant>,
    ) -> Result<(), EngineError> {
        let engine = self.doors.engine.clone();
        let label = self.project.label();
        let mut events = engine.container_events(&label).await?;
        self.look(&engine).await?;
        *lost_since = None;
        let mut silent = std::pin::pin!(engine.silent());
        loop {
            tokio::select! {
                biased;
                event = events.next() => self.take(&engine, &event?).await?,
                error = &mut silent => return Err(error),
                () = sleep(LOOK) => {
                    if self.known.is_empty() && !compose.may_create() {
                        self.look(&engine).await?;
                        if self.known.is_empty() {
                            return Ok(());
                        }
                    }
                }
            }
        }
    }

    /// Opens doors for what runs already.
    async fn look(&mut self, engine: &Engine) -> Result<(), EngineError> {
        let found = self.project.dependents(engine).await?;
        self.known = found.iter().map(|(one, _)| one.id.clone()).collect();
        for (dependent, _) in found.iter().filter(|(_, runs)| *runs) {
            self.doors.open(dependent);
        }
        Ok(())
    }

    async fn take(&mut self, engine: &Engine, event: &ContainerEvent) -> Result<(), EngineError> {
        if event.is_end() {
            self.doors.close(&event.id);
        } else if event.is_removal() {
            self.doors.close(&event.id);
            self.known.remove(&event.id);
        } else if ["create", "start"].contains(&event.action.as_str())
            && let Some(dependent) = self.project.dependent(engine, &event.id).await?
        {
            self.begin(event, dependent);
        }
        Ok(())
    }

    fn begin(&mut self, event: &ContainerEvent, dependent: Dependent) {
        self.known.insert(dependent.id.clone());
        if event.action == "start" {
            self.doors.open(&dependent);
        }
    }
}

async fn asked_to_end(signals: &mut Signals) {
    while signals.next_ending().await.is_hangup() {}
}
