//! A role for a web identity token: GitHub Actions, EKS service accounts, any OIDC provider.
//!
//! The token file is read at each fetch, since its owner replaces it. The call is not signed.

use std::path::PathBuf;
use std::time::SystemTime;

use aws_config::profile::Profile;
use zeroize::Zeroizing;

use crate::credentials::error::CredentialsError;
use crate::credentials::origin::{Origin, ProfileKind};
use crate::credentials::sts::assume_role::{Assumed, assumed, session_name};
use crate::credentials::sts::client::{Sts, partition};
use crate::credentials::sts::role;
use crate::files;
use crate::vars::{self, Environment};
use crate::waits::Waits;

/// The token file, and the role.
#[derive(Debug, Clone)]
pub(crate) struct WebIdentity {
    pub(crate) token_file: PathBuf,
    pub(crate) role_arn: String,
    pub(crate) session_name: Option<String>,
    pub(crate) duration: Option<u32>,
    /// The profile that names it; `None` for the environment.
    pub(crate) profile: Option<String>,
}

impl WebIdentity {
    /// The settings in the environment, if it has any. The profile supplies each part that is
    /// missing there, as in botocore.
    pub(crate) fn from_environment(
        environment: &Environment,
        profile: Option<&Profile>,
    ) -> Result<Option<Self>, CredentialsError> {
        let parts = [
            vars::AWS_WEB_IDENTITY_TOKEN_FILE,
            vars::AWS_ROLE_ARN,
            vars::AWS_ROLE_SESSION_NAME,
        ];
        if parts.map(|name| environment.non_empty(name)) == [const { None }; 3] {
            return Ok(None);
        }
        let part = |variable, key| {
            let of_profile = || profile?.get(key).map(str::to_owned);
            environment.non_empty(variable).or_else(of_profile)
        };
        let Some(token_file) = part(vars::AWS_WEB_IDENTITY_TOKEN_FILE, "web_identity_token_file")
        else {
            return Ok(None);
        };
        let wrong = |name, problem: String| CredentialsError::Variable {
            name,
            problem,
            hint: "AWS_WEB_IDENTITY_TOKEN_FILE, AWS_ROLE_ARN and AWS_ROLE_SESSION_NAME belong together; unset them to use another source",
        };
        let arn = part(vars::AWS_ROLE_ARN, "role_arn")
            .ok_or_else(|| wrong(vars::AWS_ROLE_ARN, "is not set".to_owned()))?;
        let session_name = part(vars::AWS_ROLE_SESSION_NAME, "role_session_name");
        let checked = |name, result| match result {
            Err(CredentialsError::Flag { problem, .. }) => {
                Err(wrong(name, format!("is invalid: {problem}")))
            }
            other => other,
        };
        checked(vars::AWS_ROLE_ARN, role::check_role_arn(&arn))?;
        if let Some(name) = &session_name {
            let result = role::check_session_name("", name);
            checked(vars::AWS_ROLE_SESSION_NAME, result)?;
        }
        Ok(Some(Self {
            token_file: token_file.into(),
            role_arn: arn,
            session_name,
            duration: None,
            profile: None,
        }))
    }

    pub(crate) fn origin(&self) -> Origin {
        let via = match &self.profile {
            None => Origin::WebIdentity,
            Some(name) => Origin::Profile {
                name: name.clone(),
                kind: ProfileKind::WebIdentity,
            },
        };
        Origin::Role {
            arn: self.role_arn.clone(),
            via: Box::new(via),
        }
    }

    pub(crate) async fn fetch(
        &self,
        sts: &Sts,
        waits: &Waits,
    ) -> Result<Assumed, CredentialsError> {
        let call = format!("AssumeRoleWithWebIdentity of {}", self.role_arn);
        let token = self.token(waits).await?;
        let output = sts
            .unsigned_client(partition(&self.role_arn))
            .assume_role_with_web_identity()
            .role_arn(&self.role_arn)
            .role_session_name(session_name(
                self.session_name.as_deref(),
                SystemTime::now(),
            ))
            .set_duration_seconds(
                self.duration
                    .and_then(|seconds| i32::try_from(seconds).ok()),
            )
            .web_identity_token(token.as_str())
            .send()
            .await
            .map_err(|error| sts.failure(call.as_str(), error, None))?;
        let arn = output.assumed_role_user.map(|user| user.arn);
        assumed(call, output.credentials, arn)
    }

    async fn token(&self, waits: &Waits) -> Result<Zeroizing<String>, CredentialsError> {
        let what = format!("{} to be read", self.token_file.display());
        let path = self.token_file.clone();
        let read = files::off_thread(move || files::read_to_string(&path));
        match waits.during(what, read).await {
            Ok(text) => Ok(Zeroizing::new(text.trim().to_owned())),
            Err(source) => Err(CredentialsError::WebIdentityToken {
                path: self.token_file.clone(),
                source,
            }),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_file_without_a_role_is_refused_by_name() {
        let environment = Environment::fixed([(vars::AWS_WEB_IDENTITY_TOKEN_FILE, "/run/token")]);
        let error = WebIdentity::from_environment(&environment, None).expect_err("refused");
        assert_eq!(error.to_string(), "AWS_ROLE_ARN is not set");
    }

    #[test]
    fn a_wrong_role_is_refused_with_the_variable_not_a_flag() {
        let environment = Environment::fixed([
            (vars::AWS_WEB_IDENTITY_TOKEN_FILE, "/run/token"),
            (vars::AWS_ROLE_ARN, "nonsense"),
        ]);
        let error = WebIdentity::from_environment(&environment, None).expect_err("refused");
        assert!(
            error.to_string().starts_with("AWS_ROLE_ARN is invalid"),
            "{error}"
        );
    }

    #[test]
    fn a_role_alone_is_no_web_identity() {
        let environment =
            Environment::fixed([(vars::AWS_ROLE_ARN, "arn:aws:iam::123456789012:role/x")]);
        assert!(
            WebIdentity::from_environment(&environment, None)
                .expect("valid")
                .is_none()
        );
    }
}
