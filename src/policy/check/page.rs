//! The answer, as a page for people and as JSON for programs.

use std::borrow::Cow;
use std::fmt::Write as _;

use serde::Serialize;

use super::verdict::{Checked, Outcome, Row, Word};
use crate::messages::visible::on_one_line;
use crate::policy::plural::plural;

const GAP: &str = "  ";

impl Checked {
    /// A line for each row, the worst first, and the counts. Resources are long: they come last.
    pub(crate) fn page(&self) -> String {
        let head = ["VERDICT", "COUNT", "STATEMENT", "ACTION", "RESOURCE"];
        let lines: Vec<_> = self.rows.iter().map(cells).collect();
        let widths: [usize; 4] = std::array::from_fn(|column| {
            let widths = lines.iter().map(|line| line[column].chars().count());
            widths.chain([head[column].len()]).max().unwrap_or(0)
        });
        let mut page = line(&head.map(Cow::Borrowed), &widths);
        for (row, cells) in self.rows.iter().zip(&lines) {
            page += &line(cells, &widths);
            if row.outcome.word() != Word::Allowed || row.outcome == Outcome::Free {
                let _ = writeln!(page, "{GAP}{}", on_one_line(&row.outcome.to_string()));
            }
        }
        let _ = writeln!(page, "\n{}", self.counts());
        page
    }

    /// An action on a resource counts as often as it was needed.
    fn counts(&self) -> String {
        let counted = |word| {
            let count = self.count(word);
            format!("{count} {word}")
        };
        let words = [Word::Allowed, Word::Denied, Word::Depends].map(counted);
        let rights = plural(self.rows.iter().map(|row| row.count).sum(), "right");
        let calls = plural(self.calls, "call");
        format!("{rights} in {calls}: {}", words.join(", "))
    }

    /// The same for programs.
    pub(crate) fn as_json(&self) -> impl Serialize {
        Written {
            allowed: self.count(Word::Allowed),
            denied: self.count(Word::Denied),
            depends: self.count(Word::Depends),
            calls: self.rows.iter().map(WrittenRow::new).collect(),
        }
    }
}

fn cells(row: &Row) -> [Cow<'_, str>; 5] {
    let statement = row.outcome.statement().map(|label| match &label.sid {
        Some(sid) => format!("{} ({sid})", label.number),
        None => label.number.to_string(),
    });
    [
        row.outcome.word().to_string().into(),
        row.count.to_string().into(),
        statement.map_or("-".into(), Into::into),
        on_one_line(&row.action),
        on_one_line(row.resource.as_deref().unwrap_or("unknown")),
    ]
}

fn line(cells: &[Cow<'_, str>; 5], widths: &[usize; 4]) -> String {
    let padded = cells.iter().zip(widths);
    let mut line: String = padded
        .map(|(cell, width)| format!("{cell:width$}{GAP}"))
        .collect();
    line.push_str(&cells[widths.len()]);
    line.push('\n');
    line
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Written<'a> {
    allowed: u64,
    denied: u64,
    depends: u64,
    calls: Vec<WrittenRow<'a>>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct WrittenRow<'a> {
    verdict: String,
    count: u64,
    action: &'a str,
    resource: Option<&'a str>,
    /// The number of the statement, from 1.
    statement: Option<usize>,
    sid: Option<&'a str>,
    reason: String,
}

impl<'a> WrittenRow<'a> {
    fn new(row: &'a Row) -> Self {
        let statement = row.outcome.statement();
        Self {
            verdict: row.outcome.word().to_string(),
            count: row.count,
            action: &row.action,
            resource: row.resource.as_deref(),
            statement: statement.map(|label| label.number),
            sid: statement.and_then(|label| label.sid.as_deref()),
            reason: row.outcome.to_string(),
        }
    }
}
