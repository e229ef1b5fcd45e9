//! When to try again: full jitter under a cap, and the server's `Retry-After` as a floor.

use std::time::Duration;

/// The first delay is drawn from 0 to this.
const BASE: Duration = Duration::from_secs(2);

/// No delay of our own is longer. A stored one that is was made under a wrong clock. Whoever is told nothing is done within 15
/// minutes of the end of an outage: this leaves one for what is to be said then.
pub const RETRY_CAP: Duration = Duration::from_mins(14);

/// From so many failures in a row on, `base * 2^n` is above the cap.
pub const FAILURES_AT_CAP: u32 = 10;

/// A longer `Retry-After` is a fault of a gateway, or was stored under a wrong clock.
pub(super) const FLOOR_CAP: Duration = Duration::from_hours(24);

/// A server that says "come again at noon" to everybody hears from everybody at noon. So as much again as the word is long lies
/// on top as jitter, from this up to [`RETRY_CAP`]. With each failure in a row it is four times as long, as long as word and
/// jitter together are within the cap: delays of our own would have grown meanwhile.
const LEAST_JITTER: Duration = Duration::from_secs(10);

/// When an attempt is made again, as instants of the wall clock in milliseconds since 1970.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Delay {
    /// Not before this.
    pub next_attempt_at: i64,
    /// Nothing wakes it before this: the server's word.
    pub retry_floor: i64,
}

/// The next attempt after `failures` in a row, this one included. `draw(bound)` gives a random number in `0..=bound`.
pub fn next_attempt<E>(
    wall: i64,
    failures: u32,
    retry_after: Option<Duration>,
    mut draw: impl FnMut(u64) -> Result<u64, E>,
) -> Result<Delay, E> {
    let after = |delay| wall.saturating_add(signed(whole_millis(delay)));
    let own = after(poll_delay(failures, &mut draw)?);
    Ok(match retry_after {
        Some(word) => Delay {
            next_attempt_at: own.max(after(floor_delay(word, failures, &mut draw)?)),
            retry_floor: after(kept_word(word)),
        },
        None => Delay { next_attempt_at: own, retry_floor: 0 },
    })
}

/// The server's word, up to a day: who asks is not sent before.
pub fn kept_word(retry_after: Duration) -> Duration {
    retry_after.min(FLOOR_CAP)
}

/// The server's word, up to a day, plus jitter: what nobody asks for is not sent before. `failures` is how often the server had
/// none but words so far.
pub fn floor_delay<E>(
    retry_after: Duration,
    failures: u32,
    mut draw: impl FnMut(u64) -> Result<u64, E>,
) -> Result<Duration, E> {
    let first = retry_after.clamp(LEAST_JITTER, RETRY_CAP);
    let factor = 4_u32.saturating_pow(failures.saturating_sub(1));
    let bound = first.saturating_mul(factor).min(RETRY_CAP.saturating_sub(retry_after)).max(first);
    Ok(kept_word(retry_after).saturating_add(Duration::from_millis(draw(whole_millis(bound))?)))
}

/// How long the server's words that were kept still hold, at `wall`, where one does. Instants of the wall clock in milliseconds since
/// 1970. One that lies more than a day ahead was made under another clock, and is over.
pub fn word_left(wall: i64, floors: impl IntoIterator<Item = i64>) -> Option<Duration> {
    let left = floors.into_iter().map(|floor| floor.saturating_sub(wall));
    let longest = left.filter(|left| *left > 0 && *left <= signed(whole_millis(FLOOR_CAP))).max()?;
    Some(Duration::from_millis(longest.unsigned_abs()))
}

/// `min(cap, base * 2^n)`.
pub fn longest_delay(failures: u32) -> Duration {
    let exponent = failures.saturating_sub(1).min(20);
    BASE.saturating_mul(1 << exponent).min(RETRY_CAP)
}

/// `uniform(0, min(cap, base * 2^n))`; after the first one at the cap `uniform(3/4 cap, cap)`.
///
/// Full jitter parts those who failed together, up to the first delay at the cap, after which they are spread over all of it.
/// From there on it would only ask twice in each cap on average, and when the server is back, the first moment would see twice
/// as many as an even spread. From three quarters of the cap on, it is a seventh more. Who is woken begins with all of the cap
/// again ([`FAILURES_AT_CAP`]), since others may have been woken in the same moment.
pub fn poll_delay<E>(failures: u32, mut draw: impl FnMut(u64) -> Result<u64, E>) -> Result<Duration, E> {
    let longest = longest_delay(failures);
    let least = if failures > FAILURES_AT_CAP { RETRY_CAP / 4 * 3 } else { Duration::ZERO };
    Ok(least.saturating_add(Duration::from_millis(draw(whole_millis(longest.saturating_sub(least)))?)))
}

fn whole_millis(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}

fn signed(millis: u64) -> i64 {
    i64::try_from(millis).unwrap_or(i64::MAX)
}

#[cfg(test)]
mod tests {
    use std::convert::Infallible;

    use proptest::prelude::*;

    use super::*;

    #[test]
    fn the_bound_doubles_up_to_the_cap() {
        let most = |failures| {
            let Ok(delay) = poll_delay(failures, Ok::<_, Infallible>);
            delay
        };
        assert_eq!([1, 2, 3, 4].map(|n| most(n).as_secs()), [2, 4, 8, 16]);
        assert_eq!(most(10), RETRY_CAP);
        assert_eq!(most(u32::MAX), RETRY_CAP);
        let least = |failures| {
            let Ok(delay) = poll_delay(failures, |_| Ok::<_, Infallible>(0));
            delay
        };
        let late = RETRY_CAP / 4 * 3;
        assert_eq!([1, 9, 10, 11, 99].map(least), [Duration::ZERO, Duration::ZERO, Duration::ZERO, late, late]);
        assert!(longest_delay(FAILURES_AT_CAP - 1) < RETRY_CAP && longest_delay(FAILURES_AT_CAP) == RETRY_CAP);
    }

    #[test]
    fn the_jitter_on_the_servers_word_is_as_long_as_the_word_and_grows() {
        let longest = |seconds, failures| {
            let Ok(delay) = floor_delay(Duration::from_secs(seconds), failures, Ok::<_, Infallible>);
            delay.as_secs()
        };
        assert_eq!([0, 1, 60, 840, 3600].map(|word| longest(word, 1)), [10, 11, 120, 1680, 4440]);
        assert_eq!([0, 2, 3, 4, u32::MAX].map(|failures| longest(120, failures)), [240, 600, 840, 840, 840]);
        assert_eq!(longest(9 * 86_400, 1), 86_400 + 840, "no word holds for more than a day");
    }

    #[test]
    fn a_word_that_was_kept_holds_for_as_long_as_was_said_and_at_most_a_day() {
        let day = signed(whole_millis(FLOOR_CAP));
        let table: [(&[i64], Option<u64>); 7] = [
            (&[], None),
            (&[0, 999, 1000], None),
            (&[1001], Some(1)),
            (&[1500, 4000, 2000], Some(3000)),
            (&[1000 + day], Some(day.unsigned_abs())),
            (&[1001 + day, i64::MAX], None),
            (&[1001 + day, 1007], Some(7)),
        ];
        for (floors, left) in table {
            assert_eq!(word_left(1000, floors.iter().copied()), left.map(Duration::from_millis), "{floors:?}");
        }
        assert_eq!(word_left(i64::MIN, [1]), None);
    }

    proptest! {
        #[test]
        fn never_before_the_servers_word_and_never_beyond_the_cap(
            wall in 0_i64..4_000_000_000_000,
            failures in 1_u32..200,
            retry_after in prop::option::of(0_u64..86_400),
            raw: u64,
        ) {
            let draw = |bound: u64| Ok::<_, Infallible>(bound.checked_add(1).map_or(raw, |count| raw % count));
            let Ok(delay) = next_attempt(wall, failures, retry_after.map(Duration::from_secs), draw);
            prop_assert!(delay.next_attempt_at >= wall);
            prop_assert!(delay.next_attempt_at >= delay.retry_floor);
            let latest_own = wall + i64::try_from(RETRY_CAP.as_millis()).expect("a small number");
            if let Some(seconds) = retry_after {
                let word = wall + i64::try_from(seconds).expect("a small number") * 1000;
                prop_assert_eq!(delay.retry_floor, word);
                let jitter = (i64::try_from(seconds).expect("a small number") * 1000).clamp(10_000, 840_000);
                prop_assert!(delay.next_attempt_at <= latest_own.max(word + jitter));
            } else {
                prop_assert_eq!(delay.retry_floor, 0);
                prop_assert!(delay.next_attempt_at <= latest_own);
            }
        }
    }
}
