//! Calls about single transactions.

use bitcoin::consensus::encode::{deserialize_hex, serialize_hex};
use bitcoin::{Amount, BlockHash, OutPoint, Transaction};
use serde_json::{json, Value};

use super::args::Args;
use super::json::{btc, parse_btc, transaction};
use super::script_json::output_script;
use super::{
    RpcError, ALREADY_IN_UTXO_SET, DESERIALIZATION_ERROR, INVALID_ADDRESS_OR_KEY, INVALID_PARAMETER, TRANSACTION_ERROR,
    TRANSACTION_REJECTED,
};
use crate::coins::{is_unspendable, Coin};
use crate::mempool::Entry;
use crate::params::{fee_at, DEFAULT_MAX_FEE_RATE};
use crate::reject::{Reject, RejectKind};
use crate::state::State;

const MAX_PACKAGE_COUNT: usize = 25;

pub fn get_raw(state: &mut State, args: &Args) -> Result<Value, RpcError> {
    let txid = args.hash(0, "parameter 1")?;
    let verbosity = args.verbosity(1, 0)?;
    let not_found = |message| RpcError::new(INVALID_ADDRESS_OR_KEY, message);
    let genesis = state.index.hash_at(0).and_then(|hash| state.index.get(&hash));
    if genesis.is_some_and(|record| record.block.txdata.iter().any(|tx| tx.compute_txid() == txid)) {
        return Err(not_found(
            "The genesis block coinbase is not considered an ordinary transaction and cannot be retrieved",
        ));
    }
    let given: Option<BlockHash> = args.text(2).map(|_| args.hash(2, "parameter 3")).transpose()?;
    let (tx, hash) = if let Some(hash) = given {
        let record = state.index.get(&hash).ok_or_else(|| not_found("Block hash not found"))?;
        let tx = record.block.txdata.iter().find(|tx| tx.compute_txid() == txid);
        let missing = "No such transaction found in the provided block. Use gettransaction for wallet transactions.";
        (tx.ok_or_else(|| not_found(missing))?, Some(hash))
    } else if let Some(entry) = state.mempool.get(&txid) {
        (entry.tx.as_ref(), None)
    } else {
        let missing = "No such mempool or blockchain transaction. Use gettransaction for wallet transactions.";
        let (hash, _, tx) = state.index.transaction(&txid).ok_or_else(|| not_found(missing))?;
        (tx, Some(hash))
    };
    if verbosity <= 0 {
        return Ok(json!(serialize_hex(tx)));
    }
    let mut value = transaction(tx, None);
    if let Some((hash, record)) = hash.and_then(|hash| Some((hash, state.index.get(&hash)?))) {
        let active = state.index.is_active(record, hash);
        if given.is_some() {
            value["in_active_chain"] = json!(active);
        }
        value["blockhash"] = json!(hash.to_string());
        // bitcoind counts a stale block's transactions as having no confirmations.
        value["confirmations"] = json!(state.index.confirmations(record, hash).max(0));
        if active {
            value["time"] = json!(record.block.header.time);
            value["blocktime"] = json!(record.block.header.time);
        }
    }
    Ok(value)
}

pub fn tx_out(state: &mut State, args: &Args) -> Result<Value, RpcError> {
    let txid = args.hash(0, "txid")?;
    let outpoint = OutPoint { txid, vout: args.unsigned(1)? };
    let with_mempool = args.flag(2, true);
    if with_mempool && state.mempool.spender(&outpoint).is_some() {
        return Ok(Value::Null);
    }
    let next_height = state.index.height().saturating_add(1);
    let unconfirmed = state.mempool.output(&outpoint).filter(|_| with_mempool);
    let coin = match unconfirmed {
        Some(output) => Some(Coin { output: output.clone(), height: next_height, coinbase: false }),
        None => state.coins.get(&outpoint).cloned(),
    };
    Ok(coin.map_or(Value::Null, |coin| {
        json!({
            "bestblock": state.index.tip_hash().to_string(),
            "confirmations": next_height - coin.height,
            "value": btc(coin.output.value),
            "scriptPubKey": output_script(&coin.output.script_pubkey),
            "coinbase": coin.coinbase,
        })
    }))
}

fn decode(hex: &str) -> Option<Transaction> {
    deserialize_hex::<Transaction>(hex).ok().filter(|tx| !tx.input.is_empty())
}

/// The rate not to overpay in satoshi per 1,000 vbytes; 0 for any.
fn max_fee_rate(args: &Args, position: usize) -> Result<u64, RpcError> {
    let rate = args.amount_text(position).map(|text| parse_btc(&text)).transpose()?;
    match rate.map_or(DEFAULT_MAX_FEE_RATE, Amount::to_sat) {
        rate if rate >= 100_000_000 => {
            Err(RpcError::new(INVALID_PARAMETER, "Fee rates larger than or equal to 1BTC/kvB are not accepted"))
        }
        rate => Ok(rate),
    }
}

fn overpays(entry: &Entry, max_rate: u64) -> bool {
    max_rate > 0 && entry.fee.to_sat() > fee_at(max_rate, entry.vsize)
}

pub fn send_raw(state: &mut State, args: &Args) -> Result<Value, RpcError> {
    let max_burn = args.amount_text(2).map(|text| parse_btc(&text)).transpose()?.unwrap_or(Amount::ZERO);
    let max_rate = max_fee_rate(args, 1)?;
    let tx = decode(args.text(0).unwrap_or_default()).ok_or_else(|| {
        RpcError::new(DESERIALIZATION_ERROR, "TX decode failed. Make sure the tx has at least one input.")
    })?;
    if tx.output.iter().any(|output| is_unspendable(output) && output.value > max_burn) {
        return Err(RpcError::new(
            TRANSACTION_ERROR,
            "Unspendable output exceeds maximum configured by user (maxburnamount)",
        ));
    }
    let txid = tx.compute_txid();
    if state.coins.has_output_of(txid, &tx) {
        return Err(RpcError::new(ALREADY_IN_UTXO_SET, "Transaction outputs already in utxo set"));
    }
    // One already waiting is sent around again, which here means nothing.
    if state.mempool.get(&txid).is_some() {
        return Ok(json!(txid.to_string()));
    }
    let accepted = state.judge(tx).map_err(|reject| refused(&reject))?;
    if overpays(&accepted.entry, max_rate) {
        let message = "Fee exceeds maximum configured by user (e.g. -maxtxfee, maxfeerate)";
        return Err(RpcError::new(TRANSACTION_ERROR, message));
    }
    state.admit(accepted);
    Ok(json!(txid.to_string()))
}

fn refused(reject: &Reject) -> RpcError {
    match reject.kind {
        RejectKind::MissingInputs => RpcError::new(TRANSACTION_ERROR, reject.to_string()),
        RejectKind::Rule => RpcError::new(TRANSACTION_REJECTED, reject.to_string()),
    }
}

pub fn test_accept(state: &mut State, args: &Args) -> Result<Value, RpcError> {
    let raw = args.array(0);
    if raw.is_empty() || raw.len() > MAX_PACKAGE_COUNT {
        let message = format!("Array must contain between 1 and {MAX_PACKAGE_COUNT} transactions.");
        return Err(RpcError::new(INVALID_PARAMETER, message));
    }
    let max_rate = max_fee_rate(args, 1)?;
    let mut transactions = Vec::new();
    for value in raw {
        let hex = value.as_str().unwrap_or_default();
        transactions.push(decode(hex).ok_or_else(|| {
            let message = format!("TX decode failed: {hex} Make sure the tx has at least one input.");
            RpcError::new(DESERIALIZATION_ERROR, message)
        })?);
    }
    let judged = state.test_submit(transactions.clone());
    Ok(transactions.iter().zip(judged).map(|(tx, result)| judgement(tx, result, max_rate)).collect::<Vec<_>>().into())
}

fn judgement(tx: &Transaction, result: Result<Entry, Reject>, max_rate: u64) -> Value {
    let mut value = json!({"txid": tx.compute_txid().to_string(), "wtxid": tx.compute_wtxid().to_string()});
    let refusal = match result {
        Ok(entry) if !overpays(&entry, max_rate) => {
            value["allowed"] = json!(true);
            value["vsize"] = json!(entry.vsize);
            value["fees"] = json!({
                "base": btc(entry.fee),
                "effective-feerate": btc(Amount::from_sat(entry.fee_rate())),
                "effective-includes": [entry.wtxid.to_string()],
            });
            return value;
        }
        Ok(_) => ("max-fee-exceeded", String::new()),
        Err(reject) if reject.kind == RejectKind::MissingInputs => ("missing-inputs", reject.to_string()),
        Err(reject) => (reject.reason, reject.to_string()),
    };
    value["allowed"] = json!(false);
    value["reject-reason"] = json!(refusal.0);
    if !refusal.1.is_empty() {
        value["reject-details"] = json!(refusal.1);
    }
    value
}
