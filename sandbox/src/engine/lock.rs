//! The spend lock: the member's card goes on earning, and spends nothing until she unlocks it.
//!
//! What it refuses is decided where something is spent: claims and vouchers at the till.

use crate::store::{StoreError, Tx, members};
use crate::wire::Effect;

/// Locks or unlocks. What is so already stays so, and nobody is told again.
pub(crate) fn set(tx: &Tx<'_>, member: &str, locked: bool) -> Result<Effect, StoreError> {
    let card = members::set_spend_lock(tx, member, locked)?;
    Ok(Effect { entries: Vec::new(), voucher: None, accounts: Vec::new(), card: Some(card) })
}
