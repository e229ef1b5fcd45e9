//! The card at the till.

use member_card::CardNumber;
use member_card::payload::Payload;
use member_card::symbol::{Symbol, SymbolError, Symbology};
use serde::Serialize;

use super::{Context, Status};
use crate::domain::Programme;
use crate::store::{Entries, StoreError};
use crate::text::Arg;

/// The card's screen.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct CardView {
    /// The card; `None` where it cannot be shown, and `empty` says why.
    pub card: Option<Card>,
    /// Why there is no card, and what to do.
    pub empty: Option<String>,
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
    /// The member's tier.
    pub tier: Option<String>,
    /// The confirmed balance of the main unit: `135 points`.
    pub balance: Option<String>,
    /// What pending actions will take: `-50 points waiting`.
    pub pending: Option<String>,
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

/// The card, with what arrived in ledger lines after `since`.
pub(crate) fn card(context: &Context<'_>, since: Option<i64>) -> Result<CardView, StoreError> {
    let (programme, member) = (context.programme.as_ref(), context.reader.member()?);
    let status = context.status();
    let (Some(programme), Some(member)) = (programme, member) else {
        return Ok(CardView { card: None, empty: Some(context.text.say("card-empty", &[])), status });
    };
    let (number, symbol) = match symbol(programme, &member.card_number) {
        Ok(drawn) => drawn,
        Err(why) => {
            tracing::error!(%why, "the programme's card cannot be drawn");
            return Ok(CardView { card: None, empty: Some(why.text(context, &member.card_number)), status });
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
        tier,
        balance: main.as_ref().map(|unit| unit.confirmed_text.clone()),
        pending: main.and_then(|unit| unit.pending_text),
        arrived: arrived(context, since)?,
        description,
    };
    Ok(CardView { card: Some(card), empty: None, status })
}

/// Why there is no symbol. What is logged of it names no number: of the content one character at most.
#[derive(Debug, thiserror::Error)]
enum NoSymbol {
    /// The programme asks for what this version does not have; never replaced by something else that it has.
    #[error("this version does not know its payload or symbology")]
    Unknown,
    /// The programme's own fault: its symbology cannot hold its card numbers.
    #[error("{0}")]
    Content(#[from] SymbolError),
}

impl NoSymbol {
    /// What the member reads. The number is still good for being typed.
    fn text(&self, context: &Context<'_>, card_number: &str) -> String {
        match self {
            Self::Unknown => context.text.say("card-needs-update", &[]),
            Self::Content(_) => {
                let number = CardNumber::parse(card_number).map_or_else(|_| card_number.to_owned(), |n| n.grouped());
                context.text.say("card-has-no-code", &[("number", Arg::Text(&number))])
            }
        }
    }
}

/// The grouped number and the symbol.
fn symbol(programme: &Programme, card_number: &str) -> Result<(String, Symbol), NoSymbol> {
    let rules = &programme.card;
    if rules.payload != "static" {
        return Err(NoSymbol::Unknown);
    }
    let payload = Payload::parse(card_number, usize::from(rules.number_length)).map_err(|_| NoSymbol::Unknown)?;
    let symbology = Symbology::from_name(&rules.symbology).ok_or(NoSymbol::Unknown)?;
    let symbol = Symbol::encode(symbology, &payload.text())?;
    Ok((payload.number().grouped(), symbol))
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
