//! What AWS's service authorization reference says of an action's resources.

/// Whether a statement can name resources for the action: one without resource types needs `*`. None
/// where the reference does not know the action.
pub(crate) fn takes_resources(action: &str) -> Option<bool> {
    let _ = action;
    None
}
