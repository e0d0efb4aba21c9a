//! The resources that a call is about, as ARNs, as far as the request says it.
//!
//! Services that are called most have rules of their own. Of all others, the ARNs that are in the
//! request itself are taken.

mod members;
mod place;
mod s3;

use std::borrow::Cow;

use self::members::Members;
pub(crate) use self::place::Place;
use self::place::{decoded, is_arn};
use super::operation::Operation;
use super::request::Request;
use crate::json;

/// A call can be about a thousand things. This many are named.
const MOST: usize = 100;

/// The longest ARN is a key of S3's.
const LONGEST: usize = 1200;

/// The ARNs of what the call is about, each once. None where the request does not say it.
pub(crate) fn of(operation: &Operation, request: &Request<'_>, place: &Place<'_>) -> Vec<String> {
    let members = Members::of(operation, request);
    let found = match operation.module.name {
        "s3" => s3::resources(operation, request, place),
        "dynamodb" => dynamodb(request, &members, place),
        "dynamodbstreams" => dynamodb_streams(&members, place),
        "sqs" => sqs(request, &members, place),
        "sns" => sns(operation, &members, place),
        "ssm" => ssm(operation, &members, place),
        "secretsmanager" => secrets(operation, &members, place),
        "kms" => kms(operation, &members, place),
        "lambda" => lambda(request, place),
        "logs" => logs(&members, place),
        "ecr" => ecr(&members, place),
        "iam" => iam(operation, &members, place),
        _ => named(request, &members),
    };
    let mut each = Vec::new();
    for arn in found {
        let arn = visible(arn);
        let is_sound = arn.len() <= LONGEST;
        if is_sound && !each.contains(&arn) {
            each.push(arn);
        }
        if each.len() == MOST {
            break;
        }
    }
    each
}

/// Letters that would not be seen, or that would turn others around, are `?`, which stands for any in a
/// policy.
fn visible(arn: String) -> String {
    let is_hidden = |letter: char| {
        letter.is_control()
            || matches!(letter, '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}')
    };
    match arn.contains(is_hidden) {
        true => arn.replace(is_hidden, "?"),
        false => arn,
    }
}

/// ARNs in members that are called so, and in the path.
fn named(request: &Request<'_>, members: &Members) -> Vec<String> {
    let called = members.called(|name| {
        let name = name.to_ascii_lowercase();
        name.ends_with("arn") || name.ends_with("arns")
    });
    let called = called.filter(|text| is_arn(text)).map(ToOwned::to_owned);
    let segments = request.segments().map(decoded);
    let in_path = segments.filter(|text| is_arn(text)).map(Cow::into_owned);
    called.chain(in_path).collect()
}

fn dynamodb(request: &Request<'_>, members: &Members, place: &Place<'_>) -> Vec<String> {
    let table = |name: &str| place.arn_or("dynamodb", "table/", name);
    let mut found: Vec<_> = members
        .all(&["TableName", "SourceTableName", "TargetTableName"])
        .map(table)
        .collect();
    if let (Some(index), Some(table)) = (members.first("IndexName"), found.first_mut()) {
        *table = format!("{table}/index/{index}");
    }
    let arns = ["TableArn", "SourceTableArn", "ResourceArn", "BackupArn"];
    found.extend(members.all(&arns).map(ToOwned::to_owned));
    let tables = tables_of_batch(request.body).unwrap_or_default();
    found.extend(tables.iter().map(|name| table(name)));
    found
}

/// The tables of BatchGetItem, BatchWriteItem and of transactions.
fn tables_of_batch(body: Option<&[u8]>) -> Option<Vec<String>> {
    let text = std::str::from_utf8(body?).ok()?;
    let mut tables = Vec::new();
    for (name, value) in json::members(text)? {
        match name.as_str() {
            "RequestItems" => {
                tables.extend(json::members(value)?.into_iter().map(|(name, _)| name));
            }
            "TransactItems" => {
                for item in json::elements(value)? {
                    for (_, action) in json::members(item)? {
                        let members = json::members(action)?.into_iter();
                        let names = members.filter(|(name, _)| name == "TableName");
                        let names = names.filter_map(|(_, value)| json::string(value));
                        tables.extend(names.map(Cow::into_owned));
                    }
                }
            }
            _ => {}
        }
    }
    Some(tables)
}

fn dynamodb_streams(members: &Members, place: &Place<'_>) -> Vec<String> {
    let streams = members.all(&["StreamArn"]).map(ToOwned::to_owned);
    let tables = members.all(&["TableName"]);
    let tables = tables.map(|name| place.arn_or("dynamodb", "table/", name) + "/stream/*");
    streams.chain(tables).collect()
}

/// A queue's URL ends in its account and its name. Older SDKs send to that path.
fn sqs(request: &Request<'_>, members: &Members, place: &Place<'_>) -> Vec<String> {
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
        found.extend(of_path(request.path));
    }
    found
}

fn sns(operation: &Operation, members: &Members, place: &Place<'_>) -> Vec<String> {
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

fn ssm(operation: &Operation, members: &Members, place: &Place<'_>) -> Vec<String> {
    if !operation.name().contains("Parameter") {
        return members.called_arns();
    }
    let parameter = |name: &str| {
        if is_arn(name) {
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
fn secrets(operation: &Operation, members: &Members, place: &Place<'_>) -> Vec<String> {
    let names: &[&str] = match operation.name() {
        "CreateSecret" => &["Name"],
        _ => &["SecretId", "SecretIdList"],
    };
    let secret = |name: &str| match is_arn(name) {
        true => name.to_owned(),
        false => place.arn("secretsmanager", &format!("secret:{name}-??????")),
    };
    members.all(names).map(secret).collect()
}

/// The key behind an alias is not in the request.
fn kms(operation: &Operation, members: &Members, place: &Place<'_>) -> Vec<String> {
    let is_alias = |name: &str| name.starts_with("alias/") || name.contains(":alias/");
    let names = ["KeyId", "SourceKeyId", "DestinationKeyId", "TargetKeyId"];
    let keys = members.all(&names).filter(|name| !is_alias(name));
    let keys = keys.map(|name| place.arn_or("kms", "key/", name));
    let is_about_aliases = operation.name().ends_with("Alias");
    let aliases = members.all(&["AliasName"]).filter(|_| is_about_aliases);
    let aliases = aliases.map(|name| place.arn("kms", name));
    keys.chain(aliases).collect()
}

/// `/2015-03-31/functions/NAME/…`. The label is a name, `ACCOUNT:function:NAME` or an ARN; a version
/// or an alias may follow, or be in the query.
fn lambda(request: &Request<'_>, place: &Place<'_>) -> Vec<String> {
    let mut segments = request.segments().map(decoded).skip(1);
    let (kind, label) = (segments.next(), segments.next());
    let (Some(kind), Some(label)) = (kind, label) else {
        return Vec::new();
    };
    let arn = match (kind.as_ref(), label.as_ref()) {
        (_, label) if is_arn(label) => label.to_owned(),
        ("functions", label) => match label.split_once(":function:") {
            Some((account, name)) => {
                place.arn_of(Some(account), "lambda", &format!("function:{name}"))
            }
            None => place.arn("lambda", &format!("function:{label}")),
        },
        ("layers", label) => place.arn("lambda", &format!("layer:{label}")),
        ("event-source-mappings", label) => {
            place.arn("lambda", &format!("event-source-mapping:{label}"))
        }
        _ => return Vec::new(),
    };
    let qualifier = request.query.iter().find(|(name, _)| name == "Qualifier");
    let arn = match qualifier {
        Some((_, qualifier)) => format!("{arn}:{qualifier}"),
        None => arn,
    };
    vec![arn]
}

fn logs(members: &Members, place: &Place<'_>) -> Vec<String> {
    let groups = [
        "logGroupName",
        "logGroupNames",
        "logGroupIdentifier",
        "logGroupIdentifiers",
    ];
    let mut found: Vec<_> = members
        .all(&groups)
        .map(|name| place.arn_or("logs", "log-group:", name))
        .collect();
    if let ([group], Some(stream)) = (&mut found[..], members.first("logStreamName")) {
        *group = format!("{}:log-stream:{stream}", group.trim_end_matches(":*"));
    }
    found.extend(members.all(&["resourceArn"]).map(ToOwned::to_owned));
    found
}

fn ecr(members: &Members, place: &Place<'_>) -> Vec<String> {
    let account = members.first("registryId").or(place.account);
    let repositories = members.all(&["repositoryName", "repositoryNames"]);
    let repositories =
        repositories.map(|name| place.arn_of(account, "ecr", &format!("repository/{name}")));
    let arns = members.all(&["resourceArn"]).map(ToOwned::to_owned);
    repositories.chain(arns).collect()
}

/// What a call changes comes first: a role, to which a policy is attached. The path in its ARN is only
/// in the request that creates it.
fn iam(operation: &Operation, members: &Members, place: &Place<'_>) -> Vec<String> {
    let creates = operation.name().starts_with("Create");
    let path = match (creates, members.first("Path")) {
        (true, path) => path.unwrap_or("/"),
        (false, _) => "/*",
    };
    let kinds = [
        ("InstanceProfileName", "instance-profile"),
        ("RoleName", "role"),
        ("UserName", "user"),
        ("GroupName", "group"),
    ];
    for (member, kind) in kinds {
        if let Some(name) = members.first(member) {
            // Only the thing itself is created at the path, and not a key of it.
            let is_itself =
                operation.name().to_ascii_lowercase() == format!("create{}", kind.replace('-', ""));
            let path = if is_itself { path } else { "/*" };
            return vec![place.arn("iam", &format!("{kind}{path}{name}"))];
        }
    }
    match (operation.name(), members.first("PolicyName")) {
        ("CreatePolicy", Some(name)) => vec![place.arn("iam", &format!("policy{path}{name}"))],
        _ => members.called_arns(),
    }
}

#[cfg(test)]
mod tests;
