//! The ports of the deterministic simulation: one thread, virtual time, seeded randomness, a network that misbehaves.
//!
//! A run is a pure function of its seed. Everything that happens is a task on one [`World`]; time stands still while
//! any task can go on, and jumps to the next timer when none can.

mod network;
mod world;

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, AtomicI64, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use futures_util::future::BoxFuture;
use jiff::civil::DateTime;
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};
use zeroize::Zeroizing;

pub use network::{Faults, Server, SimulatedNetwork};
pub use world::World;

use super::{Clock, Connectivity, Ports, Random, RandomUnavailable, Secrets, SecretsUnavailable, Work};
use crate::domain::{BootId, ClockReading};

/// One device of the simulation: its clock, its vault and its network, which outlive a restart of the app.
pub struct Device {
    world: World,
    /// The device's wall clock runs this many seconds ahead of the world's.
    clock_skew_seconds: Arc<AtomicI64>,
    /// How often the device was started, and when it last was.
    boot: Arc<Mutex<(u64, Duration)>>,
    /// The app that runs, by its number in the world.
    app: AtomicU64,
    vault: Arc<MemorySecrets>,
    /// The most milliseconds that a job of the disk takes; 0 is at once.
    disk_millis: Arc<AtomicU64>,
    zone: Arc<Mutex<TimeZone>>,
    /// The way to the server.
    pub network: Arc<SimulatedNetwork>,
}

impl Device {
    /// A device in `world` whose requests go to `server`.
    pub fn new(world: &World, server: Server) -> Self {
        Self {
            world: world.clone(),
            clock_skew_seconds: Arc::new(AtomicI64::new(0)),
            boot: Arc::default(),
            app: AtomicU64::new(0),
            vault: Arc::new(MemorySecrets::default()),
            disk_millis: Arc::default(),
            zone: Arc::new(Mutex::new(TimeZone::UTC)),
            network: Arc::new(SimulatedNetwork::new(world, server)),
        }
    }

    /// From now on the wall clock runs this many seconds ahead.
    pub fn set_clock_skew(&self, seconds: i64) {
        self.clock_skew_seconds.store(seconds, Ordering::SeqCst);
    }

    /// The device is in this time zone from now on. An app that runs goes on in the zone that it knows until it is told.
    pub fn set_time_zone(&self, zone: TimeZone) {
        *self.zone.lock().unwrap_or_else(PoisonError::into_inner) = zone;
    }

    /// Off and on again: time since boot begins anew.
    pub fn reboot(&self) {
        let mut boot = self.boot.lock().unwrap_or_else(PoisonError::into_inner);
        *boot = (boot.0 + 1, self.world.elapsed());
    }

    /// From now on one in four jobs of the disk stalls for up to `longest`, and the others are fifty times as fast. Jobs that are under way together may then end in another order than
    /// they began, as on the threads of a device. Calls that read or write on the caller's own thread stay as fast as they are.
    pub fn set_slow_disk(&self, longest: Duration) {
        self.disk_millis.store(u64::try_from(longest.as_millis()).unwrap_or(u64::MAX - 1), Ordering::SeqCst);
    }

    /// The device's vault.
    pub fn vault(&self) -> &MemorySecrets {
        &self.vault
    }

    /// The system ends the app that runs: nothing of it goes on.
    pub fn kill_app(&self) {
        let app = self.app.swap(0, Ordering::SeqCst);
        if app != 0 {
            self.world.kill(app);
        }
    }

    /// The ports for an app that starts.
    pub fn ports(&self) -> Ports {
        let app = self.world.new_app();
        self.app.store(app, Ordering::SeqCst);
        Ports {
            clock: Arc::new(SimulatedClock {
                world: self.world.clone(),
                skew: Arc::clone(&self.clock_skew_seconds),
                boot: Arc::clone(&self.boot),
                zone: Arc::clone(&self.zone),
                known_zone: Mutex::new(None),
            }),
            random: Arc::new(SeededRandom(self.world.clone())),
            secrets: Arc::clone(&self.vault) as Arc<dyn Secrets>,
            connectivity: Arc::clone(&self.network) as Arc<dyn Connectivity>,
            http: Arc::clone(&self.network) as Arc<dyn super::Http>,
            work: Arc::new(InlineWork { world: self.world.clone(), app, disk_millis: Arc::clone(&self.disk_millis) }),
        }
    }
}

struct SimulatedClock {
    world: World,
    skew: Arc<AtomicI64>,
    boot: Arc<Mutex<(u64, Duration)>>,
    zone: Arc<Mutex<TimeZone>>,
    /// As the app saw it when it last looked: a system's library remembers it, too.
    known_zone: Mutex<Option<TimeZone>>,
}

impl Clock for SimulatedClock {
    fn read(&self) -> ClockReading {
        let skew = SignedDuration::from_secs(self.skew.load(Ordering::SeqCst));
        let wall = self.world.now().saturating_add(skew).unwrap_or(Timestamp::MAX);
        let (boot, booted_at) = *self.boot.lock().unwrap_or_else(PoisonError::into_inner);
        let since_boot = self.world.elapsed().saturating_sub(booted_at);
        ClockReading { wall, since_boot, boot: BootId(format!("simulated-{boot}")) }
    }

    fn sleep(&self, duration: Duration) -> BoxFuture<'static, ()> {
        self.world.sleep(duration)
    }

    fn local(&self, at: Timestamp) -> DateTime {
        let mut known = self.known_zone.lock().unwrap_or_else(PoisonError::into_inner);
        let now = || self.zone.lock().unwrap_or_else(PoisonError::into_inner).clone();
        known.get_or_insert_with(now).to_datetime(at)
    }

    fn zone_may_have_changed(&self) {
        *self.known_zone.lock().unwrap_or_else(PoisonError::into_inner) = None;
    }
}

struct SeededRandom(World);

impl Random for SeededRandom {
    fn fill(&self, buffer: &mut [u8]) -> Result<(), RandomUnavailable> {
        self.0.fill(buffer);
        Ok(())
    }
}

struct InlineWork {
    world: World,
    app: u64,
    disk_millis: Arc<AtomicU64>,
}

impl Work for InlineWork {
    fn spawn(&self, task: BoxFuture<'static, ()>) {
        self.world.spawn_of(self.app, task);
    }

    fn block(&self, job: Box<dyn FnOnce() + Send>) {
        let longest = self.disk_millis.load(Ordering::SeqCst);
        if longest == 0 {
            return job();
        }
        let most = if self.world.below(4) == 0 { longest } else { longest / 50 };
        let delay = self.world.sleep(Duration::from_millis(self.world.below(most + 1)));
        self.spawn(Box::pin(async move {
            delay.await;
            job();
        }));
    }
}

/// A vault in memory, which can be made unavailable.
#[derive(Default)]
pub struct MemorySecrets {
    secrets: Mutex<BTreeMap<String, Vec<u8>>>,
    locked: AtomicBool,
    watch: Mutex<Option<VaultWatch>>,
}

/// What a vault is asked to do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[allow(missing_docs, reason = "each is the method of the same name")]
pub enum VaultCall {
    Read,
    Write,
    Delete,
}

/// Hears of each call before it is done, with the secret's name, and says whether the vault is unavailable then. A panic is the
/// end of the app in that moment.
pub type VaultWatch = Arc<dyn Fn(VaultCall, &str) -> Result<(), SecretsUnavailable> + Send + Sync>;

impl MemorySecrets {
    /// From now on the vault cannot answer, or can again.
    pub fn lock(&self, locked: bool) {
        self.locked.store(locked, Ordering::SeqCst);
    }

    /// From now on `watch` hears of each call; `None` ends that.
    pub fn watch(&self, watch: Option<VaultWatch>) {
        *self.watch.lock().unwrap_or_else(PoisonError::into_inner) = watch;
    }

    /// The names of all secrets.
    pub fn names(&self) -> Vec<String> {
        self.secrets.lock().unwrap_or_else(PoisonError::into_inner).keys().cloned().collect()
    }

    fn open(
        &self,
        call: VaultCall,
        name: &str,
    ) -> Result<std::sync::MutexGuard<'_, BTreeMap<String, Vec<u8>>>, SecretsUnavailable> {
        let watch = self.watch.lock().unwrap_or_else(PoisonError::into_inner).clone();
        watch.map_or(Ok(()), |watch| watch(call, name))?;
        if self.locked.load(Ordering::SeqCst) {
            return Err(SecretsUnavailable("the device is locked".to_owned()));
        }
        Ok(self.secrets.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl Secrets for MemorySecrets {
    fn read(&self, name: &str) -> Result<Option<Zeroizing<Vec<u8>>>, SecretsUnavailable> {
        Ok(self.open(VaultCall::Read, name)?.get(name).cloned().map(Zeroizing::new))
    }

    fn write(&self, name: &str, secret: &[u8]) -> Result<(), SecretsUnavailable> {
        self.open(VaultCall::Write, name)?.insert(name.to_owned(), secret.to_vec());
        Ok(())
    }

    fn delete(&self, name: &str) -> Result<(), SecretsUnavailable> {
        self.open(VaultCall::Delete, name)?.remove(name);
        Ok(())
    }
}
