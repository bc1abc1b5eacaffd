//! Reorganisations: what is disconnected, what returns, and what is no longer valid.
#![allow(clippy::unwrap_used, clippy::panic)]

mod support;

use serde_json::json;
use support::client::Client;
use support::open;
use support::wallet::{coin_at, Wallet};

#[test]
fn transactions_return_and_are_mined_again() {
    let chain = open();
    let wallet = Wallet::new(1);
    let coin = wallet.coin(&chain, 1_000_000);
    let tx = wallet.sweep(std::slice::from_ref(&coin), 1_000);
    let txid = chain.submit(tx.clone()).unwrap();
    chain.mine(1, None).unwrap();
    let child = chain.submit(wallet.sweep(&[coin_at(&tx, 0)], 1_000)).unwrap();
    let old = chain.info().unwrap().best_hash;
    let reorg = chain.reorg(2, 3).unwrap();
    assert_eq!((reorg.disconnected.len(), reorg.connected.len()), (2, 3));
    assert_eq!(reorg.disconnected[1], old);
    assert_eq!(chain.info().unwrap().best_hash, reorg.connected[2]);
    assert_eq!(chain.info().unwrap().height, 113);
    // Parents before children: the faucet's payment, its sweep, and the sweep's child.
    assert_eq!(chain.mempool().unwrap(), vec![coin.outpoint.txid, txid, child]);
    assert_eq!(chain.transaction(&txid).unwrap().unwrap().confirmations, 0);
    chain.mine(1, None).unwrap();
    assert!(chain.mempool().unwrap().is_empty());
    assert_eq!(chain.transaction(&txid).unwrap().unwrap().confirmations, 1);
}

#[test]
fn stale_headers_still_answer() {
    let chain = open();
    let mut client = Client::of(&chain);
    chain.mine(2, None).unwrap();
    let reorg = chain.reorg(2, 3).unwrap();
    let stale: Vec<_> =
        reorg.disconnected.iter().map(|hash| client.ok("getblockheader", json!([hash.to_string()]))).collect();
    for (header, height) in stale.iter().zip([111, 112]) {
        assert_eq!((header["confirmations"].as_i64(), header["height"].as_u64()), (Some(-1), Some(height)));
        assert_eq!(header.get("nextblockhash"), None);
    }
    assert_eq!(stale[1]["previousblockhash"], reorg.disconnected[0].to_string());
    let active = client.ok("getblockheader", json!([reorg.connected[0].to_string()]));
    assert_eq!((active["confirmations"].as_i64(), active["height"].as_u64()), (Some(3), Some(111)));
    assert_eq!(active["previousblockhash"], stale[0]["previousblockhash"]);
    assert_eq!(client.ok("getblock", json!([reorg.disconnected[1].to_string(), 1]))["confirmations"], -1);
}

#[test]
fn spends_of_a_lost_coinbase_do_not_return() {
    let chain = open();
    let wallet = Wallet::new(1);
    let mut client = Client::of(&chain);
    let hash = chain.mine(1, Some(&wallet.address())).unwrap()[0];
    let block = client.ok("getblock", json!([hash.to_string(), 0]));
    let block: bitcoin::Block = bitcoin::consensus::encode::deserialize_hex(block.as_str().unwrap()).unwrap();
    chain.mine(100, None).unwrap();
    let spend = wallet.sweep(&[coin_at(&block.txdata[0], 0)], 1_000);
    chain.submit(spend.clone()).unwrap();
    let kept = chain.submit(wallet.sweep(&[coin_at(&spend, 0)], 1_000)).unwrap();
    assert!(chain.mempool().unwrap().contains(&kept));
    // The coinbase is buried one block less deep for a moment: its spend is premature and goes with its child.
    chain.reorg(101, 102).unwrap();
    assert!(chain.mempool().unwrap().is_empty());
    assert!(chain.transaction(&block.txdata[0].compute_txid()).unwrap().is_none());
}

#[test]
fn arguments_that_make_no_sense_are_refused_and_change_nothing() {
    let chain = open();
    let before = chain.info().unwrap();
    for (depth, blocks) in [(0, 1), (111, 112), (2, 2), (2, 1), (1, 0), (1, 10_001)] {
        assert_eq!(chain.reorg(depth, blocks).unwrap_err().code(), "bad_params", "{depth} {blocks}");
    }
    assert_eq!(chain.info().unwrap(), before);
    chain.reorg(110, 111).unwrap();
    assert_eq!(chain.info().unwrap().height, 111);
}

#[test]
fn again_and_again() {
    let chain = open();
    let wallet = Wallet::new(1);
    let coin = wallet.coin(&chain, 1_000_000);
    for round in 1..=20 {
        chain.reorg(round, round + 1).unwrap();
        let found = chain.transaction(&coin.outpoint.txid).unwrap().unwrap();
        assert_eq!(found.confirmations, 0, "round {round}");
        chain.mine(1, None).unwrap();
        assert_eq!(chain.transaction(&coin.outpoint.txid).unwrap().unwrap().confirmations, 1);
    }
}
