//! A disk that loses power: what was synced stays, what was not is dropped, kept, torn or out of order, by seed.
//!
//! Built from what `sqlcipher_sys::recording` wrote down. It promises no more than SQLite asks of a disk: a sync makes durable
//! what was written before it, a sync of the folder makes names durable, and a write changes no byte beside it. A byte that
//! was there holds what it held or what was written over it; past the end of what was synced anything may stand. It knows
//! nothing of SQLite, wallets or members.

use std::collections::{BTreeMap, BTreeSet};

use member_core::ports::simulated::World;
use sqlcipher_sys::recording::{Event, Recorded};

/// What a disk writes whole or not at all.
const SECTOR: u64 = 512;

/// The files of a folder: name and bytes.
pub type Files = BTreeMap<String, Vec<u8>>;

/// What becomes of that which was not synced when the power went.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Loss {
    /// All of it arrived all the same. As after the end of a process.
    Nothing,
    /// None of it arrived.
    Everything,
    /// It arrived in its order up to some point, and the write at that point in part.
    Tail,
    /// Some writes arrived, others did not, whatever their order.
    Writes,
    /// Of each write some sectors arrived.
    Sectors,
    /// Of each sector of each write the first bytes arrived, and the rest did not.
    Bytes,
    /// As some sectors, and where the file grew the others hold anything.
    Noise,
}

impl Loss {
    /// Those that the seed decides.
    pub const DRAWN: [Loss; 5] = [Loss::Tail, Loss::Writes, Loss::Sectors, Loss::Bytes, Loss::Noise];
}

enum Change {
    Write { offset: u64, bytes: Vec<u8> },
    Truncate { length: u64 },
}

#[derive(Default)]
struct File {
    durable: Vec<u8>,
    /// Not synced, in its order.
    pending: Vec<Change>,
}

/// A new name, or one that is gone.
struct Naming {
    name: String,
    file: Option<u64>,
}

/// A disk between two events of a recording.
#[derive(Default)]
pub struct Disk {
    files: BTreeMap<u64, File>,
    /// Names that are durable.
    names: BTreeMap<String, u64>,
    /// New and removed names since the last sync of the folder, in their order.
    naming: Vec<Naming>,
    /// Files that were replaced durably and whole.
    others: Files,
}

impl Disk {
    /// As it was when the recording began.
    pub fn found(recorded: &Recorded) -> Disk {
        let mut disk = Disk::default();
        for found in &recorded.found {
            disk.names.insert(found.name.clone(), found.file);
            disk.files.insert(found.file, File { durable: found.bytes.clone(), pending: Vec::new() });
        }
        disk
    }

    /// What the recording says happens next.
    pub fn apply(&mut self, event: &Event) {
        match event {
            Event::Created { name, file } => {
                self.files.insert(*file, File::default());
                self.naming.push(Naming { name: name.clone(), file: Some(*file) });
            }
            Event::Wrote { file, offset, bytes } => {
                self.file(*file).pending.push(Change::Write { offset: *offset, bytes: bytes.clone() });
            }
            Event::Truncated { file, length } => self.file(*file).pending.push(Change::Truncate { length: *length }),
            Event::Synced { file } => {
                let file = self.file(*file);
                for change in std::mem::take(&mut file.pending) {
                    change.make(&mut file.durable);
                }
            }
            Event::Removed { name } => self.naming.push(Naming { name: name.clone(), file: None }),
            Event::FolderSynced => {
                for naming in std::mem::take(&mut self.naming) {
                    naming.make(&mut self.names);
                }
                let named: BTreeSet<u64> = self.names.values().copied().collect();
                self.files.retain(|file, _| named.contains(file));
            }
            Event::Replaced { name, bytes } => {
                self.others.insert(name.clone(), bytes.clone());
            }
        }
    }

    fn file(&mut self, number: u64) -> &mut File {
        // A file that has lost its name durably may be open all the same; nobody will ever read it.
        self.files.entry(number).or_default()
    }

    /// What is there when the power comes back.
    pub fn after(&self, loss: Loss, random: &World) -> Files {
        let mut names = self.names.clone();
        let arrived = match loss {
            Loss::Nothing => self.naming.len(),
            Loss::Everything => 0,
            // Names are kept in a journal, which has an order.
            _ => below(random, self.naming.len() + 1),
        };
        for naming in self.naming.iter().take(arrived) {
            naming.make(&mut names);
        }
        let mut files = self.others.clone();
        for (name, number) in names {
            let Some(file) = self.files.get(&number) else { continue };
            files.insert(name, file.after(loss, random));
        }
        files
    }
}

impl Naming {
    fn make(&self, names: &mut BTreeMap<String, u64>) {
        match self.file {
            Some(file) => names.insert(self.name.clone(), file),
            None => names.remove(&self.name),
        };
    }
}

impl File {
    fn after(&self, loss: Loss, random: &World) -> Vec<u8> {
        let mut bytes = self.durable.clone();
        let tail = below(random, self.pending.len() + 1);
        for (index, change) in self.pending.iter().enumerate() {
            match loss {
                Loss::Nothing => change.make(&mut bytes),
                Loss::Tail if index < tail => change.make(&mut bytes),
                Loss::Tail if index == tail => change.make_in_part(&mut bytes, random, Part::Sectors),
                Loss::Writes if random.below(2) == 0 => change.make(&mut bytes),
                Loss::Everything | Loss::Tail | Loss::Writes => {}
                Loss::Sectors => change.make_in_part(&mut bytes, random, Part::Sectors),
                Loss::Bytes => change.make_in_part(&mut bytes, random, Part::Bytes),
                Loss::Noise => change.make_in_part(&mut bytes, random, Part::NoiseFrom(self.durable.len())),
            }
        }
        bytes
    }
}

impl Change {
    fn make(&self, bytes: &mut Vec<u8>) {
        match self {
            Change::Write { offset, bytes: written } => overwrite(bytes, *offset, written),
            Change::Truncate { length } => bytes.resize(index(*length), 0),
        }
    }

    /// Each sector of a write arrives, or does not, or in part; a new length does or does not.
    fn make_in_part(&self, bytes: &mut Vec<u8>, random: &World, part: Part) {
        let Change::Write { offset, bytes: written } = self else {
            if random.below(2) == 0 {
                self.make(bytes);
            }
            return;
        };
        let (mut at, mut rest) = (*offset, written.as_slice());
        while !rest.is_empty() {
            let room = index(SECTOR - at % SECTOR).min(rest.len());
            let (sector, after) = rest.split_at(room);
            match part {
                Part::Bytes => overwrite(bytes, at, &sector[..below(random, room + 1)]),
                _ if random.below(2) == 0 => overwrite(bytes, at, sector),
                Part::NoiseFrom(end) if index(at) >= end => {
                    let mut anything = vec![0; sector.len()];
                    random.fill(&mut anything);
                    overwrite(bytes, at, &anything);
                }
                _ => {}
            }
            (at, rest) = (at + u64::try_from(room).expect("a sector"), after);
        }
    }
}

/// How a write arrives in part.
#[derive(Clone, Copy)]
enum Part {
    Sectors,
    Bytes,
    /// From this place on, a sector that does not arrive holds anything.
    NoiseFrom(usize),
}

/// Writes at `offset`; what lies between the end and there is zero.
fn overwrite(bytes: &mut Vec<u8>, offset: u64, written: &[u8]) {
    let from = index(offset);
    let to = from + written.len();
    if bytes.len() < to {
        bytes.resize(to, 0);
    }
    bytes[from..to].copy_from_slice(written);
}

fn index(offset: u64) -> usize {
    usize::try_from(offset).expect("a small file")
}

fn below(random: &World, bound: usize) -> usize {
    index(random.below(u64::try_from(bound).expect("a small number")))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn wrote(offset: u64, bytes: &[u8]) -> Event {
        Event::Wrote { file: 1, offset, bytes: bytes.to_vec() }
    }

    fn disk(events: &[Event]) -> Disk {
        let mut disk = Disk::default();
        for event in events {
            disk.apply(event);
        }
        disk
    }

    #[test]
    fn what_was_synced_stays_and_what_was_not_may_go() {
        let world = World::new(1);
        let created = Event::Created { name: "a".to_owned(), file: 1 };
        let begun = [created, wrote(0, &[1; 1024]), Event::Synced { file: 1 }];
        assert!(disk(&begun).after(Loss::Everything, &world).is_empty(), "the name is not durable");
        let mut events = begun.to_vec();
        events.extend([Event::FolderSynced, wrote(1024, &[2; 1024])]);
        let disk = disk(&events);
        assert_eq!(disk.after(Loss::Everything, &world)["a"], vec![1; 1024]);
        assert_eq!(disk.after(Loss::Nothing, &world)["a"].len(), 2048);
        for loss in Loss::DRAWN {
            let mut seen = BTreeSet::new();
            for _ in 0..200 {
                let bytes = disk.after(loss, &world).remove("a").expect("the file");
                assert_eq!(bytes[..1024], [1; 1024], "{loss:?}");
                let arrived = |from: usize| bytes.iter().skip(from).take(512).filter(|byte| **byte == 2).count();
                seen.insert((arrived(1024), arrived(1536)));
            }
            // A whole write has both of its sectors or none.
            let torn = seen.iter().any(|sectors| *sectors != (0, 0) && *sectors != (512, 512));
            assert_eq!(torn, loss != Loss::Writes, "{loss:?}: {seen:?}");
        }
    }

    #[test]
    fn a_name_that_was_removed_may_come_back_until_the_folder_is_synced() {
        let world = World::new(2);
        let created = |file| Event::Created { name: "a".to_owned(), file };
        let removed = Event::Removed { name: "a".to_owned() };
        let mut events = vec![created(1), wrote(0, b"old"), Event::Synced { file: 1 }, Event::FolderSynced, removed];
        assert_eq!(disk(&events).after(Loss::Everything, &world)["a"], b"old");
        assert!(disk(&events).after(Loss::Nothing, &world).is_empty());
        events.push(created(2));
        assert_eq!(disk(&events).after(Loss::Nothing, &world)["a"], b"");
        let lengths: BTreeSet<Option<usize>> =
            (0..50).map(|_| disk(&events).after(Loss::Writes, &world).get("a").map(Vec::len)).collect();
        assert_eq!(lengths, BTreeSet::from([None, Some(0), Some(3)]));
        events.push(Event::FolderSynced);
        assert_eq!(disk(&events).after(Loss::Everything, &world)["a"], b"");
    }
}
