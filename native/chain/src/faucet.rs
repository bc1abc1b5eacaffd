//! The key the chain's own coinbases pay to, and paying out of it.

use std::cmp::Reverse;

use bitcoin::absolute::LockTime;
use bitcoin::key::{CompressedPublicKey, Secp256k1};
use bitcoin::script::ScriptBuf;
use bitcoin::secp256k1::{All, Message, SecretKey};
use bitcoin::sighash::{EcdsaSighashType, SighashCache};
use bitcoin::transaction::Version;
use bitcoin::{Amount, OutPoint, Sequence, Transaction, TxIn, TxOut, Witness};

use crate::error::ChainError;
use crate::params::{fee_at, COINBASE_MATURITY, MIN_RELAY_FEE_RATE};
use crate::state::State;

/// Weight of one P2WPKH input's witness at its largest: item count, 72-byte signature, 33-byte key.
const WITNESS_WEIGHT: u64 = 1 + 73 + 34;
/// What the faucet pays for its own transactions, satoshi per 1,000 vbytes.
const FEE_RATE: u64 = 2 * MIN_RELAY_FEE_RATE;

pub struct Faucet {
    secret: SecretKey,
    public: CompressedPublicKey,
    secp: Secp256k1<All>,
}

impl Faucet {
    #[must_use]
    pub fn new(secret: SecretKey) -> Self {
        let secp = Secp256k1::new();
        let public = CompressedPublicKey(secret.public_key(&secp));
        Self { secret, public, secp }
    }

    /// A faucet with a fresh key.
    pub fn random() -> Result<Self, ChainError> {
        loop {
            let mut bytes = [0; 32];
            random_bytes(&mut bytes)?;
            // Fails for zero and numbers past the curve's order only.
            if let Ok(secret) = SecretKey::from_slice(&bytes) {
                return Ok(Self::new(secret));
            }
        }
    }

    #[must_use]
    pub fn secret(&self) -> &SecretKey {
        &self.secret
    }

    #[must_use]
    pub fn script(&self) -> ScriptBuf {
        ScriptBuf::new_p2wpkh(&self.public.wpubkey_hash())
    }

    /// A signed transaction that pays `amount` to `script`, from the fewest of the faucet's mature coins.
    pub fn pay(&self, state: &State, script: ScriptBuf, amount: Amount) -> Result<Transaction, ChainError> {
        let payment = TxOut { value: amount, script_pubkey: script };
        let mut coins = self.spendable(state);
        coins.sort_unstable_by_key(|(outpoint, value)| (Reverse(*value), *outpoint));
        let available: Amount = coins.iter().map(|(_, value)| *value).sum();
        let mut chosen: Vec<(OutPoint, Amount)> = Vec::new();
        let mut total = Amount::ZERO;
        let mut wanted = amount;
        for coin in coins {
            chosen.push(coin);
            total = total.checked_add(coin.1).unwrap_or(Amount::MAX_MONEY);
            let draft = self.draft(&chosen, &payment, total);
            let fee = fee_of(&draft);
            wanted = amount.checked_add(fee).unwrap_or(Amount::MAX_MONEY);
            if let Some(change) = total.checked_sub(wanted) {
                return self.finish(draft, &chosen, change);
            }
        }
        Err(ChainError::FaucetExhausted { wanted, available })
    }

    fn spendable(&self, state: &State) -> Vec<(OutPoint, Amount)> {
        let script = self.script();
        let next_height = state.index.height().saturating_add(1);
        state
            .coins
            .iter()
            .filter(|(outpoint, coin)| {
                coin.output.script_pubkey == script
                    && (!coin.coinbase || next_height.saturating_sub(coin.height) >= COINBASE_MATURITY)
                    && state.mempool.spender(outpoint).is_none()
            })
            .map(|(outpoint, coin)| (*outpoint, coin.output.value))
            .collect()
    }

    fn draft(&self, coins: &[(OutPoint, Amount)], payment: &TxOut, change: Amount) -> Transaction {
        let input = coins.iter().map(|(outpoint, _)| TxIn {
            previous_output: *outpoint,
            script_sig: ScriptBuf::new(),
            sequence: Sequence::ENABLE_RBF_NO_LOCKTIME,
            witness: Witness::new(),
        });
        Transaction {
            version: Version::TWO,
            lock_time: LockTime::ZERO,
            input: input.collect(),
            output: vec![payment.clone(), TxOut { value: change, script_pubkey: self.script() }],
        }
    }

    /// Sets or drops the change output, which is the second, and signs.
    fn finish(
        &self,
        mut tx: Transaction,
        coins: &[(OutPoint, Amount)],
        change: Amount,
    ) -> Result<Transaction, ChainError> {
        let script = self.script();
        if change < script.minimal_non_dust() {
            tx.output.truncate(1);
        } else if let Some(output) = tx.output.get_mut(1) {
            output.value = change;
        }
        let sighash = EcdsaSighashType::All;
        let mut cache = SighashCache::new(tx);
        for (position, (_, value)) in coins.iter().enumerate() {
            let hash = cache
                .p2wpkh_signature_hash(position, &script, *value, sighash)
                .map_err(|error| ChainError::Internal(error.to_string()))?;
            let signature = self.secp.sign_ecdsa(&Message::from(hash), &self.secret);
            let signature = bitcoin::ecdsa::Signature { signature, sighash_type: sighash };
            if let Some(witness) = cache.witness_mut(position) {
                *witness = Witness::p2wpkh(&signature, &self.public.0);
            }
        }
        Ok(cache.into_transaction())
    }
}

fn fee_of(unsigned: &Transaction) -> Amount {
    let weight = unsigned.weight().to_wu() + 2 + WITNESS_WEIGHT * unsigned.input.len() as u64;
    Amount::from_sat(fee_at(FEE_RATE, weight.div_ceil(4)))
}

/// Fills `bytes` from the operating system's random number generator.
pub fn random_bytes(bytes: &mut [u8]) -> Result<(), ChainError> {
    getrandom::fill(bytes)
        .map_err(|error| ChainError::System { what: "drawing random bytes", reason: error.to_string() })
}
