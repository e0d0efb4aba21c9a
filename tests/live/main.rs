//! Promises of `--live` on a real Docker Engine.

mod detached;
mod engine;
mod flags;
mod outcomes;
mod ps;
mod relay_image;
mod run;
mod sdks;
mod secrets;

use credrun_test_support as support;
