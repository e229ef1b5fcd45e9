//! Observers of the host, and the subscription that ends with its object. Must not know what a topic's view holds.

use std::sync::{Arc, PoisonError};

use member_core::ports::shared::Mutex;

use crate::host::HostFault;

/// A screen whose view may have changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, uniffi::Enum)]
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
    /// Only the age of what is shown.
    Status,
}

impl From<member_core::Topic> for Topic {
    fn from(topic: member_core::Topic) -> Self {
        match topic {
            member_core::Topic::Card => Self::Card,
            member_core::Topic::Balance => Self::Balance,
            member_core::Topic::Tiers => Self::Tiers,
            member_core::Topic::Rewards => Self::Rewards,
            member_core::Topic::Vouchers => Self::Vouchers,
            member_core::Topic::Activity => Self::Activity,
            member_core::Topic::Pending => Self::Pending,
            member_core::Topic::Spending => Self::Spending,
            member_core::Topic::Session => Self::Session,
            member_core::Topic::Status => Self::Status,
        }
    }
}

/// Hears of changes.
#[uniffi::export(foreign)]
pub trait WalletObserver: Send + Sync {
    /// These views may have changed; read them again. Called after the commit, on one of the core's own threads. It may
    /// call the wallet, but must not wait for `Wallet.close`. What it throws is logged as a fault and stops nobody.
    fn changed(&self, topics: Vec<Topic>) -> Result<(), HostFault>;
}

/// A host's observer as one of the core.
pub(crate) struct Observer(pub(crate) Arc<dyn WalletObserver>);

impl member_core::Observer for Observer {
    fn changed(&self, topics: &[member_core::Topic]) {
        if let Err(error) = self.0.changed(topics.iter().copied().map(Topic::from).collect()) {
            tracing::warn!(%error, "an observer of the host failed");
        }
    }
}

/// Hearing ends when this is cancelled or freed. A call that is under way then is finished.
#[derive(uniffi::Object)]
pub struct Subscription(Mutex<Option<member_core::Subscription>>);

impl Subscription {
    pub(crate) fn new(subscription: member_core::Subscription) -> Self {
        Self(Mutex::new(Some(subscription)))
    }
}

#[uniffi::export]
impl Subscription {
    /// Ends hearing. A second time does nothing.
    pub fn cancel(&self) {
        let subscription = self.0.lock().unwrap_or_else(PoisonError::into_inner).take();
        // Without the lock: the host's object may be freed with it, and call back in.
        drop(subscription);
    }
}
