//! The core's log lines on their way to the host's log. Must not know what they are about.

use std::cell::Cell;
use std::fmt::{self, Write as _};
use std::sync::{Arc, PoisonError, RwLock};

use tracing::field::{Field, Visit};
use tracing::level_filters::LevelFilter;
use tracing::subscriber::Interest;
use tracing::{Event, Level, Metadata, Subscriber, callsite, span};

use crate::host::HostFault;

/// How much a log line matters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, uniffi::Enum)]
pub enum LogLevel {
    /// Something is wrong.
    Error,
    /// Something may go wrong.
    Warn,
    /// What is done.
    Info,
    /// How it is done.
    Debug,
    /// Each step.
    Trace,
}

impl From<Level> for LogLevel {
    fn from(level: Level) -> Self {
        match level {
            Level::ERROR => Self::Error,
            Level::WARN => Self::Warn,
            Level::INFO => Self::Info,
            Level::DEBUG => Self::Debug,
            Level::TRACE => Self::Trace,
        }
    }
}

impl From<LogLevel> for LevelFilter {
    fn from(level: LogLevel) -> Self {
        match level {
            LogLevel::Error => Self::ERROR,
            LogLevel::Warn => Self::WARN,
            LogLevel::Info => Self::INFO,
            LogLevel::Debug => Self::DEBUG,
            LogLevel::Trace => Self::TRACE,
        }
    }
}

/// The host's log. Lines name no person, no code, no number and no token.
#[uniffi::export(foreign)]
pub trait LogSink: Send + Sync {
    /// One line, on the thread on which it happened. What the sink itself makes the core log is dropped.
    fn log(&self, level: LogLevel, target: String, message: String) -> Result<(), HostFault>;
}

/// From now on the process's log lines of at least this level go to `sink`, or nowhere. Replaces the sink before it.
///
/// Where the process has a `tracing` subscriber already, that one keeps the lines.
#[uniffi::export]
pub fn set_log_sink(sink: Option<Arc<dyn LogSink>>, level: LogLevel) {
    let old = {
        let mut current = CURRENT.write().unwrap_or_else(PoisonError::into_inner);
        std::mem::replace(&mut *current, sink.map(|sink| (sink, level.into())))
    };
    // Without the lock: freeing the host's object may call back in.
    drop(old);
    // Only the first time does something.
    let _ = tracing::subscriber::set_global_default(Lines);
    callsite::rebuild_interest_cache();
}

static CURRENT: RwLock<Option<(Arc<dyn LogSink>, LevelFilter)>> = RwLock::new(None);

thread_local! {
    static WITHIN_SINK: Cell<bool> = const { Cell::new(false) };
}

/// Our own crates; what libraries log is not for hosts.
const OURS: [&str; 3] = ["member_core", "member_card", "member_ffi"];

struct Lines;

fn level() -> LevelFilter {
    CURRENT.read().unwrap_or_else(PoisonError::into_inner).as_ref().map_or(LevelFilter::OFF, |(_, level)| *level)
}

fn is_ours(metadata: &Metadata<'_>) -> bool {
    let name = metadata.target().split("::").next().unwrap_or_default();
    metadata.is_event() && OURS.contains(&name)
}

impl Subscriber for Lines {
    fn register_callsite(&self, metadata: &'static Metadata<'static>) -> Interest {
        if is_ours(metadata) && *metadata.level() <= level() { Interest::always() } else { Interest::never() }
    }

    fn enabled(&self, metadata: &Metadata<'_>) -> bool {
        is_ours(metadata) && *metadata.level() <= level()
    }

    fn max_level_hint(&self) -> Option<LevelFilter> {
        Some(level())
    }

    fn event(&self, event: &Event<'_>) {
        let sink = CURRENT.read().unwrap_or_else(PoisonError::into_inner).clone();
        let Some((sink, _)) = sink else { return };
        if WITHIN_SINK.replace(true) {
            return;
        }
        let mut line = Line::default();
        event.record(&mut line);
        let metadata = event.metadata();
        // There is nowhere to say that the log itself failed.
        let _ = sink.log((*metadata.level()).into(), metadata.target().to_owned(), line.into_text());
        WITHIN_SINK.set(false);
    }

    fn new_span(&self, _: &span::Attributes<'_>) -> span::Id {
        span::Id::from_u64(1)
    }

    fn record(&self, _: &span::Id, _: &span::Record<'_>) {}

    fn record_follows_from(&self, _: &span::Id, _: &span::Id) {}

    fn enter(&self, _: &span::Id) {}

    fn exit(&self, _: &span::Id) {}
}

/// `the server did not answer status=503`
#[derive(Default)]
struct Line {
    message: String,
    fields: String,
}

impl Line {
    fn into_text(self) -> String {
        self.message + &self.fields
    }
}

impl Visit for Line {
    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        // Writing to a String cannot fail.
        let _ = if field.name() == "message" {
            write!(self.message, "{value:?}")
        } else {
            write!(self.fields, " {}={value:?}", field.name())
        };
    }
}
