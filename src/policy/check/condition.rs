//! Conditions, as far as a record knows what they are about.
//!
//! A test is met, is not met, or is in doubt: the record does not have the key, or the operator is not
//! one of those that are evaluated here.

use super::super::pattern::{Fit, Pattern, Variable};
use super::calls::{Asked, Through};
use super::resource::{OfCall, OfPolicy};
use super::verdict::Because;

/// An operator with a key and its values.
#[derive(Debug)]
pub(super) struct Test {
    pub(super) operator: String,
    pub(super) key: String,
    means: Option<Means>,
}

/// An operator that is evaluated.
#[derive(Debug)]
struct Means {
    set: Option<Set>,
    if_exists: bool,
    is_negated: bool,
    values: Values,
}

/// For keys that can have several values.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Set {
    All,
    Any,
}

#[derive(Debug)]
enum Values {
    Texts(Vec<Pattern>),
    /// Without case.
    Words(Vec<Pattern>),
    Arns(Vec<OfPolicy>),
    /// Whether the key is to be absent.
    Null(Vec<bool>),
}

/// What the record knows of a key.
#[derive(Debug, PartialEq, Eq)]
enum Known<'a> {
    Is(&'a str),
    /// One of these.
    Among(&'a [String]),
    /// A call like this does not have it.
    Absent,
    Unknown,
}

impl Test {
    pub(super) fn new(operator: &str, key: &str, values: &[String]) -> Result<Self, Variable> {
        // A variable is refused where the operator or the key is in doubt, too.
        let texts = values.iter().map(|value| Pattern::of_policy(value));
        texts.collect::<Result<Vec<_>, _>>()?;
        Ok(Self {
            operator: operator.to_owned(),
            key: key.to_owned(),
            means: Means::new(operator, values)?,
        })
    }

    /// Whether the call meets it.
    pub(super) fn is_met(&self, asked: &Asked) -> Result<bool, Because> {
        let Some(means) = &self.means else {
            let (operator, key) = (self.operator.clone(), self.key.clone());
            return Err(Because::Operator(operator, key));
        };
        match known(&self.key.to_ascii_lowercase(), asked) {
            Known::Unknown => Err(Because::Key(self.key.clone())),
            Known::Absent => Ok(means.of_absent()),
            Known::Is(value) => Ok(means.of(value)),
            Known::Among(values) => {
                let met = values.iter().filter(|value| means.of(value)).count();
                match met {
                    0 => Ok(false),
                    all if all == values.len() => Ok(true),
                    _ => Err(Because::Key(self.key.clone())),
                }
            }
        }
    }
}

impl Means {
    fn new(operator: &str, values: &[String]) -> Result<Option<Self>, Variable> {
        let (set, operator) = match operator.split_once(':') {
            Some(("ForAllValues", operator)) => (Some(Set::All), operator),
            Some(("ForAnyValue", operator)) => (Some(Set::Any), operator),
            _ => (None, operator),
        };
        let (operator, if_exists) = match operator.strip_suffix("IfExists") {
            Some(operator) => (operator, true),
            None => (operator, false),
        };
        // The documentation has two answers for a key that is absent.
        if if_exists && set == Some(Set::Any) {
            return Ok(None);
        }
        let is_negated = operator.contains("Not");
        let positive = operator.replacen("Not", "", 1);
        let values = match positive.as_str() {
            "StringEquals" => Values::Texts(each(values, Pattern::literal)?),
            "StringLike" => Values::Texts(each(values, Pattern::of_policy)?),
            "StringEqualsIgnoreCase" => Values::Words(words(values)?),
            "Bool" if !is_negated => Values::Words(words(values)?),
            "ArnEquals" | "ArnLike" => Values::Arns(each(values, OfPolicy::new)?),
            "Null" if !is_negated && !if_exists && set.is_none() => {
                let is_true = |value: &String| value.eq_ignore_ascii_case("true");
                Values::Null(values.iter().map(is_true).collect())
            }
            _ => return Ok(None),
        };
        Ok(Some(Self {
            set,
            if_exists,
            is_negated,
            values,
        }))
    }

    fn of_absent(&self) -> bool {
        match (&self.values, self.set) {
            (Values::Null(wanted), _) => wanted.contains(&true),
            _ if self.if_exists => true,
            (_, Some(Set::All)) => true,
            (_, Some(Set::Any)) => false,
            (_, None) => self.is_negated,
        }
    }

    /// Each key that is known has one value, so the sets are no different.
    fn of(&self, value: &str) -> bool {
        match &self.values {
            Values::Null(wanted) => wanted.contains(&false),
            Values::Texts(texts) => any_fits(texts, &Pattern::exact(value)) != self.is_negated,
            Values::Words(texts) => {
                any_fits(texts, &Pattern::exact(value).lowercase()) != self.is_negated
            }
            Values::Arns(arns) => {
                let value = OfCall::Arn(value.to_owned()).read();
                arns.iter().any(|arn| arn.fit(&value) == Ok(true)) != self.is_negated
            }
        }
    }
}

fn any_fits(patterns: &[Pattern], value: &Pattern) -> bool {
    patterns
        .iter()
        .any(|pattern| pattern.fit(value) == Fit::All)
}

fn words(values: &[String]) -> Result<Vec<Pattern>, Variable> {
    let word = |value: &str| Pattern::literal(value).map(Pattern::lowercase);
    each(values, word)
}

fn each<T>(
    values: &[String],
    new: impl Fn(&str) -> Result<T, Variable>,
) -> Result<Vec<T>, Variable> {
    values.iter().map(|value| new(value)).collect()
}

/// What the record knows of a key. The names of keys have no case.
fn known<'a>(key: &str, asked: &'a Asked) -> Known<'a> {
    let is = |value: Option<&'a str>| value.map_or(Known::Unknown, Known::Is);
    match key {
        // A signature can be for all regions: `*`.
        "aws:requestedregion" => is(asked.region.as_deref().filter(|region| *region != "*")),
        "aws:resourceaccount" => is(asked.resource.account()),
        "iam:passedtoservice" if asked.passes_a_role() => match asked.passed_to.as_slice() {
            [] => Known::Unknown,
            services => Known::Among(services),
        },
        "kms:viaservice" if asked.through == Through::Others => is(asked.via_service.as_deref()),
        "kms:requestalias" if asked.through == Through::Credrun => match &asked.key_alias {
            None if !asked.may_have_an_alias() => Known::Absent,
            alias => is(alias.as_deref()),
        },
        _ if asked.through == Through::Credrun => of_direct_calls(key),
        _ => Known::Unknown,
    }
}

/// What all calls have in common that the container makes through credrun.
fn of_direct_calls(key: &str) -> Known<'static> {
    match key {
        // credrun speaks TLS with AWS.
        "aws:securetransport" => Known::Is("true"),
        "aws:viaawsservice" | "aws:principalisawsservice" => Known::Is("false"),
        // No service calls for the caller, and none calls by itself.
        "aws:calledvia"
        | "aws:calledviafirst"
        | "aws:calledvialast"
        | "kms:viaservice"
        | "aws:principalservicename"
        | "aws:sourcearn"
        | "aws:sourceaccount" => Known::Absent,
        // Only iam:PassRole has it.
        "iam:passedtoservice" => Known::Absent,
        _ => Known::Unknown,
    }
}

#[cfg(test)]
mod tests;
