//! The statements of a policy, and what they come to: a Deny beats every Allow, and what no statement
//! allows is denied.

use super::super::document::bad::{BadDocument, Label, Problem};
use super::super::document::{Document, Effect, Statement, Which};
use super::super::pattern::{Pattern, Variable};
use super::calls::{Asked, Kind};
use super::condition::Test;
use super::resource::{OfPolicy, Read};
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

/// The statements about an action.
pub(super) struct OfAction<'p>(Vec<&'p Rule>);

/// Whether a statement about the action is about a call.
enum Applies {
    Yes,
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

    /// The statements about an action, which most are not.
    pub(super) fn of_action(&self, action: &str) -> OfAction<'_> {
        let action = Pattern::exact(&action.to_ascii_lowercase());
        let is_about = |rule: &&Rule| {
            let is_action = |pattern: &Pattern| Ok(pattern.fits_all(&action));
            rule.actions.has(is_action) == Ok(true)
        };
        OfAction(self.0.iter().filter(is_about).collect())
    }
}

impl OfAction<'_> {
    /// What becomes of a call of the action.
    pub(super) fn outcome(&self, asked: &Asked) -> Outcome {
        match asked.kind {
            Kind::Free => return Outcome::Free,
            Kind::Unknown => return Outcome::Depends(Doubt::UnknownAction),
            Kind::Action => {}
        }
        let resource = asked.resource.read();
        let (mut deny, mut allow) = (None, None);
        let (mut perhaps, mut nearly) = (None, None);
        for rule in &self.0 {
            let label = || rule.label.clone();
            match (rule.applies(asked, &resource), rule.effect) {
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
                (Applies::Nearly(_), Effect::Deny) => {}
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
    fn applies(&self, asked: &Asked, resource: &Read) -> Applies {
        let resource = self.resources.has(|one| one.fit(resource));
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
