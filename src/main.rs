//! The entry point: parses the command line, carries it out, and exits with the status.

use std::ffi::OsString;
use std::io::{IsTerminal as _, Write as _};
use std::process::ExitCode;

use credrun::cli::{self, Cli, ParseOutcome};
use credrun::commands::{self, completion, interruptible};
use credrun::exit::ExitStatus;
use credrun::messages::error::Error;
use credrun::messages::notices::Notices;
use credrun::messages::{logging, stderr};
use credrun::panics;
use credrun::plugin::{self, PluginCall};
use credrun::run::{self, supervisor};
use credrun::signals::Signals;
use credrun::vars::Environment;
use supervisor::Supervisor;

/// musl's allocator is slow; `Cargo.toml` has the figure.
#[cfg(target_env = "musl")]
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    panics::watch();
    let status = panics::caught(|| {
        let argv: Vec<_> = std::env::args_os().collect();
        let environment = Environment::of_process();
        if Supervisor::is_meant(&argv) {
            let (supervisor, argv) = Supervisor::begin(&environment)?;
            return carry_out(argv, &environment, Some(&supervisor));
        }
        if let Some(answered) = completion::answer(&argv, &environment) {
            return answered;
        }
        match plugin::arguments(&argv) {
            Some(PluginCall::Print(text)) => Ok(print(&text)),
            Some(PluginCall::Complete(words)) => {
                Ok(print(&completion::answer_docker(&words, &environment)))
            }
            Some(PluginCall::Run(argv)) => carry_out(argv, &environment, None),
            None => carry_out(argv, &environment, None),
        }
    });
    let status = status.unwrap_or_else(|error| {
        let _ = std::io::stderr().write_all(report(&error).as_bytes());
        error.status()
    });
    status.into()
}

fn carry_out(
    argv: Vec<OsString>,
    environment: &Environment,
    supervisor: Option<&Supervisor>,
) -> Result<ExitStatus, Error> {
    match cli::parse(argv.iter().cloned(), environment) {
        Ok(cli) => {
            logging::start(cli.log_level());
            // The caller of one that stays behind has said it.
            if supervisor.is_none() {
                for unknown in cli::unknown_defaults_in(environment) {
                    Notices::new(false).warning(unknown);
                }
            }
            act(&cli, argv, environment, supervisor)
        }
        Err(ParseOutcome::Print(text)) => Ok(print(&text)),
        // Compose reads stdout alone.
        Err(ParseOutcome::Refused(error))
            if argv.get(1).is_some_and(|word| word == "compose")
                && !std::io::stdout().is_terminal() =>
        {
            let is_typed = cli::compose::is_typed(&error);
            let error = Error::from(error);
            print(&commands::compose::error_line(&error.report()));
            match is_typed {
                true => Err(error),
                false => Ok(error.status()),
            }
        }
        Err(ParseOutcome::Refused(error)) => Err(error.into()),
    }
}

fn act(
    cli: &Cli,
    argv: Vec<OsString>,
    environment: &Environment,
    supervisor: Option<&Supervisor>,
) -> Result<ExitStatus, Error> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(|source| Error::Local {
            action: "start".to_owned(),
            source,
        })?;
    let status = runtime.block_on(async {
        plugin::follow_docker(environment);
        let outcome = panics::caught_in(async {
            match cli {
                Cli::Run(args) if cli.stays_behind() && supervisor.is_none() => {
                    supervisor::leave_behind(argv, Notices::of(args)).await
                }
                Cli::Run(args) => run::run(args, environment, supervisor).await,
                Cli::Exec(args) => commands::exec::exec(args, environment).await,
                Cli::Env(args) => commands::env::env(args, environment).await,
                Cli::Export(args) => {
                    interruptible(commands::export::export(args, environment)).await
                }
                Cli::Whoami(args) => {
                    interruptible(commands::whoami::whoami(args, environment)).await
                }
                Cli::Ps(args) => commands::ps::ps(args, environment).await,
                Cli::Stop(args) => commands::stop::stop(args, environment).await,
                Cli::Logs(args) => commands::logs::logs(args, environment).await,
                Cli::Login(args) => commands::login::login(args, environment).await,
                Cli::Policy(args) => interruptible(commands::policy::policy(args)).await,
                Cli::RoleTemplate(args) => {
                    interruptible(commands::role_template::role_template(args, environment)).await
                }
                Cli::Compose(_) if cli.stays_behind() && supervisor.is_none() => {
                    commands::compose::start(argv).await
                }
                Cli::Compose(args) => {
                    commands::compose::compose(args, environment, supervisor).await
                }
                Cli::Devcontainer(args) => match supervisor {
                    None => {
                        let notices = Notices::new(args.quiet.quiet);
                        supervisor::leave_behind(argv, notices).await
                    }
                    Some(supervisor) => {
                        commands::devcontainer::devcontainer(args, environment, supervisor).await
                    }
                },
                Cli::ComposeEnv(args) => {
                    commands::compose_env::compose_env(args, argv, environment, supervisor).await
                }
                Cli::ComposeFile(args) => {
                    interruptible(commands::compose_file::compose_file(args)).await
                }
                Cli::Completion(args) => completion::completion(args),
                Cli::Man(args) => commands::man::man(args),
                Cli::Version(args) => {
                    interruptible(commands::version::version(args, environment)).await
                }
                Cli::Doctor(args) => {
                    interruptible(commands::doctor::doctor(args, environment)).await
                }
            }
        })
        .await;
        // Done in here, because signals are caught by now and must be able to end it.
        end(outcome).await
    });
    // Does not wait for threads that still read stdin or talk to the Engine.
    runtime.shutdown_background();
    Ok(status)
}

/// Writes the error, and any messages still waiting to be written.
///
/// credrun waits for a slow reader of the error until a signal comes, unless a signal has ended the
/// run already. For a bug it waits no longer than for notices: the bug may be in the thread that
/// writes.
async fn end(outcome: Result<ExitStatus, Error>) -> ExitStatus {
    let error = match outcome {
        Ok(status) => {
            stderr::settle().await;
            return status;
        }
        Err(error) => error,
    };
    let wait = error.signal().is_none() && !matches!(error, Error::Bug(_));
    stderr::say_last(report(&error).as_bytes(), wait, a_signal()).await;
    error.status()
}

/// The error, and which variables have set the options that it is about.
fn report(error: &Error) -> String {
    let report = error.report();
    let typed: Vec<OsString> = std::env::args_os().collect();
    if Supervisor::is_meant(&typed) {
        // What was typed has come another way.
        return report;
    }
    let added = cli::defaults_named_in(&report, &typed, &Environment::of_process());
    report + &added
}

async fn a_signal() {
    match Signals::ending() {
        Ok(mut signals) => drop(signals.next().await),
        Err(_) => std::future::pending().await,
    }
}

fn print(text: &str) -> ExitStatus {
    // A reader that has gone (`--help | head -1`) has seen enough.
    let _ = std::io::stdout().write_all(text.as_bytes());
    ExitStatus::SUCCESS
}
