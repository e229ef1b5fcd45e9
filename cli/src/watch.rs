//! `member sync --watch`: each change as it happens, until Ctrl-C. Must not know what can change.

use std::sync::Arc;

use member_core::{Observer, Topic, Wallet};
use tokio::sync::Notify;

use crate::app::{Reach, Settings, explained, with_wallet};
use crate::claim::refresh_or_say_why;
use crate::failure::Failure;
use crate::output::{Answer, Page, print_to_reader};
use crate::show;

/// Wakes whoever shows.
struct Changed(Arc<Notify>);

impl Observer for Changed {
    fn changed(&self, _: &[Topic]) {
        self.0.notify_one();
    }
}

/// Runs until it is interrupted, or until there is nothing to show.
pub async fn run(settings: &Settings) -> Result<Answer, Failure> {
    with_wallet(settings, Reach::Network, async |wallet| {
        let changes = Arc::new(Notify::new());
        let _heard = wallet.observe(Arc::new(Changed(Arc::clone(&changes))));
        // As with a card on screen: the server holds a request open, so that a change arrives a moment later.
        let _live = wallet.show_card().map_err(explained(wallet))?;
        refresh_or_say_why(wallet).await;
        let mut shown = String::new();
        loop {
            let now = screen(wallet, settings)?;
            if now != shown {
                if !print_to_reader(now.as_bytes())? {
                    return Ok(Answer::said());
                }
                shown = now;
            }
            changes.notified().await;
        }
    })
    .await
}

/// Points, and what waits. Not how old they are: that changes by itself.
fn screen(wallet: &Wallet, settings: &Settings) -> Result<String, Failure> {
    let mut page = Page::new(settings.look);
    show::set_balance(&mut page, 0, &wallet.balance().map_err(explained(wallet))?);
    let pending = wallet.pending().map_err(explained(wallet))?;
    if !pending.actions.is_empty() {
        show::set_pending(&mut page, 2, &pending);
    }
    page.gap();
    Ok(page.take())
}
