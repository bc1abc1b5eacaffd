//! Hints that something may have changed, gathered without looking at the node.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::Mutex;
use std::thread::Thread;

use crate::sync::lock;

#[derive(Default)]
pub struct Activity {
    payment: AtomicBool,
    state: AtomicBool,
    sleeper: Mutex<Option<Thread>>,
}

impl Activity {
    /// A payment was written, or a request changed something: callers should look again.
    pub fn payment(&self) {
        self.raise(&self.payment);
    }

    /// The node wrote some of its state: something a caller can see may have changed.
    pub fn state(&self) {
        self.raise(&self.state);
    }

    /// The thread to wake on the first hint after a [`Self::take`].
    pub fn wake(&self, sleeper: Option<Thread>) {
        *lock(&self.sleeper) = sleeper;
    }

    /// `(payment, state)` since the last call.
    pub fn take(&self) -> (bool, bool) {
        (self.payment.swap(false, Ordering::SeqCst), self.state.swap(false, Ordering::SeqCst))
    }

    fn raise(&self, flag: &AtomicBool) {
        if !flag.swap(true, Ordering::SeqCst) {
            if let Some(sleeper) = &*lock(&self.sleeper) {
                sleeper.unpark();
            }
        }
    }
}
