//! Time locks: `nLockTime` (BIP113) and relative locks (BIP68).

use bitcoin::{Sequence, Transaction, TxIn};

use crate::coins::Coin;
use crate::index::BlockIndex;

const LOCKTIME_THRESHOLD: u32 = 500_000_000;
const SEQUENCE_TYPE_FLAG: u32 = 1 << 22;
const SEQUENCE_DISABLE_FLAG: u32 = 1 << 31;
const SEQUENCE_MASK: u32 = 0xffff;
const SEQUENCE_GRANULARITY: u32 = 9;

/// Whether `tx` may be in the block at `height`, whose predecessors' median time is `median_time` (BIP113).
#[must_use]
pub fn is_final(tx: &Transaction, height: u32, median_time: u32) -> bool {
    let lock = tx.lock_time.to_consensus_u32();
    let cutoff = if lock < LOCKTIME_THRESHOLD { height } else { median_time };
    lock == 0 || lock < cutoff || tx.input.iter().all(|input| input.sequence == Sequence::MAX)
}

/// Whether all relative locks of `tx` are met by a block on top of `index`'s tip (BIP68). `coins` are the outputs spent,
/// in input order.
#[must_use]
pub fn relative_locks_met(tx: &Transaction, coins: &[Coin], index: &BlockIndex) -> bool {
    // bitcoind reads the version as unsigned, so negative versions are locked too.
    if (0..2).contains(&tx.version.0) || tx.is_coinbase() {
        return true;
    }
    let next_height = index.height().saturating_add(1);
    let median_time = index.median_time(index.tip_hash());
    tx.input.iter().zip(coins).all(|(input, coin)| lock_met(input, coin, index, next_height, median_time))
}

fn lock_met(input: &TxIn, coin: &Coin, index: &BlockIndex, next_height: u32, median_time: u32) -> bool {
    let sequence = input.sequence.to_consensus_u32();
    let value = sequence & SEQUENCE_MASK;
    if sequence & SEQUENCE_DISABLE_FLAG != 0 {
        true
    } else if sequence & SEQUENCE_TYPE_FLAG != 0 {
        let coin_time = index.median_time_at(coin.height.saturating_sub(1));
        // Met when the median time has reached coin_time + lock (bitcoind keeps the last second that is too early).
        median_time >= coin_time.saturating_add(value << SEQUENCE_GRANULARITY)
    } else {
        next_height >= coin.height.saturating_add(value)
    }
}
