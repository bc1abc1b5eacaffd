//! Consensus rules for transactions and blocks (Bitcoin Core: `consensus/tx_check.cpp`, `consensus/tx_verify.cpp`,
//! `validation.cpp`).

use std::collections::HashSet;

use bitcoin::script::Builder;
use bitcoin::{Amount, Block, OutPoint, Transaction, Wtxid};

use crate::coins::{BlockUndo, Coin, CoinSet};
use crate::index::BlockIndex;
use crate::locks::{is_final, relative_locks_met};
use crate::params::{subsidy, BITS, COINBASE_MATURITY, MAX_BLOCK_SIGOPS_COST, MAX_BLOCK_WEIGHT};
use crate::reject::Reject;
use crate::script;

/// The rules a transaction must keep whatever the chain looks like.
pub fn check_transaction(tx: &Transaction) -> Result<(), Reject> {
    if tx.input.is_empty() {
        return Err(Reject::rule("bad-txns-vin-empty"));
    }
    if tx.output.is_empty() {
        return Err(Reject::rule("bad-txns-vout-empty"));
    }
    if tx.base_size() as u64 * 4 > MAX_BLOCK_WEIGHT {
        return Err(Reject::rule("bad-txns-oversize"));
    }
    let mut total = Amount::ZERO;
    for output in &tx.output {
        if i64::try_from(output.value.to_sat()).is_err() {
            return Err(Reject::rule("bad-txns-vout-negative"));
        }
        if output.value > Amount::MAX_MONEY {
            return Err(Reject::rule("bad-txns-vout-toolarge"));
        }
        total = total
            .checked_add(output.value)
            .filter(|sum| *sum <= Amount::MAX_MONEY)
            .ok_or_else(|| Reject::rule("bad-txns-txouttotal-toolarge"))?;
    }
    let mut seen = HashSet::with_capacity(tx.input.len());
    if !tx.input.iter().all(|input| seen.insert(input.previous_output)) {
        return Err(Reject::rule("bad-txns-inputs-duplicate"));
    }
    if tx.is_coinbase() {
        let length = tx.input.first().map_or(0, |input| input.script_sig.len());
        if !(2..=100).contains(&length) {
            return Err(Reject::rule("bad-cb-length"));
        }
    } else if tx.input.iter().any(|input| input.previous_output == OutPoint::null()) {
        return Err(Reject::rule("bad-txns-prevout-null"));
    }
    Ok(())
}

/// Maturity and value of the coins `tx` spends (in input order) in a block at `spend_height`. Answers the fee.
pub fn check_inputs(tx: &Transaction, coins: &[Coin], spend_height: u32) -> Result<Amount, Reject> {
    let mut value_in = Amount::ZERO;
    for coin in coins {
        let depth = spend_height.saturating_sub(coin.height);
        if coin.coinbase && depth < COINBASE_MATURITY {
            return Err(Reject::detailed(
                "bad-txns-premature-spend-of-coinbase",
                format!("tried to spend coinbase at depth {depth}"),
            ));
        }
        value_in = value_in
            .checked_add(coin.output.value)
            .filter(|sum| *sum <= Amount::MAX_MONEY)
            .ok_or_else(|| Reject::rule("bad-txns-inputvalues-outofrange"))?;
    }
    let value_out = tx.output.iter().map(|output| output.value).sum::<Amount>();
    value_in.checked_sub(value_out).ok_or_else(|| {
        let (have, need) = (format_money(value_in), format_money(value_out));
        Reject::detailed("bad-txns-in-belowout", format!("value in ({have}) < value out ({need})"))
    })
}

/// An amount in BTC with at least two decimals, as bitcoind's `FormatMoney` writes it.
#[must_use]
pub fn format_money(amount: Amount) -> String {
    let text = format!("{}.{:08}", amount.to_sat() / 100_000_000, amount.to_sat() % 100_000_000);
    let zeros = text.bytes().rev().take(6).take_while(|byte| *byte == b'0').count();
    text.get(..text.len() - zeros).unwrap_or(&text).to_owned()
}

/// How much of a block is checked.
pub struct BlockChecks<'a> {
    /// Transactions whose scripts were already verified, by witness hash.
    pub verified: &'a dyn Fn(&Wtxid) -> bool,
    /// Latest acceptable block time, unix seconds.
    pub latest_time: u32,
}

/// Validates `block` on top of `index`'s tip and applies it to `coins`. On an error `coins` is as it was.
pub fn connect_block(
    index: &BlockIndex,
    coins: &mut CoinSet,
    block: &Block,
    checks: &BlockChecks,
) -> Result<BlockUndo, Reject> {
    check_block(index, block, checks)?;
    let mut undo = BlockUndo::default();
    let mut done = 0;
    match connect_transactions(index, coins, block, checks, &mut undo, &mut done) {
        Ok(()) => Ok(undo),
        Err(reject) => {
            coins.revert(block.txdata.get(..done).unwrap_or_default(), &undo);
            Err(reject)
        }
    }
}

fn check_block(index: &BlockIndex, block: &Block, checks: &BlockChecks) -> Result<(), Reject> {
    let height = index.height().saturating_add(1);
    let header = &block.header;
    let coinbase = block.txdata.first().filter(|tx| tx.is_coinbase());
    let rules: [(bool, &'static str); 11] = [
        (header.prev_blockhash == index.tip_hash(), "prev-blk-not-found"),
        (header.bits.to_consensus() == BITS, "bad-diffbits"),
        (header.target().is_met_by(block.block_hash()), "high-hash"),
        (header.time > index.median_time(index.tip_hash()), "time-too-old"),
        (header.time <= checks.latest_time, "time-too-new"),
        (header.version.to_consensus() >= 4, "bad-version"),
        (block.check_merkle_root(), "bad-txnmrklroot"),
        (coinbase.is_some(), "bad-cb-missing"),
        (block.txdata.iter().skip(1).all(|tx| !tx.is_coinbase()), "bad-cb-multiple"),
        (block.weight().to_wu() <= MAX_BLOCK_WEIGHT, "bad-blk-weight"),
        (coinbase.is_some_and(|tx| commits_to_height(tx, height)), "bad-cb-height"),
    ];
    match rules.iter().find(|(kept, _)| !kept) {
        Some((_, reason)) => Err(Reject::rule(reason)),
        None if !block.check_witness_commitment() => Err(Reject::rule("bad-witness-merkle-match")),
        None => Ok(()),
    }
}

/// BIP34: the coinbase's script begins with the height (heights up to 16 as `OP_1` to `OP_16`).
fn commits_to_height(coinbase: &Transaction, height: u32) -> bool {
    let expected = Builder::new().push_int(i64::from(height)).into_script();
    coinbase.input.iter().any(|input| input.script_sig.as_bytes().starts_with(expected.as_bytes()))
}

fn connect_transactions(
    index: &BlockIndex,
    coins: &mut CoinSet,
    block: &Block,
    checks: &BlockChecks,
    undo: &mut BlockUndo,
    done: &mut usize,
) -> Result<(), Reject> {
    let height = index.height().saturating_add(1);
    let median_time = index.median_time(index.tip_hash());
    let (mut fees, mut sigops) = (Amount::ZERO, 0usize);
    for tx in &block.txdata {
        check_transaction(tx)?;
        if !is_final(tx, height, median_time) {
            return Err(Reject::rule("bad-txns-nonfinal"));
        }
        let mut spent = Vec::new();
        if !tx.is_coinbase() {
            spent = find_coins(coins, tx)?;
            fees = fees.checked_add(check_inputs(tx, &spent, height)?).unwrap_or(Amount::MAX_MONEY);
            if !relative_locks_met(tx, &spent, index) {
                return Err(Reject::rule("bad-txns-nonfinal"));
            }
            if !(checks.verified)(&tx.compute_wtxid()) {
                script::verify(tx, &spent.iter().map(|coin| coin.output.clone()).collect::<Vec<_>>())?;
            }
        }
        sigops = sigops.saturating_add(sigop_cost(tx, &spent));
        if sigops > MAX_BLOCK_SIGOPS_COST {
            return Err(Reject::rule("bad-blk-sigops"));
        }
        coins.apply(tx.compute_txid(), tx, height, undo);
        *done += 1;
    }
    let paid: Amount = block.txdata.first().map_or(Amount::ZERO, |tx| tx.output.iter().map(|out| out.value).sum());
    if subsidy(height).checked_add(fees).is_none_or(|due| paid > due) {
        return Err(Reject::rule("bad-cb-amount"));
    }
    Ok(())
}

fn find_coins(coins: &CoinSet, tx: &Transaction) -> Result<Vec<Coin>, Reject> {
    tx.input.iter().map(|input| coins.get(&input.previous_output).cloned().ok_or_else(Reject::missing_inputs)).collect()
}

/// Signature operations of `tx` in the weighted count of BIP141. `coins` are the outputs spent, in input order.
#[must_use]
pub fn sigop_cost(tx: &Transaction, coins: &[Coin]) -> usize {
    tx.total_sigop_cost(|outpoint| {
        let position = tx.input.iter().position(|input| input.previous_output == *outpoint)?;
        coins.get(position).map(|coin| coin.output.clone())
    })
}
