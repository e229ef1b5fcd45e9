//! One store under several threads, in many interleavings: what was acknowledged is there, what closes it has seen everything, and
//! nobody reads or writes afterwards.

use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex as StdMutex};

use futures_util::FutureExt as _;
use jiff::Timestamp;
use zeroize::Zeroizing;

use super::{Home, KEY_LEN, OpenHome, Reader, Store, StoreError, Touched, Writer};
use crate::domain::Notice;
use crate::ports::interleaved::{JoinHandle, block_on, explore, finds, point, thread};

const ROUNDS: usize = 300;

const NAME: &str = "member";

/// A store on files, as on a phone: its log lets reads go on beside a write.
struct Scene {
    store: Arc<Store>,
    home: Arc<OpenHome>,
    folder: tempfile::TempDir,
    acknowledged: Arc<StdMutex<Vec<u32>>>,
}

impl Scene {
    fn new() -> Scene {
        let folder = folder();
        let home = Arc::new(OpenHome::open(Home::Folder(folder.path().to_owned())).expect("a home"));
        let store = Arc::new(Store::open(&home, NAME, Zeroizing::new([7; KEY_LEN])).expect("a store"));
        Scene { store, home, folder, acknowledged: Arc::default() }
    }

    /// Writes these one after the other, and remembers which of them are acknowledged, until it is refused.
    fn taps(&self, numbers: std::ops::Range<u32>) -> JoinHandle<()> {
        let (store, acknowledged) = (Arc::clone(&self.store), Arc::clone(&self.acknowledged));
        thread::spawn(move || {
            for number in numbers {
                match store.write(|writer| add(writer, number)) {
                    Ok(()) => acknowledged.lock().expect("no panic while noting").push(number),
                    Err(StoreError::Closed | StoreError::Retired) => return,
                    Err(error) => panic!("{error}"),
                }
            }
        })
    }

    fn acknowledged(&self) -> Vec<u32> {
        let mut numbers = self.acknowledged.lock().expect("no panic while noting").clone();
        numbers.sort_unstable();
        numbers
    }

    fn file(&self, suffix: &str) -> PathBuf {
        self.folder.path().join(format!("{NAME}.{suffix}"))
    }
}

/// In memory where the system has a place for that: an interleaving need not wait for the disk.
fn folder() -> tempfile::TempDir {
    let memory = Path::new("/dev/shm");
    let made = if memory.is_dir() { tempfile::tempdir_in(memory) } else { tempfile::tempdir() };
    made.expect("a folder")
}

fn add(writer: &mut Writer<'_>, number: u32) -> Result<(), StoreError> {
    point();
    writer.add_notice(Timestamp::UNIX_EPOCH, &Notice::Rescued { lost: Some(number) })?;
    point();
    Ok(())
}

fn numbers(reader: &Reader<'_>) -> Result<Vec<u32>, StoreError> {
    let told = reader.notices()?;
    let number = |notice: Notice| match notice {
        Notice::Rescued { lost } => lost,
        _ => None,
    };
    let mut numbers: Vec<u32> = told.into_iter().filter_map(|(_, _, notice)| number(notice)).collect();
    numbers.sort_unstable();
    Ok(numbers)
}

#[test]
fn a_read_sees_whole_transactions_and_one_state() {
    explore(ROUNDS, || {
        let scene = Scene::new();
        let store = Arc::clone(&scene.store);
        let pairs = thread::spawn(move || {
            for first in [0, 2] {
                store.write(|writer| add(writer, first).and_then(|()| add(writer, first + 1))).expect("a write");
            }
        });
        let store = Arc::clone(&scene.store);
        let reader = thread::spawn(move || {
            let read = |reader: &Reader<'_>| {
                let before = numbers(reader)?;
                point();
                Ok((before, numbers(reader)?))
            };
            let (before, after) = store.read(read).expect("a read");
            assert_eq!(before, after);
            assert!(before.len().is_multiple_of(2), "half a transaction: {before:?}");
        });
        pairs.join().expect("the writer ends");
        reader.join().expect("the reader ends");
        assert_eq!(scene.store.read(numbers).expect("a read"), [0, 1, 2, 3]);
    });
}

#[test]
fn a_check_and_a_change_in_two_transactions_are_found() {
    // Control: as if two taps could both spend the last points.
    assert!(finds(ROUNDS, || {
        let scene = Scene::new();
        let taps: Vec<_> = (0..2)
            .map(|number| {
                let store = Arc::clone(&scene.store);
                thread::spawn(move || {
                    if store.read(numbers).expect("a read").is_empty() {
                        store.write(|writer| add(writer, number)).expect("a write");
                    }
                })
            })
            .collect();
        for tap in taps {
            tap.join().expect("the tap ends");
        }
        assert_eq!(scene.store.read(numbers).expect("a read").len(), 1);
    }));
}

#[test]
fn a_check_and_a_change_in_one_transaction_are_one() {
    explore(ROUNDS, || {
        let scene = Scene::new();
        let taps: Vec<_> = (0..2)
            .map(|number| {
                let store = Arc::clone(&scene.store);
                let tap = move |writer: &mut Writer<'_>| {
                    if numbers(writer)?.is_empty() { add(writer, number).map(Some) } else { Ok(None) }
                };
                thread::spawn(move || store.write_unless(tap).expect("a write").is_some())
            })
            .collect();
        let done = taps.into_iter().map(|tap| tap.join().expect("the tap ends"));
        assert_eq!(done.filter(|done| *done).count(), 1);
        assert_eq!(scene.store.read(numbers).expect("a read").len(), 1);
    });
}

#[test]
fn what_closes_the_store_has_seen_every_write_that_was_acknowledged() {
    explore(ROUNDS, || {
        let scene = Scene::new();
        let taps = [scene.taps(0..2), scene.taps(2..4)];
        let store = Arc::clone(&scene.store);
        let reads = thread::spawn(move || {
            for _ in 0..2 {
                match store.read(numbers) {
                    Ok(_) | Err(StoreError::Closed) => {}
                    Err(error) => panic!("{error}"),
                }
            }
        });
        let last = scene.store.close_with(|reader| {
            point();
            numbers(reader)
        });
        taps.into_iter().chain([reads]).for_each(|thread| thread.join().expect("a thread ends"));
        assert_eq!(last.expect("it is closed"), scene.acknowledged());
        assert!(matches!(scene.store.read(numbers), Err(StoreError::Closed)));
        assert!(matches!(scene.store.write(|writer| add(writer, 9)), Err(StoreError::Closed)));
        assert!(matches!(scene.store.close_with(numbers), Err(StoreError::Closed)), "a second time");
    });
}

#[test]
fn a_store_that_is_not_closed_after_all_goes_on() {
    explore(ROUNDS, || {
        let scene = Scene::new();
        let taps = scene.taps(0..3);
        let kept = scene.store.close_with(|_| Err::<(), _>(StoreError::DiskFull));
        assert!(matches!(kept, Err(StoreError::DiskFull)));
        taps.join().expect("the taps end");
        assert_eq!(scene.acknowledged(), [0, 1, 2]);
        assert_eq!(scene.store.read(numbers).expect("a read"), [0, 1, 2]);
    });
}

#[test]
fn nothing_is_acknowledged_or_begun_once_the_store_is_retired_and_its_file_stays_as_it_is() {
    explore(ROUNDS, || {
        let scene = Scene::new();
        let taps = [scene.taps(0..2), scene.taps(2..4)];
        let retired = Arc::new(AtomicBool::new(false));
        let (store, told) = (Arc::clone(&scene.store), Arc::clone(&retired));
        let reads = thread::spawn(move || {
            for _ in 0..2 {
                let late = told.load(Ordering::SeqCst);
                let read = store.read(|reader| {
                    point();
                    numbers(reader)
                });
                match read {
                    Ok(_) => assert!(!late, "a read of a file that was given up"),
                    Err(StoreError::Retired) => {}
                    Err(error) => panic!("{error}"),
                }
            }
        });
        scene.store.retire().expect("a free store");
        retired.store(true, Ordering::SeqCst);
        let acknowledged = scene.acknowledged();
        // What a rescue would find now is what it finds when everybody is gone.
        let files = ["db", "db-wal"].map(|suffix| (scene.file(suffix), std::fs::read(scene.file(suffix)).ok()));
        taps.into_iter().chain([reads]).for_each(|thread| thread.join().expect("a thread ends"));
        assert_eq!(scene.acknowledged(), acknowledged);
        let Scene { store, home, folder, .. } = scene;
        assert!(Arc::into_inner(store).is_some(), "somebody holds the store");
        for (file, before) in files {
            assert!(std::fs::read(&file).ok() == before, "{} has changed", file.display());
        }
        let again = Store::open(&home, NAME, Zeroizing::new([7; KEY_LEN])).expect("a store");
        assert_eq!(again.read(numbers).expect("a read"), acknowledged);
        drop((again, home, folder));
    });
}

#[test]
fn who_hears_of_a_commit_finds_it_and_may_read_and_write() {
    explore(ROUNDS, || {
        let scene = Scene::new();
        let heard = Arc::new(StdMutex::new(Vec::new()));
        let (store, list) = (Arc::downgrade(&scene.store), Arc::clone(&heard));
        scene.store.listen(Box::new(move |touched| {
            assert!(touched.outbox);
            let store = store.upgrade().expect("somebody commits");
            let seen = store.read(numbers).expect("a read");
            list.lock().expect("no panic while noting").push(seen);
            if store.read(|reader| reader.sync_state()).expect("a read").last_contact.is_none() {
                let contact = (Timestamp::UNIX_EPOCH, anchor());
                store.write(|writer| quietly(writer, &contact)).expect("a write");
                store.write(|writer| add(writer, 100)).expect("a write");
            }
        }));
        let taps = [scene.taps(0..1), scene.taps(1..2)];
        for tap in taps {
            tap.join().expect("a thread ends");
        }
        let heard = heard.lock().expect("nobody notes any more").clone();
        // The last to hear has seen what every tap left.
        let all = scene.store.read(numbers).expect("a read");
        assert!(heard.contains(&all), "nobody heard of the last state: {heard:?}, {all:?}");
    });
}

fn anchor() -> crate::domain::Anchor {
    let reading = crate::domain::ClockReading {
        wall: Timestamp::UNIX_EPOCH,
        since_boot: std::time::Duration::ZERO,
        boot: crate::domain::BootId("boot".to_owned()),
    };
    crate::domain::Anchor::new(Timestamp::UNIX_EPOCH, &reading)
}

/// Nobody is told of it, so that telling comes to an end.
fn quietly(writer: &mut Writer<'_>, (at, anchor): &(Timestamp, crate::domain::Anchor)) -> Result<(), StoreError> {
    writer.note_contact(*at, anchor)?;
    writer.touched = Touched::default();
    Ok(())
}

#[test]
fn who_waits_for_the_store_to_be_gone_finds_the_home_free() {
    explore(ROUNDS, || {
        let scene = Scene::new();
        let (taps, gone) = (scene.taps(0..2), scene.store.gone());
        let Scene { store, home, folder, .. } = scene;
        point();
        drop((store, home));
        block_on(gone);
        OpenHome::open(Home::Folder(folder.path().to_owned())).expect("a free home");
        taps.join().expect("the taps end");
    });
}

#[test]
fn that_the_home_is_free_while_somebody_writes_is_found() {
    assert!(finds(ROUNDS, || {
        let scene = Scene::new();
        let (taps, gone) = (scene.taps(0..2), scene.store.gone());
        let Scene { store, home, folder, .. } = scene;
        drop((store, home));
        // Looked at, and not waited for.
        let _ = gone.now_or_never();
        OpenHome::open(Home::Folder(folder.path().to_owned())).expect("a free home");
        taps.join().expect("the taps end");
    }));
}
