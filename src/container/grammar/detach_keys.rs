//! The keys that detach from a container, `ctrl-p,ctrl-q` by default.

use crate::container::FlagError;

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DetachKeys {
    /// The bytes that a terminal sends for them.
    pub bytes: Vec<u8>,
    /// The keys as typed, for the Engine, which watches for them too. None for the default.
    pub given: Option<String>,
}

impl DetachKeys {
    /// The flag takes precedence over config.json's `detachKeys`, and that over the default. Both
    /// are checked before anything is created; docker 28 checks them at attach, and leaves a
    /// container behind.
    pub(crate) fn resolve(flag: Option<&str>, config: Option<&str>) -> Result<Self, FlagError> {
        let given = [flag, config]
            .into_iter()
            .flatten()
            .find(|keys| !keys.is_empty());
        match given {
            Some(keys) => Ok(Self {
                bytes: parse(keys)?,
                given: Some(keys.to_owned()),
            }),
            None => Ok(Self {
                bytes: vec![0x10, 0x11],
                given: None,
            }),
        }
    }
}

/// Keys between commas: one ASCII character, `ctrl-` and one of `a`–`z` `@ [ \ ] ^ _`, or `DEL`.
fn parse(keys: &str) -> Result<Vec<u8>, FlagError> {
    keys.split(',')
        .map(|key| {
            key_byte(key).ok_or_else(|| {
                FlagError::with_hint(
                    format!("invalid detach keys ({keys}): Unknown character: '{key}'"),
                    "keys are single characters, ctrl-a to ctrl-z, or DEL, between commas",
                )
            })
        })
        .collect()
}

fn key_byte(key: &str) -> Option<u8> {
    if key == "DEL" {
        return Some(127);
    }
    let (control, character) = match key.strip_prefix("ctrl-") {
        Some(character) => (true, character),
        None => (false, key),
    };
    let &[byte] = character.as_bytes() else {
        return None;
    };
    match byte {
        _ if !control => Some(byte),
        // A control character is its letter without the bits 0x60.
        b'a'..=b'z' | b'@' | b'['..=b'_' => Some(byte & 0x1f),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_flag_wins_over_the_config_and_the_config_over_the_default() {
        let bytes = |flag, config| DetachKeys::resolve(flag, config).expect("valid").bytes;
        assert_eq!(bytes(None, None), [0x10, 0x11]);
        assert_eq!(bytes(None, Some("ctrl-a")), [1]);
        assert_eq!(
            bytes(Some("a,DEL,ctrl-\\"), Some("ctrl-a")),
            [b'a', 127, 28]
        );
        assert_eq!(bytes(Some("ctrl-@,ctrl-_"), None), [0, 31]);
    }

    #[test]
    fn unknown_keys_are_refused_by_name() {
        let error = DetachKeys::resolve(Some("ctrl-p,shift-a"), None).expect_err("refused");
        assert_eq!(
            error.to_string(),
            "invalid detach keys (ctrl-p,shift-a): Unknown character: 'shift-a'"
        );
        for bad in ["ctrl-A", "ctrl-", "ab", "a,", "ctrl-1", "é"] {
            assert!(DetachKeys::resolve(Some(bad), None).is_err(), "{bad:?}");
        }
    }
}
