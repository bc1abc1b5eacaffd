//! A key and the ways to pay from it.

use bitcoin::absolute::LockTime;
use bitcoin::ecdsa::Signature;
use bitcoin::key::{Keypair, Secp256k1, TapTweak};
use bitcoin::secp256k1::{self, All, Message, SecretKey};
use bitcoin::sighash::{EcdsaSighashType, Prevouts, SighashCache, TapSighashType};
use bitcoin::transaction::Version;
use bitcoin::{
    Address, Amount, CompressedPublicKey, KnownHrp, Network, OutPoint, ScriptBuf, Sequence, Transaction, TxIn, TxOut,
    Witness,
};
use peer_stables_chain::Chain;

pub struct Wallet {
    pub secret: SecretKey,
    pub secp: Secp256k1<All>,
}

/// An output the wallet can spend.
#[derive(Debug, Clone)]
pub struct Coin {
    pub outpoint: OutPoint,
    pub output: TxOut,
}

impl Wallet {
    pub fn new(seed: u8) -> Self {
        Self { secret: SecretKey::from_slice(&[seed; 32]).unwrap(), secp: Secp256k1::new() }
    }

    pub fn public(&self) -> CompressedPublicKey {
        CompressedPublicKey(self.secret.public_key(&self.secp))
    }

    pub fn address(&self) -> Address {
        Address::p2wpkh(&self.public(), KnownHrp::Regtest)
    }

    pub fn script(&self) -> ScriptBuf {
        self.address().script_pubkey()
    }

    pub fn taproot(&self) -> Address {
        let (key, _) = self.secret.x_only_public_key(&self.secp);
        Address::p2tr(&self.secp, key, None, KnownHrp::Regtest)
    }

    pub fn coin(&self, chain: &Chain, sat: u64) -> Coin {
        fund(chain, &self.address(), sat)
    }

    /// Pays everything but `fee` of the coins back to this wallet.
    pub fn sweep(&self, coins: &[Coin], fee: u64) -> Transaction {
        let total: u64 = coins.iter().map(|coin| coin.output.value.to_sat()).sum();
        self.pay(coins, &[(self.script(), total - fee)])
    }

    pub fn pay(&self, coins: &[Coin], outputs: &[(ScriptBuf, u64)]) -> Transaction {
        let mut tx = unsigned(coins, outputs);
        self.sign(&mut tx, coins);
        tx
    }

    /// Always 70 bytes of DER, so that sizes and fees can be told beforehand; one in some hundred is shorter by nature.
    fn sign_ecdsa(&self, message: &Message) -> secp256k1::ecdsa::Signature {
        (0..=u8::MAX)
            .map(|nonce| self.secp.sign_ecdsa_with_noncedata(message, &self.secret, &[nonce; 32]))
            .find(|signature| signature.serialize_der().len() == 70)
            .unwrap()
    }

    /// Signs P2WPKH and P2TR key-path inputs; others are left to the test.
    pub fn sign(&self, tx: &mut Transaction, coins: &[Coin]) {
        let prevouts: Vec<TxOut> = coins.iter().map(|coin| coin.output.clone()).collect();
        for (index, coin) in coins.iter().enumerate() {
            let mut cache = SighashCache::new(&*tx);
            let script = &coin.output.script_pubkey;
            let witness = if script.is_p2wpkh() {
                let hash =
                    cache.p2wpkh_signature_hash(index, script, coin.output.value, EcdsaSighashType::All).unwrap();
                let signature = self.sign_ecdsa(&Message::from(hash));
                Witness::p2wpkh(&Signature { signature, sighash_type: EcdsaSighashType::All }, &self.public().0)
            } else if script.is_p2tr() {
                let hash = cache
                    .taproot_key_spend_signature_hash(index, &Prevouts::All(&prevouts), TapSighashType::Default)
                    .unwrap();
                let keypair = Keypair::from_secret_key(&self.secp, &self.secret).tap_tweak(&self.secp, None);
                let signature = self.secp.sign_schnorr_no_aux_rand(&Message::from(hash), &keypair.to_keypair());
                Witness::from_slice(&[signature.as_ref()])
            } else {
                continue;
            };
            tx.input[index].witness = witness;
        }
    }

    /// A signature over a P2WSH input.
    pub fn sign_script(&self, tx: &Transaction, index: usize, script: &ScriptBuf, value: Amount) -> Vec<u8> {
        let hash = SighashCache::new(tx).p2wsh_signature_hash(index, script, value, EcdsaSighashType::All).unwrap();
        let signature = self.sign_ecdsa(&Message::from(hash));
        Signature { signature, sighash_type: EcdsaSighashType::All }.to_vec()
    }
}

/// Funds `address` (of any kind) and answers the coin.
pub fn fund(chain: &Chain, address: &Address, sat: u64) -> Coin {
    let txid = chain.fund(address, Amount::from_sat(sat)).unwrap();
    let tx = chain.transaction(&txid).unwrap().unwrap().tx;
    coin_of(&tx, &address.script_pubkey())
}

pub fn unsigned(coins: &[Coin], outputs: &[(ScriptBuf, u64)]) -> Transaction {
    Transaction {
        version: Version::TWO,
        lock_time: LockTime::ZERO,
        input: coins
            .iter()
            .map(|coin| TxIn {
                previous_output: coin.outpoint,
                script_sig: ScriptBuf::new(),
                sequence: Sequence::ENABLE_RBF_NO_LOCKTIME,
                witness: Witness::new(),
            })
            .collect(),
        output: outputs
            .iter()
            .map(|(script, sat)| TxOut { value: Amount::from_sat(*sat), script_pubkey: script.clone() })
            .collect(),
    }
}

/// The output of `tx` that pays to `script`.
pub fn coin_of(tx: &Transaction, script: &ScriptBuf) -> Coin {
    let vout = tx.output.iter().position(|output| output.script_pubkey == *script).unwrap();
    coin_at(tx, u32::try_from(vout).unwrap())
}

pub fn coin_at(tx: &Transaction, vout: u32) -> Coin {
    let outpoint = OutPoint { txid: tx.compute_txid(), vout };
    Coin { outpoint, output: tx.output[vout as usize].clone() }
}

pub fn p2wsh(script: &ScriptBuf) -> Address {
    Address::p2wsh(script, Network::Regtest)
}
