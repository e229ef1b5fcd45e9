//! Does what the schedule says: one loop, one pull in flight, one push in flight for each lane.
//!
//! Everything wakes the loop through its inbox, a finished job or a timer. When something is due is decided by
//! [`Schedule`]; must not decide it here.

use std::collections::{BTreeSet, VecDeque};
use std::sync::Arc;
use std::time::Duration;

use futures_util::future::{AbortHandle, BoxFuture, abortable};
use futures_util::stream::FuturesUnordered;
use futures_util::{FutureExt as _, StreamExt as _};
use jiff::Timestamp;
use tokio::sync::{mpsc, oneshot};

use super::provision::provision;
use super::pull::{Pulled, pull};
use super::push::{Pushed, push, resolve};
use super::schedule::{Answer, Effect, Event, Now, PullEnd, PushEnd, Schedule};
use super::{Command, Engine};
use crate::api::ApiError;
use crate::domain::{ActionKey, ClockReading, Lane, QueuedAction};
use crate::outbox::{FAILURES_AT_CAP, dated, plan};
use crate::store::{StoreError, Writer};

/// How long the server is asked to hold a request while a screen waits for changes.
const LIVE_WAIT: Duration = Duration::from_secs(25);

/// What a job came to.
enum Done {
    Pushed(Lane, Result<Pushed, ApiError>),
    Resolved(ActionKey, Result<Pushed, ApiError>),
    /// `None` where it was given up for another pull.
    Pulled {
        result: Option<Result<Pulled, ApiError>>,
        took: Duration,
    },
}

struct Driver {
    engine: Arc<Engine>,
    schedule: Schedule,
    jobs: FuturesUnordered<BoxFuture<'static, Done>>,
    /// Lanes with a push in flight.
    busy: BTreeSet<Lane>,
    /// Actions whose outcome is being asked for.
    resolving: BTreeSet<ActionKey>,
    /// Ends the pull in flight.
    give_up: Option<AbortHandle>,
    waiters: Vec<oneshot::Sender<Result<(), Arc<ApiError>>>>,
    /// How the last pull failed.
    pull_error: Option<ApiError>,
    /// Whether a pull has come to its end in this run.
    reached: bool,
    /// Whether a contact was asked for in this run, and has not come about yet.
    contact_asked: bool,
}

/// Runs until the wallet is closed.
pub(super) async fn run(engine: Arc<Engine>, mut inbox: mpsc::UnboundedReceiver<Command>) {
    let mut driver = Driver {
        engine,
        schedule: Schedule::default(),
        jobs: FuturesUnordered::new(),
        busy: BTreeSet::new(),
        resolving: BTreeSet::new(),
        give_up: None,
        waiters: Vec::new(),
        pull_error: None,
        reached: false,
        contact_asked: false,
    };
    let word = driver.engine.word_left().await;
    driver.happen(Event::Started { word }).await;
    loop {
        let timer = match driver.schedule.wake_in(driver.now()) {
            Some(delay) => driver.engine.ports.clock.sleep(delay),
            None => Box::pin(futures_util::future::pending()),
        };
        let event = match heard(&mut inbox, &mut driver.jobs, timer).await {
            // The wallet was dropped, not closed.
            Heard::Told(None) => return,
            Heard::Told(Some(Command::Stop(sender))) => {
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
            Heard::Told(Some(Command::Refresh(sender))) => {
                driver.waiters.push(sender);
                Event::RefreshAsked
            }
            Heard::Told(Some(Command::Happened(event))) => event,
            Heard::Finished(done) => driver.ended(done),
            Heard::TimeIsUp => Event::TimeIsUp,
        };
        driver.happen(event).await;
    }
}

enum Heard {
    Told(Option<Command>),
    Finished(Done),
    TimeIsUp,
}

async fn heard(
    inbox: &mut mpsc::UnboundedReceiver<Command>,
    jobs: &mut FuturesUnordered<BoxFuture<'static, Done>>,
    timer: BoxFuture<'static, ()>,
) -> Heard {
    let mut timer = timer.fuse();
    let told = inbox.recv().fuse();
    futures_util::pin_mut!(told);
    futures_util::select_biased! {
        command = told => Heard::Told(command),
        done = jobs.select_next_some() => Heard::Finished(done),
        () = timer => Heard::TimeIsUp,
    }
}

impl Driver {
    fn now(&self) -> Now {
        let up = self.engine.ports.clock.read().since_boot;
        Now { up, online: self.engine.ports.connectivity.is_online() }
    }

    /// Does what the schedule says to an event, and to what comes of that.
    async fn happen(&mut self, event: Event) {
        let mut events = VecDeque::from([event]);
        while let Some(event) = events.pop_front() {
            let (now, engine) = (self.now(), Arc::clone(&self.engine));
            let effects = self.schedule.step(event, now, &mut |bound| engine.draw(bound).ok());
            for effect in effects {
                events.extend(self.perform(effect).await);
            }
        }
    }

    /// Answers what came of it, where the schedule waits for that.
    async fn perform(&mut self, effect: Effect) -> Vec<Event> {
        match effect {
            Effect::WakeOutbox => {
                let wall = self.engine.wall_millis();
                if let Err(error) = self.engine.write(move |writer| writer.wake_outbox(wall, FAILURES_AT_CAP - 1)).await
                {
                    tracing::warn!(%error, "the outbox was not woken; its own timer will");
                }
            }
            Effect::GiveUpPull => {
                if let Some(held) = &self.give_up {
                    held.abort();
                }
            }
            Effect::PlanPushes => {
                return self.plan_pushes().await.unwrap_or_else(|error| {
                    tracing::error!(%error, "the outbox cannot be read or written; trying again later");
                    vec![Event::NotPlanned]
                });
            }
            Effect::StartPull { live } => self.start_pull(live),
            Effect::TellAge => (self.engine.on_age)(),
            Effect::Answer(answer) => self.answer(answer),
        }
        Vec::new()
    }

    async fn plan_pushes(&mut self) -> Result<Vec<Event>, ApiError> {
        loop {
            let (now, wall) = (self.engine.clock.now(), self.engine.wall_millis());
            let (busy, reached) = (self.busy.clone(), self.reached);
            let planned =
                self.engine.read(move |reader| Ok(plan(&reader.outbox()?, &busy, now, wall, reached))).await?;
            if planned.stop.is_empty() && planned.requeue.is_empty() && planned.date.is_empty() {
                let next = planned.next_at.map(|at| u64::try_from(at.saturating_sub(wall)).unwrap_or(0));
                let before = self.jobs.len();
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
                let begun = self.jobs.len() - before;
                let mut events = vec![Event::Planned { begun, next: next.map(Duration::from_millis) }];
                if planned.needs_contact && !std::mem::replace(&mut self.contact_asked, true) {
                    events.push(Event::ContactNeeded);
                }
                return Ok(events);
            }
            let reading = self.engine.ports.clock.read();
            let server = self.engine.clock.now().at;
            self.engine
                .write(move |writer| {
                    planned.date.iter().try_for_each(|row| date(writer, row, &reading, server))?;
                    planned.requeue.iter().try_for_each(|key| writer.requeue(*key))?;
                    let mut stop = planned.stop.iter();
                    stop.try_for_each(|(key, state, reason)| writer.stop(*key, *state, reason.as_ref()).map(drop))
                })
                .await?;
            // What they held back may be next.
        }
    }

    fn start_pull(&mut self, live: bool) {
        let engine = Arc::clone(&self.engine);
        let wait = if live { LIVE_WAIT } else { Duration::ZERO };
        let (job, give_up) = abortable(async move {
            let result = match pull(&engine, wait).await {
                Ok(pulled) => provision(&engine).await.map(|()| pulled),
                failed => failed,
            };
            if let Some(word) = result.as_ref().err().and_then(ApiError::retry_after) {
                engine.keep_word(word).await;
            }
            result
        });
        let clock = Arc::clone(&self.engine.ports.clock);
        let begun = clock.read().since_boot;
        self.jobs.push(
            async move {
                let result = job.await.ok();
                Done::Pulled { result, took: clock.read().since_boot.saturating_sub(begun) }
            }
            .boxed(),
        );
        self.give_up = Some(give_up);
    }

    fn ended(&mut self, done: Done) -> Event {
        match done {
            Done::Pushed(lane, result) => {
                self.busy.remove(&lane);
                Event::PushEnded(push_end(result))
            }
            Done::Resolved(key, result) => {
                self.resolving.remove(&key);
                Event::PushEnded(push_end(result))
            }
            Done::Pulled { result, took } => {
                self.give_up = None;
                let end = match result {
                    None => PullEnd::GivenUp,
                    Some(Ok(pulled)) => {
                        self.reached = true;
                        PullEnd::Done { news: pulled.news }
                    }
                    Some(Err(ApiError::SessionEnded)) => PullEnd::SessionEnded,
                    Some(Err(error)) => {
                        tracing::debug!(%error, "a pull failed");
                        let retry_after = error.retry_after();
                        self.pull_error = Some(error);
                        PullEnd::Failed { retry_after }
                    }
                };
                Event::PullEnded { end, took }
            }
        }
    }

    fn answer(&mut self, answer: Answer) {
        let result = match answer {
            Answer::Done => Ok(()),
            Answer::SessionEnded => Err(ApiError::SessionEnded),
            Answer::ComeAgain(delay) => Err(ApiError::Outage { status: 503, retry_after: Some(delay) }),
            // Said only after a pull has failed, which leaves its error here.
            Answer::Failed => {
                Err(self.pull_error.take().unwrap_or(ApiError::Outage { status: 503, retry_after: None }))
            }
        };
        let result = result.map_err(Arc::new);
        for waiter in self.waiters.drain(..) {
            // The caller may have gone.
            let _ = waiter.send(result.clone());
        }
    }
}

/// The time is sure now: an action that was made while it was not gets its instants, and bytes that say so.
fn date(writer: &mut Writer<'_>, row: &QueuedAction, now: &ClockReading, server: Timestamp) -> Result<(), StoreError> {
    let Some(made_at) = &row.made_at else { return Ok(()) };
    let (created_at, not_after) = dated(row, made_at, now, server);
    writer.date_action(row, created_at, not_after).map(drop)
}

fn push_end(result: Result<Pushed, ApiError>) -> PushEnd {
    match result {
        Ok(Pushed::Decided { pull }) => PushEnd::Decided { pull },
        Ok(Pushed::Gone) => PushEnd::Gone,
        Ok(Pushed::PutBack(error)) => {
            tracing::debug!(%error, "an action will be sent again");
            PushEnd::PutBack { retry_after: error.retry_after() }
        }
        Ok(Pushed::SessionEnded) => PushEnd::SessionEnded,
        Err(error) => {
            tracing::error!(%error, "the outbox cannot be read or written; trying again later");
            PushEnd::StoreFailed
        }
    }
}
