//! Which image, under which name, for how long, and what is kept of it.

use clap::Args;

use crate::container::grammar::{labels, number};

/// Image, name, life and end of the container.
#[derive(Debug, Default, Args)]
#[command(next_help_heading = "Image and life")]
pub struct LifecycleArgs {
    /// Name of the container
    #[arg(long, value_name = "NAME")]
    pub name: Option<String>,

    /// Remove the container when it ends; on by default, --rm=false keeps it
    #[arg(long, value_name = "BOOL", num_args = 0..=1, require_equals = true, default_missing_value = "true", hide_possible_values = true)]
    pub rm: Option<bool>,

    /// Restart policy: no, always, unless-stopped or on-failure:N; keeps the container
    #[arg(long, value_name = "POLICY")]
    pub restart: Option<String>,

    /// Pull the image: always, missing or never [default: missing]
    #[arg(long, value_name = "POLICY")]
    pub pull: Option<String>,

    /// Platform of the image, such as linux/arm64
    #[arg(long, value_name = "OS[/ARCH[/VARIANT]]")]
    pub platform: Option<String>,

    /// Print only warnings and errors
    #[arg(short, long)]
    pub quiet: bool,

    /// Write the container's ID to a file
    #[arg(long, value_name = "FILE")]
    pub cidfile: Option<String>,

    /// Label the container
    #[arg(short, long, value_name = "KEY[=VALUE]", value_parser = labels::parse)]
    pub label: Vec<String>,

    /// Read labels from a file
    #[arg(long, value_name = "FILE")]
    pub label_file: Vec<String>,

    /// Annotate the container for the OCI runtime
    #[arg(long, value_name = "KEY[=VALUE]")]
    pub annotation: Vec<String>,

    /// Signal that stops the container
    #[arg(long, value_name = "SIGNAL")]
    pub stop_signal: Option<String>,

    /// Seconds to wait before a stopping container is killed
    #[arg(long, value_name = "SECONDS", value_parser = number::parse_int)]
    pub stop_timeout: Option<i64>,

    /// Logging driver
    #[arg(long, value_name = "DRIVER")]
    pub log_driver: Option<String>,

    /// Option of the logging driver
    #[arg(long, value_name = "KEY[=VALUE]")]
    pub log_opt: Vec<String>,

    /// OCI runtime to use
    #[arg(long, value_name = "NAME")]
    pub runtime: Option<String>,

    /// Mount /var/run/docker.sock of the Engine's host into the container
    #[arg(long)]
    pub use_api_socket: bool,

    /// Run an image by tag even if DOCKER_CONTENT_TRUST requires its signature
    #[arg(long, hide = true, value_name = "BOOL", num_args = 0..=1, require_equals = true, default_missing_value = "true", hide_possible_values = true)]
    pub disable_content_trust: Option<bool>,
}
