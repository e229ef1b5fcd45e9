//! Server time, counted from the `Date` of its answers.

use std::sync::{Arc, PoisonError};

use jiff::{SignedDuration, Timestamp};

use crate::domain::{Anchor, ServerTime};
use crate::ports::Clock;
use crate::ports::shared::{Mutex, MutexGuard};

/// `Date` has whole seconds and arrives late: a difference up to this much is no news.
const TOLERANCE: SignedDuration = SignedDuration::from_secs(3);

/// Contacts are written to the disk no more often than this.
const SAVE_EVERY: SignedDuration = SignedDuration::from_hours(1);

/// What the device knows of the server's time.
pub struct ServerClock {
    clock: Arc<dyn Clock>,
    known: Mutex<Known>,
}

#[derive(Default)]
struct Known {
    anchor: Option<Anchor>,
    last_contact: Option<Timestamp>,
    saved: Option<Timestamp>,
}

impl ServerClock {
    /// Starts from what was saved.
    pub fn new(clock: Arc<dyn Clock>, anchor: Option<Anchor>, last_contact: Option<Timestamp>) -> Self {
        Self { clock, known: Mutex::new(Known { anchor, last_contact, saved: last_contact }) }
    }

    fn known(&self) -> MutexGuard<'_, Known> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The server's time now.
    pub fn now(&self) -> ServerTime {
        let reading = self.clock.read();
        ServerTime::at(self.known().anchor.as_ref(), &reading)
    }

    /// When the server last answered, by its own clock.
    pub fn last_contact(&self) -> Option<Timestamp> {
        self.known().last_contact
    }

    /// The server answered, and its clock said `date`.
    pub fn note(&self, date: Timestamp) {
        let reading = self.clock.read();
        let mut known = self.known();
        let expected = ServerTime::at(known.anchor.as_ref(), &reading);
        let off = date.duration_since(expected.at).abs();
        let now = if !expected.sure || off > TOLERANCE { date } else { expected.at };
        // To the millisecond, as it is stored.
        let now = Timestamp::from_millisecond(now.as_millisecond()).unwrap_or(now);
        // Anchored anew each time, so that after a reboot time is never before this contact.
        known.anchor = Some(Anchor::new(now, &reading));
        known.last_contact = Some(known.last_contact.map_or(now, |last| last.max(now)));
    }

    /// What should be saved now, where it is time to: always for `force`, else once an hour.
    pub fn unsaved(&self, force: bool) -> Option<(Timestamp, Anchor)> {
        let known = self.known();
        let (contact, anchor) = (known.last_contact?, known.anchor.clone()?);
        let due = match known.saved {
            None => true,
            Some(saved) => contact != saved && (force || contact.duration_since(saved) >= SAVE_EVERY),
        };
        due.then_some((contact, anchor))
    }

    /// What [`unsaved`](Self::unsaved) answered is on the disk.
    pub fn saved(&self, contact: Timestamp) {
        let mut known = self.known();
        // Of two that were saved at once the newer one counts.
        known.saved = known.saved.max(Some(contact));
    }
}
