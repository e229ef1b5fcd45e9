//! Time as the card's codes count it: seconds, periods of 60 s, days in UTC. Reads no clock: whoever asks says what time it is.

use std::fmt;

/// The server's Unix time: whole seconds since 1970-01-01T00:00:00Z, leap seconds not counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct UnixTime(u64);

/// A period of 60 s: `T = time div 60`, the time step of RFC 6238.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Period(u64);

/// A day in UTC: days since 1970-01-01, 0 to 65,535 (2149-06-06).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Day(u16);

impl UnixTime {
    /// From seconds.
    pub const fn from_seconds(seconds: u64) -> Self {
        Self(seconds)
    }

    /// In seconds.
    pub const fn seconds(self) -> u64 {
        self.0
    }

    /// Seconds from `earlier` to this; 0 if `earlier` is later.
    pub const fn since(self, earlier: Self) -> u64 {
        self.0.saturating_sub(earlier.0)
    }
}

impl Period {
    /// Length of a period in seconds.
    pub const SECONDS: u64 = 60;
    /// Periods of a day.
    pub const OF_A_DAY: u16 = 1440;

    /// The period that this time lies in.
    pub const fn at(time: UnixTime) -> Self {
        Self(time.0 / Self::SECONDS)
    }

    /// Period `T`.
    pub const fn from_number(number: u64) -> Self {
        Self(number)
    }

    /// Its number `T`.
    pub const fn number(self) -> u64 {
        self.0
    }

    /// Period `index` of a day, 0 to 1439.
    pub fn of_day(day: Day, index: u16) -> Option<Self> {
        let first = u64::from(day.0) * u64::from(Self::OF_A_DAY);
        (index < Self::OF_A_DAY).then(|| Self(first + u64::from(index)))
    }

    /// Its day, and which of the 1440 periods of that day it is, from 0. None after the last day.
    pub fn in_day(self) -> Option<(Day, u16)> {
        let of_a_day = u64::from(Self::OF_A_DAY);
        let day = u16::try_from(self.0 / of_a_day).ok()?;
        // A remainder of 1440 fits.
        let index = u16::try_from(self.0 % of_a_day).ok()?;
        Some((Day(day), index))
    }

    /// Its first second.
    pub const fn start(self) -> UnixTime {
        UnixTime(self.0.saturating_mul(Self::SECONDS))
    }

    /// The first second after it.
    pub const fn end(self) -> UnixTime {
        self.next().start()
    }

    /// The one after it.
    #[must_use]
    pub const fn next(self) -> Self {
        Self(self.0.saturating_add(1))
    }

    /// The one so many periods before it, if there is one.
    pub(crate) fn back(self, periods: u64) -> Option<Self> {
        self.0.checked_sub(periods).map(Self)
    }
}

impl Day {
    /// From days since 1970-01-01.
    pub const fn from_number(number: u16) -> Self {
        Self(number)
    }

    /// Days since 1970-01-01.
    pub const fn number(self) -> u16 {
        self.0
    }

    /// The day that this time lies in. None after the last day.
    pub fn at(time: UnixTime) -> Option<Self> {
        Period::at(time).in_day().map(|(day, _)| day)
    }
}

impl fmt::Display for Period {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl fmt::Display for Day {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}
