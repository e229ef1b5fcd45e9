//! Decides when to push and pull: one loop, one pull in flight, one push in flight for each lane.
//!
//! Everything wakes the loop through its inbox, a finished job or a timer; there is no state in which something waits
//! and nothing can wake it.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use futures_util::future::{AbortHandle, BoxFuture, abortable};
use futures_util::stream::FuturesUnordered;
use futures_util::{FutureExt as _, StreamExt as _};
use tokio::sync::{mpsc, oneshot};

use super::pull::{Pulled, pull};
use super::push::{Pushed, push, resolve};
use super::{Command, Engine};
use crate::api::ApiError;
use crate::domain::{ActionKey, Lane};
use crate::outbox::{Plan, floor_delay, plan, poll_delay};

/// How long the server is asked to hold a request while a screen waits for changes.
const LIVE_WAIT: Duration = Duration::from_secs(25);

/// A held request that comes back sooner, with nothing, was not held: it counts as a failure, so that a server which
/// does not know `wait` is not asked in a circle.
const HELD_AT_LEAST: Duration = Duration::from_secs(1);

/// While the host says that there is no network, look again this often: a host may forget to say that it is back.
const OFFLINE_LOOK: Duration = Duration::from_mins(1);

/// While a card is on screen, the words for how old it is are read again this often, also where no server answers.
const AGE_LOOK: Duration = Duration::from_mins(1);

/// What a job came to.
enum Done {
    Pushed(Lane, Result<Pushed, ApiError>),
    Resolved(ActionKey, Result<Pushed, ApiError>),
    /// `None` where it was given up for another pull.
    Pulled {
        result: Option<Result<Pulled, ApiError>>,
        live: bool,
        took: Duration,
    },
}

struct PullInFlight {
    live: bool,
    give_up: AbortHandle,
}

struct Driver {
    engine: Arc<Engine>,
    jobs: FuturesUnordered<BoxFuture<'static, Done>>,
    /// Lanes with a push in flight.
    busy: BTreeSet<Lane>,
    /// Actions whose outcome is being asked for.
    resolving: BTreeSet<ActionKey>,
    pull: Option<PullInFlight>,
    /// Something is known to be new, or was asked for.
    pull_wanted: bool,
    pull_failures: u32,
    /// Time since boot before which no pull of our own accord starts.
    pull_not_before: Duration,
    /// As above, by the server's word: holds for asked ones too.
    pull_floor: Duration,
    /// The store failed under a push: no pushes before this time since boot.
    push_not_before: Duration,
    push_failures: u32,
    /// An action waits for a later attempt because of an outage.
    put_back: bool,
    /// Screens that want changes as they happen.
    live: usize,
    /// Time since boot at which those screens are told that they have aged.
    ages_at: Duration,
    session_ended: bool,
    waiters: Vec<oneshot::Sender<Result<(), Arc<ApiError>>>>,
    /// How the last pull since the first waiter came failed.
    pull_error: Option<ApiError>,
}

/// Runs until the wallet is closed.
pub(super) async fn run(engine: Arc<Engine>, mut inbox: mpsc::UnboundedReceiver<Command>) {
    let mut driver = Driver {
        engine,
        jobs: FuturesUnordered::new(),
        busy: BTreeSet::new(),
        resolving: BTreeSet::new(),
        pull: None,
        pull_wanted: false,
        pull_failures: 0,
        pull_not_before: Duration::ZERO,
        pull_floor: Duration::ZERO,
        push_not_before: Duration::ZERO,
        push_failures: 0,
        put_back: false,
        live: 0,
        ages_at: Duration::ZERO,
        session_ended: false,
        waiters: Vec::new(),
        pull_error: None,
    };
    loop {
        let due = driver.start_what_is_due().await;
        let timer = match sooner(due, driver.age()) {
            Some(delay) => driver.engine.ports.clock.sleep(delay),
            None => Box::pin(futures_util::future::pending()),
        };
        match next_event(&mut inbox, &mut driver.jobs, timer).await {
            // The wallet was dropped, not closed.
            Event::Told(None) => return,
            Event::Told(Some(Command::Stop(sender))) => {
                driver.jobs.clear();
                driver.engine.session.settled().await;
                if let Err(error) = driver.engine.save_contact(true).await {
                    tracing::warn!(%error, "the time of the last contact was not saved");
                }
                // Before the answer: who closes a wallet may open its home again at once.
                drop(driver);
                // The closing call may have been dropped.
                let _ = sender.send(());
                return;
            }
            Event::Told(Some(command)) => driver.obey(command).await,
            Event::Finished(done) => driver.note(done).await,
            Event::TimeIsUp => {}
        }
    }
}

enum Event {
    Told(Option<Command>),
    Finished(Done),
    TimeIsUp,
}

async fn next_event(
    inbox: &mut mpsc::UnboundedReceiver<Command>,
    jobs: &mut FuturesUnordered<BoxFuture<'static, Done>>,
    timer: BoxFuture<'static, ()>,
) -> Event {
    let mut timer = timer.fuse();
    let told = inbox.recv().fuse();
    futures_util::pin_mut!(told);
    futures_util::select_biased! {
        command = told => Event::Told(command),
        done = jobs.select_next_some() => Event::Finished(done),
        () = timer => Event::TimeIsUp,
    }
}

impl Driver {
    fn up(&self) -> Duration {
        self.engine.ports.clock.read().since_boot
    }

    async fn obey(&mut self, command: Command) {
        match command {
            Command::Refresh(sender) => {
                self.waiters.push(sender);
                self.pull_error = None;
                self.pull_not_before = self.pull_floor;
                self.session_ended = false;
                self.want_pull();
                self.wake_outbox().await;
            }
            Command::Queued => self.push_not_before = Duration::ZERO,
            Command::NetworkUp => {
                self.pull_not_before = self.pull_floor;
                self.want_pull();
                self.wake_outbox().await;
            }
            Command::Live(screens) => {
                if self.live == 0 {
                    self.ages_at = self.up().saturating_add(AGE_LOOK);
                }
                self.live = screens;
                if let (0, Some(held)) = (screens, self.pull.as_ref().filter(|pull| pull.live)) {
                    held.give_up.abort();
                }
            }
            // Handled by the loop.
            Command::Stop(_) => {}
        }
    }

    /// A pull that is asked for ends a held one and takes its place.
    fn want_pull(&mut self) {
        self.pull_wanted = true;
        if let Some(held) = self.pull.as_ref().filter(|pull| pull.live) {
            held.give_up.abort();
        }
    }

    async fn wake_outbox(&mut self) {
        self.push_not_before = Duration::ZERO;
        if let Err(error) = self.engine.write(|writer| writer.wake_outbox()).await {
            tracing::warn!(%error, "the outbox was not woken; its own timer will");
        }
    }

    /// Starts every push and pull that is due. Answers how long until something else will be; `None` is never.
    async fn start_what_is_due(&mut self) -> Option<Duration> {
        if self.session_ended {
            self.answer_waiters(false);
            return None;
        }
        let online = self.engine.ports.connectivity.is_online();
        let next = if online || !self.waiters.is_empty() {
            sooner(self.start_pushes().await, self.start_pull())
        } else {
            Some(OFFLINE_LOOK)
        };
        let under_way = self.pull.as_ref().is_some_and(|pull| !pull.live) || !self.busy.is_empty();
        self.answer_waiters(under_way || !self.resolving.is_empty());
        next
    }

    /// Tells screens that they have aged, when they have. Answers how long until they will have again.
    fn age(&mut self) -> Option<Duration> {
        if self.live == 0 {
            return None;
        }
        let up = self.up();
        if self.ages_at <= up {
            self.ages_at = up.saturating_add(AGE_LOOK);
            (self.engine.on_age)();
        }
        Some(self.ages_at.saturating_sub(up))
    }

    async fn start_pushes(&mut self) -> Option<Duration> {
        let up = self.up();
        if self.push_not_before > up {
            return Some(self.push_not_before.saturating_sub(up));
        }
        loop {
            let (now, wall) = (self.engine.clock.now(), self.engine.wall_millis());
            let busy = self.busy.clone();
            let planned = self.engine.read(move |reader| Ok(plan(&reader.outbox()?, &busy, now, wall))).await;
            let planned = match planned {
                Ok(planned) => planned,
                Err(error) => return Some(self.store_failed(&error)),
            };
            if planned.stop.is_empty() && planned.requeue.is_empty() {
                return self.start_planned(planned, wall);
            }
            let noted = self.engine.write(move |writer| {
                planned.requeue.iter().try_for_each(|key| writer.requeue(*key))?;
                let mut stop = planned.stop.iter();
                stop.try_for_each(|(key, state, reason)| writer.stop(*key, *state, reason.as_ref()).map(drop))
            });
            if let Err(error) = noted.await {
                return Some(self.store_failed(&error));
            }
            // What they held back may be next.
        }
    }

    fn start_planned(&mut self, planned: Plan, wall: i64) -> Option<Duration> {
        for row in planned.send {
            let (engine, lane) = (Arc::clone(&self.engine), row.lane);
            self.busy.insert(lane);
            self.jobs.push(async move { Done::Pushed(lane, push(&engine, row).await) }.boxed());
        }
        for row in planned.resolve {
            let (engine, key) = (Arc::clone(&self.engine), row.key);
            if self.resolving.insert(key) {
                self.jobs.push(async move { Done::Resolved(key, resolve(&engine, row).await) }.boxed());
            }
        }
        planned.next_at.map(|at| Duration::from_millis(u64::try_from(at.saturating_sub(wall)).unwrap_or(0)))
    }

    fn start_pull(&mut self) -> Option<Duration> {
        if self.pull.is_some() || !(self.pull_wanted || self.live > 0) {
            return None;
        }
        let up = self.up();
        let not_before = self.pull_not_before.max(self.pull_floor);
        if not_before > up {
            // Who asked is told that the server said when to come again.
            if self.pull_floor > up && self.pull_error.is_none() {
                self.pull_error =
                    Some(ApiError::Outage { status: 503, retry_after: Some(self.pull_floor.saturating_sub(up)) });
            }
            return Some(not_before.saturating_sub(up));
        }
        let live = !self.pull_wanted;
        self.pull_wanted = false;
        let engine = Arc::clone(&self.engine);
        let wait = if live { LIVE_WAIT } else { Duration::ZERO };
        let (job, give_up) = abortable(async move { pull(&engine, wait).await });
        let clock = Arc::clone(&self.engine.ports.clock);
        self.jobs.push(
            async move {
                let result = job.await.ok();
                Done::Pulled { result, live, took: clock.read().since_boot.saturating_sub(up) }
            }
            .boxed(),
        );
        self.pull = Some(PullInFlight { live, give_up });
        None
    }

    async fn note(&mut self, done: Done) {
        match done {
            Done::Pushed(lane, result) => {
                self.busy.remove(&lane);
                self.note_push(result).await;
            }
            Done::Resolved(key, result) => {
                self.resolving.remove(&key);
                self.note_push(result).await;
            }
            Done::Pulled { result, live, took } => {
                self.pull = None;
                match result {
                    None => {}
                    Some(Ok(pulled)) => {
                        (self.engine.on_age)();
                        if self.pull_failures > 0 {
                            self.outage_is_over().await;
                        }
                        let held = !live || pulled.news || took >= HELD_AT_LEAST;
                        if held {
                            self.pull_failures = 0;
                            self.pull_not_before = Duration::ZERO;
                        } else {
                            self.back_off(None);
                        }
                        self.pull_floor = Duration::ZERO;
                        self.pull_error = None;
                    }
                    Some(Err(ApiError::SessionEnded)) => self.end_session(),
                    Some(Err(error)) => {
                        tracing::debug!(%error, "a pull failed");
                        self.back_off(error.retry_after());
                        self.pull_error = Some(error);
                        self.pull_wanted = true;
                    }
                }
            }
        }
    }

    async fn note_push(&mut self, result: Result<Pushed, ApiError>) {
        match result {
            Ok(Pushed::Decided { pull }) => {
                self.push_failures = 0;
                if self.put_back {
                    self.outage_is_over().await;
                }
                if pull {
                    self.want_pull();
                }
            }
            Ok(Pushed::Gone) => {}
            Ok(Pushed::PutBack(error)) => {
                tracing::debug!(%error, "an action will be sent again");
                self.put_back = true;
            }
            Ok(Pushed::SessionEnded) => self.end_session(),
            Err(error) => drop(self.store_failed(&error)),
        }
    }

    /// A request worked after some did not: what waits for a later attempt need not wait for its own.
    async fn outage_is_over(&mut self) {
        self.put_back = false;
        self.wake_outbox().await;
    }

    fn end_session(&mut self) {
        self.session_ended = true;
        self.pull_wanted = false;
        self.pull_error = Some(ApiError::SessionEnded);
    }

    fn back_off(&mut self, retry_after: Option<Duration>) {
        self.pull_failures = self.pull_failures.saturating_add(1);
        let up = self.up();
        // Without randomness there is no jitter; the server's word and the doubling still hold.
        let delay = poll_delay(self.pull_failures, |bound| self.engine.draw(bound)).unwrap_or(OFFLINE_LOOK);
        self.pull_not_before = up.saturating_add(delay);
        if let Some(word) = retry_after {
            let floor = floor_delay(word, |bound| self.engine.draw(bound)).unwrap_or(word);
            self.pull_floor = up.saturating_add(floor);
        }
    }

    /// The store failed: pushes wait, longer each time. Answers how long.
    fn store_failed(&mut self, error: &ApiError) -> Duration {
        tracing::error!(%error, "the outbox cannot be read or written; trying again later");
        self.push_failures = self.push_failures.saturating_add(1);
        let delay = poll_delay(self.push_failures, |bound| self.engine.draw(bound)).unwrap_or(OFFLINE_LOOK);
        let delay = delay.max(Duration::from_secs(1));
        self.push_not_before = self.up().saturating_add(delay);
        delay
    }

    /// Answers who waits for a refresh, once nothing that it asked for is under way.
    fn answer_waiters(&mut self, under_way: bool) {
        let pull_is_due = self.pull_wanted && self.pull_error.is_none();
        if under_way || pull_is_due || self.waiters.is_empty() {
            return;
        }
        let result = match self.pull_error.take() {
            None => Ok(()),
            Some(error) => Err(Arc::new(error)),
        };
        for waiter in self.waiters.drain(..) {
            // The caller may have gone.
            let _ = waiter.send(result.clone());
        }
    }
}

fn sooner(a: Option<Duration>, b: Option<Duration>) -> Option<Duration> {
    match (a, b) {
        (Some(a), Some(b)) => Some(a.min(b)),
        (one, other) => one.or(other),
    }
}
