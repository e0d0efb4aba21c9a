//! `--ulimit`.

use bollard::models::ResourcesUlimits;

use super::number;
use crate::container::FlagError;

/// `as` is a limit too, but a container does not start with it.
const NAMES: [&str; 15] = [
    "core",
    "cpu",
    "data",
    "fsize",
    "locks",
    "memlock",
    "msgqueue",
    "nice",
    "nofile",
    "nproc",
    "rss",
    "rtprio",
    "rttime",
    "sigpending",
    "stack",
];

const UNLIMITED: i64 = -1;

/// Reads `NAME=SOFT[:HARD]`; the hard limit defaults to the soft one; -1 means unlimited.
///
/// # Errors
/// An unknown name, an invalid number, or a soft limit above the hard one.
pub(crate) fn parse(value: &str) -> Result<ResourcesUlimits, FlagError> {
    let Some((name, limits)) = value.split_once('=') else {
        return Err(FlagError::new(format!("invalid ulimit argument: {value}")));
    };
    if !NAMES.contains(&name) {
        return Err(FlagError::new(format!("invalid ulimit type: {name}")));
    }
    let (soft, hard) = match *limits.split(':').collect::<Vec<_>>().as_slice() {
        [soft] => (soft, soft),
        [soft, hard] => (soft, hard),
        _ => {
            return Err(FlagError::new(format!(
                "too many limit value arguments - {limits}, can only have up to two, `soft[:hard]`"
            )));
        }
    };
    let hard = number::parse_decimal_int(hard).map_err(hint_unlimited)?;
    let soft = number::parse_decimal_int(soft).map_err(hint_unlimited)?;
    let order = "ulimit soft limit must be less than or equal to hard limit";
    if hard != UNLIMITED && soft == UNLIMITED {
        return Err(FlagError::new(format!(
            "{order}: soft: -1 (unlimited), hard: {hard}"
        )));
    }
    if hard != UNLIMITED && soft > hard {
        return Err(FlagError::new(format!("{order}: {soft} > {hard}")));
    }
    Ok(ResourcesUlimits {
        name: Some(name.to_owned()),
        soft: Some(soft),
        hard: Some(hard),
    })
}

fn hint_unlimited(error: FlagError) -> FlagError {
    FlagError::with_hint(error.to_string(), "unlimited is -1")
}

/// Sorted by name; the last entry for a name wins.
pub(crate) fn collect(flags: &[ResourcesUlimits]) -> Vec<ResourcesUlimits> {
    let by_name: std::collections::BTreeMap<_, _> = flags
        .iter()
        .map(|limit| (limit.name.clone(), limit.clone()))
        .collect();
    by_name.into_values().collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn limits(value: &str) -> (i64, i64) {
        let limit = parse(value).expect("valid");
        (limit.soft.expect("soft"), limit.hard.expect("hard"))
    }

    #[test]
    fn the_hard_limit_defaults_to_the_soft_one() {
        assert_eq!(limits("nofile=1024:2048"), (1024, 2048));
        assert_eq!(limits("nproc=64"), (64, 64));
        assert_eq!(limits("core=-1"), (-1, -1));
        assert_eq!(limits("core=1:-1"), (1, -1));
    }

    #[test]
    fn limits_are_sorted_and_the_last_of_a_name_wins() {
        let flags = ["nofile=1", "core=0", "nofile=2"].map(|value| parse(value).expect("valid"));
        let names: Vec<_> = collect(&flags)
            .into_iter()
            .map(|limit| (limit.name.unwrap_or_default(), limit.soft))
            .collect();
        assert_eq!(
            names,
            [("core".to_owned(), Some(0)), ("nofile".to_owned(), Some(2))]
        );
    }

    #[test]
    fn limits_out_of_order_are_refused() {
        let message = |value| parse(value).expect_err("refused").to_string();
        assert_eq!(message("foo=1"), "invalid ulimit type: foo");
        assert_eq!(
            message("nofile=2048:1024"),
            "ulimit soft limit must be less than or equal to hard limit: 2048 > 1024"
        );
        assert_eq!(
            message("memlock=unlimited"),
            "strconv.ParseInt: parsing \"unlimited\": invalid syntax"
        );
        assert!(parse("nofile=-1:5").is_err());
        assert!(parse("nofile=1:2:3").is_err());
    }
}
