//! Session tags, in the AWS CLI's formats: `Key=K,Value=V`, or JSON.
//!
//! The limits are those of the STS user guide: 50 tags, keys of up to 128 and values of up to 256
//! characters. Keys must differ in more than case, and must not begin with `aws:`.

use serde::Deserialize;

use crate::credentials::error::CredentialsError;

const FLAG: &str = "--tags";
const TRANSITIVE_FLAG: &str = "--transitive-tag-keys";
const MOST_TAGS: usize = 50;
const LONGEST_KEY: usize = 128;
const LONGEST_VALUE: usize = 256;

#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub(crate) struct SessionTag {
    pub(crate) key: String,
    pub(crate) value: String,
}

fn refuse(problem: impl Into<String>) -> CredentialsError {
    CredentialsError::flag(
        FLAG,
        problem,
        "write --tags Key=team,Value=blue, once for each tag",
    )
}

/// The tags from all `--tags` flags.
pub(crate) fn read(values: &[String]) -> Result<Vec<SessionTag>, CredentialsError> {
    let mut tags: Vec<SessionTag> = Vec::new();
    for value in values {
        for tag in parse(value)? {
            check(&tag)?;
            if tags
                .iter()
                .any(|other| other.key.to_lowercase() == tag.key.to_lowercase())
            {
                return Err(refuse(format!("{:?} is given twice", tag.key)));
            }
            tags.push(tag);
        }
    }
    if tags.len() > MOST_TAGS {
        let problem = format!("{} tags, but AWS allows {MOST_TAGS}", tags.len());
        return Err(refuse(problem));
    }
    Ok(tags)
}

/// The keys that are passed to further roles; each must be one of `tags`.
pub(crate) fn check_transitive(
    keys: &[String],
    tags: &[SessionTag],
) -> Result<(), CredentialsError> {
    match keys
        .iter()
        .find(|key| !tags.iter().any(|tag| tag.key == **key))
    {
        None => Ok(()),
        Some(key) => Err(CredentialsError::flag(
            TRANSITIVE_FLAG,
            format!("no session tag has the key {key:?}"),
            &format!("add the tag itself: --tags Key={key},Value=…"),
        )),
    }
}

fn parse(value: &str) -> Result<Vec<SessionTag>, CredentialsError> {
    let json = |error: serde_json::Error| refuse(format!("{value:?} is not JSON: {error}"));
    if value.starts_with('[') {
        return serde_json::from_str(value).map_err(json);
    }
    if value.starts_with('{') {
        return serde_json::from_str(value)
            .map(|tag| vec![tag])
            .map_err(json);
    }
    shorthand(value)
        .map(|tag| vec![tag])
        .ok_or_else(|| refuse(format!("{value:?} is not Key=…,Value=…")))
}

/// Parses `Key=K,Value=V`. A comma belongs to the key or value unless `,Value=` begins there, so no
/// quotes are needed inside.
fn shorthand(value: &str) -> Option<SessionTag> {
    let (key, value) = value.strip_prefix("Key=")?.split_once(",Value=")?;
    Some(SessionTag {
        key: unquoted(key).to_owned(),
        value: unquoted(value).to_owned(),
    })
}

/// The AWS CLI accepts a value in its own quotes.
fn unquoted(text: &str) -> &str {
    ['"', '\'']
        .iter()
        .find_map(|quote| text.strip_prefix(*quote)?.strip_suffix(*quote))
        .unwrap_or(text)
}

fn check(tag: &SessionTag) -> Result<(), CredentialsError> {
    let SessionTag { key, value } = tag;
    if !(1..=LONGEST_KEY).contains(&key.chars().count()) {
        return Err(refuse(format!("a key has 1 to {LONGEST_KEY} characters")));
    }
    if value.chars().count() > LONGEST_VALUE {
        return Err(refuse(format!(
            "the value of {key:?} has more than {LONGEST_VALUE} characters"
        )));
    }
    if key.to_lowercase().starts_with("aws:") {
        return Err(refuse(format!(
            "{key:?}: keys that begin with aws: are AWS's own"
        )));
    }
    let allowed = |c: char| c.is_alphanumeric() || c.is_whitespace() || "_.:/=+-@".contains(c);
    match key.chars().chain(value.chars()).find(|c| !allowed(*c)) {
        Some(wrong) => Err(refuse(format!(
            "{key:?} contains {wrong:?} in its key or value"
        ))),
        None => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read_one(value: &str) -> Result<Vec<SessionTag>, CredentialsError> {
        read(&[value.to_owned()])
    }

    fn tag(key: &str, value: &str) -> SessionTag {
        SessionTag {
            key: key.to_owned(),
            value: value.to_owned(),
        }
    }

    #[test]
    fn a_tag_is_read_in_each_of_the_aws_clis_spellings() {
        let expected = [tag("team", "blue")];
        for spelling in [
            "Key=team,Value=blue",
            r#"Key="team",Value='blue'"#,
            r#"{"Key":"team","Value":"blue"}"#,
            r#"[{"Key":"team","Value":"blue"}]"#,
        ] {
            assert_eq!(read_one(spelling).expect(spelling), expected, "{spelling}");
        }
    }

    #[test]
    fn a_value_may_be_empty_and_have_an_equals_sign() {
        assert_eq!(read_one("Key=a,Value=").expect("a tag"), [tag("a", "")]);
        assert_eq!(
            read_one("Key=a,Value=b=c").expect("a tag"),
            [tag("a", "b=c")]
        );
    }

    #[test]
    fn what_aws_would_refuse_is_refused() {
        let long_key = format!("Key={},Value=x", "k".repeat(129));
        let long_value = format!("Key=k,Value={}", "v".repeat(257));
        for wrong in [
            "team=blue",
            "Key=team",
            "Key=,Value=x",
            "Key=aws:team,Value=x",
            "Key=a*b,Value=x",
            r#"[{"Key":"team"}]"#,
            &long_key,
            &long_value,
        ] {
            let error = read_one(wrong).expect_err(wrong);
            assert!(error.to_string().starts_with("--tags: "), "{error}");
        }
        let twice = read(&["Key=a,Value=1".to_owned(), "Key=A,Value=2".to_owned()]);
        assert!(twice.is_err());
        let many: Vec<String> = (0..51).map(|n| format!("Key=k{n},Value=v")).collect();
        assert!(read(&many).is_err());
        assert!(read(&many[..50]).is_ok());
        let longest = format!("Key={},Value={}", "k".repeat(128), "v".repeat(256));
        assert!(read_one(&longest).is_ok());
    }

    #[test]
    fn a_transitive_key_must_be_a_tag_of_the_session() {
        let tags = [tag("team", "blue")];
        assert!(check_transitive(&["team".to_owned()], &tags).is_ok());
        let error = check_transitive(&["cost".to_owned()], &tags).expect_err("refused");
        assert!(error.to_string().starts_with("--transitive-tag-keys: "));
    }
}
