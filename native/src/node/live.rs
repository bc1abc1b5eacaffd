//! A running node and the ways it ends.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use ldk_node::lightning::ln::msgs::SocketAddress;
use ldk_node::tokio::runtime::{Builder as RuntimeBuilder, Handle, Runtime};
use ldk_node::{Node, NodeError, NodeStatus};

use super::activity::Activity;
use super::aside::Aside;
use super::build::{begin_at_genesis, build, Parts};
use super::config::{Level, NodeConfig};
use super::log::Log;
use super::pump::Pump;
use super::recovery::payouts::Swept;
use super::recovery::{birthday, monitors};
use super::refusals::with_reason;
use super::seed::Seed;
use super::store::GatedStore;
use super::unreturned::Update;
use super::{listening, probe};
use crate::failure::{Failure, Kind};
use crate::faults::{guarded, Faults};
use crate::outgoing::Outgoing;
use crate::sync::{lock, wait_unlocked};

/// One at a time: a socket that is read while the manager waits to be written makes LDK's critical window longer, and
/// LDK 0.2.7 counts the monitor updates of a start as done before it has made them, so that two tasks at once can make
/// them out of order, which is a panic (docs/kills.md).
const WORKERS: usize = 1;
/// How long a runtime that is shut down may take to finish the disk writes it has begun.
const SHUTDOWN_PATIENCE: Duration = Duration::from_secs(3);

/// What a node is started with; it belongs to the handle.
pub struct Setting {
    pub config: NodeConfig,
    pub seed: Seed,
    pub log: Arc<Log>,
    pub outgoing: Arc<Outgoing>,
    pub faults: Arc<Faults>,
    pub next_seq: Arc<AtomicU64>,
}

pub struct Live {
    pub node: Arc<Node>,
    pub setting: Arc<Setting>,
    pub listen: Vec<SocketAddress>,
    pub activity: Arc<Activity>,
    pub aside: Arc<Aside>,
    pub swept: Swept,
    pub pump: Arc<Pump>,
    /// The status before the start: its sync times are from an earlier run.
    before: NodeStatus,
    synced: AtomicBool,
    /// Held by the one sync that is under way.
    pub syncing: Mutex<()>,
    store: Arc<GatedStore>,
    runtime: Mutex<Option<Runtime>>,
}

impl Live {
    pub fn start(setting: &Arc<Setting>) -> Result<Self, Failure> {
        setting.faults.heed();
        let faults = Arc::clone(&setting.faults);
        let runtime = RuntimeBuilder::new_multi_thread()
            .worker_threads(WORKERS)
            .thread_name("ps-ldk")
            .on_thread_start(move || faults.adopt_thread())
            .enable_all()
            .build()
            .map_err(|error| start_failed("the async runtime could not be made").detail(error.to_string()))?;
        let started = Self::start_on(setting, runtime.handle());
        match started {
            Ok(live) => {
                *lock(&live.runtime) = Some(runtime);
                Ok(live)
            }
            Err(failure) => {
                runtime.shutdown_timeout(SHUTDOWN_PATIENCE);
                Err(failure)
            }
        }
    }

    fn start_on(setting: &Arc<Setting>, runtime: &Handle) -> Result<Self, Failure> {
        let Setting { config, seed, log, outgoing, faults, next_seq } = &**setting;
        probe::look(config, runtime)?;
        let listen = listening::resolve(&config.listen)?;
        let activity = Arc::<Activity>::default();
        let (store, dropped) = GatedStore::open(&config.data_dir, Arc::clone(&activity))
            .map_err(|error| start_failed("its database could not be opened").detail(error.to_string()))?;
        for Update { channel, id } in dropped {
            let said =
                format!("The last run was cut off in update {id} of the monitor {channel}; it was taken out again.");
            log.write(Level::Warn, module_path!(), said);
        }
        let store = Arc::new(store);
        for name in monitors::set_aside_open(&store, config, seed, runtime)? {
            let said = format!(
                "The monitor {name} is of a backup's time; it was put aside, its peer is to close the channel."
            );
            log.write(Level::Warn, module_path!(), said);
        }
        let call = log.call();
        let parts = Parts {
            config,
            seed,
            listen: &listen,
            store: Arc::clone(&store) as _,
            log: Arc::clone(log) as _,
            runtime: runtime.clone(),
        };
        // A wallet that is there already goes on where it was.
        let looks_back = config.rescan && !store.knows_a_wallet();
        let prepared = if looks_back { begin_at_genesis(parts.clone()) } else { Ok(()) };
        if let (true, Ok(()), Some(since)) = (looks_back, &prepared, config.rescan_since) {
            birthday::begin(&store, &config.chain, runtime, since)?;
        }
        let node =
            prepared.and_then(|()| build(parts)).map_err(|error| with_reason(start_failed(error), call.reason(&[])))?;
        let before = node.status();
        let call = log.call();
        let node = Arc::new(node);
        if let Err(error) = node.start() {
            store.shut();
            let failure = match error {
                NodeError::InvalidSocketAddress => {
                    Failure::new(Kind::PortInUse, "Nothing can listen on a configured address.")
                }
                error => start_failed(error),
            };
            return Err(with_reason(failure, call.reason(&[])));
        }
        let aside = Arc::<Aside>::default();
        let pump = Pump::start(
            Arc::clone(&node),
            Arc::clone(outgoing),
            Arc::clone(&activity),
            Arc::clone(&aside),
            Arc::clone(next_seq),
            Arc::clone(faults),
        );
        let pump = pump.map_err(|error| start_failed("no thread for its events").detail(error.to_string()))?;
        Ok(Self {
            node,
            setting: Arc::clone(setting),
            listen,
            activity,
            aside,
            swept: Swept::default(),
            pump,
            before,
            synced: AtomicBool::new(false),
            syncing: Mutex::new(()),
            store,
            runtime: Mutex::new(None),
        })
    }

    /// Whether both wallets reached the tip since the start.
    pub fn synced(&self, now: &NodeStatus) -> bool {
        let renewed = |before: Option<u64>, now: Option<u64>| now.is_some() && now != before;
        let since_start =
            renewed(self.before.latest_onchain_wallet_sync_timestamp, now.latest_onchain_wallet_sync_timestamp)
                && renewed(
                    self.before.latest_lightning_wallet_sync_timestamp,
                    now.latest_lightning_wallet_sync_timestamp,
                );
        since_start || self.synced.load(Ordering::SeqCst)
    }

    pub fn store(&self) -> &GatedStore {
        &self.store
    }

    pub fn mark_synced(&self) {
        self.synced.store(true, Ordering::SeqCst);
    }

    /// The runtime to wait on, unless the node has ended meanwhile.
    pub fn runtime(&self) -> Result<Handle, Failure> {
        lock(&self.runtime).as_ref().map(|runtime| runtime.handle().clone()).ok_or_else(|| NodeError::NotRunning.into())
    }

    /// The clean way: everything is persisted when this returns.
    pub fn stop(&self) -> Result<(), Failure> {
        self.pump.stop();
        let call = self.setting.log.call();
        let stopped = self.node.stop().map_err(|error| with_reason(error.into(), call.reason(&[])));
        // ldk-node does not wait for a sync that was asked for, and what it brings is to be written.
        wait_unlocked(&self.syncing, SHUTDOWN_PATIENCE);
        // A call that is stuck in LDK may keep the node alive in memory; it shall not write any more. LDK panics then.
        self.setting.faults.ignore();
        self.store.shut();
        self.end_runtime();
        stopped
    }

    /// The way of a power cut: when this returns nothing is written, sent or shown any more.
    pub fn kill(&self) {
        // LDK panics when a write is refused, which is now meant to happen.
        self.setting.faults.ignore();
        self.hang_up();
        self.store.shut();
        self.setting.log.shut();
        self.end_runtime();
        self.pump.stop();
        // Dropping a node stops it cleanly, which needs its runtime and writes.
        std::mem::forget(Arc::clone(&self.node));
        listening::wait_free(&self.listen);
    }

    /// The kernel closes the sockets of a dead process, here LDK has to let go of them; else the peers would refuse the
    /// next start's connections until their pings go unanswered. Before the store is shut, since a thread that panics
    /// over a refused write poisons the locks this needs. Nothing is sent to the peers and none is forgotten.
    fn hang_up(&self) {
        self.store.keep_peers();
        let _ = guarded(|| {
            for peer in self.node.list_peers().iter().filter(|peer| peer.is_connected) {
                let _ = self.node.disconnect(peer.node_id);
            }
        });
    }

    fn end_runtime(&self) {
        if let Some(runtime) = lock(&self.runtime).take() {
            runtime.shutdown_timeout(SHUTDOWN_PATIENCE);
        }
    }
}

fn start_failed(reason: impl std::fmt::Display) -> Failure {
    Failure::new(Kind::StartFailed, format!("The node could not be started: {reason}"))
}
