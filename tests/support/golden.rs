//! The recorded command lines of `tests/golden`, and what docker made of them.

use std::path::PathBuf;

use serde::Deserialize;
use serde_json::{Map, Value};

/// A command line.
#[derive(Deserialize)]
pub struct Case {
    /// Its name, as it stands in messages.
    pub name: String,
    args: Vec<String>,
    #[serde(flatten)]
    docker: Docker,
    #[serde(rename = "at 1.41")]
    at_1_41: Option<Docker>,
}

/// What docker did.
#[derive(Deserialize)]
#[serde(untagged)]
pub enum Docker {
    /// The first line of what it said.
    Refused {
        /// Without its `docker: `.
        #[serde(rename = "refused")]
        message: String,
    },
    /// A patch (RFC 7396) of the base, and what went into the query.
    Request {
        request: Value,
        #[serde(default)]
        query: Map<String, Value>,
    },
}

impl Case {
    /// What follows `docker run`.
    pub fn args(&self) -> Vec<String> {
        let here = files().display().to_string();
        std::iter::once("-d".to_owned())
            .chain(self.args.iter().map(|arg| arg.replace("/CWD", &here)))
            .collect()
    }

    /// What docker did at API version 1.`minor`: 41, or one from 44 to 53.
    pub fn at(&self, minor: u32) -> &Docker {
        match &self.at_1_41 {
            Some(older) if minor == 41 => older,
            _ => &self.docker,
        }
    }
}

/// The directory that docker ran in.
pub fn files() -> PathBuf {
    super::repository("tests/golden")
}

/// All command lines.
pub fn cases() -> Vec<Case> {
    std::fs::read_to_string(files().join("cases.jsonl"))
        .expect("the recorded cases")
        .lines()
        .map(|line| serde_json::from_str(line).expect("a case"))
        .collect()
}
