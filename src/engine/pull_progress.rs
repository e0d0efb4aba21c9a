//! Shows a pull: bars on a terminal, docker's lines elsewhere, or nothing.
//!
//! The messages come from the Engine; the pull itself handles errors among them.

use std::collections::HashMap;
use std::io::{self, IsTerminal as _, Write};

use indicatif::{MultiProgress, ProgressBar, ProgressDrawTarget, ProgressFinish, ProgressStyle};

use super::pull_message::{Numbers, PullMessage};
use crate::messages::stderr::Stderr;

/// How often bars are drawn, at most. The Engine sends ten messages a second for each layer.
const DRAWS_PER_SECOND: u8 = 8;

#[derive(Debug)]
pub struct PullProgress(Shown);

enum Shown {
    Nothing,
    Lines(Box<dyn Write + Send>),
    Bars(Box<Bars>),
}

impl std::fmt::Debug for Shown {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Nothing => "Nothing",
            Self::Lines(_) => "Lines",
            Self::Bars(_) => "Bars",
        })
    }
}

impl PullProgress {
    /// Chooses by what standard error is. Bars need a terminal whose cursor can be moved; without
    /// `may_draw`, it is known to have none.
    #[must_use]
    pub fn on_stderr(may_draw: bool) -> Self {
        if may_draw && io::stderr().is_terminal() {
            Self::bars(ProgressDrawTarget::stderr_with_hz(DRAWS_PER_SECOND))
        } else {
            Self::lines(Stderr)
        }
    }

    #[must_use]
    pub fn none() -> Self {
        Self(Shown::Nothing)
    }

    /// docker's lines for files and pipes: one for each message without numbers.
    #[must_use]
    pub fn lines(out: impl Write + Send + 'static) -> Self {
        Self(Shown::Lines(Box::new(out)))
    }

    /// A bar for each layer.
    #[must_use]
    pub fn bars(target: ProgressDrawTarget) -> Self {
        Self(Shown::Bars(Box::new(Bars::new(target))))
    }

    /// Shows one message of the Engine.
    pub fn on(&mut self, message: &PullMessage) {
        match &mut self.0 {
            Shown::Nothing => {}
            // The pull continues even if its output has no reader.
            Shown::Lines(out) => drop(write_line(out, message)),
            Shown::Bars(bars) => bars.show(message),
        }
    }

    /// Leaves the display as it is, with the cursor below it.
    pub fn finish(self) {
        if let Shown::Bars(bars) = self.0 {
            bars.finish();
        }
    }
}

/// `ID: STATUS`, or `STATUS` alone. Messages with numbers are for bars only.
fn write_line(out: &mut dyn Write, message: &PullMessage) -> io::Result<()> {
    if message.error_detail.is_some() || Numbers::of(message).is_some() {
        return Ok(());
    }
    let status = message.status.as_deref().unwrap_or_default();
    let line = match id(message) {
        Some(id) => format!("{id}: {status}\n"),
        None => format!("{status}\n"),
    };
    out.write_all(line.as_bytes())
}

fn id(message: &PullMessage) -> Option<&str> {
    message.id.as_deref().filter(|id| !id.is_empty())
}

struct Bars {
    all: MultiProgress,
    layers: HashMap<String, Layer>,
    styles: Styles,
}

struct Layer {
    bar: ProgressBar,
    look: Look,
}

/// Which numbers of a layer can be shown.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Look {
    Status,
    Bytes,
    Bar,
}

struct Styles {
    line: ProgressStyle,
    status: ProgressStyle,
    bytes: ProgressStyle,
    bar: ProgressStyle,
}

impl Styles {
    fn new() -> Self {
        // A refused template would be a bug here, but must not fail a pull.
        let style = |template| {
            ProgressStyle::with_template(template)
                .unwrap_or_else(|_| ProgressStyle::default_bar())
                .progress_chars("=> ")
        };
        Self {
            line: style("{msg}"),
            status: style("{prefix}: {msg}"),
            bytes: style("{prefix}: {msg} {decimal_bytes}"),
            // At most 79 columns: a line that wraps cannot be drawn over.
            bar: style("{prefix}: {msg:11} [{bar:24}] {decimal_bytes}/{decimal_total_bytes}"),
        }
    }

    fn of(&self, look: Look) -> ProgressStyle {
        match look {
            Look::Status => self.status.clone(),
            Look::Bytes => self.bytes.clone(),
            Look::Bar => self.bar.clone(),
        }
    }
}

impl Bars {
    fn new(target: ProgressDrawTarget) -> Self {
        Self {
            all: MultiProgress::with_draw_target(target),
            layers: HashMap::new(),
            styles: Styles::new(),
        }
    }

    fn show(&mut self, message: &PullMessage) {
        if message.error_detail.is_some() {
            return;
        }
        let status = message.status.clone().unwrap_or_default();
        match id(message) {
            // `latest: Pulling from library/busybox` has the tag where layers have their ID.
            Some(id) if message.progress_detail.is_some() => {
                let id = id.to_owned();
                self.show_layer(id, status, Numbers::of(message));
            }
            Some(id) => self.show_line(format!("{id}: {status}")),
            None => self.show_line(status),
        }
    }

    /// Prints a permanent line below everything else.
    fn show_line(&self, line: String) {
        let bar = ProgressBar::no_length().with_style(self.styles.line.clone());
        self.all.add(bar).abandon_with_message(line);
    }

    fn show_layer(&mut self, id: String, status: String, numbers: Option<Numbers>) {
        let look = match &numbers {
            None | Some(Numbers::Counted(_)) => Look::Status,
            Some(Numbers::Bytes { total: None, .. }) => Look::Bytes,
            Some(Numbers::Bytes { total: Some(_), .. }) => Look::Bar,
        };
        let status = match &numbers {
            Some(Numbers::Counted(amount)) => format!("{status} {amount}"),
            _ => status,
        };
        let layer = self.layers.entry(id).or_insert_with_key(|id| {
            let bar = ProgressBar::no_length()
                .with_style(self.styles.of(look))
                .with_prefix(id.clone())
                .with_finish(ProgressFinish::Abandon);
            Layer {
                bar: self.all.add(bar),
                look,
            }
        });
        // Each of these may draw, so the numbers are set before the style that shows them.
        if let Some(Numbers::Bytes { current, total }) = numbers {
            if let Some(total) = total.filter(|total| layer.bar.length() != Some(*total)) {
                layer.bar.set_length(total);
            }
            layer.bar.set_position(current);
        }
        if layer.look != look {
            layer.look = look;
            layer.bar.set_style(self.styles.of(look));
        }
        if layer.bar.message() != status {
            layer.bar.set_message(status);
        }
    }

    fn finish(self) {
        for layer in self.layers.values() {
            layer.bar.abandon();
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::{Arc, Mutex};

    use super::*;

    /// Bytes that a test reads while another thread may write them.
    #[derive(Clone, Default)]
    struct Written(Arc<Mutex<Vec<u8>>>);

    impl Write for Written {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.0.lock().expect("unpoisoned").extend_from_slice(bytes);
            Ok(bytes.len())
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    impl Written {
        fn text(&self) -> String {
            String::from_utf8(self.0.lock().expect("unpoisoned").clone()).expect("UTF-8")
        }
    }

    /// A pull as the Engine reports it.
    const PULL: &str = r#"
        {"status":"Pulling from library/img","id":"latest"}
        {"status":"Pulling fs layer","progressDetail":{},"id":"aaaaaaaaaaaa"}
        {"status":"Downloading","progressDetail":{"current":1,"total":4},"id":"aaaaaaaaaaaa"}
        {"status":"Downloading","progressDetail":{"current":4},"id":"aaaaaaaaaaaa"}
        {"status":"Extracting","progressDetail":{"current":0,"total":4},"id":"aaaaaaaaaaaa"}
        {"status":"Pull complete","progressDetail":{},"id":"aaaaaaaaaaaa"}
        {"status":"Digest: sha256:00"}
        {"status":"Status: Downloaded newer image for img:latest"}"#;

    fn messages() -> Vec<PullMessage> {
        PULL.trim()
            .lines()
            .map(|line| serde_json::from_str(line).expect("a message"))
            .collect()
    }

    #[test]
    fn elsewhere_than_on_a_terminal_it_is_dockers_lines() {
        let written = Written::default();
        let mut progress = PullProgress::lines(written.clone());
        messages().iter().for_each(|message| progress.on(message));
        progress.finish();
        assert_eq!(
            written.text(),
            "latest: Pulling from library/img\n\
             aaaaaaaaaaaa: Pulling fs layer\n\
             aaaaaaaaaaaa: Pull complete\n\
             Digest: sha256:00\n\
             Status: Downloaded newer image for img:latest\n"
        );
    }

    #[test]
    fn an_extraction_that_is_counted_in_seconds_shows_seconds() {
        let text = |message: &str| {
            let mut bars = Bars::new(ProgressDrawTarget::hidden());
            bars.show(&serde_json::from_str(message).expect("a message"));
            bars.layers["a"].bar.message()
        };
        assert_eq!(
            text(r#"{"status":"Extracting","progressDetail":{"current":1,"units":"s"},"id":"a"}"#),
            "Extracting 1 s"
        );
        assert_eq!(
            text(r#"{"status":"Extracting","progressDetail":{"current":1},"id":"a"}"#),
            "Extracting"
        );
    }

    #[test]
    fn an_error_in_the_stream_is_no_line() {
        let written = Written::default();
        let mut progress = PullProgress::lines(written.clone());
        let error = r#"{"errorDetail":{"message":"no"},"error":"no"}"#;
        progress.on(&serde_json::from_str(error).expect("a message"));
        assert_eq!(written.text(), "");
    }

    #[test]
    fn a_reader_that_is_gone_does_not_stop_a_pull() {
        let (reader, writer) = io::pipe().expect("a pipe");
        drop(reader);
        let mut progress = PullProgress::lines(writer);
        messages().iter().for_each(|message| progress.on(message));
    }
}
