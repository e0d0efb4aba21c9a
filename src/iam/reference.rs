//! What AWS's service authorization reference says of an action's resources: whether a statement can
//! name any for it, and how their ARNs are built.

use std::collections::HashMap;
use std::sync::{LazyLock, OnceLock};

use super::action::{Service, services};
use super::form::Form;

/// Whether a statement can name resources for the action: one without resource types needs `*`. None
/// where the reference does not know the action.
pub(crate) fn takes_resources(action: &str) -> Option<bool> {
    Some(!types_of(action)?.is_empty())
}

/// The action's resource types. None where the reference does not know the action.
pub(crate) fn types_of(action: &str) -> Option<&'static [Type]> {
    let (service, name) = action.split_once(':')?;
    let types = types(&service.to_ascii_lowercase())?;
    let set = types.of.get(&name.to_ascii_lowercase())?;
    types.sets.get(*set).map(Vec::as_slice)
}

/// The form of one of the service's types, by its number.
pub(super) fn form(service: &str, number: usize) -> Option<Form> {
    forms(service).get(number).copied()
}

/// The forms of all of the service's types.
pub(super) fn forms(service: &str) -> &'static [Form] {
    types(service).map_or(&[], |types| &types.forms)
}

/// Whether the ARN has a form of the service's.
pub(super) fn knows(service: &str, arn: &str) -> bool {
    forms(service).iter().any(|form| form.fits(arn))
}

/// Whether the ARN has the form, and no form of the service that says more.
pub(super) fn is_of(service: &str, arn: &str, form: Form) -> bool {
    let mut others = forms(service).iter();
    let letters = form.letters();
    form.fits(arn) && !others.any(|one| one.letters() > letters && one.fits(arn))
}

/// A resource type of an action.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Type {
    pub(crate) form: Form,
    /// Each call of the action has a resource of the type.
    pub(crate) is_required: bool,
}

/// The resource types of a service's actions.
struct Types {
    forms: Vec<Form>,
    sets: Vec<Vec<Type>>,
    /// The number of each action's set. Names are in small letters.
    of: HashMap<String, usize>,
}

/// Those of a service, which are read when they are first asked for.
fn types(name: &str) -> Option<&'static Types> {
    type Read = (&'static Service, OnceLock<Types>);
    static READ: LazyLock<HashMap<&str, Read>> = LazyLock::new(|| {
        let all = services().iter();
        all.map(|one| (one.name, (one, OnceLock::new()))).collect()
    });
    let (service, read) = READ.get(name)?;
    Some(read.get_or_init(|| Types::of(service)))
}

impl Types {
    fn of(service: &'static Service) -> Self {
        let mut lists = service.types.text().split('\n');
        let mut list = || -> Vec<&'static str> {
            let lines = lists.by_ref().take_while(|line| !line.is_empty());
            lines.collect()
        };
        let (forms, sets, numbers) = (list(), list(), list());
        let forms: Vec<_> = forms.into_iter().map(Form).collect();
        let set = |numbers: &str| -> Vec<Type> {
            let types = numbers.split(',').filter_map(|number| {
                let is_required = number.ends_with('!');
                let number: usize = number.trim_end_matches('!').parse().ok()?;
                let form = *forms.get(number)?;
                Some(Type { form, is_required })
            });
            types.collect()
        };
        let mut names: Vec<_> = service.actions().map(str::to_ascii_lowercase).collect();
        names.sort_unstable();
        names.dedup();
        let numbers = numbers.iter().flat_map(|line| line.split(' '));
        let of = names.into_iter().zip(numbers);
        let of = of.filter_map(|(name, number)| Some((name, number.parse().ok()?)));
        Self {
            sets: sets.into_iter().map(set).collect(),
            forms,
            of: of.collect(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::iam::action::services;

    #[test]
    fn an_action_without_resource_types_takes_no_resources() {
        for (action, expected) in [
            ("s3:GetObject", Some(true)),
            ("S3:getobject", Some(true)),
            ("s3:ListAllMyBuckets", Some(false)),
            ("ec2:DescribeInstances", Some(false)),
            ("ec2:RunInstances", Some(true)),
            ("ecr:GetAuthorizationToken", Some(false)),
            ("logs:DescribeLogGroups", Some(false)),
            ("iam:PassRole", Some(true)),
            ("sns:ListTopics", Some(false)),
            ("sqs:SendMessage", Some(true)),
            ("dynamodb:ListTables", Some(false)),
            ("kms:GetKeyLastUsage", None),
            ("s3:Future", None),
            ("future:Get", None),
            ("s3", None),
        ] {
            assert_eq!(takes_resources(action), expected, "{action}");
        }
    }

    #[test]
    fn a_type_has_the_form_of_its_arns() {
        let of = |action| {
            let types = types_of(action).unwrap_or_default().iter();
            types
                .map(|one| (one.form.0, one.is_required))
                .collect::<Vec<_>>()
        };
        assert_eq!(
            of("ec2:CreateSecurityGroup"),
            [
                ("ec2:{r}:{a}:security-group/{SecurityGroupId}", true),
                ("ec2:{r}:{a}:vpc/{VpcId}", false)
            ]
        );
        assert!(of("s3:PutObject").contains(&("s3:::{BucketName}/{ObjectName}", false)));
        assert_eq!(of("s3:ListAllMyBuckets"), [("", false); 0]);
    }

    #[test]
    fn each_action_has_a_number_and_each_number_a_set() {
        let mut known = 0;
        for service in services() {
            let types = types(service.name).expect("types");
            let text = service.types.text();
            let last = text.trim_end().rsplit('\n').next().unwrap_or_default();
            let mut names: Vec<_> = service.actions().map(str::to_ascii_lowercase).collect();
            names.sort_unstable();
            names.dedup();
            assert_eq!(
                last.split(' ').count(),
                names.len().max(1),
                "{}",
                service.name
            );
            for (name, set) in &types.of {
                assert!(types.sets.get(*set).is_some(), "{}:{name}", service.name);
            }
            known += types.of.len();
        }
        assert_eq!(known, 20_455);
    }
}
