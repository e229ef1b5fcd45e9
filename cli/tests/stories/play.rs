//! Plays a story: a backend, a phone, and what each step does with them. Must not know which stories there are.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use tempfile::TempDir;

use crate::matching::differences;
use crate::phone::Phone;
use crate::server::Server;
use crate::story::{Failure, Step, Story};

/// Far more than any call takes, also on a busy machine.
pub(crate) const LIMIT: Duration = Duration::from_mins(1);

/// Plays all steps, until one fails. What is to be shown is waited for at most as long as `patience`.
pub(crate) fn play(story: &Story, patience: Duration) -> Result<(), Failure> {
    let mut stage = Stage::new(&story.programme, patience);
    for step in &story.steps {
        stage.play(step).map_err(|what| story.at(step, &what))?;
    }
    Ok(())
}

/// Why a step failed, in words.
type Played<T = ()> = Result<T, String>;

struct Stage {
    folder: TempDir,
    server: Server,
    phone: Option<Phone>,
    /// What the device knows of the network, whether or not an app runs on it.
    online: bool,
    /// The card on screen: the request that shows it, and how it was shown last.
    on_screen: Option<(i64, Value)>,
    email: Option<String>,
    card_number: Option<String>,
    /// What is remembered: keys of claims by the names that the story gave them.
    names: BTreeMap<String, String>,
    patience: Duration,
}

impl Stage {
    fn new(programme: &str, patience: Duration) -> Stage {
        let folder = tempfile::tempdir().expect("a folder");
        let server = Server::start(folder.path(), programme).expect("a backend");
        Stage {
            folder,
            server,
            phone: None,
            online: true,
            on_screen: None,
            email: None,
            card_number: None,
            names: BTreeMap::new(),
            patience,
        }
    }

    fn play(&mut self, step: &Step) -> Played {
        match step.word.as_str() {
            "open" => self.open(step.optional_text("language", "en")),
            "close" => self.gone()?.close(LIMIT),
            "kill" => {
                self.gone()?.kill();
                Ok(())
            }
            "offline" => self.network(false),
            "online" => self.network(true),
            "join" => {
                let (name, language) = (step.text("name"), step.optional_text("language", "en"));
                self.sign_in(step, json!({"email": step.text("email"), "name": name, "language": language}))
            }
            "sign_in" => self.sign_in(step, json!({"email": step.text("email")})),
            "refresh" => self.call_as(step, "refresh", json!({})).map(drop),
            "claim" => {
                let claimed = self.call_as(step, "claim", json!({"reward": step.text("reward")}))?;
                self.remember(step, claimed)
            }
            "cancel" | "retry" | "discard" | "fate" => {
                let name = step.text("action");
                let key = self.names.get(name).ok_or_else(|| format!("nothing is remembered as \"{name}\""))?.clone();
                let done = self.call_as(step, &step.word, json!({"key": key}))?;
                self.remember(step, done)
            }
            "lock" | "unlock" => {
                let done = self.call_as(step, "set_spend_lock", json!({"locked": step.word == "lock"}))?;
                self.remember(step, done)
            }
            "show_card" => {
                if self.on_screen.is_some() {
                    return Err("the card is on screen already".to_owned());
                }
                self.on_screen = Some(self.watch("card_on_screen")?);
                Ok(())
            }
            "leave_card" => {
                let (watch, _) = self.on_screen.take().ok_or("the card is not on screen")?;
                self.unwatch(watch)
            }
            "show" => self.show(step),
            "accrue" => {
                let number = self.card_number()?;
                self.server.accrue(step.text("till"), &number, step.text("amount"))
            }
            "clock" => self.server.set_clock(step.text("at")),
            "faults" => self.server.post("/sandbox/v1/faults", &json!({"rules": step.field("rules")})).map(drop),
            "grant" => {
                let member = self.server.member_id(self.email()?)?;
                let body = json!({"member": member, "unit": step.text("unit"), "amount": step.field("amount")});
                self.server.post("/sandbox/v1/grant", &body).map(drop)
            }
            "reward" => {
                let change = step.field("change").expect("the vocabulary asks for it");
                self.server.post(&format!("/sandbox/v1/rewards/{}", step.text("id")), change).map(drop)
            }
            "revoke" => {
                let member = self.server.member_id(self.email()?)?;
                self.server.post("/sandbox/v1/revoke", &json!({"member": member})).map(drop)
            }
            "server_stop" => self.server.down(),
            "server_start" => self.server.up(),
            "ledger" => {
                let ledger = self.server.ledger(self.email()?)?;
                self.compare(step, "expect", &ledger, "the ledger is not as expected")
            }
            unknown => Err(format!("this runner does not know the step \"{unknown}\"")),
        }
    }

    fn phone(&mut self) -> Played<&mut Phone> {
        self.phone.as_mut().ok_or_else(|| "the app is not open".to_owned())
    }

    /// The phone, on which nothing will run from now on.
    fn gone(&mut self) -> Played<Phone> {
        self.on_screen = None;
        self.phone.take().ok_or_else(|| "the app is not open".to_owned())
    }

    fn open(&mut self, language: &str) -> Played {
        if self.phone.is_some() {
            return Err("the app is open already".to_owned());
        }
        self.phone = Some(Phone::start(self.folder.path()));
        let path = |name: &str| -> PathBuf { self.folder.path().join(name) };
        let config = json!({
            "home": path("home"),
            "vault": path("vault"),
            "server": self.server.url,
            "language": language,
            "online": self.online,
        });
        self.call("open", config)?.map(drop).map_err(|error| unexpected(&error))
    }

    fn network(&mut self, online: bool) -> Played {
        self.online = online;
        if self.phone.is_some() {
            self.call("network", json!({"online": online}))?.map_err(|error| unexpected(&error))?;
        }
        Ok(())
    }

    /// Asks for a code, reads it where it was sent, enters it, and syncs.
    fn sign_in(&mut self, step: &Step, details: Value) -> Played {
        let email = step.text("email").to_owned();
        let mut result = self.call("request_code", details)?;
        if result.is_ok() {
            let code = self.server.code(&email)?;
            result = self.call("sign_in", json!({"code": code}))?;
        }
        if result.is_ok() {
            result = self.call("refresh", json!({}))?;
        }
        self.email = Some(email);
        self.judge(step, result).map(drop)
    }

    /// The key of what was done, by the name that the step gives it.
    fn remember(&mut self, step: &Step, done: Option<Value>) -> Played {
        if let (Some(done), Some(name)) = (done, step.field("as").and_then(Value::as_str)) {
            let key = done["key"].as_str().ok_or_else(|| format!("there is no key to remember as \"{name}\""))?;
            self.names.insert(name.to_owned(), key.to_owned());
        }
        Ok(())
    }

    fn email(&self) -> Played<&str> {
        self.email.as_deref().ok_or_else(|| "nobody has joined".to_owned())
    }

    /// What a scanner reads, as it was first shown.
    fn card_number(&mut self) -> Played<String> {
        if let Some(number) = &self.card_number {
            return Ok(number.clone());
        }
        let (watch, shown) = self.watch("card")?;
        self.unwatch(watch)?;
        let number = shown["card"]["number"].as_str().ok_or("there is no card to be scanned")?.replace(' ', "");
        self.card_number = Some(number.clone());
        Ok(number)
    }

    /// Sends a request, and waits for what came of it: a value, or an error with its kind, code and text.
    fn call(&mut self, word: &str, fields: Value) -> Played<Result<Value, Value>> {
        let id = self.phone()?.send(word, fields);
        let line = self.line(id)?;
        Ok(line.get("error").map_or_else(|| Ok(line["done"].clone()), |error| Err(error.clone())))
    }

    fn line(&mut self, id: i64) -> Played<Value> {
        self.phone()?.next(id, LIMIT)?.ok_or_else(|| "the phone does not answer".to_owned())
    }

    /// A call whose outcome the step may describe.
    fn call_as(&mut self, step: &Step, word: &str, fields: Value) -> Played<Option<Value>> {
        let result = self.call(word, fields)?;
        self.judge(step, result)
    }

    /// The value, if there is one and it is as the step says; nothing, if it was to fail and did as the step says.
    fn judge(&self, step: &Step, result: Result<Value, Value>) -> Played<Option<Value>> {
        match (result, step.field("fails")) {
            (Ok(_), Some(_)) => Err("it was to fail, and did not".to_owned()),
            (Ok(done), None) => self.compare(step, "answer", &done, "it answers something else").map(|()| Some(done)),
            (Err(error), None) => Err(unexpected(&error)),
            (Err(error), Some(_)) => self.compare(step, "fails", &error, "it fails in another way").map(|()| None),
        }
    }

    /// Holds what is shown against a field of the step, where the step has it.
    fn compare(&self, step: &Step, field: &str, shown: &Value, what: &str) -> Played {
        let Some(expected) = step.field(field) else { return Ok(()) };
        let found = differences(expected, shown, &self.names);
        if found.is_empty() { Ok(()) } else { Err(format!("{what}\n  {}", found.join("\n  "))) }
    }

    /// Begins to watch a view, and waits until it is shown.
    fn watch(&mut self, view: &str) -> Played<(i64, Value)> {
        let watch = self.phone()?.send("watch", json!({"view": view}));
        let patience = self.patience;
        let line = self.phone()?.next(watch, patience)?;
        let line = line.ok_or_else(|| format!("{view} is not shown within {} s", patience.as_secs()))?;
        Ok((watch, shown(&line)?))
    }

    fn unwatch(&mut self, watch: i64) -> Played {
        self.call("unwatch", json!({"watch": watch}))?.map(drop).map_err(|error| unexpected(&error))
    }

    fn show(&mut self, step: &Step) -> Played {
        let view = step.text("view");
        if view == "card_on_screen" {
            let (watch, mut last) = self.on_screen.take().ok_or("the card is not on screen")?;
            let result = self.await_shown(step, watch, &mut last);
            self.on_screen = Some((watch, last));
            return result;
        }
        let (watch, mut last) = self.watch(view)?;
        self.await_shown(step, watch, &mut last)?;
        self.unwatch(watch)
    }

    /// Holds what is shown against the step: what is shown now, or eventually.
    fn await_shown(&mut self, step: &Step, watch: i64, last: &mut Value) -> Played {
        let (view, begun, patience) = (step.text("view"), Instant::now(), self.patience);
        let eventually = step.field("eventually") == Some(&json!(true));
        let within = |what: &str| format!("{what} within {} s", patience.as_secs());
        while let Some(line) = self.phone()?.next(watch, Duration::ZERO)? {
            *last = shown(&line)?;
        }
        loop {
            let what = if eventually { within("did not become as expected") } else { "is not as expected".to_owned() };
            let result = self.compare(step, "expect", last, &format!("{view} {what}"));
            if result.is_ok() || !eventually {
                return result;
            }
            match self.phone()?.next(watch, patience.saturating_sub(begun.elapsed()))? {
                Some(line) => *last = shown(&line)?,
                None => return result,
            }
        }
    }
}

/// The view in a line of a watch.
fn shown(line: &Value) -> Played<Value> {
    line.get("error").map_or_else(|| Ok(line["shown"].clone()), |error| Err(unexpected(error)))
}

fn unexpected(error: &Value) -> String {
    let text = |name: &str| error[name].as_str().unwrap_or_default();
    format!("it failed\n  {}, {}: {}", text("kind"), text("code"), text("text"))
}
