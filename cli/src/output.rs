//! How things are said on a terminal or in a pipe: width, colours, wrapped text, exactly one JSON document. Knows no
//! command and no member.

use std::io::{self, IsTerminal as _, Write as _};

use serde_json::{Value, json};

use crate::failure::{Failure, Status};

/// Wide enough to read well; a wider terminal changes nothing.
const MAX_WIDTH: usize = 80;

/// Below this nothing can be set well; a narrower terminal wraps by itself.
const MIN_WIDTH: usize = 24;

/// What standard output is.
#[derive(Debug, Clone, Copy)]
pub struct Look {
    /// Columns; `None` where nobody says.
    pub columns: Option<usize>,
    /// Whether colours may be used.
    pub colour: bool,
    /// Whether it is a terminal.
    pub terminal: bool,
}

impl Look {
    /// Looks at standard output and the environment.
    pub fn new() -> Self {
        let stdout = io::stdout();
        let terminal = stdout.is_terminal();
        let set = |name: &str| std::env::var_os(name).is_some_and(|value| !value.is_empty());
        let dumb = std::env::var_os("TERM").is_some_and(|term| term == "dumb");
        let asked = std::env::var("COLUMNS").ok().and_then(|columns| columns.trim().parse().ok());
        let seen = terminal.then(|| rustix::termios::tcgetwinsize(&stdout).ok()).flatten();
        let seen = seen.map(|size| usize::from(size.ws_col)).filter(|columns| *columns > 0);
        Self { columns: seen.or(asked), colour: terminal && !set("NO_COLOR") && !dumb, terminal }
    }

    /// Columns for text.
    pub fn width(&self) -> usize {
        self.columns.unwrap_or(MAX_WIDTH).clamp(MIN_WIDTH, MAX_WIDTH)
    }

    /// The same with less room.
    pub fn narrowed(&self, by: usize) -> Self {
        let columns = self.columns.map_or(MAX_WIDTH, |columns| columns.min(MAX_WIDTH));
        Self { columns: Some(columns.saturating_sub(by)), ..*self }
    }
}

/// How a piece of text stands out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ink {
    Plain,
    Strong,
    Faint,
    Title,
    Good,
    Alert,
}

impl Ink {
    fn sgr(self) -> Option<&'static str> {
        match self {
            Ink::Plain => None,
            Ink::Strong => Some("1"),
            Ink::Faint => Some("2"),
            Ink::Title => Some("1;36"),
            Ink::Good => Some("1;32"),
            Ink::Alert => Some("33"),
        }
    }
}

/// Text that is being set for a terminal.
#[derive(Debug, Clone)]
pub struct Page {
    look: Look,
    text: String,
}

impl Page {
    /// An empty page.
    pub fn new(look: Look) -> Self {
        Self { look, text: String::new() }
    }

    /// A paragraph, wrapped.
    pub fn say(&mut self, ink: Ink, indent: usize, text: &str) {
        self.hanging(ink, indent, indent, text);
    }

    /// A paragraph whose first line is indented otherwise than the rest.
    pub fn hanging(&mut self, ink: Ink, first: usize, rest: usize, text: &str) {
        for line in wrap(&printable(text), self.look.width(), first, rest) {
            let (space, words) = line.split_at(line.len() - line.trim_start_matches(' ').len());
            self.text.push_str(space);
            self.inked(ink, words);
            self.text.push('\n');
        }
    }

    /// A command to be typed: broken so that it can be copied.
    pub fn command(&mut self, indent: usize, command: &str) {
        let width = self.look.width().saturating_sub(2);
        let lines = wrap(command, width, indent, indent + 4);
        let last = lines.len().saturating_sub(1);
        for (index, line) in lines.iter().enumerate() {
            let (space, words) = line.split_at(line.len() - line.trim_start_matches(' ').len());
            self.text.push_str(space);
            self.inked(Ink::Strong, words);
            self.text.push_str(if index == last { "\n" } else { " \\\n" });
        }
    }

    /// Two columns: a short one, set to the right of `width`, and a paragraph beside it.
    pub fn row(&mut self, ink: Ink, indent: usize, width: usize, left: &str, right: &str) {
        let left = printable(left);
        let space = width.saturating_sub(left.chars().count());
        let start = indent + width + 2;
        let mut lines = wrap(&printable(right), self.look.width(), start, start).into_iter();
        let first = lines.next().unwrap_or_default();
        self.text.push_str(&" ".repeat(indent + space));
        self.inked(ink, &left);
        self.text.push_str("  ");
        self.text.push_str(first.trim_start_matches(' '));
        self.text.push('\n');
        for line in lines {
            self.text.push_str(&line);
            self.text.push('\n');
        }
    }

    /// An empty line.
    pub fn gap(&mut self) {
        self.text.push('\n');
    }

    /// A drawing, as it is.
    pub fn drawing(&mut self, indent: usize, drawing: &str) {
        self.beside(indent, "", drawing);
    }

    /// Text that is set already, with something before each line.
    pub fn beside(&mut self, indent: usize, before: &str, text: &str) {
        for line in text.lines() {
            self.text.push_str(&" ".repeat(indent));
            self.inked(Ink::Faint, before);
            self.text.push_str(line);
            self.text.push('\n');
        }
    }

    /// Takes what was set so far.
    pub fn take(&mut self) -> String {
        std::mem::take(&mut self.text)
    }

    fn inked(&mut self, ink: Ink, words: &str) {
        match ink.sgr().filter(|_| self.look.colour && !words.is_empty()) {
            Some(sgr) => {
                self.text.push_str("\x1b[");
                self.text.push_str(sgr);
                self.text.push('m');
                self.text.push_str(words);
                self.text.push_str("\x1b[0m");
            }
            None => self.text.push_str(words),
        }
    }
}

/// Texts come from servers too: what a terminal would obey is not printed.
fn printable(text: &str) -> String {
    text.chars().map(|c| if c.is_control() && c != '\n' { '\u{FFFD}' } else { c }).collect()
}

/// Breaks at spaces and line feeds; a word that is too long stays whole. No-break spaces hold.
fn wrap(text: &str, width: usize, first: usize, rest: usize) -> Vec<String> {
    let mut lines = Vec::new();
    for paragraph in text.lines() {
        let indent = if lines.is_empty() { first } else { rest };
        let mut line = " ".repeat(indent);
        let (mut columns, mut empty) = (indent, true);
        for word in paragraph.split(' ').filter(|word| !word.is_empty()) {
            let length = word.chars().count();
            if !empty && columns + 1 + length > width {
                lines.push(std::mem::replace(&mut line, " ".repeat(rest)));
                (columns, empty) = (rest, true);
            }
            if !empty {
                line.push(' ');
                columns += 1;
            }
            line.push_str(word);
            columns += length;
            empty = false;
        }
        lines.push(line);
    }
    lines
}

/// What a command answers: for people and for programs.
#[derive(Debug)]
pub struct Answer {
    pub page: String,
    pub document: Value,
    /// A picture for standard output, in the place of the page.
    pub bytes: Option<Vec<u8>>,
    /// The exit status, where it is an answer that something is not well.
    pub status: Option<Status>,
}

impl Answer {
    /// The same, told in two ways.
    pub fn new(mut page: Page, document: Value) -> Self {
        Self { page: page.take(), document, bytes: None, status: None }
    }

    /// Everything was said already.
    pub fn said() -> Self {
        Self { page: String::new(), document: Value::Null, bytes: None, status: None }
    }
}

/// Prints the answer of a command.
pub fn deliver(answer: &Answer, json: bool) -> Result<(), Failure> {
    if let Some(bytes) = &answer.bytes {
        print(bytes)
    } else if json && !answer.document.is_null() {
        print(document(&answer.document).as_bytes())
    } else {
        print(answer.page.as_bytes())
    }
}

/// Prints on standard output. Whoever closed the pipe does not want the rest, and that is no failure.
pub fn print(bytes: &[u8]) -> Result<(), Failure> {
    print_to_reader(bytes).map(drop)
}

/// As [`print()`]; `false` where nobody reads any more.
pub fn print_to_reader(bytes: &[u8]) -> Result<bool, Failure> {
    let mut stdout = io::stdout().lock();
    match stdout.write_all(bytes).and_then(|()| stdout.flush()) {
        Ok(()) => Ok(true),
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(false),
        Err(error) => Err(Failure::failed("output", format!("Standard output cannot be written: {error}."))),
    }
}

/// One document: on one line for programs, laid out for people.
pub fn document(value: &Value) -> String {
    // A `Value` always has a JSON text.
    let laid_out = io::stdout().is_terminal().then(|| serde_json::to_string_pretty(value).unwrap_or_default());
    let mut text = laid_out.unwrap_or_else(|| value.to_string());
    text.push('\n');
    text
}

/// Says on standard error what is no part of the answer.
pub fn aside(text: &str) {
    // Nobody may be listening there; what matters is said by the exit status too.
    let _ = writeln!(io::stderr(), "{}", printable(text));
}

/// Tells of a failure.
pub fn tell(failure: &Failure, json: bool) {
    if failure.status == Status::Interrupted {
        aside("");
        return;
    }
    if json {
        let mut error = json!({"code": failure.code, "text": failure.text});
        if let Some(hint) = &failure.hint {
            error["hint"] = json!(hint);
        }
        // The exit status tells of the failure also where nobody reads this.
        let _ = print(document(&json!({"error": error})).as_bytes());
    } else {
        let hint = failure.hint.as_ref().map(|hint| format!("\n  {hint}")).unwrap_or_default();
        aside(&format!("member: {}{hint}", failure.text));
    }
}

/// How this program was called: for commands that are shown to be typed.
pub fn program() -> &'static str {
    if std::env::var_os("CARGO").is_some() { "cargo run --" } else { "member" }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_is_wrapped_at_spaces_and_keeps_what_belongs_together() {
        assert_eq!(wrap("one two three", 9, 0, 2), ["one two", "  three"]);
        assert_eq!(wrap("135\u{a0}points left", 10, 0, 0), ["135\u{a0}points", "left"]);
        assert_eq!(wrap("averyverylongword it", 6, 1, 1), [" averyverylongword", " it"]);
        assert_eq!(wrap("", 9, 3, 3), Vec::<String>::new());
    }

    #[test]
    fn a_command_can_be_copied_and_nothing_commands_the_terminal() {
        let look = Look { columns: Some(30), colour: false, terminal: false };
        let mut page = Page::new(look);
        page.command(2, "member join --email you@example.org --name You");
        page.say(Ink::Alert, 0, "red\u{1b}[31m");
        assert_eq!(
            page.take(),
            "  member join --email \\\n      you@example.org --name \\\n      You\nred\u{fffd}[31m\n"
        );
    }
}
