//! Looks through a home without any network, and mends what can be mended. Must not know how it is shown.

use std::collections::BTreeMap;
use std::sync::Arc;

use jiff::Timestamp;
use serde::Serialize;

use super::mend::{Loss, Mender, Opened};
use super::wipe::finish_wipe;
use crate::domain::SessionState;
use crate::error::{Error, Unusable};
use crate::ports::Ports;
use crate::store::{Condition, Home, IndexedMember, OpenHome, SCHEMA_VERSION, Saved, Store, StoreError};

/// What [`doctor`] found and did.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Examination {
    /// Whether everything is whole, or is now.
    pub healthy: bool,
    /// Whether a sign-in waits for its code.
    pub code_sent: bool,
    /// The newest schema that this version knows.
    pub known_schema: i64,
    /// Each database that the index lists.
    pub databases: Vec<ExaminedDatabase>,
    /// Files that were set aside, by name. Nothing reads them, and nothing removes them.
    pub aside: Vec<String>,
    /// Databases of members who signed out whose deletion had been cut off, and is finished now.
    pub wiped: usize,
    /// Those whose deletion cannot be finished now. Nothing reads them.
    pub left_to_wipe: usize,
}

/// One database.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ExaminedDatabase {
    /// Its name in the home, now.
    pub name: String,
    /// The backend's address.
    pub server: String,
    /// Whether its member is the one who is signed in on this device.
    pub current: bool,
    /// In what state it was.
    pub found: Found,
    /// What was done.
    pub did: Vec<Did>,
    /// What is in it, where it can be read now.
    pub holds: Option<Holds>,
}

/// In what state a database was.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Found {
    /// Every page and every table is whole.
    Sound,
    /// Some of it cannot be read.
    Damaged,
    /// There is no file, or nothing is in it.
    Gone,
    /// No page of it fits the key.
    WrongKey,
    /// The vault has no key for it.
    KeyMissing,
    /// The vault cannot be read now.
    KeyUnavailable,
    /// A newer version of the app wrote it.
    NewerSchema,
    /// It cannot be written: the disk is full.
    DiskFull,
    /// It cannot be written, or not be read at all.
    NotWritable,
}

impl Found {
    /// What the wallet says of a database that stays as it is; `None` of one that is whole, or was mended.
    pub fn error(self) -> Option<Error> {
        Some(Error::Unusable(match self {
            Found::Sound | Found::Gone | Found::KeyMissing => return None,
            Found::Damaged => Unusable::Storage,
            Found::WrongKey => Unusable::WrongKey,
            Found::KeyUnavailable => Unusable::Locked,
            Found::NewerSchema => Unusable::NewerWallet,
            Found::DiskFull => Unusable::DiskFull,
            Found::NotWritable => Unusable::ReadOnly,
        }))
    }
}

/// What was done to a database.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Did {
    /// A rescue that had been cut off was finished.
    FinishedRescue,
    /// Its schema was brought up to date.
    Migrated {
        /// From this one.
        from: i64,
    },
    /// What could be read was saved in a new one, and the old one set aside.
    Rescued {
        /// Actions that were saved.
        actions: u32,
        /// Actions that could not be read; `None` where nothing says how many.
        lost: Option<u32>,
        /// Whether the member is still signed in.
        session: bool,
    },
    /// Nothing of it could be read: it was set aside.
    SetAside,
}

/// What is in a database.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Holds {
    /// The schema's number.
    pub schema: i64,
    /// Whether the member is signed in.
    pub session: bool,
    /// Whether the base is to be built anew with the next sync.
    pub rebuilding: bool,
    /// Actions, by state.
    pub actions: BTreeMap<&'static str, u64>,
    /// Server time of the last contact that was noted.
    pub last_contact: Option<Timestamp>,
}

/// Looks through everything that an app keeps in `home`, and mends what can be mended. Uses no network.
///
/// It reads every page: milliseconds for a small wallet, seconds for one of 100,000 lines. An error is one of the home itself:
/// it is in use, its index cannot be read.
pub fn doctor(home: Home, ports: &Ports) -> Result<Examination, Error> {
    if let Home::Folder(folder) = &home
        && !folder.exists()
    {
        // Nothing is made where nothing is.
        return Ok(Examination {
            healthy: true,
            code_sent: false,
            known_schema: SCHEMA_VERSION,
            databases: Vec::new(),
            aside: Vec::new(),
            wiped: 0,
            left_to_wipe: 0,
        });
    }
    let home = Arc::new(OpenHome::open(home)?);
    let mender = Mender { ports, home: &home };
    let index = home.index()?;
    let left_to_wipe = index.wiping.iter().filter(|name| finish_wipe(&home, ports.secrets.as_ref(), name).is_err());
    let left_to_wipe = left_to_wipe.count();
    let mut databases = Vec::new();
    for (name, member) in &index.databases {
        databases.push(examine(&mender, name, member, index.current.as_ref() == Some(name))?);
    }
    Ok(Examination {
        healthy: databases.iter().all(ExaminedDatabase::is_healthy) && left_to_wipe == 0,
        code_sent: index.sign_in.is_some_and(|asked| ports.clock.read().wall < asked.expires_at),
        known_schema: SCHEMA_VERSION,
        databases,
        aside: home.aside()?,
        wiped: index.wiping.len() - left_to_wipe,
        left_to_wipe,
    })
}

impl ExaminedDatabase {
    /// Whether it is whole, or is now, or holds nobody up any more.
    fn is_healthy(&self) -> bool {
        // A sign-in that was cut off leaves a name without a file; the next one goes on from there.
        let never_made = self.found == Found::Gone && !self.current;
        self.holds.is_some() || self.did.contains(&Did::SetAside) || never_made
    }
}

fn examine(mender: &Mender<'_>, name: &str, member: &IndexedMember, current: bool) -> Result<ExaminedDatabase, Error> {
    let mut examined = ExaminedDatabase {
        name: name.to_owned(),
        server: member.server.clone(),
        current,
        found: Found::Sound,
        did: Vec::new(),
        holds: None,
    };
    if mender.finish(name)? {
        examined.did.push(Did::FinishedRescue);
    }
    let location = mender.home.location(name);
    let schema = match mender.key(name) {
        Ok(Some(key)) => match Store::examine(&location, &key) {
            Ok(Condition::Sound) => Store::schema(&location, &key).ok(),
            Ok(condition) => {
                examined.found = match condition {
                    Condition::Damaged => Found::Damaged,
                    Condition::WrongKey => Found::WrongKey,
                    Condition::Gone | Condition::Sound => Found::Gone,
                };
                None
            }
            Err(error) => {
                examined.found = found(&error);
                None
            }
        },
        Ok(None) => {
            examined.found = Found::KeyMissing;
            None
        }
        Err(Error::Unusable(Unusable::WrongKey)) => {
            examined.found = Found::WrongKey;
            return Ok(examined);
        }
        Err(_) => {
            examined.found = Found::KeyUnavailable;
            return Ok(examined);
        }
    };
    if examined.found == Found::Gone && !current {
        return Ok(examined);
    }
    match mend(mender, name, current, examined.found) {
        Ok(Opened::Open(name, store, saved)) => {
            if let Some(from) = schema.filter(|from| (1..SCHEMA_VERSION).contains(from)) {
                examined.did.push(Did::Migrated { from });
            }
            examined.did.extend(saved.as_ref().map(rescued));
            examined.name = name;
            match holds(&store) {
                Ok(holds) => examined.holds = Some(holds),
                Err(error) => examined.found = found(&error),
            }
        }
        Ok(Opened::Lost(loss)) => {
            if loss == Loss::Key {
                examined.found = Found::KeyMissing;
            }
            examined.did.push(Did::SetAside);
        }
        Err(Error::Unusable(why)) => {
            examined.found = match (why, examined.found) {
                (Unusable::NewerWallet, _) => Found::NewerSchema,
                (Unusable::WrongKey, _) => Found::WrongKey,
                (Unusable::DiskFull, _) => Found::DiskFull,
                (Unusable::Locked, _) => Found::KeyUnavailable,
                (_, Found::Sound) => Found::NotWritable,
                (_, found) => found,
            };
        }
        Err(error) => return Err(error),
    }
    Ok(examined)
}

/// As the wallet opens it; and what the wallet would meet only later is mended now.
fn mend(mender: &Mender<'_>, name: &str, current: bool, found: Found) -> Result<Opened, Error> {
    match (found, mender.key(name)?) {
        (Found::Damaged, Some(key)) => mender.rescue(name, &key),
        _ => mender.open(name, current),
    }
}

fn found(error: &StoreError) -> Found {
    match error {
        StoreError::NewerSchema { .. } => Found::NewerSchema,
        StoreError::WrongKey => Found::WrongKey,
        StoreError::DiskFull => Found::DiskFull,
        StoreError::Damaged | StoreError::Malformed(_) => Found::Damaged,
        StoreError::ReadOnly | StoreError::Retired | StoreError::Closed | StoreError::Sqlite(_) => Found::NotWritable,
    }
}

fn rescued(saved: &Saved) -> Did {
    Did::Rescued { actions: saved.actions, lost: saved.lost, session: saved.session }
}

fn holds(store: &Store) -> Result<Holds, StoreError> {
    store.read(|reader| {
        let state = reader.sync_state()?;
        let mut actions = BTreeMap::new();
        for row in reader.outbox()? {
            *actions.entry(row.state.name()).or_insert(0) += 1;
        }
        Ok(Holds {
            schema: SCHEMA_VERSION,
            session: reader.session()?.is_some_and(|(state, _)| state == SessionState::Active),
            rebuilding: state.cursor.is_none() || state.building.is_some(),
            actions,
            last_contact: state.last_contact,
        })
    })
}
