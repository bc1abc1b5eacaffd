//! One accepted request: answered exactly once, by its worker or by its deadline, whichever comes first.

use std::sync::atomic::{AtomicU8, Ordering};
use std::sync::Arc;

use serde_json::Value;

use crate::failure::{Failure, Kind};
use crate::outgoing::Outgoing;
use crate::rpc;

const WAITING: u8 = 0;
const RUNNING: u8 = 1;
const ANSWERED: u8 = 2;

pub struct Ticket {
    pub id: u64,
    pub method: String,
    state: AtomicU8,
    outgoing: Arc<Outgoing>,
}

impl Ticket {
    /// For a request whose reply has its place reserved.
    pub fn new(id: u64, method: String, outgoing: Arc<Outgoing>) -> Self {
        Self { id, method, state: AtomicU8::new(WAITING), outgoing }
    }

    /// Whether the work may begin. A request whose deadline passed while it queued is never begun: a payment that was
    /// answered as failed must not leave afterwards.
    pub fn begin(&self) -> bool {
        self.state.compare_exchange(WAITING, RUNNING, Ordering::SeqCst, Ordering::SeqCst).is_ok()
    }

    pub fn answer(&self, outcome: Result<Value, Failure>) {
        if self.settle() != ANSWERED {
            self.push(outcome);
        }
    }

    pub fn expire(&self) {
        let detail = match self.settle() {
            WAITING => "It had not begun and will not.",
            RUNNING => "It goes on; its result will be dropped.",
            _ => return,
        };
        let message = format!("{} was not done by its deadline.", self.method);
        self.push(Err(Failure::new(Kind::Deadline, message).detail(detail)));
    }

    /// Claims the right to answer; returns the state before.
    fn settle(&self) -> u8 {
        self.state.swap(ANSWERED, Ordering::SeqCst)
    }

    fn push(&self, outcome: Result<Value, Failure>) {
        self.outgoing.push_reply(rpc::reply(self.id, outcome));
    }
}

impl Drop for Ticket {
    /// A job dropped unrun, since its pool was closed, still owes its answer.
    fn drop(&mut self) {
        self.answer(Err(Failure::new(Kind::Closed, "The handle was closed before this request was done.")));
    }
}
