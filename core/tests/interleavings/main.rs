//! One wallet under several threads, in many interleavings of their locks, atomics, jobs and requests: taps, reads, signing in and
//! out, a wipe, closing. What was acknowledged stays or is refused, nobody waits for ever, and the home is free in the end.
//!
//! Needs the feature `shuttle`, which puts a model checker's locks in place of the real ones:
//! `cargo xtask test interleavings`. `SHUTTLE_ROUNDS=N` plays more, `SHUTTLE_RANDOM_SEED=N` others.

#[path = "../support/mod.rs"]
mod support;

mod closing;
mod damage;
mod leaving;
mod members;

use std::path::Path;
use std::sync::{Arc, Mutex};
use std::task::{Poll, Waker};
use std::time::Duration;

use member_core::ports::HttpRequest;
use member_core::ports::interleaved::{self, JoinHandle, block_on, thread};
use member_core::ports::simulated::{Device, Server, World};
use member_core::{Error, Home, Observer, OneTimeCode, Subscription, Topic, Unusable, Wallet, WalletConfig};
use support::{Backend, COFFEE, EMAIL, Phone};

/// Interleavings of each scene; each begins with a backend and a member of its own.
const ROUNDS: usize = 60;

/// Bytes of a page of the database.
const PAGE: usize = 4096;

/// So many pages are read at each start.
const SOUND_PAGES: usize = 10;

/// Wakes whoever waits for something of the scene.
#[derive(Clone, Default)]
struct Stirs(Arc<Mutex<Stirred>>);

#[derive(Default)]
struct Stirred {
    waiting: Vec<Waker>,
    /// Requests that the server holds until something is new.
    held: usize,
    /// What a screen met that it must not.
    wrong: Vec<Error>,
}

impl Stirs {
    fn stir(&self, change: impl FnOnce(&mut Stirred)) {
        let waiting = {
            let mut stirred = self.0.lock().expect("one thread at a time");
            change(&mut stirred);
            std::mem::take(&mut stirred.waiting)
        };
        waiting.into_iter().for_each(Waker::wake);
    }

    fn held(&self) -> usize {
        self.0.lock().expect("one thread at a time").held
    }

    /// Waits until `holds`. Where nothing ever makes it so, the model says that this thread waits for ever.
    fn until(&self, holds: impl Fn() -> bool) {
        block_on(std::future::poll_fn(|context| {
            self.0.lock().expect("one thread at a time").waiting.push(context.waker().clone());
            if holds() { Poll::Ready(()) } else { Poll::Pending }
        }));
    }
}

struct Held(Stirs);

impl Drop for Held {
    fn drop(&mut self) {
        self.0.stir(|stirred| stirred.held -= 1);
    }
}

/// The way in for a phone, which knows what is held.
fn watched(server: Server, stirs: Stirs) -> Server {
    Arc::new(move |request: HttpRequest| {
        let held = request.url.query().is_some_and(|query| query.contains("wait="));
        let held = held.then(|| {
            stirs.stir(|stirred| stirred.held += 1);
            Held(stirs.clone())
        });
        let answer = server(request);
        Box::pin(async move {
            let answer = answer.await;
            drop(held);
            answer
        })
    })
}

/// A member's phone on which the app has just started, with points for two coffees and a code for signing in again.
struct Scene {
    world: World,
    backend: Backend,
    device: Device,
    folder: tempfile::TempDir,
    wallet: Arc<Wallet>,
    stirs: Stirs,
    code: OneTimeCode,
    /// The keys of the claims that wait.
    waiting: Vec<String>,
    /// Reads whatever it is told of.
    _screen: Subscription,
}

struct Screen {
    wallet: std::sync::Weak<Wallet>,
    stirs: Stirs,
    /// Where the file is damaged, a screen may see that while somebody signs in or out, and is told again afterwards.
    damaged: bool,
}

impl Observer for Screen {
    fn changed(&self, _: &[Topic]) {
        if let Some(wallet) = self.wallet.upgrade() {
            let may = |error: &Error| {
                matches!(error, Error::Closed | Error::SignedOut)
                    || self.damaged && matches!(error, Error::Unusable(Unusable::Storage))
            };
            let wrong = wallet.card().err().or(wallet.pending().err()).filter(|error| !may(error));
            self.stirs.stir(|stirred| stirred.wrong.extend(wrong));
        }
    }
}

/// A call may come too late; it must not fail otherwise.
#[track_caller]
fn expected<T>(result: Result<T, Error>) -> Option<T> {
    match result {
        Ok(value) => Some(value),
        Err(Error::Closed | Error::SignedOut) => None,
        Err(error) => panic!("{error:?}"),
    }
}

impl Scene {
    /// Made on one thread, without interleavings.
    fn new() -> Scene {
        Scene::made(Duration::ZERO, false)
    }

    /// The app starts so long after it was last used.
    fn after(pause: Duration) -> Scene {
        Scene::made(pause, false)
    }

    /// A claim waits, there is no network, and pages of the catalogue and the ledger are damaged, which no start reads.
    fn damaged() -> Scene {
        Scene::made(Duration::ZERO, true)
    }

    fn made(pause: Duration, damaged: bool) -> Scene {
        let folder = folder();
        let world = World::new(1);
        let backend = Backend::new(&world);
        let phone = Phone::in_home(&world, &backend, Home::Folder(folder.path().to_owned()));
        phone.join();
        phone.refresh().expect("a sync");
        backend.accrue(&phone.card_number(), 20_000);
        phone.refresh().expect("a sync");
        world.pass(Duration::from_mins(5));
        let address = member_core::Address::Email(EMAIL.to_owned());
        phone.call(|wallet| async move { wallet.request_code(address, None).await }).expect("a code");
        let code = backend.last_code_of(EMAIL);
        let mut waiting = Vec::new();
        if damaged {
            phone.device.network.set_online(false);
            waiting.push(phone.wallet().claim(COFFEE).expect("a claim").key);
        }
        let device = phone.into_device();
        world.pass(pause);
        if damaged {
            damage(folder.path());
        }
        let stirs = Stirs::default();
        let wallet = Arc::new(open(&folder, &device, &backend, &stirs).expect("a wallet"));
        let screen = Screen { wallet: Arc::downgrade(&wallet), stirs: stirs.clone(), damaged };
        let screen = wallet.observe(Arc::new(screen));
        Scene { world, backend, device, folder, wallet, stirs, code, waiting, _screen: screen }
    }

    fn offline() -> Scene {
        let scene = Scene::new();
        scene.device.network.set_online(false);
        scene
    }

    /// A thread with the wallet.
    fn thread<T: Send + 'static>(&self, call: impl FnOnce(&Wallet) -> T + Send + 'static) -> JoinHandle<T> {
        let wallet = Arc::clone(&self.wallet);
        thread::spawn(move || call(&wallet))
    }

    /// A thread that claims a coffee; answers the key where that was acknowledged.
    fn tap(&self) -> JoinHandle<Option<String>> {
        self.thread(|wallet| expected(wallet.claim(COFFEE)).map(|claimed| claimed.key))
    }

    /// The app starts again on the same home, as soon as the wallet is gone.
    fn start_again(self) -> Again {
        let Scene { world, backend, device, folder, wallet, stirs, .. } = self;
        assert!(Arc::into_inner(wallet).is_some(), "somebody holds the wallet");
        stirs.stir(|stirred| assert!(stirred.wrong.is_empty(), "a screen met {:?}", stirred.wrong));
        device.network.set_online(false);
        let wallet = open(&folder, &device, &backend, &stirs).expect("the home is free");
        Again { wallet, _rest: (world, backend, device, folder) }
    }
}

fn damage(folder: &Path) {
    let mut files = std::fs::read_dir(folder).expect("the folder").map(|file| file.expect("a file").path());
    let database = files.find(|path| path.extension().is_some_and(|extension| extension == "db"));
    let database = database.expect("a database");
    let mut bytes = std::fs::read(&database).expect("the file");
    bytes.chunks_exact_mut(PAGE).skip(SOUND_PAGES).for_each(|page| page[100] ^= 1);
    std::fs::write(&database, bytes).expect("a write");
}

/// The app after a new start, without a network.
struct Again {
    wallet: Wallet,
    _rest: (World, Backend, Device, tempfile::TempDir),
}

fn open(folder: &tempfile::TempDir, device: &Device, backend: &Backend, stirs: &Stirs) -> Result<Wallet, Error> {
    let config = WalletConfig {
        home: Home::Folder(folder.path().to_owned()),
        server: Some("http://sandbox".to_owned()),
        language: "en".to_owned(),
    };
    Wallet::open(config, interleaved::ports(device.ports(), watched(backend.server(), stirs.clone())))
}

fn joined<T>(thread: JoinHandle<T>) -> T {
    thread.join().expect("the thread ends")
}

/// In memory where the system has a place for that: an interleaving need not wait for the disk.
fn folder() -> tempfile::TempDir {
    let memory = Path::new("/dev/shm");
    let made = if memory.is_dir() { tempfile::tempdir_in(memory) } else { tempfile::tempdir() };
    made.expect("a folder")
}
