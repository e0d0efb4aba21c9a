//! Which of the container's streams are attached, and whether it gets a terminal.

use super::FlagError;
use crate::cli::container::ProcessArgs;
use crate::container::grammar::stream::Stream;

/// How the container's streams are set up.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Streams {
    /// This process's stdin is sent to the container.
    pub attach_stdin: bool,
    /// The container's stdout arrives here.
    pub attach_stdout: bool,
    /// The container's stderr arrives here.
    pub attach_stderr: bool,
    /// `-i`: the container has a stdin.
    pub interactive: bool,
    /// `-t`: the container has a terminal, and its output is not framed.
    pub tty: bool,
    /// `-d`: nothing is attached, and the container's ID is printed.
    pub detach: bool,
}

impl Streams {
    /// # Errors
    /// `-a` beside `-d`.
    pub(super) fn of(args: &ProcessArgs) -> Result<Self, FlagError> {
        let ProcessArgs {
            interactive,
            tty,
            detach,
            ref attach,
            // The other settings of a process: see `ContainerPlan`.
            detach_keys: _,
            sig_proxy: _,
            env: _,
            env_file: _,
            workdir: _,
            user: _,
            group_add: _,
            entrypoint: _,
            init: _,
        } = *args;
        if detach && !attach.is_empty() {
            return Err(FlagError::new(
                "conflicting options: cannot specify both --attach and --detach",
            ));
        }
        let asked = |stream| attach.contains(&stream);
        // Without -a, output is attached, and input if there is one.
        let output = attach.is_empty();
        Ok(Self {
            attach_stdin: !detach && (interactive || asked(Stream::Stdin)),
            attach_stdout: !detach && (output || asked(Stream::Stdout)),
            attach_stderr: !detach && (output || asked(Stream::Stderr)),
            interactive,
            tty,
            detach,
        })
    }

    /// Whether the container's stdin closes when its first client is done with it.
    #[must_use]
    pub fn stdin_once(&self) -> bool {
        self.interactive && self.attach_stdin
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// `stdin/stdout/stderr attached, stdin open, stdin once, tty`, as a row of docker's table.
    fn row(args: ProcessArgs) -> String {
        let streams = Streams::of(&args).expect("no conflict");
        [
            streams.attach_stdin,
            streams.attach_stdout,
            streams.attach_stderr,
            streams.interactive,
            streams.stdin_once(),
            streams.tty,
        ]
        .map(|bit| if bit { '1' } else { '0' })
        .iter()
        .collect()
    }

    #[test]
    fn streams_are_attached_as_docker_attaches_them() {
        let none = ProcessArgs::default;
        let attach = |streams: &[Stream]| ProcessArgs {
            attach: streams.to_vec(),
            ..none()
        };
        assert_eq!(row(none()), "011000");
        assert_eq!(
            row(ProcessArgs {
                interactive: true,
                ..none()
            }),
            "111110"
        );
        assert_eq!(
            row(ProcessArgs {
                tty: true,
                ..none()
            }),
            "011001"
        );
        assert_eq!(row(attach(&[Stream::Stdin])), "100000");
        assert_eq!(row(attach(&[Stream::Stdout])), "010000");
        assert_eq!(
            row(ProcessArgs {
                interactive: true,
                ..attach(&[Stream::Stdout])
            }),
            "110110"
        );
        assert_eq!(
            row(ProcessArgs {
                interactive: true,
                tty: true,
                detach: true,
                ..none()
            }),
            "000101"
        );
    }

    #[test]
    fn attach_and_detach_exclude_each_other() {
        let args = ProcessArgs {
            detach: true,
            attach: vec![Stream::Stdin],
            ..ProcessArgs::default()
        };
        assert!(Streams::of(&args).is_err());
    }
}
