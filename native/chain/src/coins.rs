//! The set of unspent outputs and the data that undoes a block.

use std::collections::HashMap;

use bitcoin::{Amount, OutPoint, Transaction, TxOut, Txid};

/// An unspent output, with what maturity and relative locks need to know of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Coin {
    pub output: TxOut,
    /// Height of the block that made it; for a mempool output, the height it would confirm at next.
    pub height: u32,
    pub coinbase: bool,
}

/// The coins a block spent, in the order it spent them.
#[derive(Debug, Clone, Default)]
pub struct BlockUndo {
    pub spent: Vec<(OutPoint, Coin)>,
}

/// Unspent outputs of the active chain.
#[derive(Debug, Clone, Default)]
pub struct CoinSet {
    coins: HashMap<OutPoint, Coin>,
}

impl CoinSet {
    #[must_use]
    pub fn get(&self, outpoint: &OutPoint) -> Option<&Coin> {
        self.coins.get(outpoint)
    }

    pub fn iter(&self) -> impl Iterator<Item = (&OutPoint, &Coin)> {
        self.coins.iter()
    }

    /// Whether any output of `tx` is unspent on the chain: then the transaction is certainly confirmed.
    #[must_use]
    pub fn has_output_of(&self, txid: Txid, tx: &Transaction) -> bool {
        outpoints(txid, tx).any(|outpoint| self.coins.contains_key(&outpoint))
    }

    /// The sum of all unspent outputs.
    #[must_use]
    pub fn total(&self) -> Amount {
        self.coins.values().map(|coin| coin.output.value).sum()
    }

    /// Spends the inputs of `tx` and adds its outputs. The caller has checked that every input exists; one that does
    /// not is left out of `undo`.
    pub fn apply(&mut self, txid: Txid, tx: &Transaction, height: u32, undo: &mut BlockUndo) {
        if !tx.is_coinbase() {
            for input in &tx.input {
                if let Some(coin) = self.coins.remove(&input.previous_output) {
                    undo.spent.push((input.previous_output, coin));
                }
            }
        }
        for (outpoint, output) in outpoints(txid, tx).zip(&tx.output) {
            // Outputs nobody can spend are not kept (bitcoind: `CScript::IsUnspendable`).
            if !is_unspendable(output) {
                let coin = Coin { output: output.clone(), height, coinbase: tx.is_coinbase() };
                self.coins.insert(outpoint, coin);
            }
        }
    }

    /// Takes the transactions of a block back: their outputs go, the coins they spent return.
    pub fn revert(&mut self, transactions: &[Transaction], undo: &BlockUndo) {
        // Coins made and spent inside the block are in `undo` too, so outputs are removed after the spent return.
        for (outpoint, coin) in &undo.spent {
            self.coins.insert(*outpoint, coin.clone());
        }
        for tx in transactions {
            for outpoint in outpoints(tx.compute_txid(), tx) {
                self.coins.remove(&outpoint);
            }
        }
    }
}

#[must_use]
pub fn is_unspendable(output: &TxOut) -> bool {
    output.script_pubkey.is_op_return() || output.script_pubkey.len() > 10_000
}

fn outpoints(txid: Txid, tx: &Transaction) -> impl Iterator<Item = OutPoint> {
    (0u32..).take(tx.output.len()).map(move |vout| OutPoint { txid, vout })
}
