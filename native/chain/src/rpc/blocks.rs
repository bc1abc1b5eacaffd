//! Calls about blocks and the chain.

use bitcoin::consensus::encode::serialize_hex;
use bitcoin::hex::DisplayHex;
use bitcoin::{Amount, BlockHash, CompactTarget, Target, Transaction};
use serde_json::{json, Value};

use super::args::Args;
use super::json::transaction;
use super::{RpcError, INTERNAL_ERROR, INVALID_ADDRESS_OR_KEY, INVALID_PARAMETER};
use crate::chain::parse_address;
use crate::index::BlockRecord;
use crate::params::BITS;
use crate::state::State;

/// Regtest's difficulty in the unit of mainnet's first block.
fn difficulty() -> f64 {
    f64::from(0xffff_u32) / f64::from(BITS & 0x00ff_ffff) / f64::from(1u32 << 24)
}

fn bits() -> String {
    format!("{BITS:08x}")
}

fn target() -> String {
    format!("{:064x}", Target::from_compact(CompactTarget::from_consensus(BITS)))
}

pub fn blockchain_info(state: &mut State, _: &Args) -> Result<Value, RpcError> {
    let index = &state.index;
    Ok(json!({
        "chain": "regtest",
        "blocks": index.height(),
        "headers": index.height(),
        "bestblockhash": index.tip_hash().to_string(),
        "bits": bits(),
        "target": target(),
        "difficulty": difficulty(),
        "time": index.tip_header().time,
        "mediantime": index.median_time(index.tip_hash()),
        "verificationprogress": 1,
        "initialblockdownload": false,
        "chainwork": format!("{:064x}", index.tip_work()),
        "size_on_disk": index.size_on_disk(),
        "pruned": false,
        "warnings": [],
    }))
}

pub fn best_block_hash(state: &mut State, _: &Args) -> Result<Value, RpcError> {
    Ok(json!(state.index.tip_hash().to_string()))
}

pub fn block_count(state: &mut State, _: &Args) -> Result<Value, RpcError> {
    Ok(json!(state.index.height()))
}

pub fn block_hash(state: &mut State, args: &Args) -> Result<Value, RpcError> {
    let height = args.int(0)?.and_then(|height| u32::try_from(height).ok());
    let hash = height.and_then(|height| state.index.hash_at(height));
    hash.map(|hash| json!(hash.to_string()))
        .ok_or_else(|| RpcError::new(INVALID_PARAMETER, "Block height out of range"))
}

fn find<'a>(state: &'a State, args: &Args, name: &str) -> Result<(BlockHash, &'a BlockRecord), RpcError> {
    let hash = args.hash(0, name)?;
    let record = state.index.get(&hash).ok_or_else(|| RpcError::new(INVALID_ADDRESS_OR_KEY, "Block not found"))?;
    Ok((hash, record))
}

pub fn block_header(state: &mut State, args: &Args) -> Result<Value, RpcError> {
    let (hash, record) = find(state, args, "hash")?;
    if args.flag(1, true) {
        Ok(describe_header(state, hash, record))
    } else {
        Ok(json!(serialize_hex(&record.block.header)))
    }
}

pub fn block(state: &mut State, args: &Args) -> Result<Value, RpcError> {
    let (hash, record) = find(state, args, "blockhash")?;
    let verbosity = args.verbosity(1, 1)?;
    let block = &record.block;
    if verbosity <= 0 {
        return Ok(json!(serialize_hex(block.as_ref())));
    }
    let mut value = describe_header(state, hash, record);
    value["strippedsize"] = json!((block.weight().to_wu() - block.total_size() as u64) / 3);
    value["size"] = json!(block.total_size());
    value["weight"] = json!(block.weight().to_wu());
    value["tx"] = if verbosity == 1 {
        block.txdata.iter().map(|tx| tx.compute_txid().to_string()).collect::<Vec<_>>().into()
    } else {
        let fees = fees(record);
        block.txdata.iter().zip(fees).map(|(tx, fee)| transaction(tx, fee)).collect::<Vec<_>>().into()
    };
    Ok(value)
}

/// The fee of each transaction of a block, from the coins it spent; none for the coinbase.
fn fees(record: &BlockRecord) -> Vec<Option<Amount>> {
    let mut spent = record.undo.spent.iter().map(|(_, coin)| coin.output.value);
    let mut fee = |tx: &Transaction| {
        if tx.is_coinbase() {
            return None;
        }
        let value_in: Amount = spent.by_ref().take(tx.input.len()).sum();
        value_in.checked_sub(tx.output.iter().map(|output| output.value).sum())
    };
    record.block.txdata.iter().map(&mut fee).collect()
}

fn describe_header(state: &State, hash: BlockHash, record: &BlockRecord) -> Value {
    let header = &record.block.header;
    let mut value = json!({
        "hash": hash.to_string(),
        "confirmations": state.index.confirmations(record, hash),
        "height": record.height,
        "version": header.version.to_consensus(),
        "versionHex": header.version.to_consensus().to_be_bytes().to_lower_hex_string(),
        "merkleroot": header.merkle_root.to_string(),
        "time": header.time,
        "mediantime": state.index.median_time(hash),
        "nonce": header.nonce,
        "bits": bits(),
        "target": target(),
        "difficulty": difficulty(),
        "chainwork": format!("{:064x}", record.chain_work),
        "nTx": record.block.txdata.len(),
    });
    if record.height > 0 {
        value["previousblockhash"] = header.prev_blockhash.to_string().into();
    }
    let next = state.index.hash_at(record.height.saturating_add(1)).filter(|_| state.index.is_active(record, hash));
    if let Some(next) = next {
        value["nextblockhash"] = next.to_string().into();
    }
    value
}

pub fn generate_to_address(state: &mut State, args: &Args) -> Result<Value, RpcError> {
    let address = parse_address(args.text(1).unwrap_or_default())
        .map_err(|_| RpcError::new(INVALID_ADDRESS_OR_KEY, "Error: Invalid address"))?;
    let count = match u32::try_from(args.int(0)?.unwrap_or_default()) {
        Ok(count) if count > 0 => count,
        _ => return Ok(json!([])),
    };
    let mined = state.mine(count, Some(address.script_pubkey()));
    let hashes = mined.map_err(|error| RpcError::new(INTERNAL_ERROR, error.to_string()))?;
    Ok(hashes.iter().map(ToString::to_string).collect::<Vec<_>>().into())
}
