//! Reads of a source text what the layers' rules speak of.
//!
//! It reads tokens, not Rust: comments and literals are blanked, then every path is followed, through the braces of `use`
//! and from inside nested modules. What it cannot see is a path made by a macro of another crate.

const PLATFORM_WORDS: &[&str] = &["target_os", "target_family", "unix", "windows"];

/// After these words a `::` begins a path; it does not go on.
const WORDS_BEFORE_A_PATH: &[&str] =
    &["use", "in", "return", "mut", "dyn", "impl", "as", "else", "match", "for", "where"];

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// From the root of the crate, without `crate::`.
    OfTheCrate,
    /// Of another crate, with its name.
    Foreign,
    /// A macro's name.
    Macro,
    /// A platform's word in `cfg(...)`.
    Cfg,
}

#[derive(Debug, PartialEq, Eq)]
pub struct Found {
    pub kind: Kind,
    pub text: String,
    pub line: usize,
    pub in_test: bool,
}

/// A word, or one sign; `::` is one sign.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Token<'a> {
    text: &'a str,
    line: usize,
}

/// The tokens of a source text, without comments, and with literals as a single `"`.
pub fn tokens(source: &str) -> Vec<Token<'_>> {
    let mut found = Vec::new();
    let (mut rest, mut line) = (source, 1);
    while let Some(first) = rest.chars().next() {
        let length = token_length(rest, first);
        let text = &rest[..length];
        if first == '"' || text.len() > 1 && text.ends_with(['"', '#']) || first == '\'' && text.ends_with('\'') {
            found.push(Token { text: "\"", line });
        } else if !first.is_whitespace() && !text.starts_with("//") && !text.starts_with("/*") {
            found.push(Token { text, line });
        }
        line += text.matches('\n').count();
        rest = &rest[length..];
    }
    found
}

fn token_length(rest: &str, first: char) -> usize {
    let until = |end: &str, from: usize| rest[from..].find(end).map_or(rest.len(), |at| from + at + end.len());
    let is_word = |c: char| c.is_alphanumeric() || c == '_';
    if rest.starts_with("//") {
        return rest.find('\n').unwrap_or(rest.len());
    }
    if rest.starts_with("/*") {
        return comment_length(rest);
    }
    for prefix in ["r", "br", "cr"] {
        let hashes = rest.strip_prefix(prefix).map_or(0, |raw| raw.len() - raw.trim_start_matches('#').len());
        if rest.starts_with(prefix) && rest[prefix.len() + hashes..].starts_with('"') {
            return until(&format!("\"{}", "#".repeat(hashes)), prefix.len() + hashes + 1);
        }
    }
    for prefix in ["", "b", "c"] {
        if rest.strip_prefix(prefix).is_some_and(|text| text.starts_with('"')) {
            return quoted_length(rest, prefix.len(), '"');
        }
    }
    let mut after = rest[first.len_utf8()..].chars();
    match first {
        // A lifetime has no quote after its one letter; a character has.
        '\'' => match (after.next(), after.next()) {
            (Some('\\'), _) | (Some(_), Some('\'')) => quoted_length(rest, 0, '\''),
            _ => 1,
        },
        ':' if rest.starts_with("::") => 2,
        first if is_word(first) => rest.find(|c| !is_word(c)).unwrap_or(rest.len()),
        first => first.len_utf8(),
    }
}

/// Block comments nest.
fn comment_length(rest: &str) -> usize {
    let (mut depth, mut at) = (0, 0);
    while at < rest.len() {
        let step = match &rest.as_bytes()[at..] {
            [b'/', b'*', ..] => (2, 1),
            [b'*', b'/', ..] => (2, -1),
            _ => (1, 0),
        };
        (at, depth) = (at + step.0, depth + step.1);
        if depth == 0 {
            break;
        }
    }
    at
}

fn quoted_length(rest: &str, start: usize, quote: char) -> usize {
    let mut escaped = false;
    for (at, c) in rest.char_indices().skip_while(|(at, _)| *at <= start) {
        match c {
            _ if escaped => escaped = false,
            '\\' => escaped = true,
            c if c == quote => return at + 1,
            _ => {}
        }
    }
    rest.len()
}

/// Everything in the tokens that the rules speak of.
pub fn paths(tokens: &[Token<'_>], file_modules: &[String]) -> Vec<Found> {
    let in_test = file_modules.last().is_some_and(|module| module == "tests");
    let mut walk = Walk { found: Vec::new(), modules: file_modules.to_vec(), in_test };
    let mut open: Vec<Scope> = Vec::new();
    let (mut depth, mut at, mut test_attribute) = (0_usize, 0, false);
    while at < tokens.len() {
        let text = |offset: usize| tokens.get(at + offset).map_or("", |token| token.text);
        match text(0) {
            "#" => {
                let end = closing(tokens, at + 1 + usize::from(text(1) == "!"), "[", "]");
                let has = |word: &str| tokens[at..end].iter().any(|token| token.text == word);
                test_attribute |= text(2) == "cfg" && has("test") && !has("not");
                walk.attribute(&tokens[at..end]);
                at = end;
                continue;
            }
            "mod" if text(2) == "{" => {
                open.push(Scope { depth, was_in_test: walk.in_test });
                walk.modules.push(text(1).to_owned());
                walk.in_test |= test_attribute;
                test_attribute = false;
                depth += 1;
                at += 3;
                continue;
            }
            "{" => depth += 1,
            "}" => {
                depth = depth.saturating_sub(1);
                if let Some(scope) = open.pop_if(|scope| scope.depth == depth) {
                    walk.modules.pop();
                    walk.in_test = scope.was_in_test;
                }
            }
            "cfg" if text(1) == "!" => walk.attribute(&tokens[at..closing(tokens, at + 2, "(", ")")]),
            _ if text(1) == "!" && text(2) != "=" => walk.add(Kind::Macro, text(0).to_owned(), tokens[at].line),
            _ => {}
        }
        test_attribute &= !matches!(text(0), ";" | "{");
        at = walk.path(tokens, at);
    }
    walk.found
}

/// The place after the bracket that closes the one at `at`.
fn closing(tokens: &[Token<'_>], at: usize, open: &str, close: &str) -> usize {
    let mut depth = 0;
    for (index, token) in tokens.iter().enumerate().skip(at) {
        depth += i32::from(token.text == open) - i32::from(token.text == close);
        if depth == 0 {
            return index + 1;
        }
    }
    tokens.len()
}

struct Scope {
    depth: usize,
    was_in_test: bool,
}

struct Walk {
    found: Vec<Found>,
    modules: Vec<String>,
    in_test: bool,
}

impl Walk {
    fn add(&mut self, kind: Kind, text: String, line: usize) {
        self.found.push(Found { kind, text, line, in_test: self.in_test });
    }

    fn attribute(&mut self, tokens: &[Token<'_>]) {
        if tokens.iter().any(|token| matches!(token.text, "cfg" | "cfg_attr")) {
            for token in tokens.iter().filter(|token| PLATFORM_WORDS.contains(&token.text)) {
                self.add(Kind::Cfg, token.text.to_owned(), token.line);
            }
        }
    }

    /// Follows the path that starts here, if one does; the place of the next token to look at.
    fn path(&mut self, tokens: &[Token<'_>], at: usize) -> usize {
        let text = |index: usize| tokens.get(index).map_or("", |token| token.text);
        let continues = at > 0 && text(at - 1) == "::" && !(at > 1 && matches!(text(at - 2), "{" | "," | "use"));
        let is_name =
            text(at).starts_with(|c: char| c.is_alphabetic() || c == '_') && !WORDS_BEFORE_A_PATH.contains(&text(at));
        if continues || text(at + 1) != "::" || !is_name {
            return at + 1;
        }
        let (prefix, kind) = match text(at) {
            "crate" => (Vec::new(), Kind::OfTheCrate),
            "super" => (self.modules[..self.modules.len().saturating_sub(1)].to_vec(), Kind::OfTheCrate),
            "self" => (self.modules.clone(), Kind::OfTheCrate),
            first => (vec![first.to_owned()], Kind::Foreign),
        };
        self.tree(tokens, at + 2, &prefix, kind, tokens[at].line)
    }

    /// The rest of a path, from after a `::`; one that ends in braces is several.
    fn tree(&mut self, tokens: &[Token<'_>], mut at: usize, prefix: &[String], kind: Kind, line: usize) -> usize {
        let text = |index: usize| tokens.get(index).map_or("", |token| token.text);
        let mut path = prefix.to_vec();
        loop {
            match text(at) {
                "{" => {
                    let end = closing(tokens, at, "{", "}");
                    at += 1;
                    while at + 1 < end {
                        at = match text(at) {
                            "," => at + 1,
                            "as" => at + 2,
                            _ => self.tree(tokens, at, &path, kind, tokens[at].line),
                        };
                    }
                    return end;
                }
                "super" => drop(path.pop()),
                "self" => {}
                word if word.starts_with(|c: char| c.is_alphanumeric() || c == '_') => path.push(word.to_owned()),
                // `::<T>`, `*`
                _ => break,
            }
            at += 1;
            if text(at) != "::" {
                break;
            }
            at += 1;
        }
        if text(at) == "*" {
            at += 1;
        }
        // `io::stdout()` after `use std::io`: said without its crate.
        let known = path.first().map(String::as_str);
        if kind == Kind::Foreign && matches!(known, Some("env" | "io" | "fs" | "process" | "thread")) {
            path.insert(0, "std".to_owned());
        }
        if !path.is_empty() {
            self.add(kind, path.join("::"), line);
        }
        at
    }
}
