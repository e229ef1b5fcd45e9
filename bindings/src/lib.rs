//! The wallet for Kotlin and Swift: the core's objects, views and errors, converted and nothing more.
//!
//! Names are the core's. Must not know of rules, SQL or sentences: what would need an `if` here belongs into the core.

mod error;
mod host;
#[cfg(all(test, feature = "shuttle"))]
mod interleavings;
mod labels;
mod log;
mod observe;
mod session;
mod sign_out;
mod spending;
mod symbol;
mod views;
mod wallet;

pub use error::WalletError;
pub use host::{HostConnectivity, HostFault, HostSecrets, file_secrets};
pub use labels::{Labels, labels};
pub use log::{LogLevel, LogSink, set_log_sink};
pub use observe::{Subscription, Topic, WalletObserver};
pub use session::CardSession;
pub use sign_out::{SignOutDone, SignOutView, forget_wallet};
pub use spending::{SpendLockSet, SpendingView};
pub use symbol::{Symbol, SymbolDrawing, Symbology, symbol_drawing};
pub use views::{
    ActionFate, ActivityLine, ActivityView, BalanceView, Card, CardView, PendingAction, PendingView, RewardLine,
    RewardsView, Status, TierLine, TierPlace, TierProgress, TiersView, UnitBalance, VoucherLine, VoucherPlace,
    VouchersView,
};
pub use wallet::{
    Address, Cancelled, Claimed, CodeSent, HostEvent, JoinDetails, Retried, SignInState, Wallet, WalletConfig,
    WalletKind, WalletPass, parse_address,
};

uniffi::setup_scaffolding!();

/// The version of this library, such as `1.2.3`. A host compares it with the one that it was built for.
#[uniffi::export]
pub fn core_version() -> String {
    env!("CARGO_PKG_VERSION").to_owned()
}
