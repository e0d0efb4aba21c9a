//! What becomes of the answer to an operation, where the answer can have keys or tokens in it.
//!
//! Keys of AWS are kept back: temporary ones are replaced, and others are refused. What opens
//! something else, as a database or a registry, passes with a notice. Contents pass: who may read
//! them is for the lists to say, and so is what a role may do to give others rights.

use crate::iam::action::Action;
use crate::iam::lists::Lists;
use crate::iam::module::{Module, signed_as};
use crate::iam::operation::Operation;
use crate::iam::request::Request;

/// What is done with an answer, the least first. Of a call that can be several operations, the most is
/// done.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Treatment {
    Pass,
    /// It has a real token or password for something of the account, not for AWS's API.
    PassWithNotice,
    /// It has what opens AWS itself, outlives the run, and cannot be replaced. Such a call is only
    /// sent where [`is_named`].
    RefuseUnlessNamed,
    /// [`crate::keyless::queue_url`] rewrites it.
    QueueUrls,
    /// [`super::endpoints`] rewrites it.
    DescribeEndpoints,
    /// It has a temporary set: [`super::sets`] keeps it and puts another in its place.
    Replace,
}

impl Treatment {
    /// Whether the body is read, so that it must not be compressed.
    pub(crate) fn reads_body(self) -> bool {
        matches!(
            self,
            Self::QueueUrls | Self::DescribeEndpoints | Self::Replace
        )
    }
}

use Treatment::{DescribeEndpoints, PassWithNotice, QueueUrls, RefuseUnlessNamed, Replace};

/// Module, operations with blanks between them, treatment. Found by going through the answers of all
/// operations of botocore 1.44.8 for members with names of keys, tokens, passwords and private keys.
#[rustfmt::skip]
const TABLE: &[(&str, &str, Treatment)] = &[
    // Temporary sets.
    ("account-access-runtime", "GetRoleCredentials", Replace),
    ("cloudwatchomni", "GetSpaceCredentialsForOrganization GetSpaceDataAccess", Replace),
    ("codepipeline", "GetJobDetails GetThirdPartyJobDetails PollForJobs", Replace),
    ("cognito-identity", "GetCredentialsForIdentity", Replace),
    ("datazone", "GetConnection GetEnvironmentCredentials", Replace),
    ("deadline", "AssumeFleetRoleForRead AssumeFleetRoleForWorker AssumeQueueRoleForRead AssumeQueueRoleForUser AssumeQueueRoleForWorker", Replace),
    ("eks-auth", "AssumeRoleForPodIdentity", Replace),
    ("gamelift", "CreateBuild GetComputeAccess RequestUploadCredentials", Replace),
    ("lakeformation", "AssumeDecoratedRoleWithSAML GetTemporaryDataLocationCredentials GetTemporaryGlueFunctionCredentials GetTemporaryGluePartitionCredentials GetTemporaryGlueTableCredentials", Replace),
    ("s3", "CreateSession", Replace),
    ("s3control", "GetDataAccess", Replace),
    ("ssm", "GetAccessToken", Replace),
    ("sso", "GetRoleCredentials", Replace),
    ("sts", "AssumeRole AssumeRoleWithSAML AssumeRoleWithWebIdentity AssumeRoot GetDelegatedAccessToken GetFederationToken GetScopedCredentials GetSessionToken", Replace),

    // Keys of users, without an end.
    ("iam", "CreateAccessKey CreateServiceSpecificCredential ResetServiceSpecificCredential", RefuseUnlessNamed),
    ("lightsail", "CreateBucketAccessKey", RefuseUnlessNamed),
    // Tokens that AssumeRoleWithWebIdentity takes from anybody, without a signature.
    ("cognito-identity", "GetOpenIdToken GetOpenIdTokenForDeveloperIdentity", RefuseUnlessNamed),
    ("license-manager", "CreateToken GetAccessToken", RefuseUnlessNamed),
    // Tokens for which IAM Identity Center and `aws login` give keys, and that refresh themselves.
    ("signin", "CreateBearerToken CreateOAuth2Token CreateOAuth2TokenWithIAM CreateOAuth2TokenWithTokenExchange", RefuseUnlessNamed),
    ("sso-oidc", "CreateToken CreateTokenWithIAM", RefuseUnlessNamed),
    ("codecatalyst", "CreateAccessToken", RefuseUnlessNamed),
    // Codes and private keys with which any machine becomes one with a role.
    ("eks", "RegisterCluster", RefuseUnlessNamed),
    ("iot", "CreateKeysAndCertificate CreateProvisioningClaim", RefuseUnlessNamed),
    ("iot-managed-integrations", "CreateProvisioningProfile", RefuseUnlessNamed),
    ("ssm", "CreateActivation", RefuseUnlessNamed),
    // A link to the console as a role.
    ("datazone", "GetIamPortalLoginUrl", RefuseUnlessNamed),

    // Registries and repositories.
    ("codeartifact", "GetAuthorizationToken", PassWithNotice),
    ("ecr", "GetAuthorizationToken", PassWithNotice),
    ("ecr-public", "GetAuthorizationToken", PassWithNotice),
    ("lightsail", "CreateContainerServiceRegistryLogin", PassWithNotice),
    // Databases.
    ("lightsail", "GetRelationalDatabaseMasterUserPassword", PassWithNotice),
    ("redshift", "GetClusterCredentials GetClusterCredentialsWithIAM GetIdentityCenterAuthToken", PassWithNotice),
    ("redshift-serverless", "GetCredentials GetIdentityCenterAuthToken", PassWithNotice),
    // Notebooks, clusters and their consoles.
    ("athena", "CreatePresignedNotebookUrl GetSessionEndpoint", PassWithNotice),
    ("emr", "GetClusterSessionCredentials GetOnClusterAppUIPresignedURL GetPersistentAppUIPresignedURL GetSessionEndpoint", PassWithNotice),
    ("emr-containers", "GetManagedEndpointSessionCredentials", PassWithNotice),
    ("emr-serverless", "GetSessionEndpoint", PassWithNotice),
    ("glue", "GetSessionEndpoint", PassWithNotice),
    ("grafana", "CreateWorkspaceApiKey CreateWorkspaceServiceAccountToken", PassWithNotice),
    ("mwaa", "CreateCliToken CreateWebLoginToken", PassWithNotice),
    ("sagemaker", "CreatePartnerAppPresignedUrl CreatePresignedDomainUrl CreatePresignedMlflowAppUrl CreatePresignedMlflowTrackingServerUrl CreatePresignedNotebookInstanceUrl StartSession", PassWithNotice),
    // Shells, and keys of machines.
    ("codebuild", "StartSandboxConnection", PassWithNotice),
    ("codecatalyst", "StartDevEnvironmentSession", PassWithNotice),
    ("ec2", "CreateKeyPair", PassWithNotice),
    ("ecs", "ExecuteCommand", PassWithNotice),
    ("gamelift", "GetComputeAuthToken GetInstanceAccess", PassWithNotice),
    ("gameliftstreams", "CreateStreamSessionAdminShell", PassWithNotice),
    ("iotsecuretunneling", "OpenTunnel RotateTunnelAccessToken", PassWithNotice),
    ("lambda-microvms", "CreateMicrovmAuthToken CreateMicrovmShellAuthToken", PassWithNotice),
    ("lightsail", "CreateKeyPair DownloadDefaultKeyPair GetInstanceAccessDetails", PassWithNotice),
    ("ssm", "ResumeSession StartSession", PassWithNotice),
    // Identities for other systems, and private keys.
    ("acm", "ExportCertificate GetAcmeExternalAccountBindingCredentials", PassWithNotice),
    ("bedrock-agentcore", "GetResourceApiKey GetResourceOauth2Token GetResourcePaymentToken GetWorkloadAccessToken GetWorkloadAccessTokenForJWT GetWorkloadAccessTokenForUserId", PassWithNotice),
    ("connect", "GetFederationToken", PassWithNotice),
    ("iam", "CreateVirtualMFADevice", PassWithNotice),
    ("location", "CreateKey DescribeKey", PassWithNotice),
    ("pca-connector-scep", "CreateChallenge GetChallengePassword", PassWithNotice),
    ("sts", "GetWebIdentityToken", PassWithNotice),
    ("workmail", "AssumeImpersonationRole", PassWithNotice),

    // Addresses that a client would go to, past the proxy.
    ("sqs", "CreateQueue GetQueueUrl ListDeadLetterSourceQueues ListQueues", QueueUrls),
    ("dynamodb", "DescribeEndpoints", DescribeEndpoints),
    ("mediaconvert", "DescribeEndpoints", DescribeEndpoints),
    ("timestream-query", "DescribeEndpoints", DescribeEndpoints),
    ("timestream-write", "DescribeEndpoints", DescribeEndpoints),
];

/// What is done with the operation's answer.
pub(crate) fn treatment(operation: &Operation) -> Treatment {
    let of_module = TABLE
        .iter()
        .filter(|(module, _, _)| *module == operation.module.name);
    let mut found = of_module
        .filter(|(_, names, _)| names.split(' ').any(|name| name == operation.name()))
        .map(|(_, _, treatment)| *treatment);
    found.next().unwrap_or(Treatment::Pass)
}

/// Whether a call that no table has can be one whose answer has keys of AWS: one that is written in
/// another form, or is newer than the tables.
pub(crate) fn may_give_keys(module: &Module, request: &Request<'_>) -> bool {
    if module.name == "s3" {
        // Of CreateSession. S3 learns much else.
        return request.has_in_query("session");
    }
    let gives_keys = |name: &str| {
        let mut of_module = TABLE.iter().filter(|(module, _, _)| *module == name);
        of_module.any(|(_, _, treatment)| matches!(treatment, Replace | RefuseUnlessNamed))
    };
    let alike = signed_as(module.signing_name);
    alike.iter().any(|one| gives_keys(one.name))
}

/// Whether patterns of `--allow` name these very actions, without a wildcard.
pub(crate) fn is_named(lists: &Lists, actions: &[Action]) -> bool {
    let is_named = |action: &Action| lists.allow.iter().any(|one| one.is_exactly(*action));
    !actions.is_empty() && actions.iter().all(is_named)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::iam::module::{module, modules};
    use crate::iam::pattern::Pattern;

    fn operations() -> impl Iterator<Item = (Operation, Treatment)> {
        TABLE.iter().flat_map(|(module, names, treatment)| {
            names
                .split(' ')
                .map(|name| (Operation::named(module, name), *treatment))
        })
    }

    #[test]
    fn each_operation_exists_and_is_in_the_table_once() {
        let mut seen = Vec::new();
        for (operation, treatment) in operations() {
            let name = (operation.module.name, operation.name());
            assert!(!seen.contains(&name), "{name:?}");
            seen.push(name);
            assert_eq!(super::treatment(&operation), treatment, "{name:?}");
        }
    }

    #[test]
    fn an_operation_that_is_not_in_the_table_passes() {
        for (module, name) in [
            ("s3", "GetObject"),
            ("secretsmanager", "GetSecretValue"),
            ("waf", "GetChangeToken"),
            ("dms", "DescribeEndpoints"),
            ("iam", "ListAccessKeys"),
        ] {
            assert_eq!(treatment(&Operation::named(module, name)), Treatment::Pass);
        }
    }

    #[test]
    fn a_call_that_no_table_has_can_get_keys_where_others_do() {
        let may = |name: &str, target: &str| {
            let headers = http::HeaderMap::new();
            let request = Request::new("GET", target, &headers, None, None).expect("a request");
            may_give_keys(module(name).expect("a module"), &request)
        };
        for name in ["sts", "iam", "cognito-identity", "ssm", "s3control"] {
            assert!(may(name, "/"), "{name}");
        }
        for name in ["s3", "dynamodb", "kms"] {
            assert!(!may(name, "/bucket?acl"), "{name}");
        }
        assert!(may("s3", "/bucket/key?Session"));
    }

    #[test]
    fn what_sounds_like_an_answer_with_keys_has_been_decided_on() {
        const VERBS: [&str; 4] = ["Get", "Assume", "Create", "Request"];
        const NOUNS: [&str; 4] = [
            "Credentials",
            "AccessKey",
            "AuthToken",
            "AuthorizationToken",
        ];
        let mut passing = Vec::new();
        for module in modules() {
            let names = module.names().filter(|name| {
                let sounds = |nouns: &[&str]| nouns.iter().any(|noun| name.ends_with(noun));
                VERBS.iter().any(|verb| name.starts_with(verb)) && sounds(&NOUNS)
                    || name.starts_with("AssumeRole")
            });
            for name in names {
                let operation = Operation::named(module.name, name);
                if treatment(&operation) == Treatment::Pass {
                    passing.push(format!("{}.{name}", module.name));
                }
            }
        }
        assert!(
            passing.is_empty(),
            "{passing:?} are new: what do they answer with?"
        );
    }

    fn lists(allow: &str) -> Lists {
        let allow = allow.split_whitespace();
        Lists {
            allow: allow.map(|text| text.parse().expect(text)).collect(),
            deny: Vec::new(),
        }
    }

    #[test]
    fn only_a_pattern_without_a_wildcard_names_an_action() {
        let create = Action {
            service: "iam",
            name: "CreateAccessKey",
        };
        assert!(is_named(&lists("iam:CreateAccessKey"), &[create]));
        assert!(is_named(&lists("s3:* IAM:createaccesskey"), &[create]));
        for allow in [
            "",
            "*",
            "iam:*",
            "iam:CreateAccessKe?",
            "iam:CreateUser",
            "read-only",
        ] {
            assert!(!is_named(&lists(allow), &[create]), "{allow}");
        }
        assert!(!is_named(&lists("iam:CreateAccessKey"), &[]));
        let user = Action {
            name: "CreateUser",
            ..create
        };
        assert!(!is_named(&lists("iam:CreateAccessKey"), &[create, user]));
    }

    #[test]
    fn what_is_refused_can_be_named() {
        for (operation, treatment) in operations() {
            if treatment != Treatment::RefuseUnlessNamed {
                continue;
            }
            let text = format!("{}:{}", operation.module.service, operation.name());
            let pattern = text.parse::<Pattern>();
            assert!(pattern.is_ok(), "{text}: {pattern:?}");
            assert!(module(operation.module.name).is_some());
        }
    }
}
