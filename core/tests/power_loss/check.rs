//! Opens what a loss of power left, and holds it against what the member had been told.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::fs;
use std::hash::{DefaultHasher, Hash as _, Hasher as _};

use member_core::ports::Secrets as _;
use member_core::ports::simulated::{Device, World};
use member_core::{SignInState, Wallet};
use rusqlite::Connection;
use rusqlite::types::ValueRef;
use sqlcipher_sys::recording::Event;

use crate::disk::{Disk, Files, Loss};
use crate::run::{Fact, Run, config, open};

/// What opened after a loss.
#[derive(Clone)]
struct Seen {
    signed_in: bool,
    /// Whether there is a database of hers.
    file: bool,
    /// Actions that are listed, with their bytes.
    rows: BTreeMap<String, Vec<u8>>,
    /// Actions of whose outcome the base knows.
    outcomes: BTreeSet<String>,
    /// Of everything in the database.
    digest: u64,
}

/// Where the power goes, and how often.
#[derive(Clone, Copy)]
pub struct Plan {
    /// How often a loss of each kind is drawn at each sync; 0 draws one of them, in turn.
    pub draws: usize,
}

impl Plan {
    fn losses(self, turn: usize) -> Vec<Loss> {
        let mut losses = vec![Loss::Everything];
        match self.draws {
            0 => losses.push(Loss::DRAWN[turn % Loss::DRAWN.len()]),
            draws => losses.extend(Loss::DRAWN.iter().flat_map(|loss| std::iter::repeat_n(*loss, draws))),
        }
        losses
    }
}

/// Each place of a run before which the power can go: the syncs, and the end.
pub fn syncs(run: &Run) -> Vec<usize> {
    let syncs = run.recorded.events.iter().enumerate().filter(|(_, event)| is_sync(event)).map(|(index, _)| index);
    syncs.chain([run.recorded.events.len()]).collect()
}

fn is_sync(event: &Event) -> bool {
    matches!(event, Event::Synced { .. } | Event::FolderSynced)
}

/// Whether the last of these events ends a transaction in the log: a frame is its header and then its page, and the header of the
/// last one says how many pages the database has (<https://www.sqlite.org/walformat.html>).
fn is_commit(events: &[Event]) -> bool {
    const FRAME_HEADER: usize = 24;
    let [.., Event::Wrote { file, bytes, .. }, Event::Wrote { file: same, .. }] = events else { return false };
    file == same && bytes.len() == FRAME_HEADER && bytes[4..8] != [0; 4]
}

/// What came of it.
#[derive(Default)]
pub struct Tally {
    /// Syncs of files and of the folder.
    pub syncs: usize,
    /// Disks that were opened.
    pub disks: usize,
    /// Commits that were synced together with a later one.
    pub together: usize,
    /// How often the member was told something.
    facts: usize,
    /// Actions and sign-ins that were lost, or came back.
    pub lost: Vec<String>,
    /// Files that do not open, or are not whole.
    pub corrupt: Vec<String>,
}

struct Inspector<'a> {
    run: &'a Run,
    folder: tempfile::TempDir,
    device: Device,
    /// Most disks are equal to the last one or two.
    known: VecDeque<(Files, Result<Seen, String>)>,
    opened: usize,
}

/// The power goes before each sync of the run, with everything that may become of what was not synced.
pub fn lose_power(run: &Run, plan: Plan) -> Tally {
    let mut tally = Tally { facts: run.facts.len(), ..Tally::default() };
    let mut inspector = Inspector::new(run);
    let random = World::new(42);
    let mut disk = Disk::found(&run.recorded);
    // What the database held when nothing was lost, before the last sync and after each commit since: a loss leaves one of them.
    let mut before: Option<u64> = None;
    let mut whole_ones: BTreeSet<u64> = BTreeSet::new();
    let mut commits = 0_usize;
    let mut facts = Facts::new(run);
    let events = &run.recorded.events[..run.end];
    for (index, event) in events.iter().map(Some).chain([None]).enumerate() {
        if event.is_none_or(is_sync) {
            tally.syncs += usize::from(event.is_some());
            facts.go_to(index);
            let whole = match inspector.look(disk.after(Loss::Nothing, &random)) {
                Ok(seen) => {
                    tally.judge(index, Loss::Nothing, &facts, &Ok(seen.clone()), None);
                    Some(seen.digest)
                }
                Err(why) => {
                    tally.judge(index, Loss::Nothing, &facts, &Err(why), None);
                    None
                }
            };
            whole_ones.extend(whole);
            for loss in plan.losses(tally.syncs) {
                let seen = inspector.look(disk.after(loss, &random));
                // Before the first sync nobody knows what was durable when the recording began.
                let known = before.and(whole).map(|_| &whole_ones);
                tally.judge(index, loss, &facts, &seen, known);
            }
            before = whole;
            whole_ones = whole.into_iter().collect();
            tally.together += commits.saturating_sub(1);
            commits = 0;
        }
        if let Some(event) = event {
            disk.apply(event);
            if is_commit(&events[..=index]) {
                commits += 1;
                whole_ones.extend(inspector.look(disk.after(Loss::Nothing, &random)).ok().map(|seen| seen.digest));
            }
        }
    }
    tally.disks = inspector.opened;
    tally
}

impl std::fmt::Display for Tally {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Tally { syncs, disks, together, facts, lost, corrupt } = self;
        let (lost, corrupt) = (lost.len(), corrupt.len());
        write!(
            formatter,
            "{facts} facts, {syncs} syncs, {together} commits synced with a later one, {disks} disks: \
             {lost} times lost, {corrupt} times corrupt"
        )
    }
}

impl Tally {
    fn judge(
        &mut self,
        index: usize,
        loss: Loss,
        facts: &Facts<'_>,
        seen: &Result<Seen, String>,
        whole_ones: Option<&BTreeSet<u64>>,
    ) {
        let seen = match seen {
            Ok(seen) => seen,
            Err(why) => return self.corrupt.push(format!("before event {index}, {loss:?}: {why}")),
        };
        let mut faults = facts.against(seen);
        if whole_ones.is_some_and(|whole_ones| !whole_ones.contains(&seen.digest)) {
            faults
                .push("the database holds what it held neither at the last sync nor after any commit since".to_owned());
        }
        self.lost.extend(faults.into_iter().map(|what| format!("before event {index}, {loss:?}: {what}")));
    }
}

/// What the member was told of an action last.
enum Told {
    Safe,
    /// Asked to take it back, and not yet told that it is.
    TakingBack,
    Gone,
}

/// What the member has been told up to some event.
struct Facts<'a> {
    run: &'a Run,
    next: usize,
    signed_in: bool,
    /// Asked to sign out: she is here as before, or gone.
    leaving: bool,
    actions: BTreeMap<&'a str, Told>,
}

impl<'a> Facts<'a> {
    fn new(run: &'a Run) -> Facts<'a> {
        Facts { run, next: 0, signed_in: false, leaving: false, actions: BTreeMap::new() }
    }

    fn go_to(&mut self, event: usize) {
        while let Some((_, fact)) = self.run.facts.get(self.next).filter(|(at, _)| *at <= event) {
            match fact {
                Fact::SignedIn => self.signed_in = true,
                Fact::Leaving => self.leaving = true,
                Fact::Safe { key } => drop(self.actions.insert(key, Told::Safe)),
                Fact::TakingBack { key } => drop(self.actions.insert(key, Told::TakingBack)),
                Fact::Gone { key } => drop(self.actions.insert(key, Told::Gone)),
            }
            self.next += 1;
        }
    }

    fn against(&self, seen: &Seen) -> Vec<String> {
        let mut faults = Vec::new();
        if self.leaving && !seen.signed_in {
            if seen.file {
                faults.push("she is gone, and her database is left".to_owned());
            }
            return faults;
        }
        if self.signed_in && !seen.signed_in {
            faults.push("the member is signed out".to_owned());
        }
        // Told or not, what is there has its own bytes.
        for (key, body) in &seen.rows {
            if self.run.bodies.get(key).is_none_or(|known| known != body) {
                faults.push(format!("the action {key} has other bytes"));
            }
        }
        for (key, told) in &self.actions {
            match (told, seen.rows.contains_key(*key)) {
                // Its page is applied, and nobody was told yet.
                (Told::Safe, false) if !seen.outcomes.contains(*key) => {
                    faults.push(format!("the action {key} is lost"));
                }
                (Told::Gone, true) => faults.push(format!("the action {key} was gone and is there again")),
                _ => {}
            }
        }
        faults
    }
}

impl<'a> Inspector<'a> {
    fn new(run: &'a Run) -> Inspector<'a> {
        let folder = tempfile::tempdir().expect("a folder");
        Inspector { run, folder, device: run.device(), known: VecDeque::new(), opened: 0 }
    }

    fn look(&mut self, files: Files) -> Result<Seen, String> {
        if let Some((_, seen)) = self.known.iter().find(|(known, _)| *known == files) {
            return seen.clone();
        }
        self.opened += 1;
        let seen = self.open(&files);
        self.known.push_front((files, seen.clone()));
        self.known.truncate(4);
        seen
    }

    fn open(&self, files: &Files) -> Result<Seen, String> {
        let folder = self.folder.path();
        for file in fs::read_dir(folder).expect("the folder") {
            fs::remove_file(file.expect("a file").path()).expect("a file of ours");
        }
        for (name, bytes) in files {
            fs::write(folder.join(name), bytes).expect("a write");
        }
        // Shared memory that was left is no help to anybody, and must do no harm.
        fs::write(folder.join(format!("{}.db-shm", self.run.database)), vec![0xA5; 32_768]).expect("a write");
        // A wipe that was finished on another disk took the key with it.
        self.device.vault().write(&self.run.database, &self.run.key).expect("a vault");
        let signed_in = self.open_wallet()?;
        if !folder.join(format!("{}.db", self.run.database)).exists() {
            return Ok(Seen {
                signed_in,
                file: false,
                rows: BTreeMap::new(),
                outcomes: BTreeSet::new(),
                digest: DefaultHasher::new().finish(),
            });
        }
        let database = open(folder, &self.run.database, &self.run.key)
            .map_err(|error| format!("the database does not open: {error}"))?;
        inspect(&database, signed_in).map_err(|error| format!("the database cannot be read: {error}"))?
    }

    /// As the app starts: whether a member is signed in. The wallet is closed again, which copies its log into its file.
    fn open_wallet(&self) -> Result<bool, String> {
        let opened = (|| {
            let wallet = Wallet::open(config(self.folder.path()), self.device.ports())?;
            let signed_in = wallet.sign_in_state()? == SignInState::SignedIn;
            if signed_in {
                wallet.pending()?;
                wallet.balance()?;
            }
            Ok::<_, member_core::Error>(signed_in)
        })();
        self.device.kill_app();
        self.run.world.end();
        opened.map_err(|error| format!("the wallet does not open: {error:?}"))
    }
}

/// The database whole or not, and what is in it.
fn inspect(database: &Connection, signed_in: bool) -> rusqlite::Result<Result<Seen, String>> {
    let texts = |query: &str| -> rusqlite::Result<Vec<String>> {
        database.prepare(query)?.query_map([], |row| row.get(0))?.collect()
    };
    let faults = texts("PRAGMA integrity_check")?;
    if faults != ["ok"] {
        return Ok(Err(format!("the database is not whole: {faults:?}")));
    }
    // The log was copied into the file when the wallet was closed; where none was opened, it is now.
    database.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |_| Ok(()))?;
    let faults = texts("PRAGMA cipher_integrity_check")?;
    if !faults.is_empty() {
        return Ok(Err(format!("pages of the file are not whole: {faults:?}")));
    }
    let tables = texts("SELECT name FROM sqlite_schema WHERE type = 'table' ORDER BY name")?;
    let mut hasher = DefaultHasher::new();
    for table in &tables {
        table.hash(&mut hasher);
        let mut statement = database.prepare(&format!("SELECT * FROM \"{table}\""))?;
        let columns = statement.column_count();
        let mut rows = statement.query([])?;
        while let Some(row) = rows.next()? {
            for column in 0..columns {
                hash(row.get_ref(column)?, &mut hasher);
            }
        }
    }
    let mut seen =
        Seen { signed_in, file: true, rows: BTreeMap::new(), outcomes: BTreeSet::new(), digest: hasher.finish() };
    if tables.iter().any(|table| table == "outbox") {
        let rows: rusqlite::Result<_> = database
            .prepare("SELECT action_key, body FROM outbox")?
            .query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?
            .collect();
        seen.rows = rows?;
        let shown = "SELECT action_key FROM outcome WHERE generation = (SELECT generation FROM sync_state)";
        seen.outcomes = texts(shown)?.into_iter().collect();
    }
    Ok(Ok(seen))
}

fn hash(value: ValueRef<'_>, hasher: &mut DefaultHasher) {
    match value {
        ValueRef::Null => 0.hash(hasher),
        ValueRef::Integer(number) => (1, number).hash(hasher),
        ValueRef::Real(number) => (2, number.to_bits()).hash(hasher),
        ValueRef::Text(bytes) => (3, bytes).hash(hasher),
        ValueRef::Blob(bytes) => (4, bytes).hash(hasher),
    }
}
