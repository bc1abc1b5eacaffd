//! The keys of a seed as ldk-node 0.7.1 derives them (builder.rs), and the scripts to which peers pay our balance when
//! they close a channel by force. With v2 derivation (wallet/mod.rs) there are 1,000 keys and two kinds of channels, so a
//! seed alone can tell them all.

use std::collections::{HashMap, HashSet};
use std::time::{SystemTime, UNIX_EPOCH};

use ldk_node::bitcoin::bip32::Xpriv;
use ldk_node::bitcoin::secp256k1::{All, Secp256k1};
use ldk_node::bitcoin::{absolute::LockTime, Amount, OutPoint, ScriptBuf, Transaction, TxOut};
use ldk_node::lightning::chain::transaction::OutPoint as LdkOutPoint;
use ldk_node::lightning::ln::chan_utils::{
    get_countersigner_payment_script, ChannelPublicKeys, ChannelTransactionParameters,
};
use ldk_node::lightning::sign::{
    ChannelSigner, KeysManager, OutputSpender, SpendableOutputDescriptor, StaticPaymentOutputDescriptor,
};
use ldk_node::lightning_types::features::ChannelTypeFeatures;
use zeroize::Zeroize;

use super::super::config::NetworkName;
use super::super::seed::Seed;
use crate::failure::{Failure, Kind};

/// One key is found after 1,000 tries on average; that one of them is missed by so many is beyond belief.
const MOST_TRIES: u64 = 200_000;
/// Outpoint, script length and sequence, in weight units.
const INPUT_WEIGHT: u64 = 164;

/// LDK's keys of a seed. Nothing may open channels with them: the randomness of a second instance is not the node's.
pub fn keys_of(seed: &Seed, network: NetworkName) -> Result<KeysManager, Failure> {
    let internal =
        |detail: String| Failure::new(Kind::Internal, "The seed's keys could not be derived.").detail(detail);
    let master = Xpriv::new_master(network.bitcoin(), seed).map_err(|error| internal(error.to_string()))?;
    let now = SystemTime::now().duration_since(UNIX_EPOCH).map_err(|error| internal(error.to_string()))?;
    let mut bytes = master.private_key.secret_bytes();
    let keys = KeysManager::new(&bytes, now.as_secs(), now.subsec_nanos(), true);
    bytes.zeroize();
    Ok(keys)
}

/// An unspent output under the script of this number.
pub struct Unspent {
    pub script: usize,
    pub outpoint: OutPoint,
    pub value: Amount,
}

pub struct PayoutKeys {
    keys: KeysManager,
    secp: Secp256k1<All>,
    /// Two for each key: of a channel without anchors, and of one with.
    pub scripts: Vec<ScriptBuf>,
}

impl PayoutKeys {
    pub fn new(seed: &Seed, network: NetworkName) -> Result<Self, Failure> {
        let (keys, secp) = (keys_of(seed, network)?, Secp256k1::new());
        let scripts = keys.possible_v2_counterparty_closed_balance_spks(&secp);
        Ok(Self { keys, secp, scripts })
    }

    /// What LDK needs to know of each output to spend it.
    ///
    /// LDK finds the key by hashing a channel's identifier, and those of the lost channels are lost. Any other that leads
    /// to the same key will do, so they are tried in turn.
    pub fn describe(&self, outputs: &[Unspent]) -> Result<Vec<SpendableOutputDescriptor>, Failure> {
        let channels = self.channels_for(outputs.iter().map(|output| output.script / 2).collect())?;
        outputs
            .iter()
            .map(|output| {
                let channel = channels.get(&(output.script / 2));
                let described = channel.and_then(|channel| self.descriptor(output, channel));
                described.ok_or_else(|| internal(&format!("no key fits {}", output.outpoint)))
            })
            .collect()
    }

    /// A signed transaction of all of them to one script.
    ///
    /// @returns nothing where they would not pay for it
    pub fn spend(
        &self,
        outputs: &[SpendableOutputDescriptor],
        to: ScriptBuf,
        sat_per_kw: u32,
        height: u32,
    ) -> Option<Transaction> {
        let all: Vec<_> = outputs.iter().collect();
        // As wallets do, so that nobody gains by mining an older block anew (fee sniping).
        let lock_time = LockTime::from_height(height).ok();
        let spending = self.keys.spend_spendable_outputs(&all, Vec::new(), to, sat_per_kw, lock_time, &self.secp);
        spending.ok().filter(|transaction| !transaction.output.is_empty())
    }

    fn channels_for(&self, wanted: HashSet<usize>) -> Result<HashMap<usize, Channel>, Failure> {
        let plain = ChannelTypeFeatures::only_static_remote_key();
        let by_script: HashMap<&ScriptBuf, usize> =
            wanted.iter().filter_map(|key| Some((self.scripts.get(key * 2)?, *key))).collect();
        let mut found = HashMap::new();
        for number in 0..MOST_TRIES {
            if found.len() == by_script.len() {
                return Ok(found);
            }
            let mut id = [0; 32];
            id[24..].copy_from_slice(&number.to_be_bytes());
            let pubkeys = self.keys.derive_channel_keys(&id).pubkeys(&self.secp);
            let script = get_countersigner_payment_script(&plain, &pubkeys.payment_point);
            if let Some(key) = by_script.get(&script) {
                found.entry(*key).or_insert(Channel { id, pubkeys });
            }
        }
        Err(internal("no channel identifier leads to a key"))
    }

    fn descriptor(&self, output: &Unspent, channel: &Channel) -> Option<SpendableOutputDescriptor> {
        let mut features = ChannelTypeFeatures::only_static_remote_key();
        if output.script % 2 == 1 {
            features.set_anchors_zero_fee_htlc_tx_required();
        }
        let parameters = ChannelTransactionParameters {
            holder_pubkeys: channel.pubkeys.clone(),
            holder_selected_contest_delay: 0,
            is_outbound_from_holder: false,
            counterparty_parameters: None,
            funding_outpoint: None,
            splice_parent_funding_txid: None,
            channel_type_features: features,
            channel_value_satoshis: output.value.to_sat(),
        };
        let outpoint = LdkOutPoint { txid: output.outpoint.txid, index: u16::try_from(output.outpoint.vout).ok()? };
        let script_pubkey = self.scripts.get(output.script)?.clone();
        Some(SpendableOutputDescriptor::StaticPaymentOutput(StaticPaymentOutputDescriptor {
            outpoint,
            output: TxOut { value: output.value, script_pubkey },
            channel_keys_id: channel.id,
            channel_value_satoshis: output.value.to_sat(),
            channel_transaction_parameters: Some(parameters),
        }))
    }
}

struct Channel {
    id: [u8; 32],
    pubkeys: ChannelPublicKeys,
}

/// What spending an output adds to a transaction's fee.
pub fn fee_of(output: &SpendableOutputDescriptor, sat_per_kw: u32) -> Amount {
    let SpendableOutputDescriptor::StaticPaymentOutput(payment) = output else { return Amount::ZERO };
    let weight = INPUT_WEIGHT.saturating_add(payment.max_witness_length());
    Amount::from_sat(weight.saturating_mul(u64::from(sat_per_kw)).div_ceil(1000))
}

fn internal(detail: &str) -> Failure {
    Failure::new(Kind::Internal, "An output of this seed could not be described to LDK.").detail(detail)
}

#[cfg(test)]
mod tests {
    use ldk_node::bitcoin::hashes::Hash;
    use ldk_node::bitcoin::Txid;

    use super::*;

    fn unspent(script: usize, sats: u64) -> Unspent {
        let txid = Txid::from_byte_array([u8::try_from(script % 251).unwrap(); 32]);
        Unspent { script, outpoint: OutPoint { txid, vout: 1 }, value: Amount::from_sat(sats) }
    }

    #[test]
    fn outputs_of_both_kinds_are_signed_for() {
        let keys = PayoutKeys::new(&[7; 64], NetworkName::Regtest).unwrap();
        assert_eq!(keys.scripts.len(), 2_000);
        let described = keys.describe(&[unspent(0, 50_000), unspent(1_235, 70_000)]).unwrap();
        let to = keys.scripts[8].clone();
        let spending = keys.spend(&described, to.clone(), 1_000, 120).unwrap();
        assert_eq!(spending.lock_time.to_consensus_u32(), 120);
        assert_eq!(spending.output.len(), 1);
        assert_eq!(spending.output[0].script_pubkey, to);
        let fee = 120_000 - spending.output[0].value.to_sat();
        assert!((spending.weight().to_wu()..spending.weight().to_wu() + 20).contains(&fee), "{fee}");
        // BOLT 3: an output of a channel with anchors waits a block.
        let anchored = spending.input.iter().find(|input| input.previous_output == unspent(1_235, 0).outpoint).unwrap();
        assert_eq!(anchored.sequence.to_consensus_u32(), 1);
    }

    #[test]
    fn the_keys_are_those_the_seed_always_had() {
        let keys = PayoutKeys::new(&[7; 64], NetworkName::Regtest).unwrap();
        let again = PayoutKeys::new(&[7; 64], NetworkName::Bitcoin).unwrap();
        assert_eq!(keys.scripts, again.scripts);
        assert_ne!(keys.scripts, PayoutKeys::new(&[8; 64], NetworkName::Regtest).unwrap().scripts);
    }

    #[test]
    fn what_would_not_pay_for_itself_is_told() {
        let keys = PayoutKeys::new(&[7; 64], NetworkName::Regtest).unwrap();
        let described = keys.describe(&[unspent(3, 400)]).unwrap();
        assert!(keys.spend(&described, keys.scripts[8].clone(), 5_000, 1).is_none());
        assert!(fee_of(&described[0], 5_000) > Amount::from_sat(1_000));
    }
}
