//! Which denied calls a policy allows.

/// Which denied calls a policy allows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Denied {
    LeftOut,
    /// Those that AWS denied because nothing allowed them. What credrun's `--allow` and `--deny`
    /// refused was refused on purpose, and so was what a policy denies explicitly. What only a client
    /// reports as denied (`--live`) can be made up.
    ForWantOfRights,
    Included,
}
