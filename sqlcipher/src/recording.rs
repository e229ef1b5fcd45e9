//! Records what SQLite does to the disk, so that a test can rebuild the disk as a loss of power would leave it.
//!
//! A VFS that stands before the system's own, passes every call on, and writes down what changes the files of a folder: each
//! write, truncation, sync, new name and removed name, in their order. It sees what SQLCipher hands to the disk: ciphertext.
//! It knows nothing of what a loss of power does; a test decides that. Only the feature `recording` has it, for tests. On request
//! the disk of a recording is full from some write on.
//!
//! Shared memory (`-shm`) is passed through unseen: SQLite makes it anew after a crash.

use std::collections::BTreeMap;
use std::ffi::{CStr, c_char, c_int, c_void};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicPtr, Ordering};
use std::sync::{Mutex, MutexGuard, Once, PoisonError};
use std::{fs, mem, ptr};

use rusqlite::ffi;

/// One thing that happened to the folder.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Event {
    /// A file that was not there got this name. Durable with the next [`Event::FolderSynced`].
    Created {
        /// Its name in the folder.
        name: String,
        /// Its number: another one for each file, also where the name was used before.
        file: u64,
    },
    /// Bytes were written, and are durable with the next [`Event::Synced`] of the file.
    Wrote {
        /// Its number.
        file: u64,
        /// Where, in bytes from the start.
        offset: u64,
        /// What.
        bytes: Vec<u8>,
    },
    /// The file was cut to this length.
    Truncated {
        /// Its number.
        file: u64,
        /// In bytes.
        length: u64,
    },
    /// Everything of the file so far is durable.
    Synced {
        /// Its number.
        file: u64,
    },
    /// The name was removed. Durable with the next [`Event::FolderSynced`].
    Removed {
        /// The name in the folder.
        name: String,
    },
    /// The names in the folder are durable as they are.
    FolderSynced,
    /// A small file that SQLite knows nothing of was replaced, durably.
    Replaced {
        /// The name in the folder.
        name: String,
        /// What it holds now.
        bytes: Vec<u8>,
    },
}

/// A file as it was when the recording began.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Found {
    /// Its name in the folder.
    pub name: String,
    /// Its number in the events.
    pub file: u64,
    /// What it held.
    pub bytes: Vec<u8>,
}

/// Everything of one recording.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Recorded {
    /// What was there before.
    pub found: Vec<Found>,
    /// What happened, in its order.
    pub events: Vec<Event>,
}

/// What becomes of `PRAGMA synchronous`. All but the first is there for controls: tests that must fail.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Synchronous {
    /// What the program asks for.
    AsAsked,
    /// NORMAL, whatever the program asks for: in WAL mode a commit is not synced.
    Normal,
    /// OFF, whatever the program asks for: nothing is ever synced.
    Off,
}

/// A recording of one folder, until it is dropped.
pub struct Recording {
    number: u64,
}

impl Recording {
    /// Records the files of `folder` that SQLite opens from now on. `others` are small files in it that are replaced by other
    /// means, durably and whole; they are looked at whenever something happens.
    pub fn begin(folder: &Path, others: &[&str], synchronous: Synchronous) -> std::io::Result<Recording> {
        register();
        // SQLite names files by their full paths, with no link in them.
        let folder = folder.canonicalize()?;
        let mut log = Log {
            folder,
            others: others.iter().map(|name| ((*name).to_owned(), Vec::new())).collect(),
            synchronous,
            names: BTreeMap::new(),
            last_file: 0,
            room: None,
            refused: 0,
            recorded: Recorded::default(),
        };
        for entry in fs::read_dir(&log.folder)? {
            let entry = entry?;
            let name = entry.file_name().to_string_lossy().into_owned();
            if !log.others.contains_key(&name) && !name.ends_with("-shm") && entry.file_type()?.is_file() {
                let file = log.new_file(&name);
                log.recorded.found.push(Found { name, file, bytes: fs::read(entry.path())? });
            }
        }
        let mut logs = logs();
        let number = logs.last_key_value().map_or(1, |(last, _)| last + 1);
        logs.insert(number, log);
        Ok(Recording { number })
    }

    /// How many events there are so far: what happens next has this place.
    pub fn position(&self) -> usize {
        let mut logs = logs();
        let log = logs.get_mut(&self.number).map(|log| {
            log.look_at_others();
            log.recorded.events.len()
        });
        log.unwrap_or_default()
    }

    /// After so many more writes the disk is full: no file grows or is written to, until [`free`](Self::free).
    pub fn fill_after(&self, writes: u64) {
        if let Some(log) = logs().get_mut(&self.number) {
            log.room = Some(writes);
        }
    }

    /// There is room on the disk again. How many writes were refused.
    pub fn free(&self) -> u64 {
        logs().get_mut(&self.number).map_or(0, |log| {
            log.room = None;
            std::mem::take(&mut log.refused)
        })
    }

    /// Ends the recording.
    pub fn end(self) -> Recorded {
        self.position();
        logs().remove(&self.number).map(|log| log.recorded).unwrap_or_default()
    }
}

impl Drop for Recording {
    fn drop(&mut self) {
        logs().remove(&self.number);
    }
}

/// One recording under way.
struct Log {
    folder: PathBuf,
    /// Files of other means, with what they last held.
    others: BTreeMap<String, Vec<u8>>,
    synchronous: Synchronous,
    /// The number of the file that has this name now.
    names: BTreeMap<String, u64>,
    last_file: u64,
    /// How many writes there is room for; `None` is no limit.
    room: Option<u64>,
    /// Writes for which there was none.
    refused: u64,
    recorded: Recorded,
}

impl Log {
    fn new_file(&mut self, name: &str) -> u64 {
        self.last_file += 1;
        self.names.insert(name.to_owned(), self.last_file);
        self.last_file
    }

    /// Whether there is room for one more write.
    fn has_room(&mut self) -> bool {
        match &mut self.room {
            None => true,
            Some(0) => {
                self.refused += 1;
                false
            }
            Some(left) => {
                *left -= 1;
                true
            }
        }
    }

    fn push(&mut self, event: Event) {
        self.look_at_others();
        self.recorded.events.push(event);
    }

    /// They were replaced before whatever happens now.
    fn look_at_others(&mut self) {
        for (name, known) in &mut self.others {
            if let Ok(bytes) = fs::read(self.folder.join(name))
                && bytes != *known
            {
                known.clone_from(&bytes);
                self.recorded.events.push(Event::Replaced { name: name.clone(), bytes });
            }
        }
    }
}

/// The recordings under way, by their numbers.
static LOGS: Mutex<BTreeMap<u64, Log>> = Mutex::new(BTreeMap::new());

fn logs() -> MutexGuard<'static, BTreeMap<u64, Log>> {
    LOGS.lock().unwrap_or_else(PoisonError::into_inner)
}

/// The recording of a path's folder and the path's name in it.
fn find<'a>(logs: &'a mut BTreeMap<u64, Log>, path: &Path) -> Option<(u64, String, &'a mut Log)> {
    let (folder, name) = (path.parent()?, path.file_name()?.to_str()?);
    let (number, log) = logs.iter_mut().find(|(_, log)| log.folder == folder)?;
    Some((*number, name.to_owned(), log))
}

/// # Safety
/// `name` is null or ends with a zero byte.
unsafe fn path(name: *const c_char) -> Option<PathBuf> {
    // SAFETY: the caller's contract.
    (!name.is_null()).then(|| PathBuf::from(unsafe { CStr::from_ptr(name) }.to_string_lossy().into_owned()))
}

/// The system's own VFS, behind ours.
static SYSTEM: AtomicPtr<ffi::sqlite3_vfs> = AtomicPtr::new(ptr::null_mut());

/// The system's way to open a folder for a sync.
static OPEN_FOLDER: Mutex<Option<OpenFolder>> = Mutex::new(None);

type OpenFolder = unsafe extern "C" fn(*const c_char, *mut c_int) -> c_int;

/// Puts ours before the system's VFS, once for the process: every file that is opened afterwards goes through it.
fn register() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        // SAFETY: null asks for the default VFS; SQLite initialises itself where it has not yet.
        let system = unsafe { ffi::sqlite3_vfs_find(ptr::null()) };
        assert!(!system.is_null(), "SQLite has no VFS");
        SYSTEM.store(system, Ordering::SeqCst);
        // SAFETY: a registered VFS lives as long as the process. All but the two functions below take nothing from the VFS that
        // they are called with, so the system's serve for ours as they are.
        let mut ours = unsafe { *system };
        ours.pNext = ptr::null_mut();
        ours.zName = c"recording".as_ptr();
        ours.szOsFile += c_int::try_from(size_of::<File>()).unwrap_or(c_int::MAX);
        ours.xOpen = Some(open);
        ours.xDelete = Some(delete);
        // SQLite syncs a folder in two places, inside of other calls; both open it by this one.
        // SAFETY: the system's own functions, called with itself; the replaced one has the type that it had.
        unsafe {
            let name = c"openDirectory".as_ptr();
            let before = (*system).xGetSystemCall.and_then(|get| get(system, name));
            *OPEN_FOLDER.lock().unwrap_or_else(PoisonError::into_inner) =
                mem::transmute::<ffi::sqlite3_syscall_ptr, Option<OpenFolder>>(before);
            let instead = mem::transmute::<Option<OpenFolder>, ffi::sqlite3_syscall_ptr>(Some(open_folder));
            let set = (*system).xSetSystemCall.map(|set| set(system, name, instead));
            assert_eq!(set, Some(ffi::SQLITE_OK), "syncs of folders cannot be seen on this system");
        }
        // SAFETY: what is leaked lives as long as the process.
        let status = unsafe { ffi::sqlite3_vfs_register(Box::leak(Box::new(ours)), 1) };
        assert_eq!(status, ffi::SQLITE_OK, "the VFS was not registered");
    });
}

/// An open file: ours, and behind it in the same memory the system's.
#[repr(C)]
struct File {
    base: ffi::sqlite3_file,
    /// Of which recording it is; 0 for none.
    recording: u64,
    /// Its number there.
    number: u64,
}

/// The system's file behind ours.
///
/// # Safety
/// `file` was handed out by SQLite for our VFS, which asked for memory for both.
unsafe fn inner(file: *mut ffi::sqlite3_file) -> *mut ffi::sqlite3_file {
    // SAFETY: the caller's contract; the size of ours is a multiple of its alignment, which is that of the system's.
    unsafe { file.cast::<File>().add(1).cast() }
}

/// Calls a method of the system's file behind `$file`.
macro_rules! pass {
    ($file:ident, $method:ident $(, $argument:expr)*) => {{
        // SAFETY: SQLite calls methods of files that it opened only, with the arguments of their contract, which are handed on.
        let called = unsafe {
            let inner = inner($file);
            (*(*inner).pMethods).$method.map(|method| method(inner $(, $argument)*))
        };
        called
    }};
}

/// Writes down what happened to an open file, where its folder is recorded.
///
/// # Safety
/// `file` is open, and ours.
unsafe fn note(file: *mut ffi::sqlite3_file, event: impl FnOnce(u64) -> Event) {
    // SAFETY: the caller's contract; nobody writes to these fields once the file is open.
    let (recording, number) = unsafe { ((*file.cast::<File>()).recording, (*file.cast::<File>()).number) };
    if let Some(log) = logs().get_mut(&recording) {
        log.push(event(number));
    }
}

/// Whether the disk of an open file has room for one more write.
///
/// # Safety
/// `file` is open, and ours.
unsafe fn has_room(file: *mut ffi::sqlite3_file) -> bool {
    // SAFETY: the caller's contract; nobody writes to this field once the file is open.
    let recording = unsafe { (*file.cast::<File>()).recording };
    logs().get_mut(&recording).is_none_or(Log::has_room)
}

static METHODS: ffi::sqlite3_io_methods = ffi::sqlite3_io_methods {
    // Of the second version: with shared memory, without reading by memory map, which would bypass what is seen here.
    iVersion: 2,
    xClose: Some(close),
    xRead: Some(read),
    xWrite: Some(write),
    xTruncate: Some(truncate),
    xSync: Some(sync),
    xFileSize: Some(file_size),
    xLock: Some(lock),
    xUnlock: Some(unlock),
    xCheckReservedLock: Some(check_reserved_lock),
    xFileControl: Some(file_control),
    xSectorSize: Some(sector_size),
    xDeviceCharacteristics: Some(device_characteristics),
    xShmMap: Some(shm_map),
    xShmLock: Some(shm_lock),
    xShmBarrier: Some(shm_barrier),
    xShmUnmap: Some(shm_unmap),
    xFetch: None,
    xUnfetch: None,
};

unsafe extern "C" fn open(
    _: *mut ffi::sqlite3_vfs,
    name: *const c_char,
    file: *mut ffi::sqlite3_file,
    flags: c_int,
    out_flags: *mut c_int,
) -> c_int {
    let system = SYSTEM.load(Ordering::SeqCst);
    // SAFETY: SQLite's contract for `xOpen`, handed on to the system's VFS with its own part of the memory.
    unsafe {
        let ours = file.cast::<File>();
        ptr::write(ours, File { base: ffi::sqlite3_file { pMethods: ptr::null() }, recording: 0, number: 0 });
        let Some(open) = (*system).xOpen else { return ffi::SQLITE_CANTOPEN };
        let status = open(system, name, inner(file), flags, out_flags);
        if (*inner(file)).pMethods.is_null() {
            return status;
        }
        (*ours).base.pMethods = &raw const METHODS;
        let mut logs = logs();
        let found = path(name).filter(|_| status == ffi::SQLITE_OK);
        if let Some((recording, name, log)) = found.as_deref().and_then(|path| find(&mut logs, path)) {
            let known = log.names.get(&name).copied();
            let number = known.unwrap_or_else(|| log.new_file(&name));
            if known.is_none() {
                log.push(Event::Created { name, file: number });
            }
            ((*ours).recording, (*ours).number) = (recording, number);
        }
        status
    }
}

unsafe extern "C" fn delete(_: *mut ffi::sqlite3_vfs, name: *const c_char, sync_folder: c_int) -> c_int {
    let system = SYSTEM.load(Ordering::SeqCst);
    // SAFETY: SQLite hands over a path.
    let path = unsafe { path(name) };
    {
        let mut logs = logs();
        // Before the call: the sync of the folder happens inside of it.
        if let Some((_, name, log)) = path.as_deref().and_then(|path| find(&mut logs, path))
            && log.names.remove(&name).is_some()
        {
            log.push(Event::Removed { name });
        }
    }
    // SAFETY: SQLite's contract for `xDelete`, handed on.
    unsafe { (*system).xDelete.map_or(ffi::SQLITE_IOERR, |delete| delete(system, name, sync_folder)) }
}

/// SQLite is about to sync the folder of `name`: it does nothing else with a folder that it opens.
unsafe extern "C" fn open_folder(name: *const c_char, descriptor: *mut c_int) -> c_int {
    let before = *OPEN_FOLDER.lock().unwrap_or_else(PoisonError::into_inner);
    // SAFETY: SQLite hands over a path, and the arguments of the function that stood here before.
    let (path, status) = unsafe { (path(name), before.map_or(ffi::SQLITE_CANTOPEN, |open| open(name, descriptor))) };
    let mut logs = logs();
    if let Some((_, _, log)) = path.as_deref().and_then(|path| find(&mut logs, path))
        && status == ffi::SQLITE_OK
    {
        log.push(Event::FolderSynced);
    }
    status
}

unsafe extern "C" fn close(file: *mut ffi::sqlite3_file) -> c_int {
    pass!(file, xClose).unwrap_or(ffi::SQLITE_OK)
}

unsafe extern "C" fn read(file: *mut ffi::sqlite3_file, into: *mut c_void, length: c_int, offset: i64) -> c_int {
    pass!(file, xRead, into, length, offset).unwrap_or(ffi::SQLITE_IOERR)
}

unsafe extern "C" fn write(file: *mut ffi::sqlite3_file, from: *const c_void, length: c_int, offset: i64) -> c_int {
    // SAFETY: an open file of ours.
    if unsafe { !has_room(file) } {
        return ffi::SQLITE_FULL;
    }
    let status = pass!(file, xWrite, from, length, offset).unwrap_or(ffi::SQLITE_IOERR);
    if let (ffi::SQLITE_OK, Ok(length), Ok(offset)) = (status, usize::try_from(length), u64::try_from(offset)) {
        // SAFETY: SQLite hands over `length` bytes of an open file of ours.
        unsafe {
            let bytes = std::slice::from_raw_parts(from.cast::<u8>(), length);
            note(file, |file| Event::Wrote { file, offset, bytes: bytes.to_vec() });
        }
    }
    status
}

unsafe extern "C" fn truncate(file: *mut ffi::sqlite3_file, length: i64) -> c_int {
    let status = pass!(file, xTruncate, length).unwrap_or(ffi::SQLITE_IOERR);
    if let (ffi::SQLITE_OK, Ok(length)) = (status, u64::try_from(length)) {
        // SAFETY: an open file of ours.
        unsafe { note(file, |file| Event::Truncated { file, length }) };
    }
    status
}

unsafe extern "C" fn sync(file: *mut ffi::sqlite3_file, flags: c_int) -> c_int {
    // Before the call: a sync of the folder, where one belongs to it, happens at its end.
    // SAFETY: an open file of ours.
    unsafe { note(file, |file| Event::Synced { file }) };
    let status = pass!(file, xSync, flags).unwrap_or(ffi::SQLITE_IOERR);
    assert_eq!(status, ffi::SQLITE_OK, "a sync failed: the recording is not what happened");
    status
}

unsafe extern "C" fn file_size(file: *mut ffi::sqlite3_file, size: *mut i64) -> c_int {
    pass!(file, xFileSize, size).unwrap_or(ffi::SQLITE_IOERR)
}

unsafe extern "C" fn lock(file: *mut ffi::sqlite3_file, level: c_int) -> c_int {
    pass!(file, xLock, level).unwrap_or(ffi::SQLITE_IOERR)
}

unsafe extern "C" fn unlock(file: *mut ffi::sqlite3_file, level: c_int) -> c_int {
    pass!(file, xUnlock, level).unwrap_or(ffi::SQLITE_IOERR)
}

unsafe extern "C" fn check_reserved_lock(file: *mut ffi::sqlite3_file, reserved: *mut c_int) -> c_int {
    pass!(file, xCheckReservedLock, reserved).unwrap_or(ffi::SQLITE_IOERR)
}

unsafe extern "C" fn file_control(file: *mut ffi::sqlite3_file, what: c_int, argument: *mut c_void) -> c_int {
    if what == ffi::SQLITE_FCNTL_PRAGMA {
        // SAFETY: for this call `argument` is an array of three strings: an answer, the pragma's name, its value or null.
        unsafe { replace_synchronous(file, argument.cast()) };
    }
    pass!(file, xFileControl, what, argument).unwrap_or(ffi::SQLITE_NOTFOUND)
}

/// Puts another value in the place of the one that the program gave to `PRAGMA synchronous`. SQLite asks the VFS first, and
/// reads the value from the same memory afterwards.
///
/// # Safety
/// `words` is what SQLite hands over with `SQLITE_FCNTL_PRAGMA`.
unsafe fn replace_synchronous(file: *mut ffi::sqlite3_file, words: *mut *mut c_char) {
    // SAFETY: an open file of ours.
    let recording = unsafe { (*file.cast::<File>()).recording };
    let value = match logs().get(&recording).map(|log| log.synchronous) {
        None | Some(Synchronous::AsAsked) => return,
        Some(Synchronous::Normal) => b'1',
        Some(Synchronous::Off) => b'0',
    };
    // SAFETY: the caller's contract; a value has at least one character and the zero byte, which are what is written over.
    unsafe {
        let (name, given) = (*words.add(1), *words.add(2));
        if !name.is_null() && !given.is_null() && CStr::from_ptr(name).to_bytes().eq_ignore_ascii_case(b"synchronous") {
            assert_ne!(*given, 0, "an empty value");
            given.cast::<u8>().write(value);
            given.add(1).write(0);
        }
    }
}

unsafe extern "C" fn sector_size(file: *mut ffi::sqlite3_file) -> c_int {
    pass!(file, xSectorSize).unwrap_or_default()
}

unsafe extern "C" fn device_characteristics(file: *mut ffi::sqlite3_file) -> c_int {
    pass!(file, xDeviceCharacteristics).unwrap_or_default()
}

unsafe extern "C" fn shm_map(
    file: *mut ffi::sqlite3_file,
    region: c_int,
    size: c_int,
    extend: c_int,
    mapped: *mut *mut c_void,
) -> c_int {
    // Shared memory is a file too, which grows before it is mapped.
    // SAFETY: an open file of ours.
    if extend != 0 && unsafe { !has_room(file) } {
        return ffi::SQLITE_IOERR_SHMSIZE;
    }
    pass!(file, xShmMap, region, size, extend, mapped).unwrap_or(ffi::SQLITE_IOERR)
}

unsafe extern "C" fn shm_lock(file: *mut ffi::sqlite3_file, offset: c_int, count: c_int, flags: c_int) -> c_int {
    pass!(file, xShmLock, offset, count, flags).unwrap_or(ffi::SQLITE_IOERR)
}

unsafe extern "C" fn shm_barrier(file: *mut ffi::sqlite3_file) {
    pass!(file, xShmBarrier).unwrap_or_default();
}

unsafe extern "C" fn shm_unmap(file: *mut ffi::sqlite3_file, remove: c_int) -> c_int {
    pass!(file, xShmUnmap, remove).unwrap_or(ffi::SQLITE_OK)
}
