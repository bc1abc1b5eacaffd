//! ldk-node's `SQLite` store behind a gate: once it is shut, nothing is read or written any more.
//!
//! A killed node must not write, and its runtime cannot be stopped between two instructions. So the gate is shut first:
//! it waits for the writes that are under way and refuses all later ones. LDK then panics rather than go on, which is
//! what we want of a node that is gone.

use std::future::{ready, Future};
use std::path::Path;
use std::pin::Pin;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, RwLock};

use ldk_node::io::sqlite_store::{SqliteStore, KV_TABLE_NAME, SQLITE_DB_FILE_NAME};
use ldk_node::lightning::io;
use ldk_node::lightning::util::persist::{KVStore, KVStoreSync};
use rusqlite::Connection;

use super::activity::Activity;
use super::data_dir::private_file;
use crate::sync::{read, write};

type Answer<T> = Pin<Box<dyn Future<Output = io::Result<T>> + Send>>;

/// Written on a timer or on gossip, without anything a caller could see having changed.
const QUIET_KEYS: &[&str] = &["node_metrics", "network_graph", "scorer", "external_pathfinding_scores_cache"];
const PAYMENTS: &str = "payments";

const PEERS: &str = "peers";

pub struct GatedStore {
    inner: RwLock<Option<Arc<SqliteStore>>>,
    peers_kept: AtomicBool,
    activity: Arc<Activity>,
}

impl GatedStore {
    pub fn open(dir: &Path, activity: Arc<Activity>) -> io::Result<Self> {
        prepare_wal(dir)?;
        let store = SqliteStore::new(dir.into(), Some(SQLITE_DB_FILE_NAME.into()), Some(KV_TABLE_NAME.into()))?;
        Ok(Self { inner: RwLock::new(Some(Arc::new(store))), peers_kept: AtomicBool::new(false), activity })
    }

    /// Refuses every later change of the list of known peers, so that hanging up on them does not forget them.
    pub fn keep_peers(&self) {
        self.peers_kept.store(true, Ordering::SeqCst);
    }

    /// Whether a node was built on it before. Unknown counts as yes: what is there is not to be made anew.
    pub fn knows_a_wallet(&self) -> bool {
        let found = KVStoreSync::read(self, "bdk_wallet", "", "descriptor");
        found.map_or_else(|error| error.kind() != io::ErrorKind::NotFound, |_| true)
    }

    /// Waits for the writes under way, refuses all later ones and lets go of the database.
    pub fn shut(&self) {
        write(&self.inner).take();
    }

    fn pass<T>(&self, work: impl FnOnce(&SqliteStore) -> io::Result<T>) -> io::Result<T> {
        read(&self.inner).as_deref().map_or_else(|| Err(refused()), work)
    }

    fn pass_async<T: Send + 'static>(&self, work: impl FnOnce(&SqliteStore) -> Answer<T>) -> Answer<T> {
        read(&self.inner).as_deref().map_or_else(|| Box::pin(ready(Err(refused()))) as Answer<T>, work)
    }

    fn note(&self, primary: &str, key: &str) {
        if primary == PAYMENTS {
            self.activity.payment();
        } else if !QUIET_KEYS.contains(&key) {
            self.activity.state();
        }
    }
}

fn refused() -> io::Error {
    failed("the node has ended; its store is shut")
}

fn failed(reason: impl Into<String>) -> io::Error {
    io::Error::new(io::ErrorKind::Other, reason.into())
}

impl KVStoreSync for GatedStore {
    fn read(&self, primary: &str, secondary: &str, key: &str) -> io::Result<Vec<u8>> {
        self.pass(|store| KVStoreSync::read(store, primary, secondary, key))
    }

    fn write(&self, primary: &str, secondary: &str, key: &str, buf: Vec<u8>) -> io::Result<()> {
        if primary.is_empty() && key == PEERS && self.peers_kept.load(Ordering::SeqCst) {
            return Err(refused());
        }
        self.note(primary, key);
        self.pass(|store| KVStoreSync::write(store, primary, secondary, key, buf))
    }

    fn remove(&self, primary: &str, secondary: &str, key: &str, lazy: bool) -> io::Result<()> {
        self.pass(|store| KVStoreSync::remove(store, primary, secondary, key, lazy))
    }

    fn list(&self, primary: &str, secondary: &str) -> io::Result<Vec<String>> {
        self.pass(|store| KVStoreSync::list(store, primary, secondary))
    }
}

/// The inner store queues its work on the runtime when called, under the gate. What is queued when the gate shuts is
/// dropped or finished by the runtime's shutdown, which a kill waits for.
impl KVStore for GatedStore {
    fn read(&self, primary: &str, secondary: &str, key: &str) -> Answer<Vec<u8>> {
        self.pass_async(|store| KVStore::read(store, primary, secondary, key))
    }

    fn write(&self, primary: &str, secondary: &str, key: &str, buf: Vec<u8>) -> Answer<()> {
        self.note(primary, key);
        self.pass_async(|store| KVStore::write(store, primary, secondary, key, buf))
    }

    fn remove(&self, primary: &str, secondary: &str, key: &str, lazy: bool) -> Answer<()> {
        self.pass_async(|store| KVStore::remove(store, primary, secondary, key, lazy))
    }

    fn list(&self, primary: &str, secondary: &str) -> Answer<Vec<String>> {
        self.pass_async(|store| KVStore::list(store, primary, secondary))
    }
}

/// Puts the database into WAL mode, which stays in the file. `SQLite`'s default journal needs four fsyncs per write and
/// can lose the newest one to a power cut between the unlink of the journal and the sync of its directory; WAL needs
/// one and cannot. `synchronous` stays FULL.
fn prepare_wal(dir: &Path) -> io::Result<()> {
    let path = dir.join(SQLITE_DB_FILE_NAME);
    private_file().truncate(false).open(&path)?;
    let mode: String = Connection::open(&path)
        .and_then(|connection| connection.pragma_update_and_check(None, "journal_mode", "WAL", |row| row.get(0)))
        .map_err(|error| failed(format!("{} cannot be opened: {error}", path.display())))?;
    if mode == "wal" {
        return Ok(());
    }
    Err(failed(format!("{} cannot be put into WAL mode, it stays in {mode}", path.display())))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn journal_mode(dir: &Path) -> String {
        let connection = Connection::open(dir.join(SQLITE_DB_FILE_NAME)).unwrap();
        connection.pragma_query_value(None, "journal_mode", |row| row.get(0)).unwrap()
    }

    #[test]
    fn the_file_stays_in_wal_mode() {
        let dir = tempfile::tempdir().unwrap();
        drop(GatedStore::open(dir.path(), Arc::default()).unwrap());
        assert_eq!(journal_mode(dir.path()), "wal");
    }

    #[test]
    fn an_older_file_is_converted_and_keeps_its_rows() {
        let dir = tempfile::tempdir().unwrap();
        let plain =
            SqliteStore::new(dir.path().into(), Some(SQLITE_DB_FILE_NAME.into()), Some(KV_TABLE_NAME.into())).unwrap();
        KVStoreSync::write(&plain, "a", "b", "c", vec![7]).unwrap();
        drop(plain);
        assert_eq!(journal_mode(dir.path()), "delete");
        let store = GatedStore::open(dir.path(), Arc::default()).unwrap();
        assert_eq!(KVStoreSync::read(&store, "a", "b", "c").unwrap(), vec![7]);
        assert_eq!(journal_mode(dir.path()), "wal");
    }

    #[test]
    fn kept_peers_are_not_forgotten() {
        let dir = tempfile::tempdir().unwrap();
        let store = GatedStore::open(dir.path(), Arc::default()).unwrap();
        KVStoreSync::write(&store, "", "", PEERS, vec![1]).unwrap();
        store.keep_peers();
        assert!(KVStoreSync::write(&store, "", "", PEERS, vec![]).is_err());
        KVStoreSync::write(&store, "", "", "manager", vec![2]).unwrap();
        assert_eq!(KVStoreSync::read(&store, "", "", PEERS).unwrap(), vec![1]);
    }

    #[test]
    fn nothing_passes_a_shut_gate() {
        let dir = tempfile::tempdir().unwrap();
        let store = GatedStore::open(dir.path(), Arc::default()).unwrap();
        KVStoreSync::write(&store, "", "", "key", vec![1]).unwrap();
        store.shut();
        assert!(KVStoreSync::write(&store, "", "", "key", vec![2]).is_err());
        assert!(KVStoreSync::remove(&store, "", "", "key", false).is_err());
        // Never "not found": LDK takes that for an empty store.
        let error = KVStoreSync::read(&store, "", "", "key").unwrap_err();
        assert_ne!(error.kind(), io::ErrorKind::NotFound);
        let again = GatedStore::open(dir.path(), Arc::default()).unwrap();
        assert_eq!(KVStoreSync::read(&again, "", "", "key").unwrap(), vec![1]);
    }
}
