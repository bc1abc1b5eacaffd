//! A node handle's life: idle, started, stopped (and started again), killed or closed.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard};
use std::time::{Duration, Instant};

use serde_json::{json, Value};

use super::data_dir::DirLock;
use super::live::{Live, Setting};
use super::methods::{self, Run};
use super::refusals::with_reason;
use crate::failure::{Failure, Kind};
use crate::faults::guarded;
use crate::rpc;
use crate::session::{Lane, Service};
use crate::sync::{lock, wait_for};

/// How long closing waits for a start or a stop that is under way.
const CLOSE_PATIENCE: Duration = Duration::from_secs(15);

pub struct NodeHandle {
    pub setting: Arc<Setting>,
    life: Mutex<Life>,
    changed: Condvar,
    dir_lock: Mutex<Option<DirLock>>,
    /// A stop or kill whose `closed` notification is still to come, after its reply.
    farewell: AtomicBool,
}

#[derive(Clone)]
enum Life {
    Idle,
    Starting,
    Running(Arc<Live>),
    Stopping(Arc<Live>),
    /// Killed or closed while a start was under way; whoever starts ends it.
    Doomed,
    Gone,
}

impl NodeHandle {
    pub fn new(setting: Setting, dir_lock: DirLock) -> Self {
        Self {
            setting: Arc::new(setting),
            life: Mutex::new(Life::Idle),
            changed: Condvar::new(),
            dir_lock: Mutex::new(Some(dir_lock)),
            farewell: AtomicBool::new(false),
        }
    }

    pub fn start(&self) -> Result<Value, Failure> {
        {
            let mut state = lock(&self.life);
            match *state {
                Life::Idle => *state = Life::Starting,
                Life::Doomed | Life::Gone => return Err(gone()),
                _ => return Err(Failure::new(Kind::AlreadyRunning, "The node is running already.")),
            }
        }
        let started = guarded(|| Live::start(&self.setting)).unwrap_or_else(Err).map(Arc::new);
        let mut state = lock(&self.life);
        let doomed = matches!(*state, Life::Doomed);
        let answer = match started {
            Ok(live) if doomed => {
                drop(state);
                live.kill();
                state = lock(&self.life);
                Err(gone())
            }
            Ok(live) => {
                let node_id = live.node.node_id().to_string();
                *state = Life::Running(live);
                Ok(json!({ "node_id": node_id }))
            }
            Err(failure) => {
                *state = Life::Idle;
                Err(failure)
            }
        };
        if doomed {
            *state = Life::Gone;
            self.free();
        }
        drop(state);
        self.changed.notify_all();
        answer
    }

    pub fn stop(&self) -> Result<Value, Failure> {
        let live = {
            let mut state = lock(&self.life);
            let Life::Running(live) = &*state else { return Err(not_running()) };
            let live = Arc::clone(live);
            *state = Life::Stopping(Arc::clone(&live));
            live
        };
        let stopped = guarded(|| live.stop()).unwrap_or_else(|panic| {
            // Dropped half stopped, LDK would stop itself once more.
            let _ = guarded(|| live.kill());
            Err(panic)
        });
        let mut state = lock(&self.life);
        if matches!(*state, Life::Stopping(_)) {
            *state = Life::Idle;
        }
        drop(state);
        self.changed.notify_all();
        self.farewell.store(true, Ordering::SeqCst);
        stopped.map(|()| json!({}))
    }

    pub fn kill(&self) -> Result<Value, Failure> {
        if matches!(*lock(&self.life), Life::Doomed | Life::Gone) {
            return Err(gone());
        }
        self.tear_down();
        self.farewell.store(true, Ordering::SeqCst);
        Ok(json!({}))
    }

    fn tear_down(&self) {
        let mut state = lock(&self.life);
        match state.clone() {
            Life::Running(live) | Life::Stopping(live) => {
                *state = Life::Gone;
                drop(state);
                live.kill();
                self.free();
            }
            Life::Idle => {
                *state = Life::Gone;
                self.free();
            }
            Life::Starting => {
                *state = Life::Doomed;
                self.wait_while(state, |life| matches!(life, Life::Doomed));
            }
            Life::Doomed | Life::Gone => {}
        }
    }

    fn wait_while(&self, mut state: MutexGuard<'_, Life>, busy: impl Fn(&Life) -> bool) {
        let until = Instant::now() + CLOSE_PATIENCE;
        while busy(&state) {
            let left = until.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return;
            }
            state = wait_for(&self.changed, state, left);
        }
    }

    /// Lets the next owner in.
    fn free(&self) {
        self.setting.log.shut();
        lock(&self.dir_lock).take();
    }

    fn live(&self) -> Result<Arc<Live>, Failure> {
        match &*lock(&self.life) {
            Life::Running(live) => Ok(Arc::clone(live)),
            Life::Doomed | Life::Gone => Err(gone()),
            _ => Err(not_running()),
        }
    }
}

impl Service for NodeHandle {
    fn lane(&self, method: &str) -> Option<Lane> {
        methods::find(method).map(|method| method.lane)
    }

    fn call(&self, method: &str, params: Value) -> Result<Value, Failure> {
        let Some(method) = methods::find(method) else {
            return Err(Failure::new(Kind::UnknownMethod, format!("There is no method \"{method}\".")));
        };
        match method.run {
            Run::Handle(run) => run(self, params),
            Run::Live(run) => {
                let live = self.live()?;
                let call = self.setting.log.call();
                let outcome = run(&live, params);
                if method.lane != Lane::Read {
                    live.activity.payment();
                }
                outcome.map_err(|failure| with_reason(failure, call.reason(method.reasons)))
            }
        }
    }

    fn answered(&self, _method: &str) {
        if self.farewell.swap(false, Ordering::SeqCst) {
            self.setting.outgoing.push(rpc::notification("closed", json!({})));
        }
    }

    fn survives_panic(&self, method: &str) -> bool {
        matches!(method, "node.kill" | "log.tail")
    }

    fn close(&self) {
        let state = lock(&self.life);
        self.wait_while(state, |life| matches!(life, Life::Stopping(_)));
        // After a panic LDK's locks may be poisoned: a clean stop could hang or write half a state.
        if self.setting.faults.failure().is_none() {
            let _ = self.stop();
        }
        self.tear_down();
    }
}

fn not_running() -> Failure {
    Failure::new(Kind::NotRunning, "The node is not running; start it first.")
}

fn gone() -> Failure {
    Failure::new(Kind::Closed, "The node was killed or closed; open it again.")
}
