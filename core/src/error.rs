//! The one error that hosts see, split by what a caller can do about it. Each has a sentence in the member's language.

use std::sync::Arc;

use crate::api::ApiError;
use crate::ports::{RandomUnavailable, SecretsUnavailable, TransportError};
use crate::store::{HomeError, StoreError};
use crate::text::{Arg, Text};

/// Why a call of the wallet came to nothing.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// Nobody is signed in on this device, or the server ended the session. Sign in.
    #[error("not signed in")]
    SignedOut,
    /// The programme cannot be reached now. Nothing is lost; try again later.
    #[error("the programme cannot be reached: {0:?}")]
    Unreachable(Unreachable),
    /// The programme, or its rules on this device, say no.
    #[error("refused: {code}")]
    Refused {
        /// The registered name of the reason.
        code: &'static str,
        /// Why, in the member's language.
        text: String,
    },
    /// What was entered is not acceptable. Enter it again.
    #[error("not acceptable: {0:?}")]
    InvalidInput(InvalidInput),
    /// The saved wallet cannot be used. Nothing was deleted.
    #[error("the saved wallet cannot be used: {0:?}")]
    Unusable(Unusable),
    /// The wallet was closed, before the call or during it. Nothing is lost; open it again.
    #[error("the wallet is closed")]
    Closed,
    /// A bug, or an operating system that gives no randomness.
    #[error("internal: {0}")]
    Internal(String),
}

/// Why the programme cannot be reached.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[allow(missing_docs, reason = "each has its sentence in locales/en.ftl")]
pub enum Unreachable {
    NoConnection,
    TimedOut,
    Certificate,
    CertificateDate,
    NotOurs,
    Outage,
    TooLarge,
    Cleartext,
    TooManyTries,
}

/// What was not acceptable.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[allow(missing_docs, reason = "each has its sentence in locales/en.ftl")]
pub enum InvalidInput {
    Address,
    Name,
    /// A code has this many digits.
    Code(u8),
    Key,
    Server,
    /// The server did not accept something that this version let pass.
    Refused,
}

/// Why the saved wallet cannot be used.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[allow(missing_docs, reason = "each has its sentence in locales/en.ftl")]
pub enum Unusable {
    HomeInUse,
    NewerWallet,
    WrongKey,
    Locked,
    DiskFull,
    ReadOnly,
    Storage,
}

impl Error {
    /// A sentence for the member, with what to do next.
    pub fn explain(&self, text: &Text) -> String {
        let id = match self {
            Error::SignedOut => "error-signed-out",
            Error::Refused { text, .. } => return text.clone(),
            Error::InvalidInput(InvalidInput::Code(digits)) => {
                return text.say("error-input-code", &[("count", Arg::Count(i64::from(*digits)))]);
            }
            Error::Unreachable(why) => match why {
                Unreachable::NoConnection => "error-no-connection",
                Unreachable::TimedOut => "error-timed-out",
                Unreachable::Certificate => "error-certificate",
                Unreachable::CertificateDate => "error-certificate-date",
                Unreachable::NotOurs => "error-not-ours",
                Unreachable::Outage => "error-outage",
                Unreachable::TooLarge => "error-too-large",
                Unreachable::Cleartext => "error-cleartext",
                Unreachable::TooManyTries => "error-too-many-tries",
            },
            Error::InvalidInput(what) => match what {
                InvalidInput::Address => "error-input-address",
                InvalidInput::Name => "error-input-name",
                InvalidInput::Key => "error-input-key",
                InvalidInput::Server => "error-input-server",
                InvalidInput::Refused | InvalidInput::Code(_) => "error-input-refused",
            },
            Error::Unusable(why) => match why {
                Unusable::HomeInUse => "error-home-in-use",
                Unusable::NewerWallet => "error-newer-wallet",
                Unusable::WrongKey => "error-wrong-key",
                Unusable::Locked => "error-locked",
                Unusable::DiskFull => "error-disk-full",
                Unusable::ReadOnly => "error-read-only",
                Unusable::Storage => "error-storage",
            },
            Error::Closed => "error-closed",
            Error::Internal(_) => "error-internal",
        };
        text.say(id, &[])
    }

    /// A name for machines, stable over versions: `signed-out`, `no-connection`, `insufficient-points`, ...
    pub fn code(&self) -> &'static str {
        match self {
            Error::SignedOut => "signed-out",
            Error::Refused { code, .. } => code,
            Error::Unreachable(why) => match why {
                Unreachable::NoConnection => "no-connection",
                Unreachable::TimedOut => "timed-out",
                Unreachable::Certificate => "certificate",
                Unreachable::CertificateDate => "certificate-date",
                Unreachable::NotOurs => "not-a-member-api",
                Unreachable::Outage => "outage",
                Unreachable::TooLarge => "too-large",
                Unreachable::Cleartext => "cleartext",
                Unreachable::TooManyTries => "too-many-tries",
            },
            Error::InvalidInput(what) => match what {
                InvalidInput::Address => "invalid-address",
                InvalidInput::Name => "invalid-name",
                InvalidInput::Code(_) => "invalid-code",
                InvalidInput::Key => "invalid-key",
                InvalidInput::Server => "invalid-server",
                InvalidInput::Refused => "invalid-input",
            },
            Error::Unusable(why) => match why {
                Unusable::HomeInUse => "home-in-use",
                Unusable::NewerWallet => "newer-wallet",
                Unusable::WrongKey => "wrong-key",
                Unusable::Locked => "locked",
                Unusable::DiskFull => "disk-full",
                Unusable::ReadOnly => "read-only",
                Unusable::Storage => "storage",
            },
            Error::Closed => "closed",
            Error::Internal(_) => "internal",
        }
    }
}

impl From<StoreError> for Error {
    fn from(error: StoreError) -> Self {
        Error::from(&error)
    }
}

impl From<&StoreError> for Error {
    fn from(error: &StoreError) -> Self {
        Error::Unusable(match error {
            StoreError::Closed => return Error::SignedOut,
            StoreError::NewerSchema { .. } => Unusable::NewerWallet,
            StoreError::WrongKey => Unusable::WrongKey,
            StoreError::DiskFull => Unusable::DiskFull,
            StoreError::ReadOnly => Unusable::ReadOnly,
            StoreError::Damaged | StoreError::Retired => Unusable::Storage,
            StoreError::Malformed(what) => {
                tracing::error!(what, "a stored row is malformed");
                Unusable::Storage
            }
            StoreError::Sqlite(error) => {
                tracing::error!(%error, "the database failed");
                Unusable::Storage
            }
        })
    }
}

impl From<HomeError> for Error {
    fn from(error: HomeError) -> Self {
        use std::io::ErrorKind::{PermissionDenied, QuotaExceeded, ReadOnlyFilesystem, StorageFull};
        Error::Unusable(match error {
            HomeError::InUse => Unusable::HomeInUse,
            HomeError::UnreadableIndex => Unusable::NewerWallet,
            HomeError::Io(StorageFull | QuotaExceeded) => Unusable::DiskFull,
            HomeError::Io(PermissionDenied | ReadOnlyFilesystem) => Unusable::ReadOnly,
            HomeError::Io(kind) => {
                tracing::error!(%kind, "the wallet's folder cannot be used");
                Unusable::Storage
            }
        })
    }
}

impl From<SecretsUnavailable> for Error {
    fn from(error: SecretsUnavailable) -> Self {
        tracing::warn!(%error, "the vault does not answer");
        Error::Unusable(Unusable::Locked)
    }
}

impl From<RandomUnavailable> for Error {
    fn from(error: RandomUnavailable) -> Self {
        Error::Internal(error.to_string())
    }
}

impl From<ApiError> for Error {
    fn from(error: ApiError) -> Self {
        Error::from(&error)
    }
}

impl From<Arc<ApiError>> for Error {
    fn from(error: Arc<ApiError>) -> Self {
        Error::from(error.as_ref())
    }
}

impl From<&ApiError> for Error {
    fn from(error: &ApiError) -> Self {
        Error::Unreachable(match error {
            ApiError::Transport(transport) => match transport {
                TransportError::NoConnection | TransportError::Broken => Unreachable::NoConnection,
                TransportError::TimedOut => Unreachable::TimedOut,
                TransportError::Certificate { dates: false } => Unreachable::Certificate,
                TransportError::Certificate { dates: true } => Unreachable::CertificateDate,
                TransportError::TooLarge => Unreachable::TooLarge,
                TransportError::Cleartext => Unreachable::Cleartext,
            },
            ApiError::Outage { .. } => Unreachable::Outage,
            ApiError::NotOurs { .. } => Unreachable::NotOurs,
            ApiError::TooManyTries { .. } => Unreachable::TooManyTries,
            ApiError::Unauthorized | ApiError::SessionEnded => return Error::SignedOut,
            ApiError::CodeRefused => return Error::InvalidInput(InvalidInput::Refused),
            ApiError::Refused { problem } => {
                tracing::warn!(problem, "the server did not accept a request");
                return Error::InvalidInput(InvalidInput::Refused);
            }
            ApiError::Store(error) => return Error::from(error),
            ApiError::Random(error) => return Error::from(*error),
            ApiError::Closed => return Error::Closed,
        })
    }
}
