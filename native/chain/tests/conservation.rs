//! Whatever is mined, spent and reorganised: no coin is made but by the subsidy and none is lost but to nobody.
#![allow(clippy::unwrap_used, clippy::panic)]

mod support;

use bitcoin::consensus::encode::deserialize_hex;
use bitcoin::{Amount, Block, OutPoint};
use peer_stables_chain::{Chain, ChainError};
use serde_json::json;
use std::collections::HashMap;
use support::client::Client;
use support::wallet::{Coin, Wallet};
use support::{open, open_in};

/// xorshift64*, so that a failing run can be repeated.
struct Random(u64);

impl Random {
    fn below(&mut self, limit: u64) -> u64 {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        self.0.wrapping_mul(0x2545_f491_4f6c_dd1d) % limit
    }
}

/// The unspent outputs, by going through all blocks.
fn replay(client: &mut Client) -> HashMap<OutPoint, Amount> {
    let height = client.ok("getblockcount", json!([])).as_u64().unwrap();
    let mut coins = HashMap::new();
    for height in 1..=height {
        let hash = client.ok("getblockhash", json!([height]));
        let block: Block = deserialize_hex(client.ok("getblock", json!([hash, 0])).as_str().unwrap()).unwrap();
        for tx in block.txdata {
            for input in tx.input.iter().filter(|_| !tx.is_coinbase()) {
                assert!(coins.remove(&input.previous_output).is_some(), "{} was not there", input.previous_output);
            }
            for (vout, output) in (0..).zip(&tx.output).filter(|(_, output)| !output.script_pubkey.is_op_return()) {
                coins.insert(OutPoint { txid: tx.compute_txid(), vout }, output.value);
            }
        }
    }
    coins
}

fn subsidies(height: u32) -> u64 {
    (1..=height).map(|height| 5_000_000_000u64 >> (height / 150)).sum()
}

fn check(chain: &Chain) {
    let mut client = Client::of(chain);
    let coins = replay(&mut client);
    let total: Amount = coins.values().copied().sum();
    assert_eq!(chain.total_unspent().unwrap(), total);
    assert_eq!(total.to_sat(), subsidies(chain.info().unwrap().height), "every coin came from a subsidy");
    for (outpoint, value) in coins.iter().take(20) {
        let found = client.ok("gettxout", json!([outpoint.txid.to_string(), outpoint.vout, false]));
        assert_eq!(found["value"].as_f64(), Some(value.to_btc()));
    }
}

fn step(chain: &Chain, wallet: &Wallet, coins: &mut Vec<Coin>, random: &mut Random) {
    match random.below(10) {
        0 => drop(chain.mine(1 + u32::try_from(random.below(3)).unwrap(), None).unwrap()),
        1 | 2 => {
            let sat = 10_000 + random.below(100_000_000);
            match chain.fund(&wallet.address(), Amount::from_sat(sat)) {
                Ok(txid) => {
                    let tx = chain.transaction(&txid).unwrap().unwrap().tx;
                    coins.push(support::wallet::coin_of(&tx, &wallet.script()));
                }
                Err(ChainError::FaucetExhausted { .. }) => {}
                Err(error) => panic!("{error}"),
            }
        }
        3 => {
            let depth = 1 + u32::try_from(random.below(8)).unwrap();
            chain.reorg(depth, depth + 1 + u32::try_from(random.below(2)).unwrap()).unwrap();
        }
        // Spend a coin, perhaps one spent before: then it is a replacement or refused, and either way nothing is lost.
        _ if !coins.is_empty() => {
            let coin = coins[usize::try_from(random.below(coins.len() as u64)).unwrap()].clone();
            let value = coin.output.value.to_sat();
            let fee = 500 + random.below(2_000);
            if value > 3 * fee + 2_000 {
                let half = (value - fee) / 2;
                let tx = wallet.pay(&[coin], &[(wallet.script(), half), (wallet.script(), value - fee - half)]);
                if chain.submit(tx.clone()).is_ok() {
                    coins.push(support::wallet::coin_at(&tx, 0));
                    coins.push(support::wallet::coin_at(&tx, 1));
                }
            }
        }
        _ => {}
    }
}

#[test]
fn random_histories_conserve_value() {
    for seed in 1..=6 {
        let chain = open();
        let (wallet, mut coins, mut random) = (Wallet::new(3), Vec::new(), Random(seed));
        for _ in 0..8 {
            for _ in 0..40 {
                step(&chain, &wallet, &mut coins, &mut random);
            }
            check(&chain);
        }
    }
}

#[test]
fn random_histories_are_the_same_after_reopening() {
    let dir = tempfile::tempdir().unwrap();
    let (wallet, mut coins, mut random) = (Wallet::new(3), Vec::new(), Random(99));
    for _ in 0..6 {
        let chain = open_in(dir.path());
        for _ in 0..25 {
            step(&chain, &wallet, &mut coins, &mut random);
        }
        let (info, total, mempool) = (chain.info().unwrap(), chain.total_unspent().unwrap(), chain.mempool().unwrap());
        chain.close().unwrap();
        let chain = open_in(dir.path());
        assert_eq!(chain.info().unwrap().best_hash, info.best_hash);
        assert_eq!(chain.total_unspent().unwrap(), total);
        assert_eq!(chain.mempool().unwrap(), mempool);
        check(&chain);
    }
}
