//! `member sync --watch` and `member card --watch`: each change as it happens, until Ctrl-C. Must not know what can change.

use std::sync::Arc;
use std::time::Duration;

use member_core::{Observer, Topic, Wallet};
use tokio::sync::Notify;

use crate::app::{Reach, Settings, explained, ports, with_wallet};
use crate::args;
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

/// A countdown is drawn anew so often.
const TICK: Duration = Duration::from_secs(1);

/// Where a terminal begins to draw: at its upper left corner, with what was there gone.
const FROM_THE_TOP: &str = "\x1b[H\x1b[J";

/// The points. Runs until it is interrupted, or until nobody reads.
pub async fn balance(settings: &Settings) -> Result<Answer, Failure> {
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

/// The card. On a terminal it stays in its place and counts down; elsewhere each new card is printed below the one before it.
pub async fn card(arguments: &args::Card, settings: &Settings) -> Result<Answer, Failure> {
    if settings.json {
        return Err(Failure::usage("With --json there is one document. Leave out --watch."));
    }
    let clock = ports(settings, Reach::Disk)?.clock;
    with_wallet(settings, Reach::Network, async |wallet| {
        let changes = Arc::new(Notify::new());
        let _heard = wallet.observe(Arc::new(Changed(Arc::clone(&changes))));
        let on_screen = wallet.show_card().map_err(explained(wallet))?;
        let (mut shown, mut last) = (String::new(), None);
        loop {
            let view = show::in_symbology(on_screen.view().map_err(explained(wallet))?, arguments.symbology)?;
            let counts_down = view.card.as_ref().is_some_and(|card| card.code.is_some());
            let mut page = Page::new(settings.look);
            show::set_card(&mut page, &view, settings.look, arguments.drawing.ink);
            let now = page.take();
            let what = view.card.map(|card| (card.symbol, card.arrived, card.balance)).ok_or(view.empty);
            let is_new = if settings.look.terminal { now != shown } else { last.as_ref() != Some(&what) };
            if is_new {
                let from = if settings.look.terminal { FROM_THE_TOP } else { "" };
                if !print_to_reader(format!("{from}{now}\n").as_bytes())? {
                    return Ok(Answer::said());
                }
                (shown, last) = (now, Some(what));
            }
            if settings.look.terminal && counts_down {
                // A second later there is less left, whether or not anything changes.
                tokio::select! {
                    () = changes.notified() => {}
                    () = clock.sleep(TICK) => {}
                }
            } else {
                changes.notified().await;
            }
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
