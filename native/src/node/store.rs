//! What a node keeps, behind a gate: once it is shut, nothing is read or written any more.
//!
//! A killed node must not write, and its runtime cannot be stopped between two instructions. So the gate is shut first:
//! it waits for the writes that are under way and refuses all later ones. LDK then panics rather than go on, which is
//! what we want of a node that is gone.

use std::future::{ready, Future};
use std::path::Path;
use std::pin::Pin;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::sync::{Arc, RwLock};

use ldk_node::lightning::io;
use ldk_node::lightning::util::persist::{KVStore, KVStoreSync};
use ldk_node::tokio::task::spawn_blocking;

use super::activity::Activity;
use super::ordered::{Key, OrderedStore, Position};
use super::recovery::birthday::{highest_block, LOCAL_CHAIN, WALLET};
use super::unreturned::{may_be_dropped, Unreturned, Update, MONITOR_UPDATES};
use crate::sync::{read, write};

type Answer<T> = Pin<Box<dyn Future<Output = io::Result<T>> + Send>>;

/// Written on a timer or on gossip, without anything a caller could see having changed.
const QUIET_KEYS: &[&str] = &["node_metrics", "network_graph", "scorer", "external_pathfinding_scores_cache"];
/// Nobody has to wait until these are on disk. The manager: LDK sends what it wants to send without waiting for it; an
/// older one costs a channel, and what comes before it in the log can't be missing. Event queue and payments: they come
/// before the manager that relies on them, and a lost tail is replayed (docs/kills.md).
const SYNCED_SOON: &[&str] = &["manager", "events"];
const PAYMENTS: &str = "payments";
const PEERS: &str = "peers";

pub struct GatedStore {
    inner: RwLock<Option<Arc<OrderedStore>>>,
    unreturned: Unreturned,
    peers_kept: AtomicBool,
    activity: Arc<Activity>,
    /// Of the newest block on the wallet's list, once it was written in this run.
    wallet_height: AtomicU32,
}

impl GatedStore {
    /// @returns the updates the last run was cut off in, too: they were taken out again
    pub fn open(dir: &Path, activity: Arc<Activity>) -> io::Result<(Self, Vec<Update>)> {
        let store = OrderedStore::open(dir)?;
        let (unreturned, left) = Unreturned::open(dir);
        let dropped = drop_unreturned(&store, left)?;
        unreturned.clear();
        let inner = RwLock::new(Some(Arc::new(store)));
        let (peers_kept, wallet_height) = (AtomicBool::new(false), AtomicU32::new(0));
        Ok((Self { inner, unreturned, peers_kept, activity, wallet_height }, dropped))
    }

    /// Refuses every later change of the list of known peers, so that hanging up on them does not forget them.
    pub fn keep_peers(&self) {
        self.peers_kept.store(true, Ordering::SeqCst);
    }

    /// Whether a node was built on it before. Unknown counts as yes: what is there is not to be made anew.
    pub fn knows_a_wallet(&self) -> bool {
        let found = KVStoreSync::read(self, WALLET, "", "descriptor");
        found.map_or_else(|error| error.kind() != io::ErrorKind::NotFound, |_| true)
    }

    pub fn wallet_height(&self) -> Option<u32> {
        Some(self.wallet_height.load(Ordering::Relaxed)).filter(|height| *height > 0)
    }

    /// Waits for the writes under way, refuses all later ones and lets go of the database.
    pub fn shut(&self) {
        write(&self.inner).take();
    }

    fn pass<T>(&self, work: impl FnOnce(&Arc<OrderedStore>) -> io::Result<T>) -> io::Result<T> {
        read(&self.inner).as_ref().map_or_else(|| Err(refused()), work)
    }

    fn note(&self, at: Key) {
        if at.primary == PAYMENTS {
            self.activity.payment();
        } else if !QUIET_KEYS.contains(&at.name) {
            self.activity.state();
        }
    }

    /// Refused before anything is written, or written; then what is left to wait for.
    fn put(&self, store: &OrderedStore, at: Key, value: &[u8]) -> io::Result<Wait> {
        if at.primary.is_empty() && at.name == PEERS && self.peers_kept.load(Ordering::SeqCst) {
            return Err(refused());
        }
        self.note(at);
        if (at.primary, at.name) == (WALLET, LOCAL_CHAIN) {
            if let Some(height) = highest_block(value) {
                self.wallet_height.store(height, Ordering::Relaxed);
            }
        }
        let position = store.write(at, value)?;
        Ok(wait_of(store, position, !is_synced_soon(at)))
    }

    /// LDK waits for this one, and goes on with nothing before it returns.
    fn put_update(&self, store: &OrderedStore, at: Key, value: &[u8]) -> io::Result<()> {
        let noted = self.unreturned.writing(at.secondary, at.name);
        store.sync(store.write(at, value)?)?;
        if noted.is_none_or(|slot| self.unreturned.returned(slot)) {
            return Ok(());
        }
        Err(io::Error::new(io::ErrorKind::Other, "whether an update was written can't be noted any more"))
    }
}

/// Takes out what the last run was cut off in, where it is the newest of its channel and nothing but knowledge: LDK is
/// as it was before it.
fn drop_unreturned(store: &OrderedStore, left: Vec<Update>) -> io::Result<Vec<Update>> {
    let mut dropped = Vec::new();
    for update in left {
        let (id, next) = (update.id.to_string(), update.id.saturating_add(1).to_string());
        let at = |name| Key { primary: MONITOR_UPDATES, secondary: &update.channel, name };
        let Ok(bytes) = store.read(at(&id)) else { continue };
        if may_be_dropped(update.id, &bytes) && is_missing(store, at(&next)) {
            store.sync(store.remove(at(&id))?)?;
            dropped.push(update);
        }
    }
    Ok(dropped)
}

fn is_missing(store: &OrderedStore, at: Key) -> bool {
    store.read(at).is_err_and(|error| error.kind() == io::ErrorKind::NotFound)
}

/// What is left to do until a write may return.
enum Wait {
    Nothing,
    Sync(Position),
}

fn wait_of(store: &OrderedStore, position: Position, waits: bool) -> Wait {
    if waits {
        return Wait::Sync(position);
    }
    store.sync_soon(position);
    Wait::Nothing
}

fn is_synced_soon(at: Key) -> bool {
    at.primary == PAYMENTS
        || (at.primary.is_empty() && (SYNCED_SOON.contains(&at.name) || QUIET_KEYS.contains(&at.name)))
}

fn refused() -> io::Error {
    io::Error::new(io::ErrorKind::Other, "the node has ended; its store is shut")
}

fn finish(store: &OrderedStore, wait: &Wait) -> io::Result<()> {
    match wait {
        Wait::Nothing => Ok(()),
        Wait::Sync(position) => store.sync(*position),
    }
}

/// The write itself is done when this is called; only a sync is left to another thread.
fn finish_later(store: &Arc<OrderedStore>, wait: Wait) -> Answer<()> {
    if matches!(wait, Wait::Nothing) {
        return Box::pin(ready(Ok(())));
    }
    let store = Arc::clone(store);
    let syncing = spawn_blocking(move || finish(&store, &wait));
    Box::pin(async move { syncing.await.unwrap_or_else(|_| Err(refused())) })
}

fn later<T: Send + 'static>(outcome: io::Result<Answer<T>>) -> Answer<T> {
    outcome.unwrap_or_else(|error| Box::pin(ready(Err(error))))
}

impl KVStoreSync for GatedStore {
    fn read(&self, primary: &str, secondary: &str, key: &str) -> io::Result<Vec<u8>> {
        self.pass(|store| store.read(Key { primary, secondary, name: key }))
    }

    fn write(&self, primary: &str, secondary: &str, key: &str, buf: Vec<u8>) -> io::Result<()> {
        let at = Key { primary, secondary, name: key };
        self.pass(|store| match primary {
            MONITOR_UPDATES => self.put_update(store, at, &buf),
            _ => finish(store, &self.put(store, at, &buf)?),
        })
    }

    fn remove(&self, primary: &str, secondary: &str, key: &str, lazy: bool) -> io::Result<()> {
        self.pass(|store| finish(store, &wait_of(store, store.remove(Key { primary, secondary, name: key })?, !lazy)))
    }

    fn list(&self, primary: &str, secondary: &str) -> io::Result<Vec<String>> {
        self.pass(|store| store.list(primary, secondary))
    }
}

/// Everything is done at once, in the order of the calls, but for syncs somebody has to wait for.
impl KVStore for GatedStore {
    fn read(&self, primary: &str, secondary: &str, key: &str) -> Answer<Vec<u8>> {
        Box::pin(ready(KVStoreSync::read(self, primary, secondary, key)))
    }

    fn write(&self, primary: &str, secondary: &str, key: &str, buf: Vec<u8>) -> Answer<()> {
        let at = Key { primary, secondary, name: key };
        later(self.pass(|store| Ok(finish_later(store, self.put(store, at, &buf)?))))
    }

    fn remove(&self, primary: &str, secondary: &str, key: &str, lazy: bool) -> Answer<()> {
        let at = Key { primary, secondary, name: key };
        later(self.pass(|store| Ok(finish_later(store, wait_of(store, store.remove(at)?, !lazy)))))
    }

    fn list(&self, primary: &str, secondary: &str) -> Answer<Vec<String>> {
        Box::pin(ready(KVStoreSync::list(self, primary, secondary)))
    }
}

#[cfg(test)]
mod tests {
    use ldk_node::io::sqlite_store::{SqliteStore, KV_TABLE_NAME, SQLITE_DB_FILE_NAME};
    use rusqlite::Connection;

    use super::*;

    fn open(dir: &Path) -> GatedStore {
        GatedStore::open(dir, Arc::default()).unwrap().0
    }

    /// An update as LDK writes one with a single step.
    fn step(id: u64, kind: u8) -> Vec<u8> {
        [&[1, 1][..], &id.to_be_bytes(), &1_u64.to_be_bytes(), &[kind, 0, 0]].concat()
    }

    #[test]
    fn an_update_the_last_run_was_cut_off_in_is_taken_out() {
        let dir = tempfile::tempdir().unwrap();
        let store = open(dir.path());
        for (channel, id, kind) in [("aa_0", 1, 3), ("aa_0", 2, 3), ("bb_0", 7, 4), ("cc_0", 4, 3), ("cc_0", 5, 3)] {
            KVStoreSync::write(&store, MONITOR_UPDATES, channel, &format!("{id}"), step(id, kind)).unwrap();
        }
        // Cut off: what was written was not said to be, of the newest, of a closing one, and of an older one.
        for (channel, id) in [("aa_0", "2"), ("bb_0", "7"), ("cc_0", "4"), ("dd_0", "1")] {
            store.unreturned.writing(channel, id).unwrap();
        }
        std::mem::forget(store);
        let (again, dropped) = GatedStore::open(dir.path(), Arc::default()).unwrap();
        assert_eq!(dropped, [Update { channel: "aa_0".into(), id: 2 }]);
        let left = |channel| KVStoreSync::list(&again, MONITOR_UPDATES, channel).unwrap();
        assert_eq!((left("aa_0"), left("bb_0"), left("cc_0").len()), (vec!["1".to_owned()], vec!["7".to_owned()], 2));
        drop(again);
        assert_eq!(GatedStore::open(dir.path(), Arc::default()).unwrap().1, []);
    }

    fn journal_mode(dir: &Path) -> String {
        let connection = Connection::open(dir.join(SQLITE_DB_FILE_NAME)).unwrap();
        connection.pragma_query_value(None, "journal_mode", |row| row.get(0)).unwrap()
    }

    #[test]
    fn the_file_stays_in_wal_mode() {
        let dir = tempfile::tempdir().unwrap();
        drop(open(dir.path()));
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
        let store = open(dir.path());
        assert_eq!(KVStoreSync::read(&store, "a", "b", "c").unwrap(), vec![7]);
        assert_eq!(journal_mode(dir.path()), "wal");
    }

    #[test]
    fn kept_peers_are_not_forgotten() {
        let dir = tempfile::tempdir().unwrap();
        let store = open(dir.path());
        KVStoreSync::write(&store, "", "", PEERS, vec![1]).unwrap();
        store.keep_peers();
        assert!(KVStoreSync::write(&store, "", "", PEERS, vec![]).is_err());
        KVStoreSync::write(&store, "", "", "manager", vec![2]).unwrap();
        assert_eq!(KVStoreSync::read(&store, "", "", PEERS).unwrap(), vec![1]);
    }

    #[test]
    fn nothing_passes_a_shut_gate() {
        let dir = tempfile::tempdir().unwrap();
        let store = open(dir.path());
        KVStoreSync::write(&store, "", "", "key", vec![1]).unwrap();
        store.shut();
        assert!(KVStoreSync::write(&store, "", "", "key", vec![2]).is_err());
        assert!(KVStoreSync::remove(&store, "", "", "key", false).is_err());
        // Never "not found": LDK takes that for an empty store.
        let error = KVStoreSync::read(&store, "", "", "key").unwrap_err();
        assert_ne!(error.kind(), io::ErrorKind::NotFound);
        let again = open(dir.path());
        assert_eq!(KVStoreSync::read(&again, "", "", "key").unwrap(), vec![1]);
    }
}
