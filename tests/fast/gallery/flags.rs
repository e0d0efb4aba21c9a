//! What is refused before anything is asked.

use super::{Page, Scene};

#[test]
fn flags() {
    let mut page = Page::new(
        "flags",
        "Command lines that are refused. What docker refuses is refused in docker's words: they are\n\
         compared with docker's in tests/fast/golden_requests.rs, and only some are here.",
    );
    for line in [
        "credrun",
        "credrun --nope image",
        "credrun --role-ar x image",
        "credrun -Z image",
        "credrun --env",
        "credrun -h",
        "credrun --rm=yes image",
        "credrun --memory much image",
        "credrun -p 99999:1 image",
        "credrun --ip fe80::1 image",
        "credrun --restart sometimes image",
        "credrun --add-host gateway image",
        "credrun --ulimit nofile=unlimited image",
        "credrun --health-interval 5 image",
        "credrun --detach-keys ctrl-1 image",
        "credrun --min-ttl ten image",
        "credrun --duration-seconds 1h image",
        "credrun --duration-seconds 99999999999 image",
        "credrun --credential-source Vault image",
        "credrun --env-file . image",
        "credrun Image",
        "credrun -q whoami",
        "credrun exec",
        "credrun exec web",
        "credrun env",
        "credrun export --format yaml",
        "credrun stop",
        "credrun stop --all web",
        "credrun stop --time soon web",
        "credrun ps --nope",
        "credrun ps --format yaml",
        "credrun -it image",
        "credrun --live --restart always image",
        "credrun --keyless --restart always image",
        "credrun --relay-image mine image",
        "credrun --live --keyless image",
        "credrun -d --keyless --record /dev/stdout image",
        "credrun --allow s3:GetObject image",
        "credrun --live --deny s3:DeleteObject image",
        "credrun --record calls.jsonl image",
        "credrun --keyless --allow s3 image",
        "credrun --keyless --allow s3:GetObjekt image",
        "credrun --keyless --allow s3:HeadObject image",
        "credrun --keyless --deny dynamodbb:* image",
        "credrun --keyless --allow 'read only' image",
        "credrun --keyless --read-only=maybe image",
        "credrun --rm --restart always image",
    ] {
        page.show(&["FlagError"], Scene::new(line).with_keys());
    }
    let trust = Scene::new("credrun image").env("DOCKER_CONTENT_TRUST", "1");
    page.show(&["FlagError"], trust.with_keys());
    let again = "credrun --keyless --record calls.jsonl --policy-from calls.jsonl image";
    let again = Scene::new(again).file("calls.jsonl", "");
    page.show(&["FlagError"], again.with_keys());
    let cidfile = Scene::new("credrun --cidfile cid image").file("cid", "");
    page.show(&["FlagError"], cidfile.with_keys());
    page.check();
}

#[test]
fn flags_for_credentials() {
    let mut page = Page::new(
        "flags-for-credentials",
        "Flags about credentials that are refused.",
    );
    let role = "--role-arn arn:aws:iam::123456789012:role/deploy";
    let chain = format!("{role} {role}");
    let long = "x".repeat(3000);
    let policies = "--policy-arns arn:aws:iam::aws:policy/A ".repeat(11);
    let tags: String = (0..51)
        .map(|number| format!("--tags Key={number},Value=x "))
        .collect();
    for arguments in [
        "--role-arn deploy",
        "--role-arn 'arn:aws:iam::123456789012:role/a b'",
        &format!("{role} --role-session-name x"),
        &format!("{role} --role-session-name 'a b'"),
        &format!("{role} --external-id '?!'"),
        &format!("{role} --source-identity x"),
        &format!("{role} --serial-number x --token-code 123456"),
        &format!("{role} --token-code 12345 --serial-number arn:aws:iam::123456789012:mfa/me"),
        "--credential-source Environment --token-code 123456",
        &format!("{role} --duration-seconds 60"),
        &format!("{chain} --duration-seconds 7200"),
        "--duration-seconds 1800",
        &format!("{role} --policy '{{'"),
        &format!("{role} --policy '[]'"),
        &format!("{role} --policy '{{}}'"),
        &format!("{role} --policy '{{\"Statement\":\"{long}\"}}'"),
        &format!("{role} {policies}"),
        &format!("{role} --policy-arns ReadOnlyAccess"),
        &format!("{role} --tags team=blue"),
        &format!("{role} --tags '{{'"),
        &format!("{role} --tags Key=team,Value=a --tags Key=Team,Value=b"),
        &format!("{role} --tags Key=,Value=a"),
        &format!("{role} --tags Key=team,Value={}", "x".repeat(257)),
        &format!("{role} --tags Key=aws:team,Value=a"),
        &format!("{role} --tags 'Key=team,Value=a;b'"),
        &format!("{role} {tags}"),
        &format!("{role} --transitive-tag-keys team"),
        "--external-id 1234",
        "--profile dev --credential-source Environment",
    ] {
        let line = format!("credrun export {arguments}");
        let scene = Scene::new(&line)
            .with_keys()
            .showing(&long, "xxx…")
            .showing(&"x".repeat(257), "xxx…")
            .showing(policies.trim_end(), "--policy-arns … (11 of them)")
            .showing(tags.trim_end(), "--tags … (51 of them)");
        page.show(&["CredentialsError::Flag"], scene);
    }
    let long_lived = Scene::new("credrun export --long-lived --duration-seconds 1800")
        .quietly("AWS_ACCESS_KEY_ID", "AKIAUSEREXAMPLE")
        .quietly("AWS_SECRET_ACCESS_KEY", "x");
    page.show(
        &["CredentialsError::Flag"],
        long_lived.where_("with long-lived keys in the environment"),
    );
    let file = format!("credrun export {role} --policy file://nope.json");
    page.show(&["CredentialsError::File"], Scene::new(&file).with_keys());
    let region = Scene::new("credrun export --region 'eu west 1'").with_keys();
    page.show(&["CredentialsError::Region"], region);
    page.check();
}
