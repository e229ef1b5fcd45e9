//! The till: reads a card, gives points for a purchase, uses a voucher and takes a purchase back, through the till's side of
//! the Member API; or without a network as far as that goes.
//!
//! Must not know the member's wallet: a till is another machine. Every request has its key, and is sent again with the
//! same key where the answer got lost.

mod amount;
mod credentials;
mod exchange;
mod explain;
mod offline;
mod store;

use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use http::header::{AUTHORIZATION, CONTENT_TYPE, HeaderName, HeaderValue};
use jiff::Timestamp;
use member_card::payload::PayloadKind;
use member_core::ports::{Ports, TransportError};
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};
use uuid::Uuid;
use zeroize::Zeroizing;

use crate::app::{Reach, Settings, ports};
use crate::args::{self, TillCommand};
use crate::decode::Picture;
use crate::failure::Failure;
use crate::output::{Answer, Ink, Page};
use crate::prompt;
use crate::web::{Web, WebError};

use self::explain::{By, Good};

pub use amount::Money;
pub use credentials::{Credential, Credentials};

/// How often a request is sent, all in all.
const TRIES: u32 = 3;

const KEY: HeaderName = HeaderName::from_static("idempotency-key");

/// `member till`
pub async fn run(arguments: args::Till, settings: &Settings) -> Result<Answer, Failure> {
    match arguments.command {
        TillCommand::Verify(scan) if settings.offline => offline::verify(scan, settings).await,
        TillCommand::Verify(scan) => {
            let (till, sale, payload) = prepare(scan, settings).await?;
            let scanned = till.scan(&payload, &sale).await?;
            let mut page = Page::new(settings.look);
            set_scan(&mut page, 0, &scanned, &settings.language);
            set_verdict(&mut page, 0, &scanned);
            page.say(Ink::Faint, 0, &format!("Sale {sale}"));
            Ok(Answer::new(page, json!({"sale": sale, "verdict": scanned})))
        }
        TillCommand::Accrue(command) => accrue(command, settings).await,
        TillCommand::Redeem(_) if settings.offline => Err(offline::refuse("spends nothing and uses no vouchers")),
        TillCommand::Redeem(command) => redeem(command, settings).await,
        TillCommand::Refund(_) if settings.offline => Err(offline::refuse("takes nothing back")),
        TillCommand::Refund(command) => refund(command, settings).await,
        TillCommand::Fetch(access) => exchange::fetch(access, settings).await,
        TillCommand::Send(access) => exchange::send(access, settings).await,
    }
}

async fn accrue(command: args::Accrue, settings: &Settings) -> Result<Answer, Failure> {
    // Before anything is sent: an amount that cannot be read must not leave a scan behind.
    let lines = command.amounts.iter().map(|amount| Money::parse(amount, &command.currency));
    let lines = lines.collect::<Result<Vec<_>, _>>().map_err(Failure::usage)?;
    let mut scan = command.scan;
    if settings.offline {
        return offline::accrue(scan, command.receipt, &lines, settings).await;
    }
    // A receipt that is entered again is the same sale.
    scan.sale = scan.sale.or_else(|| command.receipt.clone());
    let (till, sale, payload) = prepare(scan, settings).await?;
    let receipt = command.receipt.unwrap_or_else(|| sale.clone());
    let scanned = till.scan(&payload, &sale).await?;
    let accrued = till.accrue(&scanned, &receipt, &lines).await?;
    let mut page = Page::new(settings.look);
    set_scan(&mut page, 0, &scanned, &settings.language);
    set_accrual(&mut page, 0, &accrued);
    page.say(Ink::Faint, 0, &format!("Receipt {receipt}"));
    Ok(Answer::new(page, json!({"sale": sale, "receipt": receipt, "verdict": scanned, "accrual": accrued})))
}

async fn redeem(command: args::Redeem, settings: &Settings) -> Result<Answer, Failure> {
    let mut scan = command.scan;
    scan.sale = scan.sale.or_else(|| command.receipt.clone());
    let (till, sale, payload) = prepare(scan, settings).await?;
    let receipt = command.receipt.unwrap_or_else(|| sale.clone());
    let scanned = till.scan(&payload, &sale).await?;
    let body = json!({"scan": scanned["scan"], "voucher": command.voucher, "receipt": receipt});
    let lost = format!("It may have been used. Repeat it with --receipt {receipt}: it is never used twice.");
    let redeemed = till.book("/v1/till/redemptions", &body, &lost).await?;
    let mut page = Page::new(settings.look);
    set_scan(&mut page, 0, &scanned, &settings.language);
    let title = in_language(&redeemed["voucher"]["title"], &settings.language);
    page.say(Ink::Strong, 0, &format!("Voucher used: {title}."));
    let redemption = redeemed["redemption"].as_str().unwrap_or_default();
    page.say(Ink::Faint, 0, &format!("Receipt {receipt}, use {redemption}"));
    Ok(Answer::new(page, json!({"sale": sale, "receipt": receipt, "verdict": scanned, "redemption": redeemed})))
}

async fn refund(command: args::Refund, settings: &Settings) -> Result<Answer, Failure> {
    let lines = command.lines.iter().map(|line| refund_line(line, &command.currency));
    let lines = lines.collect::<Result<Vec<_>, _>>().map_err(Failure::usage)?;
    let till = sign_in(command.access, None, settings, true).await?;
    let refund = match command.id {
        Some(id) => id,
        None => random_id(&till.ports)?,
    };
    let mut body = json!({
        "refund": refund, "receipt": command.receipt, "lines": lines, "redemptions": command.redemptions,
    });
    if let Some(bought_at) = command.bought_at {
        body["till"] = json!(bought_at);
    }
    let lost = format!("It may have been booked. Repeat it with --refund {refund}: it never counts twice.");
    let refunded = till.book("/v1/till/refunds", &body, &lost).await?;
    let mut page = Page::new(settings.look);
    let points = refunded["points"].as_i64().unwrap_or_default();
    page.say(Ink::Strong, 0, &format!("Taken back: {points}."));
    for voucher in refunded["vouchers"].as_array().into_iter().flatten() {
        let title = in_language(&voucher["title"], &settings.language);
        let now = if voucher["state"] == "issued" { "can be used again" } else { "has run out meanwhile" };
        page.say(Ink::Plain, 0, &format!("Voucher {now}: {title}."));
    }
    page.say(Ink::Faint, 0, &format!("Receipt {refund}"));
    Ok(Answer::new(page, json!({"receipt": refund, "refund": refunded})))
}

/// A line and what of its price comes back: `2=14.50`. The error is a sentence.
fn refund_line(text: &str, currency: &str) -> Result<Value, String> {
    let parts = text.split_once('=').and_then(|(line, amount)| Some((line.parse::<u32>().ok()?, amount)));
    let (line, amount) = parts.ok_or_else(|| {
        format!("{text:?} is not a line and its amount: expected the number of the line, = and money, such as 2=14.50.")
    })?;
    Ok(json!({"line": line, "amount": Money::parse(amount, currency)?}))
}

/// Signs the till in, and reads the card. Answers with the id of the sale and what the scanner read.
async fn prepare(scan: args::Scan, settings: &Settings) -> Result<(Till, String, String), Failure> {
    let payload = payload(&scan).await?;
    let folder = offline::folder(&scan.access);
    let till = sign_in(scan.access, None, settings, scan.payload.as_deref() != Some("-")).await?;
    // A till that never was without a network needs no folder.
    if let Ok(folder) = folder {
        exchange::send_first(&till, &folder).await?;
    }
    let sale = match scan.sale {
        Some(sale) => sale,
        None => random_id(&till.ports)?,
    };
    Ok((till, sale, payload))
}

/// Signs the till in where it was told to, else where it did before.
async fn sign_in(
    access: args::TillAccess,
    before: Option<String>,
    settings: &Settings,
    stdin_is_free: bool,
) -> Result<Till, Failure> {
    let ports = ports(settings, Reach::Network)?;
    let from_file = access.credentials.as_deref().map(Credentials::read).transpose()?;
    let server = settings.server.clone().or_else(|| from_file.as_ref().and_then(|file| file.server.clone()));
    let server = server.or(before).ok_or_else(|| {
        Failure::usage(
            "Which programme? Give its address with --server URL, in MEMBER_SERVER or in a credentials file.",
        )
    })?;
    let credential = credential(access.till, from_file, stdin_is_free).await?;
    Till::sign_in(&ports, &server, &credential).await
}

async fn payload(scan: &args::Scan) -> Result<String, Failure> {
    if let Some(path) = &scan.picture {
        let bytes = std::fs::read(path).map_err(|error| Failure::of_file("read", path, &error))?;
        let read = Picture::of_png(&bytes).and_then(|picture| picture.read());
        return read.map_err(|error| Failure::failed("picture", format!("{}: {error}.", path.display())));
    }
    match scan.payload.as_deref() {
        Some("-") => prompt::input()
            .await
            .map_err(|error| Failure::failed("input", format!("Standard input cannot be read: {error}.")))?
            .ok_or_else(|| Failure::usage("There is nothing on standard input to be read as a card.")),
        payload => Ok(payload.unwrap_or_default().to_owned()),
    }
}

/// Id and secret: from a file, or the id as given with a secret that is no argument.
async fn credential(id: Option<String>, file: Option<Credentials>, stdin_is_free: bool) -> Result<Credential, Failure> {
    if let Some(file) = file {
        return file.pick(id.as_deref());
    }
    let id = id.filter(|id| !id.is_empty()).ok_or_else(|| {
        Failure::usage("Which till? Give --credentials FILE, or --till ID and its secret in MEMBER_TILL_SECRET.")
    })?;
    let set = std::env::var("MEMBER_TILL_SECRET").ok().filter(|secret| !secret.is_empty()).map(Zeroizing::new);
    let secret = match set {
        Some(secret) => Some(secret),
        None if stdin_is_free => prompt::secret("Secret of the till: ")
            .await
            .map_err(|error| Failure::failed("input", format!("The secret cannot be read: {error}.")))?,
        None => None,
    };
    let secret = secret.ok_or_else(|| {
        Failure::usage("The till's secret is missing: set MEMBER_TILL_SECRET, type it or write it to standard input.")
    })?;
    Ok(Credential { id, secret })
}

fn random_id(ports: &Ports) -> Result<String, Failure> {
    let mut bytes = [0; 16];
    ports.random.fill(&mut bytes).map_err(|error| Failure::failed("internal", error.to_string()))?;
    Ok(uuid::Builder::from_random_bytes(bytes).into_uuid().to_string())
}

/// A till that is signed in.
pub struct Till {
    web: Web,
    ports: Ports,
    id: String,
    bearer: HeaderValue,
}

impl Till {
    /// Client credentials (RFC 6749, 4.4) over HTTP Basic.
    pub async fn sign_in(ports: &Ports, server: &str, credential: &Credential) -> Result<Till, Failure> {
        let web = Web::new(ports.clone(), server)
            .ok_or_else(|| Failure::usage("The server's address begins with https:// or http://."))?;
        let basic = Zeroizing::new(format!("{}:{}", credential.id, credential.secret.as_str()));
        let headers = [
            (AUTHORIZATION, secret_header(&format!("Basic {}", STANDARD.encode(basic.as_bytes())))?),
            (CONTENT_TYPE, HeaderValue::from_static("application/x-www-form-urlencoded")),
        ];
        let answer = web.post("/v1/auth/token", &headers, "grant_type=client_credentials").await;
        let answer = answer.map_err(|error| match error {
            WebError::Problem { what, .. } if what == "invalid_client" => {
                Failure::failed("till-unknown", "The programme does not know this till or its secret.")
            }
            other => unreachable(&web, &other),
        })?;
        let token = answer["access_token"].as_str().ok_or_else(|| unreachable(&web, &WebError::NotOurs))?;
        let bearer = secret_header(&format!("Bearer {token}"))?;
        Ok(Till { web, ports: ports.clone(), id: credential.id.clone(), bearer })
    }

    /// Reads a card. The same card in the same sale is the same scan.
    pub async fn scan(&self, payload: &str, sale: &str) -> Result<Value, Failure> {
        // A new key each time: what was refused a minute ago may be a member by now.
        let key = random_id(&self.ports)?;
        let body = json!({"payload": payload, "sale": sale});
        self.post("/v1/till/scans", &key, &body, "Nothing was booked.").await
    }

    /// Gives points for a receipt.
    pub async fn accrue(&self, scanned: &Value, receipt: &str, lines: &[Money]) -> Result<Value, Failure> {
        let lines: Vec<_> =
            lines.iter().zip(1..).map(|(amount, line)| json!({"line": line, "amount": amount})).collect();
        let body = json!({"scan": scanned["scan"], "receipt": receipt, "lines": lines});
        let lost = format!("It may have been booked. Repeat it with --receipt {receipt}: it never counts twice.");
        self.book("/v1/till/accruals", &body, &lost).await
    }

    /// Sends what changes something, under a key that follows from what is booked: the same command given twice is the same
    /// request.
    async fn book(&self, path: &str, body: &Value, if_lost: &str) -> Result<Value, Failure> {
        let mut digest = Sha256::new();
        digest.update(self.id.as_bytes());
        digest.update([0]);
        digest.update(body.to_string().as_bytes());
        let mut bytes = [0; 16];
        bytes.copy_from_slice(&digest.finalize()[..16]);
        let key = uuid::Builder::from_custom_bytes(bytes).into_uuid();
        self.post(path, &Uuid::to_string(&key), body, if_lost).await
    }

    async fn post(&self, path: &str, key: &str, body: &Value, if_lost: &str) -> Result<Value, Failure> {
        self.try_post(path, key, body.to_string()).await.map_err(|error| match error {
            WebError::Refused { name, title, seconds } => explain::refusal(By::Programme, &name, seconds)
                .unwrap_or_else(|| Failure::refused(name, format!("Refused: {title}."))),
            WebError::Problem { what, .. } => {
                Failure::failed("not-accepted", format!("The programme did not accept this: {what}."))
            }
            WebError::Transport(TransportError::NoConnection) => unreachable(&self.web, &error),
            other => unreachable(&self.web, &other).with_hint(if_lost),
        })
    }

    /// Sends a request, and again with the same key and bytes where the answer got lost.
    async fn try_post(&self, path: &str, key: &str, body: String) -> Result<Value, WebError> {
        // Keys are UUIDs.
        let key = HeaderValue::from_str(key).map_err(|_| WebError::NotOurs)?;
        let headers = [
            (AUTHORIZATION, self.bearer.clone()),
            (CONTENT_TYPE, HeaderValue::from_static("application/json")),
            (KEY, key),
        ];
        let mut tried = 1;
        loop {
            match self.web.post(path, &headers, body.clone()).await {
                Err(error) if tried < TRIES && error.is_passing() => {
                    self.web.pause(Duration::from_millis(200 << tried)).await;
                    tried += 1;
                }
                result => return result,
            }
        }
    }

    /// Asks for something, and for the server's time with it.
    async fn get(&self, path: &str) -> Result<(Value, Option<Timestamp>), Failure> {
        let headers = [(AUTHORIZATION, self.bearer.clone())];
        let mut tried = 1;
        loop {
            match self.web.get_dated(path, &headers).await {
                Err(error) if tried < TRIES && error.is_passing() => {
                    self.web.pause(Duration::from_millis(200 << tried)).await;
                    tried += 1;
                }
                Ok(answer) => return Ok(answer),
                Err(error) => return Err(unreachable(&self.web, &error)),
            }
        }
    }
}

fn secret_header(text: &str) -> Result<HeaderValue, Failure> {
    let mut value = HeaderValue::from_str(text)
        .map_err(|_| Failure::usage("The till's id and secret have no line breaks or other control characters."))?;
    value.set_sensitive(true);
    Ok(value)
}

fn unreachable(web: &Web, error: &WebError) -> Failure {
    Failure::failed("unreachable", format!("The till cannot work with {}: {error}.", web.server()))
}

/// A text of the programme in the language asked for, else in English.
fn in_language<'t>(texts: &'t Value, language: &str) -> &'t str {
    let base = language.split('-').next().unwrap_or_default();
    [language, base, "en"].iter().find_map(|tag| texts[tag].as_str()).unwrap_or_default()
}

/// Whose card it is.
pub fn set_scan(page: &mut Page, indent: usize, scanned: &Value, language: &str) {
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let tier = in_language(&scanned["member"]["tier"], language);
    let name = text(&scanned["member"]["first_name"]);
    page.say(Ink::Good, indent, &format!("Card …{} is good: {name}, {tier}", text(&scanned["card"])));
    let may_spend = if scanned["may_spend"] == true { "can" } else { "cannot" };
    page.say(Ink::Plain, indent, &format!("Points {may_spend} be spent with this code."));
}

/// What was read, who checked it, and what may be done.
fn set_verdict(page: &mut Page, indent: usize, scanned: &Value) {
    let Some(kind) = scanned["payload"].as_str().and_then(PayloadKind::from_name) else { return };
    let good = Good {
        by: By::Programme,
        kind,
        again: scanned["again"] == true,
        may_spend: scanned["may_spend"] == true,
        spend_locked: scanned["spend_locked"] == true,
        tier: None,
    };
    explain::set_good(page, indent, &good);
}

/// What was booked.
pub fn set_accrual(page: &mut Page, indent: usize, accrued: &Value) {
    let number = |value: &Value| value.as_i64().unwrap_or_default();
    let (points, available) = (number(&accrued["points"]), number(&accrued["available"]));
    page.say(Ink::Strong, indent, &format!("Booked: {points:+}. The member now has {available}."));
}
