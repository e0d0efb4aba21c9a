//! Which region the container gets, and who names it.

use std::fs;

use crate::injection::{aws_variables, run_env};
use crate::support::credential_endpoint::{CredentialEndpoint, in_cloudshell};
use crate::support::engine::IMAGE;

#[test]
fn a_region_of_the_users_is_the_region_for_every_sdk() {
    let endpoint = CredentialEndpoint::start();
    for given in ["AWS_REGION", "AWS_DEFAULT_REGION"] {
        let flags = ["-e", &format!("{given}=us-gov-east-1")];
        let finished = run_env(&mut in_cloudshell(&endpoint), &flags, IMAGE);
        let found = aws_variables(&finished);
        assert_eq!(found["AWS_REGION"], "us-gov-east-1", "{given}");
        assert_eq!(found["AWS_DEFAULT_REGION"], "us-gov-east-1", "{given}");
        let said = format!("credrun: keeping your {given} from -e or --env-file\n");
        assert!(finished.stderr.contains(&said), "{}", finished.stderr);
    }
}

#[test]
fn a_region_is_looked_for_in_four_places_in_their_order() {
    let endpoint = CredentialEndpoint::start();
    let home = tempfile::tempdir().expect("a directory");
    fs::create_dir(home.path().join(".aws")).expect("made");
    let config = "[default]\nregion = eu-north-1\n";
    fs::write(home.path().join(".aws/config"), config).expect("written");
    // From the last to the first: each outranks those before it.
    let places = [
        ("the profile's", "eu-north-1"),
        ("AWS_DEFAULT_REGION", "eu-south-2"),
        ("AWS_REGION", "eu-west-3"),
        ("--region", "us-east-2"),
    ];
    for named in 1..=places.len() {
        let mut command = in_cloudshell(&endpoint);
        command.env("HOME", home.path()).env_remove("AWS_REGION");
        for (place, region) in &places[1..named] {
            match *place {
                "--region" => command.args(["--region", region]),
                variable => command.env(variable, region),
            };
        }
        let (place, region) = places[named - 1];
        let found = aws_variables(&run_env(&mut command, &[], IMAGE));
        assert_eq!(found["AWS_REGION"], region, "{place}");
        assert_eq!(found["AWS_DEFAULT_REGION"], region, "{place}");
    }
}

#[test]
fn no_region_is_a_warning_that_names_the_four_places() {
    let endpoint = CredentialEndpoint::start();
    let mut command = in_cloudshell(&endpoint);
    command.env_remove("AWS_REGION");
    let finished = run_env(&mut command, &["-q"], IMAGE);
    assert_eq!(aws_variables(&finished).len(), 4);
    assert_eq!(
        finished.stderr,
        "credrun: warning: no region found in --region, AWS_REGION, AWS_DEFAULT_REGION or the profile's `region`\n"
    );
}

#[test]
fn a_region_that_only_the_user_names_is_one() {
    let endpoint = CredentialEndpoint::start();
    let mut command = in_cloudshell(&endpoint);
    command.env_remove("AWS_REGION");
    let finished = run_env(&mut command, &["-q", "-e", "AWS_REGION=eu-west-3"], IMAGE);
    assert_eq!(aws_variables(&finished)["AWS_DEFAULT_REGION"], "eu-west-3");
    assert_eq!(finished.stderr, "");
}
