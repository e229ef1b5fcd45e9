//! Opening a member's database, and what is done where its key is gone or its file is damaged.
//!
//! Each step leaves the home so that the next opening goes on from there; nothing that cannot be made anew is removed. Must not
//! know of drivers or screens.

use std::sync::Arc;

use zeroize::Zeroizing;

use crate::domain::{ActionState, Notice, ServerTime};
use crate::error::{Error, Unusable};
use crate::ports::{Ports, random_bytes};
use crate::store::{Condition, KEY_LEN, OpenHome, Saved, Store, StoreError};
use crate::text::Text;

/// A key of a database.
pub(super) type Key = Zeroizing<[u8; KEY_LEN]>;

/// What became of opening a database.
pub(super) enum Opened {
    /// It is open, under this name.
    Open(String, Arc<Store>, Option<Saved>),
    /// Nothing of it can be read any more. Its file was set aside, and the index does not list it.
    Lost(Loss),
}

/// Why nothing of a database can be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Loss {
    /// The vault has no key for it.
    Key,
    /// The file is gone or destroyed.
    File,
}

impl Loss {
    /// What the member is told.
    pub(super) fn text(self, text: &Text) -> String {
        match self {
            Loss::Key => text.say("notice-key-lost", &[]),
            Loss::File => text.say("notice-file-lost", &[]),
        }
    }
}

/// Opens databases of a home.
pub(super) struct Mender<'a> {
    pub(super) ports: &'a Ports,
    pub(super) home: &'a Arc<OpenHome>,
}

impl Mender<'_> {
    /// The key of a database; `None` only where the vault says that there is none.
    pub(super) fn key(&self, name: &str) -> Result<Option<Key>, Error> {
        let Some(secret) = self.ports.secrets.read(name)? else { return Ok(None) };
        let key: [u8; KEY_LEN] = secret.as_slice().try_into().map_err(|_| Error::Unusable(Unusable::WrongKey))?;
        Ok(Some(Zeroizing::new(key)))
    }

    /// Opens a database that the index lists. `kept` is whether something was ever saved in it: then a file that is not there
    /// is a loss and no beginning.
    pub(super) fn open(&self, name: &str, kept: bool) -> Result<Opened, Error> {
        self.finish(name)?;
        let Some(key) = self.key(name)? else { return self.give_up(name, Loss::Key) };
        let location = self.home.location(name);
        if kept && !self.home.has_content(name) {
            return self.give_up(name, Loss::File);
        }
        let error = match open_sound(self.home, name, key.clone()) {
            Ok(store) => return Ok(Opened::Open(name.to_owned(), store, None)),
            Err(error) if error.is_suspicious() => error,
            Err(error) => return Err(error.into()),
        };
        match Store::examine(&location, &key)? {
            Condition::Damaged => self.rescue(name, &key),
            Condition::Gone => self.give_up(name, Loss::File),
            Condition::WrongKey => Err(Error::Unusable(Unusable::WrongKey)),
            Condition::Sound => Err(error.into()),
        }
    }

    /// A rescue that was cut off after the index had named the new database: the old one is still to be set aside.
    pub(super) fn finish(&self, name: &str) -> Result<bool, Error> {
        match predecessor(name) {
            Some(before) if self.home.has(&before) => {
                self.home.set_aside(&before)?;
                Ok(true)
            }
            _ => Ok(false),
        }
    }

    /// Builds a new database of what can be read of a damaged one, names it in the index, and sets the old one aside.
    ///
    /// The new one has a key of its own, so that each key opens one file; the old key stays in the vault, and with it the file
    /// that was set aside stays readable for whoever wants to look at it.
    pub(super) fn rescue(&self, name: &str, key: &Key) -> Result<Opened, Error> {
        let next = successor(name);
        // What an attempt that was cut off has left is a part of the same copy.
        self.home.remove_unfinished(&next)?;
        let next_key = if let Some(key) = self.key(&next)? {
            key
        } else {
            let key = Zeroizing::new(random_bytes::<KEY_LEN>(self.ports.random.as_ref())?);
            self.ports.secrets.write(&next, key.as_slice())?;
            key
        };
        let (from, to) = (self.home.location(name), self.home.location(&next));
        let Some(saved) = Store::salvage((&from, key), (&to, &next_key))? else {
            return self.give_up(name, Loss::File);
        };
        let store = open_sound(self.home, &next, next_key)?;
        if saved.lost != Some(0) {
            let state = store.read(|reader| reader.sync_state())?;
            let now = ServerTime::at(state.anchor.as_ref(), &self.ports.clock.read()).at;
            store.write(|writer| writer.add_notice(now, &Notice::Rescued { lost: saved.lost }))?;
        }
        self.home.change_index(|index| index.succeed(name, &next))?;
        self.finish(&next)?;
        tracing::error!(?saved, "the wallet's file was damaged; what can be read of it was saved");
        Ok(Opened::Open(next, store, Some(saved)))
    }

    /// The file can never be read again. It is set aside, and the index forgets it.
    pub(super) fn give_up(&self, name: &str, loss: Loss) -> Result<Opened, Error> {
        self.home.set_aside(name)?;
        self.home.change_index(|index| index.note_aside(name))?;
        tracing::error!(?loss, "nothing of the saved wallet can be read; it was set aside");
        Ok(Opened::Lost(loss))
    }
}

/// Opens the database, and reads what every start reads.
fn open_sound(home: &Arc<OpenHome>, name: &str, key: Key) -> Result<Arc<Store>, StoreError> {
    let store = Arc::new(Store::open(home, name, key)?);
    let left = store.read(|reader| {
        reader.sync_state()?;
        reader.session()?;
        reader.outbox()
    })?;
    // What was being sent when the app last ended is queued, also where there is no network to send it.
    let left: Vec<_> = left.into_iter().filter(|row| row.state == ActionState::Sending).collect();
    if !left.is_empty() {
        match store.write(|writer| left.iter().try_for_each(|row| writer.requeue(row.key))) {
            // From a folder that cannot be written nothing is sent either.
            Ok(()) | Err(StoreError::ReadOnly) => {}
            Err(error) => return Err(error),
        }
    }
    Ok(store)
}

/// The databases that a rescue has made of one, or from which it was made, and one that it may have begun: each has a key and
/// files of its own.
pub(super) fn relatives(name: &str) -> Vec<String> {
    let mut names = vec![successor(name)];
    let mut before = predecessor(name);
    while let Some(name) = before {
        before = predecessor(&name);
        names.push(name);
    }
    names
}

/// `member-1f` is followed by `member-1f-2`, and that by `member-1f-3`: the name itself says what a rescue began.
fn successor(name: &str) -> String {
    match numbered(name) {
        Some((first, number)) => format!("{first}-{}", number + 1),
        None => format!("{name}-2"),
    }
}

fn predecessor(name: &str) -> Option<String> {
    numbered(name).map(|(first, number)| if number > 2 { format!("{first}-{}", number - 1) } else { first.to_owned() })
}

/// The number of a name that has one; names without it have one hyphen only.
fn numbered(name: &str) -> Option<(&str, u32)> {
    let (first, number) = name.rsplit_once('-')?;
    let number = number.parse().ok().filter(|number| (2..u32::MAX).contains(number))?;
    first.contains('-').then_some((first, number))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_databases_count_their_rescues() {
        let mut name = "member-0000000000000012".to_owned();
        assert_eq!(predecessor(&name), None);
        for expected in ["member-0000000000000012-2", "member-0000000000000012-3", "member-0000000000000012-4"] {
            let next = successor(&name);
            assert_eq!((next.as_str(), predecessor(&next)), (expected, Some(name)));
            name = next;
        }
    }
}
