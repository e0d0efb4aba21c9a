//! How long the Engine may take for each step before it counts as stalled. Docker's client waits
//! for ever.

use std::time::Duration;

/// The limits of one Engine. A pull has none: as long as the Engine answers pings, it goes on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// For a sign of life. ssh may have to log in first.
    pub ping: Duration,
    /// Between two looks at an Engine that is silent while a container or a pull runs.
    pub ping_interval: Duration,
    /// For reading or loading an image.
    pub image: Duration,
    /// For creating or starting a container: a volume driver or a slow disk may take its time.
    pub create_or_start: Duration,
    /// For a step that changes nothing on a disk, and for removing a container.
    pub short_step: Duration,
    /// For output that is still in the Engine when the container has ended: it comes at once, or
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
