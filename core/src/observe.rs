//! Who hears of changes, and of what. Called after each commit, on the thread that committed, with no lock held.

use std::collections::BTreeMap;
use std::ops::Range;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, PoisonError, Weak};

use crate::ports::shared::{Mutex, MutexGuard};
use crate::store::Touched;

/// A screen whose view may have changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[allow(missing_docs, reason = "each is the view of the same name")]
pub enum Topic {
    Card,
    Balance,
    Tiers,
    Rewards,
    Vouchers,
    Activity,
    Pending,
    Spending,
    Session,
    /// Only how old what is shown is.
    Status,
}

impl Topic {
    /// All of them.
    pub const ALL: [Topic; 10] = [
        Topic::Card,
        Topic::Balance,
        Topic::Tiers,
        Topic::Rewards,
        Topic::Vouchers,
        Topic::Activity,
        Topic::Pending,
        Topic::Spending,
        Topic::Session,
        Topic::Status,
    ];
}

/// Hears of changes. May call the wallet, and end its own subscription; should be quick. Must not wait for the closing of the
/// wallet, which waits for the commit that is being told.
pub trait Observer: Send + Sync {
    /// These views may have changed; read them again.
    fn changed(&self, topics: &[Topic]);
}

/// Everybody who hears of changes.
#[derive(Default)]
pub(crate) struct Observers {
    list: Mutex<List>,
}

#[derive(Default)]
struct List {
    next: u64,
    observers: BTreeMap<u64, Arc<dyn Observer>>,
}

/// Hearing ends when this is dropped. A call that has begun by then on another thread is finished, so that dropping never waits
/// for an observer; what is committed afterwards is not told.
pub struct Subscription {
    id: u64,
    observers: Weak<Observers>,
}

impl Drop for Subscription {
    fn drop(&mut self) {
        if let Some(observers) = self.observers.upgrade() {
            let removed = observers.lock().observers.remove(&self.id);
            // Dropped without the lock: the observer's own drop may call back in.
            drop(removed);
        }
    }
}

impl Observers {
    fn lock(&self) -> MutexGuard<'_, List> {
        self.list.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn add(self: &Arc<Self>, observer: Arc<dyn Observer>) -> Subscription {
        let mut list = self.lock();
        let id = list.next;
        list.next += 1;
        list.observers.insert(id, observer);
        Subscription { id, observers: Arc::downgrade(self) }
    }

    /// Tells everybody what a commit touched.
    pub(crate) fn tell(&self, touched: Touched) {
        self.tell_topics(&topics(touched));
    }

    pub(crate) fn tell_topics(&self, topics: &[Topic]) {
        // Whoever comes later reads what is being told now.
        let mut rest = 0..self.lock().next;
        while let Some((id, observer)) = self.first_of(rest.clone()) {
            rest.start = id + 1;
            // A host's fault must not take the commit's caller down with it.
            if catch_unwind(AssertUnwindSafe(|| observer.changed(topics))).is_err() {
                tracing::error!("an observer panicked");
            }
        }
    }

    /// Looked up one by one: who went while the others were told is not called any more.
    fn first_of(&self, ids: Range<u64>) -> Option<(u64, Arc<dyn Observer>)> {
        let list = self.lock();
        list.observers.range(ids).next().map(|(id, observer)| (*id, Arc::clone(observer)))
    }
}

/// Which views are computed from what was touched.
fn topics(touched: Touched) -> Vec<Topic> {
    use Topic::{Activity, Balance, Card, Pending, Rewards, Spending, Status, Tiers, Vouchers};
    if touched.session {
        // The notice of every screen.
        return Topic::ALL.to_vec();
    }
    let mut topics = Vec::new();
    if touched.documents || touched.outbox {
        // Activity too: it shows names of rewards and units.
        topics.extend([Card, Balance, Rewards, Vouchers, Activity, Pending, Spending]);
    }
    if touched.documents {
        topics.push(Tiers);
    }
    if touched.entries {
        topics.extend([Card, Activity]);
    }
    if touched.contact {
        topics.push(Status);
    }
    topics.sort_unstable();
    topics.dedup();
    topics
}

#[cfg(all(test, feature = "shuttle"))]
mod interleavings;

#[cfg(test)]
mod tests {
    use super::*;

    struct Loud;

    impl Observer for Loud {
        fn changed(&self, _: &[Topic]) {
            panic!("an observer's fault");
        }
    }

    struct Counts(Mutex<usize>);

    impl Observer for Counts {
        fn changed(&self, _: &[Topic]) {
            *self.0.lock().expect("no panic while counting") += 1;
        }
    }

    #[test]
    fn a_panicking_observer_stops_nobody_and_a_dropped_subscription_hears_no_more() {
        let observers = Arc::new(Observers::default());
        let counts = Arc::new(Counts(Mutex::new(0)));
        let loud = observers.add(Arc::new(Loud));
        let quiet = observers.add(Arc::clone(&counts) as Arc<dyn Observer>);
        observers.tell(Touched { outbox: true, ..Touched::default() });
        assert_eq!(*counts.0.lock().expect("a count"), 1);
        drop((quiet, loud));
        observers.tell(Touched { outbox: true, ..Touched::default() });
        assert_eq!(*counts.0.lock().expect("a count"), 1);
    }
}
