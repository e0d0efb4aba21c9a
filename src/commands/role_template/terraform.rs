//! The role as a Terraform configuration for the `hashicorp/aws` provider.

use std::fmt::Write as _;

use crate::commands::role_template::role::{COMMANDS, Role};
use crate::policy::output::hcl::{snake_case, string, strings, value};
use crate::policy::output::tree::Node;

pub(super) fn render(role: &Role<'_>) -> String {
    let mut hcl = String::from("# A role for containers. Make it with: terraform apply\n\n");
    hcl.push_str(&role_resource(role));
    if let Some(policy) = role.policy() {
        hcl.push_str(&allowed_actions(&policy));
    }
    if !role.managed_policies.is_empty() {
        hcl.push_str(&managed_policies(role.managed_policies));
    }
    hcl.push_str(&outputs());
    hcl
}

fn role_resource(role: &Role<'_>) -> String {
    let name = role
        .name
        .map(|name| format!("  name = {}\n\n", string(name)))
        .unwrap_or_default();
    let principal = string(role.principal);
    format!(
        r#"resource "aws_iam_role" "role" {{
{name}  assume_role_policy = jsonencode({{
    Version = "2012-10-17"
    Statement = [{{
      Effect    = "Allow"
      Principal = {{ AWS = {principal} }}
      Action    = "sts:AssumeRole"
    }}]
  }})
}}

"#
    )
}

fn allowed_actions(policy: &Node) -> String {
    let policy = value(policy, 2);
    format!(
        r#"resource "aws_iam_role_policy" "allowed_actions" {{
  name = "AllowedActions"
  role = aws_iam_role.role.id

  policy = jsonencode({policy})
}}

"#
    )
}

fn managed_policies(arns: &[String]) -> String {
    let arns = strings(arns, 4);
    format!(
        r#"resource "aws_iam_role_policy_attachment" "managed" {{
  for_each = toset([
{arns}  ])

  role       = aws_iam_role.role.name
  policy_arn = each.value
}}

"#
    )
}

fn outputs() -> String {
    let arn = (
        "role_arn".to_owned(),
        "The role's ARN",
        "aws_iam_role.role.arn".to_owned(),
    );
    let commands = COMMANDS.map(|(name, what, command)| {
        let command = string(command).replace("ROLE_ARN", "${aws_iam_role.role.arn}");
        (snake_case(name), what, command)
    });
    let mut hcl = String::new();
    for (name, what, value) in std::iter::once(arn).chain(commands) {
        let _ = write!(
            hcl,
            "output \"{name}\" {{\n  description = {}\n  value       = {value}\n}}\n\n",
            string(what)
        );
    }
    hcl.truncate(hcl.trim_end().len());
    hcl.push('\n');
    hcl
}
