//! Whether a transaction may enter the mempool, in the order and the words of bitcoind's `MemPoolAccept`.

use std::collections::BTreeSet;
use std::sync::Arc;

use bitcoin::{Amount, Transaction, TxOut, Txid};

use crate::coins::{Coin, CoinSet};
use crate::index::BlockIndex;
use crate::locks::{is_final, relative_locks_met};
use crate::mempool::{Entry, Mempool};
use crate::params::{
    fee_at, ANCESTOR_LIMIT, ANCESTOR_SIZE_LIMIT, CARVE_OUT_MAX_VSIZE, DESCENDANT_LIMIT, DESCENDANT_SIZE_LIMIT,
    INCREMENTAL_FEE_RATE, MAX_MEMPOOL_VBYTES, MAX_REPLACED, MAX_STANDARD_TX_SIGOPS_COST, MIN_RELAY_FEE_RATE,
    MIN_STANDARD_TX_NONWITNESS_SIZE,
};
use crate::policy::{check_dust, check_inputs_standard, check_standard, virtual_size};
use crate::reject::Reject;
use crate::script;
use crate::validate::{check_inputs, check_transaction, format_money, sigop_cost};

/// The chain a transaction is judged against.
pub struct Context<'a> {
    pub index: &'a BlockIndex,
    pub coins: &'a CoinSet,
    pub mempool: &'a Mempool,
}

/// Where a transaction comes from, which decides what is checked again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Origin {
    /// New: everything is checked.
    Submitted,
    /// Was in a block or the mempool before a reorganisation: its scripts are known to be good and bitcoind lets it
    /// return whatever its fee.
    Returning,
}

/// A transaction that may enter once `replaced` has been removed.
#[derive(Debug)]
pub struct Accepted {
    pub entry: Entry,
    pub replaced: BTreeSet<Txid>,
}

/// Judges `tx`. `time` is when it arrived, unix seconds.
pub fn check(context: &Context, tx: &Arc<Transaction>, time: u64, origin: Origin) -> Result<Accepted, Reject> {
    let Context { index, mempool, .. } = context;
    let next_height = index.height().saturating_add(1);
    check_form(tx)?;
    if !is_final(tx, next_height, index.median_time(index.tip_hash())) {
        return Err(Reject::rule("non-final"));
    }
    let txid = tx.compute_txid();
    if let Some(known) = mempool.get(&txid) {
        let same = known.wtxid == tx.compute_wtxid();
        return Err(Reject::rule(if same { "txn-already-in-mempool" } else { "txn-same-nonwitness-data-in-mempool" }));
    }
    let conflicts: BTreeSet<Txid> =
        tx.input.iter().filter_map(|input| mempool.spender(&input.previous_output)).collect();
    let coins = find_coins(context, txid, tx, next_height)?;
    if !relative_locks_met(tx, &coins, index) {
        return Err(Reject::rule("non-BIP68-final"));
    }
    let fee = check_inputs(tx, &coins, next_height)?;
    check_inputs_standard(tx, &coins)?;
    check_dust(tx, fee)?;
    let sigops = sigop_cost(tx, &coins);
    if sigops > MAX_STANDARD_TX_SIGOPS_COST {
        return Err(Reject::detailed("bad-txns-too-many-sigops", sigops.to_string()));
    }
    let vsize = virtual_size(tx.weight().to_wu(), sigops);
    let minimum = fee_at(MIN_RELAY_FEE_RATE, vsize);
    if origin == Origin::Submitted && fee.to_sat() < minimum {
        return Err(Reject::detailed("min relay fee not met", format!("{} < {minimum}", fee.to_sat())));
    }
    let entry = Entry::new(Arc::clone(tx), fee, vsize, sigops, time, index.height());
    let replaced = mempool.with_descendants(conflicts.iter().copied());
    check_chain_limits(mempool, &entry, &replaced)?;
    if !conflicts.is_empty() {
        check_replacement(mempool, &entry, &conflicts, &replaced)?;
    }
    if mempool.vbytes().saturating_add(vsize) > MAX_MEMPOOL_VBYTES {
        return Err(Reject::rule("mempool full"));
    }
    if origin == Origin::Submitted {
        script::verify(tx, &coins.into_iter().map(|coin| coin.output).collect::<Vec<TxOut>>())?;
    }
    Ok(Accepted { entry, replaced })
}

/// What can be judged from the transaction alone.
fn check_form(tx: &Transaction) -> Result<(), Reject> {
    check_transaction(tx)?;
    if tx.is_coinbase() {
        return Err(Reject::rule("coinbase"));
    }
    check_standard(tx)?;
    if tx.base_size() < MIN_STANDARD_TX_NONWITNESS_SIZE {
        return Err(Reject::rule("tx-size-small"));
    }
    Ok(())
}

fn find_coins(context: &Context, txid: Txid, tx: &Transaction, next_height: u32) -> Result<Vec<Coin>, Reject> {
    let find = |outpoint| {
        let unconfirmed = context.mempool.output(outpoint);
        let made = unconfirmed.map(|output| Coin { output: output.clone(), height: next_height, coinbase: false });
        made.or_else(|| context.coins.get(outpoint).cloned())
    };
    let coins: Option<Vec<Coin>> = tx.input.iter().map(|input| find(&input.previous_output)).collect();
    coins.ok_or_else(|| {
        if context.coins.has_output_of(txid, tx) {
            Reject::rule("txn-already-known")
        } else {
            Reject::missing_inputs()
        }
    })
}

/// Limits on chains of unconfirmed transactions, with the carve-out that lets each side of a Lightning channel spend its
/// own anchor.
fn check_chain_limits(mempool: &Mempool, entry: &Entry, replaced: &BTreeSet<Txid>) -> Result<(), Reject> {
    let parents = entry.tx.input.iter().map(|input| input.previous_output.txid);
    let ancestors = mempool.with_ancestors(parents);
    let too_long = |detail| Err(Reject::detailed("too-long-mempool-chain", detail));
    let size = |txids: &BTreeSet<Txid>| -> u64 {
        txids.iter().filter_map(|txid| mempool.get(txid)).map(|entry| entry.vsize).sum()
    };
    if ancestors.len() + 1 > ANCESTOR_LIMIT {
        return too_long(format!("too many unconfirmed ancestors [limit: {ANCESTOR_LIMIT}]"));
    }
    if size(&ancestors) + entry.vsize > ANCESTOR_SIZE_LIMIT {
        return too_long(format!("exceeds ancestor size limit [limit: {ANCESTOR_SIZE_LIMIT}]"));
    }
    let carve_out = ancestors.len() == 1 && entry.vsize <= CARVE_OUT_MAX_VSIZE;
    let (spare_count, spare_size) = if carve_out { (1, CARVE_OUT_MAX_VSIZE) } else { (0, 0) };
    for ancestor in &ancestors {
        let descendants: BTreeSet<Txid> = &mempool.with_descendants([*ancestor]) - replaced;
        if descendants.len() + 1 > DESCENDANT_LIMIT + spare_count {
            return too_long(format!("too many descendants for tx {ancestor} [limit: {DESCENDANT_LIMIT}]"));
        }
        if size(&descendants) + entry.vsize > DESCENDANT_SIZE_LIMIT + spare_size {
            return too_long(format!(
                "exceeds descendant size limit for tx {ancestor} [limit: {DESCENDANT_SIZE_LIMIT}]"
            ));
        }
    }
    Ok(())
}

/// Replacement by fee (bitcoind's `doc/policy/mempool-replacements.md`; every transaction counts as replaceable).
/// `conflicts` spend the same outputs, `replaced` are they and their descendants.
fn check_replacement(
    mempool: &Mempool,
    entry: &Entry,
    conflicts: &BTreeSet<Txid>,
    replaced: &BTreeSet<Txid>,
) -> Result<(), Reject> {
    let txid = entry.txid;
    let parents: BTreeSet<Txid> = entry
        .tx
        .input
        .iter()
        .map(|input| input.previous_output.txid)
        .filter(|txid| mempool.get(txid).is_some())
        .collect();
    if let Some(spent) = mempool.with_ancestors(parents.iter().copied()).intersection(conflicts).next() {
        return Err(Reject::detailed(
            "bad-txns-spends-conflicting-tx",
            format!("{txid} spends conflicting transaction {spent}"),
        ));
    }
    let insufficient =
        |detail| Err(Reject::detailed("insufficient fee", format!("rejecting replacement {txid}{detail}")));
    for old in conflicts.iter().filter_map(|txid| mempool.get(txid)) {
        if entry.fee_rate() <= old.fee_rate() {
            let (new, old) = (format_rate(entry.fee_rate()), format_rate(old.fee_rate()));
            return insufficient(format!("; new feerate {new} <= old feerate {old}"));
        }
    }
    if replaced.len() > MAX_REPLACED {
        return Err(Reject::detailed(
            "too many potential replacements",
            format!(
                "rejecting replacement {txid}; too many potential replacements ({} > {MAX_REPLACED})",
                replaced.len()
            ),
        ));
    }
    let known: BTreeSet<Txid> =
        conflicts.iter().filter_map(|txid| mempool.get(txid)).flat_map(|old| old.parents.iter().copied()).collect();
    let is_new = |input: &bitcoin::TxIn| {
        let parent = input.previous_output.txid;
        parents.contains(&parent) && !known.contains(&parent)
    };
    if let Some(position) = entry.tx.input.iter().position(is_new) {
        return Err(Reject::detailed(
            "replacement-adds-unconfirmed",
            format!("replacement {txid} adds unconfirmed input, idx {position}"),
        ));
    }
    let old_fees: Amount = replaced.iter().filter_map(|txid| mempool.get(txid)).map(|old| old.fee).sum();
    let Some(extra) = entry.fee.checked_sub(old_fees) else {
        let (new, old) = (format_money(entry.fee), format_money(old_fees));
        return insufficient(format!(", less fees than conflicting txs; {new} < {old}"));
    };
    let relay = Amount::from_sat(fee_at(INCREMENTAL_FEE_RATE, entry.vsize));
    if extra < relay {
        let (extra, relay) = (format_money(extra), format_money(relay));
        return insufficient(format!(", not enough additional fees to relay; {extra} < {relay}"));
    }
    Ok(())
}

/// A fee rate in satoshi per 1,000 vbytes as bitcoind's `CFeeRate::ToString` writes it.
fn format_rate(rate: u64) -> String {
    format!("{}.{:08} BTC/kvB", rate / 100_000_000, rate % 100_000_000)
}
