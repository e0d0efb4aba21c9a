//! The form of a resource type's ARNs, as AWS's reference has it.

use super::literal::literal;
use super::place::Place;

/// Without its start: `ec2:{r}:{a}:vpc/{VpcId}`, with the region and the account.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Form(pub(crate) &'static str);

/// A part of a form.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Part {
    Literal(&'static str),
    Variable(&'static str),
}

impl Form {
    fn parts(self) -> impl Iterator<Item = Part> {
        let pieces = self.0.split('{').enumerate();
        pieces
            .flat_map(|(index, piece)| match piece.split_once('}') {
                Some((name, literal)) if index > 0 => {
                    [Some(Part::Variable(name)), Some(Part::Literal(literal))]
                }
                _ => [Some(Part::Literal(piece)), None],
            })
            .flatten()
            .filter(|part| *part != Part::Literal(""))
    }

    /// The one variable beside region and account, where there is only one.
    pub(crate) fn only_variable(self) -> Option<&'static str> {
        let mut names = self.parts().filter_map(|part| match part {
            Part::Variable(name) if !is_place(name) => Some(name),
            _ => None,
        });
        let first = names.next()?;
        names.next().is_none().then_some(first)
    }

    /// `security-group` of `ec2:{r}:{a}:security-group/{SecurityGroupId}`. Empty where a name follows
    /// at once.
    pub(crate) fn kind(self) -> &'static str {
        let resource = self.0.splitn(4, ':').nth(3).unwrap_or_default();
        let start = resource.split('{').next().unwrap_or_default();
        start.trim_end_matches(['/', ':'])
    }

    /// How many letters it gives. Of two forms that an ARN has, it is meant by the one with more.
    pub(crate) fn letters(self) -> usize {
        let lengths = self.parts().map(|part| match part {
            Part::Literal(text) => text.len(),
            Part::Variable(_) => 0,
        });
        lengths.sum()
    }

    /// Whether the ARN has this form.
    pub(crate) fn fits(self, arn: &str) -> bool {
        let start = arn
            .strip_prefix("arn:")
            .and_then(|rest| rest.split_once(':'));
        let Some((_, mut rest)) = start else {
            return false;
        };
        // How many letters a variable before the next literal must have.
        let mut least = None;
        let mut parts = self.parts().peekable();
        while let Some(part) = parts.next() {
            match (part, least.take()) {
                (Part::Literal(text), None) => match rest.strip_prefix(text) {
                    Some(after) => rest = after,
                    None => return false,
                },
                (Part::Literal(text), Some(least)) if parts.peek().is_none() => {
                    return rest
                        .strip_suffix(text)
                        .is_some_and(|value| value.len() >= least);
                }
                (Part::Literal(text), Some(least)) => {
                    let from = rest.char_indices().map(|(index, _)| index).nth(least);
                    let found = from.and_then(|from| Some(from + rest.get(from..)?.find(text)?));
                    match found.and_then(|at| rest.get(at + text.len()..)) {
                        Some(after) => rest = after,
                        None => return false,
                    }
                }
                (Part::Variable(name), _) => least = Some(usize::from(!is_place(name))),
            }
        }
        match least {
            Some(least) => rest.len() >= least,
            None => rest.is_empty(),
        }
    }

    /// The ARN, with `*` in the place of what is not known. Values are patterns.
    pub(crate) fn fill(self, place: &Place<'_>, values: &[Option<&str>]) -> String {
        let mut arn = format!("arn:{}:", place.partition);
        let mut values = values.iter().copied().chain(std::iter::repeat(None));
        let mut parts = self.parts().peekable();
        while let Some(part) = parts.next() {
            match part {
                Part::Literal(text) => arn.push_str(text),
                Part::Variable("r") => arn.push_str(&literal(place.region)),
                Part::Variable("a") => arn.push_str(place.account.unwrap_or("*")),
                Part::Variable(_) => {
                    let value = values.next().flatten();
                    arn.push_str(value.unwrap_or("*"));
                    // `family:3` is a name and a number.
                    if let (Some(value), Some(Part::Literal(next))) = (value, parts.peek())
                        && value.contains(next)
                    {
                        return arn;
                    }
                }
            }
        }
        arn
    }
}

fn is_place(variable: &str) -> bool {
    matches!(variable, "r" | "a")
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::iam::sample::PLACE;

    #[test]
    fn an_arn_has_the_form_if_each_variable_has_a_value() {
        let vpc = Form("ec2:{r}:{a}:vpc/{VpcId}");
        assert!(vpc.fits("arn:aws:ec2:eu-west-1:1:vpc/vpc-1"));
        assert!(vpc.fits("arn:aws-cn:ec2:cn-north-1::vpc/vpc-1"));
        for other in [
            "arn:aws:ec2:eu-west-1:1:vpc/",
            "arn:aws:ec2:eu-west-1:1:subnet/vpc-1",
            "arn:aws:ec2:eu-west-1:1",
            "arn:aws:s3:eu-west-1:1:vpc/vpc-1",
            "vpc-1",
            "arn:",
            "",
        ] {
            assert!(!vpc.fits(other), "{other}");
        }
        let object = Form("s3:::{BucketName}/{ObjectName}");
        assert!(object.fits("arn:aws:s3:::b/k/\u{e9}"));
        assert!(!object.fits("arn:aws:s3:::b"));
        let settings = Form("apigateway:{r}::/apis/{ApiId}/cors");
        assert!(settings.fits("arn:aws:apigateway:eu-west-1::/apis/a/cors"));
        assert!(!settings.fits("arn:aws:apigateway:eu-west-1::/apis//cors"));
        assert!(object.letters() > Form("s3:::{BucketName}").letters());
    }

    #[test]
    fn what_is_not_known_is_a_star() {
        let task = Form("ecs:{r}:{a}:task/{ClusterName}/{TaskId}");
        assert_eq!(
            task.fill(&PLACE, &[Some("c"), None]),
            "arn:aws:ecs:eu-west-1:123456789012:task/c/*"
        );
        assert_eq!(
            task.fill(
                &Place {
                    account: None,
                    ..PLACE
                },
                &[]
            ),
            "arn:aws:ecs:eu-west-1:*:task/*/*"
        );
        assert_eq!(task.only_variable(), None);
        assert_eq!(
            Form("ec2:{r}:{a}:vpc/{VpcId}").only_variable(),
            Some("VpcId")
        );
    }

    #[test]
    fn what_comes_before_the_name_is_the_kind() {
        for (form, kind) in [
            (
                "ec2:{r}:{a}:security-group/{SecurityGroupId}",
                "security-group",
            ),
            ("secretsmanager:{r}:{a}:secret:{SecretId}", "secret"),
            ("sns:{r}:{a}:{TopicName}", ""),
            ("s3:::{BucketName}", ""),
            ("x", ""),
        ] {
            assert_eq!(Form(form).kind(), kind);
        }
    }

    #[test]
    fn a_value_can_have_the_next_one_in_it() {
        let definition = Form("ecs:{r}:{a}:task-definition/{Family}:{Revision}");
        let start = "arn:aws:ecs:eu-west-1:123456789012:task-definition/";
        assert_eq!(
            definition.fill(&PLACE, &[Some("f:3")]),
            format!("{start}f:3")
        );
        assert_eq!(definition.fill(&PLACE, &[Some("f")]), format!("{start}f:*"));
    }

    proptest! {
        #[test]
        fn no_arn_panics(arn in "(arn:aws:)?\\PC{0,40}", form in "[a-z:/]{0,4}(\\{[a-z]{1,2}\\}[:/]?){0,4}") {
            let form = Form(String::leak(form));
            let _ = form.fits(&arn);
            let _ = form.fill(&PLACE, &[Some(&arn)]);
        }

        #[test]
        fn what_is_filled_has_the_form(first in "[a-z]{1,9}", second in "[a-z/]{1,9}") {
            let form = Form("x:{r}:{a}:thing/{One}/{Two}");
            prop_assert!(form.fits(&form.fill(&PLACE, &[Some(&first), Some(&second)])));
        }
    }
}
