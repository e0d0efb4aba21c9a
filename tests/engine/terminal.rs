//! credrun in a terminal: sizes, keys and modes, and the terminal as it was when it is over.

use std::process::Command;

use rustix::process::Signal;
use rustix::termios::{LocalModes, Termios};

use crate::support::engine::{IMAGE, Removed, docker, engine, no_container_is_left, unique_name};
use crate::support::process::{clean, credrun, credrun_with_keys, run, signal};
use crate::support::scripted_engine::{Cue, ScriptedEngine, Step};
use crate::support::terminal::Terminal;
use crate::support::until;

/// credrun in a terminal, with a container on the real Engine.
fn in_terminal(flags: &[&str], command: &[&str]) -> (Terminal, Removed) {
    engine();
    let container = Removed(unique_name("terminal"));
    let mut credrun = credrun_with_keys();
    credrun.args(["--name", &container.0]).args(flags);
    credrun.arg(IMAGE).args(command);
    (Terminal::start(&credrun), container)
}

/// Everything of the modes that can be compared.
fn all(modes: &Termios) -> String {
    format!("{modes:?}")
}

fn is_raw(terminal: &Terminal) -> bool {
    let raw = LocalModes::ICANON | LocalModes::ECHO | LocalModes::ISIG;
    !terminal.modes().local_modes.intersects(raw)
}

fn runs(container: &Removed) -> bool {
    let inspected = docker(&["inspect", "--format", "{{.State.Running}}", &container.0]);
    inspected.status.success() && inspected.out() == "true\n"
}

#[test]
fn the_container_has_the_windows_size_now_and_after_each_change() {
    let (mut terminal, container) = in_terminal(&["-it"], &["probe", "size"]);
    terminal.read_until("24 80\r\n");
    terminal.resize(40, 100);
    terminal.read_until("40 100\r\n");
    terminal.resize(7, 9);
    terminal.read_until("7 9\r\n");
    terminal.type_in("q\r");
    assert_eq!(terminal.wait().0, 0);
    no_container_is_left(&container.0);
}

#[test]
fn control_c_is_a_byte_for_the_container() {
    let script = "stty raw -echo; echo ready; head -c 1 | od -An -tx1";
    let (mut terminal, container) = in_terminal(&["-it"], &["sh", "-c", script]);
    terminal.read_until("ready");
    terminal.type_in("\x03");
    terminal.read_until("03");
    assert_eq!(terminal.wait().0, 0);
    no_container_is_left(&container.0);
}

#[test]
fn the_terminal_is_raw_while_the_container_runs_and_then_as_it_was() {
    let script = "echo ready; read line; exit 5";
    let (mut terminal, container) = in_terminal(&["-it"], &["sh", "-c", script]);
    let before = all(&fresh_modes());
    terminal.read_until("ready");
    assert!(is_raw(&terminal));
    terminal.type_in("\r");
    assert_eq!(terminal.wait().0, 5);
    assert_eq!(all(&terminal.modes()), before);
    no_container_is_left(&container.0);
}

/// The modes that every new terminal has.
fn fresh_modes() -> Termios {
    let mut terminal = Terminal::start(&Command::new("true"));
    let modes = terminal.modes();
    terminal.wait();
    modes
}

#[test]
fn the_terminal_is_as_it_was_where_the_container_does_not_start() {
    let (mut terminal, container) = in_terminal(&["-it"], &["no-such-command"]);
    let (status, screen) = terminal.wait();
    assert_eq!(status, 127);
    assert_eq!(all(&terminal.modes()), all(&fresh_modes()));
    // In raw mode, lines of the message would not begin on the left.
    assert!(screen.contains("\r\nhint: "), "{screen:?}");
    no_container_is_left(&container.0);
}

#[test]
fn the_detach_keys_leave_the_container_running() {
    let sleep = ["sh", "-c", "echo ready; exec sleep 3600"];
    for (flag, keys) in [
        ("--detach-keys=", "\x10\x11"),
        ("--detach-keys=ctrl-x,d", "\x18d"),
    ] {
        let (mut terminal, container) = in_terminal(&["-it", flag], &sleep);
        terminal.read_until("ready");
        terminal.type_in(keys);
        let (status, screen) = terminal.wait();
        assert_eq!(status, 0, "{flag}: {screen:?}");
        assert_eq!(all(&terminal.modes()), all(&fresh_modes()), "{flag}");
        assert!(runs(&container), "{flag}");
        docker(&["kill", &container.0]).success();
        no_container_is_left(&container.0);
    }
}

#[test]
fn a_beginning_of_the_detach_keys_is_passed_on_when_they_do_not_follow() {
    let script = "stty raw -echo; echo ready; head -c 2 | od -An -tx1";
    let (mut terminal, container) = in_terminal(&["-it"], &["sh", "-c", script]);
    terminal.read_until("ready");
    terminal.type_in("\x10");
    terminal.type_in("x");
    terminal.read_until("10 78");
    assert_eq!(terminal.wait().0, 0);
    no_container_is_left(&container.0);
}

#[test]
fn detach_keys_that_are_none_are_refused_before_anything_is_asked() {
    let engine = ScriptedEngine::start([]);
    let mut credrun = credrun_with_keys();
    credrun.env("DOCKER_HOST", engine.host());
    let refused = run(credrun.args(["-it", "--detach-keys", "ctrl-ä", "an/image"]));
    assert_eq!(refused.code(), 125);
    assert!(refused.stderr.contains("ctrl-ä"), "{}", refused.stderr);
    assert_eq!(engine.lines(), [""; 0]);
}

#[test]
fn without_i_the_terminal_stays_as_it_is_and_control_c_is_a_signal() {
    let script = "trap 'echo INT; exit 6' INT; echo ready; sleep 3600 & wait";
    let (mut terminal, container) = in_terminal(&["-t"], &["sh", "-c", script]);
    // Both terminals turn a newline into two characters.
    terminal.read_until("ready\r\r\n");
    assert!(!is_raw(&terminal));
    terminal.type_in("\x03");
    terminal.read_until("INT");
    assert_eq!(terminal.wait().0, 6);
    no_container_is_left(&container.0);
}

#[test]
fn the_third_signal_gives_the_terminal_back() {
    let (mut terminal, container) = in_terminal(&["-it"], &["probe", "signals", "9"]);
    terminal.read_until("ready");
    assert!(is_raw(&terminal));
    for _ in 0..2 {
        signal(terminal.process(), Signal::TERM);
        terminal.read_until("TERM");
    }
    signal(terminal.process(), Signal::TERM);
    let (status, screen) = terminal.wait();
    assert_eq!(status, 143, "{screen:?}");
    assert!(screen.contains("ended by SIGTERM"), "{screen:?}");
    assert_eq!(all(&terminal.modes()), all(&fresh_modes()));
    assert!(runs(&container));
}

#[test]
fn a_terminal_for_a_stdin_that_is_none_is_refused_before_anything_is_asked() {
    let engine = ScriptedEngine::start([]);
    let mut credrun = credrun_with_keys();
    credrun.env("DOCKER_HOST", engine.host());
    let refused = run(credrun.args(["-it", "an/image"]));
    assert_eq!(refused.code(), 125);
    assert!(
        refused
            .stderr
            .contains("-t needs a terminal, but stdin is not one")
    );
    assert_eq!(engine.lines(), [""; 0]);
}

#[test]
fn a_question_for_a_code_that_a_signal_ends_gives_the_terminal_back() {
    let role = "arn:aws:iam::123456789012:role/deploy";
    let device = "arn:aws:iam::123456789012:mfa/me";
    for (name, command) in [("export", &[][..]), ("env", &["--", "true"])] {
        let mut credrun = credrun_with_keys();
        credrun.args([name, "--role-arn", role, "--serial-number", device]);
        let mut terminal = Terminal::start(credrun.args(command));
        terminal.read_until("MFA code for");
        assert!(!terminal.modes().local_modes.contains(LocalModes::ECHO));
        signal(terminal.process(), Signal::TERM);
        assert_eq!(terminal.wait().0, 128 + 15, "{name}");
        let kept = LocalModes::ECHO | LocalModes::ICANON | LocalModes::ISIG;
        assert!(terminal.modes().local_modes.contains(kept), "{name}");
    }
}

#[test]
fn control_c_at_a_question_for_a_code_is_an_interrupt() {
    let role = "arn:aws:iam::123456789012:role/deploy";
    let device = "arn:aws:iam::123456789012:mfa/me";
    let sts = crate::support::sts::Sts::start();
    let mut credrun = credrun();
    credrun
        .envs(sts.user())
        .args(["export", "--role-arn", role, "--serial-number", device]);
    for (key, status) in [("\x03", 130), ("\x04", 125)] {
        let mut terminal = Terminal::start(&credrun);
        terminal.read_until("MFA code for");
        terminal.type_in(key);
        assert_eq!(terminal.wait().0, status);
        let kept = LocalModes::ECHO | LocalModes::ICANON | LocalModes::ISIG;
        assert!(terminal.modes().local_modes.contains(kept));
    }
}

#[test]
fn a_warning_in_raw_mode_ends_on_the_left() {
    let refused = "wget -qO- \"$AWS_CONTAINER_CREDENTIALS_FULL_URI\" 2>/dev/null; read line";
    let (mut terminal, container) = in_terminal(&["-it", "--live"], &["sh", "-c", refused]);
    terminal.read_until("credrun: warning: refused");
    let rest = terminal.read_until("\n");
    assert!(rest.ends_with("\r\n"), "{rest:?}");
    terminal.type_in("\r");
    terminal.wait();
    no_container_is_left(&container.0);
}

#[test]
fn a_log_line_in_raw_mode_ends_on_the_left() {
    let engine = ScriptedEngine::running_on([(Step::Resize, Cue::Refuse(409, "not running"))]);
    let mut credrun = credrun_with_keys();
    credrun.env("DOCKER_HOST", engine.host());
    credrun.args(["-it", "--log-level", "warn", "an/image"]);
    let mut terminal = Terminal::start(&credrun);
    terminal.read_until("failed to resize");
    let rest = terminal.read_until("\n");
    assert!(rest.ends_with("\r\n"), "{rest:?}");
    engine.end(0);
    assert_eq!(terminal.wait().0, 0);
}

/// A shell in a terminal, whose job in the background credrun is. It says `job NUMBER.`
fn in_background(engine: &ScriptedEngine, flag: &str) -> Terminal {
    let script = r#"set -m; "$0" "$1" an/image & echo "job $!."; wait $!"#;
    let mut shell = clean(Command::new("sh"));
    shell.args(["-c", script, env!("CARGO_BIN_EXE_credrun"), flag]);
    let keys = credrun_with_keys();
    shell.envs(
        keys.get_envs()
            .filter_map(|(name, value)| Some((name, value?))),
    );
    shell.env("DOCKER_HOST", engine.host());
    Terminal::start(&shell)
}

#[test]
fn a_job_in_the_background_cannot_have_the_terminal_and_leaves_no_container() {
    let engine = ScriptedEngine::running_on([]);
    let mut terminal = in_background(&engine, "-it");
    terminal.read_until("put the terminal into raw mode");
    terminal.read_until("runs in the background");
    assert_eq!(terminal.wait().0, 125);
    assert!(engine.has_seen("DELETE /containers/ID"));
}

/// The kernel answers each attempt to read with a SIGTTIN, and begins it anew once that is caught.
#[test]
fn a_job_in_the_background_leaves_the_keys_to_the_foreground() {
    let engine = ScriptedEngine::running_on([]);
    let mut terminal = in_background(&engine, "-i");
    terminal.read_until("job ");
    let job = terminal.read_until(".").trim_end_matches('.').to_owned();
    engine.wait_for("POST /containers/ID/start");
    // The one after it comes through, so that a SIGTTIN has had its time.
    run(Command::new("kill").args(["-USR1", &job])).success();
    engine.wait_for("POST /containers/ID/kill?signal=USR1");
    assert!(!engine.has_seen("POST /containers/ID/kill?signal=TTIN"));
    engine.end(0);
    assert_eq!(terminal.wait().0, 0);
}

#[test]
fn a_terminal_without_stdin_needs_none_on_this_side() {
    engine();
    let name = unique_name("terminal");
    let finished =
        run(credrun_with_keys().args(["-t", "--name", &name, IMAGE, "probe", "both", "x"]));
    // A terminal has one stream, and ends lines with two characters.
    assert_eq!(finished.success().out(), "x\r\nx\r\n");
    no_container_is_left(&name);
}

/// `credrun -it an/image` on a scripted Engine, in a terminal but for what `redirection` says.
fn on(engine: &ScriptedEngine, redirection: &str) -> Terminal {
    let credrun = credrun_with_keys();
    let mut shell = Command::new("sh");
    shell.args(["-c", &format!("exec \"$@\" {redirection}"), "sh"]);
    shell.arg(credrun.get_program()).args(["-it", "an/image"]);
    for (name, value) in credrun.get_envs() {
        shell.env(name, value.unwrap_or_default());
    }
    Terminal::start(shell.env("DOCKER_HOST", engine.host()))
}

#[test]
fn a_change_of_the_window_is_a_new_size_and_a_signal() {
    let engine = ScriptedEngine::running_on([]);
    let mut terminal = on(&engine, "");
    engine.wait_for("POST /containers/ID/resize?h=24&w=80");
    terminal.resize(50, 120);
    engine.wait_for("POST /containers/ID/resize?h=50&w=120");
    engine.wait_for("POST /containers/ID/kill?signal=WINCH");
    engine.end(0);
    assert_eq!(terminal.wait().0, 0);
}

#[test]
fn a_size_that_the_engine_does_not_take_yet_is_sent_again() {
    let engine = ScriptedEngine::running_on([(Step::Resize, Cue::Refuse(409, "not running"))]);
    let mut terminal = on(&engine, "");
    let attempts = || {
        let lines = engine.lines();
        lines
            .iter()
            .filter(|line| line.contains("/resize?"))
            .count()
    };
    until("the size is sent ten times", || attempts() == 10);
    engine.end(0);
    assert_eq!(terminal.wait().0, 0);
}

#[test]
fn no_size_is_sent_where_stdout_is_no_terminal() {
    let engine = ScriptedEngine::running_on([]);
    let mut terminal = on(&engine, ">/dev/null");
    engine.wait_for("POST /containers/ID/start");
    terminal.resize(50, 120);
    // Sent after the size would be.
    engine.wait_for("POST /containers/ID/kill?signal=WINCH");
    engine.end(0);
    assert_eq!(terminal.wait().0, 0);
    assert!(
        !engine.has_seen("POST /containers/ID/resize"),
        "{:?}",
        engine.lines()
    );
    let requests = engine.requests();
    let create = requests
        .iter()
        .find(|request| request.line == "POST /containers/create");
    let body: serde_json::Value =
        serde_json::from_slice(&create.expect("a create request").body).expect("JSON");
    let size = &body["HostConfig"]["ConsoleSize"];
    assert_ne!(*size, serde_json::json!([24, 80]));
}

#[test]
fn a_variable_keeps_the_terminal_out_of_raw_mode() {
    let engine = ScriptedEngine::running_on([]);
    let mut credrun = credrun_with_keys();
    credrun.env("DOCKER_HOST", engine.host()).env("NORAW", "1");
    let mut terminal = Terminal::start(credrun.args(["-it", "an/image"]));
    engine.wait_for("POST /containers/ID/start");
    assert!(!is_raw(&terminal));
    engine.end(0);
    assert_eq!(terminal.wait().0, 0);
}
