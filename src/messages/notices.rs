//! The lines that credrun writes to stderr, other than errors. With `-q`, only warnings.

mod calls;
mod credentials;
mod denials;

use std::fmt::Display;
use std::path::Path;
use std::time::{Duration, SystemTime};

use crate::causes;
use crate::cli::run::RunArgs;
use crate::credentials::{Origin, SessionCacheError, Waiting, iso8601};
use crate::engine::EngineError;
use crate::environment::injection::Injection;
use crate::environment::shared_files::{ConfigFile, EMPTY_FILE, Found};
use crate::environment::variables::{REGIONS, WayIn};
use crate::keyless;
use crate::live::Event;
use crate::messages::stderr;
use crate::messages::visible::on_one_line;
use crate::policy::remark::Remark;
use crate::signals::Signal;
use crate::waits::Waits;

/// A shorter wait is not reported.
const UNREMARKABLE: Duration = Duration::from_secs(2);

/// Writes notices and warnings.
#[derive(Debug, Clone, Copy)]
pub struct Notices {
    quiet: bool,
}

impl Notices {
    /// With `quiet`, only warnings are written.
    #[must_use]
    pub fn new(quiet: bool) -> Self {
        Self { quiet }
    }

    /// As set on the command line.
    #[must_use]
    pub fn of(args: &RunArgs) -> Self {
        Self::new(args.container.lifecycle.quiet)
    }

    fn say(self, line: impl Display) {
        if !self.quiet {
            write_line(format_args!("credrun: {line}"));
        }
    }

    /// Does `work`, and reports once what it waits for if that takes a while.
    pub fn telling<T>(
        self,
        waits: &Waits,
        work: impl Future<Output = T>,
    ) -> impl Future<Output = T> {
        // Otherwise each future wrapped around it would hold all of its state, twice.
        let mut work = Box::pin(work);
        async move {
            let tell = waits.tell_of_the_first(UNREMARKABLE, move |what| {
                self.say(format_args!("waiting for {what}"));
            });
            tokio::select! {
                biased;
                done = &mut work => done,
                () = tell => unreachable!("it never ends"),
            }
        }
    }

    /// An event of renewal, of the relay or at the endpoint of `--live`. A successful renewal is not
    /// reported.
    pub fn live(self, event: &Event) {
        match event {
            Event::Renewed {
                recovered: false, ..
            } if !stderr::is_logged() => tracing::info!("{event}"),
            Event::Renewed { .. } => self.say(event),
            Event::EndsSoon { .. }
            | Event::Refused(_)
            | Event::RefusedMore(_)
            | Event::RenewalFailed { .. }
            | Event::RelayBroken { .. }
            | Event::RelayReplaced { .. }
            | Event::RelayLost { .. } => self.warning(event),
        }
    }

    /// An event at the proxy of `--keyless`.
    pub fn keyless(self, event: &keyless::event::Event) {
        self.warning(event);
    }

    /// A policy from records: what its reader has to know.
    pub fn policy(self, remarks: &[Remark]) {
        for remark in remarks {
            match remark.is_warning() {
                true => self.warning(remark),
                false => self.say(remark),
            }
        }
    }

    /// An action for a role that credrun does not know: most are slips, and IAM takes each.
    pub fn unknown_action(self, action: &str, hint: Option<&str>) {
        let hint = hint.map(|hint| format!("; {hint}")).unwrap_or_default();
        self.warning(format_args!("credrun knows no action {action}{hint}"));
    }

    /// `-d` behind a relay: which process serves the container, and where it logs. Whether it can
    /// renew for ever was reported before.
    pub fn stays_behind(self, process: u32, log: &Path) {
        self.say(format_args!(
            "process {process} serves the container; its log: {}",
            log.display()
        ));
    }

    /// `devcontainer`, called again: an earlier process goes on.
    pub fn serves_already(self, process: u32) {
        self.say(format_args!(
            "process {process} serves the container already"
        ));
    }

    /// `compose-env`: who serves the project from now on.
    pub fn serves_project(self, project: &str, process: u32, log: &Path) {
        self.say(format_args!(
            "process {process} serves the project {project}; its log: {}",
            log.display()
        ));
    }

    /// `compose-env`: what Compose would show of a provider.
    pub fn compose(self, text: &str) {
        match text.strip_prefix("warning: ") {
            Some(warning) => self.warning(warning),
            None => self.say(text),
        }
    }

    /// `--mfa-session-cache`: the session just obtained with a code serves this run only.
    pub fn mfa_session_not_kept(self, error: &SessionCacheError) {
        self.warning(format_args!(
            "the MFA session is for this run only, because it cannot be saved: {}",
            causes::in_one_line(error)
        ));
    }

    /// Variables of the user would have led the container's SDKs past the relay.
    pub fn left_out(self, way: WayIn, names: &[&str]) {
        if names.is_empty() {
            return;
        }
        let why = match way {
            WayIn::Keyless => "with --keyless, AWS calls go through credrun",
            WayIn::Environment | WayIn::Live => "with --live, the credentials come from credrun",
        };
        let names = names.join(", ");
        self.warning(format_args!(
            "leaving out your {names} from -e or --env-file: {why}"
        ));
    }

    /// The relay listens in a network that other containers share.
    pub fn shared_network(self, way: WayIn, mode: &str) {
        let what = match way {
            WayIn::Keyless => "container's AWS calls and their answers",
            WayIn::Environment | WayIn::Live => "credentials",
        };
        self.say(format_args!(
            "note: with --network {mode}, processes in that network with CAP_NET_RAW can read the \
             {what} on its loopback"
        ));
    }

    /// Files in the container would have outranked the endpoint of `--live`.
    pub fn shared_files(self, found: &Found) {
        if let Some(path) = found.credentials.as_deref().map(on_one_line) {
            self.warning(format_args!(
                "the container has {path}, but with --live its SDKs do not read it: \
                 AWS_SHARED_CREDENTIALS_FILE is {EMPTY_FILE}"
            ));
        }
        if let Some(ConfigFile { path, setting }) = &found.config {
            let path = on_one_line(path);
            let why = match setting {
                Some(setting) => format!(
                    "the default profile in the container's {path} has credentials of its own \
                     ({setting})"
                ),
                None => format!("the container's {path} cannot be checked"),
            };
            self.warning(format_args!(
                "{why}, so with --live its SDKs do not read that file, nor its other settings: \
                 AWS_CONFIG_FILE is {EMPTY_FILE}"
            ));
        }
    }

    /// A setting in the container would keep SDKs from the proxy of `--keyless`.
    pub fn config_with_acceleration(self, path: &str) {
        self.warning(format_args!(
            "the default profile in the container's {} turns S3 Accelerate on, and boto3 and the AWS CLI \
             refuse S3 calls with that and --keyless; -e AWS_CONFIG_FILE={EMPTY_FILE} keeps them from \
             reading the file",
            on_one_line(path)
        ));
    }

    /// credrun cannot find out whether there are such files.
    pub fn cannot_look_for_config(self, error: &EngineError) {
        let why = causes::in_one_line(error);
        self.warning(format_args!(
            "cannot look for AWS config files in the container ({why}); credentials in the default \
             profile of such a file would be used instead of those of --live"
        ));
    }

    /// A container behind a relay outlives the credrun that it needs.
    pub fn left_without_relay(self, id: &str) {
        let instead = match stderr::is_logged() {
            true => "",
            false => "; with -d, credrun stays in the background and keeps both",
        };
        self.warning(format_args!(
            "the container {id} is still running, but without access to AWS, and without its network if \
             that was the relay's; docker rm -f {id} ends it{instead}"
        ));
    }

    /// Podman does not remove a container that another one depends on.
    pub fn kept_relay(self, id: &str) {
        self.say(format_args!(
            "Podman keeps the relay {id} as long as the container exists"
        ));
    }

    /// A flag of credrun is placed after the image, so it goes to the container. Without it, the
    /// container would get more rights than the user meant.
    pub fn flag_after_image(self, flag: &str) {
        self.warning(format_args!(
            "{flag} after IMAGE goes to the container; credrun's flags go before IMAGE"
        ));
    }

    /// The image is not there yet, in docker's words.
    pub fn pulling(self, image: &str) {
        if !self.quiet {
            write_line(format_args!("Unable to find image '{image}' locally"));
        }
    }

    /// credrun waits for a set that lives longer.
    pub fn waiting(self, waiting: &Waiting) {
        self.say(waiting);
    }

    /// No region was found.
    pub fn no_region(self) {
        self.warning(
            "no region found in --region, AWS_REGION, AWS_DEFAULT_REGION or the profile's `region`",
        );
    }

    /// The user's own variables were not changed. If one of them belongs to a set of credentials,
    /// credrun injects no part of the set.
    pub fn left_to_user(self, injection: &Injection) {
        let names = &injection.left_to_user;
        if names.is_empty() {
            return;
        }
        let instead = match injection.has_set() {
            false => ", so credrun adds no credentials",
            true if names.iter().all(|name| REGIONS.contains(name)) => "",
            true => ", which SDKs may use instead of the credentials",
        };
        self.say(format_args!(
            "keeping your {} from -e or --env-file{instead}",
            names.join(", ")
        ));
    }

    /// A program that is run in this terminal.
    pub fn runs(self, command: &str) {
        self.say(format_args!("running {command}"));
    }

    /// `login` has nothing to do.
    pub fn no_login_needed(self, profile: &str, origin: &Origin) {
        self.say(format_args!(
            "profile {profile:?} needs no login: its credentials come from {origin}"
        ));
    }

    /// A role's template trusts the caller.
    pub fn trusted_principal(self, arn: &str) {
        self.say(format_args!(
            "the role trusts you ({arn}); --trusted-principal names another principal"
        ));
    }

    /// Variables of a container stay set beside the command's own.
    pub fn not_unset(self, names: &[String]) {
        if !names.is_empty() {
            self.warning(format_args!(
                "Podman cannot unset a variable for one command: the container's {} may override the credentials; -e sets another value",
                names.join(", ")
            ));
        }
    }

    /// The report of a run could not be written. The run's status does not change.
    pub fn no_report(self, error: &std::io::Error) {
        self.warning(format_args!("the report could not be written: {error}"));
    }

    /// Something unusual that does not stop a run. Written with `-q` as well.
    #[allow(clippy::unused_self)]
    pub fn warning(self, what: impl Display) {
        write_line(format_args!("credrun: warning: {what}"));
    }

    /// A signal arrived while the Engine creates a container, which takes a while.
    pub fn finishing_create(self, signal: Signal) {
        self.warning(format_args!(
            "SIG{}: the Engine is creating the container; waiting, so that none is left behind. The third ^C ends credrun",
            signal.name()
        ));
    }

    /// A signal arrived while the Engine starts a container, which takes a while.
    pub fn finishing_start(self, signal: Signal) {
        self.warning(format_args!(
            "SIG{}: the Engine is starting the container, which gets the signal then. The third ^C ends credrun and removes it",
            signal.name()
        ));
    }

    /// A container could not be removed, after the Engine had already failed.
    pub fn left_over(self, id: &str, error: &EngineError) {
        self.warning(format_args!(
            "the container {id} may be left behind: {error}; docker rm -f {id} removes it"
        ));
    }

    /// A container stays, with a set in its environment that is still valid.
    pub fn kept_set(self, id: &str) {
        self.say(format_args!(
            "note: the credentials stay in the environment of the container {id} until it is removed: \
             docker inspect shows them, and docker commit copies them into the image"
        ));
    }

    /// The set expired while the container ran.
    pub fn expired_during_run(self, expiration: SystemTime) {
        self.say(format_args!(
            "note: the credentials expired at {} while the container ran; --live renews them inside it",
            iso8601(expiration)
        ));
    }
}

fn write_line(line: impl Display) {
    stderr::say(format!("{line}\n").as_bytes());
}
