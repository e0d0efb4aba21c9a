//! `credrun policy`, and the other readers of records.

use std::fmt::Write as _;

use super::{Page, Scene};

/// A line of a record; `changes` come after the keys that each line has.
fn line(verdict: &str, action: &str, resource: &str, changes: &str) -> String {
    let (module, operation) = action.split_once(':').expect("an action");
    format!(
        r#"{{"Time":"2030-01-01T00:00:00.000Z","Verdict":"{verdict}","Module":"{module}","Operation":"{operation}","Actions":["{action}"],"Resources":[{resource}],"Region":"eu-west-1","RequestId":"R","Attempt":1,"BytesSent":0,"BytesReceived":0,"Milliseconds":1,{changes}}}"#
    ) + "\n"
}

fn passed(action: &str, resource: &str) -> String {
    line(
        "passed",
        action,
        resource,
        r#""Rule":null,"Status":200,"Error":null"#,
    )
}

fn refused() -> String {
    let rule = r#""Rule":"--deny s3:Delete*","Status":403,"Error":"AccessDenied""#;
    line("refused", "s3:DeleteObject", r#""arn:aws:s3:::b/k""#, rule)
}

/// The command, where `calls.jsonl` is this.
fn scene(line: &str, record: &str) -> Scene {
    Scene::new(line).bytes("calls.jsonl", record.as_bytes())
}

/// A record whose policy is larger than any that IAM takes.
fn endless() -> String {
    let mut record = String::new();
    for number in 0..400 {
        let role = format!(r#""PassedRoles":["arn:aws:iam::123456789012:role/r{number}"]"#);
        let rest = format!(r#""Rule":null,"Status":200,"Error":null,{role}"#);
        let function = format!(r#""arn:aws:lambda:eu-west-1:123456789012:function:f{number}""#);
        record += &line("passed", "lambda:CreateFunction", &function, &rest);
    }
    record
}

/// A line that AWS has answered.
fn answered(action: &str, resource: &str, changes: &str) -> String {
    let rest = format!(r#""Rule":null,"Status":200,"Error":null,{changes}"#);
    line("passed", action, resource, &rest)
}

/// What records do not say.
fn not_known(page: &mut Page) {
    let profile = r#""PassedRoles":["arn:aws:iam::123456789012:instance-profile/web"]"#;
    let role = r#""PassedRoles":["arn:aws:iam::123456789012:role/app"]"#;
    let key = r#""KmsKeys":["arn:aws:kms:eu-west-1:123456789012:key/k"]"#;
    let record = [
        answered(
            "s3:GetObject",
            r#""arn:aws:s3:::b/a?b""#,
            r#""LinesLost":7"#,
        ),
        passed("sqs:SendMessage", r#""arn:aws:sqs:eu-west-1:*:jobs""#),
        answered(
            "ec2:RunInstances",
            r#""arn:aws:ec2:eu-west-1::image/ami-1""#,
            profile,
        ),
        answered(
            "iot:CreateThing",
            r#""arn:aws:iot:eu-west-1:123456789012:thing/t""#,
            role,
        )
        .replace(r#""Module":"iot""#, r#""Module":"iotwireless""#),
        answered(
            "rds:CreateDBInstance",
            r#""arn:aws:rds:eu-west-1:123456789012:db:d""#,
            key,
        ),
    ];
    page.show(
        &[
            "Remark::Hidden",
            "Remark::AnyAccount",
            "Remark::Lost",
            "Remark::Profiles",
            "Remark::PassedToAny",
            "Remark::Keys",
        ],
        scene("credrun policy calls.jsonl", &record.concat()).where_(
            "calls.jsonl lacks seven lines, a letter that can be seen, an account, and whom roles and keys are for",
        ),
    );
    let of_day = |day: &str| {
        passed(
            "s3:PutObject",
            &format!(r#""arn:aws:s3:::acme-data/in/{day}/a""#),
        )
    };
    page.show(
        &["Remark::Folded"],
        Scene::new("credrun policy monday.jsonl tuesday.jsonl")
            .bytes("monday.jsonl", of_day("2030-01-01").as_bytes())
            .bytes("tuesday.jsonl", of_day("2030-01-02").as_bytes())
            .where_("the two records differ in a date"),
    );
    let denied = |action: &str, named: &str| {
        let denial = r#""Rule":null,"Status":403,"Error":"AccessDenied","Denial":"#;
        line(
            "passed",
            action,
            r#""arn:aws:s3:::b""#,
            &format!("{denial}{named}"),
        )
    };
    let to_whom = denied(
        "s3:CreateBucket",
        r#"{"Action":"iam:PassRole","Resource":"arn:aws:iam::123456789012:role/app"}"#,
    );
    let no_action = denied("s3:ListBucket", r#"{"Action":"s3:ListObjects"}"#);
    page.show(
        &["Remark::NotPassed", "Remark::NoActions"],
        scene(
            "credrun policy --include-denied calls.jsonl",
            &(to_whom + &no_action),
        )
        .where_("AWS names iam:PassRole for one call, and for the other an action that it does not have"),
    );
    let observed = r#""Rule":null,"Status":200,"Error":null"#;
    page.show(
        &["Remark::Observed"],
        scene(
            "credrun policy calls.jsonl",
            &line("observed", "s3:GetObject", "", observed),
        )
        .where_("calls.jsonl is of a run with --live"),
    );
}

#[test]
fn policy() {
    let mut page = Page::new(
        "policy",
        "credrun policy, role-template --from and --policy-from.",
    );
    let get = passed("s3:GetObject", r#""arn:aws:s3:::b/k""#);
    let command = "credrun policy calls.jsonl";
    page.show(
        &["Notices::policy", "Remark::LeftOut"],
        scene(
            "credrun policy --output summary calls.jsonl",
            &(get.clone() + &refused()),
        )
        .where_("calls.jsonl has a call that passed and one that was refused"),
    );
    page.show(
        &[
            "Remark::Read",
            "Skipped::CutLine",
            "Skipped::Earlier",
            "Remark::Unknown",
        ],
        scene(
            command,
            &((get.clone() + &passed("s3:ListBucket", "")).replacen('{', r#"{"LinesPutAside":1,"#, 1)
                + r#"{"Time":"#),
        )
        .bytes(
            "calls.jsonl.1",
            passed("s3:PutObject", r#""arn:aws:s3:::b/k""#).as_bytes(),
        )
        .where_("calls.jsonl says that the run put ~/calls.jsonl.1 aside; a call has no resource; the last line is cut"),
    );
    let mut many = String::new();
    for number in 0..150 {
        let name = format!(r#""arn:aws:dynamodb:eu-west-1:123456789012:table/app-{number:04}""#);
        let _ = write!(many, "{}", passed("dynamodb:GetItem", &name));
    }
    page.show(
        &["Remark::Widened"],
        scene(command, &many).where_("calls.jsonl has GetItem on 150 tables"),
    );
    let further = r#""Rule":null,"Status":200,"Error":null,"FurtherResources":900"#;
    let deleted = line(
        "passed",
        "s3:DeleteObject",
        r#""arn:aws:s3:::b/k""#,
        further,
    );
    let unknown = get.replace(r#""Actions":["s3:GetObject"]"#, r#""Actions":[]"#);
    let unknown = unknown.replace(r#""Operation":"GetObject""#, r#""Operation":null"#);
    page.show(
        &["Remark::Partial", "Remark::Unnamed"],
        scene(command, &(deleted + &unknown)).where_(
            "calls.jsonl has a call that deletes 901 objects, and one that the tables do not have",
        ),
    );
    not_known(&mut page);
    page.show(
        &["PolicyError::Read"],
        Scene::new("credrun policy none.jsonl"),
    );
    page.show(
        &["PolicyError::Line", "BadLine::Json"],
        scene(command, &("nonsense\n".to_owned() + &get)).where_("the first line is nonsense"),
    );
    page.show(
        &["BadLine::SeveralLines"],
        scene(command, &get.replace(",\"", ",\n\"")).where_("a call is on several lines"),
    );
    page.show(
        &["BadLine::Binary"],
        Scene::new(command)
            .bytes("calls.jsonl", b"\x7fELF\xff\xfe\n")
            .where_("calls.jsonl is a program"),
    );
    page.show(
        &["PolicyError::Long"],
        Scene::new("credrun policy /dev/zero"),
    );
    page.show(&["PolicyError::NoCalls"], scene(command, ""));
    let who = get.replace("s3:GetObject", "sts:GetCallerIdentity");
    page.show(
        &["PolicyError::NothingNeeded"],
        scene(command, &who).where_("calls.jsonl has sts:GetCallerIdentity alone"),
    );
    page.show(&["PolicyError::AllDenied"], scene(command, &refused()));
    page.show(
        &["PolicyError::TooLarge"],
        scene(command, &endless()).where_("calls.jsonl passes 400 roles"),
    );
    page.show(&[], Scene::new("credrun policy"));
    page.show(
        &[],
        Scene::new("credrun policy --resource-level low calls.jsonl"),
    );
    page.show(
        &[],
        Scene::new("credrun role-template --action s3:GetObject --include-denied"),
    );
    let role = "--role-arn arn:aws:iam::123456789012:role/deploy";
    let session = |rest: &str, record: &str| {
        scene(
            &format!("credrun env {rest} --policy-from calls.jsonl aws s3 ls"),
            record,
        )
        .with_keys()
    };
    page.show(
        &["CredentialsError::PolicyFrom", "PolicyError::AllDenied"],
        session(role, &refused()),
    );
    page.show(
        &["CredentialsError::PolicyFrom", "PolicyError::TooLarge"],
        session(role, &endless()).where_("calls.jsonl passes 400 roles"),
    );
    page.show(
        &["CredentialsError::Flag"],
        session("--credential-source Environment", &get),
    );
    page.show(&["FlagError"], session(&format!("{role} --policy x"), &get));
    page.show(
        &["CredentialsError::Flag"],
        Scene::new(&format!("credrun {role} --policy-from - image")).with_keys(),
    );
    page.check();
}
