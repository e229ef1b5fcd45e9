//! The phone: a program that holds a wallet and does what lines on its standard input say, and the runner's end of the pipe.
//!
//! It is a process of its own, so that killing it is real. docs/stories.md describes the lines. Must not know what a story is.

use std::collections::{BTreeMap, VecDeque};
use std::io::{BufRead as _, BufReader, Write as _};
use std::path::Path;
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use member_core::ports::native::{self, NetworkSwitch};
use member_core::views::{ActionFate, Symbol};
use member_core::{
    Address, CardSession, Error, Home, HostEvent, JoinDetails, Observer, OneTimeCode, SignInState, Subscription, Topic,
    Wallet, WalletConfig,
};
use serde_json::{Value, json};

/// Set for the process that is a phone.
const IS_PHONE: &str = "MEMBER_STORY_PHONE";

/// The runner's end: a phone that runs.
pub(crate) struct Phone {
    process: Child,
    requests: ChildStdin,
    answers: Receiver<Value>,
    last: i64,
    /// What came for a request while another one was waited for.
    kept: BTreeMap<i64, VecDeque<Value>>,
}

impl Phone {
    /// Starts the program. It ends with this value at the latest.
    pub(crate) fn start(home: &Path) -> Phone {
        let mut program = Command::new(std::env::current_exe().expect("this program"));
        program.args(["phone::phone", "--exact", "--ignored", "--quiet", "--nocapture"]);
        // Dates are shown in the device's time zone.
        program.env_clear().env("HOME", home).env("TZ", "UTC").env(IS_PHONE, "1");
        let mut process = program.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().expect("a phone");
        let lines = BufReader::new(process.stdout.take().expect("a pipe")).lines().map_while(Result::ok);
        let (sender, answers) = channel();
        // Ends with the process. Other lines are the test harness's own.
        std::thread::spawn(move || {
            lines.filter_map(|line| serde_json::from_str(&line).ok()).try_for_each(|answer: Value| sender.send(answer))
        });
        let requests = process.stdin.take().expect("a pipe");
        Phone { process, requests, answers, last: 0, kept: BTreeMap::new() }
    }

    /// Sends a request, and answers its number.
    pub(crate) fn send(&mut self, word: &str, fields: Value) -> i64 {
        self.last += 1;
        let mut request = fields;
        (request["id"], request["do"]) = (json!(self.last), json!(word));
        // A phone that has ended is noticed by whoever waits for the answer.
        let _ = writeln!(self.requests, "{request}");
        self.last
    }

    /// The next line for this request, waited for at most so long; `None` where there is none by then.
    pub(crate) fn next(&mut self, id: i64, patience: Duration) -> Result<Option<Value>, String> {
        let begun = Instant::now();
        loop {
            if let Some(answer) = self.kept.get_mut(&id).and_then(VecDeque::pop_front) {
                return Ok(Some(answer));
            }
            match self.answers.recv_timeout(patience.saturating_sub(begun.elapsed())) {
                Ok(answer) => {
                    let of = answer["id"].as_i64().unwrap_or_default();
                    self.kept.entry(of).or_default().push_back(answer);
                }
                Err(RecvTimeoutError::Timeout) => return Ok(None),
                Err(RecvTimeoutError::Disconnected) => return Err("the phone has ended".to_owned()),
            }
        }
    }

    /// Without a word, as a system does that needs the memory.
    pub(crate) fn kill(mut self) {
        self.process.kill().expect("a process that runs");
        self.process.wait().expect("its end");
    }

    /// The wallet is closed and the program ends by itself.
    pub(crate) fn close(mut self, patience: Duration) -> Result<(), String> {
        let id = self.send("close", json!({}));
        let answer = self.next(id, patience)?;
        self.process.wait().map_err(|error| error.to_string())?;
        answer.map(drop).ok_or_else(|| "the phone does not close its wallet".to_owned())
    }
}

impl Drop for Phone {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// The program.
#[test]
#[ignore = "a phone is a program of its own, which the runner starts"]
fn phone() {
    if std::env::var_os(IS_PHONE).is_none() {
        return;
    }
    let mut device = Device::default();
    for line in std::io::stdin().lock().lines().map_while(Result::ok) {
        let request: Value = serde_json::from_str(&line).expect("a request");
        let id = request["id"].as_i64().expect("a number");
        match device.obey(id, &request) {
            // What is watched is answered by what it shows.
            Ok(_) if request["do"] == "watch" => {}
            Ok(done) => say(&json!({"id": id, "done": done})),
            Err(error) => say(&json!({"id": id, "error": explained(&error, device.wallet.as_deref())})),
        }
        if request["do"] == "close" {
            break;
        }
    }
    std::process::exit(0);
}

/// One line; the lock keeps those of two threads apart. The harness prints nothing while a test runs.
fn say(answer: &Value) {
    writeln!(std::io::stdout().lock(), "{answer}").expect("somebody who reads");
}

#[derive(Default)]
struct Device {
    wallet: Option<Arc<Wallet>>,
    network: Option<Arc<NetworkSwitch>>,
    watches: BTreeMap<i64, Subscription>,
}

impl Device {
    fn obey(&mut self, id: i64, request: &Value) -> Result<Value, Error> {
        let text = |name: &str| request[name].as_str().expect("a text").to_owned();
        let word = text("do");
        if word == "open" {
            let network = Arc::new(NetworkSwitch::new(request["online"].as_bool().expect("a truth")));
            let ports = native::ports(text("vault").into(), Arc::clone(&network) as _).expect("the ports");
            let home = Home::Folder(text("home").into());
            let config = WalletConfig { home, server: Some(text("server")), language: text("language") };
            self.wallet = Some(Arc::new(Wallet::open(config, ports)?));
            self.network = Some(network);
            return Ok(Value::Null);
        }
        let wallet = Arc::clone(self.wallet.as_ref().expect("an open wallet"));
        let runtime = tokio::runtime::Builder::new_current_thread().build().expect("a runtime");
        match word.as_str() {
            "request_code" => {
                let join = request.get("name").map(|_| JoinDetails {
                    name: text("name"),
                    language: text("language"),
                    terms: "2026-01".to_owned(),
                });
                runtime.block_on(wallet.request_code(Address::Email(text("email")), join))?;
            }
            "sign_in" => runtime.block_on(wallet.sign_in(OneTimeCode::new(text("code"))))?,
            "refresh" => runtime.block_on(wallet.refresh())?,
            "claim" => {
                let claimed = wallet.claim(&text("reward"))?;
                return Ok(json!({"key": claimed.key, "title": claimed.title, "text": claimed.text}));
            }
            "cancel" => {
                let cancelled = wallet.cancel(&text("key"))?;
                return Ok(json!({"key": cancelled.key, "title": cancelled.title, "text": cancelled.text}));
            }
            "set_spend_lock" => {
                let set = wallet.set_spend_lock(request["locked"].as_bool().expect("a truth"))?;
                return Ok(json!({"key": set.key, "text": set.text}));
            }
            "retry" => {
                let retried = wallet.retry(&text("key"))?;
                return Ok(json!({"key": retried.key, "text": retried.text}));
            }
            "discard" => wallet.discard(&text("key"))?,
            "fate" => {
                return Ok(match wallet.fate(&text("key"))? {
                    ActionFate::Waiting(text) => json!({"state": "waiting", "text": text}),
                    ActionFate::Confirmed => json!({"state": "confirmed"}),
                    ActionFate::Stopped(text) => json!({"state": "stopped", "text": text}),
                });
            }
            "network" => {
                let online = request["online"].as_bool().expect("a truth");
                self.network.as_ref().expect("an open wallet").set(online);
                if online {
                    wallet.host_event(HostEvent::NetworkAvailable);
                }
            }
            "watch" => drop(self.watches.insert(id, watch(id, text("view"), &wallet)?)),
            "unwatch" => drop(self.watches.remove(&request["watch"].as_i64().expect("a number"))),
            "close" => {
                self.watches.clear();
                runtime.block_on(wallet.shut_down());
            }
            unknown => panic!("there is no request {unknown}"),
        }
        Ok(Value::Null)
    }
}

/// An error as JSON.
fn explained(error: &Error, wallet: Option<&Wallet>) -> Value {
    let kind = match error {
        Error::SignedOut => "signed-out",
        Error::Unreachable(_) => "unreachable",
        Error::Refused { .. } => "refused",
        Error::InvalidInput(_) => "invalid-input",
        Error::Unusable(_) => "unusable",
        Error::Closed => "closed",
        Error::Internal(_) => "internal",
    };
    let text = wallet.map_or_else(|| error.to_string(), |wallet| error.explain(wallet.text()));
    json!({"kind": kind, "code": error.code(), "text": text})
}

struct Hears(Mutex<Sender<()>>);

impl Observer for Hears {
    fn changed(&self, _: &[Topic]) {
        // Nobody reads any more once the watch has ended.
        let _ = self.0.lock().expect("no panic while telling").send(());
    }
}

/// Says the view now, and each time that it has changed, until the subscription is dropped.
fn watch(id: i64, view: String, wallet: &Arc<Wallet>) -> Result<Subscription, Error> {
    let (sender, changes) = channel();
    sender.send(()).expect("it is read below");
    let subscription = wallet.observe(Arc::new(Hears(Mutex::new(sender))));
    let session = if view == "card_on_screen" { Some(wallet.show_card()?) } else { None };
    let wallet = Arc::clone(wallet);
    std::thread::spawn(move || {
        let mut before = Value::Null;
        while changes.recv().is_ok() {
            match shown(&view, &wallet, session.as_ref()) {
                Ok(now) if now != before => {
                    say(&json!({"id": id, "shown": now}));
                    before = now;
                }
                // Signed out there is nothing to show yet.
                Ok(_) | Err(Error::SignedOut) => {}
                Err(error) => return say(&json!({"id": id, "error": explained(&error, Some(&wallet))})),
            }
        }
    });
    Ok(subscription)
}

/// A view as JSON, by the names of its fields; symbols as what they are drawn from, and instants in milliseconds.
fn shown(view: &str, wallet: &Wallet, session: Option<&CardSession>) -> Result<Value, Error> {
    let symbol = |symbol: &Symbol| {
        let modules: String = symbol.rows().flatten().map(|dark| if *dark { '1' } else { '0' }).collect();
        json!({
            "symbology": symbol.symbology().name(), "width": symbol.width(), "height": symbol.height(), "modules": modules
        })
    };
    let mut shown = match (view, session) {
        ("card", _) | ("card_on_screen", Some(_)) => {
            let view = session.map_or_else(|| wallet.card(), CardSession::view)?;
            let mut shown = json!(view);
            if let Some(card) = &view.card {
                shown["card"]["symbol"] = symbol(&card.symbol);
            }
            shown
        }
        ("balance", _) => json!(wallet.balance()?),
        ("tiers", _) => json!(wallet.tiers()?),
        ("rewards", _) => json!(wallet.rewards()?),
        ("vouchers", _) => {
            let view = wallet.vouchers()?;
            let mut shown = json!(view);
            for (line, voucher) in shown["vouchers"].as_array_mut().expect("a list").iter_mut().zip(&view.vouchers) {
                line["symbol"] = voucher.symbol.as_ref().map(symbol).unwrap_or_default();
            }
            shown
        }
        ("activity", _) => json!(wallet.activity(None, 50)?),
        ("pending", _) => json!(wallet.pending()?),
        ("spending", _) => json!(wallet.spending()?),
        ("sign_in_state", _) => {
            return Ok(json!(match wallet.sign_in_state()? {
                SignInState::SignedOut => "signed-out",
                SignInState::CodeSent => "code-sent",
                SignInState::SignedIn => "signed-in",
                SignInState::Ended => "ended",
            }));
        }
        (unknown, _) => panic!("there is no view {unknown}"),
    };
    if let Some(at) = shown["status"]["last_contact"].as_str() {
        let at: jiff::Timestamp = at.parse().expect("an instant");
        shown["status"]["last_contact"] = json!(at.as_millisecond());
    }
    Ok(shown)
}
