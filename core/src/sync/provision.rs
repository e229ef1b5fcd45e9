//! Keeps this installation able to show its card for days without the server: a number for its key, and signatures for today and
//! the six days after it. Must not know what is shown of them.

use std::collections::BTreeSet;

use member_card::proof::Tier;
use member_card::{CardNumber, ChainSecret, Day, DeviceNumber, Secret, UnixTime};
use zeroize::Zeroizing;

use super::Engine;
use crate::api::ApiError;
use crate::domain::{CardDay, Device};
use crate::ports::random_bytes;
use crate::store::{Reader, StoreError, Writer};

/// Proofs are asked for today and so many days after it.
const DAYS_AHEAD: u16 = 6;

/// How often a number is asked for in one go: the one that was just given may be taken away again.
const TRIES: u32 = 3;

/// What the card needs.
struct Needs {
    device: Option<Device>,
    /// The device's number is good.
    numbered: Option<DeviceNumber>,
    /// Where the programme's cards carry proofs: for what they are.
    proofs: Option<Proofs>,
}

struct Proofs {
    card: CardNumber,
    /// The rank that is to be signed, where it is known.
    tier: Option<Tier>,
    today: Day,
}

impl Needs {
    /// `None` where the card needs nothing that the phone does not have by itself.
    fn read(reader: &Reader<'_>, now: UnixTime) -> Result<Option<Needs>, StoreError> {
        let (Some(programme), Some(member), Some(today)) = (reader.programme()?, reader.member()?, Day::at(now)) else {
            return Ok(None);
        };
        let payload = programme.card.payload.as_str();
        if !matches!(payload, "rotating" | "proof") {
            return Ok(None);
        }
        let lowest = reader.card_state()?.lowest_device;
        let device = reader.device()?;
        let trusted = device.as_ref().filter(|device| !device.doubted);
        let numbered = trusted.and_then(|device| device.number).filter(|number| number.0 >= lowest);
        let proofs = match (payload, CardNumber::parse(&member.card_number)) {
            ("proof", Ok(card)) => Some(Proofs { card, tier: tier(reader)?, today }),
            _ => None,
        };
        Ok(Some(Needs { device, numbered, proofs }))
    }
}

/// The rank of the member's tier, as a proof carries it.
fn tier(reader: &Reader<'_>) -> Result<Option<Tier>, StoreError> {
    let Some(standing) = reader.standing()? else { return Ok(None) };
    let tiers = reader.tiers()?;
    let rank = tiers.iter().find(|(id, _)| *id == standing.tier).map(|(_, tier)| tier.rank);
    Ok(rank.map(|rank| Tier(u8::try_from(rank).unwrap_or(u8::MAX))))
}

/// Asks for what is missing. Where all is there, which is so but once a day, nothing is sent.
pub(super) async fn provision(engine: &Engine) -> Result<(), ApiError> {
    match ask(engine).await {
        // Our bug or the server's: the same again would be refused again. The pull itself was good.
        Err(error @ ApiError::Refused { .. }) => {
            tracing::error!(%error, "the server does not give what the card needs");
            Ok(())
        }
        result => result,
    }
}

async fn ask(engine: &Engine) -> Result<(), ApiError> {
    for _ in 0..TRIES {
        let now = unix_time(engine);
        let Some(needs) = engine.read(move |reader| Needs::read(reader, now)).await? else { return Ok(()) };
        let again = needs.device.as_ref().is_some_and(|device| device.doubted);
        let number = match needs.numbered {
            Some(number) => number,
            None => register(engine, needs.device).await?,
        };
        let Some(proofs) = needs.proofs else { return trust(engine, again).await };
        if sign(engine, number, proofs, again).await? {
            return trust(engine, again).await;
        }
        // The server knows this installation under another number, or none.
        engine.write(forget_number).await?;
    }
    tracing::error!("the server takes back each number that it gives");
    Ok(())
}

/// All that was doubted has been asked for again.
async fn trust(engine: &Engine, doubted: bool) -> Result<(), ApiError> {
    if !doubted {
        return Ok(());
    }
    let trust = |writer: &mut Writer<'_>| match writer.device()? {
        Some(device) => writer.put_device(&Device { doubted: false, ..device }),
        None => Ok(()),
    };
    engine.write(trust).await
}

fn forget_number(writer: &mut Writer<'_>) -> Result<(), StoreError> {
    match writer.device()? {
        Some(device) => writer.put_device(&Device { number: None, ..device }),
        None => Ok(()),
    }
}

fn unix_time(engine: &Engine) -> UnixTime {
    UnixTime::from_seconds(u64::try_from(engine.clock.now().at.as_second()).unwrap_or_default())
}

/// Gets a number for the key, which is on the disk before it leaves the device. Until there is an answer the old number stays, if
/// there is one: what it shows may still be good.
async fn register(engine: &Engine, device: Option<Device>) -> Result<DeviceNumber, ApiError> {
    let device = if let Some(device) = device {
        device
    } else {
        let key = Zeroizing::new(random_bytes::<20>(engine.ports.random.as_ref())?);
        let fresh = Device { totp: Secret::new(*key), number: None, doubted: false };
        engine
            .write(move |writer| match writer.device()? {
                // Somebody signed in meanwhile, and has one.
                Some(device) => Ok(device),
                None => writer.put_device(&fresh).map(|()| fresh),
            })
            .await?
    };
    let number = engine
        .with_access(|access| {
            let key = device.totp.clone();
            async move { engine.api.register_device(&access, &key).await }
        })
        .await?;
    let numbered = Device { number: Some(number), ..device };
    engine
        .write(move |writer| {
            // The number is that of this key. Who signed in meanwhile has another one, and asks for another number.
            if writer.device()?.is_some_and(|now| now.totp == numbered.totp) {
                writer.put_device(&numbered)
            } else {
                Ok(())
            }
        })
        .await?;
    Ok(number)
}

/// Whether what was asked for as this device still is of any use: a new session has another number.
fn is_still(writer: &Writer<'_>, number: DeviceNumber) -> Result<bool, StoreError> {
    Ok(writer.device()?.is_some_and(|device| device.number == Some(number)))
}

/// Has the days signed that are not, or all of them `again`. `false` where the server does not know the number.
async fn sign(engine: &Engine, device: DeviceNumber, proofs: Proofs, again: bool) -> Result<bool, ApiError> {
    let Proofs { card, tier, today } = proofs;
    let wanted = today.number()..=today.number().saturating_add(DAYS_AHEAD);
    let (days, card) = engine.read(move |reader| Ok((reader.card_days()?, card))).await?;
    let ours: Vec<CardDay> = days
        .into_iter()
        .filter(|day| wanted.contains(&day.day.number()) && day.card == card && day.device == device)
        .collect();
    let good = |day: &&CardDay| day.signed.as_ref().is_some_and(|signed| tier.is_none_or(|tier| signed.tier == tier));
    let signed: BTreeSet<u16> = ours.iter().filter(|day| !again && good(day)).map(|day| day.day.number()).collect();
    let mut unsigned = Vec::new();
    for number in wanted.filter(|number| !signed.contains(number)) {
        let day = Day::from_number(number);
        unsigned.push(if let Some(known) = ours.iter().find(|known| known.day == day) {
            known.clone()
        } else {
            let secret = Zeroizing::new(random_bytes::<16>(engine.ports.random.as_ref())?);
            CardDay { day, card: card.clone(), device, secret: ChainSecret::new(*secret), signed: None }
        });
    }
    if unsigned.is_empty() {
        return Ok(true);
    }
    // On the disk before its start leaves the device.
    let (starts, unsigned) = engine
        .write(move |writer| {
            if is_still(writer, device)? {
                writer.forget_days_before(today)?;
                unsigned.iter().try_for_each(|day| writer.put_card_day(day))?;
            }
            let starts: Vec<_> = unsigned.iter().map(|day| (day.day, day.chain().start())).collect();
            Ok((starts, unsigned))
        })
        .await?;
    let answer = engine
        .with_access(|access| {
            let starts = starts.clone();
            async move { engine.api.sign_days(&access, device, &starts).await }
        })
        .await?;
    let Some(answer) = answer else { return Ok(false) };
    engine
        .write(move |writer| {
            if !is_still(writer, device)? {
                return Ok(());
            }
            for day in unsigned {
                if let Some((_, signed)) = answer.iter().find(|(of, _)| *of == day.day) {
                    writer.put_card_day(&CardDay { signed: Some(signed.clone()), ..day })?;
                }
            }
            Ok(())
        })
        .await?;
    Ok(true)
}
