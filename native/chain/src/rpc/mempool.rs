//! Calls about the mempool.

use std::collections::BTreeSet;

use bitcoin::{Amount, Txid};
use serde_json::{json, Map, Value};

use super::args::Args;
use super::json::btc;
use super::{RpcError, INVALID_ADDRESS_OR_KEY, INVALID_PARAMETER};
use crate::mempool::{Entry, Mempool};
use crate::params::{INCREMENTAL_FEE_RATE, MAX_MEMPOOL_VBYTES, MIN_RELAY_FEE_RATE};
use crate::state::State;

pub fn info(state: &mut State, _: &Args) -> Result<Value, RpcError> {
    let mempool = &state.mempool;
    let bytes: usize = mempool.iter().map(|entry| entry.tx.total_size()).sum();
    Ok(json!({
        "loaded": true,
        "size": mempool.len(),
        "bytes": mempool.vbytes(),
        "usage": bytes,
        "total_fee": btc(mempool.iter().map(|entry| entry.fee).sum()),
        "maxmempool": MAX_MEMPOOL_VBYTES,
        "mempoolminfee": btc(Amount::from_sat(MIN_RELAY_FEE_RATE)),
        "minrelaytxfee": btc(Amount::from_sat(MIN_RELAY_FEE_RATE)),
        "incrementalrelayfee": btc(Amount::from_sat(INCREMENTAL_FEE_RATE)),
        "unbroadcastcount": 0,
        "fullrbf": true,
    }))
}

pub fn raw(state: &mut State, args: &Args) -> Result<Value, RpcError> {
    let (verbose, with_sequence) = (args.flag(0, false), args.flag(1, false));
    let mempool = &state.mempool;
    if verbose && with_sequence {
        return Err(RpcError::new(INVALID_PARAMETER, "Verbose results cannot contain mempool sequence values."));
    }
    if verbose {
        let entries = mempool.iter().map(|entry| (entry.txid.to_string(), describe(mempool, entry)));
        return Ok(Value::Object(entries.collect::<Map<_, _>>()));
    }
    let txids: Vec<String> = mempool.iter().map(|entry| entry.txid.to_string()).collect();
    if with_sequence {
        Ok(json!({"txids": txids, "mempool_sequence": mempool.sequence()}))
    } else {
        Ok(json!(txids))
    }
}

pub fn entry(state: &mut State, args: &Args) -> Result<Value, RpcError> {
    let found = state.mempool.get(&args.hash(0, "parameter 1")?);
    let entry = found.ok_or_else(|| RpcError::new(INVALID_ADDRESS_OR_KEY, "Transaction not in mempool"))?;
    Ok(describe(&state.mempool, entry))
}

fn describe(mempool: &Mempool, entry: &Entry) -> Value {
    let total = |txids: &BTreeSet<Txid>| {
        let entries = || txids.iter().filter_map(|txid| mempool.get(txid));
        let vsize: u64 = entries().map(|entry| entry.vsize).sum();
        let fees: Amount = entries().map(|entry| entry.fee).sum();
        (txids.len(), vsize, fees)
    };
    let names = |txids: &BTreeSet<Txid>| txids.iter().map(ToString::to_string).collect::<Vec<_>>();
    let ancestors = mempool.with_ancestors([entry.txid]);
    let (ancestor_count, ancestor_size, ancestor_fees) = total(&ancestors);
    let (descendant_count, descendant_size, descendant_fees) = total(&mempool.with_descendants([entry.txid]));
    let signals = |txid| mempool.get(txid).is_some_and(|entry| entry.tx.is_explicitly_rbf());
    json!({
        "vsize": entry.vsize,
        "weight": entry.weight,
        "time": entry.time,
        "height": entry.height,
        "descendantcount": descendant_count,
        "descendantsize": descendant_size,
        "ancestorcount": ancestor_count,
        "ancestorsize": ancestor_size,
        "wtxid": entry.wtxid.to_string(),
        "fees": {
            "base": btc(entry.fee),
            "modified": btc(entry.fee),
            "ancestor": btc(ancestor_fees),
            "descendant": btc(descendant_fees),
        },
        "depends": names(&entry.parents),
        "spentby": names(&entry.children),
        "bip125-replaceable": ancestors.iter().any(signals),
        "unbroadcast": false,
    })
}
