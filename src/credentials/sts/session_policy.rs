//! The policies of a session, checked as AWS checks them. The limits are those of the STS API reference
//! for `AssumeRole`.

use crate::credentials::error::CredentialsError;

/// The longest session policy, in characters.
const LONGEST_POLICY: usize = 2048;
/// The most managed policies of one session.
const MOST_POLICIES: usize = 10;

/// A session policy, inline or from `file://`; returned as its JSON text.
pub(crate) fn read_policy(value: &str) -> Result<String, CredentialsError> {
    let text = match value.strip_prefix("file://") {
        None => value.to_owned(),
        Some(path) => std::fs::read_to_string(path).map_err(|source| CredentialsError::File {
            flag: "--policy",
            path: path.into(),
            source,
        })?,
    };
    let is_path = !value.starts_with("file://") && std::path::Path::new(value).is_file();
    if is_path {
        let problem = format!("{value} is a file, not a policy");
        let hint = format!("write --policy file://{value}");
        return Err(CredentialsError::flag("--policy", problem, &hint));
    }
    check_policy(text.trim())?;
    Ok(text.trim().to_owned())
}

fn check_policy(text: &str) -> Result<(), CredentialsError> {
    let flag = "--policy";
    let hint = r#"a policy looks like {"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"s3:*","Resource":"*"}]}"#;
    let value: serde_json::Value = serde_json::from_str(text).map_err(|error| {
        CredentialsError::flag(flag, format!("the policy is not JSON: {error}"), hint)
    })?;
    let Some(object) = value.as_object() else {
        return Err(CredentialsError::flag(
            flag,
            "the policy is not a JSON object",
            hint,
        ));
    };
    if !object.contains_key("Statement") {
        return Err(CredentialsError::flag(
            flag,
            "the policy has no Statement",
            hint,
        ));
    }
    let length = text.chars().count();
    if length > LONGEST_POLICY {
        return Err(CredentialsError::flag(
            flag,
            format!("the policy has {length} characters, but AWS allows {LONGEST_POLICY}"),
            "leave out white space, or use a managed policy with --policy-arns",
        ));
    }
    Ok(())
}

/// Managed policies, each an ARN or the AWS CLI's `arn=ARN`.
pub(crate) fn read_policy_arns(values: &[String]) -> Result<Vec<String>, CredentialsError> {
    let flag = "--policy-arns";
    if values.len() > MOST_POLICIES {
        let problem = format!("{} policies, but AWS allows {MOST_POLICIES}", values.len());
        return Err(CredentialsError::flag(
            flag,
            problem,
            "merge some of them into one",
        ));
    }
    values
        .iter()
        .map(|value| {
            let arn = value.strip_prefix("arn=").unwrap_or(value);
            let is_policy = arn.starts_with("arn:aws")
                && arn.contains(":iam::")
                && arn.contains(":policy/")
                && arn.len() <= 2048;
            if is_policy {
                Ok(arn.to_owned())
            } else {
                let hint = "a policy ARN looks like arn:aws:iam::aws:policy/ReadOnlyAccess";
                Err(CredentialsError::flag(
                    flag,
                    format!("{arn:?} is not the ARN of a policy"),
                    hint,
                ))
            }
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_policy_must_be_json_with_a_statement() {
        assert!(read_policy(r#"{"Version":"2012-10-17","Statement":[]}"#).is_ok());
        for policy in ["", "not json", "[]", "{}", r#"{"Statement":["#] {
            let error = read_policy(policy).expect_err(policy);
            assert!(error.to_string().starts_with("--policy: "), "{error}");
        }
        let of_length = |length| {
            let empty = r#"{"Statement":[],"Id":""}"#;
            empty.replace(
                r#""}"#,
                &format!("{}\"}}", "x".repeat(length - empty.len())),
            )
        };
        assert!(read_policy(&of_length(LONGEST_POLICY)).is_ok());
        assert!(read_policy(&of_length(LONGEST_POLICY + 1)).is_err());
    }

    #[test]
    fn a_policy_may_come_from_a_file() {
        let file = tempfile::NamedTempFile::new().expect("a file");
        std::fs::write(file.path(), "{\"Statement\":[]}\n").expect("written");
        let policy = read_policy(&format!("file://{}", file.path().display()));
        assert_eq!(policy.expect("a policy"), r#"{"Statement":[]}"#);
        let path = file.path().display().to_string();
        let hint = read_policy(&path).expect_err("a path").hint();
        assert_eq!(hint, Some(format!("write --policy file://{path}")));
        let error = read_policy("file:///nonexistent.json").expect_err("refused");
        assert!(error.to_string().contains("/nonexistent.json"));
    }

    #[test]
    fn policy_arns_are_taken_bare_and_in_the_aws_clis_shorthand() {
        let arn = "arn:aws:iam::aws:policy/ReadOnlyAccess".to_owned();
        let arns = read_policy_arns(&[arn.clone(), format!("arn={arn}")]).expect("two");
        assert_eq!(arns, [arn.clone(), arn.clone()]);
        for other in [
            "ReadOnlyAccess",
            "arn:aws:iam::aws:role/ReadOnlyAccess",
            "arn:aws:s3:::policy/ReadOnlyAccess",
            "urn:aws:iam::aws:policy/ReadOnlyAccess",
            &format!("{arn}{}", "x".repeat(2048)),
        ] {
            assert!(read_policy_arns(&[other.to_owned()]).is_err(), "{other}");
        }
        assert!(read_policy_arns(&vec![arn.clone(); 10]).is_ok());
        assert!(read_policy_arns(&vec![arn; 11]).is_err());
    }
}
