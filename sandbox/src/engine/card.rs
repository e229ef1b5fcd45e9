//! Cards that prove themselves: the number and key of a device, its signed days, what tills need to check them, and the check of
//! a code that was read.

use jiff::Timestamp;
use member_card::issuer::IssuerKey;
use member_card::payload::{Payload, PayloadKind};
use member_card::proof::{self, SignedDay, Tier};
use member_card::revocation::{RevocationInputError, RevocationList};
use member_card::totp::TotpKey;
use member_card::verify::{Backend, CardFormat, Checked, KnownCard, Refusal};
use member_card::{ChainStart, Day, DeviceNumber};

use super::standing;
use crate::programme::{self, Programme};
use crate::store::devices::{self, Kind};
use crate::store::members::{self, Member};
use crate::store::{StoreError, Tx, issuer};

/// Proofs are signed for today and so many days after it.
pub(crate) const DAYS_AHEAD: u16 = 6;

/// The number of the session's app, which has this key from now on.
pub(crate) fn register(tx: &Tx<'_>, member: &str, session: &str, key: &TotpKey) -> Result<DeviceNumber, StoreError> {
    match devices::of_session(&tx.sql, member, session)? {
        Some(number) => devices::set_key(tx, member, number, key).map(|()| number),
        None => devices::add(tx, member, Kind::App, Some(session), Some(key)),
    }
}

/// Signs the starts of a device's days, those of today and the six days after it. Others are passed over. `None` where this is
/// not the number that the session's app has.
pub(crate) fn sign(
    tx: &Tx<'_>,
    programme: &Programme,
    member: &str,
    session: &str,
    device: DeviceNumber,
    starts: &[(Day, ChainStart)],
) -> Result<Option<Vec<(Day, SignedDay)>>, StoreError> {
    if devices::of_session(&tx.sql, member, session)? != Some(device) {
        return Ok(None);
    }
    let number = members::card_number(&tx.sql, member)?;
    let standing = standing::current(tx, programme, member)?;
    let tier = programme.rank(&standing.tier).and_then(|rank| u8::try_from(rank).ok()).unwrap_or(u8::MAX);
    let secret = issuer::signing(tx)?;
    let today = issuer::today(tx);
    let days = today.number()..=today.number().saturating_add(DAYS_AHEAD);
    let signed = starts
        .iter()
        .filter(|(day, _)| days.contains(&day.number()))
        .map(|(day, start)| (*day, proof::sign_day(&secret, &number, Tier(tier), device, *day, start)))
        .collect();
    Ok(Some(signed))
}

/// What an offline till needs, beside the revocation list.
pub(crate) fn keys(tx: &Tx<'_>, programme: &Programme) -> Result<(CardFormat, Vec<IssuerKey>), StoreError> {
    Ok((format(programme), issuer::public(tx, &programme.id)?))
}

/// The signed list of what was revoked lately.
pub(crate) fn revocations(tx: &Tx<'_>) -> Result<Result<Vec<u8>, RevocationInputError>, StoreError> {
    let revoked = devices::revoked(&tx.sql, tx.now)?;
    Ok(RevocationList::sign(&issuer::signing(tx)?, issuer::unix_time(tx.now), revoked))
}

/// Checks a code as of `at`, all but whether it was used: whose it is, and what is known of it. Wrong guesses count where the code was
/// read now, and not where an offline till had written it down.
pub(crate) fn check(
    tx: &Tx<'_>,
    programme: &Programme,
    payload: &Payload,
    at: Timestamp,
    guesses_count: bool,
) -> Result<Result<(Member, Checked), Refusal>, StoreError> {
    let keys = match payload {
        Payload::Proof(_) => issuer::public(tx, &programme.id)?,
        _ => Vec::new(),
    };
    let backend = Backend { format: format(programme), keys };
    let now = issuer::unix_time(at);
    let Some(member) = members::find_by_card(&tx.sql, payload.number().as_str())? else {
        return Ok(Err(backend.check(payload, now, None).err().unwrap_or(Refusal::UnknownCard)));
    };
    let guesses = devices::guesses(&tx.sql, &member.id)?;
    let mut card = KnownCard {
        programme: programme.id.clone(),
        revoked: member.card_revoked(at),
        devices: devices::known(&tx.sql, &member.id, at)?,
        guesses: if guesses_count { guesses } else { member_card::guesses::Guesses::NONE },
    };
    let checked = backend.check(payload, now, Some(&mut card));
    if guesses_count && card.guesses != guesses {
        devices::set_guesses(tx, &member.id, card.guesses)?;
    }
    Ok(checked.map(|checked| (member, checked)))
}

fn format(programme: &Programme) -> CardFormat {
    CardFormat {
        programme: programme.id.clone(),
        number_length: programme.card.number_length,
        prefix: programme.card.prefix.clone(),
        payload: kind(programme.card.payload),
    }
}

fn kind(payload: programme::Payload) -> PayloadKind {
    match payload {
        programme::Payload::Static => PayloadKind::Static,
        programme::Payload::Rotating => PayloadKind::Rotating,
        programme::Payload::Proof => PayloadKind::Proof,
    }
}
