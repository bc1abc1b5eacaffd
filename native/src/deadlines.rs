//! One thread for the whole process that answers requests which were not done in time.

use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::sync::{Condvar, Mutex, Weak};
use std::thread;
use std::time::{Duration, Instant};

use crate::sync::{lock, wait, wait_for};
use crate::ticket::Ticket;

struct Entry {
    at: Instant,
    ticket: Weak<Ticket>,
}

impl PartialEq for Entry {
    fn eq(&self, other: &Self) -> bool {
        self.at == other.at
    }
}

impl Eq for Entry {}

impl PartialOrd for Entry {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Entry {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        self.at.cmp(&other.at)
    }
}

struct Clock {
    entries: BinaryHeap<Reverse<Entry>>,
    running: bool,
}

static CLOCK: Mutex<Clock> = Mutex::new(Clock { entries: BinaryHeap::new(), running: false });
static CHANGED: Condvar = Condvar::new();

/// Has `ticket` answered with `deadline` after `timeout`, unless it was answered before.
pub fn watch(ticket: Weak<Ticket>, timeout: Duration) {
    let mut clock = lock(&CLOCK);
    let at = Instant::now() + timeout;
    let is_next = clock.entries.peek().is_none_or(|Reverse(next)| at < next.at);
    clock.entries.push(Reverse(Entry { at, ticket }));
    if !clock.running {
        clock.running = thread::Builder::new().name("ps-deadline".into()).spawn(run).is_ok();
    }
    drop(clock);
    if is_next {
        CHANGED.notify_one();
    }
}

fn run() {
    let mut clock = lock(&CLOCK);
    loop {
        let now = Instant::now();
        match clock.entries.peek() {
            None => clock = wait(&CHANGED, clock),
            Some(Reverse(entry)) if entry.at > now => {
                let left = entry.at - now;
                clock = wait_for(&CHANGED, clock, left);
            }
            Some(_) => {
                let due = clock.entries.pop();
                drop(clock);
                if let Some(ticket) = due.and_then(|Reverse(entry)| entry.ticket.upgrade()) {
                    ticket.expire();
                }
                clock = lock(&CLOCK);
            }
        }
    }
}
