//! The member's wallet: everything of a loyalty app that is true on every platform.
//!
//! A host (the Android app, the iOS app, the terminal app) holds one [`Wallet`], gives it [`ports`], draws its
//! [`views`] and tells it what happens to the device. docs/ARCHITECTURE.md is the way in.
//!
//! Must not know of `UniFFI`, of Kotlin or Swift, or of how a screen is drawn.

// Brings the sqlite3_* symbols.
use sqlcipher_sys as _;

pub mod api;
pub mod domain;
mod files;
pub mod store;
pub mod outbox;
pub mod ports;
pub mod text;
pub mod views;
