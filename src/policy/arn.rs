//! The form of ARNs.

/// Whether a statement can name it.
pub(super) fn is_arn(text: &str) -> bool {
    text.starts_with("arn:") && text.splitn(6, ':').count() == 6
}

/// `arn:aws:ec2:eu-west-1:123456789012:`
pub(super) fn header(arn: &str) -> &str {
    let ends = arn.match_indices(':').map(|(at, _)| at);
    ends.take(5).last().map_or(arn, |end| &arn[..=end])
}
