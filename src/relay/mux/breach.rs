//! What a relay does that its protocol does not allow.

#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Breach {
    #[error("it sent what is no frame")]
    Malformed,
    #[error("it sent more bytes of a connection than it was allowed")]
    Credit,
    #[error("it allowed more bytes of a connection than any may be allowed")]
    Allowed,
    #[error("it gave back more bytes of a connection than it could send")]
    Returned,
    #[error("it sent more of a connection after its end")]
    AfterEnd,
    #[error("it opened a connection with the number of another")]
    Number,
    #[error("it sent a frame that only credrun sends, or that comes first only")]
    Direction,
}
