//! How a command failed: exit status, code for programs, sentence for people. Knows no command.

use std::process::ExitCode;

use member_core::text::Text;
use member_core::{Error, InvalidInput};

use crate::output::program;

/// The exit status of a command that did not do what was asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Status {
    Failed = 1,
    Usage = 2,
    Refused = 3,
    Interrupted = 130,
}

impl From<Status> for ExitCode {
    fn from(status: Status) -> ExitCode {
        ExitCode::from(status as u8)
    }
}

/// Why a command failed.
#[derive(Debug)]
pub struct Failure {
    pub status: Status,
    /// The name of the reason, for programs.
    pub code: String,
    /// A sentence with what to do next.
    pub text: String,
    /// What to type next, where that is known.
    pub hint: Option<String>,
}

impl Failure {
    fn new(status: Status, code: impl Into<String>, text: impl Into<String>) -> Self {
        Self { status, code: code.into(), text: text.into(), hint: None }
    }

    /// It did not work.
    pub fn failed(code: impl Into<String>, text: impl Into<String>) -> Self {
        Self::new(Status::Failed, code, text)
    }

    /// What was typed cannot be done.
    pub fn usage(text: impl Into<String>) -> Self {
        Self::new(Status::Usage, "usage", text)
    }

    /// The programme said no.
    pub fn refused(code: impl Into<String>, text: impl Into<String>) -> Self {
        Self::new(Status::Refused, code, text)
    }

    /// Ctrl-C.
    pub fn interrupted() -> Self {
        Self::new(Status::Interrupted, "interrupted", "Interrupted. Nothing is lost.")
    }

    /// Adds what to type next.
    pub fn with_hint(self, hint: impl Into<String>) -> Self {
        Self { hint: Some(hint.into()), ..self }
    }

    /// What the core says.
    pub fn of_core(error: &Error, text: &Text) -> Self {
        let status = match error {
            Error::Refused { .. } => Status::Refused,
            Error::InvalidInput(
                InvalidInput::Address | InvalidInput::Name | InvalidInput::Key | InvalidInput::Server,
            ) => Status::Usage,
            _ => Status::Failed,
        };
        let failure = Self::new(status, error.code(), error.explain(text));
        match error {
            Error::SignedOut => {
                let member = program();
                failure.with_hint(format!("{member} join --server URL --email you@example.org --name \"Your Name\""))
            }
            Error::InvalidInput(InvalidInput::Server) => {
                failure.with_hint("Give it with --server URL or in MEMBER_SERVER.")
            }
            _ => failure,
        }
    }

    /// A file that could not be read or written.
    pub fn of_file(doing: &str, path: &std::path::Path, error: &std::io::Error) -> Self {
        Self::failed("file", format!("{} cannot be {doing}: {error}.", path.display()))
    }
}
