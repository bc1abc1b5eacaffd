//! Chains of unconfirmed transactions, replacement of many, time locks by the clock, and full blocks.
#![allow(clippy::unwrap_used, clippy::panic)]

mod support;

use bitcoin::transaction::Version;
use bitcoin::{ScriptBuf, Sequence, Transaction};
use peer_stables_chain::{Chain, ChainError};
use serde_json::json;
use support::client::Client;
use support::open;
use support::wallet::{coin_at, Coin, Wallet};

fn refusal(chain: &Chain, tx: Transaction) -> String {
    match chain.submit(tx) {
        Err(ChainError::Rejected(reject)) => reject.to_string(),
        other => panic!("{other:?}"),
    }
}

/// `length` transactions, each spending the one before.
fn chain_of(wallet: &Wallet, coin: Coin, length: usize) -> Vec<Transaction> {
    let mut coin = coin;
    (0..length)
        .map(|_| {
            let tx = wallet.sweep(std::slice::from_ref(&coin), 200);
            coin = coin_at(&tx, 0);
            tx
        })
        .collect()
}

#[test]
fn twenty_five_in_a_row_and_no_more() {
    let chain = open();
    let wallet = Wallet::new(1);
    let mut txs = chain_of(&wallet, wallet.coin(&chain, 1_000_000), 26);
    let last = txs.pop().unwrap();
    for tx in txs {
        chain.submit(tx).unwrap();
    }
    let reason = refusal(&chain, last.clone());
    assert_eq!(reason, "too-long-mempool-chain, too many unconfirmed ancestors [limit: 25]");
    chain.mine(1, None).unwrap();
    chain.submit(last).unwrap();
}

#[test]
fn the_carve_out_lets_one_more_child_in() {
    let chain = open();
    let wallet = Wallet::new(1);
    let coin = wallet.coin(&chain, 1_000_000);
    let parent = wallet.pay(&[coin], &vec![(wallet.script(), 30_000); 33]);
    let txid = chain.submit(parent.clone()).unwrap();
    // One branch fills the parent's descendants.
    for tx in chain_of(&wallet, coin_at(&parent, 0), 24) {
        chain.submit(tx).unwrap();
    }
    let other = wallet.sweep(&[coin_at(&parent, 1)], 1_000);
    chain.submit(other.clone()).unwrap();
    let third = wallet.sweep(&[coin_at(&parent, 2)], 1_000);
    assert_eq!(
        refusal(&chain, third),
        format!("too-long-mempool-chain, too many descendants for tx {txid} [limit: 25]")
    );
    // The carve-out is for children of one parent, not for grandchildren.
    assert!(refusal(&chain, wallet.sweep(&[coin_at(&other, 0)], 1_000)).contains("too many descendants"));
}

#[test]
fn a_replacement_may_evict_a_hundred_and_no_more() {
    let chain = open();
    let wallet = Wallet::new(1);
    let coins: Vec<Coin> = (0..5).map(|_| wallet.coin(&chain, 1_000_000)).collect();
    for (number, coin) in coins.iter().enumerate() {
        let length = if number == 4 { 1 } else { 25 };
        for tx in chain_of(&wallet, coin.clone(), length) {
            chain.submit(tx).unwrap();
        }
    }
    let greedy = wallet.sweep(&coins, 500_000);
    let reason = refusal(&chain, greedy.clone());
    assert_eq!(
        reason,
        format!(
            "too many potential replacements, rejecting replacement {}; too many potential replacements (101 > 100)",
            greedy.compute_txid()
        )
    );
    let fitting = wallet.sweep(&coins[..4], 500_000);
    let txid = chain.submit(fitting).unwrap();
    assert_eq!(chain.mempool().unwrap().len(), 2);
    assert!(chain.mempool().unwrap().contains(&txid));
}

#[test]
fn a_relative_lock_by_time_opens_with_the_median_time() {
    let chain = open();
    let mut client = Client::of(&chain);
    let wallet = Wallet::new(1);
    let coin = wallet.coin(&chain, 1_000_000);
    let mut tx = wallet.sweep(std::slice::from_ref(&coin), 1_000);
    tx.version = Version::TWO;
    tx.input[0].sequence = Sequence::from_512_second_intervals(2);
    wallet.sign(&mut tx, std::slice::from_ref(&coin));
    let start = client.ok("getblockchaininfo", json!([]))["mediantime"].as_u64().unwrap();
    let hash = client.ok("getblockhash", json!([110]));
    let before = client.ok("getblockheader", json!([hash]))["mediantime"].as_u64().unwrap();
    assert!(start >= before);
    // The lock counts from the median time of the block before the coin's.
    client.ok("setmocktime", json!([before + 1_023]));
    chain.mine(6, None).unwrap();
    assert_eq!(refusal(&chain, tx.clone()), "non-BIP68-final");
    client.ok("setmocktime", json!([before + 1_024]));
    chain.mine(6, None).unwrap();
    let txid = chain.submit(tx).unwrap();
    chain.mine(1, None).unwrap();
    assert_eq!(chain.transaction(&txid).unwrap().unwrap().confirmations, 1);
}

#[test]
fn a_mempool_bigger_than_a_block_goes_in_best_paid_first() {
    let chain = open();
    let wallet = Wallet::new(1);
    let coins: Vec<Coin> = (0..12).map(|_| wallet.coin(&chain, 150_000_000)).collect();
    // Twelve of 395,000 weight units each: ten fit into a block.
    let outputs: Vec<(ScriptBuf, u64)> = vec![(wallet.script(), 1_000); 3_180];
    let mut txids = Vec::new();
    for (number, coin) in (1u64..).zip(coins.iter().take(11)) {
        let mut outputs = outputs.clone();
        outputs.push((wallet.script(), 150_000_000 - 3_180_000 - number * 110_000));
        txids.push(chain.submit(wallet.pay(std::slice::from_ref(coin), &outputs)).unwrap());
    }
    // The worst paid is pulled in by its child.
    let worst = chain.transaction(&txids[0]).unwrap().unwrap().tx;
    let child = wallet.sweep(&[coin_at(&worst, 3_180)], 10_000_000);
    let child = chain.submit(child).unwrap();
    chain.mine(1, None).unwrap();
    let confirmed = |txid| chain.transaction(txid).unwrap().unwrap().confirmations == 1;
    assert!(confirmed(&txids[0]) && confirmed(&child));
    assert!(!confirmed(&txids[1]), "the second worst has to wait");
    assert!(txids[2..].iter().all(confirmed));
    chain.mine(1, None).unwrap();
    assert!(confirmed(&txids[1]));
    assert!(chain.mempool().unwrap().is_empty());
}

#[test]
fn a_block_evicts_what_it_contradicts() {
    let chain = open();
    let wallet = Wallet::new(1);
    let coin = wallet.coin(&chain, 1_000_000);
    let first = wallet.sweep(std::slice::from_ref(&coin), 1_000);
    let second = wallet.sweep(&[coin], 5_000);
    chain.submit(first.clone()).unwrap();
    let child = wallet.sweep(&[coin_at(&first, 0)], 1_000);
    chain.submit(child.clone()).unwrap();
    chain.submit(second.clone()).unwrap();
    assert_eq!(chain.mempool().unwrap(), vec![second.compute_txid()]);
    chain.mine(1, None).unwrap();
    assert_eq!(refusal(&chain, child), "bad-txns-inputs-missingorspent");
    assert!(chain.transaction(&first.compute_txid()).unwrap().is_none());
}
