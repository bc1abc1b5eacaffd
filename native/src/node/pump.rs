//! One thread per running node: shows LDK's events one at a time, and notices changes.

use std::future::Future;
use std::pin::pin;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Condvar, Mutex};
use std::task::{Context, Poll, Wake, Waker};
use std::thread::{self, Thread};
use std::time::{Duration, Instant};

use ldk_node::{Node, NodeError};

use super::activity::Activity;
use super::aside::Aside;
use super::changes::Changes;
use super::events;
use crate::faults::{guarded, Faults};
use crate::outgoing::Outgoing;
use crate::rpc;
use crate::sync::{lock, wait_for};

const STOP_PATIENCE: Duration = Duration::from_secs(2);

pub struct Pump {
    node: Arc<Node>,
    outgoing: Arc<Outgoing>,
    activity: Arc<Activity>,
    aside: Arc<Aside>,
    /// Counts over all starts of the handle.
    next_seq: Arc<AtomicU64>,
    shown: Mutex<Option<u64>>,
    signal: Arc<Signal>,
    stopping: AtomicBool,
    ended: Mutex<bool>,
    ended_changed: Condvar,
}

/// Set by LDK when an event arrives; wakes the pump.
#[derive(Default)]
struct Signal {
    raised: AtomicBool,
    sleeper: Mutex<Option<Thread>>,
}

impl Signal {
    fn raise(&self) {
        self.raised.store(true, Ordering::SeqCst);
        if let Some(sleeper) = &*lock(&self.sleeper) {
            sleeper.unpark();
        }
    }
}

impl Wake for Signal {
    fn wake(self: Arc<Self>) {
        self.raise();
    }
}

/// Why an acknowledgement was refused.
pub enum Refusal {
    NotShown,
    Node(NodeError),
}

impl Pump {
    pub fn start(
        node: Arc<Node>,
        outgoing: Arc<Outgoing>,
        activity: Arc<Activity>,
        aside: Arc<Aside>,
        next_seq: Arc<AtomicU64>,
        faults: Arc<Faults>,
    ) -> std::io::Result<Arc<Self>> {
        let pump = Arc::new(Self {
            node,
            outgoing,
            activity,
            aside,
            next_seq,
            shown: Mutex::new(None),
            signal: Arc::default(),
            stopping: AtomicBool::new(false),
            ended: Mutex::new(false),
            ended_changed: Condvar::new(),
        });
        let running = Arc::clone(&pump);
        thread::Builder::new().name("ps-events".into()).spawn(move || {
            faults.adopt_thread();
            // The hook has told of a panic; what matters here is that `stop` does not wait for this thread.
            let _ = guarded(|| running.run());
            *lock(&running.ended) = true;
            running.ended_changed.notify_all();
        })?;
        Ok(pump)
    }

    /// Takes the shown event off LDK's queue, for good.
    pub fn acknowledge(&self, seq: u64) -> Result<(), Refusal> {
        if *lock(&self.shown) != Some(seq) {
            return Err(Refusal::NotShown);
        }
        let handled = self.node.event_handled();
        // LDK has dropped it from memory even if the write failed; it comes again after a restart.
        *lock(&self.shown) = None;
        self.signal.raise();
        handled.map_err(Refusal::Node)
    }

    /// Shows no further event and ends the thread. An event shown and not acknowledged comes again at the next start.
    pub fn stop(&self) {
        self.stopping.store(true, Ordering::SeqCst);
        self.signal.raise();
        self.wait_for_end();
        self.outgoing.drop_events();
    }

    fn wait_for_end(&self) {
        let until = Instant::now() + STOP_PATIENCE;
        let mut ended = lock(&self.ended);
        while !*ended {
            let left = until.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return;
            }
            ended = wait_for(&self.ended_changed, ended, left);
        }
    }

    fn run(&self) {
        *lock(&self.signal.sleeper) = Some(thread::current());
        self.activity.wake(Some(thread::current()));
        self.signal.raise();
        let waker = Waker::from(Arc::clone(&self.signal));
        let mut changes = Changes::new();
        while !self.stopping.load(Ordering::SeqCst) {
            if self.signal.raised.swap(false, Ordering::SeqCst) {
                self.show_next(&waker);
            }
            let pause = changes.tick(&self.node, &self.activity, &self.outgoing);
            thread::park_timeout(pause);
        }
        self.activity.wake(None);
    }

    fn show_next(&self, waker: &Waker) {
        let mut shown = lock(&self.shown);
        if shown.is_some() {
            return;
        }
        let next = pin!(self.node.next_event_async());
        if let Poll::Ready(event) = next.poll(&mut Context::from_waker(waker)) {
            let seq = self.next_seq.fetch_add(1, Ordering::SeqCst);
            *shown = Some(seq);
            self.aside.hear(&event);
            self.outgoing.push_event(rpc::notification("event", events::to_json(seq, &event)));
            self.activity.payment();
        }
    }
}
