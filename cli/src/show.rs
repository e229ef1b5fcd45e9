//! The screens: card, balance, tiers, rewards, vouchers, activity, pending. Each shows what is on the disk and how old
//! that is, and waits for no network.
//!
//! The core says every word about the programme; here it is only set out.

use std::path::Path;

use member_card::draw;
use member_core::views::{
    ActivityView, BalanceView, Card, CardView, PendingView, RewardsView, Status, Symbology, TierPlace, TiersView,
    VouchersView,
};
use serde::Serialize;
use serde_json::{Value, json};

use crate::app::{Reach, Settings, explained, with_wallet};
use crate::args;
use crate::failure::Failure;
use crate::output::{Answer, Ink, Look, Page};
use crate::symbol;

/// `member card`
pub async fn card(arguments: &args::Card, settings: &Settings) -> Result<Answer, Failure> {
    let view = with_wallet(settings, Reach::Disk, async |wallet| wallet.card().map_err(explained(wallet))).await?;
    let view = in_symbology(view, arguments.symbology)?;
    let picture = match (&arguments.svg, &arguments.png) {
        (Some(path), _) => Some((path, Kind::Svg)),
        (None, Some(path)) => Some((path, Kind::Png(arguments.scale))),
        (None, None) => None,
    };
    if let Some((path, kind)) = picture {
        let Some(card) = &view.card else { return Err(no_card(&view)) };
        return write_picture(card, kind, path, settings);
    }
    let mut page = Page::new(settings.look);
    set_card(&mut page, &view, settings.look, arguments.drawing.ink);
    Ok(Answer::new(page, card_document(&view)))
}

/// The card in another symbology, where one was asked for.
pub fn in_symbology(mut view: CardView, symbology: Option<Symbology>) -> Result<CardView, Failure> {
    if let (Some(card), Some(symbology)) = (&mut view.card, symbology) {
        card.symbol = card.symbol.to_symbology(symbology).map_err(|why| {
            Failure::failed("symbology", format!("The card has no symbol in {}: {why}.", symbology.name()))
        })?;
    }
    Ok(view)
}

/// What kind of picture.
#[derive(Clone, Copy)]
enum Kind {
    Svg,
    Png(u32),
}

fn no_card(view: &CardView) -> Failure {
    Failure::failed("no-card", view.empty.clone().unwrap_or_default())
}

fn write_picture(card: &Card, kind: Kind, path: &Path, settings: &Settings) -> Result<Answer, Failure> {
    let to_stdout = path == Path::new("-");
    if to_stdout && settings.json {
        return Err(Failure::usage("Standard output can carry the picture or the JSON document. Give a file."));
    }
    let bytes = match kind {
        Kind::Svg => draw::svg(&card.symbol, &card.description).into_bytes(),
        Kind::Png(_) if to_stdout && settings.look.terminal => {
            return Err(Failure::usage("A PNG picture is nothing for a terminal. Give a file."));
        }
        // The scale was checked when it was read.
        Kind::Png(scale) => draw::png(&card.symbol, scale).map_err(|e| Failure::failed("internal", e.to_string()))?,
    };
    if to_stdout {
        return Ok(Answer { bytes: Some(bytes), ..Answer::said() });
    }
    symbol::write(path, &bytes)?;
    let mut page = Page::new(settings.look);
    page.say(Ink::Plain, 0, &format!("The card is in {}.", path.display()));
    Ok(Answer::new(page, json!({"written": path.display().to_string(), "bytes": bytes.len()})))
}

/// The card as a document: as the view is, with the code's modules.
pub fn card_document(view: &CardView) -> Value {
    let mut document = document(view);
    if let Some(card) = &view.card {
        document["card"]["symbology"] = json!(card.symbol.symbology().name());
        document["card"]["rows"] = json!(symbol::rows(&card.symbol));
    }
    document
}

/// The card for a terminal.
pub fn set_card(page: &mut Page, view: &CardView, look: Look, ink: args::Ink) {
    notice(page, &view.status);
    let Some(card) = &view.card else {
        page.say(Ink::Plain, 0, view.empty.as_deref().unwrap_or_default());
        return age(page, &view.status);
    };
    page.say(Ink::Strong, 0, &format!("{} · {}", card.programme, card.member));
    page.gap();
    match symbol::drawing(&card.symbol, ink, look, 0) {
        Ok(drawing) => page.drawing(0, &drawing),
        Err(why) => page.say(Ink::Alert, 0, &why),
    }
    page.gap();
    page.say(Ink::Strong, 0, &card.number);
    if let Some(code) = &card.code {
        page.say(Ink::Faint, 0, &code.countdown);
        if let Some(notice) = &code.notice {
            page.say(Ink::Alert, 0, notice);
        }
    }
    card_line(page, 0, card);
    page.gap();
    age(page, &view.status);
}

/// Tier and balance, what waits, and what has just arrived.
pub fn card_line(page: &mut Page, indent: usize, card: &Card) {
    let headline: Vec<_> = card.tier.iter().chain(&card.balance).map(String::as_str).collect();
    if !headline.is_empty() {
        page.say(Ink::Plain, indent, &headline.join(" · "));
    }
    if let Some(locked) = &card.locked {
        page.say(Ink::Alert, indent, locked);
    }
    if let Some(pending) = &card.pending {
        page.say(Ink::Alert, indent, pending);
    }
    if let Some(arrived) = &card.arrived {
        page.say(Ink::Good, indent, arrived);
    }
}

/// `member balance`
pub async fn balance(settings: &Settings) -> Result<Answer, Failure> {
    let view = with_wallet(settings, Reach::Disk, async |wallet| wallet.balance().map_err(explained(wallet))).await?;
    let mut page = Page::new(settings.look);
    set_balance(&mut page, 0, &view);
    age(&mut page, &view.status);
    Ok(Answer::new(page, document(&view)))
}

/// Confirmed and pending, apart.
pub fn set_balance(page: &mut Page, indent: usize, view: &BalanceView) {
    notice(page, &view.status);
    empty(page, view.empty.as_deref());
    for unit in &view.units {
        page.say(Ink::Strong, indent, &unit.confirmed_text);
        if let Some(pending) = &unit.pending_text {
            page.say(Ink::Alert, indent, pending);
        }
        if let Some(spendable) = &unit.spendable_text {
            page.say(Ink::Plain, indent, spendable);
        }
        page.say(Ink::Faint, indent, &unit.lifetime_text);
    }
}

/// `member tiers`
pub async fn tiers(settings: &Settings) -> Result<Answer, Failure> {
    let view = with_wallet(settings, Reach::Disk, async |wallet| wallet.tiers().map_err(explained(wallet))).await?;
    let mut page = Page::new(settings.look);
    set_tiers(&mut page, &view);
    page.gap();
    age(&mut page, &view.status);
    Ok(Answer::new(page, document(&view)))
}

fn set_tiers(page: &mut Page, view: &TiersView) {
    notice(page, &view.status);
    empty(page, view.empty.as_deref());
    if let Some(progress) = &view.progress {
        page.say(Ink::Strong, 0, view.current.as_deref().unwrap_or_default());
        page.say(Ink::Good, 0, &bar(progress.fraction));
        page.say(Ink::Plain, 0, &progress.text);
        page.gap();
    }
    for tier in &view.tiers {
        let name = format!("{} · {}", tier.name, tier.threshold_text);
        if tier.place == TierPlace::Current {
            page.hanging(Ink::Strong, 0, 2, &format!("▸\u{a0}{name}"));
        } else {
            page.say(Ink::Plain, 2, &name);
        }
        for benefit in &tier.benefits {
            page.hanging(Ink::Faint, 4, 6, &format!("- {benefit}"));
        }
    }
}

/// A bar of 24 columns.
#[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a fraction from 0 to 1 of 24 columns")]
fn bar(fraction: f64) -> String {
    let full = (fraction.clamp(0.0, 1.0) * 24.0) as usize;
    format!("{}{}", "█".repeat(full), "░".repeat(24 - full))
}

/// `member rewards`
pub async fn rewards(settings: &Settings) -> Result<Answer, Failure> {
    let view = with_wallet(settings, Reach::Disk, async |wallet| wallet.rewards().map_err(explained(wallet))).await?;
    let mut page = Page::new(settings.look);
    set_rewards(&mut page, &view);
    age(&mut page, &view.status);
    Ok(Answer::new(page, document(&view)))
}

fn set_rewards(page: &mut Page, view: &RewardsView) {
    notice(page, &view.status);
    empty(page, view.empty.as_deref());
    for reward in &view.rewards {
        let ink = if reward.can_claim { Ink::Strong } else { Ink::Plain };
        page.say(ink, 0, &format!("{} · {}", reward.title, reward.cost_text));
        page.say(Ink::Faint, 2, &reward.description);
        if let Some(stock) = &reward.stock_text {
            page.say(Ink::Faint, 2, stock);
        }
        match &reward.why_not {
            Some(why) => page.say(Ink::Alert, 2, why),
            None => page.say(Ink::Good, 2, &format!("{} claim {}", crate::output::program(), reward.id)),
        }
        page.gap();
    }
}

/// `member vouchers`
pub async fn vouchers(arguments: &args::Vouchers, settings: &Settings) -> Result<Answer, Failure> {
    let view = with_wallet(settings, Reach::Disk, async |wallet| wallet.vouchers().map_err(explained(wallet))).await?;
    let mut page = Page::new(settings.look);
    let ink = arguments.draw.then_some(arguments.drawing.ink);
    set_vouchers(&mut page, 0, &view, settings.look, ink);
    for voucher in view.vouchers.iter().filter(|voucher| voucher.can_cancel) {
        let Some(key) = &voucher.key else { continue };
        page.gap();
        page.say(Ink::Faint, 0, &format!("{} cancel {key}", crate::output::program()));
    }
    page.gap();
    age(&mut page, &view.status);
    Ok(Answer::new(page, vouchers_document(&view)))
}

/// The vouchers as a document: as the view is, with the modules of codes that can be used.
pub fn vouchers_document(view: &VouchersView) -> Value {
    let mut document = document(view);
    for (index, voucher) in view.vouchers.iter().enumerate() {
        document["vouchers"][index]["rows"] = voucher.symbol.as_ref().map(symbol::rows).into();
    }
    document
}

/// The vouchers, with their codes drawn where `ink` says how.
pub fn set_vouchers(page: &mut Page, indent: usize, view: &VouchersView, look: Look, ink: Option<args::Ink>) {
    notice(page, &view.status);
    empty(page, view.empty.as_deref());
    for voucher in &view.vouchers {
        page.say(if voucher.code.is_some() { Ink::Strong } else { Ink::Plain }, indent, &voucher.title);
        if let Some(code) = &voucher.code {
            page.say(Ink::Good, indent + 2, code);
        }
        page.say(Ink::Faint, indent + 2, &voucher.text);
        if let (Some(ink), Some(symbol)) = (ink, &voucher.symbol) {
            match symbol::drawing(symbol, ink, look, indent + 2) {
                Ok(drawing) => page.drawing(indent + 2, &drawing),
                Err(why) => page.say(Ink::Alert, indent + 2, &why),
            }
        }
    }
}

/// `member activity`
pub async fn activity(arguments: &args::Activity, settings: &Settings) -> Result<Answer, Failure> {
    let reach = if arguments.before.is_some() { Reach::Network } else { Reach::Disk };
    let view = with_wallet(settings, reach, async |wallet| match arguments.before {
        Some(before) => wallet.older_activity(before, arguments.limit).await.map_err(explained(wallet)),
        None => wallet.activity(None, arguments.limit).map_err(explained(wallet)),
    })
    .await?;
    let mut page = Page::new(settings.look);
    set_activity(&mut page, 0, &view);
    if let Some(next) = view.next {
        page.gap();
        page.say(Ink::Faint, 0, &format!("Older lines: {} activity --before {next}", crate::output::program()));
    }
    page.gap();
    age(&mut page, &view.status);
    Ok(Answer::new(page, document(&view)))
}

/// The ledger, newest first.
pub fn set_activity(page: &mut Page, indent: usize, view: &ActivityView) {
    notice(page, &view.status);
    empty(page, view.empty.as_deref());
    let width = view.lines.iter().map(|line| line.amount_text.chars().count()).max().unwrap_or_default();
    for line in &view.lines {
        let ink = match (line.pending, line.amount) {
            (true, _) => Ink::Alert,
            (false, 1..) => Ink::Good,
            (false, _) => Ink::Strong,
        };
        page.row(ink, indent, width, &line.amount_text, &line.title);
        let details = [Some(&line.when_text), line.place.as_ref(), line.balance_text.as_ref()];
        let details: Vec<_> = details.into_iter().flatten().map(String::as_str).collect();
        page.say(Ink::Faint, indent + width + 2, &details.join(" · "));
    }
}

/// `member pending`
pub async fn pending(settings: &Settings) -> Result<Answer, Failure> {
    let view = with_wallet(settings, Reach::Disk, async |wallet| wallet.pending().map_err(explained(wallet))).await?;
    let mut page = Page::new(settings.look);
    set_pending(&mut page, 0, &view);
    page.gap();
    age(&mut page, &view.status);
    Ok(Answer::new(page, document(&view)))
}

/// What waits and what stopped.
pub fn set_pending(page: &mut Page, indent: usize, view: &PendingView) {
    notice(page, &view.status);
    empty(page, view.empty.as_deref());
    for action in &view.actions {
        page.say(Ink::Strong, indent, &action.title);
        page.say(Ink::Alert, indent + 2, &action.text);
        page.say(Ink::Faint, indent + 2, &action.when_text);
        let can = [
            (action.can_discard || action.can_dismiss, "discard"),
            (action.can_dismiss && action.can_retry, "retry"),
            (action.can_cancel, "cancel"),
        ];
        for (_, command) in can.iter().filter(|(can, _)| *can) {
            page.say(Ink::Faint, indent + 2, &format!("{} {command} {}", crate::output::program(), action.key));
        }
        if !can.iter().any(|(can, _)| *can) {
            page.say(Ink::Faint, indent + 2, &action.key);
        }
    }
}

/// How old a screen is.
pub fn age(page: &mut Page, status: &Status) {
    page.say(if status.stale { Ink::Alert } else { Ink::Faint }, 0, &status.age);
}

fn notice(page: &mut Page, status: &Status) {
    if let Some(notice) = &status.notice {
        page.say(Ink::Alert, 0, notice);
        page.gap();
    }
}

fn empty(page: &mut Page, sentence: Option<&str>) {
    if let Some(sentence) = sentence {
        page.say(Ink::Plain, 0, sentence);
    }
}

/// A view as it is.
pub fn document(view: &impl Serialize) -> Value {
    // Views hold texts, numbers and lists of them, which always have a JSON form.
    serde_json::to_value(view).unwrap_or_default()
}
