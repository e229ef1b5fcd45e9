//! Whom a connection trusts: the platform's certificate authorities. Must not know of addresses or requests.

use std::path::Path;
use std::sync::Arc;

use rustls::crypto::ring;
use rustls::{ClientConfig, ConfigBuilder, RootCertStore, WantsVerifier};

use super::NativeError;
use crate::ports::TransportError;

/// Where Android keeps its authorities: in a module that is updated by itself since version 14, before that in the system.
#[cfg(target_os = "android")]
const FOLDERS: [&str; 2] = ["/apex/com.android.conscrypt/cacerts", "/system/etc/security/cacerts"];

/// Trusts whom the platform trusts. A platform without any authority refuses https; loopback still works.
pub(super) fn of_platform() -> Result<ClientConfig, NativeError> {
    let builder = builder()?;
    #[cfg(target_os = "android")]
    let found =
        FOLDERS.iter().map(Path::new).find_map(roots).map(|roots| builder.clone().with_root_certificates(roots));
    #[cfg(not(target_os = "android"))]
    let found = {
        use rustls_platform_verifier::BuilderVerifierExt as _;
        builder.clone().with_platform_verifier().ok()
    };
    let verified = found.unwrap_or_else(|| {
        tracing::warn!("no certificate authorities; https connections will be refused");
        builder.with_root_certificates(RootCertStore::empty())
    });
    Ok(verified.with_no_client_auth())
}

/// Trusts the authorities in a folder, and nobody else.
pub(super) fn of_folder(folder: &Path) -> Result<ClientConfig, NativeError> {
    let roots = roots(folder).ok_or(NativeError::Authorities)?;
    Ok(builder()?.with_root_certificates(roots).with_no_client_auth())
}

fn builder() -> Result<ConfigBuilder<ClientConfig, WantsVerifier>, NativeError> {
    ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()
        .map_err(|_| NativeError::Http(TransportError::Certificate { dates: false }))
}

/// The certificates in a folder, in PEM, each in a file that is named by the hash of its subject (`00673b5b.0`), as Android and
/// OpenSSL do. What cannot be read is passed over; `None` where nothing can.
fn roots(folder: &Path) -> Option<RootCertStore> {
    let found = rustls_native_certs::load_certs_from_paths(None, Some(folder));
    for error in found.errors {
        tracing::debug!(%error, "a certificate cannot be read");
    }
    let mut roots = RootCertStore::empty();
    roots.add_parsable_certificates(found.certs);
    (!roots.is_empty()).then_some(roots)
}
