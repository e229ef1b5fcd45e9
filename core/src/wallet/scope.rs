//! Everything of the member who is signed in: store, session, driver.

use std::sync::{Arc, PoisonError};
use std::time::Duration;

use futures_util::FutureExt as _;
use futures_util::future::{AbortHandle, abortable};
use url::Url;
use zeroize::Zeroizing;

use super::mend::{Loss, Mender, Opened};
use super::{Inner, parse_server};
use crate::api::{MemberApi, ServerClock, Session};
use crate::error::{Error, Unusable};
use crate::observe::Topic;
use crate::ports::random_bytes;
use crate::ports::shared::Mutex;
use crate::ports::shared::atomic::{AtomicI64, Ordering};
use crate::store::{Condition, IndexedMember, KEY_LEN, Store, SyncState};
use crate::sync::{Engine, Sync};
use crate::views::{self, CardView};

/// The member who is signed in.
pub(super) struct MemberScope {
    /// The database's name in the home.
    pub(super) name: String,
    engine: Arc<Engine>,
    sync: Sync,
}

impl MemberScope {
    pub(super) fn store(&self) -> &Store {
        &self.engine.store
    }

    pub(super) fn engine(&self) -> &Arc<Engine> {
        &self.engine
    }

    pub(super) fn sync(&self) -> &Sync {
        &self.sync
    }
}

impl Inner {
    /// Opens what the index calls current, where it belongs to the server that was asked for.
    pub(super) fn open_current(self: &Arc<Self>) -> Result<(), Error> {
        let index = self.home.index()?;
        let Some(name) = index.current.clone() else { return Ok(()) };
        let Some(member) = index.databases.get(&name).cloned() else { return Ok(()) };
        let server = parse_server(&member.server)?;
        if self.server.as_ref().is_some_and(|asked| *asked != server) {
            return Ok(());
        }
        match self.mender().open(&name, true)? {
            Opened::Open(name, store, saved) => {
                let state = store.read(|reader| reader.sync_state())?;
                self.listen(&store);
                self.put_scope(self.start(&name, server, store, state));
                if let Some(saved) = saved {
                    self.set_notice(&views::rescued(&self.text, saved.lost));
                }
            }
            Opened::Lost(loss) => self.set_notice(&loss.text(&self.text)),
        }
        Ok(())
    }

    pub(super) fn has_key(&self, name: &str) -> Result<bool, Error> {
        Ok(self.mender().key(name)?.is_some())
    }

    fn mender(&self) -> Mender<'_> {
        Mender { ports: &self.ports, home: &self.home }
    }

    /// Opens the database of a member who signs in, mended where it must be. Where nothing of it can be read, a new one.
    pub(super) fn store_of(&self, member: &IndexedMember) -> Result<(String, Arc<Store>), Error> {
        let name = self.database_of(member)?;
        let store = match self.mender().open(&name, false)? {
            Opened::Open(name, store, saved) => {
                if let Some(saved) = saved {
                    self.set_notice(&views::rescued(&self.text, saved.lost));
                }
                (name, store)
            }
            Opened::Lost(loss) => {
                self.set_notice(&loss.text(&self.text));
                let name = self.database_of(member)?;
                match self.mender().open(&name, false)? {
                    Opened::Open(name, store, _) => (name, store),
                    // The vault forgot the key that it was just given.
                    Opened::Lost(_) => return Err(Error::Unusable(Unusable::Locked)),
                }
            }
        };
        self.listen(&store.1);
        Ok(store)
    }

    fn listen(&self, store: &Store) {
        let observers = Arc::clone(&self.observers);
        store.listen(Box::new(move |touched| observers.tell(touched)));
    }

    /// Something failed that a damaged file can be behind. Where one is, what can be read of it is saved and goes on in a new
    /// file; an answer that arrives for the old one is as one that was lost. `true` where another has taken its place.
    pub(super) fn look_at(self: &Arc<Self>, current: &mut Option<Arc<MemberScope>>) -> bool {
        let Some(scope) = current.clone() else { return false };
        // Whoever signs in or out goes by the file that is there. Mending waits for the next call then, and not for them.
        let Ok(_changing) = self.changing.try_lock() else {
            scope.store().keep_suspicion();
            return false;
        };
        let mended = match scope.store().condition() {
            Ok(Condition::Sound) => return false,
            Ok(Condition::Damaged | Condition::Gone | Condition::WrongKey) => self.replace_damaged(&scope),
            Err(error) => Err(error.into()),
        };
        match mended {
            Ok(mended) => {
                *current = mended;
                self.note_left(&scope);
                true
            }
            Err(error) => {
                tracing::error!(%error, "the wallet's file may be damaged and cannot be looked at or mended now");
                scope.store().reinstate();
                scope.store().keep_suspicion();
                false
            }
        }
    }

    /// The member over a new file, or nobody where nothing could be read.
    fn replace_damaged(self: &Arc<Self>, scope: &MemberScope) -> Result<Option<Arc<MemberScope>>, Error> {
        let member = self.home.index()?.databases.get(&scope.name).cloned().ok_or(Error::SignedOut)?;
        let server = parse_server(&member.server)?;
        let key = self.mender().key(&scope.name)?.ok_or(Error::Unusable(Unusable::Locked))?;
        scope.store().retire()?;
        match self.mender().rescue(&scope.name, &key)? {
            Opened::Open(name, store, saved) => {
                let state = store.read(|reader| reader.sync_state())?;
                self.listen(&store);
                let fresh = self.start(&name, server, store, state);
                fresh.sync().live(self.live.load(Ordering::SeqCst));
                if let Some(saved) = saved {
                    self.put_notice(&views::rescued(&self.text, saved.lost));
                }
                Ok(Some(fresh))
            }
            Opened::Lost(loss) => {
                self.put_notice(&loss.text(&self.text));
                Ok(None)
            }
        }
    }

    /// Starts a driver over a store, from where sync stands.
    pub(super) fn start(
        self: &Arc<Self>,
        name: &str,
        server: Url,
        store: Arc<Store>,
        state: SyncState,
    ) -> Arc<MemberScope> {
        let clock = Arc::new(ServerClock::new(Arc::clone(&self.ports.clock), state.anchor, state.last_contact));
        let api = Arc::new(MemberApi::new(server, Arc::clone(&self.ports.http), Arc::clone(&clock)));
        let session = Session::new(Arc::clone(&api), Arc::clone(&store), Arc::clone(&clock), self.ports.clone());
        let observers = Arc::clone(&self.observers);
        let on_age = Box::new(move || observers.tell_topics(&[Topic::Status]));
        let engine = Arc::new(Engine { ports: self.ports.clone(), store, api, session, clock, on_age });
        let sync = Sync::start(&engine);
        Arc::new(MemberScope { name: name.to_owned(), engine, sync })
    }

    /// The name of a member's database, with a new key where there is none. The index names it before anything is made, so
    /// that an interrupted sign-in leaves nothing that the next one does not find.
    fn database_of(&self, member: &IndexedMember) -> Result<String, Error> {
        let index = self.home.index()?;
        let listed = index.databases.iter().find(|(_, listed)| *listed == member).map(|(name, _)| name.clone());
        if let Some(name) = listed {
            if self.has_key(&name)? {
                return Ok(name);
            }
            // A sign-in that was cut off before it had a key has written nothing: that is no loss.
            let lost = self.home.has_content(&name);
            self.home.set_aside(&name)?;
            self.home
                .change_index(|index| if lost { index.note_aside(&name) } else { drop(index.drop_empty(&name)) })?;
            if lost {
                self.set_notice(&Loss::Key.text(&self.text));
            }
        }
        let random = u64::from_be_bytes(random_bytes(self.ports.random.as_ref())?);
        let name = format!("member-{random:016x}");
        self.home.change_index(|index| index.databases.insert(name.clone(), member.clone()))?;
        let key = Zeroizing::new(random_bytes::<KEY_LEN>(self.ports.random.as_ref())?);
        self.ports.secrets.write(&name, key.as_slice())?;
        Ok(name)
    }

    /// From now on this member is signed in, and every screen may show something else. A wallet that was closed meanwhile
    /// takes nobody in any more.
    pub(super) fn put_scope(&self, scope: Arc<MemberScope>) {
        {
            let mut current = self.scope.lock().unwrap_or_else(PoisonError::into_inner);
            if *self.closed.borrow() {
                return self.note_left(&scope);
            }
            // Under the lock: a card that comes on screen meanwhile tells this driver, or is counted here.
            scope.sync().live(self.live.load(Ordering::SeqCst));
            let store = Arc::clone(&scope.engine.store);
            if let Some(left) = current.replace(scope).filter(|left| !Arc::ptr_eq(&left.engine.store, &store)) {
                self.note_left(&left);
            }
        }
        self.observers.tell_topics(&Topic::ALL);
    }

    /// This store is left, for another one or for none. Closing waits for whoever still works on it.
    pub(super) fn note_left(&self, scope: &MemberScope) {
        let mut left = self.left.lock().unwrap_or_else(PoisonError::into_inner);
        left.retain_mut(|gone| gone.now_or_never().is_none());
        left.push(Box::pin(scope.store().gone()));
    }

    /// One more screen wants changes as they happen, or one less. Whoever is signed in then, now or later.
    fn count_live(&self, change: impl Fn(usize) -> usize) {
        // Counted under the lock, so that a sign-in in between neither misses nor doubles a screen.
        let scope = self.scope.lock().unwrap_or_else(PoisonError::into_inner);
        let count = change(self.live.load(Ordering::SeqCst));
        self.live.store(count, Ordering::SeqCst);
        if let Some(scope) = scope.as_ref() {
            scope.sync().live(count);
        }
    }
}

/// The card is on screen. While this lives the core waits for changes, so that points show a moment after the scan.
pub struct CardSession {
    inner: Arc<Inner>,
    /// Whose card came on screen.
    whose: String,
    /// The newest ledger line then.
    since: AtomicI64,
    /// Ends waiting for the next code.
    waiting: Mutex<Option<AbortHandle>>,
}

impl CardSession {
    pub(super) fn begin(inner: &Arc<Inner>) -> Result<CardSession, Error> {
        let newest =
            |scope: &MemberScope| Ok((scope.name.clone(), scope.store().read(|reader| reader.last_entry_number())?));
        let (whose, last) = inner.with_member(newest)?;
        inner.count_live(|count| count + 1);
        Ok(CardSession { inner: Arc::clone(inner), whose, since: AtomicI64::new(last), waiting: Mutex::default() })
    }

    /// The card, with what arrived since it came on screen.
    pub fn view(&self) -> Result<CardView, Error> {
        let newest = self.inner.with_member(|scope| {
            // Somebody else may have signed in meanwhile: nothing arrived for them.
            let same = scope.name == self.whose;
            Ok(if same { Some(scope.store().read(|reader| reader.last_entry_number())?) } else { None })
        })?;
        // A restored server counts its lines anew, from where it has gone back to.
        let since = newest.map(|newest| self.since.fetch_min(newest, Ordering::SeqCst).min(newest));
        let view = self.inner.view(|context| views::card(context, since, &self.inner.drawn))?;
        let code = view.card.as_ref().and_then(|card| card.code.as_ref());
        self.wait_for_next_code(code.map(|code| Duration::from_millis(code.changes_in_ms)));
        Ok(view)
    }

    /// Observers are told when the code changes, so that no host needs a timer for that.
    fn wait_for_next_code(&self, delay: Option<Duration>) {
        let waiting = delay.map(|delay| {
            let (observers, next) = (Arc::clone(&self.inner.observers), self.inner.ports.clock.sleep(delay));
            let (wait, handle) = abortable(async move {
                next.await;
                observers.tell_topics(&[Topic::Card]);
            });
            // Given up, it tells nobody.
            self.inner.ports.work.spawn(Box::pin(wait.map(drop)));
            handle
        });
        let before = std::mem::replace(&mut *self.waiting.lock().unwrap_or_else(PoisonError::into_inner), waiting);
        if let Some(before) = before {
            before.abort();
        }
    }
}

impl Drop for CardSession {
    fn drop(&mut self) {
        self.wait_for_next_code(None);
        self.inner.count_live(|count| count.saturating_sub(1));
    }
}
