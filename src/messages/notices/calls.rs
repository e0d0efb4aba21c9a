//! What a run says of its container's AWS calls.

use std::path::Path;

use super::denials::{self, Witness};
use super::{Notices, write_line};
use crate::record::denials::Denials;
use crate::record::{Missing, Summary};

/// Of which SDKs credrun hears nothing with `--live`.
const SILENT: &str = "those for JavaScript v3, Java v2, Go v2 and Rust never do; --keyless sees the calls of all SDKs";

impl Notices {
    /// `--keyless`: what the container's calls came to. `record` is the file that has them.
    pub fn calls(self, summary: &Summary, record: Option<&Path>) {
        self.say(summary);
        self.denials(&summary.denials, Witness::Credrun, record);
    }

    /// `--live`: the calls that the container's SDKs reported.
    pub fn observed_calls(self, summary: &Summary, record: Option<&Path>) {
        let calls = match summary.calls {
            1 => "1 AWS call".to_owned(),
            calls => format!("{calls} AWS calls"),
        };
        let denied = match summary.denials.calls {
            0 => String::new(),
            denied => format!(", {denied} denied by AWS"),
        };
        // Whoever reads the record must know.
        let silent = match record {
            Some(_) => "; not every SDK reports its calls, but --keyless sees them",
            None => "",
        };
        self.say(format_args!("SDKs reported {calls}{denied}{silent}"));
        self.denials(&summary.denials, Witness::Sdk, record);
    }

    /// `--live --record`, and no call was reported.
    pub fn no_calls_observed(self) {
        self.say(format_args!(
            "cannot tell which AWS calls the container made: no SDK reported any; {SILENT}"
        ));
    }

    /// `--live`: SDKs reported more calls than credrun could note.
    pub fn observations_lost(self, lost: u64) {
        self.warning(format_args!(
            "SDKs reported more AWS calls than credrun could note; {lost} are lost"
        ));
    }

    /// The user's own settings of client-side monitoring stay.
    pub fn own_monitoring(self, names: &[&str]) {
        if !names.is_empty() {
            self.say(format_args!(
                "keeping your {} from -e or --env-file, so SDKs do not report to credrun which calls AWS denied",
                names.join(", ")
            ));
        }
    }

    /// What AWS denied.
    fn denials(self, denials: &Denials, witness: Witness, record: Option<&Path>) {
        for line in denials::lines(denials, witness, record) {
            match line.starts_with(' ') {
                // To be copied.
                true if !self.quiet => write_line(line),
                _ => self.say(line),
            }
        }
    }

    /// `--record`: some calls are not in the file, or others are.
    pub fn calls_missing(self, file: &Path, missing: &Missing) {
        self.warning(format_args!("the record {} {missing}", file.display()));
    }
}
