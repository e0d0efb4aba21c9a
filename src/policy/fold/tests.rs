use super::*;

/// Resources, each with the runs that used it.
fn used(resources: &[(&str, &[usize])]) -> BTreeMap<String, On> {
    let each = resources.iter().map(|(resource, runs)| {
        let on = On {
            calls: 1,
            runs: runs.iter().copied().collect(),
        };
        ((*resource).to_owned(), on)
    });
    each.collect()
}

fn in_one_run(resources: &[&str], level: ResourceLevel) -> Vec<String> {
    let runs: &[usize] = &[0];
    let all: Vec<_> = resources.iter().map(|&one| (one, runs)).collect();
    fold(&used(&all), level)
}

fn keys(keys: &[&str]) -> Vec<String> {
    let arns: Vec<_> = keys
        .iter()
        .map(|key| format!("arn:aws:s3:::b/{key}"))
        .collect();
    let arns: Vec<_> = arns.iter().map(String::as_str).collect();
    let folded = in_one_run(&arns, ResourceLevel::Prefix).into_iter();
    folded
        .map(|arn| arn.trim_start_matches("arn:aws:s3:::b/").to_owned())
        .collect()
}

#[test]
fn keys_fold_to_the_longest_beginning_that_ends_at_a_boundary() {
    assert_eq!(keys(&["in/2024/a.csv", "in/2024/b.csv"]), ["in/2024/*"]);
    assert_eq!(keys(&["img-001.png", "img-002.png"]), ["img-*"]);
    assert_eq!(keys(&["logs/app.1", "logs/app.2"]), ["logs/app.*"]);
    assert_eq!(keys(&["a/b", "a/b/c"]), ["a/*"]);
    assert_eq!(keys(&["année/é1", "année/è2"]), ["année/*"]);
}

#[test]
fn a_single_key_stays_as_it_is() {
    assert_eq!(keys(&["config/app.json"]), ["config/app.json"]);
}

#[test]
fn a_beginning_does_not_end_within_a_timestamp() {
    let days = ["out/2024-11-25/a", "out/2024-11-26/a"];
    assert_eq!(keys(&days), ["out/*"]);
    let ids = [
        "job-0b5c9f0e-9d4b-4c43-a8a3-6b1e0a0e5e3d",
        "job-0b5c9f0e-9d4b-4c43-a8a3-000000000000",
    ];
    assert_eq!(keys(&ids), ["job-*"]);
}

#[test]
fn keys_that_share_nothing_are_parted_by_their_folder() {
    assert_eq!(
        keys(&["in/a", "in/b", "out/c", "config.json"]),
        ["config.json", "in/*", "out/c"]
    );
}

#[test]
fn with_many_folders_or_keys_it_is_the_whole_bucket_and_never_more() {
    assert_eq!(keys(&["a/1", "b/1", "c/1", "d/1", "e/1", "f/1"]), ["*"]);
    assert_eq!(keys(&["a", "b", "c", "d"]), ["*"]);
}

#[test]
fn keys_of_different_buckets_do_not_fold() {
    let folded = in_one_run(
        &[
            "arn:aws:s3:::a/x/1",
            "arn:aws:s3:::a/x/2",
            "arn:aws:s3:::b/x/1",
        ],
        ResourceLevel::Prefix,
    );
    assert_eq!(folded, ["arn:aws:s3:::a/x/*", "arn:aws:s3:::b/x/1"]);
}

#[test]
fn what_differs_from_run_to_run_folds_and_what_all_have_stays() {
    let queue = |name: &str| format!("arn:aws:sqs:eu-west-1:123456789012:{name}");
    let (first, second) = (queue("job-0a1b2c3d4e"), queue("job-9f8e7d6c5b"));
    let both = queue("job-5a5b5c5d5e");
    let folded = fold(
        &used(&[(&first, &[0]), (&second, &[1]), (&both, &[0, 1])]),
        ResourceLevel::Prefix,
    );
    // It covers what stays.
    assert_eq!(folded, [queue("job-*")]);
    let kept = fold(
        &used(&[(&first, &[0, 1]), (&second, &[0, 1])]),
        ResourceLevel::Prefix,
    );
    assert_eq!(kept, [first.clone(), second.clone()]);
    // Within one run they are two things.
    let one_run = in_one_run(&[&first, &second], ResourceLevel::Prefix);
    assert_eq!(one_run, [first, second]);
}

#[test]
fn accounts_fold_when_runs_were_in_different_ones() {
    let folded = fold(
        &used(&[
            ("arn:aws:sqs:eu-west-1:111111111111:jobs", &[0]),
            ("arn:aws:sqs:eu-west-1:222222222222:jobs", &[1]),
        ]),
        ResourceLevel::Prefix,
    );
    assert_eq!(folded, ["arn:aws:sqs:eu-west-1:*:jobs"]);
}

#[test]
fn a_day_in_a_key_folds_when_runs_were_on_different_ones() {
    let folded = fold(
        &used(&[
            ("arn:aws:s3:::b/out/2024-11-25/report.csv", &[0]),
            ("arn:aws:s3:::b/out/2024-12-01/report.csv", &[1]),
        ]),
        ResourceLevel::Prefix,
    );
    assert_eq!(folded, ["arn:aws:s3:::b/out/*/report.csv"]);
}

#[test]
fn names_that_differ_in_words_do_not_fold() {
    let both = [
        "arn:aws:dynamodb:eu-west-1:123456789012:table/Orders",
        "arn:aws:dynamodb:eu-west-1:123456789012:table/Users",
    ];
    let all: Vec<_> = both
        .iter()
        .zip([&[0][..], &[1]])
        .map(|(one, runs)| (*one, runs))
        .collect();
    assert_eq!(fold(&used(&all), ResourceLevel::Prefix), both);
}

#[test]
fn roles_keys_and_what_has_no_name_of_its_own_do_not_fold() {
    let header = |service: &str| format!("arn:aws:{service}:eu-west-1:123456789012:");
    for (service, start, end) in [
        ("iam", "role/app-", ""),
        ("sts", "assumed-role/app-", ""),
        ("kms", "key/", ""),
        ("kms", "alias/app-", ""),
        ("ec2", "instance/i-", ""),
        ("dynamodb", "table/", ""),
        ("dynamodb", "table/t-", ""),
        ("sqs", "", ""),
        ("lambda", "function:", ""),
    ] {
        let name = |id: &str| format!("{}{start}{id}{end}", header(service));
        let both = [name("0a1b2c3d4e"), name("9f8e7d6c5b")];
        let runs = used(&[(&both[0], &[0]), (&both[1], &[1])]);
        assert_eq!(fold(&runs, ResourceLevel::Prefix), both);
        assert!(folded(&runs, ResourceLevel::Prefix).is_empty());
    }
    for name in ["0a1b2c3d4e", "0a1b2c3d4e/key", "bucket/0a1b2c3d4e"] {
        let other = name.replace("0a1b2c3d4e", "9f8e7d6c5b");
        let both = [name, &other].map(|name| format!("arn:aws:s3:::{name}"));
        let runs = used(&[(&both[0], &[0]), (&both[1], &[1])]);
        assert!(folded(&runs, ResourceLevel::Prefix).is_empty(), "{name}");
    }
}

#[test]
fn words_with_a_number_do_not_fold() {
    let table = |name: &str| format!("arn:aws:dynamodb:eu-west-1:123456789012:table/{name}");
    let both = [table("deploy2-orders"), table("worker1-orders")];
    let runs = used(&[(&both[0], &[0]), (&both[1], &[1])]);
    assert_eq!(fold(&runs, ResourceLevel::Prefix), both);
}

#[test]
fn streams_of_a_log_group_fold() {
    let stream = "arn:aws:logs:eu-west-1:123456789012:log-group:/app:log-stream:2024/x";
    assert_eq!(
        in_one_run(&[stream], ResourceLevel::Prefix),
        ["arn:aws:logs:eu-west-1:123456789012:log-group:/app:log-stream:*"]
    );
    assert_eq!(in_one_run(&[stream], ResourceLevel::Exact), [stream]);
}

#[test]
fn exact_folds_nothing_and_any_allows_all() {
    let keys = ["arn:aws:s3:::b/in/a", "arn:aws:s3:::b/in/b"];
    assert_eq!(in_one_run(&keys, ResourceLevel::Exact), keys);
    assert_eq!(in_one_run(&keys, ResourceLevel::Any), ["*"]);
}

#[test]
fn what_a_pattern_covers_is_left_out_and_of_two_equal_ones_one_stays() {
    let of = |all: &[&str]| without_covered(all.iter().map(|&one| one.to_owned()).collect());
    assert_eq!(of(&["a/*", "a/b", "a/b*", "c"]), ["a/*", "c"]);
    assert_eq!(of(&["a*", "a**", "a"]), ["a*"]);
    assert_eq!(of(&["*", "x"]), ["*"]);
}

#[test]
fn a_type_is_all_of_one_kind() {
    for (resource, expected) in [
        ("arn:aws:s3:::b/a/b", "arn:aws:s3:::b/*"),
        ("arn:aws:s3:::b", "arn:aws:s3:::b"),
        (
            "arn:aws:dynamodb:r:1:table/t/index/i",
            "arn:aws:dynamodb:r:1:table/*",
        ),
        (
            "arn:aws:lambda:r:1:function:f",
            "arn:aws:lambda:r:1:function:*",
        ),
        ("arn:aws:sqs:r:1:jobs", "arn:aws:sqs:r:1:*"),
        ("*", "*"),
    ] {
        assert_eq!(of_type(resource), expected);
    }
}

#[test]
fn an_access_point_has_no_bucket() {
    assert_eq!(
        object("arn:aws:s3:eu-west-1:123456789012:accesspoint/a/object/k"),
        None
    );
    assert_eq!(
        object("arn:aws-cn:s3:::b/k/l"),
        Some(("arn:aws-cn:s3:::b", "k/l"))
    );
    assert_eq!(object("arn:aws:s3:::b"), None);
    assert_eq!(object("nonsense/x"), None);
}
