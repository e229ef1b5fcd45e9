//! How the demo is told: numbered steps as they happen, or one document at the end. Must not know what happens in them.

use std::io::IsTerminal as _;
use std::sync::Arc;
use std::time::Duration;

use member_core::ports::Clock;
use serde_json::{Map, Value, json};

use crate::app::Settings;
use crate::failure::Failure;
use crate::output::{self, Answer, Ink, Look, Page, program};

/// Where the text of a step begins.
const INDENT: usize = 4;

/// Before each line of what somebody in the tale sees.
const GUTTER: &str = "│ ";

/// What was told so far.
pub struct Tale {
    page: Page,
    look: Look,
    json: bool,
    clock: Arc<dyn Clock>,
    begun: Duration,
    step_begun: Duration,
    steps: Vec<Map<String, Value>>,
}

impl Tale {
    /// Begins at once.
    pub fn new(settings: &Settings, clock: Arc<dyn Clock>) -> Self {
        let begun = clock.read().since_boot;
        let look = settings.look;
        Self { page: Page::new(look), look, json: settings.json, clock, begun, step_begun: begun, steps: Vec::new() }
    }

    /// What this is.
    pub fn open(&mut self) -> Result<(), Failure> {
        self.page.say(Ink::Title, 0, "Member: the guided demo");
        self.page.gap();
        self.page.say(
            Ink::Plain,
            0,
            "A member's phone, a till and a loyalty backend, all real and all on this machine. Nothing here is \
             recorded, and nothing of yours is touched.",
        );
        self.flush()
    }

    /// The next step.
    pub fn step(&mut self, id: &str, title: &str) -> Result<(), Failure> {
        self.end_step();
        let number = self.steps.len() + 1;
        self.steps.push(Map::from_iter([("step".to_owned(), json!(id)), ("title".to_owned(), json!(title))]));
        self.page.gap();
        let right_aligned = usize::from(number < 10);
        self.page.hanging(Ink::Title, right_aligned, INDENT, &format!("{number}\u{a0}\u{a0}{title}"));
        if self.json && std::io::stderr().is_terminal() {
            output::aside(&format!("{number:>2}  {title}"));
        }
        self.flush()
    }

    /// A sentence.
    pub fn say(&mut self, text: &str) -> Result<(), Failure> {
        self.page.say(Ink::Plain, INDENT, text);
        self.flush()
    }

    /// What somebody sees: a screen of its own size.
    pub fn show(&mut self, set: impl FnOnce(&mut Page, Look)) -> Result<(), Failure> {
        let look = self.look.narrowed(INDENT + GUTTER.chars().count());
        let mut screen = Page::new(look);
        set(&mut screen, look);
        self.page.beside(INDENT, GUTTER, &screen.take());
        self.flush()
    }

    /// What the document says of this step.
    pub fn note(&mut self, facts: Value) {
        if let (Some(step), Value::Object(facts)) = (self.steps.last_mut(), facts) {
            step.extend(facts);
        }
    }

    /// How long it took, and what to try next.
    pub fn close(mut self) -> Result<Answer, Failure> {
        self.end_step();
        let took = self.clock.read().since_boot.saturating_sub(self.begun).as_millis();
        if self.json {
            let document = json!({"ok": true, "milliseconds": took, "steps": self.steps});
            return Ok(Answer::new(self.page, document));
        }
        self.page.gap();
        self.page.say(Ink::Good, 0, &format!("All of it held, in {}.{} s.", took / 1000, took % 1000 / 100));
        self.page.gap();
        self.page.say(Ink::Title, 0, "Next");
        let member = program();
        for (what, command) in [
            ("A backend that stays, in one terminal:", format!("{member} sandbox")),
            (
                "You, in another; the code is in the sandbox's mail:",
                format!("{member} join --server http://127.0.0.1:8787 --email you@example.org --name You"),
            ),
            ("Everything else:", format!("{member} --help")),
        ] {
            self.page.say(Ink::Plain, 2, what);
            self.page.command(4, &command);
        }
        self.flush()?;
        Ok(Answer::said())
    }

    fn end_step(&mut self) {
        let now = self.clock.read().since_boot;
        let took = now.saturating_sub(std::mem::replace(&mut self.step_begun, now)).as_millis();
        if let Some(step) = self.steps.last_mut() {
            step.insert("milliseconds".to_owned(), json!(took));
        }
    }

    /// Says at once what was set; with a document at the end, only that is said.
    fn flush(&mut self) -> Result<(), Failure> {
        let text = self.page.take();
        if self.json { Ok(()) } else { output::print(text.as_bytes()) }
    }
}
