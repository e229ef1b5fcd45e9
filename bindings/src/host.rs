//! What the host gives, as foreign traits, and the adapters that make ports of them. Must not know what is kept or sent.

use std::path::PathBuf;
use std::sync::Arc;

use member_core::ports::native::FileSecrets;
use member_core::ports::{Connectivity, Secrets, SecretsUnavailable};
use uniffi::UnexpectedUniFFICallbackError;
use zeroize::Zeroizing;

/// The host could not do what it was asked for.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error, uniffi::Error)]
pub enum HostFault {
    /// It cannot say now: a locked phone, a transient fault. Never the same as "there is none".
    #[error("{reason}")]
    Unavailable {
        /// Why, for the log. Nothing secret.
        reason: String,
    },
}

/// What the host's exception says may hold anything, so it goes no further.
impl From<UnexpectedUniFFICallbackError> for HostFault {
    fn from(_: UnexpectedUniFFICallbackError) -> Self {
        Self::Unavailable { reason: "the host failed unexpectedly".to_owned() }
    }
}

/// The host's vault: Keystore, Keychain, or files that only their owner reads. It holds keys of databases, and tokens of sessions
/// that ended here and whose end the server has not heard of yet.
///
/// Called on the core's own threads and from within `Wallet` calls; answers within milliseconds.
#[uniffi::export(rust, foreign)]
pub trait HostSecrets: Send + Sync {
    /// The secret of this name; nothing where there is none. A vault that cannot say now fails with `HostFault`: to
    /// answer "none" instead would make the wallet start anew.
    fn read(&self, name: String) -> Result<Option<Vec<u8>>, HostFault>;
    /// Stores a secret durably before it returns.
    fn write(&self, name: String, secret: Vec<u8>) -> Result<(), HostFault>;
    /// Deletes a secret; one that is not there is no fault.
    fn delete(&self, name: String) -> Result<(), HostFault>;
}

/// What the host knows of the network. A hint: only an answer proves that there is one.
#[uniffi::export(foreign)]
pub trait HostConnectivity: Send + Sync {
    /// Whether trying makes sense. Called often, on the core's own threads; answers at once.
    fn is_online(&self) -> Result<bool, HostFault>;
}

/// A vault of files for hosts without a Keystore or Keychain: a folder of mode 0700 with files of mode 0600.
#[uniffi::export]
pub fn file_secrets(folder: String) -> Arc<dyn HostSecrets> {
    Arc::new(Files(FileSecrets::new(PathBuf::from(folder))))
}

struct Files(FileSecrets);

#[allow(clippy::needless_pass_by_value, reason = "the shape of map_err")]
fn fault(error: SecretsUnavailable) -> HostFault {
    HostFault::Unavailable { reason: error.0 }
}

impl HostSecrets for Files {
    fn read(&self, name: String) -> Result<Option<Vec<u8>>, HostFault> {
        Ok(self.0.read(&name).map_err(fault)?.map(|secret| secret.to_vec()))
    }

    fn write(&self, name: String, secret: Vec<u8>) -> Result<(), HostFault> {
        let secret = Zeroizing::new(secret);
        self.0.write(&name, &secret).map_err(fault)
    }

    fn delete(&self, name: String) -> Result<(), HostFault> {
        self.0.delete(&name).map_err(fault)
    }
}

/// The host's vault as a port.
pub(crate) struct Vault(pub(crate) Arc<dyn HostSecrets>);

impl Secrets for Vault {
    fn read(&self, name: &str) -> Result<Option<Zeroizing<Vec<u8>>>, SecretsUnavailable> {
        Ok(self.0.read(name.to_owned()).map_err(unavailable)?.map(Zeroizing::new))
    }

    fn write(&self, name: &str, secret: &[u8]) -> Result<(), SecretsUnavailable> {
        self.0.write(name.to_owned(), secret.to_vec()).map_err(unavailable)
    }

    fn delete(&self, name: &str) -> Result<(), SecretsUnavailable> {
        self.0.delete(name.to_owned()).map_err(unavailable)
    }
}

fn unavailable(HostFault::Unavailable { reason }: HostFault) -> SecretsUnavailable {
    SecretsUnavailable(reason)
}

/// The host's word on the network as a port. A host that fails to say leaves it to the answer.
pub(crate) struct Network(pub(crate) Arc<dyn HostConnectivity>);

impl Connectivity for Network {
    fn is_online(&self) -> bool {
        self.0.is_online().unwrap_or_else(|error| {
            tracing::warn!(%error, "the host does not say whether there is a network");
            true
        })
    }
}
