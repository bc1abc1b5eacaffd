//! The chain itself: blocks, coins and mempool, and every change made to them. Nothing here knows of RPC or threads.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Instant, SystemTime, UNIX_EPOCH};

use bitcoin::constants::genesis_block;
use bitcoin::script::ScriptBuf;
use bitcoin::{Amount, Block, BlockHash, Network, Transaction, Txid};

use crate::accept::{self, Accepted, Context, Origin};
use crate::coins::CoinSet;
use crate::datadir;
use crate::error::ChainError;
use crate::faucet::{random_bytes, Faucet};
use crate::index::{BlockIndex, BlockRecord};
use crate::journal::{Journal, Step};
use crate::mempool::{Entry, Mempool};
use crate::mining::{build_block, Template};
use crate::params::{INITIAL_BLOCKS, MAX_BLOCKS_PER_CALL, MAX_FUTURE_BLOCK_TIME};
use crate::reject::Reject;
use crate::validate::{connect_block, BlockChecks};

/// Blocks a reorganisation took off and put on, lowest first.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reorg {
    pub disconnected: Vec<BlockHash>,
    pub connected: Vec<BlockHash>,
}

pub struct State {
    pub index: BlockIndex,
    pub coins: CoinSet,
    pub mempool: Mempool,
    faucet: Arc<Faucet>,
    disk: Option<(Journal, PathBuf)>,
    extra_nonce: u64,
    /// Set by the RPC call `setmocktime`: the time the chain believes it is, unix seconds.
    pub mock_time: Option<u64>,
    pub opened: Instant,
}

impl State {
    /// A chain of 110 fresh blocks, or the one kept in `data_dir`.
    pub fn open(data_dir: Option<&Path>) -> Result<Self, ChainError> {
        let Some(dir) = data_dir else {
            let mut state = Self::new(Faucet::random()?)?;
            state.mine_initial()?;
            return Ok(state);
        };
        datadir::make(dir)?;
        let (mut journal, steps) = Journal::open(dir)?;
        match (datadir::read_key(dir)?, steps.len()) {
            (Some(_), 0) => Err(journal.damaged("the first blocks are missing".to_owned())),
            (None, 2..) => Err(journal.damaged("the faucet.key beside it is missing".to_owned())),
            // The key is stored last: without it the chain's making was interrupted and nobody has seen it.
            (None, _) => {
                journal.reset()?;
                let mut state = Self::new(Faucet::random()?)?;
                state.disk = Some((journal, dir.to_owned()));
                state.mine_initial()?;
                datadir::write_key(dir, state.faucet.secret())?;
                Ok(state)
            }
            (Some(key), _) => {
                let mut state = Self::new(Faucet::new(key))?;
                state.replay(&journal, steps)?;
                state.disk = Some((journal, dir.to_owned()));
                state.reload_mempool(dir);
                Ok(state)
            }
        }
    }

    fn new(faucet: Faucet) -> Result<Self, ChainError> {
        let mut nonce = [0; 8];
        random_bytes(&mut nonce)?;
        Ok(Self {
            index: BlockIndex::new(genesis_block(Network::Regtest)),
            coins: CoinSet::default(),
            mempool: Mempool::default(),
            faucet: Arc::new(faucet),
            disk: None,
            extra_nonce: u64::from_be_bytes(nonce),
            mock_time: None,
            opened: Instant::now(),
        })
    }

    /// Unix seconds.
    #[must_use]
    pub fn now(&self) -> u64 {
        let clock = || SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |elapsed| elapsed.as_secs());
        self.mock_time.unwrap_or_else(clock)
    }

    /// Stores the mempool, when there is a data directory.
    pub fn close(&mut self) -> Result<(), ChainError> {
        match self.disk.take() {
            Some((_journal, dir)) => datadir::write_mempool(&dir, &self.mempool),
            None => Ok(()),
        }
    }

    /// Judges `tx` for the mempool without putting it there.
    pub fn judge(&self, tx: Transaction) -> Result<Accepted, Reject> {
        accept::check(&self.context(&self.mempool), &Arc::new(tx), self.now(), Origin::Submitted)
    }

    /// Puts a transaction just judged into the mempool.
    pub fn admit(&mut self, accepted: Accepted) {
        admit(&mut self.mempool, accepted);
    }

    fn context<'a>(&'a self, mempool: &'a Mempool) -> Context<'a> {
        Context { index: &self.index, coins: &self.coins, mempool }
    }

    /// Judges transactions as if they came one after the other, and forgets them again. Answers each one's entry.
    #[must_use]
    pub fn test_submit(&self, transactions: Vec<Transaction>) -> Vec<Result<Entry, Reject>> {
        let mut mempool = self.mempool.clone();
        let mut judge = |tx| {
            let accepted = accept::check(&self.context(&mempool), &Arc::new(tx), self.now(), Origin::Submitted)?;
            let entry = accepted.entry.clone();
            admit(&mut mempool, accepted);
            Ok(entry)
        };
        transactions.into_iter().map(&mut judge).collect()
    }

    /// Mines `count` blocks that pay `payout` (the faucet when `None`), the first with as much of the mempool as fits.
    pub fn mine(&mut self, count: u32, payout: Option<ScriptBuf>) -> Result<Vec<BlockHash>, ChainError> {
        check_count(count)?;
        let start = self.index.height();
        let payout = payout.unwrap_or_else(|| self.faucet.script());
        let mined = self.extend(count, &payout, true, None).and_then(|blocks| {
            self.persist(0, &blocks)?;
            Ok(hashes(&blocks))
        });
        mined.inspect_err(|_| {
            let removed = self.disconnect_to(start);
            self.readmit(&removed);
        })
    }

    /// Replaces the last `depth` blocks by `count` empty ones. The transactions of the old ones return to the mempool.
    pub fn reorg(&mut self, depth: u32, count: u32) -> Result<Reorg, ChainError> {
        check_count(count)?;
        let start = self.index.height().checked_sub(depth).filter(|_| depth > 0).ok_or_else(|| {
            let reason = format!("{depth} is not between 1 and the chain's height {}", self.index.height());
            ChainError::BadArgument { what: "depth", reason }
        })?;
        if count <= depth {
            let reason = format!("{count} do not outweigh the {depth} they replace; nodes follow the most work");
            return Err(ChainError::BadArgument { what: "blocks", reason });
        }
        let removed = self.disconnect_to(start);
        let payout = self.faucet.script();
        let connected = self.extend(count, &payout, false, None).and_then(|blocks| {
            self.persist(depth, &blocks)?;
            Ok(hashes(&blocks))
        });
        let disconnected = removed.iter().map(|record| record.block.block_hash()).collect();
        match connected {
            Ok(connected) => {
                self.readmit(&removed);
                Ok(Reorg { disconnected, connected })
            }
            Err(error) => {
                self.disconnect_to(start);
                for record in removed {
                    self.connect(&record.block, u32::MAX, &|_| true)?;
                }
                Err(error)
            }
        }
    }

    /// Pays `amount` from the faucet to `script` and mines it in.
    pub fn fund(&mut self, script: ScriptBuf, amount: Amount) -> Result<Txid, ChainError> {
        let dust = script.minimal_non_dust();
        if amount < dust {
            let reason = format!("{amount} is dust; give {} sat or more", dust.to_sat());
            return Err(ChainError::BadArgument { what: "amount", reason });
        }
        let faucet = Arc::clone(&self.faucet);
        let tx = faucet.pay(self, script, amount)?;
        let txid = tx.compute_txid();
        self.admit(self.judge(tx)?);
        self.mine(1, None).inspect_err(|_| self.mempool.remove_with_descendants([txid]))?;
        match self.index.transaction(&txid) {
            Some(_) => Ok(txid),
            None => Err(ChainError::Internal(format!("the faucet's transaction {txid} was not mined"))),
        }
    }

    fn mine_initial(&mut self) -> Result<(), ChainError> {
        let payout = self.faucet.script();
        let now = self.now();
        // One second apart up to now: blocks at one time would run ahead of the clock by the median-time rule.
        let first = u32::try_from(now).unwrap_or(u32::MAX).saturating_sub(INITIAL_BLOCKS - 1);
        let blocks = self.extend(INITIAL_BLOCKS, &payout, false, Some(first))?;
        self.persist(0, &blocks)
    }

    /// Builds and connects blocks, in memory only. `spaced` stamps them one second apart from that time on.
    fn extend(
        &mut self,
        count: u32,
        payout: &ScriptBuf,
        with_mempool: bool,
        spaced: Option<u32>,
    ) -> Result<Vec<Arc<Block>>, ChainError> {
        let now = u32::try_from(self.now()).unwrap_or(u32::MAX);
        let latest = now.saturating_add(MAX_FUTURE_BLOCK_TIME);
        (0..count)
            .map(|step| {
                let template = if with_mempool { Template::from_mempool(&self.mempool) } else { Template::empty() };
                let time = spaced.map_or(now, |first| first.saturating_add(step));
                self.extra_nonce = self.extra_nonce.wrapping_add(1);
                let block = build_block(&self.index, &template, payout, time, self.extra_nonce)
                    .ok_or_else(|| ChainError::Internal("no block could be built".to_owned()))?;
                let block = Arc::new(block);
                // Every script was verified when its transaction entered the mempool.
                self.connect(&block, latest, &|_| true)?;
                Ok(block)
            })
            .collect()
    }

    /// Validates a block and makes it the tip.
    fn connect(
        &mut self,
        block: &Arc<Block>,
        latest_time: u32,
        verified: &dyn Fn(&bitcoin::Wtxid) -> bool,
    ) -> Result<(), ChainError> {
        let checks = BlockChecks { verified, latest_time };
        let undo =
            connect_block(&self.index, &mut self.coins, block, &checks).map_err(|reject| match reject.reason {
                "time-too-new" => ChainError::BadArgument {
                    what: "blocks",
                    reason: "the chain's clock is two hours ahead by so many blocks; wait or mine fewer".to_owned(),
                },
                _ => ChainError::Internal(format!("block {} is invalid: {reject}", block.block_hash())),
            })?;
        self.mempool.remove_for_block(&block.txdata);
        self.index.push(Arc::clone(block), undo);
        Ok(())
    }

    /// Takes blocks off down to `height` and answers them, lowest first. The mempool is left as it is: call
    /// [`Self::readmit`] once the new blocks are on.
    fn disconnect_to(&mut self, height: u32) -> Vec<BlockRecord> {
        let mut removed = Vec::new();
        while self.index.height() > height {
            let Some(record) = self.index.pop() else { break };
            self.coins.revert(&record.block.txdata, &record.undo);
            removed.push(record);
        }
        removed.reverse();
        removed
    }

    /// Fills the mempool anew from the transactions of disconnected blocks and what it held, leaving out what is no
    /// longer valid.
    fn readmit(&mut self, removed: &[BlockRecord]) {
        let now = self.now();
        let returning =
            removed.iter().flat_map(|record| record.block.txdata.iter().skip(1)).map(|tx| (now, Arc::new(tx.clone())));
        let returning: Vec<(u64, Arc<Transaction>)> = returning.collect();
        let waiting = self.mempool.drain().into_iter().map(|entry| (entry.time, entry.tx));
        for (time, tx) in returning.into_iter().chain(waiting) {
            if let Ok(accepted) = accept::check(&self.context(&self.mempool), &tx, time, Origin::Returning) {
                self.admit(accepted);
            }
        }
    }

    fn persist(&mut self, disconnect: u32, blocks: &[Arc<Block>]) -> Result<(), ChainError> {
        match &mut self.disk {
            Some((journal, _)) => journal.append(disconnect, blocks),
            None => Ok(()),
        }
    }

    fn replay(&mut self, journal: &Journal, steps: Vec<Step>) -> Result<(), ChainError> {
        for step in steps {
            let height = self.index.height();
            let start = height
                .checked_sub(step.disconnect)
                .ok_or_else(|| journal.damaged(format!("a step disconnects {} of {height} blocks", step.disconnect)))?;
            self.disconnect_to(start);
            for block in step.blocks {
                self.connect(&Arc::new(block), u32::MAX, &|_| true)
                    .map_err(|error| journal.damaged(error.to_string()))?;
            }
        }
        Ok(())
    }

    fn reload_mempool(&mut self, dir: &Path) {
        for (time, tx) in datadir::read_mempool(dir) {
            // What was mined or became invalid since stays out.
            let judged = accept::check(&self.context(&self.mempool), &Arc::new(tx), time, Origin::Submitted);
            if let Ok(accepted) = judged {
                self.admit(accepted);
            }
        }
    }
}

fn admit(mempool: &mut Mempool, accepted: Accepted) {
    mempool.remove_with_descendants(accepted.replaced);
    mempool.insert(accepted.entry);
}

fn check_count(count: u32) -> Result<(), ChainError> {
    if (1..=MAX_BLOCKS_PER_CALL).contains(&count) {
        return Ok(());
    }
    let reason = format!("{count} is not between 1 and {MAX_BLOCKS_PER_CALL}");
    Err(ChainError::BadArgument { what: "blocks", reason })
}

fn hashes(blocks: &[Arc<Block>]) -> Vec<BlockHash> {
    blocks.iter().map(|block| block.block_hash()).collect()
}
