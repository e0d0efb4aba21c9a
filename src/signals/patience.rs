//! Counts the requests to end before credrun ends at once, whatever it leaves behind.

/// The third request returns the terminal to the user, as with docker's client.
const LIMIT: u32 = 3;

/// Counts how often the user has asked a run to end.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Patience(u32);

impl Patience {
    /// Whether there was no request yet.
    pub(crate) fn is_new(self) -> bool {
        self.0 == 0
    }

    /// Counts one more request. True from the third on.
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
        assert!(patience.is_new());
        let asked = [(); 4].map(|()| patience.is_lost());
        assert_eq!(asked, [false, false, true, true]);
        assert!(!patience.is_new());
    }
}
