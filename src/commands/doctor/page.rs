//! The findings as a page for people.

use std::fmt::Display;
use std::time::Duration;

use super::credentials::{CredentialFindings, FoundSource, SourceAnswer, UsedSet};
use super::engine::{Config, EngineFindings, FoundImage, FoundServer, Login, Other};
use crate::commands::doctor::findings::Findings;
use crate::credentials::Span;
use crate::messages::error::Failure;
use crate::terminal::{is_dumb, is_terminal};
use crate::vars::{self, Environment};

/// How the page is formatted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Style {
    /// For pipes, files and issues.
    Plain,
    /// With colours, for a terminal.
    Coloured,
}

impl Style {
    /// Colours only on a terminal that has them, and not if `NO_COLOR` is set.
    pub(super) fn of(environment: &Environment) -> Self {
        let unwanted = environment.non_empty(vars::NO_COLOR).is_some() || is_dumb(environment);
        if unwanted || !is_terminal(rustix::stdio::stdout()) {
            Self::Plain
        } else {
            Self::Coloured
        }
    }
}

/// The meaning of a line for a run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Mark {
    Good,
    Fact,
    Odd,
    Bad,
}

impl Mark {
    fn word(self) -> &'static str {
        match self {
            Self::Good => "ok",
            Self::Fact => "",
            Self::Odd => "note",
            Self::Bad => "FAIL",
        }
    }

    /// The colour's number in ECMA-48.
    fn colour(self) -> &'static str {
        match self {
            Self::Good => "32",
            Self::Fact => "0",
            Self::Odd => "33",
            Self::Bad => "31",
        }
    }
}

/// The longest name that does not come from the user: `EC2 instance metadata`.
const NAME_WIDTH: usize = 21;
/// The column of the values: after the mark and the name.
const INDENT: usize = 2 + 4 + 2 + NAME_WIDTH + 2;

pub(super) fn write(findings: &Findings, style: Style) -> String {
    let mut page = Page {
        text: String::new(),
        style,
    };
    page.defaults(findings);
    page.credentials(&findings.credentials);
    page.sources(&findings.credentials.sources);
    page.engine(&findings.engine);
    if let Some(image) = &findings.engine.image {
        page.image(image);
    }
    page.verdict(findings);
    page.text
}

struct Page {
    text: String,
    style: Style,
}

impl Page {
    fn heading(&mut self, title: &str) {
        let separator = if self.text.is_empty() { "" } else { "\n" };
        let title = self.paint("1", title);
        self.text.push_str(&format!("{separator}{title}\n"));
    }

    fn line(&mut self, mark: Mark, name: &str, value: impl Display) {
        let word = self.paint(mark.colour(), &format!("{:<4}", mark.word()));
        let line = format!("  {word}  {name:<NAME_WIDTH$}  {value}");
        self.text.push_str(line.trim_end());
        self.text.push('\n');
    }

    fn failure(&mut self, mark: Mark, name: &str, failure: &Failure) {
        // The "no credentials" message lists each source's reason, which have a section of their
        // own here.
        let message = failure.message.lines().next().unwrap_or_default();
        self.line(mark, name, message);
        for line in failure.further_lines() {
            let indented = format!("{:INDENT$}{line}\n", "");
            self.text.push_str(&indented);
        }
    }

    fn paint(&self, colour: &str, text: &str) -> String {
        match self.style {
            Style::Plain => text.to_owned(),
            Style::Coloured => format!("\x1b[{colour}m{text}\x1b[0m"),
        }
    }

    fn defaults(&mut self, findings: &Findings) {
        if findings.defaults.is_empty() {
            return;
        }
        self.heading("Defaults of options, from the environment");
        for variable in &findings.defaults {
            self.line(Mark::Fact, variable, "is set");
        }
        if let Some(problem) = &findings.defaults_problem {
            self.failure(Mark::Bad, "defaults", problem);
        }
    }

    fn credentials(&mut self, found: &CredentialFindings) {
        self.heading("Credentials");
        if let Some(set) = &found.used {
            self.line(Mark::Good, "source", &set.source);
            self.set(set);
        }
        if let Some(problem) = &found.problem {
            self.failure(Mark::Bad, "source", problem);
        }
        if let Some(identity) = &found.identity {
            self.line(Mark::Good, "identity", &identity.arn);
            self.line(Mark::Fact, "account", &identity.account);
        }
        if let Some(problem) = &found.identity_problem {
            let mark = match found.refused {
                true => Mark::Bad,
                false => Mark::Odd,
            };
            self.failure(mark, "identity", problem);
        }
        match &found.region {
            Some(region) => {
                let value = format!("{} ({})", region.name, region.from);
                self.line(Mark::Good, "region", value);
            }
            None => self.line(
                Mark::Odd,
                "region",
                "none in --region, AWS_REGION, AWS_DEFAULT_REGION or the profile",
            ),
        }
        if let Some(clock) = &found.clock {
            let span = Span(Duration::from_secs(clock.seconds_ahead.unsigned_abs()));
            let side = match clock.seconds_ahead {
                ..0 => "behind",
                _ => "ahead of",
            };
            let mark = if clock.too_far { Mark::Odd } else { Mark::Good };
            self.line(mark, "clock", format!("{span} {side} AWS's"));
        }
        for kept in &found.mfa_sessions {
            let value = format!(
                "of {} and {}, until {}; to forget it, remove {}",
                kept.obtained_with,
                kept.serial_number,
                kept.expiration.as_deref().unwrap_or("an unknown time"),
                kept.file.display()
            );
            self.line(Mark::Fact, "kept MFA session", value);
        }
    }

    fn set(&mut self, set: &UsedSet) {
        self.line(Mark::Fact, "access key ID", &set.access_key_id);
        match (&set.expiration, set.seconds_left) {
            (Some(end), Some(seconds)) => {
                let left = Span(Duration::from_secs(seconds));
                self.line(Mark::Fact, "expiration", format!("{end} ({left} left)"));
            }
            _ if set.temporary => self.line(Mark::Fact, "expiration", "unknown"),
            _ => self.line(Mark::Odd, "expiration", "none: these keys are long-lived"),
        }
    }

    /// The first source that has a set is the one that is used, before any role.
    fn sources(&mut self, sources: &[FoundSource]) {
        if sources.is_empty() {
            return;
        }
        self.heading("Sources, in the order in which they are tried");
        for FoundSource { name, answer } in sources {
            match answer {
                SourceAnswer::Absent { reason } => self.line(Mark::Fact, name, reason),
                SourceAnswer::Failed { problem } => self.failure(Mark::Odd, name, problem),
                SourceAnswer::Found {
                    source,
                    access_key_id,
                    expiration,
                } => {
                    let end = match expiration {
                        Some(end) => format!(", until {end}"),
                        None => String::new(),
                    };
                    self.line(Mark::Good, name, format!("{source}: {access_key_id}{end}"));
                }
            }
        }
    }

    fn engine(&mut self, found: &EngineFindings) {
        self.heading("Docker Engine");
        if let (Some(address), Some(chosen_by)) = (&found.address, &found.chosen_by) {
            self.line(Mark::Fact, "address", format!("{address} ({chosen_by})"));
        }
        if let Some(server) = &found.server {
            self.server(server);
        }
        if let Some(problem) = &found.problem {
            self.failure(Mark::Bad, "connection", problem);
        }
        for Other { name, address } in &found.others {
            let value = format!("{name} has one at {address}; set DOCKER_HOST to use it");
            self.line(Mark::Fact, "another Engine", value);
        }
        if let Some(config) = &found.config {
            self.config(config);
        }
    }

    fn server(&mut self, found: &FoundServer) {
        self.line(Mark::Good, "version", &found.server);
        match &found.live_problem {
            None => self.line(
                Mark::Good,
                "relay",
                "can run there, for --live and --keyless",
            ),
            Some(problem) => self.failure(Mark::Odd, "relay", problem),
        }
    }

    fn config(&mut self, config: &Config) {
        match &config.file {
            Some(file) => {
                let logins = if config.has_logins { "with" } else { "without" };
                self.line(Mark::Fact, "config", format!("{file}, {logins} logins"));
            }
            None => self.line(Mark::Fact, "config", "none"),
        }
        for warning in &config.warnings {
            self.line(Mark::Odd, "config", warning);
        }
    }

    fn image(&mut self, image: &FoundImage) {
        self.heading(&format!("Image {}", image.name));
        if let (Some(id), Some(platform)) = (&image.id, &image.platform) {
            self.line(Mark::Good, "there", format!("{id}, {platform}"));
        }
        match &image.login {
            Some(Login::Anonymous { registry }) => {
                let how = format!("from {registry}, without a login");
                self.line(Mark::Odd, "to be pulled", how);
            }
            Some(Login::Docker { registry }) => {
                let how = format!("from {registry}, with docker's login");
                self.line(Mark::Odd, "to be pulled", how);
            }
            Some(Login::Ecr { registry }) => {
                let how = format!("from {registry}, with a login from these credentials");
                self.line(Mark::Good, "to be pulled", how);
            }
            None => {}
        }
        if let Some(problem) = &image.problem {
            self.failure(Mark::Bad, "image", problem);
        }
    }

    fn verdict(&mut self, findings: &Findings) {
        let verdict = if findings.works {
            self.paint(Mark::Good.colour(), "a run would work here")
        } else {
            let marked = Mark::Bad.word();
            self.paint(
                Mark::Bad.colour(),
                &format!("a run would fail here: see {marked}"),
            )
        };
        self.text
            .push_str(&format!("\ncredrun {}: {verdict}\n", findings.version));
    }
}
