//! Regtest's consensus constants and bitcoind's default policy limits (Bitcoin Core 29: `kernel/chainparams.cpp`,
//! `policy/policy.h`, `validation.h`). Money is in satoshi, sizes in virtual bytes or weight units as named.

use bitcoin::Amount;

/// Regtest's only difficulty: about every second hash is a valid proof of work.
pub const BITS: u32 = 0x207f_ffff;
/// Blocks between two halvings of the subsidy.
pub const HALVING_INTERVAL: u32 = 150;
/// Confirmations before a coinbase output can be spent.
pub const COINBASE_MATURITY: u32 = 100;
/// Blocks whose median time is the chain's clock (BIP113).
pub const MEDIAN_TIME_SPAN: usize = 11;
/// A block may be stamped at most this many seconds ahead of the clock.
pub const MAX_FUTURE_BLOCK_TIME: u32 = 2 * 60 * 60;
pub const MAX_BLOCK_WEIGHT: u64 = 4_000_000;
pub const MAX_BLOCK_SIGOPS_COST: usize = 80_000;
/// Weight and sigops kept free for the header and the coinbase when a block is filled.
pub const COINBASE_RESERVED_WEIGHT: u64 = 8_000;
pub const COINBASE_RESERVED_SIGOPS: usize = 400;

/// A new chain starts with this many blocks, so that its first ten coinbases are mature.
pub const INITIAL_BLOCKS: u32 = 110;
/// Most blocks one call may mine: with the median-time rule each six move the chain's clock by a second.
pub const MAX_BLOCKS_PER_CALL: u32 = 10_000;

/// Minimum relay and incremental relay fee rates, satoshi per 1,000 vbytes.
pub const MIN_RELAY_FEE_RATE: u64 = 1_000;
pub const INCREMENTAL_FEE_RATE: u64 = 1_000;
/// What `estimatesmartfee` answers, satoshi per 1,000 vbytes. bitcoind has no data on regtest and answers an error, for
/// which ldk-node falls back to this very rate and logs an error.
pub const ESTIMATED_FEE_RATE: u64 = 1_000;
/// `sendrawtransaction` refuses to overpay this rate unless told otherwise, satoshi per 1,000 vbytes.
pub const DEFAULT_MAX_FEE_RATE: u64 = 10_000_000;

pub const MAX_STANDARD_TX_WEIGHT: u64 = 400_000;
pub const MIN_STANDARD_TX_NONWITNESS_SIZE: usize = 65;
pub const MAX_STANDARD_TX_SIGOPS_COST: usize = 16_000;
pub const BYTES_PER_SIGOP: u64 = 20;
pub const MAX_STANDARD_SCRIPTSIG_SIZE: usize = 1_650;
/// Dust outputs one transaction may have, and then only if it pays no fee.
pub const MAX_DUST_OUTPUTS: usize = 1;
pub const MAX_OP_RETURN_SIZE: usize = 83;
pub const MAX_P2SH_SIGOPS: usize = 15;
pub const MAX_STANDARD_P2WSH_STACK_ITEMS: usize = 100;
pub const MAX_STANDARD_P2WSH_STACK_ITEM_SIZE: usize = 80;
pub const MAX_STANDARD_TAPSCRIPT_STACK_ITEM_SIZE: usize = 80;
pub const MAX_STANDARD_P2WSH_SCRIPT_SIZE: usize = 3_600;

/// Limits on chains of unconfirmed transactions, each counting the transaction itself.
pub const ANCESTOR_LIMIT: usize = 25;
pub const ANCESTOR_SIZE_LIMIT: u64 = 101_000;
pub const DESCENDANT_LIMIT: usize = 25;
pub const DESCENDANT_SIZE_LIMIT: u64 = 101_000;
/// One small child with a single unconfirmed parent may exceed the descendant limits: what Lightning's anchors rely on.
pub const CARVE_OUT_MAX_VSIZE: u64 = 10_000;
/// Most mempool transactions one replacement may evict (BIP125 rule 5).
pub const MAX_REPLACED: usize = 100;
/// Most virtual bytes the mempool holds.
pub const MAX_MEMPOOL_VBYTES: u64 = 300_000_000;

/// New coins of the block at `height`: 50 BTC, halved every 150 blocks.
#[must_use]
pub fn subsidy(height: u32) -> Amount {
    let halvings = height / HALVING_INTERVAL;
    Amount::from_sat(Amount::from_int_btc(50).to_sat().checked_shr(halvings).unwrap_or(0))
}

/// The fee of `vsize` virtual bytes at `rate` satoshi per 1,000, rounded up as bitcoind does.
#[must_use]
pub fn fee_at(rate: u64, vsize: u64) -> u64 {
    rate.saturating_mul(vsize).div_ceil(1_000)
}
