//! IAM's wildcards. What a pattern is held against may have wildcards, too: a record does not always
//! know the whole name of a resource.

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

impl Pattern {
    /// The pattern of a policy. `${*}`, `${?}` and `${$}` are the letters themselves.
    pub(super) fn of_policy(text: &str) -> Result<Self, Variable> {
        Ok(Self(normal(tokens(text, true)?)))
    }

    /// The text of a policy in which `*` and `?` are letters as others.
    pub(super) fn literal(text: &str) -> Result<Self, Variable> {
        Ok(Self(tokens(text, false)?))
    }

    /// A text of a record: `*` and `?` stand for what is not known.
    pub(super) fn of_record(text: &str) -> Self {
        Self(normal(text.chars().map(wildcard).collect()))
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
        if !self.fits_some(text) {
            Fit::None
        } else if self.fits_all(text) {
            Fit::All
        } else {
            Fit::Some
        }
    }

    /// Whether there is a text that both fit.
    fn fits_some(&self, text: &Self) -> bool {
        let both = self.0.len();
        // Where in the pattern one can be with what was read of the text.
        let mut here = vec![false; both + 1];
        here[0] = true;
        skip_any(&self.0, &mut here);
        for &letter in &text.0 {
            let mut next = match letter {
                Token::Any => here.clone(),
                _ => vec![false; both + 1],
            };
            for at in 0..both {
                match (self.0[at], letter) {
                    // The text's wildcard reads any run of the pattern.
                    (_, Token::Any) => next[at + 1] |= next[at],
                    (Token::Any, _) => next[at] |= here[at],
                    (one, letter) => next[at + 1] |= here[at] && can_be_one(one, letter),
                }
            }
            skip_any(&self.0, &mut next);
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
    fn fits_all(&self, text: &Self) -> bool {
        let end = self.0.len();
        let mut here = vec![0];
        reach(&self.0, &mut here);
        for &letter in &text.0 {
            let mut next = Vec::with_capacity(here.len() + 1);
            for &at in here.iter().filter(|at| **at < end) {
                match (self.0[at], letter) {
                    (Token::Any | Token::AtLeastOne, Token::Any) | (Token::Any, _) => next.push(at),
                    (Token::One | Token::AtLeastOne, _) if letter != Token::Any => {
                        next.push(at + 1)
                    }
                    (Token::Letter(one), Token::Letter(other)) if one == other => next.push(at + 1),
                    _ => {}
                }
            }
            reach(&self.0, &mut next);
            if next.is_empty() {
                return false;
            }
            here = next;
        }
        here.contains(&end)
    }
}

/// Marks what is behind each `*` that is marked.
fn skip_any(pattern: &[Token], here: &mut [bool]) {
    for (at, token) in pattern.iter().enumerate() {
        if *token == Token::Any && here[at] {
            here[at + 1] = true;
        }
    }
}

/// Adds what is behind each `*`; each position once, in order.
fn reach(pattern: &[Token], here: &mut Vec<usize>) {
    here.sort_unstable();
    here.dedup();
    let behind: Vec<_> = here
        .iter()
        .filter(|at| pattern.get(**at) == Some(&Token::Any))
        .map(|at| at + 1)
        .collect();
    here.extend(behind);
    here.sort_unstable();
    here.dedup();
}

fn can_be_one(one: Token, other: Token) -> bool {
    match (one, other) {
        (Token::Letter(one), Token::Letter(other)) => one == other,
        _ => true,
    }
}

fn wildcard(letter: char) -> Token {
    match letter {
        '*' => Token::Any,
        '?' => Token::One,
        other => Token::Letter(other),
    }
}

fn tokens(text: &str, has_wildcards: bool) -> Result<Vec<Token>, Variable> {
    let mut tokens = Vec::new();
    let mut rest = text;
    while let Some(letter) = rest.chars().next() {
        if let Some(behind) = rest.strip_prefix("${") {
            let (name, after) = behind.split_once('}').unwrap_or((behind, ""));
            match name {
                "*" | "?" | "$" => tokens.extend(name.chars().map(Token::Letter)),
                _ => return Err(Variable(format!("${{{name}}}"))),
            }
            rest = after;
        } else {
            let plain = Token::Letter(letter);
            tokens.push(if has_wildcards {
                wildcard(letter)
            } else {
                plain
            });
            rest = &rest[letter.len_utf8()..];
        }
    }
    Ok(tokens)
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
