//! A damaged database and its log, put together page by page where `SQLite` itself would stop: after a frame of the log that is
//! not what was written, and at a first page that cannot be read. Only encrypted bytes are moved here.
//!
//! The formats are `SQLite`'s own: <https://www.sqlite.org/walformat.html>, <https://www.sqlite.org/fileformat2.html>.

use std::collections::BTreeMap;
use std::fs;
use std::io::{Read as _, Seek as _, SeekFrom};
use std::path::{Path, PathBuf};

use rusqlite::OpenFlags;

use super::{KEY_LEN, StoreError, schema};

const PAGE: usize = 4096;
const LOG_HEADER: usize = 32;
const FRAME_HEADER: usize = 24;
const FRAME: usize = FRAME_HEADER + PAGE;

/// A length, a page number, a salt.
fn number(bytes: &[u8], at: usize) -> u32 {
    bytes.get(at..at + 4).and_then(|four| four.try_into().ok()).map_or(0, u32::from_be_bytes)
}

/// Where the log of a database is.
pub(super) fn log_of(path: &Path) -> PathBuf {
    path.with_extension("db-wal")
}

/// A write-ahead log, frame by frame.
struct Log {
    bytes: Vec<u8>,
    /// Whether checksums are of big-endian words.
    big_endian: bool,
    /// Of the frames that belong to this run of the log.
    salts: [u32; 2],
    /// Whether the header is what was written.
    whole_header: bool,
}

impl Log {
    /// `None` where there is not one frame.
    fn read(path: &Path) -> Option<Log> {
        let bytes = fs::read(path).ok().filter(|bytes| bytes.len() >= LOG_HEADER + FRAME)?;
        let mut log = Log { big_endian: number(&bytes, 0) & 1 == 1, bytes, salts: [0; 2], whole_header: false };
        log.whole_header = log.checksum([0; 2], &log.bytes[..24]) == log.pair(24);
        // Where the header is not what was written, the first frame says what belongs together.
        log.salts = if log.whole_header { log.pair(16) } else { log.pair(LOG_HEADER + 8) };
        Some(log)
    }

    fn pair(&self, at: usize) -> [u32; 2] {
        [number(&self.bytes, at), number(&self.bytes, at + 4)]
    }

    fn checksum(&self, mut sum: [u32; 2], bytes: &[u8]) -> [u32; 2] {
        for eight in bytes.chunks_exact(8) {
            let word = |at: usize| {
                let four = [eight[at], eight[at + 1], eight[at + 2], eight[at + 3]];
                if self.big_endian { u32::from_be_bytes(four) } else { u32::from_le_bytes(four) }
            };
            sum[0] = sum[0].wrapping_add(word(0)).wrapping_add(sum[1]);
            sum[1] = sum[1].wrapping_add(word(4)).wrapping_add(sum[0]);
        }
        sum
    }

    fn frames(&self) -> usize {
        (self.bytes.len() - LOG_HEADER) / FRAME
    }

    fn at(frame: usize) -> usize {
        LOG_HEADER + frame * FRAME
    }

    /// Whether the frame is of this run, and what was written after the one before it.
    fn follows(&self, frame: usize) -> bool {
        let at = Self::at(frame);
        if self.pair(at + 8) != self.salts {
            return false;
        }
        let before = match frame.checked_sub(1) {
            Some(before) => self.pair(Self::at(before) + 16),
            None => self.pair(24),
        };
        let sum = self.checksum(self.checksum(before, &self.bytes[at..at + 8]), self.image(frame));
        sum == self.pair(at + 16)
    }

    /// A commit says how many pages the database has then.
    fn commits(&self, frame: usize) -> bool {
        number(&self.bytes, Self::at(frame) + 4) > 0
    }

    fn image(&self, frame: usize) -> &[u8] {
        &self.bytes[Self::at(frame) + FRAME_HEADER..Self::at(frame + 1)]
    }

    /// How many frames `SQLite` takes: up to the last commit before the first frame that is not what was written.
    fn taken(&self) -> usize {
        if !self.whole_header {
            return 0;
        }
        let whole = (0..self.frames()).take_while(|frame| self.follows(*frame)).count();
        self.last_commit(0..whole)
    }

    /// How many frames were committed, as far as the log shows it, where `SQLite` takes `taken` of them. One commit
    /// behind those may be the torn end that a loss of power leaves. Two of them, each what was written after the frame before it,
    /// are more than that: the log was damaged, or the power went within changes that are synced together.
    fn committed(&self, taken: usize) -> usize {
        let behind = taken..self.frames();
        let commits = behind.clone().filter(|frame| self.commits(*frame) && self.follows(*frame)).take(2).count();
        if commits < 2 { taken } else { self.last_commit(behind.filter(|frame| self.follows(*frame))).max(taken) }
    }

    fn last_commit(&self, frames: impl Iterator<Item = usize>) -> usize {
        frames.filter(|frame| self.commits(*frame)).last().map_or(0, |frame| frame + 1)
    }

    /// Whether nothing of this run of the log stands behind its last commit: then nothing shows that more was committed.
    fn ends_with(&self, committed: usize) -> bool {
        let behind = self.bytes.get(Self::at(committed)..).unwrap_or_default();
        let cut_off = behind.len() % FRAME >= FRAME_HEADER;
        let live = |frame: usize| self.pair(Self::at(frame) + 8) == self.salts;
        self.whole_header && !(committed..self.frames() + usize::from(cut_off)).any(live)
    }

    /// The newest image of each page in the first frames, and every image of the first page, newest first.
    fn pages(&self, frames: usize) -> (BTreeMap<u32, &[u8]>, Vec<&[u8]>) {
        let (mut pages, mut first) = (BTreeMap::new(), Vec::new());
        for frame in 0..frames {
            let (at, image) = (Self::at(frame), self.image(frame));
            if self.pair(at + 8) == self.salts {
                let page = number(&self.bytes, at);
                pages.insert(page, image);
                if page == 1 {
                    first.insert(0, image);
                }
            }
        }
        (pages, first)
    }
}

/// Whether the log has commits behind the place where `SQLite` stops reading it, which would be lost with the next write. `path` is a database that is open, so that its shared memory says where that place is.
pub(super) fn log_is_cut(path: &Path) -> bool {
    let length = fs::metadata(log_of(path)).map_or(0, |log| usize::try_from(log.len()).unwrap_or(0));
    let taken = fs::read(path.with_extension("db-shm")).ok();
    let taken = taken.as_deref().and_then(|shm| shm.get(16..20)).and_then(|four| four.try_into().ok());
    let Some(taken) = taken.map(u32::from_ne_bytes).and_then(|taken| usize::try_from(taken).ok()) else { return false };
    // As a rule the log ends where its last commit does, or goes on with frames of an earlier run, which mean nothing.
    if length < Log::at(taken + 1) || !goes_on(&log_of(path), taken).unwrap_or(true) {
        return false;
    }
    let Some(log) = Log::read(&log_of(path)) else { return false };
    let committed = log.committed(taken);
    if log.whole_header || committed == taken {
        return committed > taken;
    }
    // A loss of power may hit the header when the log begins anew: then everything in it is in the file already.
    let main = fs::read(path).unwrap_or_default();
    let (pages, _) = log.pages(committed);
    pages.iter().any(|(page, image)| page_of(&main, *page) != Some(*image))
}

/// Whether any of the next frames is of the same run of the log as those before. Reads no more than their headers: this is asked at
/// each opening, and a log may be megabytes long.
fn goes_on(log: &Path, taken: usize) -> std::io::Result<bool> {
    const NEXT: usize = 64;
    let mut log = fs::File::open(log)?;
    let mut salts = |at: usize| {
        let mut salts = [0; 8];
        log.seek(SeekFrom::Start(u64::try_from(at).unwrap_or(u64::MAX)))?;
        log.read_exact(&mut salts).map(|()| salts)
    };
    let first = salts(LOG_HEADER + 8)?;
    // The first frame is of the run that the header names, unless one of the two is not what was written.
    if salts(16)? != first {
        return Ok(true);
    }
    // The file may end among them.
    Ok((taken..taken + NEXT).map_while(|frame| salts(Log::at(frame) + 8).ok()).any(|salts| salts == first))
}

fn page_of(bytes: &[u8], page: u32) -> Option<&[u8]> {
    let from = usize::try_from(page).ok()?.checked_sub(1)?.checked_mul(PAGE)?;
    bytes.get(from..from + PAGE)
}

/// How a file that was put together is read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Access {
    /// As any other.
    Plain,
    /// Its first page was made anew, and is in the clear; the others need this salt, which stood there.
    FirstPageAnew([u8; sqlcipher_sys::SALT_LEN]),
}

/// A database that was put together, for as long as this lives.
pub(super) struct Pieces {
    pub(super) path: PathBuf,
    pub(super) access: Access,
    /// Whether any page of it fits the key.
    pub(super) fits: bool,
    /// Whether nothing shows that more was committed than is in it.
    pub(super) whole_log: bool,
}

impl Pieces {
    /// Puts a database and its log together, each page as it was last committed.
    pub(super) fn of(path: &Path, key: &[u8; KEY_LEN]) -> Result<Pieces, StoreError> {
        let mut bytes = fs::read(path).unwrap_or_default();
        let log = Log::read(&log_of(path));
        let (mut firsts, mut whole_log) = (Vec::new(), true);
        if let Some(log) = &log {
            let taken = log.taken();
            let committed = log.committed(taken);
            let (pages, of_log) = log.pages(committed);
            firsts = of_log;
            whole_log = committed == taken && log.ends_with(committed);
            for (page, image) in pages {
                let Some(to) = usize::try_from(page).ok().and_then(|page| page.checked_mul(PAGE)) else { continue };
                // No database of ours has a fraction of this; a number beyond it is not what was written.
                if (PAGE..=MAX_LEN).contains(&to) {
                    bytes.resize(bytes.len().max(to), 0);
                    bytes[to - PAGE..to].copy_from_slice(image);
                }
            }
        }
        bytes.truncate(bytes.len() / PAGE * PAGE);
        let mut pieces = Pieces { path: path.with_extension("pieces"), access: Access::Plain, fits: false, whole_log };
        if bytes.is_empty() {
            return Ok(pieces);
        }
        let own = fs::read(path).ok().filter(|bytes| bytes.len() >= PAGE);
        firsts.extend(own.as_deref().map(|bytes| &bytes[..PAGE]));
        for first in firsts {
            bytes[..PAGE].copy_from_slice(first);
            pieces.write(&bytes)?;
            let check = sqlcipher_sys::check_pages(&pieces.path, key)?;
            pieces.fits = check.unreadable < check.pages;
            if pieces.fits {
                break;
            }
        }
        Ok(pieces)
    }

    fn write(&self, bytes: &[u8]) -> Result<(), StoreError> {
        self.remove();
        fs::write(&self.path, bytes).map_err(|error| match error.kind() {
            std::io::ErrorKind::StorageFull | std::io::ErrorKind::QuotaExceeded => StoreError::DiskFull,
            _ => StoreError::ReadOnly,
        })
    }

    /// Puts a first page in the place of the one that cannot be read. The tables of the first migration stand where they stand in
    /// every database of ours, since each begins with it; what is not where it is looked for is not believed.
    pub(super) fn make_first_page_anew(&mut self, key: &[u8; KEY_LEN]) -> Result<(), StoreError> {
        let mut bytes = fs::read(&self.path).map_err(|_| StoreError::ReadOnly)?;
        let salt = bytes.get(..sqlcipher_sys::SALT_LEN).and_then(|salt| salt.try_into().ok());
        let Some(salt): Option<[u8; sqlcipher_sys::SALT_LEN]> = salt else { return Ok(()) };
        self.remove();
        let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_CREATE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let mut skeleton = sqlcipher_sys::open_clear_first_page(&self.path, key, &salt, flags)?;
        schema::migrate(&mut skeleton)?;
        drop(skeleton);
        let mut first = fs::read(&self.path).map_err(|_| StoreError::ReadOnly)?;
        first.truncate(PAGE);
        // As many pages as there are, and none that is free.
        let pages = u32::try_from(bytes.len() / PAGE).unwrap_or(u32::MAX);
        first[28..32].copy_from_slice(&pages.to_be_bytes());
        first[32..40].fill(0);
        bytes[..PAGE].copy_from_slice(&first);
        self.write(&bytes)?;
        self.access = Access::FirstPageAnew(salt);
        Ok(())
    }

    fn remove(&self) {
        for suffix in ["pieces", "pieces-wal", "pieces-shm", "pieces-journal"] {
            // What stays is overwritten by the next attempt.
            let _ = fs::remove_file(self.path.with_extension(suffix));
        }
    }
}

impl Drop for Pieces {
    fn drop(&mut self) {
        self.remove();
    }
}

/// The longest database that is put together, in bytes.
const MAX_LEN: usize = 1 << 30;
