//! Balances: what is confirmed and what is pending, always apart.

use serde::Serialize;

use super::{Context, Status};
use crate::domain::UnitId;
use crate::store::StoreError;
use crate::text::Arg;

/// The balance's screen.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct BalanceView {
    /// One for each unit, the main one first.
    pub units: Vec<UnitBalance>,
    /// The sentence of an empty screen.
    pub empty: Option<String>,
    /// How old it is.
    pub status: Status,
}

/// The balance in one unit. Amounts are whole points.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct UnitBalance {
    /// What is counted.
    pub unit: String,
    /// What the server confirmed.
    pub confirmed: i64,
    /// `135 points`.
    pub confirmed_text: String,
    /// What pending actions will bring, less what they will take.
    pub pending: i64,
    /// `-50 points waiting`, where something is.
    pub pending_text: Option<String>,
    /// What can be spent now: the confirmed balance less what pending actions will take. What they will bring can be spent
    /// once it is there.
    pub spendable: i64,
    /// `85 points left to spend`, where that differs from the confirmed balance.
    pub spendable_text: Option<String>,
    /// Collected since joining.
    pub lifetime: i64,
    /// `1,235 points collected since you joined`.
    pub lifetime_text: String,
}

/// What the member can spend of a unit now.
pub(super) fn spendable(context: &Context<'_>, unit: &UnitId) -> Result<i64, StoreError> {
    let base = context.reader.accounts()?.iter().find(|account| &account.unit == unit).map_or(0, |a| a.available);
    Ok(base.saturating_add(context.overlay.confirmed(unit)).saturating_sub(context.overlay.spending(unit)))
}

/// The balances.
pub(crate) fn balance(context: &Context<'_>) -> Result<BalanceView, StoreError> {
    let mut accounts = context.reader.accounts()?;
    let order = |unit: &UnitId| {
        let units = context.programme.as_ref().map(|programme| programme.units.as_slice()).unwrap_or_default();
        units.iter().position(|candidate| &candidate.id == unit).unwrap_or(usize::MAX)
    };
    accounts.sort_by_key(|account| order(&account.unit));
    let units: Vec<UnitBalance> = accounts
        .into_iter()
        .map(|account| {
            let unit = &account.unit;
            let confirmed = account.available.saturating_add(context.overlay.confirmed(unit));
            let spending = context.overlay.spending(unit);
            let pending = context.overlay.returning(unit).saturating_sub(spending);
            let spendable = confirmed.saturating_sub(spending);
            let say = |id: &str, amount: &str| context.text.say(id, &[("amount", Arg::Text(amount))]);
            UnitBalance {
                unit: unit.to_string(),
                confirmed,
                confirmed_text: context.amount(unit, confirmed),
                pending,
                pending_text: (pending != 0).then(|| say("balance-pending", &context.signed_amount(unit, pending))),
                spendable,
                spendable_text: (spendable != confirmed)
                    .then(|| say("balance-spendable", &context.amount(unit, spendable))),
                lifetime: account.lifetime,
                lifetime_text: say("balance-lifetime", &context.amount(unit, account.lifetime)),
            }
        })
        .collect();
    Ok(BalanceView { empty: context.empty(units.is_empty(), "balance-empty"), units, status: context.status() })
}
