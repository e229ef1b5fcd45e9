//! Everything of the member who is signed in: store, session, driver.

use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, PoisonError};

use url::Url;
use zeroize::Zeroizing;

use super::{Inner, parse_server};
use crate::api::{MemberApi, ServerClock, Session};
use crate::domain::ActionState;
use crate::error::{Error, Unusable};
use crate::observe::Topic;
use crate::ports::random_bytes;
use crate::store::{IndexedMember, KEY_LEN, Store, SyncState};
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
        let mut index = self.home.index()?;
        let Some(name) = index.current.clone() else { return Ok(()) };
        let Some(member) = index.databases.get(&name).cloned() else { return Ok(()) };
        let server = parse_server(&member.server)?;
        if self.server.as_ref().is_some_and(|asked| *asked != server) {
            return Ok(());
        }
        if let Some(key) = self.key(&name)? {
            let store = self.store_of(&name, key)?;
            let state = store.read(|reader| reader.sync_state())?;
            self.put_scope(self.start(&name, server, store, state));
        } else {
            // The vault was emptied: the file can never be read again. It is set aside, and the member is told.
            self.home.set_aside(&name)?;
            index.current = None;
            index.databases.remove(&name);
            self.home.put_index(&index)?;
            self.set_notice("notice-key-lost");
        }
        Ok(())
    }

    /// The key of a database; `None` only where the vault says that there is none.
    pub(super) fn key(&self, name: &str) -> Result<Option<Zeroizing<[u8; KEY_LEN]>>, Error> {
        let Some(secret) = self.ports.secrets.read(name)? else { return Ok(None) };
        let key: [u8; KEY_LEN] = secret.as_slice().try_into().map_err(|_| Error::Unusable(Unusable::WrongKey))?;
        Ok(Some(Zeroizing::new(key)))
    }

    /// Opens the database of this name.
    pub(super) fn store_of(&self, name: &str, key: Zeroizing<[u8; KEY_LEN]>) -> Result<Arc<Store>, Error> {
        let store = Arc::new(Store::open(&self.home, name, key)?);
        // What was being sent when the app last ended is queued, also where there is no network to send it.
        let left: Vec<_> = store.read(|reader| reader.outbox())?;
        let left: Vec<_> = left.into_iter().filter(|row| row.state == ActionState::Sending).collect();
        if !left.is_empty() {
            store.write(|writer| left.iter().try_for_each(|row| writer.requeue(row.key)))?;
        }
        let observers = Arc::clone(&self.observers);
        store.listen(Box::new(move |touched| observers.tell(touched)));
        Ok(store)
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

    /// The database of a member, with a new key where there is none. The index names it before anything is made, so
    /// that an interrupted sign-in leaves nothing that the next one does not find.
    pub(super) fn database_of(&self, member: &IndexedMember) -> Result<(String, Zeroizing<[u8; KEY_LEN]>), Error> {
        let mut index = self.home.index()?;
        let listed = index.databases.iter().find(|(_, listed)| *listed == member).map(|(name, _)| name.clone());
        if let Some(name) = listed {
            if let Some(key) = self.key(&name)? {
                return Ok((name, key));
            }
            self.home.set_aside(&name)?;
            index.databases.remove(&name);
            self.set_notice("notice-key-lost");
        }
        let random = u64::from_be_bytes(random_bytes(self.ports.random.as_ref())?);
        let name = format!("member-{random:016x}");
        index.databases.insert(name.clone(), member.clone());
        self.home.put_index(&index)?;
        let key = Zeroizing::new(random_bytes::<KEY_LEN>(self.ports.random.as_ref())?);
        self.ports.secrets.write(&name, key.as_slice())?;
        Ok((name, key))
    }

    /// From now on this member is signed in, and every screen may show something else. A wallet that was closed meanwhile
    /// takes nobody in any more.
    pub(super) fn put_scope(&self, scope: Arc<MemberScope>) {
        scope.sync().live(self.live.load(Ordering::SeqCst));
        {
            let mut current = self.scope.lock().unwrap_or_else(PoisonError::into_inner);
            if *self.closed.borrow() {
                return;
            }
            *current = Some(scope);
        }
        self.observers.tell_topics(&Topic::ALL);
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
}

impl CardSession {
    pub(super) fn begin(inner: &Arc<Inner>) -> Result<CardSession, Error> {
        let scope = inner.scope()?;
        let last = scope.store().read(|reader| reader.last_entry_number())?;
        inner.count_live(|count| count + 1);
        Ok(CardSession { inner: Arc::clone(inner), whose: scope.name.clone(), since: AtomicI64::new(last) })
    }

    /// The card, with what arrived since it came on screen.
    pub fn view(&self) -> Result<CardView, Error> {
        let scope = self.inner.scope()?;
        // Somebody else may have signed in meanwhile: nothing arrived for them.
        if scope.name != self.whose {
            return self.inner.view(|context| views::card(context, None));
        }
        // A restored server counts its lines anew, from where it has gone back to.
        let newest = scope.store().read(|reader| reader.last_entry_number())?;
        let since = self.since.fetch_min(newest, Ordering::SeqCst).min(newest);
        self.inner.view(|context| views::card(context, Some(since)))
    }
}

impl Drop for CardSession {
    fn drop(&mut self) {
        self.inner.count_live(|count| count.saturating_sub(1));
    }
}
