//! How often somebody asks credrun to end before it does so whatever is left behind.

/// Whoever asks for the third time gets their terminal back, as with docker's client.
const LIMIT: u32 = 3;

/// Counts how often a run was asked to end.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Patience(u32);

impl Patience {
    /// Whether nobody has asked yet.
    pub(crate) fn is_new(self) -> bool {
        self.0 == 0
    }

    /// Counts one more time. True from the third on.
    pub(crate) fn is_lost(&mut self) -> bool {
        self.0 += 1;
        self.0 >= LIMIT
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_third_time_is_the_last() {
        let mut patience = Patience::default();
        let asked = [(); 4].map(|()| patience.is_lost());
        assert_eq!(asked, [false, false, true, true]);
    }
}
