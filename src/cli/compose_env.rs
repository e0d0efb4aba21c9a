//! `credrun compose-env`: what may be typed.

mod command;

use std::ffi::OsString;

use clap::Args;

use super::compose::{PROVIDER, ProviderArgs, ProviderOptions};
use super::log::LogArgs;
use super::quiet::QuietArgs;
use crate::container::FlagError;
use crate::vars::{self, Environment};

/// A Docker Compose without provider services, and what its services get.
#[derive(Debug, Args)]
pub struct ComposeEnvArgs {
    /// The project's name [default: COMPOSE_PROJECT_NAME]
    #[arg(short, long, value_name = "NAME", help_heading = "Docker Compose")]
    pub project_name: Option<String>,

    /// An option for one service alone: worker.role-arn=ARN; may be given again
    #[arg(
        long,
        value_name = "SERVICE.OPTION=VALUE",
        value_parser = service_option,
        help_heading = "Docker Compose"
    )]
    pub service_option: Vec<String>,

    /// Those of a provider service.
    #[command(flatten)]
    pub options: ProviderOptions,

    /// Whether it is quiet.
    #[command(flatten)]
    pub quiet: QuietArgs,

    /// What credrun says about itself.
    #[command(flatten)]
    pub log: LogArgs,

    /// All flags, as `--NAME=VALUE`. [`super::parse`] fills it in.
    #[arg(skip)]
    pub flags: Vec<String>,

    /// The command and its arguments, byte for byte. It is no flag; [`super::parse`] fills it in.
    #[arg(skip)]
    pub command: Vec<OsString>,
}

impl ComposeEnvArgs {
    /// The same as for a provider service with these options.
    ///
    /// # Errors
    /// No project is named, or none that Compose would call so, or the command names another, or the option of a
    /// single service is none.
    pub fn provider(&self, environment: &Environment) -> Result<ProviderArgs, FlagError> {
        let project = self.project_name.clone();
        let project = project.or_else(|| environment.non_empty(vars::COMPOSE_PROJECT_NAME));
        let project = project.ok_or_else(|| {
            FlagError::with_hint(
                "no project name given",
                "use --project-name or COMPOSE_PROJECT_NAME; Compose's own default is the name of the directory",
            )
        })?;
        check_project(&project)?;
        self.check_command(&project)?;
        let own = ["project-name", "service-option", "quiet", "log-level"];
        let is_own = |flag: &&String| {
            let name = flag.trim_start_matches("--").split('=').next();
            name.is_some_and(|name| own.contains(&name))
        };
        let flags = self.flags.iter().filter(|flag| !is_own(flag)).cloned();
        let of_services = self.service_option.iter();
        let of_services = of_services.map(|option| format!("--{option}"));
        let up = [format!("--project-name={project}"), "up".to_owned()];
        let words: Vec<String> = up
            .into_iter()
            .chain(flags)
            .chain(of_services)
            .chain([PROVIDER.to_owned()])
            .collect();
        ProviderArgs::new(project, PROVIDER.to_owned(), self.options.clone(), &words)
    }

    /// Containers of another project would be given an address where nobody answers.
    fn check_command(&self, project: &str) -> Result<(), FlagError> {
        match command::project_in(&self.command) {
            Some(other) if other != project => Err(FlagError::with_hint(
                format!("the command names the project {other:?}, and credrun serves {project:?}"),
                "leave the name out after `--`: credrun tells Compose which project it is",
            )),
            _ => Ok(()),
        }
    }
}

/// The rule of Compose 2. Compose 1 takes out what it does not allow, and its containers would have
/// another project's label.
fn check_project(name: &str) -> Result<(), FlagError> {
    let is_allowed = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || "-_".contains(c);
    let begins = name.starts_with(|c: char| c.is_ascii_lowercase() || c.is_ascii_digit());
    match begins && name.chars().all(is_allowed) {
        true => Ok(()),
        false => Err(FlagError::with_hint(
            format!("invalid project name {name:?}"),
            "Compose allows lower-case letters, digits, dashes and underscores, and a letter or a digit \
             comes first; where the name is that of the directory, Compose leaves out the rest",
        )),
    }
}

fn service_option(option: &str) -> Result<String, FlagError> {
    let name = option.split_once('=').map(|(name, _)| name);
    let parts = name.and_then(|name| name.rsplit_once('.'));
    match parts {
        Some((service, name)) if !service.is_empty() && !name.is_empty() => Ok(option.to_owned()),
        _ => Err(FlagError::with_hint(
            "it is not SERVICE.OPTION=VALUE",
            "for example worker.role-arn=arn:aws:iam::123456789012:role/worker",
        )),
    }
}

#[cfg(test)]
mod tests {
    use std::ffi::OsString;

    use super::*;
    use crate::cli::{Cli, parse};

    fn typed(words: &str) -> ComposeEnvArgs {
        let argv = ["credrun", "compose-env"].into_iter();
        let argv = argv.chain(words.split(' ')).map(OsString::from);
        match parse(argv, &Environment::fixed([])) {
            Ok(Cli::ComposeEnv(args)) => *args,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn options_are_those_of_a_provider_service_and_what_follows_is_the_command() {
        let args = typed(
            "-p shop --delivery live --role-arn a --service-option worker.role-arn=b \
             --profile=dev -q docker-compose -p shop up -d",
        );
        assert_eq!(args.command, ["docker-compose", "-p", "shop", "up", "-d"]);
        let provider = args.provider(&Environment::fixed([])).expect("a provider");
        assert_eq!(provider.project, "shop");
        assert_eq!(provider.options.common.aws.role_arn, ["a"]);
        let worker = &provider.of_services["worker"].aws;
        assert_eq!(worker.role_arn, ["b"]);
        assert_eq!(worker.profile.as_deref(), Some("dev"));
        let same = typed(
            "--profile dev --role-arn=a --delivery=live --service-option worker.role-arn=b -- up",
        );
        let environment = Environment::fixed([("COMPOSE_PROJECT_NAME", "shop")]);
        let same = same.provider(&environment).expect("a provider");
        assert_eq!(same.typed, provider.typed);
        assert_eq!(same.project, "shop");
    }

    #[test]
    fn a_project_without_a_name_of_compose_and_half_an_option_are_refused() {
        let nameless = typed("--delivery live -- docker-compose up");
        assert!(nameless.provider(&Environment::fixed([])).is_err());
        for name in ["Shop", "my.shop", "-shop", "", "a b"] {
            let environment = Environment::fixed([("COMPOSE_PROJECT_NAME", name)]);
            let refused = typed("--delivery live -- docker-compose up").provider(&environment);
            assert!(refused.is_err(), "{name}");
        }
        let wrong = typed("-p shop --service-option worker.role=x -- docker-compose up");
        let wrong = wrong
            .provider(&Environment::fixed([]))
            .expect_err("refused");
        assert!(
            wrong.to_string().starts_with("no option of a single"),
            "{wrong}"
        );
        for half in ["worker", "role-arn=x", ".role-arn=x", "worker.=x"] {
            assert!(service_option(half).is_err(), "{half}");
        }
    }
}
