//! `member sign-out`: says what waits, asks, and signs out. Must not know what is lost by it: the core says so.

use std::io::IsTerminal as _;

use member_core::views::{PendingAction, SignOutView};
use serde_json::json;

use crate::app::{Reach, Settings, explained, with_wallet};
use crate::args;
use crate::failure::Failure;
use crate::output::{self, Answer, Ink, Page, program};
use crate::prompt;

/// `member sign-out`
pub async fn run(arguments: args::SignOut, settings: &Settings) -> Result<Answer, Failure> {
    with_wallet(settings, Reach::Network, async |wallet| {
        let view = wallet.prepare_sign_out().await.map_err(explained(wallet))?;
        if !arguments.yes {
            ask(&view, settings).await?;
        }
        let done = wallet.sign_out(view.shown.clone()).await.map_err(explained(wallet))?;
        let mut page = Page::new(settings.look);
        page.say(if done.deleted { Ink::Plain } else { Ink::Alert }, 0, &done.text);
        let document = json!({
            "state": "signed-out",
            "text": done.text,
            "deleted": done.deleted,
            "told": done.told,
            "unsent": view.unsent,
            "sent": view.sent,
        });
        Ok(Answer::new(page, document))
    })
    .await
}

/// Somebody at a terminal says yes, or nothing happens.
async fn ask(view: &SignOutView, settings: &Settings) -> Result<(), Failure> {
    let mut page = Page::new(settings.look);
    page.say(Ink::Strong, 0, &view.question);
    page.say(Ink::Plain, 0, &view.explanation);
    list(&mut page, view.unsent_text.as_deref(), &view.unsent);
    if let Some(advice) = &view.advice {
        page.say(Ink::Plain, 0, advice);
    }
    list(&mut page, view.sent_text.as_deref(), &view.sent);
    output::aside(page.take().trim_end());
    let again = format!("{} sign-out --yes", program());
    if !std::io::stdin().is_terminal() {
        return Err(
            Failure::failed("not-confirmed", "Nobody is there to be asked, so nothing happened.").with_hint(again)
        );
    }
    // What was agreed to is said in the words of the button.
    output::aside(&format!("{} [y/N]", view.confirm));
    let typed = prompt::input().await;
    let typed = typed.map_err(|error| Failure::failed("input", format!("The answer cannot be read: {error}.")))?;
    match typed.as_deref() {
        Some("y" | "Y" | "yes") => Ok(()),
        _ => Err(Failure::failed("not-confirmed", "Not signed out. Nothing happened.")),
    }
}

fn list(page: &mut Page, text: Option<&str>, actions: &[PendingAction]) {
    if let Some(text) = text {
        page.say(Ink::Alert, 0, text);
    }
    for action in actions {
        page.say(Ink::Strong, 2, &action.title);
        page.say(Ink::Faint, 4, &action.when_text);
    }
}
