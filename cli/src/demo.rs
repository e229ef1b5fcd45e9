//! The guided demo: a member's phone, a till and a loyalty backend, each the real one, over a real socket and with real
//! files in a temporary folder.
//!
//! Each step does something and holds it to what must have come of it; the first that does not hold ends the demo with
//! a sentence. Must not touch the folders of whoever runs it, nor print a code or a token.

mod stage;
mod tale;

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use member_card::draw;
use member_core::ports::Ports;
use member_core::ports::native::{self, NetworkSwitch};
use member_core::views::{ActionFate, Card, VoucherPlace};
use member_core::{Address, Error, Home, HostEvent, JoinDetails, OneTimeCode, Wallet, WalletConfig};
use member_sandbox::Programme;
use serde_json::{Value, json};

use self::stage::{Backend, Watch};
use self::tale::Tale;
use crate::app::Settings;
use crate::args;
use crate::decode::Picture;
use crate::failure::Failure;
use crate::output::{Answer, Ink, Look};
use crate::show;
use crate::symbol;
use crate::till::{self, Credential, Money, Till};
use crate::web::Web;

/// What Ada buys, what she gets for it, and what she spends it on.
const PURCHASE: &str = "35.00";
const POINTS: i64 = 35;
const REWARD: &str = "coffee";
const COST: i64 = 50;
const WELCOME: i64 = 100;

/// `member demo`
pub async fn run(settings: &Settings) -> Result<Answer, Failure> {
    let folder = tempfile::Builder::new()
        .prefix("member-demo-")
        .tempdir()
        .map_err(|error| Failure::of_file("made", &std::env::temp_dir(), &error))?;
    let mut demo = Demo::begin(folder.path(), settings)?;
    demo.tale.open()?;

    let mut backend = demo.backend_starts().await?;
    let mut wallet = demo.phone()?;
    demo.ada_joins(&wallet, &backend).await?;
    demo.phone_syncs(&wallet).await?;
    let card = demo.card_is_shown(&wallet)?;
    demo.card_is_scanned(&wallet, &backend, &card).await?;
    let address = demo.network_goes_away(&wallet, backend).await?;
    (wallet, demo.claimed) = demo.claim_is_made(wallet).await?;
    backend = demo.network_returns(&wallet, address).await?;
    demo.took_effect_once(&wallet, &backend).await?;
    demo.ledger_is_shown(&wallet)?;

    wallet.close().await;
    backend.stop().await?;
    demo.tale.close()
}

/// A condition of the demo, with what is said where it does not hold.
fn hold(condition: bool, otherwise: &str) -> Result<(), Failure> {
    if condition { Ok(()) } else { Err(broken(otherwise)) }
}

fn broken(what: &str) -> Failure {
    Failure::failed("demo", format!("The demo stops here: {what}"))
}

/// What the steps have in common.
struct Demo {
    tale: Tale,
    look: Look,
    folder: PathBuf,
    /// What the phone's system says of the network.
    network: Arc<NetworkSwitch>,
    ports: Ports,
    server: String,
    /// Key of the claim.
    claimed: String,
}

impl Demo {
    fn begin(folder: &Path, settings: &Settings) -> Result<Self, Failure> {
        let network = Arc::new(NetworkSwitch::new(true));
        let ports = native::ports(folder.join("phone").join("vault"), Arc::clone(&network) as Arc<_>)
            .map_err(|error| Failure::failed("system", format!("The program cannot start: {error}.")))?;
        Ok(Self {
            tale: Tale::new(settings, Arc::clone(&ports.clock)),
            look: settings.look,
            folder: folder.to_owned(),
            network,
            ports,
            server: String::new(),
            claimed: String::new(),
        })
    }

    /// Opens the wallet from what is on the disk, as an app does when it starts.
    fn phone(&self) -> Result<Wallet, Failure> {
        let home = Home::Folder(self.folder.join("phone"));
        let config = WalletConfig { home, server: Some(self.server.clone()), language: "en".to_owned() };
        Wallet::open(config, self.ports.clone()).map_err(|error| broken(&format!("the wallet does not open: {error}.")))
    }

    fn now(&self) -> Duration {
        self.ports.clock.read().since_boot
    }

    async fn backend_starts(&mut self) -> Result<Backend, Failure> {
        self.tale.step("backend", "A loyalty backend starts")?;
        let programme = Programme::named("market").map_err(|error| broken(&error.to_string()))?;
        let backend = Backend::start(&self.folder.join("backend"), programme, None).await?;
        self.server = format!("http://{}", backend.address());
        let server = &self.server;
        self.tale.say(&format!(
            "The programme “market” listens on {server}. Its database is a file in a temporary folder."
        ))?;
        self.tale.note(json!({"server": server}));
        Ok(backend)
    }

    async fn ada_joins(&mut self, wallet: &Wallet, backend: &Backend) -> Result<(), Failure> {
        self.tale.step("join", "Ada joins")?;
        let address = Address::Email("ada@example.org".to_owned());
        let terms = backend.terms().to_owned();
        let join = JoinDetails { name: "Ada Lovelace".to_owned(), language: "en".to_owned(), terms };
        let sent = wallet.request_code(address, Some(join)).await.map_err(told(wallet))?;
        let code = backend.newest_code()?;
        wallet.sign_in(OneTimeCode::new(code)).await.map_err(told(wallet))?;
        self.tale.say(&format!(
            "She gives her e-mail address, receives a code of {} digits and enters it. The code is good once, for {} \
             minutes, and nothing prints it.",
            sent.digits,
            sent.expires_in / 60
        ))?;
        self.tale.note(json!({"digits": sent.digits, "expires_in": sent.expires_in}));
        Ok(())
    }

    async fn phone_syncs(&mut self, wallet: &Wallet) -> Result<(), Failure> {
        self.tale.step("sync", "Her phone syncs")?;
        wallet.refresh().await.map_err(told(wallet))?;
        let rewards = wallet.rewards().map_err(told(wallet))?.rewards.len();
        let tiers = wallet.tiers().map_err(told(wallet))?.tiers.len();
        let balance = confirmed(wallet)?;
        hold(balance == WELCOME && rewards > 0 && tiers > 0, "the first sync did not bring the whole programme.")?;
        self.tale.say(&format!(
            "What the app shows is on the phone now, in an encrypted file: the card, {tiers} tiers, {rewards} rewards \
             and {balance} points for joining."
        ))?;
        self.tale.note(json!({"balance": balance, "rewards": rewards, "tiers": tiers}));
        Ok(())
    }

    fn card_is_shown(&mut self, wallet: &Wallet) -> Result<Card, Failure> {
        self.tale.step("card", "Her card")?;
        let view = wallet.card().map_err(told(wallet))?;
        let card = view.card.ok_or_else(|| broken("there is no card to be shown."))?;
        let style = symbol::style(args::Ink::Auto, self.look);
        let drawing = draw::terminal(&card.symbol, style);
        let seen = Picture::of_drawing(&drawing, style != draw::TerminalStyle::Plain).read();
        hold(seen.is_ok_and(|text| text == compact(&card.number)), "what is drawn here cannot be read as the card.")?;
        self.tale.show(|page, look| {
            match symbol::drawing(&card.symbol, args::Ink::Auto, look, 0) {
                Ok(drawing) => page.drawing(0, &drawing),
                Err(why) => page.say(Ink::Alert, 0, &why),
            }
            page.say(Ink::Strong, 0, &card.number);
            show::card_line(page, 0, &card);
        })?;
        self.tale.note(json!({"number": card.number, "tier": card.tier, "drawing_read": true}));
        Ok(card)
    }

    async fn card_is_scanned(&mut self, wallet: &Wallet, backend: &Backend, card: &Card) -> Result<(), Failure> {
        self.tale.step("scan", "The till reads the card")?;
        // The card lies on the counter, open: from here on the phone waits for what happens.
        let session = wallet.show_card().map_err(told(wallet))?;
        let mut watch = Watch::on(wallet);

        let picture = self.folder.join("card.png");
        let png = draw::png(&card.symbol, 10).map_err(|error| broken(&error.to_string()))?;
        symbol::write(&picture, &png)?;
        let seen = std::fs::read(&picture).map_err(|error| Failure::of_file("read", &picture, &error))?;
        let payload = Picture::of_png(&seen).and_then(|picture| picture.read());
        let payload = payload.map_err(|error| broken(&format!("the till cannot read the card: {error}.")))?;
        hold(payload == compact(&card.number), "the till read something else than the card's number.")?;

        let till = Till::sign_in(&self.ports, &self.server, &backend.till()?).await?;
        let scanned = till.scan(&payload, "demo-1").await?;
        self.tale.say("A decoder that is not ours reads the card's picture, and the till asks the backend:")?;
        self.tale.show(|page, _| till::set_scan(page, 0, &scanned, "en"))?;

        let lines = [Money::parse(PURCHASE, "EUR").map_err(|error| broken(&error))?];
        let booked_at = self.now();
        let clock = Arc::clone(&self.ports.clock);
        let arrival = async {
            let arrived = watch.until(clock.as_ref(), || {
                let view = session.view().map_err(told(wallet))?;
                Ok(view.card.filter(|card| card.arrived.is_some()))
            });
            arrived.await.map(|card| card.map(|card| (card, clock.read().since_boot)))
        };
        let (accrued, arrived) = tokio::join!(till.accrue(&scanned, "demo-1", &lines), arrival);
        let accrued = accrued?;
        hold(accrued["points"] == POINTS, "the till did not book the points of the purchase.")?;
        self.tale.say(&format!("It books a purchase of {PURCHASE}\u{a0}EUR."))?;
        self.tale.note(json!({"payload": payload, "accrued": accrued["points"], "points": accrued["available"]}));

        self.tale.step("arrival", "The points arrive")?;
        let (shown, at) = arrived?.ok_or_else(|| broken("the points did not arrive on the open card."))?;
        let milliseconds = at.saturating_sub(booked_at).as_millis();
        let headline = shown.arrived.clone().unwrap_or_default();
        self.tale.show(|page, _| show::card_line(page, 0, &shown))?;
        self.tale.say(&format!(
            "The card lay open on the counter, and nobody asked: they were there {milliseconds}\u{a0}ms after the till \
             began to book."
        ))?;
        hold(confirmed(wallet)? == WELCOME + POINTS, "the balance is not what it should be.")?;
        self.tale.note(json!({"arrived": headline, "milliseconds_after_booking": milliseconds}));
        Ok(())
    }

    async fn network_goes_away(&mut self, wallet: &Wallet, backend: Backend) -> Result<std::net::SocketAddr, Failure> {
        self.tale.step("offline", "The network goes away")?;
        self.network.set(false);
        let address = backend.address();
        backend.stop().await?;
        let Err(error @ Error::Unreachable(_)) = wallet.refresh().await else {
            return Err(broken("the phone still reaches the backend."));
        };
        self.tale.say("The backend is stopped, and nothing listens on its port. The phone, asked to sync, says:")?;
        self.tale.show(|page, _| page.say(Ink::Alert, 0, &error.explain(wallet.text())))?;
        self.tale.note(json!({"error": error.code()}));
        Ok(address)
    }

    async fn claim_is_made(&mut self, wallet: Wallet) -> Result<(Wallet, String), Failure> {
        self.tale.step("claim", "Ada claims a reward all the same")?;
        let claimed = wallet.claim(REWARD).map_err(told(&wallet))?;
        self.tale.show(|page, _| {
            page.say(Ink::Strong, 0, &claimed.title);
            page.say(Ink::Plain, 0, &claimed.text);
        })?;
        wallet.close().await;

        // As if the phone had been switched off: everything below comes from the disk.
        let wallet = self.phone()?;
        let (balance, vouchers) = (wallet.balance().map_err(told(&wallet))?, wallet.vouchers().map_err(told(&wallet))?);
        let unit = balance.units.first().ok_or_else(|| broken("there is no balance."))?;
        let apart = (unit.confirmed, unit.pending, unit.spendable);
        hold(
            apart == (WELCOME + POINTS, -COST, WELCOME + POINTS - COST),
            "what is confirmed and what is pending are not kept apart.",
        )?;
        let pending = vouchers.vouchers.first().filter(|voucher| voucher.place == VoucherPlace::Pending);
        hold(pending.is_some_and(|voucher| voucher.code.is_none()), "the voucher is not shown as pending.")?;
        let waits = matches!(wallet.fate(&claimed.key).map_err(told(&wallet))?, ActionFate::Waiting(_));
        hold(waits, "the claim does not wait to be sent.")?;
        self.tale.say("The app is closed and opened again. From the disk alone it shows:")?;
        self.tale.show(|page, look| {
            show::set_balance(page, 0, &balance);
            page.gap();
            show::set_vouchers(page, 0, &vouchers, look, None);
        })?;
        self.tale.note(json!({
            "key": claimed.key,
            "confirmed": unit.confirmed,
            "pending": unit.pending,
            "spendable": unit.spendable,
        }));
        Ok((wallet, claimed.key))
    }

    async fn network_returns(&mut self, wallet: &Wallet, address: std::net::SocketAddr) -> Result<Backend, Failure> {
        self.tale.step("online", "The network returns")?;
        let mut watch = Watch::on(wallet);
        let programme = Programme::named("market").map_err(|error| broken(&error.to_string()))?;
        let backend = Backend::start(&self.folder.join("backend"), programme, Some(address)).await?;
        let begun = self.now();
        self.network.set(true);
        wallet.host_event(HostEvent::NetworkAvailable);
        let clock = Arc::clone(&self.ports.clock);
        let settled = watch.until(clock.as_ref(), || {
            let ready = |place| place == VoucherPlace::Ready;
            let view = wallet.vouchers().map_err(told(wallet))?;
            let issued = view.vouchers.iter().any(|voucher| ready(voucher.place) && voucher.code.is_some());
            // The action is gone from the queue once the page with its outcome is applied.
            let sent = wallet.pending().map_err(told(wallet))?.actions.is_empty();
            Ok((issued && sent).then_some(()))
        });
        settled.await?.ok_or_else(|| broken("the claim was not confirmed after the network came back."))?;
        let milliseconds = self.now().saturating_sub(begun).as_millis();
        self.tale.say(&format!(
            "The backend runs again, with the same address and database. The phone sends the claim by itself; it is \
             confirmed after {milliseconds}\u{a0}ms."
        ))?;
        self.tale.note(json!({"milliseconds_to_confirm": milliseconds}));
        Ok(backend)
    }

    async fn took_effect_once(&mut self, wallet: &Wallet, backend: &Backend) -> Result<(), Failure> {
        self.tale.step("once", "It took effect exactly once")?;
        let known = wallet.fate(&self.claimed).map_err(told(wallet))? == ActionFate::Confirmed;
        hold(known, "the phone does not know that the claim took effect.")?;
        let vouchers = wallet.vouchers().map_err(told(wallet))?;
        let web = Web::new(self.ports.clone(), &format!("http://{}", backend.address()));
        let audit = web.ok_or_else(|| broken("the backend has no address."))?.get("/sandbox/v1/audit").await;
        let audit = audit.map_err(|error| broken(&format!("the backend's books cannot be read: {error}.")))?;
        let books = [&audit["actions"]["confirmed"], &audit["vouchers"], &audit["ledger_sum"]].map(Value::as_i64);
        hold(books == [Some(1), Some(1), Some(0)], "the backend's books do not show exactly one effect.")?;
        hold(confirmed(wallet)? == WELCOME + POINTS - COST, "the balance is not what it should be.")?;
        self.tale.show(|page, look| show::set_vouchers(page, 0, &vouchers, look, Some(args::Ink::Auto)))?;
        self.tale.say("The backend's books: 1 action confirmed, 1 voucher issued, and all postings sum to 0.")?;
        self.tale.note(json!({
            "voucher": show::vouchers_document(&vouchers)["vouchers"][0],
            "audit": audit,
        }));
        Ok(())
    }

    fn ledger_is_shown(&mut self, wallet: &Wallet) -> Result<(), Failure> {
        self.tale.step("ledger", "The ledger")?;
        let activity = wallet.activity(None, 20).map_err(told(wallet))?;
        let amounts: Vec<_> = activity.lines.iter().map(|line| line.amount).collect();
        hold(amounts == [-COST, POINTS, WELCOME], "the ledger does not show what happened.")?;
        self.tale.show(|page, _| show::set_activity(page, 0, &activity))?;
        self.tale.note(json!({"lines": activity.lines}));
        Ok(())
    }
}

fn confirmed(wallet: &Wallet) -> Result<i64, Failure> {
    let balance = wallet.balance().map_err(told(wallet))?;
    balance.units.first().map(|unit| unit.confirmed).ok_or_else(|| broken("there is no balance."))
}

/// The core's own sentence, as the reason why the demo stops.
fn told(wallet: &Wallet) -> impl Fn(Error) -> Failure + '_ {
    |error| broken(&error.explain(wallet.text()))
}

/// The number as the code holds it.
fn compact(number: &str) -> String {
    number.replace(' ', "")
}

impl From<member_sandbox::TillCredential> for Credential {
    fn from(till: member_sandbox::TillCredential) -> Self {
        Self { id: till.id, secret: till.secret.into() }
    }
}
