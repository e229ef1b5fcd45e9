//! The issuer's keys: with which the backend signs, and with which tills check. Knows nothing of codes or of time beyond days.

use std::fmt;

use ed25519_dalek::{Signature, Signer, SigningKey, VerifyingKey};
use sha2::{Digest, Sha256};

use crate::{Day, Secret};

/// The first 3 bytes of SHA-256 of a public key. Two keys may share it: then each is tried.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct KeyId(pub [u8; 3]);

/// The issuer's signing key (Ed25519, RFC 8032). It never leaves the backend.
pub struct IssuerSecret(SigningKey);

/// An Ed25519 public key in its one canonical encoding, not of small order.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct PublicKey {
    key: VerifyingKey,
    id: KeyId,
}

/// Why 32 bytes are no public key of an issuer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the 32 bytes are no Ed25519 public key, not its canonical encoding, or a key of small order")]
pub struct PublicKeyError;

/// A public key, and for what it is good. It signs for one programme only.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IssuerKey {
    /// The id of the programme.
    pub programme: String,
    /// The key.
    pub public: PublicKey,
    /// The first day whose proofs it may have signed.
    pub first: Day,
    /// The last day whose proofs it may have signed.
    pub last: Day,
}

impl KeyId {
    /// Of the 32 bytes of a public key.
    fn of(public: &[u8; 32]) -> Self {
        let digest = Sha256::digest(public);
        Self([digest[0], digest[1], digest[2]])
    }
}

impl fmt::Display for KeyId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let [a, b, c] = self.0;
        write!(f, "{a:02x}{b:02x}{c:02x}")
    }
}

impl IssuerSecret {
    /// From the 32 random bytes that RFC 8032 calls the private key.
    pub fn from_seed(seed: &Secret<32>) -> Self {
        Self(SigningKey::from_bytes(seed.expose()))
    }

    /// What tills need.
    pub fn public(&self) -> PublicKey {
        let key = self.0.verifying_key();
        PublicKey { key, id: KeyId::of(key.as_bytes()) }
    }

    pub(crate) fn sign(&self, message: &[u8]) -> [u8; 64] {
        self.0.sign(message).to_bytes()
    }
}

impl fmt::Debug for IssuerSecret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "IssuerSecret({})", self.public().id)
    }
}

impl PublicKey {
    /// Reads a key (RFC 8032, 5.1.5).
    pub fn from_bytes(bytes: &[u8; 32]) -> Result<Self, PublicKeyError> {
        let key = VerifyingKey::from_bytes(bytes).map_err(|_| PublicKeyError)?;
        // The library takes y of 2^255 - 19 and more for its remainder; here a key has one encoding.
        let canonical = key.to_edwards().compress().to_bytes() == *bytes;
        if !canonical || key.is_weak() {
            return Err(PublicKeyError);
        }
        Ok(Self { key, id: KeyId::of(bytes) })
    }

    /// Its encoding.
    pub fn to_bytes(&self) -> [u8; 32] {
        self.key.to_bytes()
    }

    /// What codes call it.
    pub fn id(&self) -> KeyId {
        self.id
    }

    /// Strict: S below the order of the group, R canonical and not of small order, and no cofactor.
    pub(crate) fn verifies(&self, message: &[u8], signature: &[u8; 64]) -> bool {
        self.key.verify_strict(message, &Signature::from_bytes(signature)).is_ok()
    }
}

impl fmt::Debug for PublicKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "PublicKey({})", self.id)
    }
}

/// Why no key of the set can have signed something.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum NoKey {
    Unknown,
    OfAnotherProgramme,
}

/// The keys that may have signed for this programme and day: all that share the id.
pub(crate) fn candidates<'a>(
    keys: &'a [IssuerKey],
    programme: &str,
    id: KeyId,
    day: Day,
) -> Result<Vec<&'a PublicKey>, NoKey> {
    let mut known = keys.iter().filter(|key| key.public.id == id && (key.first..=key.last).contains(&day)).peekable();
    if known.peek().is_none() {
        return Err(NoKey::Unknown);
    }
    let ours: Vec<_> = known.filter(|key| key.programme == programme).map(|key| &key.public).collect();
    if ours.is_empty() { Err(NoKey::OfAnotherProgramme) } else { Ok(ours) }
}
