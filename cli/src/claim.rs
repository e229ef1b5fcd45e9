//! What the member does: claim a reward, take it back, lock spending, try again, send and fetch. Each is durable before anything is sent.
//!
//! Must not know when a reward can be claimed, or when an action has stopped: the core says so.

use member_core::Wallet;
use member_core::views::ActionFate;
use serde_json::{Value, json};

use crate::app::{Reach, Settings, explained, with_wallet};
use crate::failure::Failure;
use crate::output::{self, Answer, Ink, Page};
use crate::show;

/// `member claim`
pub async fn claim(reward: &str, settings: &Settings) -> Result<Answer, Failure> {
    with_wallet(settings, Reach::Network, async |wallet| {
        let claimed = wallet.claim(reward).map_err(explained(wallet))?;
        let (state, text) = come_of(wallet, &claimed.key, claimed.text, settings).await?;
        let mut document = json!({
            "key": claimed.key,
            "reward": reward,
            "title": claimed.title,
            "state": state,
            "text": text,
        });
        let mut page = Page::new(settings.look);
        page.say(Ink::Strong, 0, &claimed.title);
        if let Some(text) = &text {
            page.say(Ink::Alert, 0, text);
        }
        document["voucher"] = voucher(wallet, &claimed.key, &mut page)?;
        show::set_balance(&mut page, 0, &wallet.balance().map_err(explained(wallet))?);
        Ok(Answer::new(page, document))
    })
    .await
}

/// What becomes of an action that is safe on this device: what follows only tells more about it. `text` is its sentence as long
/// as it waits.
async fn come_of(
    wallet: &Wallet,
    key: &str,
    text: String,
    settings: &Settings,
) -> Result<(&'static str, Option<String>), Failure> {
    if !settings.offline {
        refresh_or_say_why(wallet).await;
    }
    Ok(match wallet.fate(key).map_err(explained(wallet))? {
        ActionFate::Stopped(text) => return Err(stopped(wallet, key, text)?),
        ActionFate::Confirmed => ("confirmed", None),
        ActionFate::Waiting(_) => ("waiting", Some(text)),
    })
}

/// What was done, what is to be known of it, and the points after it.
fn answer(
    wallet: &Wallet,
    title: &str,
    text: Option<&str>,
    document: Value,
    settings: &Settings,
) -> Result<Answer, Failure> {
    let mut page = Page::new(settings.look);
    page.say(Ink::Strong, 0, title);
    if let Some(text) = text {
        page.say(Ink::Alert, 0, text);
    }
    show::set_balance(&mut page, 0, &wallet.balance().map_err(explained(wallet))?);
    Ok(Answer::new(page, document))
}

/// An action that was sent and came to nothing: by the programme's word, or for another reason.
fn stopped(wallet: &Wallet, key: &str, text: String) -> Result<Failure, Failure> {
    let pending = wallet.pending().map_err(explained(wallet))?;
    let state = pending.actions.iter().find(|action| action.key == key).map_or("rejected", |action| action.state);
    Ok(if state == "rejected" { Failure::refused(state, text) } else { Failure::failed(state, text) })
}

/// The voucher that the claim brought, if it did.
fn voucher(wallet: &Wallet, key: &str, page: &mut Page) -> Result<Value, Failure> {
    let mut view = wallet.vouchers().map_err(explained(wallet))?;
    view.vouchers.retain(|voucher| voucher.key.as_deref() == Some(key));
    let voucher = view.vouchers.first();
    if let Some((code, text)) = voucher.and_then(|voucher| voucher.code.as_ref().map(|code| (code, &voucher.text))) {
        page.say(Ink::Good, 0, code);
        page.say(Ink::Faint, 0, text);
    }
    Ok(show::vouchers_document(&view)["vouchers"][0].take())
}

/// `member cancel`
pub async fn cancel(key: &str, settings: &Settings) -> Result<Answer, Failure> {
    with_wallet(settings, Reach::Network, async |wallet| {
        let cancelled = wallet.cancel(key).map_err(explained(wallet))?;
        let (state, text) = match &cancelled.key {
            None => ("taken-back", Some(cancelled.text)),
            Some(key) => come_of(wallet, key, cancelled.text, settings).await?,
        };
        let document = json!({
            "key": cancelled.key,
            "claim": key,
            "title": cancelled.title,
            "state": state,
            "text": text,
        });
        answer(wallet, &cancelled.title, text.as_deref(), document, settings)
    })
    .await
}

/// `member lock`, `member unlock`
pub async fn set_spend_lock(locked: bool, settings: &Settings) -> Result<Answer, Failure> {
    with_wallet(settings, Reach::Network, async |wallet| {
        let set = wallet.set_spend_lock(locked).map_err(explained(wallet))?;
        if let Some(key) = &set.key {
            come_of(wallet, key, set.text, settings).await?;
        }
        let view = wallet.spending().map_err(explained(wallet))?;
        let mut page = Page::new(settings.look);
        page.say(if view.pending { Ink::Alert } else { Ink::Strong }, 0, &view.text);
        let document = json!({"key": set.key, "locked": view.locked, "pending": view.pending, "text": view.text});
        Ok(Answer::new(page, document))
    })
    .await
}

/// `member retry`
pub async fn retry(key: &str, settings: &Settings) -> Result<Answer, Failure> {
    with_wallet(settings, Reach::Network, async |wallet| {
        let retried = wallet.retry(key).map_err(explained(wallet))?;
        let pending = wallet.pending().map_err(explained(wallet))?;
        let title = pending.actions.into_iter().find(|action| action.key == retried.key).map(|action| action.title);
        let (state, text) = come_of(wallet, &retried.key, retried.text, settings).await?;
        let document = json!({"key": retried.key, "title": title, "state": state, "text": text});
        answer(wallet, title.as_deref().unwrap_or(key), text.as_deref(), document, settings)
    })
    .await
}

/// `member sync`
pub async fn sync(settings: &Settings) -> Result<Answer, Failure> {
    with_wallet(settings, Reach::Network, async |wallet| {
        wallet.refresh().await.map_err(explained(wallet))?;
        let (balance, pending) =
            (wallet.balance().map_err(explained(wallet))?, wallet.pending().map_err(explained(wallet))?);
        let mut page = Page::new(settings.look);
        show::set_balance(&mut page, 0, &balance);
        if !pending.actions.is_empty() {
            page.gap();
            show::set_pending(&mut page, 0, &pending);
        }
        show::age(&mut page, &balance.status);
        let document = json!({"balance": balance.units, "pending": pending.actions, "status": balance.status});
        Ok(Answer::new(page, document))
    })
    .await
}

/// `member discard`
pub async fn discard(key: &str, settings: &Settings) -> Result<Answer, Failure> {
    with_wallet(settings, Reach::Disk, async |wallet| {
        let pending = wallet.pending().map_err(explained(wallet))?;
        wallet.discard(key).map_err(explained(wallet))?;
        let title = pending.actions.into_iter().find(|action| action.key == key).map(|action| action.title);
        let mut page = Page::new(settings.look);
        page.say(Ink::Plain, 0, &format!("Removed: {}", title.as_deref().unwrap_or(key)));
        Ok(Answer::new(page, json!({"key": key, "title": title, "removed": true})))
    })
    .await
}

/// Sends and fetches; where that is impossible now, says why and goes on.
pub async fn refresh_or_say_why(wallet: &Wallet) -> bool {
    match wallet.refresh().await {
        Ok(()) => true,
        Err(error) => {
            output::aside(&error.explain(wallet.text()));
            false
        }
    }
}
