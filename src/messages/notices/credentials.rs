//! What a run says of its credentials: where they are from, when they expire, and until when
//! credrun renews them.

use std::time::SystemTime;

use super::Notices;
use crate::credentials::{
    ClockOffset, End, Fetched, LimitedBy, Origin, ProfileKind, Renewable, RenewalLimit, Span,
    iso8601,
};

impl Notices {
    /// Where the credentials come from, their identity, and how long they live.
    pub fn credentials(self, fetched: &Fetched, now: SystemTime) {
        self.say(describe(fetched, now));
        // credrun's own calls correct for it; programs in the container may not.
        if let Some(clock) = fetched.clock.filter(ClockOffset::matters) {
            self.warning(format_args!("the clock of this machine is {clock} AWS's"));
        }
    }

    /// `way`, as `--live`, with a set that cannot be renewed for ever, if that is known in advance.
    pub fn renewal(self, way: &str, fetched: &Fetched, limit: Option<RenewalLimit>) {
        match limit {
            Some(limit) => self.renewal_limit(way, fetched, limit),
            None => self.unknown_end(way, fetched),
        }
    }

    fn renewal_limit(self, way: &str, fetched: &Fetched, limit: RenewalLimit) {
        let end = fetched.credentials.expiration.map(iso8601);
        let end = end.as_deref().unwrap_or("an unknown time");
        match (limit.by, limit.renewable) {
            (LimitedBy::Environment, Renewable::Never) => self.warning(format_args!(
                "{way} cannot renew credentials from the environment: they expire at {end}"
            )),
            (LimitedBy::MfaSession { .. }, Renewable::Never) => self.say(format_args!(
                "{way} cannot renew these credentials without a new MFA code: they expire at {end}"
            )),
            (LimitedBy::MfaCodeOfRole { on_purpose }, _) => {
                let instead = match on_purpose {
                    true => "; without --mfa-in-assume-role, one code is enough for up to 36 hours",
                    false => "",
                };
                self.warning(format_args!(
                    "{way} cannot renew these credentials without a new MFA code: they expire at {end}{instead}"
                ));
            }
            (LimitedBy::Environment, Renewable::Until(at)) => self.say(format_args!(
                "{way} renews these credentials until {}, when those from the environment expire",
                iso8601(at)
            )),
            (LimitedBy::MfaSession { .. }, Renewable::Until(at)) => self.say(format_args!(
                "{way} renews these credentials until {}; after that, a new MFA code is needed",
                iso8601(at)
            )),
            (_, Renewable::Unknown) if fetched.credentials.expiration.is_none() => {
                self.unknown_end(way, fetched);
            }
            (_, Renewable::Unknown) => self.say(format_args!(
                "{way} renews these credentials as long as those from the environment last, \
                 which have no known expiry",
            )),
        }
    }

    /// `way` with a set whose expiration is unknown.
    fn unknown_end(self, way: &str, fetched: &Fetched) {
        if fetched.credentials.end() != End::Unknown {
            return;
        }
        if fetched.is_in_a_file() {
            self.say(
                "these credentials have no known expiry, so credrun reads them again every minute",
            );
            return;
        }
        match &fetched.origin {
            Origin::Profile {
                name,
                kind: ProfileKind::Process,
            } => self.warning(format_args!(
                "the credential_process of profile {name:?} prints no Expiration, so {way} does not \
                 know when to run it again; change the command to print one"
            )),
            _ => self.warning(format_args!(
                "these credentials have no known expiry, so {way} cannot renew them; \
                 it can renew those from a profile, a role or CloudShell",
            )),
        }
    }
}

fn describe(fetched: &Fetched, now: SystemTime) -> String {
    let mut line = format!("credentials from {}", fetched.origin);
    if let Some(identity) = &fetched.identity {
        line.push_str(&format!(" ({identity})"));
    }
    match fetched.credentials.end() {
        End::At(end) => {
            let left = end.duration_since(now).unwrap_or_default();
            line.push_str(&format!(", valid until {} ({})", iso8601(end), Span(left)));
        }
        End::Unknown => {
            line.push_str(", with no known expiry");
        }
        End::Never => line.push_str(", long-lived"),
    }
    // credrun cannot see whether the container calls IAM, so it says so in advance.
    if matches!(fetched.origin, Origin::Session { mfa: false, .. }) {
        line.push_str("; AWS refuses calls to IAM with them (use --long-lived or MFA)");
    }
    line
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::credentials::{CredentialValues, Credentials};

    #[test]
    fn a_session_without_mfa_is_told_not_to_be_for_iam_and_one_with_it_is_not() {
        let told = |mfa| {
            let set = Credentials::new(CredentialValues {
                access_key_id: "ASIA".to_owned(),
                secret_access_key: "secret".into(),
                session_token: Some("token".into()),
                expiration: Some(SystemTime::UNIX_EPOCH),
                account_id: None,
            });
            let fetched = Fetched {
                credentials: set.expect("a set"),
                origin: Origin::Session {
                    of: Box::new(Origin::Environment),
                    mfa,
                },
                identity: None,
                fetched_at: SystemTime::UNIX_EPOCH,
                clock: None,
            };
            describe(&fetched, SystemTime::UNIX_EPOCH)
        };
        assert_eq!(
            told(false),
            "credentials from session of environment, valid until 1970-01-01T00:00:00Z (0s); \
             AWS refuses calls to IAM with them (use --long-lived or MFA)"
        );
        assert_eq!(
            told(true),
            "credentials from MFA session of environment, valid until 1970-01-01T00:00:00Z (0s)"
        );
    }
}
