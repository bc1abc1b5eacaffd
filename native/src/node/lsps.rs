//! Requests about liquidity providers (LSPS0, LSPS2) that need no channel and no account with them.

use std::sync::mpsc;
use std::time::Duration;

use ldk_node::lightning_liquidity::lsps2::utils::compute_opening_fee;
use serde::Deserialize;
use serde_json::{json, Map, Value};

use super::config::Address;
use super::life::NodeHandle;
use super::live::Live;
use super::methods::Answer;
use crate::failure::{Failure, Kind};
use crate::hex::NodeId;
use crate::lsps::{ask, Question};
use crate::numbers::{optional_decimal, Decimal};
use crate::rpc::params;

const LONGEST_PATIENCE_MS: u64 = 60_000;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Request {
    node_id: NodeId,
    address: Address,
    method: String,
    params: Map<String, Value>,
    timeout_ms: u64,
}

/// Waits on a thread of its lane while the runtime does the work: a node that is stopped meanwhile drops the question.
pub fn request(live: &Live, input: Value) -> Answer {
    let Request { node_id, address, method, params: args, timeout_ms } = params(input)?;
    if !(1..=LONGEST_PATIENCE_MS).contains(&timeout_ms) {
        let message = format!("timeout_ms: must be from 1 to {LONGEST_PATIENCE_MS}");
        return Err(Failure::new(Kind::BadParams, message));
    }
    let question = Question {
        node_id: node_id.0,
        address: address.0.to_string(),
        method,
        params: args,
        patience: Duration::from_millis(timeout_ms),
    };
    let (sender, receiver) = mpsc::channel();
    live.runtime()?.spawn(async move {
        // Whoever asked has gone with the handle.
        let _ = sender.send(ask(question).await);
    });
    receiver.recv().unwrap_or_else(|_| Err(Failure::new(Kind::NotRunning, "The node stopped before the LSP replied.")))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct OpeningFee {
    payment_size_msat: Decimal<u64>,
    min_fee_msat: Decimal<u64>,
    proportional: u32,
}

/// LDK's own arithmetic, for comparison with ours.
pub fn opening_fee(_: &NodeHandle, input: Value) -> Answer {
    let OpeningFee { payment_size_msat, min_fee_msat, proportional } = params(input)?;
    let fee = compute_opening_fee(payment_size_msat.0, min_fee_msat.0, proportional.into());
    Ok(json!({ "opening_fee_msat": optional_decimal(fee) }))
}
