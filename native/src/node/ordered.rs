//! One ordered log for everything a node keeps, with two levels of waiting.
//!
//! Every write is in the database's log, and so survives the end of the process, when the call returns; what must also
//! survive a power cut is synced before the call returns, and a sync covers all that was written before it. So after a
//! cut the file holds everything up to some moment, and nothing after it.
//!
//! LDK closes a channel at the next start when its monitor is on disk and the manager of the same moment is not. Most of
//! what stood between the two were syncs the manager had to wait for: of event queues and payment records, and its own.

use std::fs::File;
use std::path::Path;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Condvar, Mutex};
use std::thread;

use ldk_node::io::sqlite_store::{SqliteStore, KV_TABLE_NAME, SQLITE_DB_FILE_NAME};
use ldk_node::lightning::io;
use ldk_node::lightning::util::persist::KVSTORE_NAMESPACE_KEY_MAX_LEN;
use rusqlite::{params, Connection, OptionalExtension};

use super::data_dir::private_file;
use crate::sync::{lock, wait};

/// How many writes have been made.
pub type Position = u64;

#[derive(Clone, Copy)]
pub struct Key<'a> {
    pub primary: &'a str,
    pub secondary: &'a str,
    pub name: &'a str,
}

pub struct OrderedStore {
    connection: Mutex<Connection>,
    written: AtomicU64,
    shared: Arc<Shared>,
}

/// What the syncing thread has a hand in.
struct Shared {
    /// `SQLite`'s log; it is there for as long as a connection is open.
    log: File,
    synced: Mutex<Position>,
    wanted: Mutex<Option<Position>>,
    wanted_changed: Condvar,
    /// A sync failed: what is on disk can't be told any more.
    broken: AtomicBool,
}

impl OrderedStore {
    pub fn open(dir: &Path) -> io::Result<Self> {
        prepare(dir)?;
        let path = dir.join(SQLITE_DB_FILE_NAME);
        let connection = Connection::open(&path).map_err(|error| sqlite("open the database", &error))?;
        connection.pragma_update(None, "synchronous", "NORMAL").map_err(|error| sqlite("set it up", &error))?;
        // Any write brings the log into being.
        let version: u32 = connection
            .pragma_query_value(None, "user_version", |row| row.get(0))
            .map_err(|error| sqlite("read its version", &error))?;
        connection.pragma_update(None, "user_version", version).map_err(|error| sqlite("write to it", &error))?;
        let log = File::options().write(true).open(dir.join(format!("{SQLITE_DB_FILE_NAME}-wal")))?;
        let shared = Arc::new(Shared {
            log,
            synced: Mutex::new(0),
            wanted: Mutex::new(Some(0)),
            wanted_changed: Condvar::new(),
            broken: AtomicBool::new(false),
        });
        let syncing = Arc::clone(&shared);
        thread::Builder::new().name("ps-sync".into()).spawn(move || syncing.run())?;
        Ok(Self { connection: Mutex::new(connection), written: AtomicU64::new(0), shared })
    }

    pub fn read(&self, at: Key) -> io::Result<Vec<u8>> {
        let found = self.with("read", at, |connection| {
            let sql =
                sql("SELECT value FROM {} WHERE primary_namespace = ?1 AND secondary_namespace = ?2 AND key = ?3");
            connection
                .prepare_cached(&sql)?
                .query_row(params![at.primary, at.secondary, at.name], |row| row.get(0))
                .optional()
        })?;
        found.ok_or_else(|| io::Error::new(io::ErrorKind::NotFound, format!("there is no {}", at.shown())))
    }

    /// Written, and visible to the next start unless the power fails first.
    pub fn write(&self, at: Key, value: &[u8]) -> io::Result<Position> {
        self.change("write", at, |connection| {
            let sql = sql("INSERT OR REPLACE INTO {} (primary_namespace, secondary_namespace, key, value) VALUES (?1, ?2, ?3, ?4)");
            connection.prepare_cached(&sql)?.execute(params![at.primary, at.secondary, at.name, value])
        })
    }

    pub fn remove(&self, at: Key) -> io::Result<Position> {
        self.change("remove", at, |connection| {
            let sql = sql("DELETE FROM {} WHERE primary_namespace = ?1 AND secondary_namespace = ?2 AND key = ?3");
            connection.prepare_cached(&sql)?.execute(params![at.primary, at.secondary, at.name])
        })
    }

    pub fn list(&self, primary: &str, secondary: &str) -> io::Result<Vec<String>> {
        self.with("list", Key { primary, secondary, name: "" }, |connection| {
            let sql = sql("SELECT key FROM {} WHERE primary_namespace = ?1 AND secondary_namespace = ?2");
            connection.prepare_cached(&sql)?.query_map(params![primary, secondary], |row| row.get(0))?.collect()
        })
    }

    /// Returns once everything up to this position is on disk.
    pub fn sync(&self, position: Position) -> io::Result<()> {
        self.shared.sync(position, &self.written)
    }

    /// Has everything up to this position synced soon, by another thread.
    pub fn sync_soon(&self, position: Position) {
        let mut wanted = lock(&self.shared.wanted);
        if let Some(before) = *wanted {
            *wanted = Some(before.max(position));
            self.shared.wanted_changed.notify_one();
        }
    }

    fn change(
        &self,
        what: &str,
        at: Key,
        work: impl FnOnce(&Connection) -> rusqlite::Result<usize>,
    ) -> io::Result<Position> {
        if at.name.is_empty() || [at.primary, at.secondary, at.name].iter().any(|part| !is_valid(part)) {
            return Err(failed(format!("{} is no key", at.shown())));
        }
        self.with(what, at, |connection| {
            work(connection)?;
            Ok(self.written.fetch_add(1, Ordering::SeqCst) + 1)
        })
    }

    fn with<T>(&self, what: &str, at: Key, work: impl FnOnce(&Connection) -> rusqlite::Result<T>) -> io::Result<T> {
        if self.shared.broken.load(Ordering::SeqCst) {
            return Err(failed("an earlier sync failed; what is on disk can't be told"));
        }
        work(&lock(&self.connection)).map_err(|error| sqlite(&format!("{what} {}", at.shown()), &error))
    }
}

impl Drop for OrderedStore {
    fn drop(&mut self) {
        let _ = self.sync(self.written.load(Ordering::SeqCst));
        *lock(&self.shared.wanted) = None;
        self.shared.wanted_changed.notify_one();
    }
}

impl Shared {
    /// One sync serves everybody who waits for something written before it began.
    fn sync(&self, position: Position, written: &AtomicU64) -> io::Result<()> {
        let mut synced = lock(&self.synced);
        if *synced >= position {
            return Ok(());
        }
        let reached = written.load(Ordering::SeqCst);
        if let Err(error) = self.log.sync_data() {
            self.broken.store(true, Ordering::SeqCst);
            return Err(error.into());
        }
        *synced = reached;
        Ok(())
    }

    /// Until the store is dropped.
    fn run(&self) {
        let mut done = 0;
        let mut wanted = lock(&self.wanted);
        while let Some(position) = *wanted {
            if position > done {
                drop(wanted);
                // A failure is kept, and the next write says so.
                let _ = self.sync(position, &AtomicU64::new(position));
                done = position;
                wanted = lock(&self.wanted);
            } else {
                wanted = wait(&self.wanted_changed, wanted);
            }
        }
    }
}

impl Key<'_> {
    fn shown(&self) -> String {
        format!("{}/{}/{}", self.primary, self.secondary, self.name)
    }
}

/// As LDK demands of a store.
fn is_valid(part: &str) -> bool {
    part.len() <= KVSTORE_NAMESPACE_KEY_MAX_LEN
        && part.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_' || byte == b'-')
}

fn sql(text: &str) -> String {
    text.replace("{}", KV_TABLE_NAME)
}

fn sqlite(what: &str, error: &rusqlite::Error) -> io::Error {
    failed(format!("can't {what}: {error}"))
}

fn failed(reason: impl Into<String>) -> io::Error {
    io::Error::new(io::ErrorKind::Other, reason.into())
}

/// ldk-node's own table and version, in WAL mode, which stays in the file. `SQLite`'s default journal needs four fsyncs
/// per write and can lose the newest one to a power cut between the unlink of the journal and the sync of its directory.
fn prepare(dir: &Path) -> io::Result<()> {
    let path = dir.join(SQLITE_DB_FILE_NAME);
    private_file().truncate(false).open(&path)?;
    let mode: String = Connection::open(&path)
        .and_then(|connection| connection.pragma_update_and_check(None, "journal_mode", "WAL", |row| row.get(0)))
        .map_err(|error| failed(format!("{} cannot be opened: {error}", path.display())))?;
    if mode != "wal" {
        return Err(failed(format!("{} cannot be put into WAL mode, it stays in {mode}", path.display())));
    }
    SqliteStore::new(dir.into(), Some(SQLITE_DB_FILE_NAME.into()), Some(KV_TABLE_NAME.into())).map(drop)
}
