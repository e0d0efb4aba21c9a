//! A page, taken apart.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use pulldown_cmark::{Event, Options, Parser, Tag, TagEnd};

/// What is written as code.
pub(super) struct Code {
    pub(super) text: String,
    /// In a sentence, and not in a block of its own.
    pub(super) is_inline: bool,
    pub(super) line: usize,
}

pub(super) struct Page {
    pub(super) path: PathBuf,
    pub(super) links: Vec<String>,
    /// Of its headings, as GitHub makes them.
    pub(super) anchors: BTreeSet<String>,
    pub(super) code: Vec<Code>,
    /// Code in the first column of tables.
    pub(super) first_cells: Vec<String>,
}

impl Page {
    pub(super) fn read(path: &Path) -> Self {
        let text = fs::read_to_string(path).expect("a page");
        let mut page = Self {
            path: path.to_owned(),
            links: Vec::new(),
            anchors: BTreeSet::new(),
            code: Vec::new(),
            first_cells: Vec::new(),
        };
        page.take_apart(&text);
        page
    }

    fn take_apart(&mut self, text: &str) {
        let (mut heading, mut block) = (None, None);
        // Of a row of a table; a head is none.
        let mut cell = None;
        for (event, range) in Parser::new_ext(text, Options::ENABLE_TABLES).into_offset_iter() {
            let line = text[..range.start].lines().count() + 1;
            match event {
                Event::Start(Tag::Link { dest_url, .. } | Tag::Image { dest_url, .. }) => {
                    self.links.push(dest_url.into_string());
                }
                Event::Start(Tag::Heading { .. }) => heading = Some(String::new()),
                Event::End(TagEnd::Heading(_)) => {
                    self.add_anchor(&heading.take().unwrap_or_default());
                }
                Event::Start(Tag::CodeBlock(_)) => block = Some(String::new()),
                Event::End(TagEnd::CodeBlock) => {
                    let text = block.take().unwrap_or_default();
                    self.add_code(text, false, line);
                }
                Event::Start(Tag::TableRow) => cell = Some(0),
                Event::End(TagEnd::TableRow) => cell = None,
                Event::End(TagEnd::TableCell) => cell = cell.map(|number| number + 1),
                Event::Code(code) => {
                    if let Some(heading) = &mut heading {
                        heading.push_str(&code);
                    }
                    if cell == Some(0) {
                        self.first_cells.push(code.to_string());
                    }
                    self.add_code(code.into_string(), true, line);
                }
                Event::Text(text) => {
                    if let Some(into) = block.as_mut().or(heading.as_mut()) {
                        into.push_str(&text);
                    }
                }
                _ => {}
            }
        }
    }

    fn add_code(&mut self, text: String, is_inline: bool, line: usize) {
        self.code.push(Code {
            text,
            is_inline,
            line,
        });
    }

    /// In lower case, without punctuation, blanks as hyphens; a second one of the same name has a
    /// number.
    fn add_anchor(&mut self, heading: &str) {
        let kept = heading.to_lowercase();
        let kept = kept
            .chars()
            .filter(|c| c.is_alphanumeric() || " -_".contains(*c));
        let anchor: String = kept.map(|c| if c == ' ' { '-' } else { c }).collect();
        let mut unique = anchor.clone();
        for number in 1.. {
            if self.anchors.insert(unique) {
                break;
            }
            unique = format!("{anchor}-{number}");
        }
    }
}
