//! How many wrong codes a card may meet: a bucket of 10 that fills by one each 10 minutes, kept as a single time. Knows nothing of
//! codes, and stores nothing.

use crate::UnixTime;

/// The wrong guesses of one card that still count.
///
/// A guess is right with a chance of 3 in 10^8 for each key of the card. 144 guesses a day, and 10 at first, make that less
/// than 1 in 200,000 a day for one key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Guesses {
    /// When none counts any more, if no other comes: all there is to store. 0 is a card without wrong guesses.
    pub clear_at: UnixTime,
}

impl Guesses {
    /// No wrong guesses.
    pub const NONE: Self = Self { clear_at: UnixTime::from_seconds(0) };
    /// So many at once.
    pub const MOST: u64 = 10;
    /// Seconds after which one is forgotten.
    pub const SECONDS_EACH: u64 = 600;

    /// Seconds until a code of this card may be tried; 0 if it may be tried now.
    pub fn wait(self, now: UnixTime) -> u64 {
        let all_but_one = (Self::MOST - 1) * Self::SECONDS_EACH;
        self.clear_at.seconds().saturating_sub(now.seconds().saturating_add(all_but_one))
    }

    /// After one more wrong guess.
    #[must_use]
    pub fn wrong(self, now: UnixTime) -> Self {
        let clear_at = self.clear_at.max(now).seconds().saturating_add(Self::SECONDS_EACH);
        Self { clear_at: UnixTime::from_seconds(clear_at) }
    }
}
