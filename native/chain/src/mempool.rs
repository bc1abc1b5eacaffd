//! Unconfirmed transactions and how they depend on each other. What may enter is decided in [`crate::accept`].

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;

use bitcoin::{Amount, OutPoint, Transaction, TxOut, Txid, Wtxid};

/// A transaction waiting to be mined.
#[derive(Debug, Clone)]
pub struct Entry {
    pub tx: Arc<Transaction>,
    pub txid: Txid,
    pub wtxid: Wtxid,
    pub fee: Amount,
    pub weight: u64,
    /// Virtual bytes, adjusted for signature operations.
    pub vsize: u64,
    pub sigop_cost: usize,
    /// When it entered, unix seconds.
    pub time: u64,
    /// The chain's height when it entered.
    pub height: u32,
    /// Unconfirmed transactions it spends from, and those that spend from it.
    pub parents: BTreeSet<Txid>,
    pub children: BTreeSet<Txid>,
    /// Place in the order of arrival; parents always come before their children.
    order: u64,
}

impl Entry {
    /// A transaction about to enter. Its place and relatives are filled in by [`Mempool::insert`].
    #[must_use]
    pub fn new(tx: Arc<Transaction>, fee: Amount, vsize: u64, sigop_cost: usize, time: u64, height: u32) -> Self {
        Self {
            txid: tx.compute_txid(),
            wtxid: tx.compute_wtxid(),
            weight: tx.weight().to_wu(),
            tx,
            fee,
            vsize,
            sigop_cost,
            time,
            height,
            parents: BTreeSet::new(),
            children: BTreeSet::new(),
            order: 0,
        }
    }

    /// Place in the order of arrival; parents always come before their children.
    #[must_use]
    pub fn order(&self) -> u64 {
        self.order
    }

    /// Satoshi per 1,000 vbytes, rounded down as bitcoind's `CFeeRate` does.
    #[must_use]
    pub fn fee_rate(&self) -> u64 {
        self.fee.to_sat().saturating_mul(1_000) / self.vsize.max(1)
    }
}

#[derive(Debug, Clone, Default)]
pub struct Mempool {
    entries: HashMap<Txid, Entry>,
    spenders: HashMap<OutPoint, Txid>,
    arrivals: BTreeMap<u64, Txid>,
    next_order: u64,
    vbytes: u64,
    /// Counts every transaction that came or went (bitcoind's `mempool_sequence`).
    sequence: u64,
}

impl Mempool {
    #[must_use]
    pub fn len(&self) -> usize {
        self.entries.len()
    }

    /// Sum of the virtual sizes.
    #[must_use]
    pub fn vbytes(&self) -> u64 {
        self.vbytes
    }

    #[must_use]
    pub fn sequence(&self) -> u64 {
        self.sequence + 1
    }

    #[must_use]
    pub fn get(&self, txid: &Txid) -> Option<&Entry> {
        self.entries.get(txid)
    }

    /// The entries in order of arrival, so parents before children.
    pub fn iter(&self) -> impl Iterator<Item = &Entry> {
        self.arrivals.values().filter_map(|txid| self.entries.get(txid))
    }

    /// The mempool transaction that spends `outpoint`.
    #[must_use]
    pub fn spender(&self, outpoint: &OutPoint) -> Option<Txid> {
        self.spenders.get(outpoint).copied()
    }

    /// The output of a mempool transaction, spent or not.
    #[must_use]
    pub fn output(&self, outpoint: &OutPoint) -> Option<&TxOut> {
        let entry = self.entries.get(&outpoint.txid)?;
        entry.tx.output.get(usize::try_from(outpoint.vout).ok()?)
    }

    /// All unconfirmed transactions the given ones depend on, and those themselves.
    #[must_use]
    pub fn with_ancestors(&self, of: impl IntoIterator<Item = Txid>) -> BTreeSet<Txid> {
        self.closure(of, |entry| &entry.parents)
    }

    /// All unconfirmed transactions that depend on the given ones, and those themselves.
    #[must_use]
    pub fn with_descendants(&self, of: impl IntoIterator<Item = Txid>) -> BTreeSet<Txid> {
        self.closure(of, |entry| &entry.children)
    }

    fn closure(&self, of: impl IntoIterator<Item = Txid>, next: fn(&Entry) -> &BTreeSet<Txid>) -> BTreeSet<Txid> {
        let mut found = BTreeSet::new();
        let mut open: Vec<Txid> = of.into_iter().collect();
        while let Some(txid) = open.pop() {
            if let Some(entry) = self.entries.get(&txid) {
                if found.insert(txid) {
                    open.extend(next(entry));
                }
            }
        }
        found
    }

    /// Adds an accepted transaction.
    pub fn insert(&mut self, mut entry: Entry) {
        entry.parents = entry
            .tx
            .input
            .iter()
            .map(|input| input.previous_output.txid)
            .filter(|parent| self.entries.contains_key(parent))
            .collect();
        for parent in &entry.parents {
            if let Some(parent) = self.entries.get_mut(parent) {
                parent.children.insert(entry.txid);
            }
        }
        for input in &entry.tx.input {
            self.spenders.insert(input.previous_output, entry.txid);
        }
        entry.order = self.next_order;
        self.arrivals.insert(self.next_order, entry.txid);
        self.next_order += 1;
        self.sequence += 1;
        self.vbytes += entry.vsize;
        self.entries.insert(entry.txid, entry);
    }

    /// Removes the given transactions and all that depend on them.
    pub fn remove_with_descendants(&mut self, txids: impl IntoIterator<Item = Txid>) {
        for txid in self.with_descendants(txids) {
            self.remove(&txid);
        }
    }

    /// Removes what a new block made confirmed or impossible.
    pub fn remove_for_block(&mut self, transactions: &[Transaction]) {
        for tx in transactions {
            self.remove(&tx.compute_txid());
            let conflicts: Vec<Txid> =
                tx.input.iter().filter_map(|input| self.spender(&input.previous_output)).collect();
            self.remove_with_descendants(conflicts);
        }
    }

    fn remove(&mut self, txid: &Txid) {
        let Some(entry) = self.entries.remove(txid) else { return };
        self.arrivals.remove(&entry.order);
        self.sequence += 1;
        self.vbytes -= entry.vsize;
        for input in &entry.tx.input {
            self.spenders.remove(&input.previous_output);
        }
        for parent in &entry.parents {
            if let Some(parent) = self.entries.get_mut(parent) {
                parent.children.remove(txid);
            }
        }
        for child in &entry.children {
            if let Some(child) = self.entries.get_mut(child) {
                child.parents.remove(txid);
            }
        }
    }

    /// Empties the mempool and answers what was in it, in order of arrival.
    pub fn drain(&mut self) -> Vec<Entry> {
        let mut entries: Vec<Entry> = self.entries.drain().map(|(_, entry)| entry).collect();
        entries.sort_unstable_by_key(|entry| entry.order);
        self.sequence += entries.len() as u64;
        self.spenders.clear();
        self.arrivals.clear();
        self.vbytes = 0;
        entries
    }
}
