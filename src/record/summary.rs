//! The counts of a run's calls.

use std::collections::BTreeMap;
use std::fmt;

use super::denials::Denials;
use super::{Call, Verdict};

/// As many different refused calls are counted one by one.
const MOST: usize = 1000;
/// As many of them are named.
const NAMED: usize = 5;

/// What the container's calls came to.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Summary {
    pub calls: u64,
    pub refused: u64,
    /// AWS did not answer, or credrun kept the answer back.
    pub failed: u64,
    /// Bytes of bodies that the container sent and received.
    pub bytes_sent: u64,
    pub bytes_received: u64,
    /// How often each action was refused. Where none is known, by which rule.
    pub refusals: BTreeMap<String, u64>,
    /// What AWS denied.
    pub denials: Denials,
}

impl Summary {
    pub(super) fn add(&mut self, call: &Call) {
        self.calls += 1;
        self.bytes_sent += call.sent;
        self.bytes_received += call.received;
        self.denials.add(call);
        match &call.verdict {
            Verdict::Passed | Verdict::Observed => {}
            Verdict::Failed => self.failed += 1,
            Verdict::Refused { rule, action } => {
                self.refused += 1;
                let name = action.clone().unwrap_or_else(|| format!("by {rule}"));
                if self.refusals.len() < MOST || self.refusals.contains_key(&name) {
                    *self.refusals.entry(name).or_default() += 1;
                }
            }
        }
    }

    /// The most frequent first.
    fn refused_most(&self) -> Vec<&str> {
        let mut all: Vec<_> = self.refusals.iter().collect();
        all.sort_by_key(|(_, count)| std::cmp::Reverse(**count));
        all.into_iter().map(|(name, _)| name.as_str()).collect()
    }
}

impl fmt::Display for Summary {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.calls {
            0 => {
                return f.write_str(
                    "no AWS calls came through credrun; programs that do not read AWS_ENDPOINT_URL go past it, \
                     as the AWS CLI before 2.13",
                );
            }
            1 => f.write_str("1 call")?,
            calls => write!(f, "{calls} calls")?,
        }
        if self.failed > 0 {
            write!(f, ", {} failed", self.failed)?;
        }
        if self.denials.calls > 0 {
            write!(f, ", {} denied by AWS", self.denials.calls)?;
        }
        if self.refused > 0 {
            let names = self.refused_most();
            let named = &names[..names.len().min(NAMED)];
            write!(f, ", {} refused: {}", self.refused, named.join(", "))?;
            match names.len() - named.len() {
                0 => {}
                others => write!(f, " and {others} more")?,
            }
        }
        Ok(())
    }
}

#[cfg(test)]
pub(super) mod tests {
    use std::time::SystemTime;

    use super::super::Need;
    use super::*;

    pub(in crate::record) fn call(verdict: Verdict, actions: &[&str]) -> Call {
        Call {
            needs: actions
                .iter()
                .map(|&action| Need {
                    action: action.to_owned(),
                    resources: Vec::new(),
                })
                .collect(),
            verdict,
            sent: 1,
            received: 2,
            ..Call::begun(SystemTime::UNIX_EPOCH)
        }
    }

    fn refused(actions: &[&str]) -> Call {
        let verdict = Verdict::Refused {
            rule: "signature".to_owned(),
            action: actions.first().map(|&action| action.to_owned()),
        };
        call(verdict, actions)
    }

    fn of(calls: impl IntoIterator<Item = Call>) -> Summary {
        let mut summary = Summary::default();
        calls.into_iter().for_each(|call| summary.add(&call));
        summary
    }

    #[test]
    fn what_was_refused_is_named_the_most_frequent_first() {
        let passed = std::iter::repeat_with(|| call(Verdict::Passed, &["s3:GetObject"])).take(210);
        let others = [
            refused(&["iam:CreateUser"]),
            refused(&["s3:DeleteObject"]),
            refused(&["s3:DeleteObject"]),
            call(Verdict::Failed, &[]),
        ];
        let summary = of(passed.chain(others));
        assert_eq!(
            summary.to_string(),
            "214 calls, 1 failed, 3 refused: s3:DeleteObject, iam:CreateUser"
        );
        assert_eq!((summary.bytes_sent, summary.bytes_received), (214, 428));
    }

    #[test]
    fn a_call_of_several_actions_goes_by_the_one_that_was_refused_and_one_without_by_the_rule() {
        let summary = of([refused(&[]), refused(&["s3:GetObject", "s3:PutObject"])]);
        let names: Vec<_> = summary.refusals.keys().map(String::as_str).collect();
        assert_eq!(names, ["by signature", "s3:GetObject"]);
    }

    #[test]
    fn one_call_none_and_many_kinds_read_well() {
        assert!(of([]).to_string().starts_with("no AWS calls came through"));
        assert_eq!(of([call(Verdict::Passed, &[])]).to_string(), "1 call");
        let many = (0..2_000).map(|number| refused(&[&format!("a:B{number:04}")]));
        let summary = of(many);
        assert_eq!(summary.refusals.len(), MOST);
        assert_eq!(
            summary.to_string(),
            "2000 calls, 2000 refused: a:B0000, a:B0001, a:B0002, a:B0003, a:B0004 and 995 more"
        );
    }
}
