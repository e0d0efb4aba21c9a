//! The statements of a policy, and what they come to: a Deny beats every Allow, and what no statement
//! allows is denied.

use super::super::document::bad::{BadDocument, Label, Problem};
use super::super::document::{Document, Effect, Statement, Which};
use super::super::pattern::{Fit, Pattern, Variable};
use super::calls::{Asked, Kind};
use super::condition::Test;
use super::resource::OfPolicy;
use super::verdict::{Because, But, Doubt, Nearly, Outcome};

/// A policy whose patterns are read.
#[derive(Debug)]
pub(super) struct Policy(Vec<Rule>);

#[derive(Debug)]
struct Rule {
    label: Label,
    effect: Effect,
    actions: List<Pattern>,
    resources: List<OfPolicy>,
    tests: Vec<Test>,
}

#[derive(Debug)]
enum List<T> {
    These(Vec<T>),
    AllBut(Vec<T>),
}

/// Whether a statement is about a call.
enum Applies {
    Yes,
    /// It is about other actions.
    No,
    Nearly(But),
    Perhaps(Because),
}

impl Policy {
    pub(super) fn new(document: &Document) -> Result<Self, BadDocument> {
        let rules = document.statements.iter().enumerate();
        let rule = |(index, statement): (usize, &Statement)| {
            let label = statement.label(index + 1);
            Rule::new(statement, label.clone()).map_err(|Variable(name)| BadDocument::Statement {
                statement: label,
                problem: Problem::Variable(name),
            })
        };
        Ok(Self(rules.map(rule).collect::<Result<_, _>>()?))
    }

    /// What becomes of a call.
    pub(super) fn outcome(&self, asked: &Asked) -> Outcome {
        match asked.kind {
            Kind::Free => return Outcome::Free,
            Kind::Unknown => return Outcome::Depends(Doubt::UnknownAction),
            Kind::Action => {}
        }
        let action = Pattern::exact(&asked.action.to_ascii_lowercase());
        let (mut deny, mut allow) = (None, None);
        let (mut perhaps, mut nearly) = (None, None);
        for rule in &self.0 {
            let label = || rule.label.clone();
            match (rule.applies(&action, asked), rule.effect) {
                (Applies::Yes, Effect::Deny) => return Outcome::DeniedBy(label()),
                (Applies::Yes, Effect::Allow) => {
                    allow.get_or_insert_with(|| Outcome::AllowedBy(label()));
                }
                (Applies::Perhaps(because), effect) => {
                    let first = match effect {
                        Effect::Deny => &mut deny,
                        Effect::Allow => &mut perhaps,
                    };
                    first.get_or_insert_with(|| doubt(label(), because));
                }
                (Applies::Nearly(but), Effect::Allow) => {
                    let statement = label();
                    nearly.get_or_insert(Nearly { statement, but });
                }
                (Applies::Nearly(_), Effect::Deny) | (Applies::No, _) => {}
            }
        }
        match (allow, perhaps) {
            // Whatever may deny it, nothing allows it.
            (None, None) => Outcome::NotAllowed(nearly),
            (allow, perhaps) => deny
                .or(allow)
                .or(perhaps)
                .unwrap_or(Outcome::NotAllowed(None)),
        }
    }
}

fn doubt(statement: Label, because: Because) -> Outcome {
    Outcome::Depends(Doubt::Statement { statement, because })
}

impl Rule {
    fn new(statement: &Statement, label: Label) -> Result<Self, Variable> {
        let action = |text: &str| Pattern::of_policy(text).map(Pattern::lowercase);
        let mut tests = Vec::new();
        for (operator, keys) in &statement.conditions {
            for (key, values) in keys {
                tests.push(Test::new(operator, key, values)?);
            }
        }
        Ok(Self {
            label,
            effect: statement.effect,
            actions: List::new(&statement.actions, action)?,
            resources: List::new(&statement.resources, OfPolicy::new)?,
            tests,
        })
    }

    /// What is certain goes before what is in doubt.
    fn applies(&self, action: &Pattern, asked: &Asked) -> Applies {
        let is_action = |pattern: &Pattern| Ok(pattern.fit(action) == Fit::All);
        if self.actions.has(is_action) != Ok(true) {
            return Applies::No;
        }
        let resource = self.resources.has(|one| one.fit(&asked.resource));
        if resource == Ok(false) {
            return Applies::Nearly(But::OtherResources);
        }
        let mut doubt = resource.err();
        for test in &self.tests {
            match test.is_met(asked) {
                Ok(true) => {}
                Ok(false) => {
                    let (operator, key) = (test.operator.clone(), test.key.clone());
                    return Applies::Nearly(But::Condition(operator, key));
                }
                Err(because) => {
                    doubt.get_or_insert(because);
                }
            }
        }
        doubt.map_or(Applies::Yes, Applies::Perhaps)
    }
}

impl<T> List<T> {
    fn new(which: &Which, new: impl Fn(&str) -> Result<T, Variable>) -> Result<Self, Variable> {
        let each = |texts: &[String]| texts.iter().map(|text| new(text)).collect::<Result<_, _>>();
        Ok(match which {
            Which::These(texts) => Self::These(each(texts)?),
            Which::AllBut(texts) => Self::AllBut(each(texts)?),
        })
    }

    /// Whether it is among them. One that fits is enough, whatever others may.
    fn has(&self, fits: impl Fn(&T) -> Result<bool, Because>) -> Result<bool, Because> {
        let (Self::These(items) | Self::AllBut(items)) = self;
        let mut doubt = None;
        for item in items {
            match fits(item) {
                Ok(true) => return Ok(matches!(self, Self::These(_))),
                Ok(false) => {}
                Err(because) => {
                    doubt.get_or_insert(because);
                }
            }
        }
        match doubt {
            Some(because) => Err(because),
            None => Ok(matches!(self, Self::AllBut(_))),
        }
    }
}
