//! After a restore without channels there are monitors and no manager. A monitor of a channel that was open then holds
//! the commitment transaction of that moment, which may be revoked by now, and LDK would publish it: when a payment under
//! way in it runs out of time, and at the node's second start, whose manager does not know the channel. So such a monitor
//! is put aside before LDK sees it. The peer closes the channel, and `payouts` collects what is ours.

use std::sync::Arc;

use electrum_client::ElectrumApi;
use ldk_node::bitcoin::{OutPoint, ScriptBuf, Transaction};
use ldk_node::lightning::chain::chaininterface::{BroadcasterInterface, ConfirmationTarget, FeeEstimator};
use ldk_node::lightning::chain::chainmonitor::Persist;
use ldk_node::lightning::chain::channelmonitor::{Balance, ChannelMonitor};
use ldk_node::lightning::io;
use ldk_node::lightning::sign::InMemorySigner;
use ldk_node::lightning::util::logger::{Logger, Record};
use ldk_node::lightning::util::persist::{
    KVStoreSync, MonitorUpdatingPersister, CHANNEL_MANAGER_PERSISTENCE_KEY,
    CHANNEL_MONITOR_PERSISTENCE_PRIMARY_NAMESPACE as MONITORS,
};
use ldk_node::tokio::runtime::Handle;
use serde_json::{json, Value};

use super::super::config::{ChainConfig, NodeConfig};
use super::super::seed::Seed;
use super::super::source::{electrum, electrum_failure, esplora_found, rpc_said, unreachable, TIMEOUT};
use super::super::store::GatedStore;
use super::keys::keys_of;
use crate::failure::{Failure, Kind};

type Monitor = ChannelMonitor<InMemorySigner>;

/// What reading a monitor takes and must not use.
struct Mute;

impl Logger for Mute {
    fn log(&self, _: Record) {}
}

impl BroadcasterInterface for Mute {
    fn broadcast_transactions(&self, _: &[&Transaction]) {}
}

impl FeeEstimator for Mute {
    fn get_est_sat_per_1000_weight(&self, _: ConfirmationTarget) -> u32 {
        253
    }
}

/// @returns the names of the monitors that were put aside
pub fn set_aside_open(
    store: &Arc<GatedStore>,
    config: &NodeConfig,
    seed: &Seed,
    runtime: &Handle,
) -> Result<Vec<String>, Failure> {
    let names = KVStoreSync::list(&**store, MONITORS, "").map_err(|error| failed(&error))?;
    if names.is_empty() || has_manager(store)? {
        return Ok(Vec::new());
    }
    let keys = keys_of(seed, config.network)?;
    let persister = MonitorUpdatingPersister::new(Arc::clone(store), &Mute, 0, &keys, &keys, &Mute, &Mute);
    let monitors = persister.read_all_channel_monitors_with_updates().map_err(|error| failed(&error))?;
    let mut aside = Vec::new();
    for (_, monitor) in monitors {
        if may_publish(&monitor) && !has_ended(&config.chain, runtime, &monitor)? {
            let name = monitor.persistence_key();
            Persist::<InMemorySigner>::archive_persisted_channel(&persister, name);
            aside.push(name.to_string());
        }
    }
    let left = KVStoreSync::list(&**store, MONITORS, "").map_err(|error| failed(&error))?;
    match left.iter().find(|name| aside.contains(name)) {
        Some(name) => Err(failed(&io::Error::new(io::ErrorKind::Other, format!("{name} is still in place")))),
        None => Ok(aside),
    }
}

fn has_manager(store: &GatedStore) -> Result<bool, Failure> {
    match KVStoreSync::read(store, "", "", CHANNEL_MANAGER_PERSISTENCE_KEY) {
        Ok(_) => Ok(true),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(false),
        Err(error) => Err(failed(&error)),
    }
}

/// Whether it has not seen its channel's end on the chain.
fn may_publish(monitor: &Monitor) -> bool {
    monitor.get_claimable_balances().iter().any(|balance| matches!(balance, Balance::ClaimableOnChannelClose { .. }))
}

/// Whether the channel ended since: then nothing else can be published any more, and the monitor collects what is ours of
/// that. While a splice is under way a channel has two funding outputs, of which either may be the one to look at.
fn has_ended(chain: &ChainConfig, runtime: &Handle, monitor: &Monitor) -> Result<bool, Failure> {
    let splicing = |balance: &Balance| matches!(balance, Balance::ClaimableOnChannelClose { balance_candidates, .. } if balance_candidates.len() > 1);
    if monitor.get_claimable_balances().iter().any(splicing) {
        return Ok(false);
    }
    let funding = monitor.get_funding_txo().into_bitcoin_outpoint();
    match chain {
        ChainConfig::Bitcoind { .. } => {
            let coin = rpc_said(chain, runtime, "gettxout", json!([funding.txid, funding.vout, true]), TIMEOUT)?;
            coin.map(|coin| coin.is_null()).map_err(|error| unreachable("bitcoind", error.to_string()))
        }
        ChainConfig::Esplora { url } => {
            let path = format!("tx/{}/outspend/{}", funding.txid, funding.vout);
            let Some(text) = esplora_found(runtime, url, &path)? else { return Ok(false) };
            let said: Value = serde_json::from_str(&text).map_err(|error| unreachable(url, error.to_string()))?;
            Ok(said["spent"].as_bool().unwrap_or(false))
        }
        ChainConfig::Electrum { url } => {
            let mut watched = monitor.get_outputs_to_watch().into_iter().filter(|(txid, _)| *txid == funding.txid);
            let script = watched.next().and_then(|(_, outputs)| {
                outputs.into_iter().find(|(vout, _)| *vout == funding.vout).map(|(_, script)| script)
            });
            script.map_or(Ok(false), |script| is_spent_by_electrum(url, funding, &script))
        }
    }
}

fn is_spent_by_electrum(url: &str, funding: OutPoint, script: &ScriptBuf) -> Result<bool, Failure> {
    let client = electrum(url)?;
    let failed = |error| electrum_failure(url, &error);
    let history = client.script_get_history(script).map_err(failed)?;
    let unspent = client.script_list_unspent(script).map_err(failed)?;
    let is_known = history.iter().any(|one| one.tx_hash == funding.txid);
    let is_unspent =
        unspent.iter().any(|one| one.tx_hash == funding.txid && u32::try_from(one.tx_pos) == Ok(funding.vout));
    Ok(is_known && !is_unspent)
}

fn failed(error: &io::Error) -> Failure {
    let message = "The old channels' states could not be put aside, so the node was not started.";
    Failure::new(Kind::PersistenceFailed, message).detail(error.to_string())
}
