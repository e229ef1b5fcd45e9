//! The member's wallet: everything of a loyalty app that is true on every platform.
//!
//! A host (the Android app, the iOS app, the terminal app) holds one [`Wallet`], gives it [`ports`], draws its
//! [`views`] and tells it what happens to the device. docs/ARCHITECTURE.md is the way in.
//!
//! Must not know of `UniFFI`, of Kotlin or Swift, or of how a screen is drawn.

// Brings the sqlite3_* symbols.
use sqlcipher_sys as _;

mod api;
mod domain;
mod error;
mod files;
mod observe;
mod outbox;
pub mod ports;
mod store;
mod sync;
pub mod text;
pub mod views;
mod wallet;

pub use api::CodeSent;
pub use domain::{Address, Anchor, BootId, ClockReading, JoinDetails, OneTimeCode, ServerTime};
pub use error::{Error, InvalidInput, Unreachable, Unusable};
pub use observe::{Observer, Subscription, Topic};
pub use store::{Home, MemoryHome};
pub use wallet::{
    Cancelled, CardSession, Claimed, HostEvent, Retried, SignInState, SignOutDone, SpendLockSet, Wallet, WalletConfig,
};
pub use wallet::{Did, Examination, ExaminedDatabase, Found, Holds, doctor};
pub use wallet::{WalletKind, WalletPass};

/// The example of README.md compiles.
#[cfg(doctest)]
#[doc = include_str!("../../README.md")]
struct Readme;
