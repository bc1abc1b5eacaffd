//! Where the wallet of an old seed begins to look with bitcoind as its source: not before the seed was made.
//!
//! ldk-node 0.7.1 has no word for it, but begins where the wallet's list of blocks ends, and that is in our store. A wallet
//! just made has the genesis block on it alone; the block of the birthday is put behind it before LDK reads it.

use std::collections::BTreeMap;

use ldk_node::bitcoin::BlockHash;
use ldk_node::lightning::io;
use ldk_node::lightning::ln::msgs::DecodeError;
use ldk_node::lightning::util::persist::KVStoreSync;
use ldk_node::lightning::util::ser::{Readable, RequiredWrapper, Writeable};
use ldk_node::lightning::{decode_tlv_stream, encode_tlv_stream};
use ldk_node::tokio::runtime::Handle;
use serde::Deserialize;
use serde_json::json;

use super::super::config::ChainConfig;
use super::super::source::{name_of, rpc, unreachable};
use super::super::store::GatedStore;
use crate::failure::{Failure, Kind};

/// Where ldk-node keeps the blocks its wallet has seen (io/mod.rs).
pub const WALLET: &str = "bdk_wallet";
pub const LOCAL_CHAIN: &str = "local_chain";
/// A height, then the length and the bytes of the hash: the last ones of the list are the highest.
const ENTRY_BYTES: usize = 4 + 1 + 32;
/// LDK writes what may be missing with its length and one.
const HASH_THERE: u8 = 33;
/// ldk-node's own (wallet/ser.rs).
const VERSION: u8 = 1;
/// A block's time may be ahead of the clock's by as much (`MAX_FUTURE_BLOCK_TIME`), and a clock may be wrong as well.
const MARGIN_SECONDS: u64 = 24 * 60 * 60;
/// A block that far back is not going to be reorganized away.
const DEPTH: u32 = 144;

/// When a seed was made, at the earliest.
#[derive(Clone, Copy, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Since {
    Height(u32),
    /// Unix seconds.
    Time(u64),
}

type Blocks = BTreeMap<u32, Option<BlockHash>>;

/// Has a wallet just made begin there; other sources are asked for scripts and need no beginning.
pub fn begin(store: &GatedStore, chain: &ChainConfig, runtime: &Handle, since: Since) -> Result<(), Failure> {
    if !matches!(chain, ChainConfig::Bitcoind { .. }) {
        return Ok(());
    }
    let ask = |method: &str, params| rpc(chain, runtime, method, params);
    let bad = |what: &str| unreachable(&name_of(chain), format!("its {what} is none"));
    let tip = ask("getblockcount", json!([]))?.as_u64().and_then(|tip| u32::try_from(tip).ok());
    let highest = tip.ok_or_else(|| bad("height"))?.saturating_sub(DEPTH);
    let height = match since {
        Since::Height(height) => height.min(highest),
        Since::Time(time) => {
            let latest = time.saturating_sub(MARGIN_SECONDS);
            last_before(highest, |height| {
                let hash = ask("getblockhash", json!([height]))?;
                let header = ask("getblockheader", json!([hash]))?;
                header["mediantime"].as_u64().map(|at| at < latest).ok_or_else(|| bad("block's time"))
            })?
        }
    };
    if height == 0 {
        return Ok(());
    }
    let hash = ask("getblockhash", json!([height]))?;
    let hash = hash.as_str().and_then(|hash| hash.parse().ok()).ok_or_else(|| bad("block's hash"))?;
    put(store, height, hash)
}

/// The highest number up to `highest` that is early, where all early ones come first; 0 if none is.
fn last_before(highest: u32, is_early: impl Fn(u32) -> Result<bool, Failure>) -> Result<u32, Failure> {
    let (mut low, mut high) = (0, highest);
    while low < high {
        let middle = high - (high - low) / 2;
        if is_early(middle)? {
            low = middle;
        } else {
            high = middle - 1;
        }
    }
    Ok(low)
}

fn put(store: &GatedStore, height: u32, hash: BlockHash) -> Result<(), Failure> {
    let failed = |detail: String| {
        Failure::new(Kind::PersistenceFailed, "Where the wallet begins could not be noted; restore without a date.")
            .detail(detail)
    };
    let bytes = KVStoreSync::read(store, WALLET, "", LOCAL_CHAIN).map_err(|error| failed(error.to_string()))?;
    let mut blocks = read(&bytes).map_err(|error| failed(format!("{error:?}")))?;
    if blocks.keys().any(|known| *known > 0) {
        return Ok(());
    }
    blocks.insert(height, Some(hash));
    let written = write(&blocks).and_then(|bytes| KVStoreSync::write(store, WALLET, "", LOCAL_CHAIN, bytes));
    written.map_err(|error| failed(error.to_string()))
}

/// The height of the newest block on a list as it is written, without reading all of it.
pub fn highest_block(bytes: &[u8]) -> Option<u32> {
    let entry = bytes.get(bytes.len().checked_sub(ENTRY_BYTES)?..)?;
    let (height, hash) = entry.split_first_chunk::<4>()?;
    (hash.first() == Some(&HASH_THERE)).then(|| u32::from_be_bytes(*height))
}

// LDK's macro drops a reference.
#[allow(clippy::drop_non_drop)]
fn read(mut bytes: &[u8]) -> Result<Blocks, DecodeError> {
    let reader = &mut bytes;
    if <u8 as Readable>::read(reader)? != VERSION {
        return Err(DecodeError::UnknownVersion);
    }
    let mut blocks = RequiredWrapper(None);
    decode_tlv_stream!(reader, { (0, blocks, required) });
    blocks.0.ok_or(DecodeError::InvalidValue)
}

fn write(blocks: &Blocks) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    VERSION.write(&mut bytes)?;
    encode_tlv_stream!(&mut bytes, { (0, blocks, required) });
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    use ldk_node::bitcoin::hashes::Hash;

    use super::*;

    #[test]
    fn a_list_of_blocks_comes_back_as_it_was() {
        let blocks = Blocks::from([(0, Some(BlockHash::all_zeros())), (800_000, Some(BlockHash::all_zeros()))]);
        let bytes = write(&blocks).unwrap();
        assert_eq!(read(&bytes).unwrap(), blocks);
        assert_eq!(highest_block(&bytes), Some(800_000));
        assert_eq!(highest_block(&bytes[..20]), None);
        assert!(read(&bytes[..bytes.len() - 1]).is_err());
        assert!(read(&[&[2], &bytes[1..]].concat()).is_err());
    }

    #[test]
    fn the_last_early_block_is_found() {
        for early in [0, 1, 17, 99, 100] {
            assert_eq!(last_before(100, |height| Ok(height <= early)).unwrap(), early);
        }
    }
}
