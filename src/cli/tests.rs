mod defaults;
mod help;

use std::ffi::OsString;

use clap::Arg;

use super::*;
use crate::container::FlagError;
use crate::vars::Environment;

fn parse_words(words: &[&str]) -> Result<Cli, ParseOutcome> {
    parse_with(&Environment::fixed([]), words)
}

fn parse_with(environment: &Environment, words: &[&str]) -> Result<Cli, ParseOutcome> {
    let argv = std::iter::once("credrun").chain(words.iter().copied());
    parse(argv.map(OsString::from), environment)
}

fn run(words: &[&str]) -> RunArgs {
    match parse_words(words) {
        Ok(Cli::Run(args)) => *args,
        other => panic!("not a run: {other:?}"),
    }
}

fn refusal(words: &[&str]) -> FlagError {
    match parse_words(words) {
        Err(ParseOutcome::Refused(error)) => error,
        other => panic!("not refused: {other:?}"),
    }
}

fn printed(words: &[&str]) -> String {
    match parse_words(words) {
        Err(ParseOutcome::Print(text)) => text,
        other => panic!("nothing to print: {other:?}"),
    }
}

#[test]
fn run_may_be_left_out() {
    for words in [
        &["run", "amazon/aws-cli", "s3", "ls"][..],
        &["amazon/aws-cli", "s3", "ls"][..],
    ] {
        let args = run(words);
        assert_eq!(args.image, "amazon/aws-cli");
        assert_eq!(args.command, ["s3", "ls"]);
    }
}

#[test]
fn what_follows_the_image_is_the_containers() {
    let args = run(&["-e", "A=1", "--", "img", "--", "--help", "-e", "B=2"]);
    assert_eq!(args.image, "img");
    assert_eq!(args.command, ["--", "--help", "-e", "B=2"]);
}

#[test]
fn scalars_take_the_last_value_and_lists_take_all() {
    let args = run(&["--name", "a", "--name=b", "-e", "A=1", "-e=B=2", "img"]).container;
    assert_eq!(args.lifecycle.name.as_deref(), Some("b"));
    assert_eq!(args.process.env.len(), 2);
}

#[test]
fn rm_is_three_valued() {
    let rm = |words: &[&str]| run(words).container.lifecycle.rm;
    assert_eq!(rm(&["img"]), None);
    assert_eq!(rm(&["--rm", "img"]), Some(true));
    assert_eq!(rm(&["--rm=f", "img"]), Some(false));
    assert_eq!(rm(&["--rm=false", "--rm", "img"]), Some(true));
}

#[test]
fn h_is_the_host_name_and_help_is_written_out() {
    assert_eq!(
        run(&["-h", "web", "img"])
            .container
            .network
            .hostname
            .as_deref(),
        Some("web")
    );
    assert!(
        refusal(&["-h", "img"])
            .hint()
            .expect("a hint")
            .contains("IMAGE")
    );
    assert!(refusal(&["-h"]).hint().expect("a hint").contains("--help"));
}

#[test]
fn the_version_is_the_packages() {
    assert_eq!(
        printed(&["--version"]),
        format!("credrun {}\n", env!("CARGO_PKG_VERSION"))
    );
}

#[test]
fn every_flag_of_docker_run_is_there() {
    let mut program = super::program();
    program.build();
    let run = program.find_subcommand("run").expect("the run command");
    let known: Vec<&str> = run
        .get_arguments()
        .flat_map(|arg| {
            arg.get_long()
                .into_iter()
                .chain(arg.get_all_aliases().unwrap_or_default())
        })
        .collect();
    for flag in DOCKER_RUN_FLAGS.split_whitespace() {
        assert!(known.contains(&flag), "--{flag} is missing");
    }
    program.debug_assert();
}

/// `docker run --help` of 28.2.2, and the flags that it hides.
const DOCKER_RUN_FLAGS: &str = "
    add-host annotation attach blkio-weight blkio-weight-device cap-add cap-drop cgroup-parent
    cgroupns cidfile cpu-count cpu-percent cpu-period cpu-quota cpu-rt-period cpu-rt-runtime
    cpu-shares cpus cpuset-cpus cpuset-mems detach detach-keys device device-cgroup-rule
    device-read-bps device-read-iops device-write-bps device-write-iops disable-content-trust
    dns dns-opt dns-option dns-search domainname entrypoint env env-file expose gpus group-add
    health-cmd health-interval health-retries health-start-interval health-start-period
    health-timeout help hostname init interactive io-maxbandwidth io-maxiops ip ip6 ipc
    isolation kernel-memory label label-file link link-local-ip log-driver log-opt mac-address
    memory memory-reservation memory-swap memory-swappiness mount name net net-alias network
    network-alias no-healthcheck oom-kill-disable oom-score-adj pid pids-limit platform
    privileged publish publish-all pull quiet read-only restart rm runtime security-opt shm-size
    sig-proxy stop-signal stop-timeout storage-opt sysctl tmpfs tty ulimit use-api-socket user
    userns uts volume volume-driver volumes-from workdir";

#[test]
fn refusals_are_in_dockers_words() {
    for (words, text) in [
        (
            &["-m", "5x", "img"][..],
            "invalid argument \"5x\" for \"-m, --memory\" flag: invalid suffix: 'x'",
        ),
        (
            &["--rm=foo", "img"],
            "invalid argument \"foo\" for \"--rm\" flag: strconv.ParseBool: parsing \"foo\": invalid syntax",
        ),
        (&["-Z", "img"], "unknown shorthand flag: 'Z' in -Z"),
        (&["-h"], "flag needs an argument: 'h' in -h"),
        (&["-e"], "flag needs an argument: 'e' in -e"),
        (&["--interact", "img"], "unknown flag: --interact"),
    ] {
        assert_eq!(refusal(words).to_string(), text);
    }
}

#[test]
fn an_unknown_flag_brings_the_nearest_to_mind() {
    assert_eq!(
        refusal(&["--interact", "img"]).hint().as_deref(),
        Some("did you mean --interactive?")
    );
}

#[test]
fn a_flag_of_another_command_is_told_by_that_command() {
    let hint = refusal(&["--no-trunc", "ps"]).hint().expect("a hint");
    assert_eq!(
        hint,
        "credrun ps has this flag; it goes after the command's name"
    );
    let hint = refusal(&["exec", "--keyless", "name"]).hint();
    assert_eq!(
        hint.as_deref(),
        Some("credrun run, devcontainer have this flag, and credrun exec does not")
    );
}

#[test]
fn no_image_is_a_refusal_with_the_usage() {
    for words in [&["run"][..], &["--rm"]] {
        assert_eq!(refusal(words).to_string(), "no image given");
    }
}

#[test]
fn options_may_stand_before_the_command() {
    let stop = parse_words(&["--log-level", "debug", "-H=tcp://x", "stop", "a", "b"]);
    let Ok(Cli::Stop(stop)) = stop else {
        panic!("{stop:?}");
    };
    assert_eq!(stop.containers, ["a", "b"]);
    assert_eq!(stop.engine.host.as_deref(), Some("tcp://x"));
    assert_eq!(stop.log.log_level, Some(tracing::Level::DEBUG));
    let args = run(&["--profile", "dev", "--live", "run", "--rm", "img", "--live"]);
    assert_eq!(args.aws.profile.as_deref(), Some("dev"));
    assert!(args.delivery.live);
    assert_eq!(
        (&*args.image, &*args.command),
        ("img", &["--live".to_owned()][..])
    );
    assert!(printed(&["--log-level", "error", "help"]).contains("Commands:"));
    let env = parse_words(&["--region", "r", "env", "aws", "--x"]);
    let Ok(Cli::Env(env)) = env else {
        panic!("{env:?}");
    };
    assert_eq!(env.command, ["aws", "--x"]);
}

#[test]
fn an_option_of_a_run_before_another_command_is_refused_with_what_an_image_of_that_name_needs() {
    let refused = refusal(&["--rm", "env"]);
    assert_eq!(refused.to_string(), "unknown flag of credrun env: --rm");
    let hint = refused.hint().expect("a hint");
    assert!(hint.contains("credrun run [OPTIONS] env"), "{hint}");
    assert_eq!(run(&["run", "--tty", "run", "x"]).image, "run");
    // As in docker, IMAGE follows.
    assert_eq!(run(&["--", "ps"]).image, "ps");
    assert_eq!(run(&["--tty", "--", "help"]).image, "help");
}

#[test]
fn flags_of_every_command_are_read_by_dockers_grammar() {
    let export = parse_words(&["export", "--long-lived=false", "--profile=x"]);
    let Ok(Cli::Export(export)) = export else {
        panic!("{export:?}");
    };
    assert!(!export.aws.long_lived);
    let stop = parse_words(&["stop", "a", "-t5", "b", "--", "-c"]);
    let Ok(Cli::Stop(stop)) = stop else {
        panic!("{stop:?}");
    };
    assert_eq!(stop.containers, ["a", "b", "-c"]);
}

#[test]
fn a_slip_in_a_commands_name_brings_it_to_mind_and_an_images_name_does_not() {
    for (word, command) in [
        ("whoamy", "whoami"),
        ("exprot", "export"),
        ("role-templates", "role-template"),
        ("pss", "ps"),
        ("stpo", "stop"),
    ] {
        let meant = mistyped_command(word).expect(word);
        assert_eq!(meant, format!("credrun {command}"));
    }
    for image in [
        "go",
        "php",
        "ruby",
        "perl",
        "redis",
        "alpine",
        "me/whoamy",
        "whoamy:1",
    ] {
        assert_eq!(mistyped_command(image), None, "{image}");
    }
    // `credrun run ps` is the image of that name.
    assert_eq!(mistyped_command("ps"), None);
}

#[test]
fn a_command_that_only_docker_has_brings_docker_to_mind() {
    for (word, command) in [
        // One letter from `stop`.
        ("top", "`docker top`"),
        ("rm", "`docker rm`"),
        // docker has no command of this name itself.
        ("list", "`docker ps`"),
        ("ls", "`docker ps`"),
    ] {
        let hint = mistyped_command(word).expect(word);
        assert!(hint.contains(command), "{hint}");
    }
    assert_eq!(mistyped_command("me/top"), None);
}

#[test]
fn what_is_no_number_of_seconds_is_told_in_plain_words() {
    for words in [
        &["--duration-seconds", "3h", "img"][..],
        &["--duration-seconds=", "img"][..],
        &["--duration-seconds=-1", "img"][..],
    ] {
        let refused = refusal(words);
        let what = refused.to_string();
        assert!(what.ends_with("flag: not a number of seconds"), "{what}");
        assert!(refused.hint().expect("advice").contains("3600"));
    }
    let others = refusal(&["--dns", "x", "img"]).to_string();
    assert!(!others.contains("seconds"), "{others}");
    let huge = refusal(&["--duration-seconds", "99999999999", "img"]).to_string();
    assert!(huge.ends_with("flag: too many seconds"), "{huge}");
}

/// All that users type but `help`; Docker Compose calls another.
fn commands_with_options(program: &clap::Command) -> impl Iterator<Item = &clap::Command> {
    let commands = program.get_subcommands();
    commands.filter(|command| command.get_name() != "help" && !command.is_hide_set())
}

#[test]
fn every_command_has_a_log_level() {
    let program = super::program();
    for command in commands_with_options(&program) {
        let has = command
            .get_arguments()
            .any(|arg| arg.get_long() == Some("log-level"));
        assert!(has, "{}", command.get_name());
    }
    let export = parse_words(&["export", "--log-level", "debug"]).expect("a command");
    assert_eq!(export.log_level(), Some(tracing::Level::DEBUG));
}

#[test]
fn every_command_can_be_quiet() {
    for command in commands_with_options(&super::program()) {
        let mut flags = command.get_arguments();
        let quiet = flags.find(|flag| flag.get_long() == Some("quiet"));
        let name = command.get_name();
        assert_eq!(quiet.and_then(Arg::get_short), Some('q'), "{name}");
    }
}

#[test]
fn what_goes_on_behind_its_caller_is_a_run_in_the_background_behind_a_relay() {
    for (words, behind) in [
        (&["-d", "--live", "img"][..], true),
        (&["-d", "--keyless", "img"], true),
        (&["-d", "img"], false),
        (&["--live", "img"], false),
        (&["whoami"], false),
    ] {
        assert_eq!(
            parse_words(words).expect("a command").stays_behind(),
            behind,
            "{words:?}"
        );
    }
}
