//! Single use: for each card and device, the period of the last code that was taken, and by which basket. Knows nothing of what
//! makes a code genuine; stores nothing itself beyond the memory of a test.

use std::collections::BTreeMap;
use std::convert::Infallible;

use crate::{CardNumber, DeviceNumber, Period};

/// A sale: the till, and its receipt. Scanning a code a second time in the same sale is no second use.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Basket {
    /// The till's id.
    pub till: String,
    /// The receipt's id; unique at its till.
    pub receipt: String,
}

/// The high-water mark of one device of one card.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Mark {
    /// The period of the last code that was taken.
    pub period: Period,
    /// Who took it.
    pub basket: Basket,
}

/// What became of a code.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Taken {
    /// It is later than all that were taken, and the mark is now its own.
    New,
    /// The same basket has taken it before: the same answer again.
    Again,
    /// It is used, or earlier than one that is.
    Used {
        /// The period of the mark. A code must be of a later one.
        last: Period,
    },
}

impl Mark {
    /// The rule: a later period is taken; the same one by the same basket is answered again; all else is used.
    ///
    /// Never a set of used codes: who has the code of a period can work out those of earlier periods of its day.
    pub fn judge(last: Option<&Self>, period: Period, basket: &Basket) -> Taken {
        match last {
            Some(last) if period == last.period && *basket == last.basket => Taken::Again,
            Some(last) if period <= last.period => Taken::Used { last: last.period },
            _ => Taken::New,
        }
    }
}

/// Where marks are kept.
///
/// What an implementation promises:
/// - it decides by [`Mark::judge`] on the mark of this card and device, and where that says [`Taken::New`], replaces the mark;
/// - both in one step: of two calls at once with one code, one gets [`Taken::New`] and the other does not;
/// - the new mark is durable before it answers, also against loss of power: what was taken stays taken;
/// - a mark stays for two days after its period at least. Then no code up to it is in time any more.
pub trait Marks {
    /// Why a mark could not be read or written. The code is not taken then, and nothing is accepted.
    type Error;

    /// Takes the code of a period for a basket.
    fn take(
        &mut self,
        card: &CardNumber,
        device: DeviceNumber,
        period: Period,
        basket: &Basket,
    ) -> Result<Taken, Self::Error>;
}

/// Marks in memory: for tests, and to show what an implementation does. They are gone with the process, so a till needs more.
#[derive(Debug, Default)]
pub struct MemoryMarks(BTreeMap<(CardNumber, DeviceNumber), Mark>);

impl MemoryMarks {
    /// Sets a mark, as a store would find it.
    pub fn set(&mut self, card: CardNumber, device: DeviceNumber, mark: Mark) {
        self.0.insert((card, device), mark);
    }
}

impl Marks for MemoryMarks {
    type Error = Infallible;

    fn take(
        &mut self,
        card: &CardNumber,
        device: DeviceNumber,
        period: Period,
        basket: &Basket,
    ) -> Result<Taken, Infallible> {
        let key = (card.clone(), device);
        let taken = Mark::judge(self.0.get(&key), period, basket);
        if taken == Taken::New {
            self.0.insert(key, Mark { period, basket: basket.clone() });
        }
        Ok(taken)
    }
}
