//! The passes of a member: at most one good one of each kind, given out again whenever it is asked for.
//!
//! A pass belongs to the member and not to a session: a wallet syncs it to her other devices, and it outlives the app. So it is
//! revoked by itself, as a device of the card, and who asks after that gets a new one with another number and key.

use member_card::totp::TotpKey;
use rusqlite::Connection;
use serde_json::{Value, json};

use crate::passes::issuers::{AppleIssuer, GoogleIssuer, GoogleNames, PassIssuers};
use crate::passes::{Pass, PassError, RsaKey, apple, google};
use crate::programme::{Payload, Programme};
use crate::store::devices::{self, Kind};
use crate::store::members::{self, Member};
use crate::store::passes::{self as store, Given, Name};
use crate::store::{StoreError, Tx};

/// So many passes are listed at most.
const LISTED: u32 = 200;

/// Why there is no pass.
#[derive(Debug)]
pub(crate) enum Refusal {
    /// The card was revoked.
    CardRevoked,
    /// The issuer's certificate is not good any more: a matter of the server's configuration.
    IssuerExpired,
}

/// Why a pass was not made: the server's fault.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Error {
    #[error(transparent)]
    Store(#[from] StoreError),
    #[error("a pass cannot be made")]
    Pass(#[from] PassError),
}

/// The member's pass for Apple Wallet, signed now.
pub(crate) fn apple(
    tx: &Tx<'_>,
    programme: &Programme,
    issuers: &PassIssuers,
    member: &str,
) -> Result<Result<Vec<u8>, Refusal>, Error> {
    let Some(owner) = owner(tx, member)? else { return Ok(Err(Refusal::CardRevoked)) };
    let issuer = apple_issuer(tx, issuers)?;
    if !issuer.is_good(tx.now) {
        return Ok(Err(Refusal::IssuerExpired));
    }
    let given = ensure(tx, &owner, Kind::ApplePass, None)?;
    let number = members::card_number(&tx.sql, member)?;
    let pass = Pass { programme, name: &owner.name, card: &number, id: &id(&given) };
    Ok(Ok(apple::write(&pass, &issuer, tx.now, tx.random)?))
}

/// The link with which the member saves her pass to Google Wallet, signed now.
pub(crate) fn google(
    tx: &Tx<'_>,
    programme: &Programme,
    issuers: &PassIssuers,
    member: &str,
) -> Result<Result<String, Refusal>, Error> {
    let Some(owner) = owner(tx, member)? else { return Ok(Err(Refusal::CardRevoked)) };
    let issuer = google_issuer(tx, programme, issuers)?;
    let mut key = [0; 20];
    tx.random.fill(&mut key);
    let turns = programme.card.payload != Payload::Static;
    let given = ensure(tx, &owner, Kind::GooglePass, turns.then(|| TotpKey::new(key)))?;
    Ok(Ok(google::link(&id(&given), &issuer, tx.now, tx.random)?))
}

/// The member, if her card is good.
fn owner(tx: &Tx<'_>, member: &str) -> Result<Option<Member>, StoreError> {
    Ok(members::find(&tx.sql, member)?.filter(|member| !member.card_revoked(tx.now)))
}

/// The member's good pass of this kind; a new one with this key where there is none. One without a key gets it.
fn ensure(tx: &Tx<'_>, member: &Member, kind: Kind, key: Option<TotpKey>) -> Result<Given, StoreError> {
    if let Some(given) = store::good(&tx.sql, &member.id, kind)? {
        // The programme's codes change by now.
        if let (None, Some(key)) = (&given.key, &key) {
            devices::set_key(tx, &member.id, given.number, key)?;
        }
        return Ok(given);
    }
    let number = devices::add(tx, &member.id, kind, None, key.as_ref())?;
    Ok(Given { member: member.id.clone(), number, kind, key, revoked: false })
}

/// The name of a pass among all of the programme.
fn id(given: &Given) -> String {
    format!("{}-{}", given.member, given.number.0)
}

fn apple_issuer(tx: &Tx<'_>, issuers: &PassIssuers) -> Result<AppleIssuer, Error> {
    if let Some(issuer) = &issuers.apple {
        return Ok(issuer.clone());
    }
    let made = made_apple_issuer(&tx.sql)?.filter(|made| made.is_good(tx.now));
    if let Some(made) = made {
        return Ok(made);
    }
    let issuer = AppleIssuer::for_tests(tx.now, tx.random)?;
    let (certificate, authority) = issuer.certificates()?;
    store::set_credential(tx, Name::AppleKey, &issuer.key.to_der()?)?;
    store::set_credential(tx, Name::AppleCertificate, &certificate)?;
    store::set_credential(tx, Name::AppleAuthority, &authority)?;
    Ok(issuer)
}

fn made_apple_issuer(sql: &Connection) -> Result<Option<AppleIssuer>, Error> {
    let of = |name| store::credential(sql, name);
    match (of(Name::AppleKey)?, of(Name::AppleCertificate)?, of(Name::AppleAuthority)?) {
        (Some(key), Some(certificate), Some(authority)) => Ok(Some(AppleIssuer::read(&key, &certificate, &authority)?)),
        _ => Ok(None),
    }
}

fn google_issuer(tx: &Tx<'_>, programme: &Programme, issuers: &PassIssuers) -> Result<GoogleIssuer, Error> {
    if let Some(issuer) = &issuers.google {
        return Ok(issuer.clone());
    }
    let key = if let Some(der) = store::credential(&tx.sql, Name::GoogleKey)? {
        RsaKey::from_der(&der)?
    } else {
        let key = RsaKey::generate(tx.random)?;
        store::set_credential(tx, Name::GoogleKey, &key.to_der()?)?;
        key
    };
    Ok(GoogleIssuer::for_tests(&programme.id, key))
}

/// The passes that were given out, and what a verifier and Google have to be told of them. For developers: the keys are in it.
pub(crate) fn list(sql: &Connection, programme: &Programme, issuers: &PassIssuers) -> Result<Value, Error> {
    let names = match &issuers.google {
        Some(issuer) => issuer.names.clone(),
        None => GoogleNames::for_tests(&programme.id),
    };
    let signer = match &issuers.apple {
        Some(issuer) => Some(issuer.clone()),
        None => made_apple_issuer(sql)?,
    };
    let google_key = match &issuers.google {
        Some(issuer) => Some(issuer.key.clone()),
        None => store::credential(sql, Name::GoogleKey)?.map(|der| RsaKey::from_der(&der)).transpose()?,
    };
    let google_key = google_key.map(|key| key.public_pem()).transpose()?;
    let mut passes = Vec::new();
    for given in store::given(sql, LISTED)? {
        let Some(owner) = members::find(sql, &given.member)? else { continue };
        let number = members::card_number(sql, &given.member)?;
        let (id, key) = (id(&given), given.key.as_ref());
        let pass = Pass { programme, name: &owner.name, card: &number, id: &id };
        let mut listed = json!({"member": given.member, "device": given.number.0, "revoked": given.revoked, "id": id});
        if given.kind == Kind::GooglePass {
            listed["wallet"] = json!("google");
            listed["object"] = google::object(&pass, &names, key, given.revoked || owner.card_revoked_at.is_some());
        } else {
            listed["wallet"] = json!("apple");
        }
        passes.push(listed);
    }
    Ok(json!({
        "apple_authority": signer.map(|signer| signer.authority_pem()).transpose()?,
        "google_key": google_key,
        "google_class": google::class(programme, &names),
        "passes": passes,
    }))
}
