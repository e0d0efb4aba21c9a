//! The story.

mod session;
