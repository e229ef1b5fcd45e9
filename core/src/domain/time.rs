//! Server time on a device whose own clock may be wrong. Pure: readings of clocks come in as arguments.

use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

/// Names one run of the device from power-on to power-off.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct BootId(pub String);

/// What the device's clocks say at one instant.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ClockReading {
    /// The wall clock, which the member or the operator can set.
    pub wall: Timestamp,
    /// Time since power-on, sleep included. Never goes back within one boot.
    pub since_boot: Duration,
    /// Which boot.
    pub boot: BootId,
}

/// Server time at one instant since boot: what every later instant is counted from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Anchor {
    /// What the server's clock said.
    pub server: Timestamp,
    /// What the wall clock said then.
    pub wall: Timestamp,
    /// How long the device had been up then.
    pub since_boot: Duration,
    /// In which boot.
    pub boot: BootId,
}

impl Anchor {
    /// An anchor from the server's `Date` and the clocks when it arrived.
    pub fn new(server: Timestamp, at: &ClockReading) -> Self {
        Self { server, wall: at.wall, since_boot: at.since_boot, boot: at.boot.clone() }
    }
}

/// The server's time as well as the device can know it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ServerTime {
    /// The instant.
    pub at: Timestamp,
    /// Whether it was counted since a contact with the server in this boot. An unsure time decides nothing that
    /// cannot be undone.
    pub sure: bool,
}

impl ServerTime {
    /// Server time at `now`: counted since the anchor within one boot; else the wall clock, never earlier than the
    /// anchor, and unsure.
    pub fn at(anchor: Option<&Anchor>, now: &ClockReading) -> ServerTime {
        match anchor {
            Some(anchor) if anchor.boot == now.boot && now.since_boot >= anchor.since_boot => {
                let elapsed = SignedDuration::try_from(now.since_boot.saturating_sub(anchor.since_boot))
                    .unwrap_or(SignedDuration::MAX);
                ServerTime { at: anchor.server.saturating_add(elapsed).unwrap_or(Timestamp::MAX), sure: true }
            }
            Some(anchor) => ServerTime { at: now.wall.max(anchor.server), sure: false },
            None => ServerTime { at: now.wall, sure: false },
        }
    }
}

/// Milliseconds since 1970, as the store keeps instants.
pub fn millis(at: Timestamp) -> i64 {
    at.as_millisecond()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(second).expect("an instant")
    }

    fn reading(wall: i64, up: u64, boot: &str) -> ClockReading {
        ClockReading { wall: at(wall), since_boot: Duration::from_secs(up), boot: BootId(boot.to_owned()) }
    }

    #[test]
    fn server_time_follows_time_since_boot_and_never_goes_back() {
        let anchor = Anchor::new(at(10_000), &reading(500, 60, "a"));
        let table = [
            // The wall clock is 9,500 s slow and jumps about; what counts is the 40 s since contact.
            (Some(&anchor), reading(540, 100, "a"), at(10_040), true),
            (Some(&anchor), reading(99_999_999, 100, "a"), at(10_040), true),
            (Some(&anchor), reading(0, 100, "a"), at(10_040), true),
            // Another boot: the wall clock, but never before the last server time.
            (Some(&anchor), reading(540, 100, "b"), at(10_000), false),
            (Some(&anchor), reading(20_000, 100, "b"), at(20_000), false),
            // A boot id that lies: time since boot went back.
            (Some(&anchor), reading(20_000, 59, "a"), at(20_000), false),
            (None, reading(7, 1, "a"), at(7), false),
        ];
        for (anchor, now, expected, sure) in table {
            assert_eq!(ServerTime::at(anchor, &now), ServerTime { at: expected, sure }, "{now:?}");
        }
        assert_eq!(ServerTime::at(Some(&anchor), &reading(0, u64::MAX, "a")).at, Timestamp::MAX);
    }
}
