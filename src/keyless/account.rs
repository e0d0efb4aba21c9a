//! The account of the run's set. Some sources do not say it, so that it is asked for beside the run.

use std::sync::{Arc, OnceLock};

use crate::iam::arn::is_account;

/// The account, as soon as it is known.
#[derive(Debug, Clone, Default)]
pub(crate) struct Account(Arc<OnceLock<String>>);

impl Account {
    /// The one that the source names, if it does.
    pub(crate) fn new(named: Option<String>) -> Self {
        let account = Self::default();
        if let Some(named) = named {
            let _ = account.0.set(named);
        }
        account
    }

    pub(crate) fn get(&self) -> Option<&str> {
        self.0.get().map(String::as_str)
    }

    /// Takes what STS has answered. An emulator can answer with anything.
    pub(crate) fn learn(&self, account: String) {
        if is_account(&account) {
            let _ = self.0.set(account);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_account_is_learned_once_and_for_all_that_share_it() {
        let account = Account::new(None);
        let shared = account.clone();
        for answer in ["", "*", "12345678901*", "123456789012", "999999999999"] {
            account.learn(answer.to_owned());
        }
        assert_eq!(shared.get(), Some("123456789012"));
        let named = Account::new(Some("111122223333".to_owned()));
        named.learn("999999999999".to_owned());
        assert_eq!(named.get(), Some("111122223333"));
    }
}
