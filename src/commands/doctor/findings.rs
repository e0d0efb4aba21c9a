//! All that `doctor` finds out.

use serde::Serialize;

use crate::commands::doctor::credentials::CredentialFindings;
use crate::commands::doctor::engine::EngineFindings;

/// All that was found out.
#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct Findings {
    /// Whether a run would get as far as its container's start.
    pub(super) works: bool,
    pub(super) version: &'static str,
    pub(super) credentials: CredentialFindings,
    pub(super) engine: EngineFindings,
}
