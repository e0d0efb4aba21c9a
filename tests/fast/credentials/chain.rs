//! The order of the sources, and the list of those that have nothing.

use super::*;

#[tokio::test]
async fn nothing_found_lists_each_source_and_why_not() {
    let environment = Environment::fixed([
        (vars::HOME, "/nonexistent"),
        (vars::AWS_EC2_METADATA_DISABLED, "true"),
    ]);
    let report = refusal(&nothing(), &environment).await;
    assert_eq!(
        report,
        "credrun: no AWS credentials found
  environment: AWS_ACCESS_KEY_ID is not set
  web identity: AWS_WEB_IDENTITY_TOKEN_FILE is not set
  profile: no profile in /nonexistent/.aws/config or /nonexistent/.aws/credentials
  container endpoint: neither AWS_CONTAINER_CREDENTIALS_FULL_URI nor AWS_CONTAINER_CREDENTIALS_RELATIVE_URI is set
  EC2 instance metadata: AWS_EC2_METADATA_DISABLED is true
hint: log in with `aws sso login` or `aws login`, set AWS_PROFILE, or run in AWS CloudShell
"
    );
}

#[tokio::test]
async fn an_absent_metadata_service_is_the_last_of_the_list() {
    let environment = Environment::fixed([
        (vars::HOME, "/nonexistent"),
        (
            vars::AWS_EC2_METADATA_SERVICE_ENDPOINT,
            &format!("http://{}/", refused_address()),
        ),
    ]);
    let begin = Instant::now();
    let report = refusal(&nothing(), &environment).await;
    assert!(report.contains("\n  EC2 instance metadata: "), "{report}");
    assert!(begin.elapsed() < Duration::from_secs(5));
}

#[tokio::test]
async fn an_instance_gives_the_set_of_its_role() {
    let service = MetadataService::start();
    let environment = Environment::fixed([
        (vars::HOME, "/nonexistent"),
        (vars::AWS_EC2_METADATA_SERVICE_ENDPOINT, &service.url()),
    ]);
    let set = fetch(&nothing(), &environment).await.expect("a set");
    assert_eq!(set.origin.to_string(), "EC2 instance metadata");
    assert_eq!(set.credentials.access_key_id, "ASIAINSTANCE");
    assert!(set.left(SystemTime::now()) > Some(Duration::from_secs(5 * 3600)));
}

#[tokio::test]
async fn an_instance_without_a_role_has_none() {
    let service = MetadataService::without_a_role();
    let environment = Environment::fixed([
        (vars::HOME, "/nonexistent"),
        (vars::AWS_EC2_METADATA_SERVICE_ENDPOINT, &service.url()),
    ]);
    let report = refusal(&nothing(), &environment).await;
    assert!(report.contains("\n  EC2 instance metadata: "), "{report}");
    println!("{report}");
}

#[tokio::test]
async fn the_order_is_the_aws_clis() {
    let endpoint = CredentialEndpoint::start();
    let home = Home::new(
        "",
        "[default]\naws_access_key_id = ASIAPROFILE\naws_secret_access_key = s\naws_session_token = t\n",
    );
    let home = home.path().to_str().expect("UTF-8");
    let (url, token) = (endpoint.url(), endpoint.token());
    let all = Environment::fixed([
        (vars::AWS_ACCESS_KEY_ID, "ASIAENV"),
        (vars::AWS_SECRET_ACCESS_KEY, "s"),
        (vars::AWS_SESSION_TOKEN, "t"),
        (vars::HOME, home),
        (vars::AWS_CONTAINER_CREDENTIALS_FULL_URI, &url),
        (vars::AWS_CONTAINER_AUTHORIZATION_TOKEN, &token),
    ]);
    let key = |args: AwsArgs, environment: Environment| async move {
        let set = fetch(&args, &environment).await.expect("a set");
        set.credentials.access_key_id
    };
    assert_eq!(key(nothing(), all.clone()).await, "ASIAENV");
    // A profile by flag goes before the environment, one by variable does not.
    assert_eq!(key(profile("default"), all.clone()).await, "ASIAPROFILE");
    for (source, expected) in [
        (CredentialSource::Environment, "ASIAENV"),
        (CredentialSource::Profile, "ASIAPROFILE"),
        (CredentialSource::EcsContainer, "ASIATURN00000000"),
    ] {
        let args = AwsArgs {
            credential_source: Some(source),
            ..AwsArgs::default()
        };
        assert_eq!(key(args, all.clone()).await, expected);
    }
}

#[tokio::test]
async fn the_doctor_is_answered_where_a_run_would_be_refused() {
    let home = Home::new("[profile a", "");
    let environment = home.environment("");
    assert!(open(&nothing(), &environment).is_err());
    let plan = SourcePlan::resolve(&nothing(), &environment).expect("a plan");
    let probes = Source::unchecked(&plan, &environment).probe().await;
    let failed = probes
        .iter()
        .filter(|probe| matches!(probe.answer, Answer::Failed(_)));
    let failed: Vec<&str> = failed.map(|probe| probe.source.as_str()).collect();
    assert_eq!(failed, ["profile \"default\""]);
    assert_eq!(probes.len(), 5);
}

#[tokio::test]
async fn each_source_answers_for_itself_to_the_doctor() {
    let endpoint = CredentialEndpoint::behaving(Behaviour::Html);
    let environment = Environment::fixed([
        (vars::AWS_ACCESS_KEY_ID, "ASIAENV"),
        (vars::AWS_SECRET_ACCESS_KEY, "s"),
        (vars::AWS_SESSION_TOKEN, "t"),
        (vars::HOME, "/nonexistent"),
        (vars::AWS_CONTAINER_CREDENTIALS_FULL_URI, &endpoint.url()),
        (vars::AWS_CONTAINER_AUTHORIZATION_TOKEN, &endpoint.token()),
        (vars::AWS_EC2_METADATA_DISABLED, "true"),
    ]);
    let source = open(&nothing(), &environment).expect("a source");
    let probes = source.probe().await;
    let answers: Vec<(&str, &str)> = probes
        .iter()
        .map(|probe| {
            let answer = match &probe.answer {
                Answer::Absent(_) => "absent",
                Answer::Failed(_) => "failed",
                Answer::Found { .. } => "found",
            };
            (probe.source.as_str(), answer)
        })
        .collect();
    assert_eq!(
        answers,
        [
            ("environment", "found"),
            ("web identity", "absent"),
            ("profile \"default\"", "absent"),
            ("container endpoint", "failed"),
            ("EC2 instance metadata", "absent"),
        ]
    );
    let failed = probes.iter().find_map(|probe| match &probe.answer {
        Answer::Failed(error) => error.source().map(ToString::to_string),
        _ => None,
    });
    assert!(failed.expect("a failure").contains("HTML"));
}

#[tokio::test]
async fn an_instance_names_the_region_where_nobody_else_does() {
    let service = MetadataService::without_a_role();
    let url = service.url();
    let keys = [
        (vars::AWS_ACCESS_KEY_ID, "ASIAENV"),
        (vars::AWS_SECRET_ACCESS_KEY, "s"),
        (vars::AWS_SESSION_TOKEN, "t"),
        (vars::AWS_EC2_METADATA_SERVICE_ENDPOINT, url.as_str()),
    ];
    let region = |last: (&'static str, &'static str)| async move {
        let [id, secret, token, service] = keys;
        let environment = Environment::fixed([id, secret, token, service, last]);
        let source = open(&nothing(), &environment).expect("a source");
        source.fetch().await.expect("a set");
        source
            .region()
            .map(|region| (region.name.clone(), region.from.to_string()))
    };
    let of_instance = (
        metadata_service::REGION.to_owned(),
        "EC2 instance metadata".to_owned(),
    );
    assert_eq!(region(("X", "")).await, Some(of_instance));
    assert_eq!(
        region((vars::AWS_EC2_METADATA_DISABLED, "true")).await,
        None
    );
    let named = region((vars::AWS_REGION, "eu-west-1"))
        .await
        .expect("named");
    assert_eq!(named.0, "eu-west-1");
}
