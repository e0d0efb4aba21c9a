//! Requests that carry the name of their operation: JSON, CBOR, and `Action`.
//!
//! A service may take several of these. A request that could be read by two of them is refused.

use crate::iam::module::{Module, Protocol};
use crate::iam::operation::Operation;
use crate::iam::refusal::Refusal;
use crate::iam::request::{Request, once};

const TARGET: &str = "x-amz-target";
const CBOR: &str = "smithy-protocol";

/// The operations that the request names; none where it is for method and path to say.
pub(super) fn find(
    request: &Request<'_>,
    modules: &[&'static Module],
) -> Result<Option<Vec<Operation>>, Refusal> {
    let target = request.header(TARGET)?;
    let cbor = request.header(CBOR)?;
    let action = action(request, modules)?;
    match (target, cbor, action) {
        (None, None, None) => Ok(None),
        (Some(target), None, None) => by_target(request, target, modules).map(Some),
        (None, Some(protocol), None) => by_path(request, protocol, modules).map(Some),
        (None, None, Some(action)) => Ok(Some(by_action(&action, modules))),
        _ => Err(Refusal::TwoOperations),
    }
}

fn operation(module: &'static Module, name: &str, protocol: Protocol) -> Option<Operation> {
    let row = module.row(name)?;
    Some(Operation {
        module,
        protocol,
        row,
    })
}

fn by_target(
    request: &Request<'_>,
    target: &str,
    modules: &[&'static Module],
) -> Result<Vec<Operation>, Refusal> {
    let is_json = request.media_type().is_some_and(|found| {
        ["application/x-amz-json-1.0", "application/x-amz-json-1.1"].contains(&found)
    });
    if !is_json {
        return Err(Refusal::ContentType);
    }
    if request.method != "POST" || request.path != "/" {
        return Ok(Vec::new());
    }
    let Some((prefix, name)) = target.rsplit_once('.') else {
        return Ok(Vec::new());
    };
    let speaking = modules
        .iter()
        .filter(|module| module.speaks(Protocol::Json) && module.target == prefix);
    Ok(speaking
        .filter_map(|module| operation(module, name, Protocol::Json))
        .collect())
}

fn by_path(
    request: &Request<'_>,
    protocol: &str,
    modules: &[&'static Module],
) -> Result<Vec<Operation>, Refusal> {
    // An operation without input has no content type.
    if request
        .media_type()
        .is_some_and(|found| found != "application/cbor")
    {
        return Err(Refusal::ContentType);
    }
    let segments: Vec<_> = request.segments().collect();
    let ["service", id, "operation", name] = segments[..] else {
        return Ok(Vec::new());
    };
    if protocol != "rpc-v2-cbor" || request.method != "POST" {
        return Ok(Vec::new());
    }
    let speaking = modules
        .iter()
        .filter(|module| module.speaks(Protocol::Cbor) && module.target == id);
    Ok(speaking
        .filter_map(|module| operation(module, name, Protocol::Cbor))
        .collect())
}

/// `Action` and `Version`.
struct Action {
    name: String,
    version: String,
}

/// From query or form, for services that read them.
fn action(request: &Request<'_>, modules: &[&Module]) -> Result<Option<Action>, Refusal> {
    if !modules.iter().any(|module| reads_action(module)) {
        return Ok(None);
    }
    let form = request.form()?;
    let in_query = once(&request.query, "Action").transpose()?;
    let in_form = once(&form, "Action").transpose()?;
    let name = match (in_query, in_form) {
        (None, None) => return Ok(None),
        (Some(_), Some(_)) => return Err(Refusal::TwoOperations),
        (Some(name), None) | (None, Some(name)) => name.to_owned(),
    };
    // AWS reads a body in its own way, whatever stands in the query.
    if in_query.is_some() && request.media_type().is_some() && !request.is_form() {
        return Err(Refusal::ContentType);
    }
    let versions = [once(&request.query, "Version"), once(&form, "Version")];
    let mut versions = versions.into_iter().flatten();
    let version = versions.next().transpose()?.unwrap_or_default().to_owned();
    if versions.next().is_some() {
        return Err(Refusal::RepeatedParameter("Version".to_owned()));
    }
    // SQS takes calls at the path of the queue. Where another service has operations at paths, its
    // path names one, and `Action` another.
    let is_sqs = modules.iter().any(|module| module.name == "sqs");
    if request.path != "/" && !is_sqs {
        return Err(Refusal::TwoOperations);
    }
    let method = request.method;
    Ok((method == "POST" || method == "GET").then_some(Action { name, version }))
}

fn reads_action(module: &Module) -> bool {
    module.speaks(Protocol::Query) || module.speaks(Protocol::Ec2)
}

/// EC2 takes its older versions, and the names in them mean the same. With all others, the version
/// says which module is meant.
fn by_action(action: &Action, modules: &[&'static Module]) -> Vec<Operation> {
    let mut found = Vec::new();
    for module in modules {
        let protocol = if module.speaks(Protocol::Ec2) {
            Protocol::Ec2
        } else if module.speaks(Protocol::Query) && module.version == action.version {
            Protocol::Query
        } else {
            continue;
        };
        found.extend(operation(module, &action.name, protocol));
    }
    found
}
