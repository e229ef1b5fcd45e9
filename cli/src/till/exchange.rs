//! What a till and the programme exchange for the time without a network: keys and revocation list to the till, its journal to the
//! programme.
//!
//! Must not know how a code is checked.

use std::path::Path;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use http::StatusCode;
use jiff::{SignedDuration, Timestamp};
use member_card::issuer::{IssuerKey, PublicKey};
use member_card::payload::PayloadKind;
use member_card::revocation::RevocationList;
use member_card::verify::CardFormat;
use member_card::{CardNumber, Day, UnixTime};
use member_core::Anchor;
use serde::Deserialize;
use serde_json::{Value, json};

use super::store::{Entry, Fetched, State, Store, Work, WorkError};
use super::{Till, explain, offline, sign_in, unreachable};
use crate::app::Settings;
use crate::args;
use crate::failure::{Failure, Status};
use crate::output::{self, Answer, Ink, Page, program};
use crate::web::WebError;

/// A clock that is off by less is not worth a word.
const WORTH_A_WORD: u64 = 30;

/// The answer of `GET /v1/till/keys`.
#[derive(Deserialize)]
struct KeysAnswer {
    format: Format,
    keys: Vec<Key>,
    journal_days: u16,
}

#[derive(Deserialize)]
struct Format {
    programme: String,
    number_length: usize,
    prefix: String,
    payload: String,
}

#[derive(Deserialize)]
struct Key {
    programme: String,
    public: String,
    first: u16,
    last: u16,
}

/// The answer of `GET /v1/till/revocations`.
#[derive(Deserialize)]
struct RevocationsAnswer {
    list: String,
}

/// What a till fetched, understood.
struct Received {
    format: CardFormat,
    keys: Vec<IssuerKey>,
    journal_days: i64,
    /// The signed revocation list, not yet checked.
    list: Vec<u8>,
    /// The server's time, and how far this machine's clock is behind it, in seconds.
    at: Timestamp,
    behind: i64,
    anchor: Anchor,
}

/// `member till fetch`
pub async fn fetch(access: args::TillAccess, settings: &Settings) -> Result<Answer, Failure> {
    let mut store = offline::open(&access)?;
    let held = store.known()?;
    let before = held.as_ref().map(|held| held.server.clone());
    let till = sign_in(access, before, settings, true).await?;
    if let Some(held) = held.as_ref().filter(|held| held.till != till.id) {
        return Err(other_folder(&held.till, &till.id));
    }
    let received = till.receive().await?;
    let Received { format, keys, journal_days, at, .. } = &received;
    if let Some(held) = held.map(|held| held.offline.format).filter(|held| held.programme != format.programme) {
        return Err(other_folder(&held.programme, &format.programme));
    }
    let server = till.web.server().to_string();
    let (list, kept) = store.write(|work| {
        let (bytes, list, kept) = newer(work, &received)?;
        work.set_known(&Fetched {
            till: &till.id,
            server: &server,
            journal_days: *journal_days,
            anchor: &received.anchor,
            format,
            keys,
            revocations: &bytes,
        })?;
        // The programme would not take them again either.
        let oldest = at.saturating_sub(SignedDuration::from_hours(24 * journal_days));
        work.forget_sent(oldest.unwrap_or(Timestamp::MIN))?;
        Ok((list, kept))
    })?;
    let waiting = store.waiting()?.len();
    let mut page = Page::new(settings.look);
    page.say(Ink::Good, 0, &format!("The till {} can check cards without a network.", till.id));
    let last_day = keys.iter().map(|key| key.last).max();
    page.say(Ink::Plain, 0, &format!("{}; {}.", counted(keys.len(), "issuer key"), until(last_day)));
    if kept {
        page.say(
            Ink::Alert,
            0,
            "The programme gave an older revocation list than the one that is here, which is kept.",
        );
    }
    let (cards, age) = (list.entries().len(), list.age(unix_time(*at)));
    page.say(Ink::Plain, 0, &format!("Revocation list of {}, {} old.", counted(cards, "card"), explain::spell(age)));
    if let Some(words) = clock(received.behind) {
        page.say(Ink::Alert, 0, &words);
    }
    if waiting > 0 {
        let verb = if waiting == 1 { "waits" } else { "wait" };
        let text = format!("{} {verb} to be sent: {} till send", counted(waiting, "purchase"), program());
        page.say(Ink::Alert, 0, &text);
    }
    let document = json!({
        "till": till.id,
        "programme": format.programme,
        "payload": format.payload.name(),
        "keys": keys.len(),
        "last_day": last_day.map(Day::number),
        "revocations": {"issued": list.issued().seconds(), "age_seconds": age, "cards": cards, "kept": kept},
        "clock_behind_seconds": received.behind,
        "journal_days": journal_days,
        "waiting": waiting,
    });
    Ok(Answer::new(page, document))
}

/// The list that is to be held: never an older one, which would bring revoked phones back. And whether it is the one that was.
fn newer(work: &Work<'_>, received: &Received) -> Result<(Vec<u8>, RevocationList, bool), WorkError> {
    let Received { format, keys, list: bytes, .. } = received;
    let read = |bytes: &[u8]| {
        RevocationList::read(bytes, keys, &format.programme).map_err(|error| {
            let text = format!("What the programme gave cannot be used: {error}. Nothing was changed.");
            WorkError::Refused(Failure::failed("revocations", text))
        })
    };
    let list = read(bytes)?;
    if let Some(held) = work.known()?.and_then(|known| known.offline.revocations)
        && !list.replaces(&held)
        && let Some(bytes) = work.revocations()?
    {
        // It must hold by the new keys too, or the till could not read its own file.
        let held = read(&bytes)?;
        return Ok((bytes, held, true));
    }
    Ok((bytes.clone(), list, false))
}

/// `member till send`
pub async fn send(access: args::TillAccess, settings: &Settings) -> Result<Answer, Failure> {
    let mut store = offline::open(&access)?;
    let known = offline::known(&store, &access)?;
    let waiting = store.waiting()?;
    let earlier = store.without_effect()?;
    let mut page = Page::new(settings.look);
    let mut sent = Vec::new();
    if !waiting.is_empty() {
        let access = args::TillAccess { till: Some(known.till), ..access };
        let till = sign_in(access, Some(known.server), settings, true).await?;
        for (index, entry) in waiting.iter().enumerate() {
            let state = match till.journal(entry).await {
                Ok(state) => state,
                Err(failure) => {
                    let left = waiting.len() - index;
                    let text = format!("{} Sent: {index}. Still written down here: {left}.", failure.text);
                    return Err(Failure { text, ..failure }.with_hint(format!("Later: {} till send", program())));
                }
            };
            store.write(|work| Ok(work.settle(&entry.receipt, &state)?))?;
            set_entry(&mut page, entry, &state);
            sent.push(told(entry, &state));
        }
    }
    let without_effect = sent.iter().filter(|entry| entry["state"] != "accrued").count();
    if sent.is_empty() {
        page.say(Ink::Plain, 0, "Nothing waits to be sent.");
    } else {
        page.say(Ink::Strong, 0, &format!("Sent: {}. Brought nothing: {without_effect}.", sent.len()));
    }
    if !earlier.is_empty() {
        page.gap();
        page.say(Ink::Faint, 0, "Sent earlier, and brought nothing:");
        for entry in &earlier {
            set_entry(&mut page, entry, &entry.state);
        }
    }
    let earlier: Vec<_> = earlier.iter().map(|entry| told(entry, &entry.state)).collect();
    let mut answer = Answer::new(page, json!({"sent": sent, "earlier": earlier}));
    answer.status = (without_effect > 0).then_some(Status::Refused);
    Ok(answer)
}

/// What a till wrote down without a network goes before what it reads with one: a scan that is online stands, and an earlier one of
/// the same code would arrive too late. What cannot be sent now waits for the next time.
pub async fn send_first(till: &Till, folder: &Path) -> Result<(), Failure> {
    let Some(mut store) = Store::open_existing(folder)? else { return Ok(()) };
    let server = till.web.server().to_string();
    if store.known()?.is_none_or(|known| known.till != till.id || known.server != server) {
        return Ok(());
    }
    let waiting = store.waiting()?;
    let mut sent = 0;
    for entry in &waiting {
        let Ok(state) = till.journal(entry).await else { break };
        store.write(|work| Ok(work.settle(&entry.receipt, &state)?))?;
        sent += 1;
    }
    if sent > 0 {
        output::aside(&format!("Sent first, of what was written down without a network: {sent}."));
    }
    if sent < waiting.len() {
        output::aside(&format!("Not sent yet: {}.", waiting.len() - sent));
    }
    Ok(())
}

impl Till {
    /// Asks for all that a till needs without a network.
    async fn receive(&self) -> Result<Received, Failure> {
        let (keys, _) = self.get("/v1/till/keys").await?;
        let (list, date) = self.get("/v1/till/revocations").await?;
        let reading = self.ports.clock.read();
        let understand = || {
            let (at, keys) = (date?, serde_json::from_value::<KeysAnswer>(keys).ok()?);
            let list: RevocationsAnswer = serde_json::from_value(list).ok()?;
            Some(Received {
                format: format(&keys.format)?,
                // What is no public key is not in the set (docs/card-format.md, "Test vectors").
                keys: keys.keys.iter().filter_map(key).collect(),
                journal_days: keys.journal_days.into(),
                list: URL_SAFE_NO_PAD.decode(list.list).ok()?,
                at,
                behind: at.duration_since(reading.wall).as_secs(),
                anchor: Anchor::new(at, &reading),
            })
        };
        understand().ok_or_else(|| unreachable(&self.web, &WebError::NotOurs))
    }

    /// Sends an entry of the journal, in the same bytes under the same key each time. The error is for one that has to be sent again.
    async fn journal(&self, entry: &Entry) -> Result<State, Failure> {
        match self.try_post("/v1/till/journal", &entry.key, entry.body.clone()).await {
            Ok(answer) if answer["status"] == "accrued" => Ok(State::Accrued { answer }),
            Ok(answer) => match answer["reason"].as_str().filter(|_| answer["status"] == "held") {
                Some(reason) => Ok(State::Held { reason: reason.to_owned(), answer }),
                None => Err(unreachable(&self.web, &WebError::NotOurs)),
            },
            Err(WebError::Refused { name, title, .. }) => {
                Ok(State::Refused { answer: json!({"problem": name, "title": title}), reason: name })
            }
            // The same bytes would be refused each time: a person has to look.
            Err(WebError::Problem {
                status: StatusCode::BAD_REQUEST | StatusCode::PAYLOAD_TOO_LARGE | StatusCode::UNPROCESSABLE_ENTITY,
                what,
            }) => Ok(State::Refused { answer: json!({"problem": what}), reason: what }),
            Err(error) => Err(unreachable(&self.web, &error)),
        }
    }
}

/// An entry and what became of it.
fn told(entry: &Entry, state: &State) -> Value {
    json!({
        "receipt": entry.receipt,
        "scanned_at": entry.scanned_at,
        "state": state.name(),
        "reason": state.reason(),
        "points": state.answer().map(|answer| answer["points"].clone()),
    })
}

fn set_entry(page: &mut Page, entry: &Entry, state: &State) {
    let receipt = &entry.receipt;
    match (state.reason(), state.answer()) {
        (None, Some(answer)) => {
            let points = answer["points"].as_i64().unwrap_or_default();
            page.say(Ink::Good, 0, &format!("Receipt {receipt}: {points:+}."));
        }
        (Some(reason), _) => {
            let what = if state.name() == "held" { "held" } else { "refused" };
            page.say(Ink::Alert, 0, &format!("Receipt {receipt} is {what}: {}.", explain::held(reason)));
        }
        (None, None) => page.say(Ink::Plain, 0, &format!("Receipt {receipt} waits.")),
    }
}

/// A number of things.
fn counted(count: usize, what: &str) -> String {
    format!("{count} {what}{}", if count == 1 { "" } else { "s" })
}

fn other_folder(held: &str, asked: &str) -> Failure {
    Failure::usage(format!("This folder is that of {held}. Give the one of {asked} with --till-home DIR."))
}

fn unix_time(at: Timestamp) -> UnixTime {
    UnixTime::from_seconds(u64::try_from(at.as_second()).unwrap_or_default())
}

/// The last day of the keys, for people.
fn until(last: Option<Day>) -> String {
    let day = last.and_then(|day| Timestamp::from_second(i64::from(day.number()) * 86_400).ok());
    match day {
        Some(day) => format!("they last until {}", day.strftime("%F")),
        None => "without one no code can be checked".to_owned(),
    }
}

/// How far this machine's clock is off, where that is worth a word.
fn clock(behind: i64) -> Option<String> {
    let off = behind.unsigned_abs();
    let side = if behind > 0 { "behind" } else { "ahead of" };
    let what = explain::spell(off);
    (off > WORTH_A_WORD).then(|| {
        format!(
            "This till's clock is {what} {side} the programme's. Until it is restarted the programme's time counts, and then its own: set it \
             right."
        )
    })
}

fn format(format: &Format) -> Option<CardFormat> {
    let length = (1..=CardNumber::MAX_LENGTH).contains(&format.number_length);
    let payload = PayloadKind::from_name(&format.payload).filter(|_| length)?;
    let (programme, prefix) = (format.programme.clone(), format.prefix.clone());
    Some(CardFormat { programme, number_length: format.number_length, prefix, payload })
}

fn key(key: &Key) -> Option<IssuerKey> {
    let bytes = URL_SAFE_NO_PAD.decode(&key.public).ok()?.try_into().ok()?;
    let public = PublicKey::from_bytes(&bytes).ok()?;
    let (first, last) = (Day::from_number(key.first), Day::from_number(key.last));
    Some(IssuerKey { programme: key.programme.clone(), public, first, last })
}
