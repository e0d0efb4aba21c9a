//! What each action does and answers: the sets that it makes, and what it refuses.

use std::time::Duration;

use aws_smithy_types::DateTime;
use aws_smithy_types::date_time::Format;

use super::{
    ACCOUNT, Call, Identity, Refusal, Request, Role, SECRET, SESSION_TOKEN, State, refuse,
};

impl State {
    pub(super) fn act(&mut self, call: &Call, request: &Request) -> Result<String, Refusal> {
        if call.action == "AssumeRoleWithWebIdentity" {
            return self.assume_role_with_web_identity(call);
        }
        let caller = self.caller(request)?;
        match call.action.as_str() {
            "GetCallerIdentity" => Ok(format!(
                "<Arn>{}</Arn><UserId>AIDAEXAMPLE</UserId><Account>{ACCOUNT}</Account>",
                caller.arn
            )),
            "GetSessionToken" => self.get_session_token(call, &caller),
            "AssumeRole" => self.assume_role(call, &caller),
            other => refuse(400, "InvalidAction", &format!("no action {other}")),
        }
    }

    fn check_code(&mut self, call: &Call) -> Result<bool, Refusal> {
        let (Some(serial), Some(code)) = (call.get("SerialNumber"), call.get("TokenCode")) else {
            return Ok(false);
        };
        let taken = self
            .devices
            .get_mut(serial)
            .is_some_and(|codes| codes.remove(code));
        if taken {
            return Ok(true);
        }
        refuse(
            403,
            "AccessDenied",
            "MultiFactorAuthentication failed with invalid MFA one time pass code.",
        )
    }

    fn get_session_token(&mut self, call: &Call, caller: &Identity) -> Result<String, Refusal> {
        if caller.token.is_some() {
            return refuse(
                403,
                "AccessDenied",
                "Cannot call GetSessionToken with session credentials",
            );
        }
        let has_mfa = self.check_code(call)?;
        let life = seconds(call).unwrap_or(43_200);
        Ok(self.make_set(&caller.arn, life, has_mfa))
    }

    fn assume_role(&mut self, call: &Call, caller: &Identity) -> Result<String, Refusal> {
        let arn = call.get("RoleArn").unwrap_or_default().to_owned();
        let has_mfa = self.check_code(call)? || caller.has_mfa;
        let empty = Role::default();
        let role = self.roles.get(&arn).unwrap_or(&empty);
        let id_fits =
            role.external_id.is_none() || role.external_id.as_deref() == call.get("ExternalId");
        if role.denied || !id_fits || (role.needs_mfa && !has_mfa) {
            let message = format!(
                "User: {} is not authorized to perform: sts:AssumeRole on resource: {arn}",
                caller.arn
            );
            return refuse(403, "AccessDenied", &message);
        }
        let life = seconds(call).unwrap_or(3600);
        if caller.arn.contains(":assumed-role/") && life > 3600 {
            let message = "The requested DurationSeconds exceeds the 1 hour session limit for roles assumed by role chaining";
            return refuse(400, "ValidationError", message);
        }
        Ok(self.assumed(&arn, call, life))
    }

    fn assume_role_with_web_identity(&mut self, call: &Call) -> Result<String, Refusal> {
        let token = call.get("WebIdentityToken").unwrap_or_default();
        if !self.web_tokens.contains(token) {
            return refuse(
                400,
                "InvalidIdentityToken",
                "Couldn't retrieve verification key from your identity provider",
            );
        }
        let arn = call.get("RoleArn").unwrap_or_default().to_owned();
        Ok(self.assumed(&arn, call, seconds(call).unwrap_or(3600)))
    }

    fn assumed(&mut self, role_arn: &str, call: &Call, life: u64) -> String {
        let name = role_arn.rsplit('/').next().unwrap_or_default();
        let session = call.get("RoleSessionName").unwrap_or_default();
        let account = role_arn.split(':').nth(4).unwrap_or(ACCOUNT);
        let arn = format!("arn:aws:sts::{account}:assumed-role/{name}/{session}");
        let set = self.make_set(&arn, life, false);
        format!(
            "{set}<AssumedRoleUser><Arn>{arn}</Arn><AssumedRoleId>AROA:{session}</AssumedRoleId></AssumedRoleUser>"
        )
    }

    fn make_set(&mut self, arn: &str, life: u64, has_mfa: bool) -> String {
        self.made += 1;
        let key = format!("ASIASTS{:09}{}", self.made, self.slip);
        let (secret, token) = (
            format!("{SECRET}{}", self.made),
            format!("{SESSION_TOKEN}{}", self.made),
        );
        let end = self.now() + Duration::from_secs(life);
        let identity = Identity {
            secret: secret.clone(),
            token: Some(token.clone()),
            end: Some(end),
            arn: arn.to_owned(),
            has_mfa,
        };
        self.identities.insert(key.clone(), identity);
        let end = DateTime::from_secs(DateTime::from(end).secs());
        let end = end.fmt(Format::DateTime).expect("a time");
        format!(
            "<Credentials><AccessKeyId>{key}</AccessKeyId><SecretAccessKey>{secret}</SecretAccessKey><SessionToken>{token}</SessionToken><Expiration>{end}</Expiration></Credentials>"
        )
    }
}

fn seconds(call: &Call) -> Option<u64> {
    call.get("DurationSeconds")?.parse().ok()
}

pub(super) fn result_xml(action: &str, result: &str) -> String {
    format!(
        "<{action}Response xmlns=\"https://sts.amazonaws.com/doc/2011-06-15/\"><{action}Result>{result}</{action}Result><ResponseMetadata><RequestId>1</RequestId></ResponseMetadata></{action}Response>"
    )
}

pub(super) fn error_xml(refusal: &Refusal) -> String {
    format!(
        "<ErrorResponse xmlns=\"https://sts.amazonaws.com/doc/2011-06-15/\"><Error><Type>Sender</Type><Code>{}</Code><Message>{}</Message></Error><RequestId>1</RequestId></ErrorResponse>",
        refusal.code, refusal.message
    )
}
