use proptest::prelude::*;

use super::*;

fn values() -> CredentialValues {
    CredentialValues {
        access_key_id: "ASIAEXAMPLE".to_owned(),
        secret_access_key: "wJalr/+=".into(),
        session_token: Some("IQoJ//==".into()),
        expiration: None,
        account_id: Some("123456789012".to_owned()),
    }
}

#[test]
fn each_flaw_is_named_and_the_value_is_not() {
    for (text, said) in [
        ("", "is empty"),
        (
            "hush\r",
            "contains a carriage return (was it copied from a file with Windows line endings?)",
        ),
        ("hush\nhush", "contains a line break"),
        ("hush hush", "contains a space or a tab"),
        ("hush\u{1}", "contains a control character (U+0001)"),
        ("hush\u{7f}", "contains a control character (U+007F)"),
        ("hüsh", "contains a character that is not ASCII"),
    ] {
        let flawed = CredentialValues {
            secret_access_key: text.into(),
            ..values()
        };
        let error = Credentials::new(flawed).expect_err(text);
        assert_eq!(error.field, Field::SecretAccessKey);
        assert_eq!(error.flaw.to_string(), said);
        assert!(!format!("{error:?}").contains("hush"));
    }
}

/// A set whose secrets have characters that encodings write differently.
fn with_slashes() -> Credentials {
    let values = CredentialValues {
        secret_access_key: "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY".into(),
        session_token: Some("IQoJb3JpZ2luX2VjEAAaCXVzLWVhc3QtMSJ/abc+def==".into()),
        ..values()
    };
    Credentials::new(values).expect("a set")
}

#[test]
fn a_secret_is_found_in_any_encoding_and_in_part() {
    let set = with_slashes();
    for text in [
        "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY",
        "wJalrXUtnFEMI%2FK7MDENG%2FbPxRfiCYEXAMPLEKEY",
        "x-amz-security-token:IQoJb3JpZ2luX2VjEAAaCXVzLWVhc3QtMSJ\\/abc",
        "\u{fffd}IQoJb3JpZ2luX2VjEAAaCXVzLWVhc3QtMSJ&#47;abc&#43;def==",
    ] {
        assert!(set.is_in(text.as_bytes()), "{text}");
    }
    for text in ["", "ASIAEXAMPLE", "IQoJb3JpZ2luX2VjANOTHER", "abc+def=="] {
        assert!(!set.is_in(text.as_bytes()), "{text}");
    }
    assert!(set.is_in(b"\xff wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"));
}

#[test]
fn a_whole_secret_is_found_as_protocols_write_it_and_a_part_is_not() {
    let set = with_slashes();
    for text in [
        "<a>wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY</a>",
        "wJalrXUtnFEMI%2FK7MDENG%2FbPxRfiCYEXAMPLEKEY",
        "\"IQoJb3JpZ2luX2VjEAAaCXVzLWVhc3QtMSJ\\/abc+def==\"",
    ] {
        assert!(set.is_whole_in(text.as_bytes()), "{text}");
    }
    let another = "X-Amz-Security-Token=IQoJb3JpZ2luX2VjEAAaCXVzLWVhc3QtMSJ%2Fabd";
    assert!(!set.is_whole_in(another.as_bytes()));
}

/// A set of values with `text` as one of them, for each field, with the field's name.
fn with(text: &str) -> [(Field, CredentialValues); 4] {
    let owned = || text.to_owned();
    [
        (
            Field::AccessKeyId,
            CredentialValues {
                access_key_id: owned(),
                ..values()
            },
        ),
        (
            Field::SecretAccessKey,
            CredentialValues {
                secret_access_key: owned().into(),
                ..values()
            },
        ),
        (
            Field::SessionToken,
            CredentialValues {
                session_token: Some(owned().into()),
                ..values()
            },
        ),
        (
            Field::AccountId,
            CredentialValues {
                account_id: Some(owned()),
                ..values()
            },
        ),
    ]
}

proptest! {
    #[test]
    fn a_set_is_made_of_visible_ascii_and_of_nothing_else(text in any::<String>()) {
        let usable = !text.is_empty() && text.chars().all(|c| c.is_ascii_graphic());
        for (field, values) in with(&text) {
            match Credentials::new(values) {
                Ok(_) => prop_assert!(usable),
                Err(error) => {
                    prop_assert!(!usable);
                    prop_assert_eq!(error.field, field);
                }
            }
        }
    }

    #[test]
    fn every_visible_text_makes_a_set(text in "[!-~]{1,64}") {
        for (_, values) in with(&text) {
            prop_assert!(Credentials::new(values).is_ok());
        }
    }
}

#[test]
fn a_set_for_display_has_something_else_in_the_place_of_each_secret() {
    let shown = Credentials::new(values()).expect("a set").redacted("***");
    assert_eq!(shown.secret_access_key.expose_secret(), "***");
    let token = shown
        .session_token
        .as_ref()
        .map(ExposeSecret::expose_secret);
    assert_eq!(token, Some("***"));
    assert_eq!(shown.access_key_id, "ASIAEXAMPLE");
    let without = CredentialValues {
        session_token: None,
        ..values()
    };
    let shown = Credentials::new(without).expect("a set").redacted("***");
    assert!(shown.session_token.is_none());
}

#[test]
fn values_go_by_the_names_that_config_files_have_for_them() {
    let names = [
        Field::AccessKeyId,
        Field::SecretAccessKey,
        Field::SessionToken,
        Field::AccountId,
    ]
    .map(Field::setting);
    let expected = [
        "aws_access_key_id",
        "aws_secret_access_key",
        "aws_session_token",
        "aws_account_id",
    ];
    assert_eq!(names, expected);
}
