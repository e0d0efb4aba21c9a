//! All findings of `doctor`.

use serde::Serialize;

use crate::commands::doctor::credentials::CredentialFindings;
use crate::commands::doctor::engine::EngineFindings;
use crate::messages::error::Failure;

/// All findings.
#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct Findings {
    /// Whether a run would get as far as starting its container.
    pub(super) works: bool,
    pub(super) version: &'static str,
    /// The variables `CREDRUN_…` that are set and give options their defaults.
    pub(super) defaults: Vec<String>,
    /// Why a run would refuse them.
    pub(super) defaults_problem: Option<Failure>,
    pub(super) credentials: CredentialFindings,
    pub(super) engine: EngineFindings,
}
