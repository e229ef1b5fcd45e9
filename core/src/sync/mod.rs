//! Pulling changes and pushing the outbox: when, how often, and never twice.
//!
//! [`schedule`] decides when, [`driver`] does it, [`pull`], [`provision`] and [`push`] are the work. Must not know of screens or texts.

mod driver;
mod history;
#[cfg(all(test, feature = "shuttle"))]
mod interleavings;
mod provision;
mod pull;
mod push;
mod schedule;

pub(crate) use history::fetch_down_to;

use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use schedule::Event;
use tokio::sync::{mpsc, oneshot};

use crate::api::{ApiError, MemberApi, ServerClock, Session};
use crate::domain::{AccessToken, millis};
use crate::outbox::{kept_word, word_left};
use crate::ports::{Ports, blocking, random_up_to};
use crate::store::{Reader, Store, StoreError, Writer};

/// What the driver and its work share.
pub struct Engine {
    pub(crate) ports: Ports,
    pub(crate) store: Arc<Store>,
    pub(crate) api: Arc<MemberApi>,
    pub(crate) session: Arc<Session>,
    pub(crate) clock: Arc<ServerClock>,
    /// How old things are has changed: the server answered, or time has passed under a screen.
    pub(crate) on_age: Box<dyn Fn() + Send + std::marker::Sync>,
}

impl Engine {
    /// A write on a thread that may block.
    async fn write<T: Send + 'static>(
        &self,
        change: impl FnOnce(&mut Writer<'_>) -> Result<T, StoreError> + Send + 'static,
    ) -> Result<T, ApiError> {
        let store = Arc::clone(&self.store);
        Ok(blocking(&self.ports.work, move || store.write(change)).await.ok_or(ApiError::Closed)??)
    }

    /// As [`write`](Self::write), but durable only with the next one.
    async fn write_with_the_next<T: Send + 'static>(
        &self,
        change: impl FnOnce(&mut Writer<'_>) -> Result<T, StoreError> + Send + 'static,
    ) -> Result<T, ApiError> {
        let store = Arc::clone(&self.store);
        let written = blocking(&self.ports.work, move || store.write_with_the_next(change));
        Ok(written.await.ok_or(ApiError::Closed)??)
    }

    async fn read<T: Send + 'static>(
        &self,
        query: impl FnOnce(&Reader<'_>) -> Result<T, StoreError> + Send + 'static,
    ) -> Result<T, ApiError> {
        let store = Arc::clone(&self.store);
        Ok(blocking(&self.ports.work, move || store.read(query)).await.ok_or(ApiError::Closed)??)
    }

    /// Saves the time of the last contact: at most once an hour, or always with `force`.
    pub(crate) async fn save_contact(&self, force: bool) -> Result<(), ApiError> {
        if self.clock.unsaved(force).is_some() {
            let clock = Arc::clone(&self.clock);
            if let Some(contact) = self.write(move |writer| note_contact(writer, &clock, force)).await? {
                self.clock.saved(contact);
            }
        }
        Ok(())
    }

    /// The server has said when to come again: that is for the app's next run too.
    async fn keep_word(&self, word: Duration) {
        let at = self.wall_millis().saturating_add(i64::try_from(kept_word(word).as_millis()).unwrap_or(i64::MAX));
        if let Err(error) = self.write(move |writer| writer.keep_retry_floor(at)).await {
            tracing::warn!(%error, "the server's word on when to come again was not saved");
        }
    }

    /// For how long the server's word to an earlier run of the app still holds, where it does.
    async fn word_left(&self) -> Option<Duration> {
        match self.read(|reader| reader.retry_floors()).await {
            Ok(floors) => word_left(self.wall_millis(), floors),
            Err(error) => {
                tracing::warn!(%error, "the server's word on when to come again was not read");
                None
            }
        }
    }

    /// Calls with a token; where it is refused, once more with a renewed one.
    pub(crate) async fn with_access<T, F>(&self, call: impl Fn(AccessToken) -> F) -> Result<T, ApiError>
    where
        F: Future<Output = Result<T, ApiError>>,
    {
        let access = self.session.access().await?;
        match call(access.clone()).await {
            Err(ApiError::Unauthorized) => match call(self.session.renew(&access).await?).await {
                // A fresh token that is refused is the server's fault, not the end of the session.
                Err(ApiError::Unauthorized) => Err(ApiError::Outage { status: 401, retry_after: None }),
                other => other,
            },
            other => other,
        }
    }

    fn wall_millis(&self) -> i64 {
        millis(self.ports.clock.read().wall)
    }

    fn draw(&self, bound: u64) -> Result<u64, ApiError> {
        Ok(random_up_to(self.ports.random.as_ref(), bound)?)
    }
}

/// Notes the last contact where that is due, and answers it. The clock is asked within the transaction: of two writes at once, the
/// later one has the later contact.
fn note_contact(writer: &mut Writer<'_>, clock: &ServerClock, force: bool) -> Result<Option<Timestamp>, StoreError> {
    let Some((contact, anchor)) = clock.unsaved(force) else { return Ok(None) };
    writer.note_contact(contact, &anchor)?;
    Ok(Some(contact))
}

/// What the wallet asks of the driver.
enum Command {
    /// Send what waits and pull until nothing is new; then answer.
    Refresh(oneshot::Sender<Result<(), Arc<ApiError>>>),
    /// Something that the schedule is told as it is.
    Happened(Event),
    /// Leave off, save what is known of time, and answer.
    Stop(oneshot::Sender<()>),
}

/// The wallet's end of the driver. Dropping it stops the driver.
#[derive(Clone)]
pub struct Sync {
    commands: mpsc::UnboundedSender<Command>,
}

impl Sync {
    /// Starts the driver of `engine` where work runs.
    pub fn start(engine: &Arc<Engine>) -> Sync {
        let (commands, inbox) = mpsc::unbounded_channel();
        engine.ports.work.spawn(Box::pin(driver::run(Arc::clone(engine), inbox)));
        Sync { commands }
    }

    /// Sends what waits and pulls until nothing is new. One round, however many ask for it.
    pub async fn refresh(&self) -> Result<(), Arc<ApiError>> {
        let (sender, receiver) = oneshot::channel();
        self.command(Command::Refresh(sender));
        receiver.await.unwrap_or_else(|_| Err(Arc::new(ApiError::Closed)))
    }

    /// Something was queued.
    pub fn queued(&self) {
        self.happened(Event::Queued);
    }

    /// The network is (back) there.
    pub fn network_up(&self) {
        self.happened(Event::NetworkUp);
    }

    /// The member looks at the app, or no longer does.
    pub fn foreground(&self, looks: bool) {
        self.happened(if looks { Event::Foreground } else { Event::Background });
    }

    /// A push message said that something is new.
    pub fn push_message(&self) {
        self.happened(Event::PushMessage);
    }

    /// So many screens want changes as they happen.
    pub fn live(&self, screens: usize) {
        self.happened(Event::Live(screens));
    }

    /// Leaves off. What is being sent is sent again after the next start, under its own key.
    pub async fn stop(&self) {
        let (sender, receiver) = oneshot::channel();
        self.command(Command::Stop(sender));
        // A driver that has ended already cannot answer, and need not.
        let _ = receiver.await;
    }

    fn happened(&self, event: Event) {
        self.command(Command::Happened(event));
    }

    fn command(&self, command: Command) {
        // A driver that has ended has nothing to do: the wallet is closed.
        let _ = self.commands.send(command);
    }
}
