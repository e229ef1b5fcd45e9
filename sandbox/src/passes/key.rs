//! RSA keys: what Apple's certificates and Google's service accounts are made of. Read, made and used to sign.

use std::convert::Infallible;

use rsa::RsaPrivateKey;
use rsa::pkcs1::DecodeRsaPrivateKey as _;
use rsa::pkcs1v15::SigningKey;
use rsa::pkcs8::{DecodePrivateKey as _, EncodePrivateKey as _, EncodePublicKey as _, LineEnding};
use rsa::rand_core::{TryCryptoRng, TryRng};
use rsa::sha2::Sha256;
use rsa::signature::{RandomizedSigner as _, SignatureEncoding as _};
use rsa::traits::PublicKeyParts as _;
use x509_cert::der::zeroize::Zeroizing;
use x509_cert::spki::SubjectPublicKeyInfoOwned;

use super::PassError;
use crate::ports::Random;

/// The size of a key that is made here, in bits: what Apple and Google give out.
const BITS: usize = 2048;

/// A private key.
#[derive(Clone)]
pub(crate) struct RsaKey(RsaPrivateKey);

/// The sandbox's randomness, as the crates of cryptography ask for it.
pub(super) struct Drawn<'a>(pub(super) &'a dyn Random);

impl TryRng for Drawn<'_> {
    type Error = Infallible;

    fn try_next_u32(&mut self) -> Result<u32, Infallible> {
        let mut bytes = [0; 4];
        self.0.fill(&mut bytes);
        Ok(u32::from_le_bytes(bytes))
    }

    fn try_next_u64(&mut self) -> Result<u64, Infallible> {
        let mut bytes = [0; 8];
        self.0.fill(&mut bytes);
        Ok(u64::from_le_bytes(bytes))
    }

    fn try_fill_bytes(&mut self, buffer: &mut [u8]) -> Result<(), Infallible> {
        self.0.fill(buffer);
        Ok(())
    }
}

impl TryCryptoRng for Drawn<'_> {}

impl RsaKey {
    pub(crate) fn generate(random: &dyn Random) -> Result<RsaKey, PassError> {
        RsaPrivateKey::new(&mut Drawn(random), BITS).map(RsaKey).map_err(broken)
    }

    /// A key from a PEM file, as PKCS #8 or PKCS #1. One of fewer than 2048 bits is refused.
    pub(super) fn from_pem(pem: &str) -> Result<RsaKey, String> {
        let key = RsaPrivateKey::from_pkcs8_pem(pem)
            .or_else(|_| RsaPrivateKey::from_pkcs1_pem(pem))
            .map_err(|_| "it is not an RSA private key in PEM without a passphrase".to_owned())?;
        let bits = key.n().bits();
        if usize::try_from(bits).is_ok_and(|bits| bits >= BITS) {
            Ok(RsaKey(key))
        } else {
            Err(format!("the key has {bits} bits, not {BITS} or more"))
        }
    }

    pub(crate) fn from_der(der: &[u8]) -> Result<RsaKey, PassError> {
        RsaPrivateKey::from_pkcs8_der(der).map(RsaKey).map_err(broken)
    }

    pub(crate) fn to_der(&self) -> Result<Zeroizing<Vec<u8>>, PassError> {
        Ok(self.0.to_pkcs8_der().map_err(broken)?.to_bytes())
    }

    pub(super) fn public(&self) -> Result<SubjectPublicKeyInfoOwned, PassError> {
        SubjectPublicKeyInfoOwned::from_key(&self.0.to_public_key()).map_err(broken)
    }

    #[cfg(test)]
    pub(super) fn to_pem(&self) -> String {
        self.0.to_pkcs8_pem(LineEnding::LF).expect("written").to_string()
    }

    /// The public key in PEM, for who checks what was signed.
    pub(crate) fn public_pem(&self) -> Result<String, PassError> {
        self.0.to_public_key().to_public_key_pem(LineEnding::LF).map_err(broken)
    }

    pub(super) fn signer(&self) -> SigningKey<Sha256> {
        SigningKey::new(self.0.clone())
    }

    /// PKCS #1 v1.5 over SHA-256. The randomness blinds the computation; the signature is the same each time.
    pub(super) fn sign(&self, message: &[u8], random: &dyn Random) -> Result<Vec<u8>, PassError> {
        let signature = self.signer().try_sign_with_rng(&mut Drawn(random), message).map_err(broken)?;
        Ok(signature.to_vec())
    }
}

fn broken(error: impl std::error::Error + Send + Sync + 'static) -> PassError {
    PassError::Key(Box::new(error))
}
