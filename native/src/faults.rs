//! Panics: recorded, never printed, and told to the handle whose thread it was.

use std::any::Any;
use std::cell::RefCell;
use std::panic::{catch_unwind, AssertUnwindSafe, PanicHookInfo};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, Once};

use serde_json::json;

use crate::failure::{Failure, Kind};
use crate::outgoing::Outgoing;
use crate::rpc;
use crate::sync::lock;

/// Where a handle's panics arrive.
pub struct Faults {
    outgoing: Arc<Outgoing>,
    first: Mutex<Option<Failure>>,
    /// From a node's end to its next start: what its threads do then is of no interest.
    ignored: AtomicBool,
}

thread_local! {
    static OWNER: RefCell<Option<Arc<Faults>>> = const { RefCell::new(None) };
}

impl Faults {
    pub fn new(outgoing: Arc<Outgoing>) -> Self {
        Self { outgoing, first: Mutex::new(None), ignored: AtomicBool::new(false) }
    }

    /// The first panic, as the answer to every request after it.
    pub fn failure(&self) -> Option<Failure> {
        lock(&self.first).clone()
    }

    /// From now on panics are of no interest.
    pub fn ignore(&self) {
        self.ignored.store(true, Ordering::SeqCst);
    }

    /// From now on they are again.
    pub fn heed(&self) {
        self.ignored.store(false, Ordering::SeqCst);
    }

    /// Binds this thread to the handle, so that a panic on it is told there.
    pub fn adopt_thread(self: &Arc<Self>) {
        OWNER.with(|owner| *owner.borrow_mut() = Some(Arc::clone(self)));
    }

    fn record(&self, message: &str, place: &str) {
        if self.ignored.load(Ordering::SeqCst) {
            return;
        }
        let mut first = lock(&self.first);
        if first.is_some() {
            return;
        }
        let text = format!("The native library panicked: {message}; close this handle and open it again.");
        *first = Some(Failure::new(Kind::Panic, text).detail(place));
        drop(first);
        self.outgoing.push(rpc::notification("fatal", json!({ "message": message, "where": place })));
    }
}

/// Takes over the process's panic hook, once. It chains to nothing: the default hook prints.
pub fn install_hook() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| std::panic::set_hook(Box::new(record_panic)));
}

fn record_panic(info: &PanicHookInfo) {
    let place = info.location().map_or_else(|| "unknown".to_owned(), ToString::to_string);
    let message = payload_text(info.payload());
    // A thread that is ending or already inside the cell has no owner to tell.
    let owner = OWNER.try_with(|owner| owner.try_borrow().ok().and_then(|owner| owner.clone())).ok().flatten();
    if let Some(owner) = owner {
        owner.record(message, &place);
    }
}

fn payload_text(payload: &(dyn Any + Send)) -> &str {
    payload
        .downcast_ref::<&str>()
        .copied()
        .or_else(|| payload.downcast_ref::<String>().map(String::as_str))
        .unwrap_or("a panic without a message")
}

/// Runs `work`; a panic becomes a failure of kind `panic`.
pub fn guarded<T>(work: impl FnOnce() -> T) -> Result<T, Failure> {
    catch_unwind(AssertUnwindSafe(work)).map_err(|payload| {
        Failure::new(Kind::Panic, format!("The native library panicked: {}.", payload_text(&*payload)))
    })
}
