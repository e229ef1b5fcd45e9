//! Virtual time, seeded randomness and the one thread on which every task of a simulation runs.

use std::collections::BTreeMap;
use std::future::Future;
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, Wake, Waker};
use std::time::Duration;

use futures_util::future::BoxFuture;
use jiff::{SignedDuration, Timestamp};
use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{Rng as _, SeedableRng as _};

/// 2026-01-01T00:00:00Z: where every simulation begins.
const BEGINNING: i64 = 1_767_225_600;

/// The world of one simulation.
#[derive(Clone)]
pub struct World(Arc<Shared>);

struct Shared {
    state: Mutex<State>,
}

struct State {
    elapsed: Duration,
    random: ChaCha8Rng,
    next_id: u64,
    tasks: BTreeMap<u64, Task>,
    /// Tasks that can go on. A set in order of id: the seed picks among them, not the order of waking.
    ready: Vec<u64>,
    timers: BTreeMap<(Duration, u64), Waker>,
}

struct Task {
    /// The app whose end ends it; 0 for what outlives every app: the server, the network.
    app: u64,
    future: BoxFuture<'static, ()>,
}

impl World {
    /// A world that is a pure function of `seed` and of what is done in it.
    pub fn new(seed: u64) -> Self {
        let state = State {
            elapsed: Duration::ZERO,
            random: ChaCha8Rng::seed_from_u64(seed),
            next_id: 0,
            tasks: BTreeMap::new(),
            ready: Vec::new(),
            timers: BTreeMap::new(),
        };
        Self(Arc::new(Shared { state: Mutex::new(state) }))
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// True time in this world.
    pub fn now(&self) -> Timestamp {
        let beginning = Timestamp::from_second(BEGINNING).unwrap_or(Timestamp::UNIX_EPOCH);
        let elapsed = SignedDuration::try_from(self.elapsed()).unwrap_or(SignedDuration::MAX);
        beginning.saturating_add(elapsed).unwrap_or(Timestamp::MAX)
    }

    /// Time since the world began.
    pub fn elapsed(&self) -> Duration {
        self.state().elapsed
    }

    /// Fills `buffer` from the seed.
    pub fn fill(&self, buffer: &mut [u8]) {
        self.state().random.fill_bytes(buffer);
    }

    /// A number in `0..bound`; 0 where `bound` is 0.
    pub fn below(&self, bound: u64) -> u64 {
        let raw = self.state().random.next_u64();
        raw.checked_rem(bound).unwrap_or(0)
    }

    /// Ends after `duration` of virtual time.
    pub fn sleep(&self, duration: Duration) -> BoxFuture<'static, ()> {
        let until = self.elapsed().saturating_add(duration);
        Box::pin(Sleep { world: self.clone(), until, timer: None })
    }

    /// Adds a task that outlives every app.
    pub fn spawn(&self, task: BoxFuture<'static, ()>) {
        self.spawn_of(0, task);
    }

    /// Adds a task of an app.
    pub(super) fn spawn_of(&self, app: u64, future: BoxFuture<'static, ()>) {
        let mut state = self.state();
        let id = state.next_id;
        state.next_id += 1;
        state.tasks.insert(id, Task { app, future });
        state.ready.push(id);
    }

    /// A number for an app that starts.
    pub(super) fn new_app(&self) -> u64 {
        let mut state = self.state();
        state.next_id += 1;
        state.next_id
    }

    /// The system ends an app: each of its tasks is dropped where it stands.
    pub(super) fn kill(&self, app: u64) {
        let killed: Vec<Task> = {
            let mut state = self.state();
            let ids: Vec<u64> = state.tasks.iter().filter(|(_, task)| task.app == app).map(|(id, _)| *id).collect();
            ids.iter().filter_map(|id| state.tasks.remove(id)).collect()
        };
        // Dropped without the lock: a task's end removes its timers.
        drop(killed);
    }

    /// Runs the world until `future` has ended.
    ///
    /// # Panics
    /// Where no task can go on and no timer is set, so that `future` can never end: work without a wake source.
    pub fn run<T: Send + 'static>(&self, future: impl Future<Output = T> + Send + 'static) -> T {
        let result = Arc::new(Mutex::new(None));
        let slot = Arc::clone(&result);
        self.spawn(Box::pin(async move {
            let value = future.await;
            *slot.lock().unwrap_or_else(PoisonError::into_inner) = Some(value);
        }));
        loop {
            if let Some(value) = result.lock().unwrap_or_else(PoisonError::into_inner).take() {
                return value;
            }
            assert!(self.step(), "nothing can ever wake what is waited for");
        }
    }

    /// Lets `duration` of virtual time pass.
    pub fn pass(&self, duration: Duration) {
        self.run(self.sleep(duration));
    }

    /// Ends the world: every task is dropped where it stands. Tasks hold the world that holds them, so without this
    /// neither is ever freed.
    pub fn end(&self) {
        let (tasks, timers) = {
            let mut state = self.state();
            state.ready.clear();
            (std::mem::take(&mut state.tasks), std::mem::take(&mut state.timers))
        };
        // Dropped without the lock: a task's end removes its timers.
        drop((tasks, timers));
    }

    /// One task goes on, or time jumps to the next timer. `false` where neither is possible.
    fn step(&self) -> bool {
        let (id, task) = {
            let mut state = self.state();
            if state.ready.is_empty() {
                let Some(((at, _), waker)) = state.timers.pop_first() else { return false };
                state.elapsed = state.elapsed.max(at);
                drop(state);
                waker.wake();
                return true;
            }
            let raw = state.random.next_u64();
            let count = u64::try_from(state.ready.len()).unwrap_or(u64::MAX);
            let index = usize::try_from(raw % count).unwrap_or(0);
            let id = state.ready.remove(index);
            (id, state.tasks.remove(&id))
        };
        // Without a task: it has ended and was woken once more.
        if let Some(mut task) = task {
            let waker = Waker::from(Arc::new(TaskWaker { world: self.clone(), id }));
            if task.future.as_mut().poll(&mut Context::from_waker(&waker)).is_pending() {
                self.state().tasks.insert(id, task);
            }
        }
        true
    }
}

struct TaskWaker {
    world: World,
    id: u64,
}

impl Wake for TaskWaker {
    fn wake(self: Arc<Self>) {
        let mut state = self.world.state();
        if let Err(index) = state.ready.binary_search(&self.id) {
            state.ready.insert(index, self.id);
        }
    }
}

struct Sleep {
    world: World,
    until: Duration,
    timer: Option<(Duration, u64)>,
}

impl Future for Sleep {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<()> {
        let world = self.world.clone();
        let mut state = world.state();
        if let Some(timer) = self.timer.take() {
            state.timers.remove(&timer);
        }
        if state.elapsed >= self.until {
            return Poll::Ready(());
        }
        let timer = (self.until, state.next_id);
        state.next_id += 1;
        state.timers.insert(timer, context.waker().clone());
        drop(state);
        self.timer = Some(timer);
        Poll::Pending
    }
}

impl Drop for Sleep {
    fn drop(&mut self) {
        if let Some(timer) = self.timer.take() {
            self.world.state().timers.remove(&timer);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn time_jumps_to_the_next_timer_and_a_seed_repeats() {
        let trace = |seed| {
            let world = World::new(seed);
            let seen = Arc::new(Mutex::new(Vec::new()));
            for id in 0..5_u64 {
                let (world_of_task, seen) = (world.clone(), Arc::clone(&seen));
                world.spawn(Box::pin(async move {
                    world_of_task.sleep(Duration::from_secs(60)).await;
                    seen.lock().expect("one thread").push(id);
                }));
            }
            world.pass(Duration::from_secs(3600));
            assert_eq!(world.elapsed(), Duration::from_secs(3600));
            std::mem::take(&mut *seen.lock().expect("one thread"))
        };
        assert_eq!(trace(1), trace(1));
        assert!((0..20).any(|seed| trace(seed) != trace(1)), "the seed changes nothing");
    }

    #[test]
    #[should_panic(expected = "nothing can ever wake")]
    fn waiting_for_nothing_is_found() {
        World::new(1).run(futures_util::future::pending::<()>());
    }
}
