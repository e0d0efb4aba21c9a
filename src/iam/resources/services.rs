//! Services with rules of their own.

use super::members::Members;
use crate::iam::literal::literal;
use crate::iam::operation::Operation;
use crate::iam::place::{self, Place, begins_as_arn};
use crate::iam::request::Request;

/// A queue's URL ends in its account and its name. Older SDKs send to that path.
pub(super) fn sqs(request: &Request<'_>, members: &Members, place: &Place<'_>) -> Vec<String> {
    let of_path = |path: &str| {
        let mut parts = path.trim_end_matches('/').rsplit('/');
        let (name, account) = (parts.next()?, parts.next()?);
        (!name.is_empty()).then(|| place.arn_of(Some(account), "sqs", name))
    };
    let mut found: Vec<_> = members.all(&["QueueUrl"]).filter_map(of_path).collect();
    let owner = members.first("QueueOwnerAWSAccountId").or(place.account);
    found.extend(
        members
            .all(&["QueueName"])
            .map(|name| place.arn_of(owner, "sqs", name)),
    );
    found.extend(
        members
            .all(&["SourceArn", "DestinationArn"])
            .map(ToOwned::to_owned),
    );
    if found.is_empty() && request.path.len() > 1 {
        found.extend(of_path(&literal(request.path)));
    }
    found
}

pub(super) fn sns(operation: &Operation, members: &Members, place: &Place<'_>) -> Vec<String> {
    if operation.name() == "CreateTopic" {
        let names = members.all(&["Name"]);
        return names.map(|name| place.arn("sns", name)).collect();
    }
    // A subscription's permissions are its topic's.
    let topic_of = |arn: &str| arn.rsplit_once(':').map(|(topic, _)| topic.to_owned());
    let subscriptions = members.all(&["SubscriptionArn"]).filter_map(topic_of);
    let arns = [
        "TopicArn",
        "TargetArn",
        "ResourceArn",
        "PlatformApplicationArn",
        "EndpointArn",
    ];
    let arns = members.all(&arns).map(ToOwned::to_owned);
    arns.chain(subscriptions).collect()
}

pub(super) fn ssm(operation: &Operation, members: &Members, place: &Place<'_>) -> Vec<String> {
    if !operation.name().contains("Parameter") {
        return Vec::new();
    }
    let parameter = |name: &str| {
        if begins_as_arn(name) {
            return name.to_owned();
        }
        // A version or a label may follow.
        let name = name.split(':').next().unwrap_or(name);
        let name = name.strip_prefix('/').unwrap_or(name);
        place.arn("ssm", &format!("parameter/{name}"))
    };
    members
        .all(&["Name", "Names", "Path"])
        .map(parameter)
        .collect()
}

/// Secrets Manager puts six letters behind a name.
pub(super) fn secrets(operation: &Operation, members: &Members, place: &Place<'_>) -> Vec<String> {
    let names: &[&str] = match operation.name() {
        "CreateSecret" => &["Name"],
        _ => &["SecretId", "SecretIdList"],
    };
    let secret = |name: &str| match begins_as_arn(name) {
        true => of_arn(name),
        false => vec![place.arn("secretsmanager", &format!("secret:{name}-??????"))],
    };
    members.all(names).flat_map(secret).collect()
}

/// An ARN may be without the six letters. Those are seldom a word, as which a name may end.
fn of_arn(arn: &str) -> Vec<String> {
    let whole = || arn.to_owned();
    let part = || format!("{arn}-??????");
    let letters = arn.rsplit_once('-').map(|(_, letters)| letters);
    let is_six = |letters: &&str| {
        letters.len() == 6 && letters.bytes().all(|byte| byte.is_ascii_alphanumeric())
    };
    match letters.filter(is_six) {
        None => vec![part()],
        Some(letters) if letters.bytes().all(|byte| byte.is_ascii_lowercase()) => {
            vec![whole(), part()]
        }
        Some(_) => vec![whole()],
    }
}

/// The key behind an alias is not in the request: [`key_alias`].
pub(super) fn kms(
    operation: &Operation,
    members: &Members,
    place: &Place<'_>,
    action: &str,
) -> Vec<String> {
    let is_alias = |name: &str| name.starts_with("alias/");
    let keys = members
        .all(key_ids(action))
        .map(|name| match name.split_once(":alias/") {
            Some((start, _)) => format!("{start}:key/*"),
            None if is_alias(name) => place.arn("kms", "key/*"),
            None => place.arn_or("kms", "key/", name),
        });
    let is_about_aliases = operation.name().ends_with("Alias");
    let aliases = members.all(&["AliasName"]).filter(|_| is_about_aliases);
    let aliases = aliases.map(|name| place.arn("kms", name));
    // AWS asks for the right on the key that it was for as well.
    let of_alias = ["DeleteAlias", "UpdateAlias"].contains(&action);
    let of_alias = of_alias.then(|| place.arn("kms", "key/*"));
    keys.chain(aliases).chain(of_alias).collect()
}

/// The alias that a request has in the place of a key: what `kms:RequestAlias` is for it, without the
/// ARN around. None where KMS has no alias like that.
pub(super) fn key_alias(members: &Members, action: &str) -> Option<String> {
    const LONGEST: usize = 250;
    let id = members.all(key_ids(action)).next()?;
    let name = match id.split_once(":alias/") {
        Some((_, name)) if begins_as_arn(id) => name,
        _ => id.strip_prefix("alias/")?,
    };
    let is_of_names = |byte: u8| byte.is_ascii_alphanumeric() || b"/_-".contains(&byte);
    let is_name = (1..=LONGEST).contains(&name.len()) && name.bytes().all(is_of_names);
    is_name.then(|| format!("alias/{name}"))
}

/// The members that say for which key the action is.
fn key_ids(action: &str) -> &'static [&'static str] {
    match action {
        "ReEncryptFrom" => &["SourceKeyId"],
        "ReEncryptTo" => &["DestinationKeyId"],
        _ => &["KeyId", "TargetKeyId"],
    }
}

/// `/2015-03-31/functions/NAME/…`. The label is a name, `ACCOUNT:function:NAME` or an ARN; a version
/// or an alias may follow, or be in the query.
pub(super) fn lambda(request: &Request<'_>, place: &Place<'_>) -> Vec<String> {
    let mut segments = request.segments().map(place::name).skip(1);
    let (kind, label) = (segments.next(), segments.next());
    let (Some(kind), Some(label)) = (kind, label) else {
        return Vec::new();
    };
    let arn = match (kind.as_ref(), label.as_ref()) {
        (_, label) if begins_as_arn(label) => label.to_owned(),
        ("functions", label) => match label.split_once(":function:") {
            Some((account, name)) => {
                place.arn_of(Some(account), "lambda", &format!("function:{name}"))
            }
            None => place.arn("lambda", &format!("function:{label}")),
        },
        ("layers", label) => {
            let version = segments.nth(1).map(|version| format!(":{version}"));
            place.arn(
                "lambda",
                &format!("layer:{label}{}", version.unwrap_or_default()),
            )
        }
        ("event-source-mappings", label) => {
            place.arn("lambda", &format!("event-source-mapping:{label}"))
        }
        _ => return Vec::new(),
    };
    let qualifier = request.query.iter().find(|(name, _)| name == "Qualifier");
    let arn = match qualifier {
        Some((_, qualifier)) => format!("{arn}:{}", literal(qualifier)),
        None => arn,
    };
    vec![arn]
}

/// AWS compares what is done to a group with `log-group:NAME:log-stream:`, so that a statement must
/// have something behind the name. Only tags are on the group as it is.
pub(super) fn logs(operation: &Operation, members: &Members, place: &Place<'_>) -> Vec<String> {
    let groups = [
        "logGroupName",
        "logGroupNames",
        "logGroupIdentifier",
        "logGroupIdentifiers",
    ];
    let group = |name: &str| {
        let arn = place.arn_or("logs", "log-group:", name);
        // Logs writes a group's ARN so.
        arn.trim_end_matches(":${*}").to_owned()
    };
    let groups = members.all(&groups).map(group);
    let stream = members.first("logStreamName");
    let is_on_streams = operation.name() != "FilterLogEvents";
    let mut found: Vec<_> = groups
        .map(|group| match stream.filter(|_| is_on_streams) {
            Some(stream) => format!("{group}:log-stream:{stream}"),
            None => format!("{group}:*"),
        })
        .collect();
    found.extend(members.all(&["resourceArn"]).map(ToOwned::to_owned));
    found
}

pub(super) fn ecr(members: &Members, place: &Place<'_>) -> Vec<String> {
    let account = members.first("registryId").or(place.account);
    let repositories = members.all(&["repositoryName", "repositoryNames"]);
    let repositories =
        repositories.map(|name| place.arn_of(account, "ecr", &format!("repository/{name}")));
    let arns = members.all(&["resourceArn"]).map(ToOwned::to_owned);
    repositories.chain(arns).collect()
}

/// What a call changes comes first: a role, to which a policy is attached. The path in its ARN is only
/// in the request that creates it.
pub(super) fn iam(operation: &Operation, members: &Members, place: &Place<'_>) -> Vec<String> {
    let kinds = [
        ("InstanceProfileName", "instance-profile"),
        ("RoleName", "role"),
        ("UserName", "user"),
        ("GroupName", "group"),
    ];
    let created = |kind: &str, name: &str| {
        let path = members.first("Path").unwrap_or("/");
        vec![place.arn("iam", &format!("{kind}{path}{name}"))]
    };
    for (member, kind) in kinds {
        if let Some(name) = members.first(member) {
            // Only the thing itself is created at the path, and not a key of it.
            let is_itself =
                operation.name().to_ascii_lowercase() == format!("create{}", kind.replace('-', ""));
            return match is_itself {
                true => created(kind, name),
                false => place.iam_arns(kind, name),
            };
        }
    }
    match (operation.name(), members.first("PolicyName")) {
        ("CreatePolicy", Some(name)) => created("policy", name),
        _ => members.called_arns(),
    }
}

/// The path of the call is the resource, without the version of the interface.
pub(super) fn api_gateway(request: &Request<'_>, place: &Place<'_>) -> Vec<String> {
    let path = place::name(request.path);
    let without_version = path
        .strip_prefix("/v2")
        .filter(|rest| rest.starts_with('/'));
    vec![place.arn_of(Some(""), "apigateway", without_version.unwrap_or(&path))]
}

/// What an ID starts with says what it is of.
const IDS: [(&str, &str); 33] = [
    ("acl", "network-acl"),
    ("ami", "image"),
    ("cagw", "carrier-gateway"),
    ("cgw", "customer-gateway"),
    ("cr", "capacity-reservation"),
    ("dopt", "dhcp-options"),
    ("eigw", "egress-only-internet-gateway"),
    ("eipalloc", "elastic-ip"),
    ("eni", "network-interface"),
    ("fl", "vpc-flow-log"),
    ("fleet", "fleet"),
    ("h", "dedicated-host"),
    ("i", "instance"),
    ("igw", "internet-gateway"),
    ("key", "key-pair"),
    ("lt", "launch-template"),
    ("nat", "natgateway"),
    ("pcx", "vpc-peering-connection"),
    ("pg", "placement-group"),
    ("pl", "prefix-list"),
    ("rtb", "route-table"),
    ("sg", "security-group"),
    ("sgr", "security-group-rule"),
    ("sir", "spot-instances-request"),
    ("snap", "snapshot"),
    ("subnet", "subnet"),
    ("tgw", "transit-gateway"),
    ("tgw-attach", "transit-gateway-attachment"),
    ("tgw-rtb", "transit-gateway-route-table"),
    ("vgw", "vpn-gateway"),
    ("vol", "volume"),
    ("vpc", "vpc"),
    ("vpce", "vpc-endpoint"),
];

/// CreateTags and DeleteTags take IDs of all types.
pub(super) fn ec2_tags(operation: &Operation, members: &Members, place: &Place<'_>) -> Vec<String> {
    if !["CreateTags", "DeleteTags"].contains(&operation.name()) {
        return Vec::new();
    }
    let arn = |id: &str| {
        let (start, _) = id.rsplit_once('-')?;
        let (_, kind) = IDS.iter().find(|(one, _)| *one == start)?;
        let account = match *kind {
            "image" | "snapshot" => Some(""),
            _ => place.account,
        };
        Some(place.arn_of(account, "ec2", &format!("{kind}/{id}")))
    };
    let found: Option<Vec<_>> = members.all(&["ResourceId"]).map(arn).collect();
    found.unwrap_or_default()
}

/// Events without a bus go to the one that each account has.
pub(super) fn events(operation: &Operation, members: &Members, place: &Place<'_>) -> Vec<String> {
    if operation.name() != "PutEvents" {
        return Vec::new();
    }
    let mut found: Vec<_> = members
        .all(&["Entries.EventBusName"])
        .map(|name| place.arn_or("events", "event-bus/", name))
        .collect();
    let entries = members.all(&["Entries.Source"]).count();
    if found.len() < entries {
        found.push(place.arn("events", "event-bus/default"));
    }
    found
}
