//! `docker exec`'s flags → its create request.

use bollard::models::ExecConfig;

use super::api_version::{ApiVersion, Gate};
use super::grammar::env::{self, EnvEntry};
use super::streams::Streams;
use super::{DetachKeys, FlagError};
use crate::cli::exec::ExecProcessArgs;
use crate::container::host::Host;

/// A command that can be created: everything that needs no Engine has been decided and checked.
#[derive(Debug, Clone)]
pub(crate) struct ExecPlan {
    pub streams: Streams,
    /// The keys that detach; used only with a terminal.
    pub detach_keys: DetachKeys,
    /// What the user sets in its environment.
    pub env: Vec<EnvEntry>,
    /// Height and width of the terminal on stdout.
    pub console_size: Option<[u16; 2]>,
    body: ExecConfig,
}

impl ExecPlan {
    /// Reads all flags of the command.
    ///
    /// # Errors
    /// The first thing that docker would refuse.
    pub(crate) fn new(
        args: &ExecProcessArgs,
        command: &[String],
        host: &Host,
    ) -> Result<Self, FlagError> {
        let ExecProcessArgs {
            interactive,
            tty,
            detach,
            detach_keys,
            env,
            env_file,
            workdir,
            user,
            privileged,
        } = args;
        // config.json's proxies are for new containers; docker sets none in an exec.
        let host = &Host {
            proxies: Vec::new(),
            ..host.clone()
        };
        let streams = Streams {
            attach_stdin: *interactive && !detach,
            attach_stdout: !detach,
            attach_stderr: !detach,
            interactive: *interactive,
            tty: *tty,
            detach: *detach,
        };
        let detach_keys = DetachKeys::resolve(detach_keys.as_deref(), host.detach_keys.as_deref())?;
        Ok(Self {
            streams,
            env: env::collect(env_file, env, host)?,
            console_size: host
                .console_size
                .filter(|_| *tty)
                .map(|(height, width)| [height, width]),
            body: ExecConfig {
                attach_stdin: Some(streams.attach_stdin),
                attach_stdout: Some(streams.attach_stdout),
                attach_stderr: Some(streams.attach_stderr),
                detach_keys: detach_keys.given.clone(),
                tty: Some(*tty),
                cmd: Some(command.to_vec()),
                privileged: Some(*privileged),
                user: user.clone().filter(|user| !user.is_empty()),
                working_dir: workdir.clone().filter(|directory| !directory.is_empty()),
                ..ExecConfig::default()
            },
            detach_keys,
        })
    }

    /// The request for an Engine of this version; `env` is the whole environment to set.
    ///
    /// # Errors
    /// A flag that the version does not know. Without variables, a command would silently get no
    /// credentials at all.
    pub(crate) fn create_body(
        &self,
        api: ApiVersion,
        env: Vec<String>,
    ) -> Result<ExecConfig, FlagError> {
        Gate::Since("exec with credentials", ApiVersion::v1(25)).check(api)?;
        if self.body.working_dir.is_some() {
            Gate::Since("--workdir", ApiVersion::v1(35)).check(api)?;
        }
        let size = self.console_size(api);
        Ok(ExecConfig {
            env: Some(env),
            console_size: size.map(|size| size.map(usize::from).to_vec()),
            ..self.body.clone()
        })
    }

    /// The terminal's size, for an Engine that accepts it with the request.
    #[must_use]
    pub(crate) fn console_size(&self, api: ApiVersion) -> Option<[u16; 2]> {
        self.console_size.filter(|_| api >= ApiVersion::v1(42))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::vars::Environment;

    fn host() -> Host {
        Host {
            environment: Environment::fixed([("HERE", "1")]),
            working_directory: "/".into(),
            proxies: vec![("HTTP_PROXY".to_owned(), "http://proxy".to_owned())],
            console_size: Some((24, 80)),
            detach_keys: Some("ctrl-a".to_owned()),
        }
    }

    fn plan(args: ExecProcessArgs) -> ExecPlan {
        ExecPlan::new(&args, &["true".to_owned()], &host()).expect("valid")
    }

    #[test]
    fn nothing_is_attached_in_the_background_and_stdin_only_where_asked() {
        let attached = |args: ExecProcessArgs| {
            let body = plan(args).body;
            [body.attach_stdin, body.attach_stdout, body.attach_stderr].map(Option::unwrap)
        };
        assert_eq!(attached(ExecProcessArgs::default()), [false, true, true]);
        let interactive = || ExecProcessArgs {
            interactive: true,
            ..ExecProcessArgs::default()
        };
        assert_eq!(attached(interactive()), [true, true, true]);
        let detached = ExecProcessArgs {
            detach: true,
            ..interactive()
        };
        assert_eq!(attached(detached), [false, false, false]);
    }

    #[test]
    fn variables_are_those_of_flags_and_files_and_no_proxies() {
        let parse = |text| env::parse_variable(text).expect("valid");
        let args = ExecProcessArgs {
            env: vec![parse("HERE"), parse("GONE"), parse("A=b")],
            ..ExecProcessArgs::default()
        };
        let env: Vec<_> = plan(args).env.iter().map(ToString::to_string).collect();
        assert_eq!(env, ["HERE=1", "GONE", "A=b"]);
    }

    #[test]
    fn an_engine_gets_what_it_knows() {
        let args = || ExecProcessArgs {
            tty: true,
            ..ExecProcessArgs::default()
        };
        let body = |api| plan(args()).create_body(ApiVersion::v1(api), Vec::new());
        assert_eq!(body(41).expect("known").console_size, None);
        assert_eq!(body(42).expect("known").console_size, Some(vec![24, 80]));
        assert!(body(24).is_err());
        let env = vec!["AWS_REGION=eu-west-1".to_owned()];
        let created = plan(args()).create_body(ApiVersion::v1(44), env.clone());
        assert_eq!(created.expect("known").env, Some(env));
    }
}
