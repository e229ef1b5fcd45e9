//! The log of a whole visit names nobody and nothing secret, and a sink that fails or logs itself harms nobody.

#![allow(clippy::disallowed_methods, reason = "hosts have threads, and the sandbox is a real server")]

#[path = "bridge/support.rs"]
mod support;

use std::sync::atomic::Ordering;
use std::sync::{Arc, Mutex};

use member_ffi::{HostFault, LogLevel, LogSink, set_log_sink};
use support::{Backend, COFFEE, Host, NAME, card_number, wait};

#[derive(Default)]
struct Keeps(Mutex<Vec<String>>);

impl LogSink for Keeps {
    fn log(&self, level: LogLevel, target: String, message: String) -> Result<(), HostFault> {
        // What a sink makes the core log must not come back to it.
        set_log_sink_again();
        self.0.lock().expect("no panic").push(format!("{level:?} {target} {message}"));
        Err(HostFault::Unavailable { reason: "the log is full".to_owned() })
    }
}

fn set_log_sink_again() {
    tracing::error!(target: "member_core", "said by the sink itself");
}

#[test]
fn a_whole_visit_leaves_nothing_secret_in_the_log() {
    let sink = Arc::new(Keeps::default());
    set_log_sink(Some(Arc::clone(&sink) as Arc<dyn LogSink>), LogLevel::Trace);
    let mut backend = Backend::start();
    let host = Host::new(backend.url());
    let wallet = host.open().expect("a wallet");
    host.join(&wallet, &backend);
    let code = backend.code(&host.email);
    let number = card_number(&wallet);
    backend.down();
    assert!(wait(wallet.refresh()).is_err());
    wait(wallet.claim(COFFEE.to_owned())).expect("a claim");
    backend.up();
    wait(wallet.refresh()).expect("a sync");
    let voucher = wait(wallet.vouchers()).expect("a view").vouchers[0].code.clone().expect("a code");
    host.network.0.store(false, Ordering::SeqCst);
    wait(wallet.close());

    let lines = std::mem::take(&mut *sink.0.lock().expect("no panic"));
    assert!(lines.iter().any(|line| line.starts_with("Debug member_core::sync")), "{lines:?}");
    for line in &lines {
        assert!(line.split(' ').nth(1).is_some_and(|target| target.starts_with("member_")), "{line}");
        assert!(!line.contains("by the sink"), "{line}");
        for hidden in [NAME, &host.email, &code, &number, &voucher, "eyJ"] {
            assert!(!line.contains(hidden), "{line}");
        }
    }
    set_log_sink(None, LogLevel::Trace);
    tracing::error!(target: "member_core", "said to nobody");
    assert!(sink.0.lock().expect("no panic").is_empty());
}
