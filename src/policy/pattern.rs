//! IAM's wildcards. What a pattern is held against may have wildcards, too: a record does not always
//! know the whole name of a resource.

use std::borrow::Cow;

use crate::iam::literal::{Letter, letters, literal};

/// What can be said of a text that is not known in full.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Fit {
    /// The pattern fits none of the texts that it can be.
    None,
    /// It fits some of them, or it is not known whether it fits.
    Some,
    /// It fits them all.
    All,
}

/// A pattern, or a text of which a part is not known.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Pattern(Vec<Token>);

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Token {
    Letter(char),
    /// `?`: one letter.
    One,
    /// A `?` beside a `*`: the two are "at least one letter".
    AtLeastOne,
    /// `*`: any number of letters.
    Any,
}

/// A `${aws:username}`, whose value only AWS knows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Variable(pub(super) String);

/// Where a resource of a record has its first wildcard.
pub(super) fn first_wildcard(resource: &str) -> Option<usize> {
    let mut all = letters(resource);
    let found = all.find(|(_, letter)| matches!(letter, Letter::Any | Letter::One));
    found.map(|(at, _)| at)
}

/// Whether a resource of a record has a wildcard.
pub(super) fn is_pattern(resource: &str) -> bool {
    first_wildcard(resource).is_some()
}

/// Whether all that `other` stands for is in `pattern`. Both are of a record.
pub(super) fn covers(pattern: &str, other: &str) -> bool {
    Pattern::of_record(pattern).fits_all(&Pattern::of_record(other))
}

/// A resource of a record as a policy has it: without a variable.
pub(super) fn without_variables(resource: &str) -> Cow<'_, str> {
    let is_variable = |(_, letter)| matches!(letter, Letter::Variable(_));
    if !letters(resource).any(is_variable) {
        return Cow::Borrowed(resource);
    }
    let mut ends = letters(resource).map(|(at, _)| at).skip(1);
    let mut written = String::with_capacity(resource.len() + 4);
    for (at, letter) in letters(resource) {
        let end = ends.next().unwrap_or(resource.len());
        match letter {
            Letter::Variable(text) => written.push_str(&literal(text)),
            _ => written.push_str(&resource[at..end]),
        }
    }
    Cow::Owned(written)
}

impl Pattern {
    /// The pattern of a policy. `${*}`, `${?}` and `${$}` are the letters themselves.
    pub(super) fn of_policy(text: &str) -> Result<Self, Variable> {
        Ok(Self(normal(tokens(text)?)))
    }

    /// The text of a policy in which `*` and `?` are letters as others.
    pub(super) fn literal(text: &str) -> Result<Self, Variable> {
        let letter = |token| match token {
            Token::Any => Token::Letter('*'),
            Token::One => Token::Letter('?'),
            other => other,
        };
        Ok(Self(tokens(text)?.into_iter().map(letter).collect()))
    }

    /// The pattern of a record: `*` and `?` stand for what is not known. There are no variables in it: one
    /// is the letters that it is written with.
    pub(super) fn of_record(text: &str) -> Self {
        let mut all = Vec::new();
        for (_, letter) in letters(text) {
            match (token(&letter), letter) {
                (Ok(token), _) => all.push(token),
                (Err(_), Letter::Variable(text)) => all.extend(text.chars().map(Token::Letter)),
                (Err(_), _) => {}
            }
        }
        Self(normal(all))
    }

    /// A text that is known in full.
    pub(super) fn exact(text: &str) -> Self {
        Self(text.chars().map(Token::Letter).collect())
    }

    /// What is known of nothing.
    pub(super) fn anything() -> Self {
        Self(vec![Token::Any])
    }

    pub(super) fn lowercase(self) -> Self {
        let lower = |token| match token {
            Token::Letter(letter) => Token::Letter(letter.to_ascii_lowercase()),
            other => other,
        };
        Self(self.0.into_iter().map(lower).collect())
    }

    /// The parts between colons; the last of `most` has the other colons.
    pub(super) fn parts(&self, most: usize) -> Vec<Self> {
        let colon = |token: &Token| *token == Token::Letter(':');
        let parts = self.0.splitn(most, colon);
        parts.map(|part| Self(part.to_vec())).collect()
    }

    /// Whether it fits what `text` can be. The steps are at most the lengths multiplied.
    pub(super) fn fit(&self, text: &Self) -> Fit {
        if self.begins_otherwise(text) {
            Fit::None
        } else if self.fits_all(text) {
            Fit::All
        } else if !text.is_exact() && self.fits_some(text) {
            Fit::Some
        } else {
            Fit::None
        }
    }

    /// What it has between wildcards, in order.
    pub(super) fn literals(&self) -> Vec<String> {
        let is_letter = |token: &Token| matches!(token, Token::Letter(_));
        let runs = self
            .0
            .chunk_by(|one, other| is_letter(one) == is_letter(other));
        let runs = runs.filter(|run| run.first().is_some_and(is_letter));
        runs.map(written).collect()
    }

    /// The text, where it is known in full.
    pub(super) fn text(&self) -> Option<String> {
        self.is_exact().then(|| written(&self.0))
    }

    /// Whether they differ in a letter before the first wildcard: most do, or have none.
    fn begins_otherwise(&self, text: &Self) -> bool {
        let same = self.same_letters(text);
        let next = (self.0.get(same), text.0.get(same));
        matches!(next, (Some(Token::Letter(_)), Some(Token::Letter(_))))
    }

    /// How many letters they have in common before the first wildcard.
    fn same_letters(&self, text: &Self) -> usize {
        let pairs = self.0.iter().zip(&text.0);
        let is_same =
            |(one, other): &(&Token, &Token)| one == other && matches!(one, Token::Letter(_));
        pairs.take_while(is_same).count()
    }

    fn is_exact(&self) -> bool {
        let mut tokens = self.0.iter();
        tokens.all(|token| matches!(token, Token::Letter(_)))
    }

    /// Whether there is a text that both fit.
    fn fits_some(&self, text: &Self) -> bool {
        let same = self.same_letters(text);
        let (pattern, text) = (&self.0[same..], &text.0[same..]);
        let both = pattern.len();
        // Where in the pattern one can be with what was read of the text.
        let mut here = vec![false; both + 1];
        here[0] = true;
        skip_any(pattern, &mut here);
        for &letter in text {
            let mut next = match letter {
                Token::Any => here.clone(),
                _ => vec![false; both + 1],
            };
            for at in 0..both {
                match (pattern[at], letter) {
                    // The text's wildcard reads any run of the pattern.
                    (_, Token::Any) => next[at + 1] |= next[at],
                    (Token::Any, _) => next[at] |= here[at],
                    (one, letter) => next[at + 1] |= here[at] && can_be_one(one, letter),
                }
            }
            skip_any(pattern, &mut next);
            if !next.contains(&true) {
                return false;
            }
            here = next;
        }
        here[both]
    }

    /// Whether it fits each text that `text` stands for. A letter that is not known can be one that the
    /// pattern does not name, so only a wildcard fits it; a run of them can be longer than the pattern, so
    /// only one `*` fits the whole of it.
    pub(super) fn fits_all(&self, text: &Self) -> bool {
        let (mut at, mut of) = (0, 0);
        // Where to go on if what is behind a `*` does not fit: that `*` takes one letter more.
        let mut back = None;
        while let Some(&letter) = text.0.get(of) {
            match (self.0.get(at), letter) {
                (Some(Token::Any), _) => {
                    at += 1;
                    back = Some((at, of));
                }
                (Some(Token::AtLeastOne), Token::Any) => of += 1,
                (Some(&one), _) if letter != Token::Any && is_as_wide(one, letter) => {
                    (at, of) = (at + 1, of + 1);
                }
                _ => match back {
                    Some((behind, taken)) => {
                        (at, of) = (behind, taken + 1);
                        back = Some((behind, taken + 1));
                    }
                    None => return false,
                },
            }
        }
        let rest = self.0.get(at..).unwrap_or_default();
        rest.iter().all(|token| *token == Token::Any)
    }
}

/// The letters of it.
fn written(tokens: &[Token]) -> String {
    let letters = tokens.iter().filter_map(|token| match token {
        Token::Letter(letter) => Some(*letter),
        Token::One | Token::AtLeastOne | Token::Any => None,
    });
    letters.collect()
}

/// Marks what is behind each `*` that is marked.
fn skip_any(pattern: &[Token], here: &mut [bool]) {
    for (at, token) in pattern.iter().enumerate() {
        if *token == Token::Any && here[at] {
            here[at + 1] = true;
        }
    }
}

/// Whether one token of a pattern fits all that one of a text can be.
fn is_as_wide(one: Token, other: Token) -> bool {
    match (one, other) {
        (Token::Letter(one), Token::Letter(other)) => one == other,
        (Token::One | Token::AtLeastOne, _) => true,
        _ => false,
    }
}

fn can_be_one(one: Token, other: Token) -> bool {
    match (one, other) {
        (Token::Letter(one), Token::Letter(other)) => one == other,
        _ => true,
    }
}

fn token(letter: &Letter<'_>) -> Result<Token, Variable> {
    match letter {
        Letter::Any => Ok(Token::Any),
        Letter::One => Ok(Token::One),
        Letter::Plain(letter) => Ok(Token::Letter(*letter)),
        Letter::Variable(text) => {
            let end = if text.ends_with('}') { "" } else { "}" };
            Err(Variable(format!("{text}{end}")))
        }
    }
}

fn tokens(text: &str) -> Result<Vec<Token>, Variable> {
    letters(text).map(|(_, letter)| token(&letter)).collect()
}

/// In each run of wildcards with a `*`: the letters that there have to be, and one `*`.
fn normal(tokens: Vec<Token>) -> Vec<Token> {
    let is_letter = |token: &Token| matches!(token, Token::Letter(_));
    let mut normal = Vec::with_capacity(tokens.len());
    for run in tokens.chunk_by(|one, other| is_letter(one) == is_letter(other)) {
        if run.contains(&Token::Any) {
            let ones = run.iter().filter(|token| **token != Token::Any).count();
            normal.extend(std::iter::repeat_n(Token::AtLeastOne, ones));
            normal.push(Token::Any);
        } else {
            normal.extend_from_slice(run);
        }
    }
    normal
}

#[cfg(test)]
mod tests;
