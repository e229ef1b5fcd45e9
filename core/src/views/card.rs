//! The card at the till.

use std::sync::PoisonError;

use member_card::symbol::{Symbol, SymbolError, Symbology};
use serde::Serialize;
use zeroize::Zeroizing;

use super::code::{self, Hidden, LiveCode};
use super::spending::spend_locked;
use super::{Context, Status};
use crate::ports::shared::Mutex;
use crate::store::{Entries, StoreError};
use crate::text::Arg;

/// The card's screen.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct CardView {
    /// The card; `None` where it cannot be shown, and `empty` says why.
    pub card: Option<Card>,
    /// Why there is no card, and what to do.
    pub empty: Option<String>,
    /// Whether a refresh may bring it: a button for that is shown.
    pub can_refresh: bool,
    /// How old it is.
    pub status: Status,
}

/// A card that can be shown.
#[derive(Clone, PartialEq, Serialize)]
pub struct Card {
    /// The programme's name.
    pub programme: String,
    /// The member's name.
    pub member: String,
    /// The number for reading aloud, in groups of four.
    pub number: String,
    /// What the scanner reads.
    #[serde(skip)]
    pub symbol: Symbol,
    /// When the code changes; `None` for a card that always says the same.
    pub code: Option<LiveCode>,
    /// The member's tier.
    pub tier: Option<String>,
    /// The confirmed balance of the main unit: `135 points`.
    pub balance: Option<String>,
    /// What pending actions will take: `-50 points waiting`.
    pub pending: Option<String>,
    /// That the card earns and spends nothing, where the member has locked it: `Spending is locked`.
    pub locked: Option<String>,
    /// What arrived since the card is shown: `+35 points`.
    pub arrived: Option<String>,
    /// What a screen reader says.
    pub description: String,
}

/// Names and numbers stay out of logs.
impl std::fmt::Debug for Card {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_struct("Card").field("programme", &self.programme).finish_non_exhaustive()
    }
}

/// The symbol that was drawn last: a card is read again each time that points arrive, and its code changes once a minute.
#[derive(Default)]
pub(crate) struct Drawn(Mutex<Option<(Symbology, Zeroizing<String>, Symbol)>>);

impl Drawn {
    fn symbol(&self, symbology: Symbology, text: String) -> Result<Symbol, SymbolError> {
        let mut last = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((_, _, symbol)) = last.as_ref().filter(|(of, known, _)| *of == symbology && **known == text) {
            return Ok(symbol.clone());
        }
        let symbol = Symbol::encode(symbology, &text)?;
        *last = Some((symbology, Zeroizing::new(text), symbol.clone()));
        Ok(symbol)
    }
}

/// The card, with what arrived in ledger lines after `since`.
pub(crate) fn card(context: &Context<'_>, since: Option<i64>, drawn: &Drawn) -> Result<CardView, StoreError> {
    let (programme, member) = (context.programme.as_ref(), context.reader.member()?);
    let status = context.status();
    let (Some(programme), Some(member)) = (programme, member) else {
        return Ok(CardView {
            card: None,
            empty: Some(context.text.say("card-empty", &[])),
            can_refresh: true,
            status,
        });
    };
    let without = |why: String, can_refresh: bool| {
        Ok(CardView { card: None, empty: Some(why), can_refresh, status: context.status() })
    };
    let hidden = |why: String| without(why, false);
    let shown = match code::shown(context, programme, &member)? {
        Ok(shown) => shown,
        Err(Hidden::Until { why, can_refresh }) => return without(why, can_refresh),
        Err(Hidden::Unknown) => return hidden(unknown(context)),
    };
    // Never replaced by something else that this version has.
    let Some(symbology) = Symbology::from_name(&programme.card.symbology) else { return hidden(unknown(context)) };
    let number = shown.payload.number().grouped();
    let symbol = match drawn.symbol(symbology, shown.payload.text()) {
        Ok(symbol) => symbol,
        Err(why) => {
            // The programme's own fault: its symbology cannot hold what its cards say. Of the content it names one character at most.
            tracing::error!(%why, "the programme's card cannot be drawn");
            return hidden(context.text.say("card-has-no-code", &[("number", Arg::Text(&number))]));
        }
    };
    let balances = super::balance(context)?;
    let main = balances.units.into_iter().next();
    let tier = match context.reader.standing()? {
        Some(standing) => context
            .reader
            .tiers()?
            .iter()
            .find(|(id, _)| *id == standing.tier)
            .map(|(_, tier)| context.text.of_programme(&tier.name).to_owned()),
        None => None,
    };
    let name = context.text.of_programme(&programme.name).to_owned();
    let description =
        context.text.say("card-description", &[("programme", Arg::Text(&name)), ("number", Arg::Text(&number))]);
    let card = Card {
        programme: name,
        member: member.name,
        number,
        symbol,
        code: shown.live,
        tier,
        balance: main.as_ref().map(|unit| unit.confirmed_text.clone()),
        pending: main.and_then(|unit| unit.pending_text),
        locked: spend_locked(context)?.then(|| context.text.say("card-locked", &[])),
        arrived: arrived(context, since)?,
        description,
    };
    Ok(CardView { card: Some(card), empty: None, can_refresh: false, status })
}

/// The programme asks for what this version does not have.
fn unknown(context: &Context<'_>) -> String {
    tracing::error!("this version does not know the card's payload or symbology");
    context.text.say("card-needs-update", &[])
}

/// The sum of what came in on the main unit, as long as something did.
fn arrived(context: &Context<'_>, since: Option<i64>) -> Result<Option<String>, StoreError> {
    let (Some(since), Some(programme)) = (since, &context.programme) else { return Ok(None) };
    let Some(unit) = programme.units.first() else { return Ok(None) };
    let fresh = context.reader.entries(Entries { before: None, limit: 20 })?;
    let sum = fresh
        .iter()
        .filter(|entry| entry.number > since && entry.unit == unit.id && entry.amount > 0)
        .fold(0, |sum: i64, entry| sum.saturating_add(entry.amount));
    let amount = context.signed_amount(&unit.id, sum);
    Ok((sum > 0).then(|| context.text.say("card-arrived", &[("amount", Arg::Text(&amount))])))
}
