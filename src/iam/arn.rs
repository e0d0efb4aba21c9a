//! The form of ARNs.

/// `arn:aws:ec2:eu-west-1:123456789012:vpc/vpc-1`. Each part may be empty.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Arn<'a> {
    pub(crate) partition: &'a str,
    pub(crate) service: &'a str,
    pub(crate) region: &'a str,
    pub(crate) account: &'a str,
    /// With all further colons.
    pub(crate) resource: &'a str,
}

impl<'a> Arn<'a> {
    pub(crate) fn parse(text: &'a str) -> Option<Self> {
        let mut parts = text.strip_prefix("arn:")?.splitn(5, ':');
        Some(Self {
            partition: parts.next()?,
            service: parts.next()?,
            region: parts.next()?,
            account: parts.next()?,
            resource: parts.next()?,
        })
    }
}

pub(crate) fn is_arn(text: &str) -> bool {
    Arn::parse(text).is_some()
}

/// `arn:aws:ec2:eu-west-1:123456789012:`
pub(crate) fn header(arn: &str) -> &str {
    let ends = arn.match_indices(':').map(|(at, _)| at);
    ends.take(5).last().map_or(arn, |end| &arn[..=end])
}

pub(crate) fn is_account(text: &str) -> bool {
    text.len() == 12 && text.bytes().all(|byte| byte.is_ascii_digit())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_part_has_all_further_colons() {
        let log = Arn::parse("arn:aws:logs:eu-west-1:1:log-group:g:*").expect("an ARN");
        assert_eq!((log.service, log.resource), ("logs", "log-group:g:*"));
        assert!(is_arn("arn:aws:s3:::b"));
        for other in ["", "arn:", "arn:aws:s3::b", "aws:s3:::b", "ARN:aws:s3:::b"] {
            assert!(!is_arn(other), "{other}");
        }
    }

    #[test]
    fn an_account_has_twelve_digits() {
        assert!(is_account("123456789012"));
        for other in ["", "*", "12345678901", "1234567890123", "12345678901a"] {
            assert!(!is_account(other), "{other}");
        }
    }
}
