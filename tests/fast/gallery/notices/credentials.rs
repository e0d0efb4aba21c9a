//! What is said of credentials, and of their renewal.

use credrun::credentials::{LimitedBy, Origin, ProfileKind, Renewable, RenewalLimit};
use credrun::messages::notices::Notices;

use super::{NOW, Say, hours, profile, set};

pub(super) fn say(say: Say<'_>, notices: Notices) {
    let mut role = set(Origin::CloudShell, true, Some(hours(1)));
    role.identity = Some("arn:aws:sts::123456789012:assumed-role/deploy/me".to_owned());
    say("credentials", "in CloudShell", &|| {
        notices.credentials(&role, NOW)
    });
    let environment = set(Origin::Environment, true, None);
    say(
        "credentials",
        "temporary credentials in the environment",
        &|| notices.credentials(&environment, NOW),
    );
    let long_lived = set(profile(ProfileKind::Keys), false, None);
    say("credentials", "--long-lived", &|| {
        notices.credentials(&long_lived, NOW)
    });
    let session = Origin::Session {
        of: Box::new(profile(ProfileKind::Keys)),
        mfa: false,
    };
    let session = set(session, true, Some(hours(12)));
    say("credentials", "long-lived keys in a profile", &|| {
        notices.credentials(&session, NOW)
    });
}

pub(super) fn say_renewals(say: Say<'_>, notices: Notices) {
    let (mfa, by_environment) = (
        LimitedBy::MfaSession { is_cached: false },
        LimitedBy::Environment,
    );
    let code = |on_purpose| LimitedBy::MfaCodeOfRole { on_purpose };
    let until = Renewable::Until(hours(12));
    for (when, by, renewable) in [
        (
            "temporary credentials in the environment",
            by_environment,
            Renewable::Never,
        ),
        (
            "a role, with temporary credentials in the environment",
            by_environment,
            until,
        ),
        (
            "a role, with temporary credentials in the environment that have no known expiry",
            by_environment,
            Renewable::Unknown,
        ),
        ("an MFA code", mfa, Renewable::Never),
        ("a role and an MFA code", mfa, until),
        ("--mfa-in-assume-role", code(true), Renewable::Never),
        (
            "--mfa-in-assume-role, where nothing else works",
            code(false),
            Renewable::Never,
        ),
    ] {
        let limit = RenewalLimit { renewable, by };
        let fetched = set(Origin::Environment, true, Some(hours(1)));
        say("renewal", &format!("--live with {when}"), &|| {
            notices.renewal("--live", &fetched, Some(limit))
        });
    }
    for (when, origin) in [
        (
            "a profile with temporary keys, which another program writes",
            profile(ProfileKind::Keys),
        ),
        (
            "a credential_process that prints no Expiration",
            profile(ProfileKind::Process),
        ),
        (
            "temporary credentials in the environment that have no known expiry",
            Origin::Environment,
        ),
    ] {
        let fetched = set(origin, true, None);
        say("renewal", &format!("--live with {when}"), &|| {
            notices.renewal("--live", &fetched, None)
        });
    }
}
