//! Every block seen, active or stale, and which of them form the active chain.

use std::collections::HashMap;
use std::sync::Arc;

use bitcoin::block::Header;
use bitcoin::pow::Work;
use bitcoin::{Block, BlockHash, Transaction, Txid};

use crate::coins::BlockUndo;
use crate::params::MEDIAN_TIME_SPAN;

/// A block with its place in the tree of blocks.
#[derive(Debug, Clone)]
pub struct BlockRecord {
    pub block: Arc<Block>,
    pub height: u32,
    /// Work of the chain up to and including this block.
    pub chain_work: Work,
    pub undo: Arc<BlockUndo>,
}

/// The tree of blocks. The active chain always holds at least the genesis block.
#[derive(Debug, Clone)]
pub struct BlockIndex {
    records: HashMap<BlockHash, BlockRecord>,
    active: Vec<BlockHash>,
    /// Confirmed transactions and their block, as with bitcoind's `-txindex`.
    transactions: HashMap<Txid, BlockHash>,
    genesis: Header,
    tip_work: Work,
    size_on_disk: usize,
}

impl BlockIndex {
    #[must_use]
    pub fn new(genesis: Block) -> Self {
        let hash = genesis.block_hash();
        let (header, work) = (genesis.header, genesis.header.work());
        let size_on_disk = genesis.total_size();
        let record = BlockRecord { block: Arc::new(genesis), height: 0, chain_work: work, undo: Arc::default() };
        Self {
            records: HashMap::from([(hash, record)]),
            active: vec![hash],
            transactions: HashMap::new(),
            genesis: header,
            tip_work: work,
            size_on_disk,
        }
    }

    /// Height of the tip; genesis is 0.
    #[must_use]
    pub fn height(&self) -> u32 {
        u32::try_from(self.active.len() - 1).unwrap_or(u32::MAX)
    }

    #[must_use]
    pub fn tip_hash(&self) -> BlockHash {
        self.active.last().copied().unwrap_or_else(|| self.genesis.block_hash())
    }

    #[must_use]
    pub fn tip_header(&self) -> Header {
        self.records.get(&self.tip_hash()).map_or(self.genesis, |record| record.block.header)
    }

    #[must_use]
    pub fn tip_work(&self) -> Work {
        self.tip_work
    }

    #[must_use]
    pub fn get(&self, hash: &BlockHash) -> Option<&BlockRecord> {
        self.records.get(hash)
    }

    #[must_use]
    pub fn hash_at(&self, height: u32) -> Option<BlockHash> {
        self.active.get(usize::try_from(height).ok()?).copied()
    }

    #[must_use]
    pub fn is_active(&self, record: &BlockRecord, hash: BlockHash) -> bool {
        self.hash_at(record.height) == Some(hash)
    }

    /// Confirmations of a block: 1 for the tip, -1 for a stale one.
    #[must_use]
    pub fn confirmations(&self, record: &BlockRecord, hash: BlockHash) -> i64 {
        if self.is_active(record, hash) {
            i64::from(self.height()) - i64::from(record.height) + 1
        } else {
            -1
        }
    }

    /// The block a confirmed transaction is in, and the transaction.
    #[must_use]
    pub fn transaction(&self, txid: &Txid) -> Option<(BlockHash, &BlockRecord, &Transaction)> {
        let hash = *self.transactions.get(txid)?;
        let record = self.records.get(&hash)?;
        let tx = record.block.txdata.iter().find(|tx| tx.compute_txid() == *txid)?;
        Some((hash, record, tx))
    }

    /// Median time past of the block `hash`: the median of its own time and that of up to ten before it.
    #[must_use]
    pub fn median_time(&self, hash: BlockHash) -> u32 {
        let mut times = Vec::with_capacity(MEDIAN_TIME_SPAN);
        let mut next = Some(hash);
        while let Some(record) = next.and_then(|hash| self.records.get(&hash)) {
            times.push(record.block.header.time);
            if times.len() == MEDIAN_TIME_SPAN {
                break;
            }
            next = Some(record.block.header.prev_blockhash);
        }
        times.sort_unstable();
        times.get(times.len() / 2).copied().unwrap_or(self.genesis.time)
    }

    /// Median time past of the active block at `height` (the tip's when there is none that high).
    #[must_use]
    pub fn median_time_at(&self, height: u32) -> u32 {
        self.median_time(self.hash_at(height).unwrap_or_else(|| self.tip_hash()))
    }

    /// Puts a validated block on top of the active chain.
    pub fn push(&mut self, block: Arc<Block>, undo: BlockUndo) {
        let hash = block.block_hash();
        self.tip_work = self.tip_work + block.header.work();
        for tx in &block.txdata {
            self.transactions.insert(tx.compute_txid(), hash);
        }
        self.size_on_disk += block.total_size();
        self.active.push(hash);
        let record = BlockRecord { block, height: self.height(), chain_work: self.tip_work, undo: Arc::new(undo) };
        self.records.insert(hash, record);
    }

    /// Takes the tip off the active chain; its block stays known as a stale one. `None` at genesis.
    pub fn pop(&mut self) -> Option<BlockRecord> {
        if self.active.len() < 2 {
            return None;
        }
        let record = self.records.get(&self.active.pop()?)?.clone();
        for tx in &record.block.txdata {
            self.transactions.remove(&tx.compute_txid());
        }
        self.tip_work = self.records.get(&self.tip_hash())?.chain_work;
        Some(record)
    }

    /// Size in bytes of all blocks, stale ones too, as they would lie on a disk.
    #[must_use]
    pub fn size_on_disk(&self) -> usize {
        self.size_on_disk
    }
}
