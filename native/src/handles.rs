//! The table of open handles. Ids are never used again, so a stale one is an error, not another handle.

use std::collections::HashMap;
use std::io::PipeReader;
use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, LazyLock, Mutex, RwLock};
use std::time::{Duration, Instant};

use crate::session::Session;
use crate::sync::{lock, read, write};

static SESSIONS: LazyLock<RwLock<HashMap<i64, Arc<Session>>>> = LazyLock::new(RwLock::default);
static NEXT: AtomicI64 = AtomicI64::new(1);

/// Wake pipes of closed handles. A reader may be inside `read` on such a descriptor; closing it at once could hand its
/// number to another file under that reader's eyes.
static LINGERING: Mutex<Vec<(Instant, PipeReader)>> = Mutex::new(Vec::new());
const LINGER: Duration = Duration::from_secs(5);

pub fn insert(session: Session) -> i64 {
    let handle = NEXT.fetch_add(1, Ordering::SeqCst);
    write(&SESSIONS).insert(handle, Arc::new(session));
    sweep();
    handle
}

pub fn get(handle: i64) -> Option<Arc<Session>> {
    read(&SESSIONS).get(&handle).cloned()
}

pub fn remove(handle: i64) -> Option<Arc<Session>> {
    write(&SESSIONS).remove(&handle)
}

pub fn linger(reader: Option<PipeReader>) {
    sweep();
    if let Some(reader) = reader {
        lock(&LINGERING).push((Instant::now(), reader));
    }
}

fn sweep() {
    lock(&LINGERING).retain(|(closed, _)| closed.elapsed() < LINGER);
}
