//! The create request, complete with credentials, and the container that comes of it.

use bollard::models::ContainerCreateBody;
use secrecy::SecretString;

use crate::container::env::{EnvEntry, EnvOrigin};
use crate::credentials::Credentials;
use crate::engine::Created;
use crate::error::Error;
use crate::exit::ExitStatus;
use crate::inject::env::{Injection, UserEnv, inject};
use crate::notices::Notices;
use crate::plan::RunPlan;

use super::cidfile::CidFile;
use super::prepare::Ready;

/// Creates the container.
///
/// Never cancelled once it is sent: a signal that comes meanwhile is seen by the next step, which
/// then knows what to remove.
pub async fn create(plan: &RunPlan, ready: &Ready, notices: Notices) -> Result<Created, Error> {
    let (body, injection) = request(plan, ready, &ready.fetched.credentials)?;
    notices.left_to_user(&injection.left_to_user);
    let cidfile = plan
        .container
        .cidfile
        .as_deref()
        .map(CidFile::reserve)
        .transpose()?;
    let container = ready
        .engine
        .create(
            plan.container.name.as_deref(),
            plan.container.platform.as_deref(),
            &body,
        )
        .await?;
    for warning in container.warnings.iter().flatten() {
        notices.warning(warning);
    }
    if let Some(file) = cidfile {
        file.write(&container.id)?;
    }
    Ok(container)
}

/// `--dry-run`: what would be sent, to stdout.
pub fn print_request(plan: &RunPlan, ready: &Ready) -> Result<ExitStatus, Error> {
    let redacted = || SecretString::from(REDACTED);
    let credentials = &ready.fetched.credentials;
    let shown = Credentials {
        secret_access_key: redacted(),
        session_token: credentials.session_token.as_ref().map(|_| redacted()),
        ..credentials.clone()
    };
    let (mut body, _) = request(plan, ready, &shown)?;
    body.env.iter_mut().flatten().for_each(redact);
    let request = serde_json::json!({
        "Method": "POST",
        "Path": format!("/v{}/containers/create", ready.engine.api_version()),
        "Query": { "name": plan.container.name, "platform": plan.container.platform },
        "Body": body,
    });
    println!("{request:#}");
    Ok(ExitStatus::SUCCESS)
}

const REDACTED: &str = "<redacted>";

/// Hides the value of a variable that sounds as if it were secret. The user's own are among them.
fn redact(entry: &mut String) {
    const SECRET: [&str; 5] = ["SECRET", "TOKEN", "PASSWORD", "PASSWD", "PRIVATE_KEY"];
    let Some((name, _)) = entry.split_once('=') else {
        return;
    };
    let upper = name.to_uppercase();
    if SECRET.iter().any(|word| upper.contains(word)) {
        *entry = format!("{name}={REDACTED}");
    }
}

fn request(
    plan: &RunPlan,
    ready: &Ready,
    credentials: &Credentials,
) -> Result<(ContainerCreateBody, Injection), Error> {
    let mut body = plan.container.create_body(ready.engine.api_version())?;
    let image_env = ready
        .image
        .as_ref()
        .map(|image| image.env.as_slice())
        .unwrap_or_default();
    let region = ready.region.as_ref().map(|region| region.name.as_str());
    let injection = inject(
        credentials,
        region,
        &of_user(&plan.container.env),
        image_env,
    );
    let env = injection.unset.iter().chain(&injection.set).cloned();
    body.env = Some(env.chain(body.env.into_iter().flatten()).collect());
    Ok((body, injection))
}

fn of_user(entries: &[EnvEntry]) -> UserEnv {
    entries
        .iter()
        .filter(|entry| entry.origin != EnvOrigin::Proxy)
        .map(|entry| (entry.name.clone(), entry.value.clone()))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_sounds_secret_is_not_shown() {
        let mut entries = [
            "GITHUB_TOKEN=x",
            "db_password=y",
            "AWS_REGION=eu-west-1",
            "AWS_PROFILE",
        ]
        .map(str::to_owned);
        entries.iter_mut().for_each(redact);
        assert_eq!(
            entries,
            [
                "GITHUB_TOKEN=<redacted>",
                "db_password=<redacted>",
                "AWS_REGION=eu-west-1",
                "AWS_PROFILE"
            ]
        );
    }
}
