//! Looks at AWS's shared files in a container behind a relay, before it is started.
//!
//! If there is no `~/.aws`, that takes two requests to the Engine, of milliseconds, while the relay
//! starts. Files of mounts and volumes look as the container will see them; a file that its command
//! writes later is not seen.

use bollard::models::ContainerCreateBody;

use crate::engine::{Engine, EngineError};
use crate::environment::shared_files::{
    ConfigFile, Container, Found, accelerates_s3, join, setting_before_endpoint,
};
use crate::environment::user::UserEnv;
use crate::plan::RunPlan;
use crate::run::ready::Ready;

/// Looks at the files that the SDKs of a created container would read.
///
/// # Errors
/// [`EngineError`]; files that are not there are none.
pub(crate) async fn look(
    plan: &RunPlan,
    ready: &Ready,
    request: &ContainerCreateBody,
    id: &str,
) -> Result<Found, EngineError> {
    let engine = &ready.engine;
    let Paths {
        credentials,
        config,
    } = paths(plan, ready, request, id).await?;
    Ok(Found {
        credentials: match credentials {
            Some(path) if engine.has_path(id, &path).await? => Some(path),
            _ => None,
        },
        config: match config {
            Some(path) => leading_to_credentials(engine, id, path).await,
            None => None,
        },
    })
}

/// The config file of a created container, if S3 Accelerate is on in it. boto3 and the AWS CLI
/// refuse to use another endpoint then, and no variable turns it off.
///
/// # Errors
/// [`EngineError`]; a file that is not there has no settings.
pub(crate) async fn config_with_acceleration(
    plan: &RunPlan,
    ready: &Ready,
    request: &ContainerCreateBody,
    id: &str,
) -> Result<Option<String>, EngineError> {
    let Some(path) = paths(plan, ready, request, id).await?.config else {
        return Ok(None);
    };
    let content = ready.engine.file(id, &path).await?.unwrap_or_default();
    Ok(accelerates_s3(&String::from_utf8_lossy(&content)).then_some(path))
}

/// Where a container's SDKs look for the files. They need not be there.
struct Paths {
    credentials: Option<String>,
    config: Option<String>,
}

async fn paths(
    plan: &RunPlan,
    ready: &Ready,
    request: &ContainerCreateBody,
    id: &str,
) -> Result<Paths, EngineError> {
    let engine = &ready.engine;
    let image = ready.image.as_ref();
    let user_env = UserEnv::of(&plan.container.env);
    let of_request = |value: &Option<String>| value.clone().filter(|value| !value.is_empty());
    let user = of_request(&request.user).or_else(|| image.map(|image| image.user.clone()));
    let directory = of_request(&request.working_dir)
        .or_else(|| image.map(|image| image.working_directory.clone()));
    let container = Container {
        user_env: &user_env,
        image_env: ready.image_env(),
        user: user.as_deref().unwrap_or_default(),
        working_directory: directory.as_deref().unwrap_or_default(),
    };

    let Home {
        path: home,
        has_aws,
    } = home(engine, id, &container).await?;
    let aws = join(&home, ".aws");
    let in_aws = |name| has_aws.then(|| join(&aws, name));
    let credentials = container.named_credentials_file(&home);
    let config = container.named_config_file(&home);
    Ok(Paths {
        credentials: credentials.or_else(|| in_aws("credentials")),
        config: config.or_else(|| in_aws("config")),
    })
}

struct Home {
    path: String,
    /// Whether it holds `.aws`.
    has_aws: bool,
}

/// The home directory; of several candidates, the one with `.aws` in it.
async fn home(engine: &Engine, id: &str, container: &Container<'_>) -> Result<Home, EngineError> {
    let homes = match (container.set_home(), container.homes()) {
        (Some(home), _) => vec![home.to_owned()],
        (None, []) => {
            let passwd = engine.file(id, "/etc/passwd").await?.unwrap_or_default();
            let text = String::from_utf8_lossy(&passwd);
            vec![container.home_in(&text).to_owned()]
        }
        (None, homes) => homes.iter().map(|&home| home.to_owned()).collect(),
    };
    for home in &homes {
        if engine.has_path(id, &join(home, ".aws")).await? {
            return Ok(Home {
                path: home.clone(),
                has_aws: true,
            });
        }
    }
    Ok(Home {
        path: homes.into_iter().next().unwrap_or_default(),
        has_aws: false,
    })
}

async fn leading_to_credentials(engine: &Engine, id: &str, path: String) -> Option<ConfigFile> {
    let content = match engine.file(id, &path).await {
        Ok(Some(content)) => content,
        Ok(None) => return None,
        Err(_) => {
            return Some(ConfigFile {
                path,
                setting: None,
            });
        }
    };
    let text = String::from_utf8_lossy(&content);
    setting_before_endpoint(&text).map(|setting| ConfigFile {
        path,
        setting: Some(setting.to_owned()),
    })
}
