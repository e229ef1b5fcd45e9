//! Ports for the model check, and the check itself: each lock, atomic and request of the core is a point at which another thread may
//! go on, and a scheduler with a seed decides which one does.
//!
//! Threads and tasks are real ones of the model: whatever waits for ever, waits in every schedule, and is named as a deadlock. Must
//! not know of members or wallets; what must hold is said by the tests.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use futures_util::future::BoxFuture;
use shuttle::scheduler::{DfsScheduler, PctScheduler, RandomScheduler, Scheduler};
use shuttle::{Config, FailurePersistence, MaxSteps, Runner};

use super::shared::atomic::{AtomicBool, Ordering};
use super::simulated::Server;
use super::{Connectivity, Http, HttpAnswer, HttpRequest, Ports, TransportError, Work};

pub use shuttle::future::{block_on, spawn as spawn_task};
pub use shuttle::thread::{self, JoinHandle};

/// `SQLite` and the page cipher need more than the model's own 60 KiB.
const STACK: usize = 1 << 20;

/// A scene has some thousand steps. One that is still at work after so many never ends.
const STEPS: usize = 200_000;

/// Decides which interleavings are tried first. Any other number is as good.
const SEED: u64 = 11;

/// The most switches of which an error may be made that [`PctScheduler`] looks for on purpose.
const DEPTH: usize = 3;

/// Another thread may go on here.
pub fn point() {
    AtomicBool::new(false).store(true, Ordering::SeqCst);
}

/// `ports` of a device whose work runs on threads of the model, and whose requests go to `server` at once. Time stands still
/// unless the test moves it.
pub fn ports(ports: Ports, server: Server) -> Ports {
    let http = Arc::new(Direct { server, connectivity: Arc::clone(&ports.connectivity) });
    Ports { work: Arc::new(Threads), http, ..ports }
}

/// Each task and each job is a thread of the model.
struct Threads;

impl Work for Threads {
    fn spawn(&self, task: BoxFuture<'static, ()>) {
        drop(spawn_task(task));
    }

    fn block(&self, job: Box<dyn FnOnce() + Send>) {
        drop(thread::spawn(job));
    }
}

struct Direct {
    server: Server,
    connectivity: Arc<dyn Connectivity>,
}

impl Http for Direct {
    fn send(&self, request: HttpRequest) -> BoxFuture<'static, Result<HttpAnswer, TransportError>> {
        let (server, connectivity) = (Arc::clone(&self.server), Arc::clone(&self.connectivity));
        Box::pin(async move {
            point();
            if !connectivity.is_online() {
                return Err(TransportError::NoConnection);
            }
            let answer = server(request).await;
            point();
            Ok(answer)
        })
    }
}

/// Plays `scene` in `rounds` interleavings, or in as many as `SHUTTLE_ROUNDS` says: half of them drawn evenly at each point, half
/// with few switches at places that matter more. `SHUTTLE_RANDOM_SEED` gives others. The schedule of a failure is printed, and
/// `SHUTTLE_SCHEDULE` plays it again.
///
/// # Panics
/// Where an interleaving panics or never ends.
pub fn explore(rounds: usize, scene: impl Fn() + Send + Sync + 'static) {
    if let Ok(schedule) = std::env::var("SHUTTLE_SCHEDULE") {
        let scheduler = shuttle::scheduler::ReplayScheduler::new_from_encoded(&schedule);
        Runner::new(scheduler, config(FailurePersistence::None)).run(scene);
        return;
    }
    let asked = std::env::var("SHUTTLE_ROUNDS").ok().and_then(|rounds| rounds.parse().ok());
    play(asked.unwrap_or(rounds), &FailurePersistence::Print, &Arc::new(scene));
}

/// For a control: whether [`explore`] with so many rounds finds an interleaving of `scene` that fails.
pub fn finds(rounds: usize, scene: impl Fn() + Send + Sync + 'static) -> bool {
    let scene = Arc::new(scene);
    catch_unwind(AssertUnwindSafe(|| play(rounds, &FailurePersistence::None, &scene))).is_err()
}

/// Plays a small `scene` in every interleaving that there is, and answers how many those are.
///
/// # Panics
/// Where one of them panics or never ends, and where there are more than `most`.
pub fn explore_all(most: usize, scene: impl Fn() + Send + Sync + 'static) -> usize {
    let scheduler = DfsScheduler::new(Some(most), false);
    let played = Runner::new(scheduler, config(FailurePersistence::Print)).run(scene);
    assert!(played < most, "there are {most} interleavings or more");
    played
}

fn play<F: Fn() + Send + Sync + 'static>(rounds: usize, failures: &FailurePersistence, scene: &Arc<F>) {
    let runs = |scheduler: Box<dyn Scheduler + Send>| {
        let scene = Arc::clone(scene);
        Runner::new(scheduler, config(failures.clone())).run(move || scene());
    };
    runs(Box::new(RandomScheduler::new_from_seed(SEED, rounds.div_ceil(2))));
    runs(Box::new(PctScheduler::new_from_seed(SEED, DEPTH, rounds.div_ceil(2))));
}

fn config(failures: FailurePersistence) -> Config {
    let mut config = Config::new();
    config.stack_size = STACK;
    config.failure_persistence = failures;
    config.max_steps = MaxSteps::FailAfter(STEPS);
    // Every atomic of the core is sequentially consistent, which is what the model knows.
    config.silence_warnings = true;
    config
}
