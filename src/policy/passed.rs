//! `iam:PassRole`: roles that calls hand to a service.

use crate::iam::module::module;
use crate::iam::partition::partition_of;
use crate::record::line::Line;

/// A role, and the services that it was handed to.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct PassedRole {
    pub(crate) role: String,
    /// `lambda.amazonaws.com`: values of `iam:PassedToService`.
    pub(crate) services: Vec<String>,
}

/// Principals of services that take roles under another name than that of their calls.
const PRINCIPALS: [(&str, &[&str]); 17] = [
    ("application-autoscaling", &["application-autoscaling"]),
    ("apprunner", &["build.apprunner", "tasks.apprunner"]),
    ("autoscaling", &["autoscaling", "ec2"]),
    ("batch", &["batch", "ecs-tasks"]),
    ("bedrock-agent", &["bedrock"]),
    ("codedeploy", &["codedeploy"]),
    ("dms", &["dms"]),
    ("ecs", &["ecs-tasks", "ecs"]),
    ("eks", &["eks", "ec2", "pods.eks", "eks-fargate-pods"]),
    ("emr", &["elasticmapreduce", "ec2"]),
    ("emr-containers", &["emr-containers"]),
    ("emr-serverless", &["ops.emr-serverless"]),
    ("iot", &["iot", "credentials.iot"]),
    ("kinesisanalyticsv2", &["kinesisanalytics"]),
    ("rds", &["rds", "monitoring.rds"]),
    ("ssm", &["ssm"]),
    ("stepfunctions", &["states"]),
];

/// The roles that a call passes.
pub(super) fn of(line: &Line<'_>) -> impl Iterator<Item = PassedRole> {
    line.passed_roles.iter().map(|arn| role(line, arn))
}

/// The role as this call passes it.
pub(super) fn role(line: &Line<'_>, arn: &str) -> PassedRole {
    PassedRole {
        role: arn.to_owned(),
        services: principals(line.module.as_deref(), arn),
    }
}

/// The principals of a module's service. None where the module is not known.
pub(super) fn principals(name: Option<&str>, arn: &str) -> Vec<String> {
    let Some(name) = name else {
        return Vec::new();
    };
    let known = PRINCIPALS.iter().find(|(module, _)| *module == name);
    let signing_name = module(name).map_or(name, |module| module.signing_name);
    let names = known.map_or(vec![signing_name], |(_, names)| names.to_vec());
    let mut principals: Vec<_> = names
        .iter()
        .map(|name| format!("{name}.amazonaws.com"))
        .collect();
    // In China, services have one of two names.
    if arn.starts_with("arn:aws-cn:") {
        let names = names.iter();
        principals.extend(names.map(|name| format!("{name}.amazonaws.com.cn")));
    }
    principals
}

pub(super) fn is_pass_role(action: &str) -> bool {
    action.eq_ignore_ascii_case("iam:PassRole")
}

/// `s3.eu-west-1.amazonaws.com`: what `kms:ViaService` is for a call.
pub(super) fn via_service(line: &Line<'_>) -> Option<String> {
    via(line.module.as_deref()?, line.region.as_deref()?)
}

/// The same for a module and a region.
pub(super) fn via(name: &str, region: &str) -> Option<String> {
    let signing_name = module(name)?.signing_name;
    let suffix = partition_of(region)?.suffix;
    Some(format!("{signing_name}.{region}.{suffix}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_role_is_passed_to_the_principal_of_the_service() {
        let arn = "arn:aws:iam::123456789012:role/r";
        let of = |module| principals(Some(module), arn).join(" ");
        assert_eq!(of("lambda"), "lambda.amazonaws.com");
        assert_eq!(of("ecs"), "ecs-tasks.amazonaws.com ecs.amazonaws.com");
        assert_eq!(of("stepfunctions"), "states.amazonaws.com");
        assert_eq!(of("events"), "events.amazonaws.com");
        assert_eq!(of("sagemaker"), "sagemaker.amazonaws.com");
        assert_eq!(
            principals(Some("ec2"), "arn:aws-cn:iam::123456789012:role/r"),
            ["ec2.amazonaws.com", "ec2.amazonaws.com.cn"]
        );
        assert!(principals(None, arn).is_empty());
    }

    #[test]
    fn each_module_of_the_table_exists() {
        for (name, _) in PRINCIPALS {
            assert!(module(name).is_some(), "{name}");
        }
    }
}
