//! Calls about the node itself.

use bitcoin::Amount;
use serde_json::{json, Value};

use super::args::Args;
use super::json::btc;
use super::{RpcError, INVALID_PARAMETER};
use crate::params::{ESTIMATED_FEE_RATE, INCREMENTAL_FEE_RATE, MIN_RELAY_FEE_RATE};
use crate::state::State;

/// The release of Bitcoin Core whose RPC is spoken here.
const VERSION: u32 = 290_000;
const MAX_CONF_TARGET: i32 = 1_008;
const MAX_MOCK_TIME: u64 = 9_223_372_036;

pub fn estimate_smart_fee(_: &mut State, args: &Args) -> Result<Value, RpcError> {
    let blocks = args.int(0)?.unwrap_or_default();
    if !(1..=MAX_CONF_TARGET).contains(&blocks) {
        let message = format!("Invalid conf_target, must be between 1 and {MAX_CONF_TARGET}");
        return Err(RpcError::new(INVALID_PARAMETER, message));
    }
    let mode = args.text(1).unwrap_or("unset").to_lowercase();
    if !matches!(mode.as_str(), "unset" | "economical" | "conservative") {
        let message = "Invalid estimate_mode parameter, must be one of: \"unset\", \"economical\", \"conservative\"";
        return Err(RpcError::new(INVALID_PARAMETER, message));
    }
    // Estimates for the very next block do not exist; bitcoind answers for two blocks then.
    Ok(json!({"feerate": btc(Amount::from_sat(ESTIMATED_FEE_RATE)), "blocks": blocks.max(2)}))
}

pub fn network_info(_: &mut State, _: &Args) -> Result<Value, RpcError> {
    Ok(json!({
        "version": VERSION,
        "subversion": "/Satoshi:29.0.0(peer-stables)/",
        "protocolversion": 70016,
        "localservices": "0000000000000c09",
        "localservicesnames": ["NETWORK", "WITNESS", "NETWORK_LIMITED", "P2P_V2"],
        "localrelay": true,
        "timeoffset": 0,
        "networkactive": false,
        "connections": 0,
        "connections_in": 0,
        "connections_out": 0,
        "networks": [],
        "relayfee": btc(Amount::from_sat(MIN_RELAY_FEE_RATE)),
        "incrementalfee": btc(Amount::from_sat(INCREMENTAL_FEE_RATE)),
        "localaddresses": [],
        "warnings": [],
    }))
}

pub fn uptime(state: &mut State, _: &Args) -> Result<Value, RpcError> {
    Ok(json!(state.opened.elapsed().as_secs()))
}

pub fn set_mock_time(state: &mut State, args: &Args) -> Result<Value, RpcError> {
    match args.unsigned::<u64>(0) {
        Ok(time) if time <= MAX_MOCK_TIME => {
            state.mock_time = (time > 0).then_some(time);
            Ok(Value::Null)
        }
        _ => {
            let given = args.amount_text(0).unwrap_or_default();
            let message = format!("Mocktime must be in the range [0, {MAX_MOCK_TIME}], not {given}.");
            Err(RpcError::new(INVALID_PARAMETER, message))
        }
    }
}
