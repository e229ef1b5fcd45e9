//! The card on screen. Must not know what the card shows.

use std::sync::{Arc, Mutex, PoisonError};

use crate::error::WalletError;
use crate::views::CardView;
use crate::wallet::{Calls, Open};

/// The card is on screen: what a till does arrives a moment later, until this is ended or freed.
#[derive(uniffi::Object)]
pub struct CardSession {
    calls: Arc<Calls>,
    session: Mutex<Option<Arc<member_core::CardSession>>>,
}

impl CardSession {
    pub(crate) fn new(calls: Arc<Calls>, session: member_core::CardSession) -> Self {
        Self { calls, session: Mutex::new(Some(Arc::new(session))) }
    }

    fn session(&self) -> Option<Arc<member_core::CardSession>> {
        self.session.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

#[uniffi::export]
impl CardSession {
    /// The card, with what arrived since it came on screen. Once the session has ended, without.
    pub async fn view(&self) -> Result<CardView, WalletError> {
        let session = self.session();
        self.calls.run(move |open| view(open, session.as_deref())).await
    }

    /// As `view`, on the caller's thread.
    pub fn view_now(&self) -> Result<CardView, WalletError> {
        let session = self.session();
        self.calls.now(|open| view(open, session.as_deref()))
    }

    /// The card left the screen. A second time does nothing.
    pub fn end(&self) {
        let session = self.session.lock().unwrap_or_else(PoisonError::into_inner).take();
        drop(session);
    }
}

fn view(open: &Open, session: Option<&member_core::CardSession>) -> Result<CardView, member_core::Error> {
    Ok(session.map_or_else(|| open.wallet.card(), member_core::CardSession::view)?.into())
}
