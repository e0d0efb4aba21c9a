//! How long the Engine may take for each step before it counts as stalled. Docker's client waits
//! forever.

use std::time::Duration;

/// The limits of one Engine. A pull has none: it goes on as long as the Engine answers pings.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// For a ping. ssh may have to log in first.
    pub ping: Duration,
    /// Between two pings of an Engine that is silent while a container or a pull runs.
    pub ping_interval: Duration,
    /// For inspecting or loading an image.
    pub image: Duration,
    /// For creating or starting a container, because a volume driver or a disk may be slow.
    pub create_or_start: Duration,
    /// For a step that changes nothing on a disk, and for removing a container.
    pub short_step: Duration,
    /// For output that the Engine still holds when the container has ended: it comes at once, or
    /// not at all.
    pub drain: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            ping: Duration::from_secs(30),
            ping_interval: Duration::from_secs(30),
            image: Duration::from_secs(60),
            create_or_start: Duration::from_secs(120),
            short_step: Duration::from_secs(20),
            drain: Duration::from_secs(10),
        }
    }
}
