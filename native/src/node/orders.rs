//! Channels ordered from an LSP (LSPS1, bLIP-51), under the node's own key.

use ldk_node::lightning_liquidity::lsps1::msgs::LSPS1OrderId;
use ldk_node::liquidity::LSPS1OrderStatus;
use serde::Deserialize;
use serde_json::{json, Value};

use super::live::Live;
use super::methods::Answer;
use crate::failure::{Failure, Kind};
use crate::numbers::{decimal, Decimal};
use crate::rpc::params;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Create {
    lsp_balance_sat: Decimal<u64>,
    client_balance_sat: Decimal<u64>,
    channel_expiry_blocks: u32,
    announce_channel: bool,
}

/// Asks for the LSP's limits first: an order outside of them is refused here.
pub fn create(live: &Live, input: Value) -> Answer {
    let Create { lsp_balance_sat, client_balance_sat, channel_expiry_blocks, announce_channel } = params(input)?;
    let (lsp, client) = (lsp_balance_sat.0, client_balance_sat.0);
    if lsp.checked_add(client).is_none() {
        return Err(Failure::new(Kind::BadParams, "lsp_balance_sat: with client_balance_sat more than can be counted"));
    }
    let liquidity = live.node.lsps1_liquidity();
    to_json(&liquidity.request_channel(lsp, client, channel_expiry_blocks, announce_channel)?)
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Get {
    order_id: String,
}

pub fn get(live: &Live, input: Value) -> Answer {
    let Get { order_id } = params(input)?;
    to_json(&live.node.lsps1_liquidity().check_order_status(LSPS1OrderId(order_id))?)
}

/// In bLIP-51's own form. LDK does not tell `created_at` and `order_state`.
fn to_json(status: &LSPS1OrderStatus) -> Answer {
    let order = &status.order_params;
    Ok(json!({
        "order_id": status.order_id.0,
        "lsp_balance_sat": decimal(order.lsp_balance_sat),
        "client_balance_sat": decimal(order.client_balance_sat),
        "required_channel_confirmations": order.required_channel_confirmations,
        "funding_confirms_within_blocks": order.funding_confirms_within_blocks,
        "channel_expiry_blocks": order.channel_expiry_blocks,
        "announce_channel": order.announce_channel,
        "payment": serialized(&status.payment_options)?,
        "channel": serialized(&status.channel_state)?,
    }))
}

fn serialized(part: &impl serde::Serialize) -> Answer {
    serde_json::to_value(part)
        .map_err(|error| Failure::new(Kind::Internal, "The order can't be written as JSON.").detail(error.to_string()))
}
