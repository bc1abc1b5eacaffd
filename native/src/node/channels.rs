//! Requests about channels.

use ldk_node::{ChannelDetails, UserChannelId};
use serde::Deserialize;
use serde_json::{json, Value};

use super::config::Address;
use super::live::Live;
use super::methods::{none, Answer};
use super::onchain;
use crate::failure::{Failure, Kind};
use crate::hex::NodeId;
use crate::numbers::{decimal, optional_decimal, Decimal};
use crate::rpc::params;

pub fn list(live: &Live, input: Value) -> Answer {
    none(input)?;
    Ok(json!({ "channels": live.node.list_channels().iter().map(channel).collect::<Vec<_>>() }))
}

fn channel(channel: &ChannelDetails) -> Value {
    json!({
        "channel_id": channel.channel_id.to_string(),
        "user_channel_id": decimal(channel.user_channel_id.0),
        "counterparty": channel.counterparty_node_id.to_string(),
        "funding_txid": channel.funding_txo.map(|outpoint| outpoint.txid.to_string()),
        "funding_vout": channel.funding_txo.map(|outpoint| outpoint.vout),
        "capacity_sat": decimal(channel.channel_value_sats),
        "outbound_msat": decimal(channel.outbound_capacity_msat),
        "inbound_msat": decimal(channel.inbound_capacity_msat),
        "reserve_sat": decimal(channel.unspendable_punishment_reserve.unwrap_or(0)),
        "counterparty_reserve_sat": decimal(channel.counterparty_unspendable_punishment_reserve),
        "next_outbound_htlc_minimum_msat": decimal(channel.next_outbound_htlc_minimum_msat),
        "next_outbound_htlc_limit_msat": decimal(channel.next_outbound_htlc_limit_msat),
        "inbound_htlc_minimum_msat": decimal(channel.inbound_htlc_minimum_msat),
        "is_outbound": channel.is_outbound,
        "is_announced": channel.is_announced,
        "channel_ready": channel.is_channel_ready,
        "usable": channel.is_usable,
        "confirmations": channel.confirmations.unwrap_or(0),
        "confirmations_required": channel.confirmations_required.unwrap_or(0),
        "short_channel_id": optional_decimal(channel.short_channel_id),
        "force_close_spend_delay": channel.force_close_spend_delay,
        "feerate_sat_per_kw": channel.feerate_sat_per_1000_weight,
    })
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Open {
    node_id: NodeId,
    address: Address,
    amount_sat: Decimal<u64>,
    push_msat: Decimal<u64>,
    announced: bool,
}

pub fn open(live: &Live, input: Value) -> Answer {
    let Open { node_id, address, amount_sat, push_msat, announced } = params(input)?;
    let push = Some(push_msat.0).filter(|push| *push > 0);
    let id = if announced {
        live.node.open_announced_channel(node_id.0, address.0, amount_sat.0, push, None)?
    } else {
        live.node.open_channel(node_id.0, address.0, amount_sat.0, push, None)?
    };
    Ok(json!({ "user_channel_id": decimal(id.0) }))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Close {
    user_channel_id: Decimal<u128>,
    counterparty: NodeId,
}

pub fn close(live: &Live, input: Value) -> Answer {
    let Close { user_channel_id, counterparty } = params(input)?;
    let id = known(live, user_channel_id, counterparty)?;
    live.node.close_channel(&id, counterparty.0)?;
    Ok(json!({}))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ForceClose {
    user_channel_id: Decimal<u128>,
    counterparty: NodeId,
    reason: Option<String>,
}

pub fn force_close(live: &Live, input: Value) -> Answer {
    let ForceClose { user_channel_id, counterparty, reason } = params(input)?;
    let id = known(live, user_channel_id, counterparty)?;
    live.node.force_close_channel(&id, counterparty.0, reason)?;
    Ok(json!({}))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct SpliceIn {
    user_channel_id: Decimal<u128>,
    counterparty: NodeId,
    amount_sat: Decimal<u64>,
}

pub fn splice_in(live: &Live, input: Value) -> Answer {
    let SpliceIn { user_channel_id, counterparty, amount_sat } = params(input)?;
    let id = known(live, user_channel_id, counterparty)?;
    live.node.splice_in(&id, counterparty.0, amount_sat.0)?;
    Ok(json!({}))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct SpliceOut {
    user_channel_id: Decimal<u128>,
    counterparty: NodeId,
    address: String,
    amount_sat: Decimal<u64>,
}

pub fn splice_out(live: &Live, input: Value) -> Answer {
    let SpliceOut { user_channel_id, counterparty, address, amount_sat } = params(input)?;
    let id = known(live, user_channel_id, counterparty)?;
    let address = onchain::own_network(live, &address)?;
    live.node.splice_out(&id, counterparty.0, &address, amount_sat.0)?;
    Ok(json!({}))
}

/// ldk-node answers Ok to closing a channel that does not exist.
fn known(live: &Live, id: Decimal<u128>, counterparty: NodeId) -> Result<UserChannelId, Failure> {
    let id = UserChannelId(id.0);
    let channels = live.node.list_channels();
    if channels.iter().any(|channel| channel.user_channel_id == id && channel.counterparty_node_id == counterparty.0) {
        return Ok(id);
    }
    let message = format!("There is no channel {} with {}.", id.0, counterparty.0);
    Err(Failure::new(Kind::UnknownChannel, message))
}
