//! A managed policy as a Terraform configuration for the `hashicorp/aws` provider.

use super::document;
use super::hcl::value;
use crate::policy::Policy;

pub(crate) fn render(policy: &Policy) -> String {
    let document = value(&document(&policy.document), 2);
    format!(
        r#"# A policy for containers. Make it with: terraform apply

resource "aws_iam_policy" "policy" {{
  description = "What a container needs, as recorded"

  policy = jsonencode({document})
}}

output "policy_arn" {{
  description = "The policy's ARN"
  value       = aws_iam_policy.policy.arn
}}
"#
    )
}
