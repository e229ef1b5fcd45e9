//! Rust source, taken apart just enough: code without comments and literals, and the string literals by themselves.

/// A source file, taken apart.
pub(crate) struct Source {
    /// The code: comments and the insides of literals are blanks, lines stay where they are.
    pub(crate) code: String,
    /// String literals with the line, counted from 1, on which they start; escapes are left as they are.
    pub(crate) strings: Vec<(usize, String)>,
}

impl Source {
    pub(crate) fn new(text: &str) -> Self {
        let mut scanner = Scanner { rest: text, line: 1, source: Self { code: String::new(), strings: Vec::new() } };
        while !scanner.rest.is_empty() {
            scanner.step();
        }
        scanner.source
    }

    /// Every place where this word stands by itself in the code: its line, and what follows it.
    pub(crate) fn after_word<'a>(&'a self, word: &'a str) -> impl Iterator<Item = (usize, &'a str)> {
        self.code.match_indices(word).filter_map(move |(at, _)| {
            let before = self.code[..at].chars().next_back();
            let stands_alone = !before.is_some_and(|c| is_name(c) || c == ':' || c == '$');
            stands_alone.then(|| (self.code[..at].matches('\n').count() + 1, &self.code[at + word.len()..]))
        })
    }
}

/// True for characters of an identifier.
pub(crate) fn is_name(character: char) -> bool {
    character.is_alphanumeric() || character == '_'
}

/// The identifier that the text starts with, perhaps empty.
pub(crate) fn leading_name(text: &str) -> &str {
    &text[..text.find(|c| !is_name(c)).unwrap_or(text.len())]
}

struct Scanner<'a> {
    rest: &'a str,
    line: usize,
    source: Source,
}

impl Scanner<'_> {
    /// One comment, literal or character of code.
    fn step(&mut self) {
        let after_name = self.source.code.chars().next_back().is_some_and(is_name);
        if self.rest.starts_with("//") {
            let end = self.rest.find('\n').unwrap_or(self.rest.len());
            self.blank(end);
        } else if self.rest.starts_with("/*") {
            let end = block_comment(self.rest);
            self.blank(end);
        } else if let Some((open, close)) = (!after_name).then(|| raw_string(self.rest)).flatten() {
            self.string(open, self.rest[open..].find(&*close).map(|at| (at, close.len())));
        } else if self.rest.starts_with('"') {
            self.string(1, end_of_string(&self.rest[1..]).map(|at| (at, 1)));
        } else if let Some(length) = (!after_name).then(|| character_literal(self.rest)).flatten() {
            self.blank(length);
        } else {
            let character = self.rest.chars().next().unwrap_or_default();
            self.source.code.push(character);
            self.pass(character.len_utf8());
        }
    }

    /// A string: so many bytes open it; where its inside ends, and how many bytes close it.
    fn string(&mut self, open: usize, end: Option<(usize, usize)>) {
        let (inside, close) = end.unwrap_or((self.rest.len() - open, 0));
        self.source.strings.push((self.line, self.rest[open..open + inside].to_owned()));
        self.blank(open + inside + close);
    }

    fn blank(&mut self, length: usize) {
        let blanks = self.rest[..length].chars().map(|c| if c == '\n' { '\n' } else { ' ' });
        self.source.code.extend(blanks);
        self.pass(length);
    }

    fn pass(&mut self, length: usize) {
        self.line += self.rest[..length].matches('\n').count();
        self.rest = &self.rest[length..];
    }
}

/// Length of a block comment; they nest.
fn block_comment(text: &str) -> usize {
    let (mut depth, mut at) = (0, 0);
    while at < text.len() {
        if text[at..].starts_with("/*") {
            depth += 1;
            at += 2;
        } else if text[at..].starts_with("*/") {
            depth -= 1;
            at += 2;
            if depth == 0 {
                return at;
            }
        } else {
            at += text[at..].chars().next().map_or(1, char::len_utf8);
        }
    }
    text.len()
}

/// For `r"`, `br##"` and the like: the length of what opens it, and what closes it.
fn raw_string(text: &str) -> Option<(usize, String)> {
    let after = ["r", "br", "cr"].iter().find_map(|prefix| text.strip_prefix(prefix))?;
    let hashes = after.len() - after.trim_start_matches('#').len();
    let open = text.len() - after.len() + hashes + 1;
    after[hashes..].starts_with('"').then(|| (open, format!("\"{}", "#".repeat(hashes))))
}

/// Where the closing quote is.
fn end_of_string(text: &str) -> Option<usize> {
    let mut escaped = false;
    text.char_indices().find_map(|(at, character)| {
        let ends = character == '"' && !escaped;
        escaped = character == '\\' && !escaped;
        ends.then_some(at)
    })
}

/// Length of a character literal; a lifetime is none.
fn character_literal(text: &str) -> Option<usize> {
    let inside = text.strip_prefix('\'')?;
    let first = inside.chars().next()?;
    if first == '\\' {
        return Some(1 + 2 + inside.get(2..)?.find('\'')? + 1);
    }
    inside[first.len_utf8()..].starts_with('\'').then(|| 1 + first.len_utf8() + 1)
}

#[test]
fn sources_are_taken_apart() {
    let text = "use a; // crate::x \"no\"\n/* /* */ crate::y */ let s = \"one \\\" two\";\nlet r = br#\"thr\"ee\nfour\"#; \
                let c = '\"'; let l: &'a str = \"five\"; let e = '\\''; r#fn(\"six\")\n";
    let source = Source::new(text);
    let strings: Vec<_> = source.strings.iter().map(|(line, text)| (*line, &**text)).collect();
    assert_eq!(strings, [(2, "one \\\" two"), (3, "thr\"ee\nfour"), (4, "five"), (4, "six")]);
    assert!(!source.code.contains("crate::") && source.code.contains("&'a str"), "{}", source.code);
    assert_eq!(source.code.lines().count(), text.lines().count());
}
