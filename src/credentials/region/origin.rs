//! Where the region is configured.

use std::fmt;

use crate::credentials::origin::INSTANCE_METADATA;

/// Where the region is configured.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RegionFrom {
    /// `--region`.
    Flag,
    /// A variable, by name.
    Variable(&'static str),
    /// The `region` of a profile, by the profile's name.
    Profile(String),
    /// This EC2 instance.
    InstanceMetadata,
}

impl fmt::Display for RegionFrom {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Flag => f.write_str("--region"),
            Self::Variable(name) => f.write_str(name),
            Self::Profile(name) => write!(f, "profile {name:?}"),
            Self::InstanceMetadata => f.write_str(INSTANCE_METADATA),
        }
    }
}
