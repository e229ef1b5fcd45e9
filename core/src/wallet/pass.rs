//! The member's pass for another wallet: asked for when she wants it, and handed to the host. Nothing of it is kept here: who has a
//! pass finds it in that wallet, and it is given out again whenever it is asked for.

use std::fmt;
use std::sync::Arc;

use super::Inner;
use crate::api::PassAnswer;
use crate::error::Error;

/// Another wallet on the phone.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum WalletKind {
    /// Apple Wallet.
    Apple,
    /// Google Wallet.
    Google,
}

/// A pass for another wallet.
#[derive(Clone, PartialEq, Eq)]
pub enum WalletPass {
    /// For Apple Wallet: the bytes of a `.pkpass` file, for `PKPass(data:)`.
    Apple(Vec<u8>),
    /// For Google Wallet: a link on `pay.google.com` that the host opens. Whoever opens it can save the pass.
    Google(String),
}

impl fmt::Debug for WalletPass {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            WalletPass::Apple(_) => "Apple(..)",
            WalletPass::Google(_) => "Google(..)",
        })
    }
}

impl Inner {
    pub(super) async fn wallet_pass(self: Arc<Self>, kind: WalletKind) -> Result<WalletPass, Error> {
        let engine = Arc::clone(self.scope()?.engine());
        let (api, engine) = (&engine.api, &engine);
        let answer = match kind {
            WalletKind::Apple => {
                let pass = engine.with_access(|access| async move { api.apple_pass(&access).await }).await?;
                pass.map(WalletPass::Apple)
            }
            WalletKind::Google => {
                let pass = engine.with_access(|access| async move { api.google_pass(&access).await }).await?;
                pass.map(|url| WalletPass::Google(url.into()))
            }
        };
        match answer {
            PassAnswer::Pass(pass) => Ok(pass),
            PassAnswer::CardRevoked => Err(self.refused("card-revoked", "card-revoked")),
            PassAnswer::Missing => Err(self.refused("no-pass", "error-no-pass")),
        }
    }
}
