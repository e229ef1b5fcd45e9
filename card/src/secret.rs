//! Bytes that must not be seen: wiped when dropped, compared in constant time, never printed. Knows not what they are for.

use std::fmt;

use subtle::ConstantTimeEq;
use zeroize::{Zeroize, ZeroizeOnDrop};

/// A secret of a fixed length in bytes.
#[derive(Clone, Zeroize, ZeroizeOnDrop)]
pub struct Secret<const LENGTH: usize>([u8; LENGTH]);

impl<const LENGTH: usize> Secret<LENGTH> {
    /// Takes the bytes. The caller's own copy is the caller's to wipe.
    pub const fn new(bytes: [u8; LENGTH]) -> Self {
        Self(bytes)
    }

    /// From a slice of exactly this length.
    pub fn from_slice(bytes: &[u8]) -> Option<Self> {
        bytes.try_into().ok().map(Self)
    }

    /// The bytes, for storing or using them.
    pub const fn expose(&self) -> &[u8; LENGTH] {
        &self.0
    }
}

impl<const LENGTH: usize> PartialEq for Secret<LENGTH> {
    fn eq(&self, other: &Self) -> bool {
        self.0.ct_eq(&other.0).into()
    }
}

impl<const LENGTH: usize> Eq for Secret<LENGTH> {}

impl<const LENGTH: usize> fmt::Debug for Secret<LENGTH> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(…)")
    }
}
