//! The card on screen. Must not know what the card shows.

use std::sync::{Arc, Mutex, PoisonError};

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

    fn session(&self) -> Option<Arc<member_core::CardSession>> {
        self.slot.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

#[uniffi::export]
impl CardSession {
    /// The card, with what arrived since it came on screen. Once the session has ended, without.
    pub async fn view(&self) -> Result<CardView, WalletError> {
        let session = self.session();
        self.calls.run(move |open| view(open, session)).await
    }

    /// As `view`, on the caller's thread.
    pub fn view_now(&self) -> Result<CardView, WalletError> {
        let session = self.session();
        self.calls.now(move |open| view(open, session))
    }

    /// The card left the screen. A second time does nothing.
    pub fn end(&self) {
        end(&self.slot);
    }
}

/// Lets go of the session before the call lets go of the wallet, whose end is told after that.
fn view(open: &Open, session: Option<Arc<member_core::CardSession>>) -> Result<CardView, member_core::Error> {
    Ok(session.map_or_else(|| open.wallet.card(), |session| session.view())?.into())
}
