//! The card on screen. Must not know what the card shows.

use std::sync::{Arc, PoisonError};

use member_core::ports::shared::Mutex;

use crate::error::WalletError;
use crate::views::CardView;
use crate::wallet::{Calls, Open};

/// The core's session, until it is ended by the host or by the closing of the wallet.
pub(crate) type Slot = Mutex<Option<Arc<member_core::CardSession>>>;

/// Ends a session. A second time does nothing.
pub(crate) fn end(slot: &Slot) {
    let session = slot.lock().unwrap_or_else(PoisonError::into_inner).take();
    // Without the lock: the last one to let go of it tells the core.
    drop(session);
}

/// The card is on screen: what a till does arrives a moment later, until this is ended or freed.
#[derive(uniffi::Object)]
pub struct CardSession {
    calls: Arc<Calls>,
    slot: Arc<Slot>,
}

impl CardSession {
    pub(crate) fn new(calls: Arc<Calls>, slot: Arc<Slot>) -> Self {
        Self { calls, slot }
    }
}

#[uniffi::export]
impl CardSession {
    /// The card, with what arrived since it came on screen. Once the session has ended, without.
    pub async fn view(&self) -> Result<CardView, WalletError> {
        let slot = Arc::clone(&self.slot);
        self.calls.run(move |open| view(open, &slot)).await
    }

    /// As `view`, on the caller's thread.
    pub fn view_now(&self) -> Result<CardView, WalletError> {
        self.calls.now(|open| view(open, &self.slot))
    }

    /// The card left the screen. A second time does nothing.
    pub fn end(&self) {
        end(&self.slot);
    }
}

/// Takes hold of the session after the call has taken hold of the wallet, whose end is told when both have let go.
fn view(open: &Open, slot: &Slot) -> Result<CardView, member_core::Error> {
    let session = slot.lock().unwrap_or_else(PoisonError::into_inner).clone();
    Ok(session.map_or_else(|| open.wallet.card(), |session| session.view())?.into())
}
