//! Calls about all unspent outputs at once.

use std::collections::HashMap;

use bitcoin::{Amount, ScriptBuf};
use serde_json::{json, Value};

use super::args::Args;
use super::json::btc;
use super::{RpcError, INVALID_ADDRESS_OR_KEY, INVALID_PARAMETER, MISC_ERROR};
use crate::state::State;

/// Knows `raw(HEX)` descriptors only. A scan is done at once, so there is never one to abort.
pub fn scan(state: &mut State, args: &Args) -> Result<Value, RpcError> {
    match args.text(0).unwrap_or_default() {
        "start" => {}
        "abort" => return Ok(json!(false)),
        "status" => return Ok(Value::Null),
        action => return Err(RpcError::new(INVALID_PARAMETER, format!("Invalid action '{action}'"))),
    }
    if args.array(1).is_empty() {
        return Err(RpcError::new(MISC_ERROR, "scanobjects argument is required for the start action"));
    }
    let wanted = args.array(1).iter().map(script_of).collect::<Result<HashMap<_, _>, _>>()?;
    let found = state.coins.iter().filter_map(|(at, coin)| {
        let descriptor = wanted.get(&coin.output.script_pubkey)?;
        Some((*at, coin.clone(), descriptor))
    });
    let found: Vec<_> = found.collect();
    let total: Amount = found.iter().map(|(_, coin, _)| coin.output.value).sum();
    let tip = state.index.height();
    let unspents = found.iter().map(|(at, coin, descriptor)| {
        json!({
            "txid": at.txid.to_string(),
            "vout": at.vout,
            "scriptPubKey": coin.output.script_pubkey.to_hex_string(),
            "desc": descriptor,
            "amount": btc(coin.output.value),
            "coinbase": coin.coinbase,
            "height": coin.height,
            "blockhash": state.index.hash_at(coin.height).map(|hash| hash.to_string()),
            "confirmations": tip.saturating_add(1).saturating_sub(coin.height),
        })
    });
    Ok(json!({
        "success": true,
        "txouts": state.coins.iter().count(),
        "height": tip,
        "bestblock": state.index.tip_hash().to_string(),
        "unspents": unspents.collect::<Vec<_>>(),
        "total_amount": btc(total),
    }))
}

fn script_of(object: &Value) -> Result<(ScriptBuf, String), RpcError> {
    let descriptor = object.as_str().or_else(|| object["desc"].as_str()).unwrap_or_default();
    let hex = descriptor.strip_prefix("raw(").and_then(|rest| rest.split_once(')')).map(|(hex, _)| hex);
    let script = hex.and_then(|hex| ScriptBuf::from_hex(hex).ok());
    script.map(|script| (script, descriptor.to_owned())).ok_or_else(|| {
        RpcError::new(INVALID_ADDRESS_OR_KEY, format!("'{descriptor}' is not a valid descriptor function"))
    })
}
