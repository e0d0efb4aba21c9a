//! `iam:PassRole`: roles that calls hand to a service.

use crate::iam::arn::Arn;
use crate::iam::module::module;
use crate::iam::partition::partition_of;
use crate::record::line::Line;

pub(super) const PASS_ROLE: &str = "iam:PassRole";

/// A role, and the services that it was handed to.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct PassedRole {
    pub(crate) role: String,
    /// `lambda.amazonaws.com`: values of `iam:PassedToService`.
    pub(crate) services: Vec<String>,
}

/// A module, an operation or None for all others, and the principals that take the role.
type Principals = (&'static str, Option<&'static str>, &'static [&'static str]);

/// Principals that take the roles of calls. Those of a module that is not here are not known.
const PRINCIPALS: &[Principals] = &[
    ("amplify", None, &["amplify"]),
    (
        "application-autoscaling",
        None,
        &["application-autoscaling"],
    ),
    ("apprunner", None, &["build.apprunner", "tasks.apprunner"]),
    ("appsync", None, &["appsync"]),
    ("autoscaling", None, &["autoscaling", "ec2"]),
    ("backup", None, &["backup"]),
    ("batch", None, &["batch", "ecs-tasks"]),
    ("bedrock", None, &["bedrock"]),
    ("bedrock-agent", None, &["bedrock"]),
    ("cloudformation", None, &["cloudformation"]),
    ("cloudtrail", None, &["cloudtrail"]),
    ("codebuild", None, &["codebuild"]),
    ("codedeploy", None, &["codedeploy"]),
    ("codepipeline", None, &["codepipeline"]),
    ("config", None, &["config"]),
    ("dms", None, &["dms"]),
    ("ec2", Some("CreateFlowLogs"), &["vpc-flow-logs"]),
    ("ec2", Some("RequestSpotFleet"), &["spotfleet"]),
    ("ec2", None, &["ec2"]),
    ("ecs", None, &["ecs-tasks", "ecs"]),
    ("eks", None, &["eks", "ec2", "pods.eks", "eks-fargate-pods"]),
    ("emr", None, &["elasticmapreduce", "ec2"]),
    ("emr-containers", None, &["emr-containers"]),
    ("emr-serverless", None, &["ops.emr-serverless"]),
    ("events", None, &["events"]),
    ("firehose", None, &["firehose"]),
    ("glue", None, &["glue"]),
    ("iam", Some("AddRoleToInstanceProfile"), &["ec2"]),
    ("iot", None, &["iot", "credentials.iot"]),
    ("kinesisanalyticsv2", None, &["kinesisanalytics"]),
    ("lambda", None, &["lambda"]),
    ("mwaa", None, &["airflow", "airflow-env"]),
    ("pipes", None, &["pipes"]),
    ("rds", None, &["rds", "monitoring.rds"]),
    ("redshift", None, &["redshift"]),
    ("s3", Some("PutBucketReplication"), &["s3"]),
    ("s3control", Some("CreateJob"), &["batchoperations.s3"]),
    ("sagemaker", None, &["sagemaker"]),
    ("scheduler", None, &["scheduler"]),
    ("ssm", None, &["ssm"]),
    ("stepfunctions", None, &["states"]),
    ("synthetics", None, &["lambda", "synthetics"]),
    ("transcribe", None, &["transcribe"]),
    ("transfer", None, &["transfer"]),
];

/// The roles that a call passes, as far as it names them.
pub(super) fn of(line: &Line<'_>) -> impl Iterator<Item = PassedRole> {
    let named = line.passed_roles.iter();
    let named = named.filter(|arn| !is_profile(arn));
    named.map(|arn| role(line, arn))
}

/// The instance profiles of a call, each of which passes a role that the call does not name.
pub(super) fn profiles<'l>(line: &'l Line<'_>) -> impl Iterator<Item = &'l str> {
    let named = line.passed_roles.iter().map(AsRef::as_ref);
    named.filter(|arn| is_profile(arn))
}

/// `arn:aws:iam::123456789012:instance-profile/NAME`
pub(super) fn is_profile(arn: &str) -> bool {
    Arn::parse(arn).is_some_and(|arn| arn.resource.starts_with("instance-profile/"))
}

/// The role as this call passes it.
pub(super) fn role(line: &Line<'_>, arn: &str) -> PassedRole {
    PassedRole {
        role: arn.to_owned(),
        services: principals(line.module.as_deref(), line.operation.as_deref(), arn),
    }
}

/// The principals that the operation's service has. None where they are not known.
pub(super) fn principals(module: Option<&str>, operation: Option<&str>, arn: &str) -> Vec<String> {
    let of_module = || PRINCIPALS.iter().filter(|one| Some(one.0) == module);
    let exact = of_module().find(|(_, name, _)| name.is_some() && *name == operation);
    let known = exact.or_else(|| of_module().find(|(_, name, _)| name.is_none()));
    let names = known.map_or(&[][..], |(_, _, names)| *names).iter();
    let mut principals: Vec<_> = names
        .clone()
        .map(|name| format!("{name}.amazonaws.com"))
        .collect();
    // In China, services have one of two names.
    if arn.starts_with("arn:aws-cn:") {
        principals.extend(names.map(|name| format!("{name}.amazonaws.com.cn")));
    }
    principals
}

pub(super) fn is_pass_role(action: &str) -> bool {
    action.eq_ignore_ascii_case(PASS_ROLE)
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
        let of = |module, operation| principals(Some(module), Some(operation), arn).join(" ");
        for (module, operation, expected) in [
            ("lambda", "CreateFunction", "lambda.amazonaws.com"),
            (
                "ecs",
                "RunTask",
                "ecs-tasks.amazonaws.com ecs.amazonaws.com",
            ),
            (
                "stepfunctions",
                "CreateStateMachine",
                "states.amazonaws.com",
            ),
            ("iam", "AddRoleToInstanceProfile", "ec2.amazonaws.com"),
            ("ec2", "RequestSpotFleet", "spotfleet.amazonaws.com"),
            ("s3control", "CreateJob", "batchoperations.s3.amazonaws.com"),
            (
                "mwaa",
                "CreateEnvironment",
                "airflow.amazonaws.com airflow-env.amazonaws.com",
            ),
            ("iam", "CreateRole", ""),
            ("s3control", "Other", ""),
            ("x", "Y", ""),
        ] {
            assert_eq!(of(module, operation), expected, "{module} {operation}");
        }
        assert_eq!(
            principals(Some("ec2"), None, "arn:aws-cn:iam::123456789012:role/r"),
            ["ec2.amazonaws.com", "ec2.amazonaws.com.cn"]
        );
        assert!(principals(None, None, arn).is_empty());
    }

    #[test]
    fn each_module_and_operation_of_the_table_exists() {
        for (name, operation, _) in PRINCIPALS {
            let module = module(name).expect(name);
            let is_there = |operation: &str| module.names().any(|one| one == operation);
            assert!(operation.is_none_or(is_there), "{name} {operation:?}");
        }
    }
}
