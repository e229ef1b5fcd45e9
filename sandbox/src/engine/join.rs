//! Becoming a member: a card, accounts, a standing and the welcome points, in one transaction.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use super::standing;
use crate::ids;
use crate::programme::{Card, Programme};
use crate::store::ledger::{Counterpart, Movement};
use crate::store::members::{self, NewMember};
use crate::store::{StoreError, Tx, ledger};
use crate::wire::{Channel, Reason};

/// What a person fills in to join, checked already.
#[derive(Serialize, Deserialize)]
pub(crate) struct JoinForm {
    pub(crate) name: String,
    pub(crate) language: String,
    pub(crate) terms: String,
    pub(crate) consents: BTreeSet<String>,
}

/// Makes the holder of `address` a member; returns the member's id.
pub(crate) fn join(tx: &Tx<'_>, programme: &Programme, address: &str, form: &JoinForm) -> Result<String, StoreError> {
    let id = ids::id(tx.random, "member");
    let card_number = free_card_number(tx, programme)?;
    members::insert(
        tx,
        &NewMember {
            id: &id,
            name: &form.name,
            language: &form.language,
            terms: &form.terms,
            card_number: &card_number,
            address,
            consents: &form.consents,
        },
    )?;
    for unit in &programme.units {
        ledger::open_account(tx, &id, &unit.id)?;
    }
    standing::start(tx, programme, &id)?;
    if let Some(welcome) = &programme.welcome {
        ledger::book(
            tx,
            &Movement {
                member: &id,
                unit: &welcome.unit,
                amount: welcome.amount,
                counterpart: Counterpart::Issued,
                reason: Reason::Welcome,
                place: None,
                channel: Channel::App,
                title: None,
                key: None,
            },
        )?;
        standing::count(tx, programme, &id, &welcome.unit, welcome.amount)?;
    }
    Ok(id)
}

fn free_card_number(tx: &Tx<'_>, programme: &Programme) -> Result<String, StoreError> {
    let Card { prefix, number_length, symbology, .. } = &programme.card;
    loop {
        let number = ids::card_number(tx.random, prefix, *number_length, *symbology);
        if members::find_by_card(&tx.sql, &number)?.is_none() {
            return Ok(number);
        }
    }
}
