//! Which warnings about containers are in the log: each is once for a container, however often it is
//! started.

use std::collections::{HashMap, HashSet};

use super::warning::Warning;
use crate::messages::notices::Notices;

/// By the container's ID.
#[derive(Debug, Default)]
pub(super) struct Warned(HashMap<String, HashSet<Warning>>);

impl Warned {
    /// Writes the warning, unless that has been done.
    pub(super) fn warn(&mut self, id: &str, warning: Warning) {
        let said = self.0.entry(id.to_owned()).or_default();
        if said.insert(warning.clone()) {
            Notices::new(false).warning(warning);
        }
    }

    /// The container is gone.
    pub(super) fn forget(&mut self, id: &str) {
        self.0.remove(id);
    }
}
