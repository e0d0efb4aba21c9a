//! Labels that mark what belongs to a run with a relay.

/// The relay serves the container with this name or ID.
pub const LABEL_FOR: &str = "credrun.relay.for";

/// On the target: the ID of the relay that it was created with.
pub const LABEL_RELAY: &str = "credrun.relay";

/// On a relay that replaced another: the ID of the target.
pub const LABEL_TARGET: &str = "credrun.relay.target";

/// On both: `live` or `keyless`.
pub const LABEL_DELIVERY: &str = "credrun.delivery";

/// The version of the credrun that made the image or container.
pub const LABEL_VERSION: &str = "credrun.version";
