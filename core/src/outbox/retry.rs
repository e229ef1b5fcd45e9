//! When to try again: full jitter under a cap, and the server's `Retry-After` as a floor.

use std::time::Duration;

/// The first delay is drawn from 0 to this.
const BASE: Duration = Duration::from_secs(2);

/// No delay of our own is longer. A stored one that is was made under a wrong clock.
pub const RETRY_CAP: Duration = Duration::from_mins(15);

/// A longer `Retry-After` is a fault of a gateway, or was stored under a wrong clock.
const FLOOR_CAP: Duration = Duration::from_hours(24);

/// With its jitter, no floor lies further ahead than this.
pub(super) const LONGEST_FLOOR: Duration = Duration::from_mins(24 * 60 + 1);

/// A server that says "come again in n" to everybody hears from everybody at n: this much jitter lies on top.
const FLOOR_JITTER: Duration = Duration::from_secs(10);

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
    let backoff = poll_delay(failures, &mut draw)?;
    let floor = match retry_after {
        Some(floor) => wall.saturating_add(signed(whole_millis(floor_delay(floor, &mut draw)?))),
        None => 0,
    };
    let next = wall.saturating_add(signed(whole_millis(backoff)));
    Ok(Delay { next_attempt_at: next.max(floor), retry_floor: floor })
}

/// The server's word, up to a day, plus jitter.
pub fn floor_delay<E>(retry_after: Duration, mut draw: impl FnMut(u64) -> Result<u64, E>) -> Result<Duration, E> {
    let jitter = Duration::from_millis(draw(whole_millis(FLOOR_JITTER))?);
    Ok(retry_after.min(FLOOR_CAP).saturating_add(jitter))
}

/// `uniform(0, min(cap, base * 2^n))`.
pub fn poll_delay<E>(failures: u32, mut draw: impl FnMut(u64) -> Result<u64, E>) -> Result<Duration, E> {
    let exponent = failures.saturating_sub(1).min(20);
    let bound = BASE.saturating_mul(1 << exponent).min(RETRY_CAP);
    Ok(Duration::from_millis(draw(whole_millis(bound))?))
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
            prop_assert!(delay.next_attempt_at <= latest_own.max(delay.retry_floor));
            if let Some(seconds) = retry_after {
                let word = wall + i64::try_from(seconds).expect("a small number") * 1000;
                prop_assert!(delay.retry_floor >= word && delay.retry_floor <= word + 10_000);
            }
        }
    }
}
