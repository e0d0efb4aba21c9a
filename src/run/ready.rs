//! What a run has when it is about to create its container.

use std::sync::Arc;

use crate::credentials::{Fetched, Region, Source};
use crate::engine::{Engine, Image};
use crate::relay::request::UsedImage;
use crate::run::calls::Calls;
use crate::run::keyless::Keyless;

/// All that create needs.
#[derive(Debug)]
pub struct Ready {
    pub engine: Engine,
    /// The image, where the Engine has it.
    pub image: Option<Image>,
    /// Of a container behind a relay: the relay's image.
    pub relay_image: Option<UsedImage>,
    /// Where credentials come from, for renewal.
    pub source: Arc<Source>,
    /// The set for the container.
    pub fetched: Fetched,
    /// The region for the container.
    pub region: Option<Region>,
    /// With `--keyless`: what the proxy needs.
    pub(crate) keyless: Option<Keyless>,
    /// The container's AWS calls.
    pub(crate) calls: Calls,
}

impl Ready {
    /// The region's name, where there is one.
    pub fn region_name(&self) -> Option<&str> {
        self.region.as_ref().map(|region| region.name.as_str())
    }

    /// `ENV` of the image; nothing where the Engine does not have it.
    pub fn image_env(&self) -> &[String] {
        self.image
            .as_ref()
            .map(|image| image.env.as_slice())
            .unwrap_or_default()
    }
}
