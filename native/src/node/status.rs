//! Requests about the node as a whole.

use std::env;

use ldk_node::lightning::ln::types::ChannelId;
use ldk_node::{LightningBalance, NodeError, PendingSweepBalance};
use serde::Deserialize;
use serde_json::{json, Value};

use super::config::{Level, NodeConfig};
use super::life::NodeHandle;
use super::live::Live;
use super::methods::{none, Answer};
use super::probe;
use crate::failure::{Failure, Kind};
use crate::numbers::{decimal, Decimal};
use crate::rpc::params;
use crate::sync::lock;

/// ldk-node's own round of asking a bitcoind, if one is under way, may have seen an older tip; one more sees the newest.
const MOST_SYNCS: u32 = 3;

pub fn status(live: &Live, input: Value) -> Answer {
    none(input)?;
    let status = live.node.status();
    let config = &live.setting.config;
    let downloads = &live.setting.log.downloads;
    Ok(json!({
        "running": status.is_running,
        "node_id": live.node.node_id().to_string(),
        "alias": config.alias,
        "network": config.network.name(),
        "listen": live.listen.iter().map(ToString::to_string).collect::<Vec<_>>(),
        "block_height": status.current_best_block.height,
        "block_hash": status.current_best_block.block_hash.to_string(),
        "synced": live.synced(&status),
        "anchor_commitment_sat_per_kw": live.setting.log.fee_rates.anchor_commitment(),
        "funding_sat_per_kw": live.setting.log.fee_rates.funding(),
        "wallet_height": Some(live.store().wallet_height()).filter(|_| !live.synced(&status)).flatten(),
        "last_wallet_sync_at": status.latest_onchain_wallet_sync_timestamp,
        "gossip": downloads.gossip(config.rgs_url.as_ref(), status.latest_rgs_snapshot_timestamp),
        "scores": downloads.scores(config.scores_url.as_ref(), status.latest_pathfinding_scores_sync_timestamp),
    }))
}

pub fn balances(live: &Live, input: Value) -> Answer {
    none(input)?;
    let balances = live.node.list_balances();
    Ok(json!({
        "onchain_total_sat": decimal(balances.total_onchain_balance_sats),
        "onchain_spendable_sat": decimal(balances.spendable_onchain_balance_sats),
        "anchor_reserve_sat": decimal(balances.total_anchor_channels_reserve_sats),
        "lightning_total_sat": decimal(balances.total_lightning_balance_sats),
        "lightning": balances.lightning_balances.iter().map(lightning).collect::<Vec<_>>(),
        "sweeps": balances.pending_balances_from_channel_closures.iter().map(sweep).collect::<Vec<_>>(),
    }))
}

fn lightning(balance: &LightningBalance) -> Value {
    use LightningBalance as Is;
    let (kind, channel_id, counterparty, amount, height) = match balance {
        Is::ClaimableOnChannelClose { channel_id, counterparty_node_id, amount_satoshis, .. } => {
            ("claimable_on_channel_close", channel_id, counterparty_node_id, amount_satoshis, None)
        }
        Is::ClaimableAwaitingConfirmations {
            channel_id,
            counterparty_node_id,
            amount_satoshis,
            confirmation_height,
            ..
        } => {
            let height = Some(confirmation_height);
            ("claimable_awaiting_confirmations", channel_id, counterparty_node_id, amount_satoshis, height)
        }
        Is::ContentiousClaimable { channel_id, counterparty_node_id, amount_satoshis, timeout_height, .. } => {
            ("contentious_claimable", channel_id, counterparty_node_id, amount_satoshis, Some(timeout_height))
        }
        Is::MaybeTimeoutClaimableHTLC {
            channel_id, counterparty_node_id, amount_satoshis, claimable_height, ..
        } => {
            ("maybe_timeout_claimable_htlc", channel_id, counterparty_node_id, amount_satoshis, Some(claimable_height))
        }
        Is::MaybePreimageClaimableHTLC { channel_id, counterparty_node_id, amount_satoshis, expiry_height, .. } => {
            ("maybe_preimage_claimable_htlc", channel_id, counterparty_node_id, amount_satoshis, Some(expiry_height))
        }
        Is::CounterpartyRevokedOutputClaimable { channel_id, counterparty_node_id, amount_satoshis } => {
            ("counterparty_revoked_output_claimable", channel_id, counterparty_node_id, amount_satoshis, None)
        }
    };
    json!({
        "kind": kind, "channel_id": channel_id.to_string(), "counterparty": counterparty.to_string(),
        "amount_sat": decimal(amount), "confirmation_height": height,
    })
}

fn sweep(balance: &PendingSweepBalance) -> Value {
    let channel = |id: &Option<ChannelId>| id.map(|id| id.to_string());
    match balance {
        PendingSweepBalance::PendingBroadcast { channel_id, amount_satoshis } => json!({
            "kind": "pending_broadcast", "channel_id": channel(channel_id), "amount_sat": decimal(amount_satoshis),
        }),
        PendingSweepBalance::BroadcastAwaitingConfirmation {
            channel_id,
            latest_spending_txid,
            amount_satoshis,
            ..
        } => json!({
            "kind": "broadcast_awaiting_confirmation", "channel_id": channel(channel_id),
            "amount_sat": decimal(amount_satoshis), "txid": latest_spending_txid.to_string(),
        }),
        PendingSweepBalance::AwaitingThresholdConfirmations {
            channel_id,
            latest_spending_txid,
            confirmation_height,
            amount_satoshis,
            ..
        } => json!({
            "kind": "awaiting_threshold_confirmations", "channel_id": channel(channel_id),
            "amount_sat": decimal(amount_satoshis), "txid": latest_spending_txid.to_string(),
            "confirmation_height": confirmation_height,
        }),
    }
}

/// Asks the chain source itself, now: what the node learnt last may be old.
pub fn source(live: &Live, input: Value) -> Answer {
    none(input)?;
    Ok(json!({ "tip_height": probe::look(&live.setting.config, &live.runtime()?)? }))
}

/// One at a time, and only with a source that can be believed.
pub fn sync(live: &Live, input: Value) -> Answer {
    none(input)?;
    let config = &live.setting.config;
    let reached = || live.node.status().current_best_block.height;
    let _turn = lock(&live.syncing);
    let tip = probe::look(config, &live.runtime()?)?;
    probe::not_behind(config, tip, reached())?;
    for _ in 0..MOST_SYNCS {
        live.node.sync_wallets().map_err(|error| sync_failed(config, error))?;
        if reached() >= tip {
            live.mark_synced();
            break;
        }
    }
    Ok(json!({ "block_height": reached(), "tip_height": tip }))
}

fn sync_failed(config: &NodeConfig, error: NodeError) -> Failure {
    match error {
        NodeError::NotRunning | NodeError::PersistenceFailed => error.into(),
        _ => probe::sync_failed(config),
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Acknowledge {
    seq: Decimal<u64>,
}

pub fn acknowledge(live: &Live, input: Value) -> Answer {
    let Acknowledge { seq } = params(input)?;
    live.pump.acknowledge(seq.0)?;
    Ok(json!({}))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct LogTail {
    max_lines: usize,
    after_seq: Option<Decimal<u64>>,
    min_level: Option<Level>,
}

pub fn log_tail(node: &NodeHandle, input: Value) -> Answer {
    let LogTail { max_lines, after_seq, min_level } = params(input)?;
    let least = min_level.unwrap_or(Level::Trace);
    Ok(json!({ "lines": node.setting.log.tail(max_lines, after_seq.map(|seq| seq.0), least) }))
}

/// Panics, for tests of what a panic does.
#[allow(clippy::panic, clippy::manual_assert)]
pub fn panic(_: &NodeHandle, input: Value) -> Answer {
    none(input)?;
    if env::var_os("PEER_STABLES_DEBUG_PANIC").is_some_and(|value| value == "1") {
        panic!("asked to by debug.panic");
    }
    let message = "debug.panic needs PEER_STABLES_DEBUG_PANIC=1 in the environment.";
    Err(Failure::new(Kind::FeatureUnavailable, message))
}
