//! The lines that credrun writes to stderr, other than errors. With `-q`, only warnings.

use std::fmt::Display;
use std::path::Path;
use std::time::{Duration, SystemTime};

use crate::causes;
use crate::cli::run::RunArgs;
use crate::credentials::{
    ClockOffset, End, Fetched, LimitedBy, Origin, ProfileKind, Renewable, RenewalLimit,
    SessionCacheError, Span, Waiting, iso8601,
};
use crate::engine::EngineError;
use crate::environment::injection::Injection;
use crate::environment::shared_files::{ConfigFile, EMPTY_FILE, Found};
use crate::environment::variables::REGIONS;
use crate::live::Event;
use crate::messages::stderr;
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

    /// Where the credentials come from, their identity, and how long they live.
    pub fn credentials(self, fetched: &Fetched, now: SystemTime) {
        self.say(describe(fetched, now));
        // credrun's own calls correct for it; programs in the container may not.
        if let Some(clock) = fetched.clock.filter(ClockOffset::matters) {
            self.warning(format_args!("the clock of this machine is {clock} AWS's"));
        }
    }

    /// An event at the endpoint of `--live`. A successful renewal is not reported.
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
            | Event::RelayReplaced { .. }
            | Event::RelayLost { .. } => self.warning(event),
        }
    }

    /// `--live` with a set that cannot be renewed for ever, if that is known in advance.
    pub fn renewal(self, fetched: &Fetched, limit: Option<RenewalLimit>) {
        match limit {
            Some(limit) => self.renewal_limit(fetched, limit),
            None => self.unknown_end(fetched),
        }
    }

    fn renewal_limit(self, fetched: &Fetched, limit: RenewalLimit) {
        let end = fetched.credentials.expiration.map(iso8601);
        let end = end.as_deref().unwrap_or("an unknown time");
        match (limit.by, limit.renewable) {
            (LimitedBy::Environment, Renewable::Never) => self.warning(format_args!(
                "--live cannot renew credentials from the environment: they expire at {end}"
            )),
            (LimitedBy::MfaSession { .. }, Renewable::Never) => self.say(format_args!(
                "--live cannot renew these credentials without a new MFA code: they expire at {end}"
            )),
            (LimitedBy::MfaCodeOfRole { on_purpose }, _) => {
                let instead = match on_purpose {
                    true => "; without --mfa-in-assume-role, one code is enough for up to 36 hours",
                    false => "",
                };
                self.warning(format_args!(
                    "--live cannot renew these credentials without a new MFA code: they expire at {end}{instead}"
                ));
            }
            (LimitedBy::Environment, Renewable::Until(at)) => self.say(format_args!(
                "--live renews these credentials until {}, when those from the environment expire",
                iso8601(at)
            )),
            (LimitedBy::MfaSession { .. }, Renewable::Until(at)) => self.say(format_args!(
                "--live renews these credentials until {}; after that, a new MFA code is needed",
                iso8601(at)
            )),
            (_, Renewable::Unknown) if fetched.credentials.expiration.is_none() => {
                self.unknown_end(fetched);
            }
            (_, Renewable::Unknown) => self.say(
                "--live renews these credentials as long as those from the environment last, \
                 which have no known expiry",
            ),
        }
    }

    /// `--live` with a set whose expiration is unknown.
    fn unknown_end(self, fetched: &Fetched) {
        if fetched.credentials.end() != End::Unknown {
            return;
        }
        if fetched.stands_in_a_file() {
            self.say(
                "these credentials have no known expiry, so credrun reads them again every minute",
            );
            return;
        }
        match &fetched.origin {
            Origin::Profile {
                name,
                kind: ProfileKind::Process,
            } => self.warning(format_args!(
                "the credential_process of profile {name:?} prints no Expiration, so --live does not \
                 know when to run it again; change the command to print one"
            )),
            _ => self.warning(
                "these credentials have no known expiry, so --live cannot renew them; \
                 it can renew those from a profile, a role or CloudShell",
            ),
        }
    }

    /// `-d --live`: which process serves the container, and where it logs. Whether it can renew for
    /// ever was reported before.
    pub fn stays_behind(self, process: u32, log: &Path) {
        self.say(format_args!(
            "process {process} serves the credentials; its log: {}",
            log.display()
        ));
    }

    /// `--mfa-session-cache`: the session just obtained with a code serves this run only.
    pub fn mfa_session_not_kept(self, error: &SessionCacheError) {
        self.warning(format_args!(
            "the MFA session is for this run only, because it cannot be saved: {}",
            causes::in_one_line(error)
        ));
    }

    /// Variables of the user would have outranked the endpoint of `--live`.
    pub fn left_out(self, names: &[&str]) {
        if !names.is_empty() {
            self.warning(format_args!(
                "leaving out your {} from -e or --env-file: with --live, the credentials come from credrun",
                names.join(", ")
            ));
        }
    }

    /// The relay listens in a network that other containers share.
    pub fn shared_network(self, mode: &str) {
        self.say(format_args!(
            "note: with --network {mode}, processes in that network with CAP_NET_RAW can read the \
             credentials on its loopback"
        ));
    }

    /// Files in the container would have outranked the endpoint of `--live`.
    pub fn shared_files(self, found: &Found) {
        if let Some(path) = &found.credentials {
            self.warning(format_args!(
                "the container has {path}, but with --live its SDKs do not read it: \
                 AWS_SHARED_CREDENTIALS_FILE is {EMPTY_FILE}"
            ));
        }
        if let Some(ConfigFile { path, setting }) = &found.config {
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

    /// credrun cannot find out whether there are such files.
    pub fn cannot_look_for_config(self, error: &EngineError) {
        let why = causes::in_one_line(error);
        self.warning(format_args!(
            "cannot look for AWS config files in the container ({why}); credentials in the default \
             profile of such a file would be used instead of those of --live"
        ));
    }

    /// A container of `--live` outlives the credrun that it needs.
    pub fn left_without_relay(self, id: &str) {
        let instead = match stderr::is_logged() {
            true => "",
            false => "; with -d, credrun stays in the background and keeps both",
        };
        self.warning(format_args!(
            "the container {id} is still running, but without credentials, and without its network if \
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

fn describe(fetched: &Fetched, now: SystemTime) -> String {
    let mut line = format!("credentials from {}", fetched.origin);
    if let Some(identity) = &fetched.identity {
        line.push_str(&format!(" ({identity})"));
    }
    match fetched.credentials.end() {
        End::At(end) => {
            let left = end.duration_since(now).unwrap_or_default();
            line.push_str(&format!(", valid until {} ({})", iso8601(end), Span(left)));
        }
        End::Unknown => {
            line.push_str(", with no known expiry");
        }
        End::Never => line.push_str(", long-lived"),
    }
    // credrun cannot see whether the container calls IAM, so it says so in advance.
    if matches!(fetched.origin, Origin::Session { mfa: false, .. }) {
        line.push_str("; AWS refuses calls to IAM with them (use --long-lived or MFA)");
    }
    line
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::credentials::{CredentialValues, Credentials};

    #[test]
    fn a_session_without_mfa_is_told_not_to_be_for_iam_and_one_with_it_is_not() {
        let told = |mfa| {
            let set = Credentials::new(CredentialValues {
                access_key_id: "ASIA".to_owned(),
                secret_access_key: "secret".into(),
                session_token: Some("token".into()),
                expiration: Some(SystemTime::UNIX_EPOCH),
                account_id: None,
            });
            let fetched = Fetched {
                credentials: set.expect("a set"),
                origin: Origin::Session {
                    of: Box::new(Origin::Environment),
                    mfa,
                },
                identity: None,
                fetched_at: SystemTime::UNIX_EPOCH,
                clock: None,
            };
            describe(&fetched, SystemTime::UNIX_EPOCH)
        };
        assert_eq!(
            told(false),
            "credentials from session of environment, valid until 1970-01-01T00:00:00Z (0s); \
             AWS refuses calls to IAM with them (use --long-lived or MFA)"
        );
        assert_eq!(
            told(true),
            "credentials from MFA session of environment, valid until 1970-01-01T00:00:00Z (0s)"
        );
    }
}
