//! Which operation a request is: by its target, its path of CBOR, its `Action`, or method and path.

mod named;
mod rest;
mod s3;

use super::module::{Module, module, modules, signed_as};
use super::operation::{Meaning, Operation};
use super::refusal::Refusal;
use super::request::{Request, check_path};

/// Finds the operation that a request is.
pub fn lookup(request: &Request<'_>) -> Result<Meaning, Refusal> {
    let modules = candidates(request)?;
    let found = if is_s3(request, &modules) {
        s3::find(request)?
    } else {
        find(request, &modules)?
    };
    let signed = request.scope.is_some();
    // Without a signature, only those are known that AWS takes so.
    let mut found = found
        .into_iter()
        .filter(|operation| signed || operation.is_unsigned());
    Ok(match found.next() {
        Some(first) => Meaning::Known(first, found.collect()),
        None => Meaning::Unknown(alone(&modules)),
    })
}

/// The modules that the request can be for, the older first.
fn candidates(request: &Request<'_>) -> Result<Vec<&'static Module>, Refusal> {
    let mut found: Vec<_> = match request.scope {
        Some(scope) => signed_as(signing_name(scope.service)).iter().collect(),
        None => unsigned(),
    };
    if let Some(name) = request.module {
        found.retain(|module| module.name == name);
        if found.is_empty() {
            return Err(Refusal::Module(name.to_owned()));
        }
    }
    let s3control = module("s3control");
    let is_control = s3::is_control(request);
    if is_control {
        check_path(request.path)?;
    }
    if found.iter().any(|one| Some(*one) == s3control) {
        found.retain(|one| (Some(*one) == s3control) == is_control);
    }
    Ok(found)
}

/// The scopes of S3 that no model has as its signing name.
fn signing_name(service: &str) -> &str {
    match service {
        "s3express" | "s3-object-lambda" => "s3",
        other => other,
    }
}

fn unsigned() -> Vec<&'static Module> {
    // They are few, and each search would otherwise inflate everything.
    const MODULES: [&str; 6] = [
        "cognito-identity",
        "cognito-idp",
        "signin",
        "sso",
        "sso-oidc",
        "sts",
    ];
    let all = modules().iter();
    all.filter(|module| MODULES.contains(&module.name))
        .collect()
}

fn is_s3(request: &Request<'_>, modules: &[&Module]) -> bool {
    request.scope.is_some() && modules.len() == 1 && modules[0].name == "s3"
}

fn find(request: &Request<'_>, modules: &[&'static Module]) -> Result<Vec<Operation>, Refusal> {
    match named::find(request, modules)? {
        Some(found) => Ok(found),
        None => rest::find(request, modules),
    }
}

/// The oldest module, where all have the same host.
fn alone(modules: &[&'static Module]) -> Option<&'static Module> {
    let first = *modules.first()?;
    let is_same =
        |one: &&Module| one.hosts == first.hosts && one.endpoint_prefix == first.endpoint_prefix;
    modules.iter().all(is_same).then_some(first)
}
