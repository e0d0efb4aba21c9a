use std::collections::BTreeSet;

use proptest::prelude::*;

use super::*;

fn fit(pattern: &str, text: &str) -> Fit {
    let pattern = Pattern::of_policy(pattern).expect("no variable");
    pattern.fit(&Pattern::of_record(text))
}

#[test]
fn a_star_is_any_run_and_a_question_mark_one_letter() {
    for (pattern, text) in [
        ("*", ""),
        ("*", "arn:aws:s3:::b/k"),
        ("a*c", "abbc"),
        ("a*c", "ac"),
        ("a?c", "a/c"),
        ("*a*b*", "xxaxxbxx"),
        ("?*?", "ab"),
    ] {
        assert_eq!(fit(pattern, text), Fit::All, "{pattern} {text}");
    }
    for (pattern, text) in [
        ("a*c", "acb"),
        ("a?c", "ac"),
        ("abc", "aBc"),
        ("", "a"),
        ("?*?", "a"),
    ] {
        assert_eq!(fit(pattern, text), Fit::None, "{pattern} {text}");
    }
}

#[test]
fn a_text_with_unknown_letters_is_fitted_whole_in_part_or_not_at_all() {
    for (pattern, text) in [
        ("secret:db-*", "secret:db-??????"),
        ("secret:db-??????", "secret:db-??????"),
        ("role/*", "role/*deploy"),
        ("role/*deploy", "role/*-deploy"),
        // At least two letters, of which the last is an `a`.
        ("?*a", "*ba"),
        ("*?", "a*"),
    ] {
        assert_eq!(fit(pattern, text), Fit::All, "{pattern} {text}");
    }
    for (pattern, text) in [
        ("secret:db-?????", "secret:db-*"),
        ("secret:db-AbCdEf", "secret:db-??????"),
        ("role/deploy", "role/*deploy"),
        ("role/path/*", "role/*deploy"),
        ("a?", "a*"),
    ] {
        assert_eq!(fit(pattern, text), Fit::Some, "{pattern} {text}");
    }
    for (pattern, text) in [
        ("secret:db-?????", "secret:db-??????"),
        ("role/*x", "role/*deploy"),
        ("user/*", "role/*deploy"),
    ] {
        assert_eq!(fit(pattern, text), Fit::None, "{pattern} {text}");
    }
}

#[test]
fn three_variables_are_letters_and_others_are_refused() {
    assert_eq!(
        Pattern::of_policy("a${*}b${?}${$}"),
        Ok(Pattern::exact("a*b?$"))
    );
    for text in ["a/${aws:username}/*", "${aws:PrincipalTag/team, 'x'}"] {
        assert!(Pattern::of_policy(text).is_err(), "{text}");
    }
    let unclosed = Pattern::of_policy("a/${aws:us");
    assert_eq!(unclosed, Err(Variable("${aws:us}".to_owned())));
    // What is no variable.
    assert_eq!(Pattern::of_policy("a$b$"), Ok(Pattern::exact("a$b$")));
    assert_eq!(Pattern::literal("a*b?"), Ok(Pattern::exact("a*b?")));
}

#[test]
fn a_long_pattern_and_a_long_text_take_little_time() {
    let pattern = "*a?".repeat(2_000) + "b";
    let text = "a*".repeat(600);
    let began = std::time::Instant::now();
    assert_eq!(fit(&pattern, &text), Fit::Some);
    let dense = fit(&("*a".repeat(3_000) + "b"), &"a".repeat(1_200));
    assert_eq!(dense, Fit::None);
    assert!(began.elapsed().as_secs() < 5, "{:?}", began.elapsed());
}

/// A matcher that tries everything.
fn naive(pattern: &[char], text: &[char]) -> bool {
    match (pattern.split_first(), text.split_first()) {
        (None, None) => true,
        (Some(('*', rest)), None) => naive(rest, text),
        (Some(('*', rest)), Some((_, behind))) => naive(rest, text) || naive(pattern, behind),
        (Some(('?', rest)), Some((_, behind))) => naive(rest, behind),
        (Some((one, rest)), Some((other, behind))) => one == other && naive(rest, behind),
        _ => false,
    }
}

fn chars(text: &str) -> Vec<char> {
    text.chars().collect()
}

/// The positions in a pattern after one more letter.
fn step(pattern: &[char], here: &BTreeSet<usize>, letter: char) -> BTreeSet<usize> {
    let mut next = BTreeSet::new();
    for &at in here {
        match pattern.get(at) {
            Some('*') => next.insert(at),
            Some('?') => next.insert(at + 1),
            Some(one) if *one == letter => next.insert(at + 1),
            _ => false,
        };
    }
    behind_stars(pattern, next)
}

fn behind_stars(pattern: &[char], mut here: BTreeSet<usize>) -> BTreeSet<usize> {
    for (at, letter) in pattern.iter().enumerate() {
        if here.contains(&at) && *letter == '*' {
            here.insert(at + 1);
        }
    }
    here
}

/// What is true of all texts, by the automata of both: each pair of sets that a text leads to.
fn naive_fit(pattern: &str, text: &str) -> Fit {
    let (pattern, text) = (chars(pattern), chars(text));
    let start = |of: &[char]| behind_stars(of, BTreeSet::from([0]));
    let mut seen = BTreeSet::new();
    let mut left = vec![(start(&pattern), start(&text))];
    let (mut is_some, mut is_all) = (false, true);
    while let Some((one, other)) = left.pop() {
        if !seen.insert((one.clone(), other.clone())) {
            continue;
        }
        if other.contains(&text.len()) {
            let fits = one.contains(&pattern.len());
            is_some |= fits;
            is_all &= fits;
        }
        // `z` is in no pattern.
        for letter in ['a', 'b', 'z'] {
            let next = step(&text, &other, letter);
            if !next.is_empty() {
                left.push((step(&pattern, &one, letter), next));
            }
        }
    }
    match (is_some, is_all) {
        (false, _) => Fit::None,
        (true, false) => Fit::Some,
        (true, true) => Fit::All,
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(4_000))]

    #[test]
    fn it_fits_as_a_matcher_that_tries_everything(
        pattern in "[ab*?]{0,8}", text in "[ab]{0,10}",
    ) {
        let expected = naive(&chars(&pattern), &chars(&text));
        let found = fit(&pattern, &text);
        prop_assert_eq!(found, if expected { Fit::All } else { Fit::None });
    }

    #[test]
    fn it_covers_what_the_automata_say(pattern in "[ab*?]{0,7}", text in "[ab*?]{0,7}") {
        prop_assert_eq!(fit(&pattern, &text), naive_fit(&pattern, &text));
    }
}

#[test]
fn a_resource_covers_what_it_stands_for() {
    for (pattern, other) in [
        ("arn:aws:s3:::b/*", "arn:aws:s3:::b/a/b*"),
        ("secret:n-*", "secret:n-??????"),
        ("a**", "a"),
        ("a*", "a${*}"),
        ("a${*}", "a${*}"),
        ("a?", "a${?}"),
        ("${aws:x}", "${$}{aws:x}"),
    ] {
        assert!(covers(pattern, other), "{pattern} {other}");
    }
    for (pattern, other) in [
        ("a?", "a*"),
        ("arn:aws:s3:::b/x*", "arn:aws:s3:::b/*"),
        ("a${*}", "ab"),
        ("a${*}", "a*"),
        ("a${?}", "ab"),
        ("", "a"),
    ] {
        assert!(!covers(pattern, other), "{pattern} {other}");
    }
    assert!(!is_pattern("a${*}${?}${aws:*}"));
    assert_eq!(first_wildcard("a${*}*"), Some(5));
}

#[test]
fn a_policy_gets_no_variable_from_a_record() {
    for (resource, expected) in [
        ("a/${aws:username}/*", "a/${$}{aws:username}/*"),
        ("a/${*}${?}${$}{b}*", "a/${*}${?}${$}{b}*"),
        ("a/${x*", "a/${$}{x${*}"),
        ("\u{e9}${", "\u{e9}${$}{"),
    ] {
        assert_eq!(without_variables(resource), expected);
    }
}
