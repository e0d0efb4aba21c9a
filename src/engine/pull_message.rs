//! The Engine's progress messages during a pull.

use serde::Deserialize;

/// One message of a pull. bollard's model lacks units.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct PullMessage {
    /// A layer, or a tag.
    pub id: Option<String>,
    /// What happens to it.
    pub status: Option<String>,
    /// How far that is; empty if there are no numbers.
    pub progress_detail: Option<ProgressDetail>,
    /// Why the pull failed.
    pub error_detail: Option<ErrorDetail>,
}

/// The numbers of a message.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct ProgressDetail {
    current: Option<i64>,
    total: Option<i64>,
    /// `s` if containerd's image store counts the seconds of an extraction; bytes otherwise.
    units: Option<String>,
}

/// A failure inside the stream.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct ErrorDetail {
    /// In the Engine's words.
    pub message: Option<String>,
}

/// How far a layer is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Numbers {
    Bytes {
        current: u64,
        /// None if the registry does not say.
        total: Option<u64>,
    },
    /// With a unit of the Engine's: `1 s`.
    Counted(String),
}

impl Numbers {
    pub(super) fn of(message: &PullMessage) -> Option<Self> {
        let ProgressDetail {
            current,
            total,
            units,
        } = message.progress_detail.as_ref()?;
        let positive = |number: &Option<i64>| {
            number
                .and_then(|number| u64::try_from(number).ok())
                .filter(|number| *number > 0)
        };
        let (current, total) = (positive(current), positive(total));
        if current.is_none() && total.is_none() {
            return None;
        }
        let current = current.unwrap_or(0);
        Some(match units.as_deref() {
            None | Some("") => Self::Bytes { current, total },
            Some(unit) => Self::Counted(format!("{current} {unit}")),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_of_nothing_are_none() {
        let numbers = |text| Numbers::of(&serde_json::from_str(text).expect("a message"));
        assert_eq!(numbers(r#"{"progressDetail":{}}"#), None);
        assert_eq!(
            numbers(r#"{"progressDetail":{"current":0,"total":-1}}"#),
            None
        );
        assert_eq!(
            numbers(r#"{"progressDetail":{"current":7,"total":-1}}"#),
            Some(Numbers::Bytes {
                current: 7,
                total: None
            })
        );
    }
}
