//! Making blocks: which transactions go in, the coinbase, and the proof of work.

use std::collections::BTreeSet;
use std::sync::Arc;

use bitcoin::absolute::LockTime;
use bitcoin::block::{Header, Version};
use bitcoin::hashes::Hash;
use bitcoin::opcodes::all::OP_RETURN;
use bitcoin::script::{Builder, PushBytesBuf, ScriptBuf};
use bitcoin::transaction::Version as TxVersion;
use bitcoin::{
    Amount, Block, CompactTarget, OutPoint, Sequence, Transaction, TxIn, TxMerkleNode, TxOut, Txid, Witness,
};

use crate::index::BlockIndex;
use crate::mempool::{Entry, Mempool};
use crate::params::{
    subsidy, BITS, COINBASE_RESERVED_SIGOPS, COINBASE_RESERVED_WEIGHT, MAX_BLOCK_SIGOPS_COST, MAX_BLOCK_WEIGHT,
};

/// The witness reserved value of BIP141; any 32 bytes would do.
const RESERVED_VALUE: [u8; 32] = [0; 32];
const COMMITMENT_HEADER: [u8; 4] = [0xaa, 0x21, 0xa9, 0xed];

/// What a block is made of.
pub struct Template {
    pub transactions: Vec<Arc<Transaction>>,
    pub fees: Amount,
}

impl Template {
    /// A block with nothing but its coinbase.
    #[must_use]
    pub fn empty() -> Self {
        Self { transactions: Vec::new(), fees: Amount::ZERO }
    }

    /// As much of the mempool as fits, parents before children; by the fee rate of whole packages when not all fits.
    #[must_use]
    pub fn from_mempool(mempool: &Mempool) -> Self {
        let entries: Vec<&Entry> = mempool.iter().collect();
        let chosen = if Room::full().take(&entries).is_some() { entries } else { choose(mempool) };
        Self {
            transactions: chosen.iter().map(|entry| Arc::clone(&entry.tx)).collect(),
            fees: chosen.iter().map(|entry| entry.fee).sum(),
        }
    }
}

/// What is left of a block's limits.
#[derive(Clone, Copy)]
struct Room {
    weight: u64,
    sigops: usize,
}

impl Room {
    fn full() -> Self {
        Self {
            weight: MAX_BLOCK_WEIGHT - COINBASE_RESERVED_WEIGHT,
            sigops: MAX_BLOCK_SIGOPS_COST - COINBASE_RESERVED_SIGOPS,
        }
    }

    /// The room left after `entries`, `None` when they do not fit.
    fn take(self, entries: &[&Entry]) -> Option<Self> {
        entries.iter().try_fold(self, |room, entry| {
            Some(Self {
                weight: room.weight.checked_sub(entry.weight)?,
                sigops: room.sigops.checked_sub(entry.sigop_cost)?,
            })
        })
    }
}

/// Fills a block from a mempool too big for it: again and again the package (a transaction with its ancestors that are
/// not in yet) of the highest fee rate, as bitcoind's `BlockAssembler` does.
fn choose(mempool: &Mempool) -> Vec<&Entry> {
    let mut room = Room::full();
    let mut chosen: Vec<&Entry> = Vec::new();
    let mut inside: BTreeSet<Txid> = BTreeSet::new();
    let mut open: Vec<&Entry> = mempool.iter().collect();
    while let Some((position, package)) = best_package(mempool, &open, &inside) {
        if let Some(left) = room.take(&package) {
            room = left;
            inside.extend(package.iter().map(|entry| entry.txid));
            chosen.extend(package);
            open.retain(|entry| !inside.contains(&entry.txid));
        } else {
            open.remove(position);
        }
    }
    chosen
}

fn best_package<'a>(
    mempool: &'a Mempool,
    open: &[&'a Entry],
    inside: &BTreeSet<Txid>,
) -> Option<(usize, Vec<&'a Entry>)> {
    let rate = |package: &[&Entry]| {
        let fee: u64 = package.iter().map(|entry| entry.fee.to_sat()).sum();
        let vsize: u64 = package.iter().map(|entry| entry.vsize).sum();
        u128::from(fee) * 1_000_000 / u128::from(vsize.max(1))
    };
    let packages = open.iter().enumerate().map(|(position, entry)| {
        let wanted: BTreeSet<Txid> = &mempool.with_ancestors([entry.txid]) - inside;
        let mut package: Vec<&Entry> = wanted.iter().filter_map(|txid| mempool.get(txid)).collect();
        package.sort_unstable_by_key(|entry| entry.order());
        (position, package)
    });
    packages.max_by_key(|(_, package)| rate(package))
}

/// Builds the block after `index`'s tip and finds its proof of work. `extra_nonce` keeps two blocks of one height and
/// second apart, as after a reorganisation. `None` should no nonce do, whose chance is nil.
#[must_use]
pub fn build_block(
    index: &BlockIndex,
    template: &Template,
    payout: &ScriptBuf,
    time: u32,
    extra_nonce: u64,
) -> Option<Block> {
    let height = index.height().saturating_add(1);
    let mut txdata = vec![coinbase(height, template.fees, payout, extra_nonce)];
    txdata.extend(template.transactions.iter().map(|tx| Transaction::clone(tx)));
    let header = Header {
        version: Version::from_consensus(0x2000_0000),
        prev_blockhash: index.tip_hash(),
        merkle_root: TxMerkleNode::all_zeros(),
        time: time.max(index.median_time(index.tip_hash()).saturating_add(1)).max(index.tip_header().time),
        bits: CompactTarget::from_consensus(BITS),
        nonce: 0,
    };
    let mut block = Block { header, txdata };
    let commitment = commitment_output(&block)?;
    block.txdata.first_mut()?.output.push(commitment);
    block.header.merkle_root = block.compute_merkle_root()?;
    let target = block.header.target();
    (0..u32::MAX).find(|nonce| {
        block.header.nonce = *nonce;
        target.is_met_by(block.block_hash())
    })?;
    Some(block)
}

fn coinbase(height: u32, fees: Amount, payout: &ScriptBuf, extra_nonce: u64) -> Transaction {
    let script_sig = Builder::new().push_int(i64::from(height)).push_slice(extra_nonce.to_be_bytes()).into_script();
    let value = subsidy(height).checked_add(fees).unwrap_or(Amount::MAX_MONEY);
    Transaction {
        version: TxVersion::TWO,
        lock_time: LockTime::ZERO,
        input: vec![TxIn {
            previous_output: OutPoint::null(),
            script_sig,
            sequence: Sequence::MAX,
            witness: Witness::from_slice(&[RESERVED_VALUE]),
        }],
        output: vec![TxOut { value, script_pubkey: payout.clone() }],
    }
}

/// The output that commits to all witnesses (BIP141).
fn commitment_output(block: &Block) -> Option<TxOut> {
    let commitment = Block::compute_witness_commitment(&block.witness_root()?, &RESERVED_VALUE);
    let mut payload = PushBytesBuf::new();
    payload.extend_from_slice(&COMMITMENT_HEADER).ok()?;
    payload.extend_from_slice(commitment.as_byte_array()).ok()?;
    let script_pubkey = Builder::new().push_opcode(OP_RETURN).push_slice(payload).into_script();
    Some(TxOut { value: Amount::ZERO, script_pubkey })
}
