//! Blocks and the faucet through the Rust face.
#![allow(clippy::unwrap_used, clippy::panic)]

mod support;

use bitcoin::consensus::encode::deserialize_hex;
use bitcoin::{Amount, Block, ScriptBuf, Target};
use peer_stables_chain::ChainError;
use serde_json::json;
use support::client::Client;
use support::open;
use support::wallet::Wallet;

fn block(client: &mut Client, height: u32) -> Block {
    let hash = client.ok("getblockhash", json!([height]));
    deserialize_hex(client.ok("getblock", json!([hash, 0])).as_str().unwrap()).unwrap()
}

fn now() -> u32 {
    let elapsed = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap();
    u32::try_from(elapsed.as_secs()).unwrap()
}

#[test]
fn starts_with_110_real_blocks() {
    let before = now();
    let chain = open();
    assert_eq!(chain.info().unwrap().height, 110);
    let mut client = Client::of(&chain);
    let mut last = block(&mut client, 0);
    assert_eq!(last.block_hash().to_string(), "0f9188f13cb7b2c71f2a335e3a4fc328bf5beb436012afca590b1a11466e2206");
    for height in 1..=110 {
        let next = block(&mut client, height);
        assert_eq!(next.header.prev_blockhash, last.block_hash());
        assert!(next.header.validate_pow(Target::MAX_ATTAINABLE_REGTEST).is_ok());
        assert!(next.check_merkle_root() && next.check_witness_commitment());
        let height_script = ScriptBuf::builder().push_int(i64::from(height)).into_bytes();
        assert!(next.txdata[0].input[0].script_sig.as_bytes().starts_with(&height_script));
        assert!(next.header.time >= last.header.time, "time goes on");
        last = next;
    }
    assert!(last.header.time + 1 >= before && last.header.time <= now());
}

#[test]
fn the_subsidy_halves_every_150_blocks() {
    let chain = open();
    chain.mine(200, None).unwrap();
    let mut client = Client::of(&chain);
    for (height, sat) in [(1, 5_000_000_000u64), (149, 5_000_000_000), (150, 2_500_000_000), (300, 1_250_000_000)] {
        assert_eq!(block(&mut client, height).txdata[0].output[0].value.to_sat(), sat, "height {height}");
    }
}

#[test]
fn two_chains_share_only_the_genesis_block() {
    let (first, second) = (open(), open());
    assert_ne!(first.info().unwrap().best_hash, second.info().unwrap().best_hash);
    assert_ne!(first.info().unwrap().password, second.info().unwrap().password);
}

#[test]
fn mines_to_an_address() {
    let chain = open();
    let wallet = Wallet::new(1);
    let hashes = chain.mine(3, Some(&wallet.address())).unwrap();
    assert_eq!(chain.info().unwrap().height, 113);
    assert_eq!(chain.info().unwrap().best_hash, hashes[2]);
    assert_eq!(block(&mut Client::of(&chain), 112).txdata[0].output[0].script_pubkey, wallet.script());
}

#[test]
fn refuses_counts_out_of_range() {
    let chain = open();
    for count in [0, 10_001, u32::MAX] {
        assert_eq!(chain.mine(count, None).unwrap_err().code(), "bad_params");
    }
    assert_eq!(chain.info().unwrap().height, 110);
}

#[test]
fn mining_two_hours_ahead_of_the_clock_is_refused_whole() {
    let chain = open();
    let mut client = Client::of(&chain);
    // The clock stands still, so each six blocks put the chain's time a second ahead of it.
    client.ok("setmocktime", json!([now()]));
    let mut height = 110;
    let error = loop {
        match chain.mine(10_000, None) {
            Ok(_) => height += 10_000,
            Err(error) => break error,
        }
    };
    assert!(height > 110 && error.to_string().contains("two hours ahead"), "{error}");
    assert_eq!(chain.info().unwrap().height, height);
    assert_eq!(client.ok("getblockcount", json!([])), height);
}

#[test]
fn funds_again_and_again() {
    let chain = open();
    let wallet = Wallet::new(1);
    for round in 1..=30u32 {
        let coin = wallet.coin(&chain, 100_000_000 + u64::from(round));
        assert_eq!(coin.output.value.to_sat(), 100_000_000 + u64::from(round));
        assert_eq!(chain.info().unwrap().height, 110 + round);
    }
    assert_eq!(chain.info().unwrap().mempool_size, 0);
}

#[test]
fn one_fund_may_need_many_coins() {
    let chain = open();
    let coin = Wallet::new(1).coin(&chain, 30_000_000_000);
    let tx = chain.transaction(&coin.outpoint.txid).unwrap().unwrap();
    assert_eq!((tx.tx.input.len(), tx.confirmations), (7, 1));
}

#[test]
fn an_exhausted_faucet_says_what_it_has() {
    let chain = open();
    let error = chain.fund(&Wallet::new(1).address(), Amount::from_int_btc(5_000)).unwrap_err();
    let ChainError::FaucetExhausted { wanted, available } = &error else { panic!("{error}") };
    assert_eq!(*available, Amount::from_int_btc(11 * 50));
    assert!(*wanted > Amount::from_int_btc(5_000));
    assert!(error.to_string().contains("mine blocks"), "{error}");
    assert_eq!(chain.info().unwrap().height, 110);
    chain.mine(100, None).unwrap();
    chain.fund(&Wallet::new(1).address(), Amount::from_int_btc(5_000)).unwrap();
}

#[test]
fn funding_dust_is_refused() {
    let error = open().fund(&Wallet::new(1).address(), Amount::from_sat(293)).unwrap_err();
    assert!(error.to_string().contains("294 sat"), "{error}");
}

#[test]
fn a_closed_chain_answers_closed() {
    let chain = open();
    chain.close().unwrap();
    chain.close().unwrap();
    assert_eq!(chain.info().unwrap_err().code(), "closed");
    assert_eq!(chain.mine(1, None).unwrap_err().code(), "closed");
    assert_eq!(chain.resume().unwrap_err().code(), "closed");
}

#[test]
fn reads_regtest_addresses_only() {
    let wallet = Wallet::new(1);
    assert_eq!(peer_stables_chain::parse_address(&wallet.address().to_string()).unwrap(), wallet.address());
    for bad in ["", "bc1qw508d6qejxtdg4y5r3zarvary0c5xw7kv8f3t4", "bcrt1qqqq", "x"] {
        let error = peer_stables_chain::parse_address(bad).unwrap_err();
        assert_eq!(error.code(), "invalid_address");
        assert!(error.to_string().contains(&format!("{bad:?}")));
    }
}
