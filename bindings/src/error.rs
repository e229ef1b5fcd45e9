//! The one error of hosts, split by what a caller can do about it. Codes and sentences are the core's.

use member_core::Error;
use member_core::text::Text;

/// Why a call of the wallet came to nothing. Each has a `code`, a name for programs that is stable over versions, and a
/// `text`, a sentence for the member in the wallet's language with what to do next.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error, uniffi::Error)]
#[allow(missing_docs, reason = "code and text are the same in each, and said above")]
pub enum WalletError {
    /// Nobody is signed in on this device, or the server ended the session. Sign in.
    #[error("{text}")]
    SignedOut { code: String, text: String },
    /// The programme cannot be reached now. Nothing is lost; try again later.
    #[error("{text}")]
    Unreachable { code: String, text: String },
    /// The programme, or its rules on this device, say no.
    #[error("{text}")]
    Refused { code: String, text: String },
    /// What was entered is not acceptable. Enter it again.
    #[error("{text}")]
    InvalidInput { code: String, text: String },
    /// The saved wallet cannot be used. Nothing was deleted.
    #[error("{text}")]
    Unusable { code: String, text: String },
    /// The wallet was closed, before the call or during it. Nothing is lost; open it again.
    #[error("{text}")]
    Closed { code: String, text: String },
    /// A bug, or an operating system that gives no randomness, no threads or no network.
    #[error("{text}")]
    Internal { code: String, text: String },
}

impl WalletError {
    /// The core's error with its sentence.
    pub(crate) fn of(error: &Error, text: &Text) -> Self {
        if let Error::Internal(what) = error {
            tracing::error!(what, "an internal error");
        }
        let (code, text) = (error.code().to_owned(), error.explain(text));
        match error {
            Error::SignedOut => Self::SignedOut { code, text },
            Error::Unreachable(_) => Self::Unreachable { code, text },
            Error::Refused { .. } => Self::Refused { code, text },
            Error::InvalidInput(_) => Self::InvalidInput { code, text },
            Error::Unusable(_) => Self::Unusable { code, text },
            Error::Closed => Self::Closed { code, text },
            Error::Internal(_) => Self::Internal { code, text },
        }
    }
}
