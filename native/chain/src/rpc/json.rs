//! Values as bitcoind's RPC writes them.

use bitcoin::consensus::encode::serialize_hex;
use bitcoin::hex::DisplayHex;
use bitcoin::{Amount, Denomination, SignedAmount, Transaction};
use serde_json::{json, Value};

use super::script_json::{asm, output_script};
use super::{RpcError, TYPE_ERROR};

/// An amount in BTC. The RPC's form is a JSON number; below 2^53 satoshi, so for every amount there is, the number that
/// is read back is the same satoshi.
#[allow(clippy::cast_precision_loss)]
pub fn btc(amount: Amount) -> Value {
    json!(amount.to_sat() as f64 / 1e8)
}

/// Satoshi from a number or string in BTC with at most eight decimals (bitcoind's `AmountFromValue`).
pub fn parse_btc(text: &str) -> Result<Amount, RpcError> {
    let amount = SignedAmount::from_str_in(text, Denomination::Bitcoin)
        .map_err(|_| RpcError::new(TYPE_ERROR, "Invalid amount"))?;
    let unsigned = amount.to_unsigned().ok().filter(|amount| *amount <= Amount::MAX_MONEY);
    unsigned.ok_or_else(|| RpcError::new(TYPE_ERROR, "Amount out of range"))
}

/// A transaction as `getrawtransaction` and `getblock` describe it. The fee is known where the spent outputs are.
pub fn transaction(tx: &Transaction, fee: Option<Amount>) -> Value {
    let mut value = json!({
        "txid": tx.compute_txid().to_string(),
        "hash": tx.compute_wtxid().to_string(),
        "version": tx.version.0,
        "size": tx.total_size(),
        "vsize": tx.vsize(),
        "weight": tx.weight().to_wu(),
        "locktime": tx.lock_time.to_consensus_u32(),
        "vin": tx.input.iter().map(|input| self::input(tx, input)).collect::<Vec<_>>(),
        "vout": outputs(tx),
        "hex": serialize_hex(tx),
    });
    if let Some(fee) = fee {
        value["fee"] = btc(fee);
    }
    value
}

fn input(tx: &Transaction, input: &bitcoin::TxIn) -> Value {
    let script = &input.script_sig;
    let mut value = if tx.is_coinbase() {
        json!({"coinbase": script.to_hex_string(), "sequence": input.sequence.to_consensus_u32()})
    } else {
        json!({
            "txid": input.previous_output.txid.to_string(),
            "vout": input.previous_output.vout,
            "scriptSig": {"asm": asm(script, true), "hex": script.to_hex_string()},
            "sequence": input.sequence.to_consensus_u32(),
        })
    };
    if !input.witness.is_empty() {
        let items = input.witness.iter().map(DisplayHex::to_lower_hex_string);
        value["txinwitness"] = items.collect::<Vec<_>>().into();
    }
    value
}

fn outputs(tx: &Transaction) -> Vec<Value> {
    let describe = |(n, output): (usize, &bitcoin::TxOut)| json!({"value": btc(output.value), "n": n, "scriptPubKey": output_script(&output.script_pubkey)});
    tx.output.iter().enumerate().map(describe).collect()
}
