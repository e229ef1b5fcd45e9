//! Tiers: where the member stands and what is missing to the next.

use serde::Serialize;

use super::{Context, Status};
use crate::store::StoreError;
use crate::text::Arg;

/// The tiers' screen.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct TiersView {
    /// The name of the tier now.
    pub current: Option<String>,
    /// The way to the next tier.
    pub progress: Option<TierProgress>,
    /// All tiers, lowest first.
    pub tiers: Vec<TierLine>,
    /// The sentence of an empty screen.
    pub empty: Option<String>,
    /// How old it is.
    pub status: Status,
}

/// The way to the next tier.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct TierProgress {
    /// Counted so far in this period.
    pub points: i64,
    /// From where the next tier begins; `None` in the highest.
    pub threshold: Option<i64>,
    /// From 0 to 1, for a bar.
    pub fraction: f64,
    /// `65 points to Gold by 31 December 2026`.
    pub text: String,
}

/// One tier.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct TierLine {
    /// The tier's id.
    pub id: String,
    /// Its name.
    pub name: String,
    /// From where it begins, in words.
    pub threshold_text: String,
    /// What the member gets.
    pub benefits: Vec<String>,
    /// Where it lies from the member.
    pub place: TierPlace,
}

/// Where a tier lies from the member.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
#[allow(missing_docs, reason = "the names say it")]
pub enum TierPlace {
    Passed,
    Current,
    Next,
    Later,
}

/// The tiers.
pub(crate) fn tiers(context: &Context<'_>) -> Result<TiersView, StoreError> {
    let tiers = context.reader.tiers()?;
    let standing = context.reader.standing()?;
    let current = standing.as_ref().and_then(|standing| tiers.iter().position(|(id, _)| *id == standing.tier));
    let lines: Vec<TierLine> = tiers
        .iter()
        .enumerate()
        .map(|(index, (id, tier))| TierLine {
            id: id.to_string(),
            name: context.text.of_programme(&tier.name).to_owned(),
            threshold_text: if tier.threshold > 0 {
                let amount = context.amount(&tier.unit, tier.threshold);
                context.text.say("tiers-threshold", &[("amount", Arg::Text(&amount))])
            } else {
                context.text.say("tiers-threshold-none", &[])
            },
            benefits: tier.benefits.iter().map(|text| context.text.of_programme(text).to_owned()).collect(),
            place: match current {
                Some(current) if index < current => TierPlace::Passed,
                Some(current) if index == current => TierPlace::Current,
                Some(current) if index == current + 1 => TierPlace::Next,
                _ => TierPlace::Later,
            },
        })
        .collect();
    let progress = standing.zip(current).map(|(standing, current)| {
        let date = context.last_day(standing.period_ends_at);
        match tiers.get(current + 1) {
            Some((_, next)) => {
                let missing = next.threshold.saturating_sub(standing.points).max(0);
                let amount = context.amount(&next.unit, missing);
                let tier = context.text.of_programme(&next.name);
                let args = [("amount", Arg::Text(&amount)), ("tier", Arg::Text(tier)), ("date", Arg::Text(&date))];
                TierProgress {
                    points: standing.points,
                    threshold: Some(next.threshold),
                    fraction: fraction(standing.points, next.threshold),
                    text: context.text.say("tiers-progress", &args),
                }
            }
            None => TierProgress {
                points: standing.points,
                threshold: None,
                fraction: 1.0,
                text: context.text.say("tiers-top", &[("date", Arg::Text(&date))]),
            },
        }
    });
    Ok(TiersView {
        current: current.and_then(|current| lines.get(current)).map(|line| line.name.clone()),
        progress,
        empty: context.empty(lines.is_empty(), "tiers-empty"),
        tiers: lines,
        status: context.status(),
    })
}

#[allow(clippy::cast_precision_loss, reason = "the width of a bar")]
fn fraction(points: i64, threshold: i64) -> f64 {
    if threshold <= 0 { 1.0 } else { (points as f64 / threshold as f64).clamp(0.0, 1.0) }
}
