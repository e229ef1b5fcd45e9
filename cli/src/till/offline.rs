//! The till without a network: it checks proofs by the issuer's public keys and writes purchases down.
//!
//! Must not know how what was written down is sent.

use std::path::PathBuf;

use jiff::Timestamp;
use member_card::marks::Basket;
use member_card::payload::{Payload, PayloadKind};
use member_card::revocation::RevocationList;
use member_card::verify::{Verdict, VerifyError};
use member_card::{Day, UnixTime};
use member_core::ServerTime;
use member_core::ports::Ports;
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};

use super::explain::{self, By, Good};
use super::store::{Entry, Known, State, Store, Work, WorkError};
use super::{Money, payload, random_id};
use crate::app::{Reach, Settings, data_folder, ports};
use crate::args;
use crate::failure::Failure;
use crate::output::{Answer, Ink, Page, program};

/// Lines of a receipt that the programme takes.
const MOST_LINES: usize = 200;

/// The till's own file.
pub fn open(access: &args::TillAccess) -> Result<Store, Failure> {
    Store::open(&folder(access)?)
}

/// The till's own folder.
pub fn folder(access: &args::TillAccess) -> Result<PathBuf, Failure> {
    match access.till_home.clone().filter(|folder| !folder.as_os_str().is_empty()) {
        Some(folder) => Ok(folder),
        None => Ok(data_folder("--till-home DIR or MEMBER_TILL_HOME")?.join("member-till")),
    }
}

/// What the till knows; a till that has fetched nothing can check nothing.
pub fn known(store: &Store, access: &args::TillAccess) -> Result<Known, Failure> {
    let known = store.known()?.ok_or_else(|| {
        Failure::failed("no-keys", "This till has no keys yet, so it can check no card without a network.")
            .with_hint(format!("As soon as there is a network: {} till fetch", program()))
    })?;
    match &access.till {
        Some(asked) if !asked.is_empty() && *asked != known.till => Err(Failure::usage(format!(
            "This folder is that of the till {}. Give the one of {asked} with --till-home DIR.",
            known.till
        ))),
        _ => Ok(known),
    }
}

/// `member till verify --offline`
pub async fn verify(scan: args::Scan, settings: &Settings) -> Result<Answer, Failure> {
    let mut till = Offline::prepare(&scan, settings).await?;
    let sale = scan.sale.map_or_else(|| random_id(&till.ports), Ok)?;
    require_id(&sale)?;
    let now = till.now;
    let (payload, known) = (&till.payload, &till.known);
    let verdict = till.store.write(|work| check(known, work, payload, &sale, now))?;
    let verdict = document(&verdict, known, now);
    let mut page = Page::new(settings.look);
    set_verdict(&mut page, 0, &verdict, false);
    page.say(Ink::Faint, 0, &format!("Sale {sale}"));
    Ok(Answer::new(page, json!({"sale": sale, "verdict": verdict})))
}

/// `member till accrue --offline`
pub async fn accrue(
    scan: args::Scan,
    receipt: Option<String>,
    lines: &[Money],
    settings: &Settings,
) -> Result<Answer, Failure> {
    let mut till = Offline::prepare(&scan, settings).await?;
    let sale = scan.sale.or_else(|| receipt.clone()).map_or_else(|| random_id(&till.ports), Ok)?;
    let receipt = receipt.unwrap_or_else(|| sale.clone());
    require_id(&sale)?;
    require_id(&receipt)?;
    if lines.len() > MOST_LINES {
        return Err(Failure::usage(format!("A receipt has at most {MOST_LINES} lines.")));
    }
    let lines: Vec<Value> =
        lines.iter().zip(1..).map(|(amount, line)| json!({"line": line, "amount": amount})).collect();
    let lines = Value::Array(lines);
    let now = till.now;
    let (payload, known) = (&till.payload, &till.known);
    let (entry, again) = till.store.write(|work| {
        if let Some(entry) = work.entry(&receipt)? {
            return Ok((same(known, entry, payload, &lines).map_err(WorkError::Refused)?, true));
        }
        let verdict = check(known, work, payload, &sale, now)?;
        let verdict = document(&verdict, known, now);
        // The time of the scan is what the programme checks by, to the millisecond.
        let body = json!({"payload": payload, "scanned_at": now.at, "receipt": receipt, "lines": lines});
        let entry = Entry {
            key: key(&known.till, &receipt),
            body: body.to_string(),
            receipt: receipt.clone(),
            sale: sale.clone(),
            scanned_at: now.at,
            payload: payload.clone(),
            lines: lines.clone(),
            verdict,
            state: State::Waiting,
        };
        work.write_down(&entry)?;
        Ok((entry, false))
    })?;
    let mut page = Page::new(settings.look);
    set_verdict(&mut page, 0, &entry.verdict, again);
    let written = match &entry.state {
        State::Waiting if again => "This receipt was written down already: nothing counts twice.".to_owned(),
        State::Waiting => "Written down.".to_owned(),
        state => match state.reason() {
            Some(reason) => format!("This receipt was sent already and brought nothing: {}.", explain::held(reason)),
            None => "This receipt was sent already, and the member has the points.".to_owned(),
        },
    };
    page.say(Ink::Strong, 0, &written);
    if entry.state == State::Waiting {
        let days = u64::try_from(known.journal_days).unwrap_or_default() * 86_400;
        let text = format!(
            "The points come when the journal is sent, within {}: {} till send",
            explain::spell(days),
            program()
        );
        page.say(Ink::Plain, 0, &text);
    }
    page.say(Ink::Faint, 0, &format!("Receipt {}", entry.receipt));
    let journal = json!({
        "state": entry.state.name(),
        "reason": entry.state.reason(),
        "scanned_at": entry.scanned_at,
        "again": again,
    });
    let document = json!({"sale": entry.sale, "receipt": entry.receipt, "verdict": entry.verdict, "journal": journal});
    Ok(Answer::new(page, document))
}

/// `member till redeem --offline`, and `refund`: what they need is at the programme only.
pub fn refuse(what: &str) -> Failure {
    Failure::refused(
        "offline",
        format!(
            "Without a network a till {what}: two tills that cannot know of each other would do it twice with one card."
        ),
    )
    .with_hint("Do it when there is a network. Until then the card may earn points: till accrue --offline.")
}

/// What both commands need before anything is decided.
struct Offline {
    store: Store,
    known: Known,
    ports: Ports,
    payload: String,
    now: ServerTime,
}

impl Offline {
    async fn prepare(scan: &args::Scan, settings: &Settings) -> Result<Self, Failure> {
        let store = open(&scan.access)?;
        let known = known(&store, &scan.access)?;
        let payload = payload(scan).await?.trim_ascii().to_owned();
        let ports = ports(settings, Reach::Disk)?;
        let now = now(&known, &ports);
        Ok(Self { store, known, ports, payload, now })
    }
}

/// The server's time, counted from the last fetch while this machine has not been restarted.
fn now(known: &Known, ports: &Ports) -> ServerTime {
    let time = ServerTime::at(Some(&known.anchor), &ports.clock.read());
    ServerTime { at: Timestamp::from_millisecond(time.at.as_millisecond()).unwrap_or(time.at), ..time }
}

/// As cards count time.
fn unix_time(at: Timestamp) -> UnixTime {
    UnixTime::from_seconds(u64::try_from(at.as_second()).unwrap_or_default())
}

/// Checks a code and takes it for the sale.
fn check(known: &Known, work: &mut Work<'_>, payload: &str, sale: &str, now: ServerTime) -> Result<Verdict, WorkError> {
    let refused = WorkError::Refused;
    let now = unix_time(now.at);
    let till = &known.offline;
    let is_proof = matches!(till.format.read(payload), Ok(Payload::Proof(_)));
    if is_proof && let Some(last) = run_out(known, now) {
        return Err(refused(last));
    }
    let checked = till.check(payload, now).map_err(|refusal| refused(explain::of_verifier(&refusal)))?;
    let basket = Basket { till: known.till.clone(), receipt: sale.to_owned() };
    checked.take(now, &basket, work).map_err(|error| match error {
        VerifyError::Refused(refusal) => refused(explain::of_verifier(&refusal)),
        VerifyError::Marks(error) => WorkError::Store(error),
    })
}

/// Why no proof can be checked: all keys are of days that have passed.
fn run_out(known: &Known, now: UnixTime) -> Option<Failure> {
    let today = Day::at(now)?;
    let last = known.offline.keys.iter().map(|key| key.last).max();
    if last.is_some_and(|last| last >= today) {
        return None;
    }
    let ago = last.map(|last| u64::from(today.number() - last.number()) * 86_400);
    let text = match ago {
        Some(ago) => format!("All of this till's keys have run out, the last {} ago.", explain::spell(ago)),
        None => "The programme has given this till no keys, so it can check no code without a network.".to_owned(),
    };
    let hint = format!(
        "As soon as there is a network: {} till fetch. Until then, go on with the card number alone.",
        program()
    );
    Some(Failure::failed("keys-run-out", text).with_hint(hint))
}

/// A receipt that is entered again is the same purchase, or a mistake.
fn same(known: &Known, entry: Entry, payload: &str, lines: &Value) -> Result<Entry, Failure> {
    let number = |text: &str| known.offline.format.read(text).ok().map(|payload| payload.number().clone());
    if entry.lines == *lines && number(&entry.payload) == number(payload) {
        return Ok(entry);
    }
    Err(Failure::refused(
        "receipt-reused",
        "This receipt was written down already, with another card or other amounts.",
    )
    .with_hint("Give this purchase a receipt of its own."))
}

/// As the Member API has ids: what it would not take must not be written down.
fn require_id(id: &str) -> Result<(), Failure> {
    let is_part = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'_' | b':' | b'-');
    if (1..=64).contains(&id.len()) && id.bytes().all(is_part) {
        Ok(())
    } else {
        Err(Failure::usage(format!("{id:?} is not an id of a sale or receipt: 1 to 64 letters, digits and . _ : -.")))
    }
}

/// The key follows from till and receipt, so a journal that is sent twice, also by a copy of the till, counts once.
fn key(till: &str, receipt: &str) -> String {
    let mut digest = Sha256::new();
    for part in ["member till journal", till, receipt] {
        digest.update(part.as_bytes());
        digest.update([0]);
    }
    let mut bytes = [0; 16];
    bytes.copy_from_slice(&digest.finalize()[..16]);
    uuid::Builder::from_custom_bytes(bytes).into_uuid().to_string()
}

/// The verdict for programs.
fn document(verdict: &Verdict, known: &Known, now: ServerTime) -> Value {
    let issued = known.offline.revocations.as_ref().map(RevocationList::issued);
    let list = verdict.revocations_age.zip(issued);
    json!({
        "checked_by": "till",
        "card": verdict.number.last4(),
        "payload": verdict.kind.name(),
        "verified": verdict.verified,
        "device": verdict.device.map(|device| device.0),
        "tier": verdict.tier.map(|tier| tier.0),
        "may_spend": verdict.may_spend,
        "again": verdict.again,
        "revocations": list.map(|(age, issued)| json!({"issued": issued.seconds(), "age_seconds": age})),
        "time": {"at": now.at, "sure": now.sure},
    })
}

/// A verdict for people, from its document: also one that was given before.
fn set_verdict(page: &mut Page, indent: usize, verdict: &Value, again: bool) {
    let kind = verdict["payload"].as_str().and_then(PayloadKind::from_name);
    let card = verdict["card"].as_str().unwrap_or_default();
    let verified = verdict["verified"] == true;
    let good = Good {
        by: By::Till,
        kind: kind.unwrap_or(PayloadKind::Static),
        again: again || verdict["again"] == true,
        may_spend: verdict["may_spend"] == true,
        spend_locked: false,
        tier: verdict["tier"].as_u64().and_then(|tier| u8::try_from(tier).ok()),
    };
    let ink = if verified { Ink::Good } else { Ink::Strong };
    let what = if verified { "is good" } else { "is taken as it is" };
    page.say(ink, indent, &format!("Card …{card} {what}."));
    explain::set_good(page, indent, &good);
    explain::set_revocations(page, indent, verdict["revocations"]["age_seconds"].as_u64());
    if verdict["time"]["sure"] == false {
        page.say(
            Ink::Alert,
            indent,
            "This till was restarted since it last heard the server's time, so its own clock counts.",
        );
    }
}
