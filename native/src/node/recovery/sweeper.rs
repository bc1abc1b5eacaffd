//! What LDK's own sweeper has on its list, read from its place in the store: it is to spend that, and nobody else.

use std::collections::HashSet;

use ldk_node::bitcoin::OutPoint;
use ldk_node::lightning::chain::BestBlock;
use ldk_node::lightning::io;
use ldk_node::lightning::ln::msgs::DecodeError;
use ldk_node::lightning::read_tlv_fields;
use ldk_node::lightning::util::persist::KVStoreSync;
use ldk_node::lightning::util::ser::RequiredWrapper;
use ldk_node::lightning::util::sweep::TrackedSpendableOutput;

use super::super::store::GatedStore;
use crate::failure::{Failure, Kind};

const KEY: &str = "output_sweeper";

/// @returns a failure where the list can't be read: then nothing may be spent
pub fn tracked(store: &GatedStore) -> Result<HashSet<OutPoint>, Failure> {
    match KVStoreSync::read(store, "", "", KEY) {
        Ok(bytes) => read(&bytes),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(HashSet::new()),
        Err(error) => Err(unreadable(error.to_string())),
    }
}

fn read(bytes: &[u8]) -> Result<HashSet<OutPoint>, Failure> {
    let outputs = outputs_of(bytes).map_err(|error| unreadable(format!("{error:?}")))?;
    Ok(outputs.iter().map(|output| output.descriptor.spendable_outpoint().into_bitcoin_outpoint()).collect())
}

/// As LDK 0.2 writes them (util/sweep.rs, `SweeperState`).
// LDK's macro drops a reference.
#[allow(clippy::drop_non_drop)]
fn outputs_of(mut bytes: &[u8]) -> Result<Vec<TrackedSpendableOutput>, DecodeError> {
    let reader = &mut bytes;
    let mut outputs = Vec::new();
    let mut best_block: RequiredWrapper<BestBlock> = RequiredWrapper(None);
    read_tlv_fields!(reader, { (0, outputs, required_vec), (2, best_block, required) });
    best_block.0.map(|_| outputs).ok_or(DecodeError::InvalidValue)
}

fn unreadable(detail: String) -> Failure {
    Failure::new(Kind::Internal, "What LDK is about to collect could not be read, so nothing is collected beside it.")
        .detail(detail)
}

#[cfg(test)]
mod tests {
    use ldk_node::bitcoin::hashes::Hash;
    use ldk_node::bitcoin::{Amount, BlockHash, ScriptBuf, TxOut, Txid};
    use ldk_node::lightning::chain::transaction::OutPoint as LdkOutPoint;
    use ldk_node::lightning::sign::SpendableOutputDescriptor;
    use ldk_node::lightning::util::ser::Writeable;
    use ldk_node::lightning::util::sweep::OutputSpendStatus;
    use ldk_node::lightning::write_tlv_fields;

    use super::*;

    fn written(outputs: &Vec<TrackedSpendableOutput>, best_block: BestBlock) -> io::Result<Vec<u8>> {
        let mut bytes = Vec::new();
        write_tlv_fields!(&mut bytes, { (0, *outputs, required_vec), (2, best_block, required) });
        Ok(bytes)
    }

    #[test]
    fn what_is_on_the_list_is_known_by_its_outpoint() {
        let outpoint = LdkOutPoint { txid: Txid::from_byte_array([3; 32]), index: 2 };
        let output = TxOut { value: Amount::from_sat(1), script_pubkey: ScriptBuf::new() };
        let descriptor = SpendableOutputDescriptor::StaticOutput { outpoint, output, channel_keys_id: None };
        let status = OutputSpendStatus::PendingInitialBroadcast { delayed_until_height: None };
        let outputs = vec![TrackedSpendableOutput { descriptor, channel_id: None, status }];
        let best_block = BestBlock { block_hash: BlockHash::from_byte_array([1; 32]), height: 7 };
        let bytes = written(&outputs, best_block).unwrap();
        assert_eq!(read(&bytes).unwrap(), HashSet::from([outpoint.into_bitcoin_outpoint()]));
        assert!(read(&bytes[..bytes.len() - 1]).is_err());
    }
}
