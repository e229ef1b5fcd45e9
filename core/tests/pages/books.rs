//! What a server has, every change of it in order, and how it is paged out: one change at a time or the last of each thing, some of
//! them twice, with kinds and fields of the future. Must not know of phones.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use bytes::Bytes;
use http::{HeaderMap, HeaderValue, StatusCode, header};
use member_core::ports::simulated::{Server, World};
use member_core::ports::{HttpAnswer, HttpRequest};
use serde_json::{Value, json};

/// What a phone shows, or should: each thing with the revision that it has.
pub type Shown = BTreeMap<String, String>;

/// One change of the sync stream. Without a value it is a tombstone.
#[derive(Clone)]
pub struct Change {
    pub kind: &'static str,
    pub id: String,
    pub revision: Option<u64>,
}

impl Change {
    pub fn put(kind: &'static str, id: &str, revision: u64) -> Change {
        Change { kind, id: id.to_owned(), revision: Some(revision) }
    }

    pub fn delete(kind: &'static str, id: &str) -> Change {
        Change { kind, id: id.to_owned(), revision: None }
    }

    /// Under which name it is shown; `None` for what no screen shows.
    pub fn name(&self) -> Option<String> {
        match self.kind {
            "programme" | "member" | "standing" => Some(self.kind.to_owned()),
            "outcome" => None,
            kind => Some(format!("{kind} {}", self.id)),
        }
    }

    /// As it stands in a page.
    pub fn json(&self) -> Value {
        match self.revision {
            None => json!({"kind": self.kind, "id": self.id, "deleted": true}),
            Some(revision) => json!({"kind": self.kind, "id": self.id, "value": value(self.kind, &self.id, revision)}),
        }
    }
}

fn value(kind: &str, id: &str, revision: u64) -> Value {
    let text = json!({"en": format!("{revision}")});
    let number = id.trim_start_matches(|letter: char| !letter.is_ascii_digit()).parse().unwrap_or(0_i64);
    let at = "2026-01-01T10:00:00Z";
    match kind {
        "programme" => json!({
            "name": text, "languages": ["en"], "currency": "EUR", "terms": "2026-01", "action_days": 7,
            "card": {"payload": "static", "symbology": "qr", "number_length": 16},
            "units": [{"id": "points", "kind": "points", "names": {}}, {"id": "stamps", "kind": "stamps", "names": {}}],
        }),
        "member" => json!({
            "name": format!("{revision}"), "joined_at": at, "card_number": "9820000000000018", "language": "en",
        }),
        "account" => json!({"unit": id, "available": revision, "pending": 0, "reserved": 0, "lifetime": 0}),
        "tier" => json!({"rank": number, "name": text, "threshold": number * 1000, "unit": "points", "benefits": []}),
        "standing" => json!({"tier": "t0", "points": revision, "period_ends_at": "2027-01-01T00:00:00Z"}),
        "reward" => json!({
            "title": text, "description": text, "cost": {"unit": "points", "amount": 50}, "revision": revision,
            "voucher_days": 30,
        }),
        "voucher" => json!({
            "reward": "r0", "title": text, "code": "ABCD23456789", "state": "issued", "issued_at": at,
            "expires_at": "2030-01-01T00:00:00Z",
        }),
        "entry" => json!({
            "number": number, "unit": "points", "amount": revision, "balance": revision, "reason": "purchase", "at": at,
        }),
        "outcome" => json!({"status": "confirmed", "at": at}),
        unknown => panic!("there is no kind {unknown}"),
    }
}

/// What always is: a card, and the tier of everybody.
const ALWAYS: [(&str, &str); 3] = [("programme", "market"), ("member", "m"), ("tier", "t0")];

/// What comes and goes.
const KINDS: [(&str, &str, u64); 7] = [
    ("account", "points stamps", 2),
    ("tier", "t1 t2", 2),
    ("standing", "s", 1),
    ("reward", "r0 r1 r2 r3", 4),
    ("voucher", "v0 v1 v2", 3),
    ("entry", "e1 e2 e3 e4", 4),
    ("outcome", "019b76da-a800-7707-8707-070707070707", 1),
];

/// Each kind that can be deleted, with an id.
pub fn kinds() -> impl Iterator<Item = (&'static str, &'static str)> {
    KINDS.into_iter().map(|(kind, ids, _)| (kind, ids.split(' ').next().expect("an id")))
}

/// How pages are made.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Manner {
    /// In order, each change once, 500 in a page as is asked for.
    Plain,
    /// As strangely as the contract allows.
    Strange,
    /// Strangely, and now and then a page comes again that was asked for long ago. Against the contract: the control.
    Late,
}

/// The server's books.
pub struct Books {
    pub manner: Manner,
    /// Changes of one epoch, and what is to be shown after each; a restore begins another.
    epochs: Vec<(Vec<Change>, Vec<Shown>)>,
    /// Cursors from before this change are too old.
    horizon: usize,
    revision: u64,
    /// Pages that were given, for a server that is late.
    given: Vec<Value>,
}

/// Where a cursor stands.
struct Place {
    epoch: usize,
    /// After so many changes.
    at: usize,
    /// How much of the snapshot of then was sent; `None` once all of it was.
    sent: Option<usize>,
}

impl Books {
    pub fn new(manner: Manner) -> Books {
        let epochs = vec![(Vec::new(), vec![Shown::new()])];
        let mut books = Books { manner, epochs, horizon: 0, revision: 0, given: Vec::new() };
        for (kind, id) in ALWAYS {
            books.put(kind, id);
        }
        books
    }

    pub fn put(&mut self, kind: &'static str, id: &str) {
        self.revision += 1;
        self.add(Change::put(kind, id, self.revision));
    }

    pub fn add(&mut self, change: Change) {
        let (log, states) = self.epochs.last_mut().expect("an epoch");
        let mut state = states.last().expect("a state").clone();
        if let Some(name) = change.name() {
            match change.revision {
                Some(revision) => drop(state.insert(name, format!("{revision}"))),
                None => drop(state.remove(&name)),
            }
        }
        log.push(change);
        states.push(state);
    }

    /// Anything happens.
    pub fn change(&mut self, world: &World) {
        let pick = |count: usize| usize::try_from(world.below(u64::try_from(count).expect("small"))).expect("small");
        if world.below(12) == 0 {
            let (kind, id) = ALWAYS[pick(ALWAYS.len())];
            return self.put(kind, id);
        }
        let (kind, ids, count) = KINDS[pick(KINDS.len())];
        let id = ids.split(' ').nth(pick(usize::try_from(count).expect("small"))).expect("an id");
        if world.below(3) == 0 { self.add(Change::delete(kind, id)) } else { self.put(kind, id) }
    }

    /// A backup is restored: everything since then is gone, and what was given out since too.
    pub fn restore(&mut self, world: &World) {
        let (log, states) = self.epochs.last().expect("an epoch").clone();
        let kept = ALWAYS.len() + usize::try_from(world.below(log.len() as u64)).expect("small");
        let kept = kept.min(log.len());
        self.epochs.push((log[..kept].to_vec(), states[..=kept].to_vec()));
        self.horizon = 0;
    }

    /// Every cursor of before is too old.
    pub fn forget_cursors(&mut self) {
        self.horizon = self.log().len();
    }

    fn log(&self) -> &[Change] {
        &self.epochs.last().expect("an epoch").0
    }

    /// What is to be shown now.
    pub fn now(&self) -> &Shown {
        self.epochs.last().and_then(|(_, states)| states.last()).expect("a state")
    }

    /// Where `shown` was true, at `from` or later: the epoch, and after which change.
    pub fn when(&self, shown: &Shown, from: (usize, usize)) -> Option<(usize, usize)> {
        let all =
            self.epochs.iter().enumerate().flat_map(|(epoch, (_, states))| {
                states.iter().enumerate().map(move |(at, state)| ((epoch, at), state))
            });
        all.filter(|(when, _)| *when >= from).find(|(_, state)| *state == shown).map(|(when, _)| when)
    }

    fn place(&self, cursor: Option<&str>) -> Option<Place> {
        let epoch = self.epochs.len() - 1;
        let Some(cursor) = cursor else { return Some(Place { epoch, at: self.log().len(), sent: Some(0) }) };
        let mut parts = cursor.split('.');
        let mut number = || parts.next().expect("four parts").parse::<usize>();
        let place = Place { epoch: number().ok()?, at: number().ok()?, sent: number().ok() };
        (place.epoch == epoch && place.at >= self.horizon).then_some(place)
    }

    /// The next page after `cursor`; `None` where the cursor is gone.
    fn page(&self, cursor: Option<&str>, world: &World) -> Option<Value> {
        let plain = self.manner == Manner::Plain;
        let place = self.place(cursor)?;
        if !plain && cursor.is_some() && world.below(60) == 0 {
            return None;
        }
        let most = if plain { 500 } else { 1 + usize::try_from(world.below(6)).expect("small") };
        let (mut changes, next) = match place.sent {
            Some(sent) => self.of_the_snapshot(&place, sent, most),
            None => self.since(&place, most, world),
        };
        let mut more = next.at < self.log().len() || next.sent.is_some();
        let moved = next.at != place.at || next.sent != place.sent;
        if !plain {
            if world.below(4) == 0 {
                changes.push(json!({"kind": "badge", "id": "b", "value": {"shape": ["round"]}, "since": 1}));
                changes.push(json!({"kind": "badge", "id": "b", "deleted": true}));
            }
            for change in changes.iter_mut().filter(|_| world.below(5) == 0) {
                change["field_of_the_future"] = json!({"kind": "account"});
                if change["value"].is_object() {
                    change["value"]["field_of_the_future"] = json!([1, null]);
                }
            }
            // There may be more, which then turns out to be nothing.
            more |= moved && world.below(6) == 0;
        }
        let sent = next.sent.map_or_else(|| "-".to_owned(), |sent| sent.to_string());
        let fresh = format!("{}.{}.{sent}.{}", next.epoch, next.at, world.below(1_000_000));
        let cursor = cursor.filter(|_| !moved).map_or(fresh, str::to_owned);
        Some(json!({"changes": changes, "cursor": cursor, "more": more, "field_of_the_future": true}))
    }

    fn of_the_snapshot(&self, place: &Place, sent: usize, most: usize) -> (Vec<Value>, Place) {
        let mut things = BTreeMap::new();
        for change in &self.log()[..place.at] {
            match change.revision {
                Some(_) => drop(things.insert((change.kind, change.id.clone()), change)),
                None => drop(things.remove(&(change.kind, change.id.clone()))),
            }
        }
        let page = things.values().skip(sent).take(most).map(|change| change.json()).collect();
        let sent = (sent + most < things.len()).then_some(sent + most);
        (page, Place { sent, ..*place })
    }

    fn since(&self, place: &Place, most: usize, world: &World) -> (Vec<Value>, Place) {
        let end = self.log().len().min(place.at + most);
        // Some that the phone has already come again, before what follows them.
        let again = if self.manner == Manner::Plain { 0 } else { world.below(2) * world.below(5) };
        let begin = place.at.saturating_sub(usize::try_from(again).expect("small")).max(ALWAYS.len().min(place.at));
        let mut page: Vec<&Change> = self.log()[begin..end].iter().collect();
        if self.manner != Manner::Plain && world.below(2) == 0 {
            // Only the last of each thing, in any order.
            let last: BTreeMap<_, _> = page.iter().map(|change| ((change.kind, &change.id), *change)).collect();
            page = last.into_values().collect();
            for index in (1..page.len()).rev() {
                page.swap(index, usize::try_from(world.below(index as u64 + 1)).expect("small"));
            }
        }
        let next = Place { epoch: place.epoch, at: end, sent: None };
        (page.into_iter().map(Change::json).collect(), next)
    }

    fn answer(&mut self, cursor: Option<&str>, tag: Option<&HeaderValue>, world: &World) -> HttpAnswer {
        let Some(page) = self.page(cursor, world) else { return cursor_gone() };
        let nothing = cursor.is_some_and(|cursor| page["cursor"] == json!(cursor));
        let known = cursor.and_then(|cursor| HeaderValue::from_str(&format!("\"{cursor}\"")).ok());
        if nothing && tag.is_some() && tag == known.as_ref() {
            return answer(304, "application/json", Bytes::new());
        }
        if self.manner == Manner::Late && !self.given.is_empty() && world.below(2) == 0 {
            let index = world.below(self.given.len() as u64);
            let mut late = self.given[usize::try_from(index).expect("small")].clone();
            late["more"] = json!(false);
            return page_of(&late);
        }
        self.given.push(page.clone());
        page_of(&page)
    }

    fn is_news(&self, cursor: &str) -> bool {
        self.place(Some(cursor)).is_none_or(|place| place.sent.is_some() || place.at < self.log().len())
    }
}

pub fn answer(status: u16, content_type: &'static str, body: impl Into<Bytes>) -> HttpAnswer {
    let mut headers = HeaderMap::new();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(content_type));
    HttpAnswer { status: StatusCode::from_u16(status).expect("a status"), headers, body: body.into() }
}

pub fn page_of(page: &Value) -> HttpAnswer {
    answer(200, "application/json", page.to_string())
}

pub fn cursor_gone() -> HttpAnswer {
    answer(410, "application/problem+json", r#"{"type":"urn:member-core:problem:cursor-gone","status":410}"#)
}

/// A field of the request's query.
pub fn query(request: &HttpRequest, name: &str) -> Option<String> {
    request.url.query_pairs().find(|(key, _)| key == name).map(|(_, value)| value.into_owned())
}

/// A server that answers `GET /v1/sync` with `sync`, and everything else as `others` does.
pub fn with_sync(others: Server, sync: impl Fn(&HttpRequest) -> HttpAnswer + Send + Sync + 'static) -> Server {
    Arc::new(move |request: HttpRequest| {
        if request.url.path() != "/v1/sync" {
            return others(request);
        }
        let answer = sync(&request);
        Box::pin(async move { answer })
    })
}

/// A server that pages `books` out, and holds a request that asks for it until something is new.
pub fn paged(others: Server, books: &Arc<Mutex<Books>>, world: &World) -> Server {
    let (books, world) = (Arc::clone(books), world.clone());
    Arc::new(move |request: HttpRequest| {
        if request.url.path() != "/v1/sync" {
            return others(request);
        }
        let (books, world) = (Arc::clone(&books), world.clone());
        Box::pin(async move {
            let cursor = query(&request, "cursor");
            let wait: u64 = query(&request, "wait").map_or(0, |wait| wait.parse().expect("a number"));
            let news = || cursor.as_ref().is_none_or(|cursor| books.lock().expect("one thread").is_news(cursor));
            for _ in 0..wait * 5 {
                if news() {
                    break;
                }
                world.sleep(Duration::from_millis(200)).await;
            }
            let tag = request.headers.get(header::IF_NONE_MATCH);
            books.lock().expect("one thread").answer(cursor.as_deref(), tag, &world)
        })
    })
}
