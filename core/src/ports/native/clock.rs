//! The system's clocks. Time since boot includes sleep, so that a phone in a pocket keeps counting.

use std::time::Duration;

use futures_util::future::BoxFuture;
use jiff::Timestamp;
use jiff::civil::DateTime;
use jiff::tz::TimeZone;

use super::TokioWork;
use crate::domain::{BootId, ClockReading};
use crate::ports::Clock;

/// The operating system's clocks, with tokio's timers.
pub struct SystemClock {
    boot: BootId,
    timers: tokio::runtime::Handle,
}

impl SystemClock {
    /// Clocks whose timers run on `work`.
    pub fn new(work: &TokioWork) -> Self {
        Self { boot: boot_id(), timers: work.handle().clone() }
    }
}

/// The kernel's boot id where it can be read; else one for this process alone, which makes server time unsure after
/// a restart and nothing worse.
fn boot_id() -> BootId {
    let kernel = std::fs::read_to_string("/proc/sys/kernel/random/boot_id").ok();
    BootId(kernel.map_or_else(
        || format!("process-{}-{}", std::process::id(), since_boot().as_nanos()),
        |id| id.trim().to_owned(),
    ))
}

fn since_boot() -> Duration {
    #[cfg(any(target_os = "linux", target_os = "android"))]
    let clock = rustix::time::ClockId::Boottime;
    // On Apple's systems CLOCK_MONOTONIC goes on during sleep.
    #[cfg(not(any(target_os = "linux", target_os = "android")))]
    let clock = rustix::time::ClockId::Monotonic;
    let time = rustix::time::clock_gettime(clock);
    // Neither clock is ever negative.
    Duration::new(u64::try_from(time.tv_sec).unwrap_or(0), u32::try_from(time.tv_nsec).unwrap_or(0))
}

impl Clock for SystemClock {
    fn read(&self) -> ClockReading {
        #[allow(clippy::disallowed_methods, reason = "this is the port of time")]
        let wall = Timestamp::now();
        ClockReading { wall, since_boot: since_boot(), boot: self.boot.clone() }
    }

    fn sleep(&self, duration: Duration) -> BoxFuture<'static, ()> {
        let timers = self.timers.clone();
        Box::pin(async move {
            let sleep = {
                let _context = timers.enter();
                #[allow(clippy::disallowed_methods, reason = "this is the port of timers")]
                tokio::time::sleep(duration)
            };
            sleep.await;
        })
    }

    fn local(&self, at: Timestamp) -> DateTime {
        #[allow(clippy::disallowed_methods, reason = "this is the port of time")]
        let zone = TimeZone::system();
        zone.to_datetime(at)
    }

    fn zone_may_have_changed(&self) {
        // The library remembers the system's zone for five minutes.
        jiff::tz::reset_system_time_zone_cache();
    }
}
