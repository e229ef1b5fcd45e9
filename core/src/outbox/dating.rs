//! Instants of an action that was made while the time was unsure, once the server's time is known.

use jiff::{SignedDuration, Timestamp};

use crate::domain::{ClockReading, QueuedAction};

/// When `row` was made and how long it is good, by server time: `server` is the server's time at the reading `now`.
///
/// Within one boot the time since then is known. After a reboot it is what the wall clock says, as long as that can be true:
/// a wall clock that was set in between says nothing, and then the action counts as made just now, since what a member did
/// must not be lost to a clock.
pub fn dated(
    row: &QueuedAction,
    made_at: &ClockReading,
    now: &ClockReading,
    server: Timestamp,
) -> (Timestamp, Timestamp) {
    let lifetime = row.not_after.duration_since(row.created_at);
    let elapsed = if made_at.boot == now.boot && now.since_boot >= made_at.since_boot {
        SignedDuration::try_from(now.since_boot.saturating_sub(made_at.since_boot)).unwrap_or(SignedDuration::MAX)
    } else {
        let by_wall = now.wall.duration_since(made_at.wall);
        if (SignedDuration::ZERO..=lifetime).contains(&by_wall) { by_wall } else { SignedDuration::ZERO }
    };
    let made = server.saturating_sub(elapsed).unwrap_or(Timestamp::MIN);
    (made, made.saturating_add(lifetime).unwrap_or(Timestamp::MAX))
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::domain::BootId;
    use crate::outbox::samples::{MADE, at, claim};

    fn reading(wall_seconds: i64, up: u64, boot: &str) -> ClockReading {
        let since_boot = Duration::from_secs(up);
        ClockReading { wall: at(wall_seconds * 1000), since_boot, boot: BootId(boot.to_owned()) }
    }

    #[test]
    fn made_as_long_ago_as_can_be_known() {
        let server = 5_000_000_000;
        // The row is good for 60 s.
        for (why, made_at, now, seconds_ago) in [
            ("in one boot", reading(0, 100, "a"), reading(0, 130, "a"), 30),
            ("in one boot, the wall set by years", reading(0, 100, "a"), reading(900_000_000, 130, "a"), 30),
            ("in one boot, too long ago", reading(0, 100, "a"), reading(0, 100_000, "a"), 99_900),
            ("rebooted, the wall went on", reading(1_000, 100, "a"), reading(1_045, 5, "b"), 45),
            ("rebooted, the wall was set ahead", reading(1_000, 100, "a"), reading(900_000_000, 5, "b"), 0),
            ("rebooted, the wall was set back", reading(1_000, 100, "a"), reading(10, 5, "b"), 0),
            ("a boot id that lies", reading(1_000, 100, "a"), reading(1_010, 5, "a"), 10),
        ] {
            let mut row = claim(1);
            (row.created_at, row.not_after) = (at(MADE), at(MADE + 60_000));
            let (made, not_after) = dated(&row, &made_at, &now, at(server));
            assert_eq!(made, at(server - seconds_ago * 1000), "{why}");
            assert_eq!(not_after.duration_since(made), SignedDuration::from_secs(60), "{why}");
        }
    }
}
