//! Signing out, and forgetting. Conversions only; must not know what is deleted, or when.

use std::path::PathBuf;
use std::sync::Arc;

use member_core::text::Text;
use member_core::{Home, views};

use crate::error::WalletError;
use crate::host::{HostSecrets, Vault};
use crate::views::{PendingAction, converted};
use crate::wallet::{Wallet, WalletConfig};

/// The question whether to sign out.
#[derive(Debug, Clone, PartialEq, Eq, uniffi::Record)]
pub struct SignOutView {
    /// `Sign out?`
    pub question: String,
    /// What becomes of what is kept on this device.
    pub explanation: String,
    /// Above `unsent`, where there is something: that it will be deleted.
    pub unsent_text: Option<String>,
    /// What was never sent, or cannot be sent by this version, oldest first. Signing out deletes it without effect.
    pub unsent: Vec<PendingAction>,
    /// Below `unsent`: how to have it sent instead.
    pub advice: Option<String>,
    /// Above `sent`, where there is something: that it may still take effect.
    pub sent_text: Option<String>,
    /// What was sent and has no known outcome, oldest first. It may still take effect.
    pub sent: Vec<PendingAction>,
    /// What the member is shown in both lists, and agrees to by signing out: as it is, for `sign_out`.
    pub shown: Vec<String>,
    /// The button that signs out. Where something will be deleted, it says so.
    pub confirm: String,
    /// The button that does not.
    pub cancel: String,
}

/// What signing out came to. In each case nobody is signed in any more, and nothing of the member will be shown again.
#[derive(Debug, Clone, PartialEq, Eq, uniffi::Record)]
pub struct SignOutDone {
    /// A sentence for the member.
    pub text: String,
    /// Whether nothing is left on this device. Otherwise its vault or its disk did not let go of it yet; that is tried again
    /// while the wallet is open and at each start.
    pub deleted: bool,
    /// Whether the programme knows. Otherwise it is told when there is a connection; after a wipe it is not told.
    pub told: bool,
}

#[uniffi::export]
impl Wallet {
    /// Sends what waits, for as long as a member waits (20 seconds at most), and answers what signing out would cost then.
    /// Where nothing waits it answers at once.
    pub async fn prepare_sign_out(&self) -> Result<SignOutView, WalletError> {
        let open = self.calls.open()?;
        let view = open.wallet.prepare_sign_out().await;
        Ok(view.map_err(|error| open.explain(&error))?.into())
    }

    /// Signs out, and deletes what this device keeps of the member. `shown` is that of the view which she agreed to: where
    /// something else waits by now, nothing is deleted, and the answer is the refusal `not-shown`. Also offline: then the
    /// server is told later.
    pub async fn sign_out(&self, shown: Vec<String>) -> Result<SignOutDone, WalletError> {
        let open = self.calls.open()?;
        Ok(open.wallet.sign_out(shown).await.map_err(|error| open.explain(&error))?.into())
    }

    /// Forgets everything on this device without asking anybody: every member, what waits, keys, tokens, and files that were set
    /// aside. No server is told.
    pub async fn wipe(&self) -> Result<SignOutDone, WalletError> {
        let open = self.calls.open()?;
        Ok(open.wallet.wipe().await.map_err(|error| open.explain(&error))?.into())
    }
}

/// Forgets everything in `config.home`, as `wipe` does, where no wallet can be opened: the vault holds another key, or a newer
/// version wrote it. Reads and writes the disk on the caller's thread.
#[uniffi::export]
pub fn forget_wallet(config: WalletConfig, secrets: Arc<dyn HostSecrets>) -> Result<(), WalletError> {
    let WalletConfig { home, server: _, language } = config;
    member_core::Wallet::forget(Home::Folder(PathBuf::from(home)), &Vault(secrets))
        .map_err(|error| WalletError::of(&error, &Text::new(&language)))
}

impl From<views::SignOutView> for SignOutView {
    fn from(view: views::SignOutView) -> Self {
        let views::SignOutView {
            question,
            explanation,
            unsent_text,
            unsent,
            advice,
            sent_text,
            sent,
            shown,
            confirm,
            cancel,
        } = view;
        let (unsent, sent) = (converted(unsent), converted(sent));
        Self { question, explanation, unsent_text, unsent, advice, sent_text, sent, shown, confirm, cancel }
    }
}

impl From<member_core::SignOutDone> for SignOutDone {
    fn from(member_core::SignOutDone { text, deleted, told }: member_core::SignOutDone) -> Self {
        Self { text, deleted, told }
    }
}
