//! The ledger as the member reads it, with what is pending on top.

use serde::Serialize;

use super::{Context, Status};
use crate::domain::{Channel, Entry, EntryReason};
use crate::store::{Entries, StoreError};
use crate::text::Arg;

/// The activity's screen.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ActivityView {
    /// Newest first; pending ones on top of the first page.
    pub lines: Vec<ActivityLine>,
    /// Where the next page begins, on this device or with the programme; `None` where this is the last.
    pub next: Option<i64>,
    /// The sentence of an empty screen.
    pub empty: Option<String>,
    /// How old it is.
    pub status: Status,
}

/// One line.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ActivityLine {
    /// The ledger line's number; `None` while it is pending.
    pub number: Option<i64>,
    /// What it was.
    pub title: String,
    /// Signed amount in whole points.
    pub amount: i64,
    /// `+35 points`.
    pub amount_text: String,
    /// The balance after it; `None` while it is pending.
    pub balance_text: Option<String>,
    /// When, in words.
    pub when_text: String,
    /// Where, in words.
    pub place: Option<String>,
    /// How it came in: `store`, `app`, `web`.
    pub channel: Option<&'static str>,
    /// Whether it waits to be confirmed.
    pub pending: bool,
}

/// A page of the ledger: lines before `before`, at most `limit`.
pub(crate) fn activity(context: &Context<'_>, before: Option<i64>, limit: u32) -> Result<ActivityView, StoreError> {
    let mut lines = Vec::new();
    if before.is_none() {
        for row in context.rows.iter().rev().filter(|row| row.state.is_open()) {
            let taken = context.overlay.spending.iter().map(|moved| (moved, moved.amount.saturating_neg()));
            let given = context.overlay.returning.iter().map(|moved| (moved, moved.amount));
            for (moved, amount) in taken.chain(given).filter(|(moved, _)| moved.key == row.key) {
                lines.push(ActivityLine {
                    number: None,
                    title: super::pending::title(context, &row.action)?,
                    amount,
                    amount_text: context.signed_amount(&moved.unit, amount),
                    balance_text: None,
                    when_text: context.text.say("activity-waiting", &[]),
                    place: None,
                    channel: Some("app"),
                    pending: true,
                });
            }
        }
    }
    // One more than asked for tells whether there is a next page.
    let mut entries = context.reader.entries(Entries { before, limit: limit.saturating_add(1) })?;
    let asked = usize::try_from(limit).unwrap_or(usize::MAX);
    let more = entries.len() > asked;
    entries.truncate(asked);
    if before.is_none() {
        let known = entries.first().map_or(0, |entry| entry.number);
        let answered = context.overlay.entries.iter().rev().filter(|entry| entry.number > known);
        lines.extend(answered.map(|entry| line(context, entry)));
    }
    // The first line of a member has the number 1: what is between is with the programme.
    let oldest = entries.last().map(|entry| entry.number);
    let next = oldest.filter(|oldest| more || *oldest > 1);
    lines.extend(entries.iter().map(|entry| line(context, entry)));
    Ok(ActivityView { empty: context.empty(lines.is_empty(), "activity-empty"), lines, next, status: context.status() })
}

fn line(context: &Context<'_>, entry: &Entry) -> ActivityLine {
    let reason = match entry.reason {
        EntryReason::Welcome => "entry-welcome",
        EntryReason::Purchase => "entry-purchase",
        EntryReason::Claim => "entry-claim",
        EntryReason::Refund => "entry-refund",
        EntryReason::Return => "entry-return",
        EntryReason::Expiry => "entry-expiry",
        EntryReason::Adjustment => "entry-adjustment",
        EntryReason::Other => "entry-other",
    };
    let balance = context.amount(&entry.unit, entry.balance);
    ActivityLine {
        number: Some(entry.number),
        title: match &entry.title {
            None => context.text.say(reason, &[]),
            Some(title) if entry.reason == EntryReason::Refund => {
                context.text.say("entry-refund-of", &[("title", Arg::Text(context.text.of_programme(title)))])
            }
            Some(title) => context.text.of_programme(title).to_owned(),
        },
        amount: entry.amount,
        amount_text: context.signed_amount(&entry.unit, entry.amount),
        balance_text: Some(context.text.say("activity-balance", &[("amount", Arg::Text(&balance))])),
        when_text: context.date_time(entry.at),
        place: entry.place.as_ref().map(|place| context.text.of_programme(place).to_owned()),
        channel: match entry.channel {
            Channel::Store => Some("store"),
            Channel::App => Some("app"),
            Channel::Web => Some("web"),
            Channel::Other => None,
        },
        pending: false,
    }
}
