//! What the card says at this moment: the code of the minute, or why there is none. Must not know how it is drawn.

use jiff::SignedDuration;
use member_card::payload::Payload;
use member_card::proof::Proof;
use member_card::totp::TotpCode;
use member_card::{CardNumber, Period, UnixTime};
use serde::Serialize;

use super::Context;
use crate::domain::{Device, Member, Programme, SessionState};
use crate::store::StoreError;
use crate::text::Arg;

/// A clock that is wrong by less is nobody's business: codes are corrected, and dates are not off by a day.
const CLOCK_OFF: SignedDuration = SignedDuration::from_mins(2);

/// A code that changes. Hosts draw the time that is left. As long as the card is on screen its observers are told when it is over.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct LiveCode {
    /// In how many milliseconds, counted from when this was read, the card shows something else. At most that of two periods.
    pub changes_in_ms: u64,
    /// How long a code is shown as a rule, in milliseconds.
    pub period_ms: u64,
    /// `New code every minute`.
    pub text: String,
    /// `New code in 42 s`, of when this was read.
    pub countdown: String,
    /// What the member should know of it: the device's clock is wrong, or the next code is not good yet.
    pub notice: Option<String>,
}

/// What the symbol holds.
pub(super) struct Shown {
    pub(super) payload: Payload,
    /// `None` for a card that always says the same.
    pub(super) live: Option<LiveCode>,
}

/// Why there is nothing to show.
pub(super) enum Hidden {
    /// The programme asks for what this version does not have.
    Unknown,
    /// There is a way out.
    Until {
        /// A sentence that says it.
        why: String,
        /// Whether that is a contact with the programme.
        can_refresh: bool,
    },
}

/// What the card shows now.
pub(super) fn shown(
    context: &Context<'_>,
    programme: &Programme,
    member: &Member,
) -> Result<Result<Shown, Hidden>, StoreError> {
    let rules = &programme.card;
    let Ok(Payload::Static(number)) = Payload::parse(&member.card_number, usize::from(rules.number_length)) else {
        return Ok(Err(Hidden::Unknown));
    };
    let hidden = |id: &str, can_refresh| Ok(Err(Hidden::Until { why: context.text.say(id, &[]), can_refresh }));
    if context.reader.card_state()?.revoked {
        return hidden("card-revoked", false);
    }
    match rules.payload.as_str() {
        "static" => return Ok(Ok(Shown { payload: Payload::Static(number), live: None })),
        "rotating" | "proof" => {}
        _ => return Ok(Err(Hidden::Unknown)),
    }
    // From here on: a code that the server answers for.
    if context.session == SessionState::Ended {
        return hidden("card-signed-out", false);
    }
    let fresh_for = SignedDuration::from_hours(24 * i64::from(rules.freshness_days));
    if context.last_contact.is_none_or(|contact| context.now.at.duration_since(contact) > fresh_for) {
        let days = [("count", Arg::Count(i64::from(rules.freshness_days)))];
        return Ok(Err(Hidden::Until { why: context.text.say("card-stale", &days), can_refresh: true }));
    }
    let Some(device @ Device { number: Some(_), .. }) = context.reader.device()? else {
        return hidden("card-not-ready", true);
    };
    let moment = Moment::of(context, &device)?;
    let payload = match rules.payload.as_str() {
        "rotating" => Some(Payload::Rotating(number, TotpCode::of(&device.totp, moment.shown))),
        _ => proof(context, &number, &device, moment.shown)?,
    };
    match payload {
        Some(payload) => Ok(Ok(Shown { payload, live: Some(moment.live(context)) })),
        None => hidden("card-no-proof", true),
    }
}

/// The proof of a period; `None` where its day is not signed for this card and this device.
fn proof(
    context: &Context<'_>,
    number: &CardNumber,
    device: &Device,
    period: Period,
) -> Result<Option<Payload>, StoreError> {
    let Some((day, _)) = period.in_day() else { return Ok(None) };
    let kept = context.reader.card_day(day)?.filter(|kept| kept.card == *number && Some(kept.device) == device.number);
    let proof = kept.and_then(|kept| Proof::new(&kept.chain(), kept.signed.as_ref()?, period));
    Ok(proof.map(|proof| Payload::Proof(Box::new(proof))))
}

/// The period whose code is shown, and when that changes.
struct Moment {
    shown: Period,
    /// Until when, in milliseconds from now.
    changes_in_ms: u64,
    /// The code is not good before so many milliseconds.
    wait_ms: u64,
}

impl Moment {
    /// After a scan the code of the next period is shown at once, since tills admit it: a second purchase need not wait.
    fn of(context: &Context<'_>, device: &Device) -> Result<Moment, StoreError> {
        let now_ms = u64::try_from(context.now.at.as_millisecond()).unwrap_or_default();
        let current = Period::at(UnixTime::from_seconds(now_ms / 1000));
        let taken = match device.number {
            Some(number) => context.reader.code_taken(number)?,
            None => None,
        };
        // A server whose clock was set back has taken codes of a future that is no more.
        let taken = taken.map(|taken| taken.period).filter(|taken| *taken <= current.number() + 1);
        let shown = Period::from_number(taken.map_or(current.number(), |taken| current.number().max(taken + 1)));
        let until = |end: UnixTime| end.seconds().saturating_mul(1000).saturating_sub(now_ms);
        let wait_ms = if shown > current.next() { until(current.end()) } else { 0 };
        let changes_in_ms = if wait_ms > 0 { wait_ms } else { until(shown.end()) };
        Ok(Moment { shown, changes_in_ms, wait_ms })
    }

    fn live(&self, context: &Context<'_>) -> LiveCode {
        let seconds = |milliseconds: u64| Arg::Count(i64::try_from(milliseconds.div_ceil(1000)).unwrap_or(i64::MAX));
        let notice = if self.wait_ms > 0 {
            Some(context.text.say("card-code-wait", &[("count", seconds(self.wait_ms))]))
        } else {
            clock(context)
        };
        LiveCode {
            changes_in_ms: self.changes_in_ms,
            period_ms: Period::SECONDS * 1000,
            text: context.text.say("card-code-changes", &[]),
            countdown: context.text.say("card-code-countdown", &[("count", seconds(self.changes_in_ms))]),
            notice,
        }
    }
}

/// What to say where the device's own clock is wrong. A sure time does not depend on it.
fn clock(context: &Context<'_>) -> Option<String> {
    let wall = context.clock.read().wall;
    let off = wall.duration_since(context.now.at);
    if off.abs() <= CLOCK_OFF {
        None
    } else if context.now.sure {
        let at = |instant| context.date_time(instant);
        let (shown, right) = (at(wall), at(context.now.at));
        let times = [("shown", Arg::Text(&shown)), ("right", Arg::Text(&right))];
        Some(context.text.say("card-clock-wrong", &times))
    } else {
        Some(context.text.say("card-clock-unsure", &[]))
    }
}
